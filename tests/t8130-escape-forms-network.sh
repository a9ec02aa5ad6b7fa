#!/bin/bash
# The attacks of a gate stage on the network at both forms of level partial.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-escape.sh"
. "$TESTS_DIR/lib-escape-box.sh"
start_victims
. "$TESTS_DIR/lib-escape-network.sh"

(target "$SCRATCH/copy") && (target "$SCRATCH/repo")
try_control
for form in landlock namespaces; do
	repair
	try_held "without-$form" partial "$GIT_AGENT_BUILD/tests/h-deny" "$form" --
done
done_testing
