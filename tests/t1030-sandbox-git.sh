#!/bin/bash
# shellcheck disable=SC2154  # variables of the sourced files
# An agent in the full box uses git as a person does: every everyday command works on its own checkout, and what it leaves is a proposal.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline

export GIT_AGENT_SANDBOX_REQUIRE=full
"$GIT_AGENT_BUILD/tests/u-sandbox-attack" | grep -q '^# level full' || {
	is "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" '' 'this machine gives no full sandbox'
	done_testing
	exit
}

start_repo repo
mkdir -p docs
for i in 1 2 3 4 5; do
	echo "line $i" >>docs/text && git add docs && git commit -q -m "text $i" -- docs
done
git tag -a -m one v1
before=$(user_state)

agent <<'EOF'
# works <name>: the command list on standard input works, said in the log.
works() {
	if bash -e -o pipefail; then echo "works: $1"; else echo "FAILS: $1"; fi
}
exec 2>&1
works status <<'X'
[ -z "$(git status --porcelain)" ]
echo new >new.txt
[ "$(git status --porcelain)" = '?? new.txt' ]
X
works add-and-commit <<'X'
git add new.txt
git commit -q -m 'new file'
[ "$(git log -1 --format=%s)" = 'new file' ]
X
works stash <<'X'
echo more >>new.txt
git stash push -q
[ "$(cat new.txt)" = new ]
git stash pop -q
[ "$(tail -1 new.txt)" = more ]
git stash push -q -u && git stash apply -q && git stash drop -q
git checkout -q -- new.txt
X
works branch-and-merge <<'X'
git switch -q -c side HEAD~1
echo side >side.txt && git add side.txt && git commit -q -m side
git switch -q -
git merge -q --no-edit side
[ -f side.txt ]
git reset -q --hard HEAD~1
X
works rebase <<'X'
start=$(git rev-parse HEAD)
git switch -q side
git rebase -q "$start"
[ "$(git merge-base side "$start")" = "$start" ]
GIT_SEQUENCE_EDITOR='sed -i s/^pick/reword/' GIT_EDITOR='sed -i s/side/again/' git rebase -q -i HEAD~1
[ "$(git log -1 --format=%s)" = again ]
git switch -q -
X
works cherry-pick <<'X'
git cherry-pick side >cherry.log
rm cherry.log
[ "$(git log -1 --format=%s)" = again ]
git revert --no-edit HEAD >/dev/null
X
works bisect <<'X'
git bisect start HEAD v1~4 >/dev/null
git bisect run sh -c '! grep -q "line 3" docs/text' >../tmp/bisect
git bisect log | grep 'first bad commit.*text 3' >/dev/null
git bisect reset >/dev/null 2>&1
X
works tag <<'X'
git tag light && git tag -a -m heavy heavy
[ "$(git describe --tags --exact-match heavy)" = heavy ]
git tag -d light >/dev/null
git describe v1 >/dev/null
X
works notes <<'X'
git notes add -m remark HEAD
[ "$(git notes show HEAD)" = remark ]
X
works worktree <<'X'
git worktree add -q "$TMPDIR/other" HEAD~2
echo elsewhere >"$TMPDIR/other/elsewhere" && git -C "$TMPDIR/other" add -A && git -C "$TMPDIR/other" commit -q -m elsewhere
git -C "$TMPDIR/other" status >/dev/null
git worktree remove "$TMPDIR/other"
X
works sparse-checkout <<'X'
git sparse-checkout set --no-cone '/*' '!/docs/'
[ ! -e docs/text ]
git sparse-checkout disable
[ -e docs/text ]
X
works diff-and-blame <<'X'
git diff HEAD~1 >/dev/null
git blame docs/text >"$TMPDIR/blame"
[ "$(wc -l <"$TMPDIR/blame")" = 5 ]
git log --stat -p -3 >/dev/null
git grep -q 'line 4'
X
works patches <<'X'
git format-patch -q -1 -o "$TMPDIR" side
git switch -q -c mailed
git am -q "$TMPDIR"/0001*.patch
git switch -q -
git archive HEAD | tar -t >/dev/null
X
works clone-and-fetch <<'X'
git clone -q . "$TMPDIR/clone"
git fetch -q "$TMPDIR/clone" HEAD
X
works gc <<'X'
git gc -q
git fsck --no-progress --connectivity-only >/dev/null
git repack -q -a -d
git maintenance run --quiet
[ "$(git rev-list --count HEAD)" -gt 6 ]
X
works reflog <<'X'
git reflog | grep commit >/dev/null
git reset -q --hard 'HEAD@{0}'
git clean -qfd
X
echo last >>new.txt
EOF
exits 0 'a run whose agent uses all of git' git agent issue issue.md
logged=$(git agent log issue 2>/dev/null)
for name in status add-and-commit stash branch-and-merge rebase cherry-pick bisect tag notes worktree sparse-checkout \
	diff-and-blame patches clone-and-fetch gc reflog; do
	grep -qx "works: $name" <<<"$logged"
	is "$?" 0 "git $name in the box" || printf "%s\n" "$logged" | tail -60 >&2
done
is "$(record issue 'r["state"]')" proposed 'what it left is a proposal'
is "$(git show agent/issue:new.txt)" "$(printf 'new\nlast')" 'with what it committed and what it left'
is "$(git rev-list --count HEAD..agent/issue)" 1 'as one commit'
is "$(user_state)" "$before" "the person's checkout, index, refs and stash are as they were"
is "$(git for-each-ref --format='%(refname)' refs/notes refs/tags)" refs/tags/v1 'no tag or note of the agent came along'
done_testing
