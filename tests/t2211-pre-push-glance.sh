#!/bin/bash
# pre-push: whatever way what is new is found out, without git where it is plain, by one git for few commits, by a list for many, by diffs
# where something may be in it, the same is refused; and what was there before is not.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"

token=$("$GIT_AGENT_BUILD/tests/h-secrets" one github-pat)

git init -q --bare remote.git
REMOTE=$SCRATCH/remote.git
push_repo work
git remote add origin "$REMOTE"
mkdir -p src/deep/er && echo one >src/deep/er/file && echo two >src/other
printf 'old = %s\nfine = 1\n' "$token" >old && ln -s fine link && commit_all 'with an old secret'
git push -q --no-verify origin HEAD:refs/heads/main && git fetch -q origin
git checkout -q -b base

# gits <words of one>: how often such a git is started for the last push that was tried, of which all passed or failed.
gits() {
	grep -c "built-in: git $1" "$SCRATCH/trace"
}

try() {
	: >"$SCRATCH/trace"
	echo "refs/heads/fix $(git rev-parse fix) refs/heads/fix ${1:-$ZERO}" >"$SCRATCH/line"
	run env GIT_TRACE="$SCRATCH/trace" sh -c '.git/hooks/pre-push origin "$0" <"$1"' "$REMOTE" "$SCRATCH/line"
}

# held <name> <place> [<old id>]; clean <name> [<old id>]: the branch fix, which starts anew after it.
held() {
	try "${3:-}"
	is "$status" 1 "$1: refused"
	says "^error: push refused: it would send a secret: $2" "$1: place"
	git checkout -q -B fix base
}

clean() {
	try "${2:-}"
	is "$status" 0 "$1: passes" || sed 's/^/# /' "$SCRATCH/err"
	git checkout -q -B fix base
}

leak() { printf '%s\n' "$token" >"$1" && commit_all "leak in $1"; }

# Few commits.
git checkout -q -B fix base && echo more >src/deep/er/more && commit_all more
try
is "$(gits '') $status" '0 0' 'of few plain commits no git has to tell'
mkdir -p src/a/b/c && leak src/a/b/c/new
held 'below new directories' 'src/a/b/c/new:1 in '
leak src/deep/er/file
held 'in a file that was there' 'src/deep/er/file:1 in '
leak src/deep/er/one && git rm -q src/deep/er/one && commit_all gone
held 'in a commit that the next one undoes' 'src/deep/er/one:1 in '
leak new && git mv new newer && commit_all moved
held 'in a file that is moved then' 'new:1 in '
rm -r src/deep && leak src/deep
held 'in a file where a directory was' 'src/deep:1 in '
git rm -q src/other && mkdir src/other && leak src/other/now
held 'in a directory where a file was' 'src/other/now:1 in '
ln -sf "$token" link && commit_all link
held 'where a symbolic link leads' 'link:1 in '
ln -sf "$token" src/newlink && commit_all link
held 'where a new one leads' 'src/newlink:1 in '
touch "src/deep/a	\"b\"
$token" && commit_all name
held 'in a name of odd characters' 'name of a file in '
git commit -q --allow-empty -m "$(printf 'fine\n\nkey: %s' "$token")"
held 'in a message' 'message:3 of '
printf 'k = %s\n' "$token" | iconv -t UTF-16 >wide && commit_all wide
held 'in UTF-16' 'wide:1 in '
{ head -c 9000 /dev/zero | tr '\0' x && printf '\nk = %s\n\0\n' "$token"; } >late && commit_all late
held 'before a NUL far into a file' 'late:2 in '

# A message in an encoding that has more in it than the letters it shows.
git commit -q --allow-empty -m plain
{
	git cat-file commit fix | sed '/^$/q' | sed '$s/.*/encoding ISO-2022-JP\n/'
	printf 'key: %s\033(J%s\n' "${token:0:9}" "${token:9}"
} | git hash-object -t commit -w --stdin >"$SCRATCH/id"
git checkout -q -B fix "$(cat "$SCRATCH/id")"
held 'in a message of another encoding' 'message:1 of '

# What is not plain: too large, in the store of another repository, in a pack of deltas.
seq 400000 >large && commit_all large
try
is "$status $(gits '') $(gits 'cat-file')" '0 1 1' 'of a large file one git tells'
{ seq 200000 && printf 'k = %s\n' "$token" && seq 200000; } >large && commit_all 'large, with a secret'
held 'in a large file' 'large:200001 in '
leak packed && git repack -adq
held 'in a pack' 'packed:1 in '
seq 999 >many && commit_all many && { seq 500 && echo "$token" && seq 501 999; } >many && commit_all 'many more' && git repack -adfq
held 'in a delta' 'many:501 in '
git clone -q --shared . ../shared && cd ../shared && put_hook pre-push && git remote set-url origin "$REMOTE" && git checkout -q -B fix origin/base
git fetch -q origin && leak shared
held_here() {
	try
	is "$status" 1 "$1: refused"
	says "^error: push refused: it would send a secret: $2" "$1: place"
}
held_here 'above what is in the store of another repository' 'shared:1 in '
cd ../work || exit 1

# What was there before.
printf 'old = %s\nfine = 2\n' "$token" >old && commit_all 'beside the old one'
try
is "$status $(gits 'log.*-p --cc\|log.*--cc')" '0 1' 'beside an old secret: only diffs tell'
clean 'beside an old secret'
git mv old older && commit_all moved
clean 'an old secret that moves'
chmod +x old && commit_all mode
clean 'an old secret whose file may be run now'
printf 'fine\n' >old && commit_all 'without it'
clean 'an old secret that goes'
git update-index --add --cacheinfo "160000,$(git rev-parse base),module" && git commit -q -m module
clean 'a commit of another repository'

# Branches.
git checkout -q -b left && echo left >left && commit_all left
git checkout -q -B fix base && echo right >right && commit_all right
git merge -q -m merged left
clean 'a merge'
echo right >right && commit_all right && git merge -q --no-commit left >/dev/null 2>&1 && printf '%s\n' "$token" >evil && git add evil && git commit -q -m evil
held 'in what a merge alone adds' 'evil:1 in '
git branch -f left base && git checkout -q left && leak left && git rm -q left && commit_all gone
git checkout -q -B fix base && echo right >right && commit_all right && git merge -q -m merged left
held 'on a side of a merge' 'left:1 in '
git checkout -q --orphan alone && git rm -rfq . && leak alone && git checkout -q -B fix alone
held 'in a branch that has nothing in common' 'alone:1 in '
echo more >plus && commit_all more && middle=$(git rev-parse fix) && echo yet >yet && commit_all yet
try "$middle"
is "$status $(gits '')" '0 0' 'on top of what the branch is there: no git has to tell'
clean 'on top of what the branch is there' "$middle"
leak below && middle=$(git rev-parse fix) && echo yet >yet && commit_all yet
clean 'above a secret that is there' "$middle"
leak above && middle=$(git rev-parse base)
held 'above what is there' 'above:1 in ' "$middle"
echo more >plus && commit_all more
git config agent.push.force any
clean 'where what is there is not here' "$(printf '%040d' 7)"
leak unknown
held 'above what is there and not here' 'unknown:1 in ' "$(printf '%040d' 7)"
git config --unset agent.push.force

# main goes on: the branch has begun at a commit that is no tip any more.
git checkout -q -B main base
for i in 1 2 3; do echo "$i" >on && commit_all "on $i"; done
git push -q --no-verify origin main && git fetch -q origin && git checkout -q -B fix base
echo more >plus && commit_all more
try
is "$status $(gits '')" '0 0' 'beside a main that has gone on: no git has to tell'
leak beside
held 'beside a main that has gone on' 'beside:1 in '

# Many commits: the secret is in the first of them, and gone in the next.
many() {
	local from=$1
	{
		for ((i = 0; i < 150; i++)); do
			printf 'commit refs/heads/fix\nmark :%d\ncommitter A <a@b> %d +0000\ndata 2\nc\n%b' $((i + 1)) $((1700000000 + i)) \
				"$([ $i != 0 ] || printf 'from %s\\n' "$from")"
			[ $i != 0 ] || [ -z "$2" ] || printf 'M 100644 inline src/many\ndata <<E\n%s\nE\n' "$2"
			[ $i != 1 ] || [ -z "$2" ] || printf 'D src/many\n'
			printf 'M 100644 inline src/deep/f%d\ndata 6\nline\n\n' $((i % 50))
		done
	} | git fast-import --quiet --force
	git reset -q --hard
}
git checkout -q -B fix base && many "$(git rev-parse base)" ''
try
is "$status $(gits 'log') $(gits 'log.*--raw')" '0 1 1' 'of many commits a list tells'
many "$(git rev-parse base)" "$token"
held 'in the first of many' 'src/many:1 in '
done_testing
