#!/bin/bash
# pre-push: what a push would send is looked into, commit by commit, and refused where a secret is in it; with its place and how to take
# it out. What the other side has is not looked into again.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-hooks.sh"

one() { "$GIT_AGENT_BUILD/tests/h-secrets" one "$1"; }
token=$(one github-pat)
other=$(one slack-bot-token)
third=$(one anthropic-api-key)

fresh() {
	cd "$SCRATCH" || exit 1
	rm -rf work remote.git
	REMOTE=$SCRATCH/remote.git
	git init -q --bare "$@" "$REMOTE"
	push_repo work "$@"
	git remote add origin "$REMOTE"
	seed origin
	git fetch -q origin
	git checkout -q -b fix topic
}

# held <name> <regex of the place and rule> <git push arguments...>: refused for a secret, which is not shown; the remote has what it had.
held() {
	local name=$1 place=$2 before
	shift 2
	before=$(refs_of "$REMOTE")
	run git push "$@"
	ok "$name: refused" test "$status" != 0 || return
	ok "$name: place and rule" grep -qE "^error: push refused: it would send a secret: $place" "$SCRATCH/err" || sed 's/^/# /' "$SCRATCH/err"
	ok "$name: what to do" grep -q '^hint: .*\.gitagent-allow' "$SCRATCH/err"
	ok "$name: not shown" not grep -qF -e "$token" -e "$other" -e "$third" "$SCRATCH/err" "$SCRATCH/out"
	is "$(refs_of "$REMOTE")" "$before" "$name: the remote is untouched"
}

for format in sha1 sha256; do
	fresh --object-format=$format
	printf 'a\nKEY=%s\n' "$token" >app.env && commit_all leak
	held "$format, in a new branch" 'app\.env:2 in [0-9a-f]{10}: github-pat' origin fix
	says '^hint: take it out of the commit: git commit --amend .* git rebase -i [0-9a-f]{10}~$' 'how to take it out'
	rm app.env && commit_all 'without it'
	held "$format, in a commit in between" 'app\.env:2 in [0-9a-f]{10}: github-pat' origin fix
	held "$format, in every spelling" 'app\.env:2' origin HEAD:refs/heads/other
	held "$format, among others" 'app\.env:2' origin topic fix
	passes "$format, a branch without it" origin topic
	git reset -q --hard topic && echo good >good && commit_all good
	passes "$format, taken out" origin fix
	git commit -q --allow-empty -m "see $other"
	held "$format, in a message" 'message:1 of [0-9a-f]{10}: slack-bot-token' origin fix
	git reset -q --hard HEAD~1
	git tag -a -m "the key: $third" v2
	held "$format, in a tag's message" 'message:[0-9]+: anthropic-api-key' origin v2
	git tag -a -m "fine" outer v2 2>/dev/null
	held "$format, in the message of a tag that a tag is of" 'message:[0-9]+: anthropic-api-key' origin outer
	# Of such a size that what is read of it could be taken for an answer to what is asked next.
	{
		git cat-file tag v2 && printf 'the key: %s\n' "$third"
		yes "$(git rev-parse HEAD) commit 2
x
" | head -c 4300000
	} | git hash-object -w -t tag --stdin >huge && git update-ref refs/tags/huge "$(cat huge)"
	run git push origin huge
	is "$status" 1 "$format, a tag too large to be looked into: refused"
	says '^error: push refused: .* is too large to be looked into' "$format, and why"
	git tag -d outer huge >/dev/null && rm huge
	blob=$(printf '%s\n' "$token" | git hash-object -w --stdin)
	# git takes a mode like this for a directory's all the same.
	inner=$(printf '100644 blob %s\tk\n' "$blob" | git mktree)
	hex=$(printf %s "$inner" | sed 's/../\\x&/g')
	top=$(printf '%b' "40755 d\\0$hex" | git hash-object -t tree -w --stdin --literally)
	git branch -q odd "$(git commit-tree -p topic -m odd "$top")"
	held "$format, below a directory of an odd mode" 'd/k:1 in [0-9a-f]{10}: github-pat' origin odd
	git branch -q -D odd
	# Of two trees git takes the first, and of parents none that stand elsewhere.
	for late in "tree $(git rev-parse "topic^{tree}")" "parent $(git rev-parse topic)"; do
		git cat-file commit "$(git commit-tree -p topic -m two "$top")" | sed "/^committer /a $late" |
			git hash-object -t commit -w --stdin --literally >../two
		git branch -q two "$(cat ../two)" 2>/dev/null || git update-ref refs/heads/two "$(cat ../two)"
		held "$format, in a commit with another ${late%% *}" 'd/k:1 in [0-9a-f]{10}: github-pat' origin two
		git update-ref -d refs/heads/two
	done
	git tag blob "$blob"
	held "$format, a tag of a file" 'an object:1: github-pat' origin blob
	git tag tree "$(printf '100644 blob %s\tk\n' "$blob" | git mktree)"
	held "$format, a tag of a tree" 'k:1: github-pat' origin tree
	git tag -d v2 blob tree >/dev/null
	held "$format, the name of a branch" 'name of a ref: slack-bot-token' origin "HEAD:refs/heads/$other"
	git notes add -m "remember $third" HEAD
	held "$format, notes" '[0-9a-f/]+:1 in [0-9a-f]{10}: anthropic-api-key' origin refs/notes/commits
done

# What is there already is nobody's news.
fresh
printf '%s\n' "$token" >old && commit_all old && git push -q --no-verify origin fix && git fetch -q origin
echo new >new && commit_all new
passes 'what the remote has is not looked into' origin fix
git push -q --no-verify origin fix:refs/heads/renamed && git fetch -q
passes 'another branch of it' origin fix:refs/heads/second
passes 'a deletion' origin :second
git remote add url "file://$REMOTE" && git fetch -q url
passes 'by URL, where a remote is known by it' "file://$REMOTE" fix:refs/heads/third
git init -q --bare ../fresh.git
run git push ../fresh.git fix
ok 'another place has none of it: refused' test "$status" != 0
says 'old:1 in .*github-pat' 'for what is old here'

# Allowed, in the line or by the file; from a directory below; of the repository's own kind; by value.
fresh
printf 'k = "%s"  # git-agent: allow-secret of a test account\n' "$token" >line.py && commit_all line
passes 'allowed in its line' origin fix
printf '%s\n' "$other" >file && commit_all file
held 'not allowed' 'file:1 in ' origin fix
print=$(sed -n 's/^hint: if it is none: .\([0-9a-f]\{16\}\) .*/\1/p' "$SCRATCH/err")
printf '%s of a test account\n' "$print" >.gitagent-allow
mkdir below
(cd below && git push -q origin fix) >"$SCRATCH/out" 2>"$SCRATCH/err"
is "$?" 0 'allowed by the file, from a directory below' || sed 's/^/# /' "$SCRATCH/err"
printf 'nonsense\n' >.gitagent-allow && printf '%s\n' "$third" >again && git add again && git commit -qm again
run git push origin fix
ok 'a file that does not parse allows nothing' test "$status" != 0
says '^error: push refused: .*\.gitagent-allow:1' 'and is named'
rm .gitagent-allow && git reset -q --hard HEAD~1
printf '[secret "badge"]\npattern = \\bBADGE-\\d{6}\\b\nkeyword = BADGE-\n' >.gitagent && commit_all policy
echo 'BADGE-123456' >badge && commit_all badge
held 'a kind of the repository'"'"'s own' 'badge:1 in [0-9a-f]{10}: badge' origin fix
git reset -q --hard HEAD~1 && echo 'hunter-hunter-2' >value && commit_all value
DEPLOY_PASSWORD=hunter-hunter-2 held 'a value of the environment' 'value:1 in [0-9a-f]{10}: environment: .*\$DEPLOY_PASSWORD' origin fix
passes 'which is none elsewhere' origin fix

# What nobody looked into is said.
fresh
head -c 5000000 /dev/zero >large.bin && commit_all large
is "$(git agent guard push --json origin fix 2>/dev/null | json '(r["refused"], r["unseen"])')" \
	"(False, ['large.bin (5000000 bytes, no text)'])" 'what would not be looked into is told before'
passes 'a large file that is no text' origin fix
says '^warning: not looked into: large.bin \(5000000 bytes, no text\)$' 'which is told, too'
head -c 6000000 /dev/zero >larger.bin && printf '%s\n' "$token" >small && commit_all small
held 'with a secret beside it' 'small:1 in ' origin fix
says '^warning: not looked into: larger.bin' 'it is told too'

# A linked worktree, a shallow clone, a merge, many commits, no time.
git worktree add -q --detach ../linked topic && cd ../linked && printf '%s\n' "$token" >linked && commit_all linked
held 'in a linked worktree' 'linked:1 in ' origin HEAD:refs/heads/linked
cd ../work && git clone -q --depth 1 "file://$REMOTE" ../shallow && cd ../shallow && put_hook pre-push
git checkout -q -b s && printf '%s\n' "$token" >shallow && commit_all shallow
held 'in a shallow clone' 'shallow:1 in ' origin s
git reset -q --hard HEAD~1 && echo fine >fine && commit_all fine
passes 'without it there' origin s
cd ../work || exit 1
git checkout -q -b left topic && echo left >both && commit_all left
git checkout -q -b right topic && echo right >both && commit_all right
git merge -q left >/dev/null 2>&1
printf 'left\n%s\nright\n' "$third" >both && commit_all merged
held 'in what a merge alone adds' 'both:2 in [0-9a-f]{10}: anthropic-api-key' origin right
git checkout -q -b many topic
for ((i = 0; i < 2000; i++)); do
	printf 'commit refs/heads/many\nmark :%d\ncommitter A <a@b> %d +0000\ndata 2\nc\n%b' $((i + 1)) $((1700000000 + i)) "$([ $i != 0 ] || printf "from %s" "$(git rev-parse topic)\\n")"
	printf 'M 100644 inline f%d\ndata 6\nline\n\n' $((i % 50))
done | git fast-import --quiet --force
git reset -q --hard
passes 'two thousand commits' origin many
git -C "$REMOTE" update-ref -d refs/heads/many && git update-ref -d refs/remotes/origin/many
git -c agent.push.budget=1ms push origin many >"$SCRATCH/out" 2>"$SCRATCH/err"
ok 'without time it is refused' test "$?" != 0
says '^error: push refused: .*takes longer than its time allows' 'and says why'
done_testing
