#!/bin/bash
# What SECURITY.md says of the number of attacks is so.
. "$(dirname "$0")/lib.sh"

names() {
	"$GIT_AGENT_BUILD/tests/u-sandbox-attack" list
	for test in t8100-escape-box-agent t8110-escape-box-network; do ESCAPE_LIST=1 bash "$TESTS_DIR/$test.sh"; done
}
count=$(names | wc -l)
said=$(tr '\n' ' ' <"$TESTS_DIR/../SECURITY.md" | sed -n 's/.* More than \([0-9]*\) attacks .*/\1/p')
echo "# $count attacks on the box, SECURITY.md says: more than $said"
ok 'SECURITY.md says how many attacks there are' [ -n "$said" ]
ok 'there are more than that' [ "$count" -gt "$said" ]
ok 'and not many more' [ "$count" -le $((said + 60)) ]
is "$(names | grep -c ' ')" 0 'each has a name'

done_testing
