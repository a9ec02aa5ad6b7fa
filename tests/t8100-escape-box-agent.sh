#!/bin/bash
# Attacks of an agent on what lies outside its box. Every one is run twice: at level none, against a copy of the repository,
# where it has to work (the control), and at level full, against the real one, where it must not.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-escape.sh"
. "$TESTS_DIR/lib-escape-box.sh"
start_victims
. "$TESTS_DIR/lib-escape-agent.sh"

run_attacks full
done_testing
