#!/bin/bash
# Three real projects with a planted bug: an agent that mends it heals them; one that takes away what shows it does not.
# shellcheck disable=SC2016  # dollars in single quotes are the point
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline
. "$TESTS_DIR/lib-projects.sh"

# The bug, what takes it back, what the suite says of it, and how to make the suite say nothing.
plan() {
	case $1 in
	c-*)
		bug='sed -i "s/ || whole > MONEY_MAX_CENTS)/)/" src/money.c'
		mend='sed -i "s/^\(.*whole < 0\))/\1 || whole > MONEY_MAX_CENTS)/" src/money.c'
		says='does not hold'
		cheat='printf "int main(void) { return 0; }\n" | tee tests/test_*.c >/dev/null'
		;;
	node-*)
		bug='sed -i "s/url.indexOf/url.lastIndexOf/" lib/query.js'
		mend='sed -i "s/url.lastIndexOf/url.indexOf/" lib/query.js'
		says='not ok|✖'
		cheat='rm -f test/query.test.js'
		;;
	python-*)
		bug='sed -i "s/\.ljust(2/.rjust(2/" tally/money.py'
		mend='sed -i "s/\.rjust(2/.ljust(2/" tally/money.py'
		says='^FAIL: '
		cheat='rm -f tests/test_money.py'
		;;
	esac
}

for project in $PROJECTS; do
	plan "$project"
	make_project "$project" "$SCRATCH/$project"
	fine=$(git rev-parse 'HEAD^{tree}')
	bash -c "$bug" && commit_all 'something else' || exit 1
	ok "$project: the bug is there" [ "$(git rev-parse 'HEAD^{tree}')" != "$fine" ]
	git agent trust --yes >/dev/null 2>&1
	# c-stockroom's line has more to it than a pattern can tell: what was there is in the history.
	case $project in c-*) mend='git show HEAD~1:src/money.c >src/money.c' ;; esac
	make_busy
	before=$(user_state)
	agent <<EOT
cat >"\$TMPDIR/prompt"
grep -qE '$says' "\$TMPDIR/prompt" || exit 9
$mend
EOT
	exits 0 "$project: an honest agent heals" git agent heal --name honest ||
		tail -n 30 .git/agent/runs/honest/prompt-1.md | sed 's/^/# prompt: /'
	is "$(git rev-parse 'agent/honest^{tree}')" "$fine" "$project: what was right is there again"
	is "$(git log -1 --format=%s agent/honest)" 'Heal: tests on main' "$project: the commit says what it mends"
	is "$(record honest 'len(r["passes"]), r["evidence"]')" '(1, [])' "$project: in one pass, with nothing found against it"
	agent <<EOT
cat >/dev/null
$cheat
EOT
	exits 2 "$project: one that takes the test away does not" git agent heal --name cheat
	says 'handing off to a human' "$project: and a person is asked"
	is "$(record cheat '[s["name"] for s in r["gate"]["stages"] if s["status"] == "red"]')" "['evidence']" "$project: the evidence says no" ||
		record cheat 'r["gate"]["stages"], r["error"]' | sed 's/^/# /'
	is "$(git for-each-ref refs/heads/agent/cheat)" '' "$project: nothing is proposed"
	is "$(user_state)" "$before" "$project: the checkout is as it was"
done
done_testing
