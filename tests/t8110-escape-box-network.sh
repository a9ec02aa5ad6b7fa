#!/bin/bash
# Attacks of a gate stage on the network, of which it has none: by every way to a socket of the machine.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-escape.sh"
. "$TESTS_DIR/lib-escape-box.sh"
start_victims
. "$TESTS_DIR/lib-escape-network.sh"

run_attacks full
done_testing
