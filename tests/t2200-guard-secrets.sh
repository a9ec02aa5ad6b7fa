#!/bin/bash
# git agent guard secrets: wherever Git keeps something, what is a secret is found and never shown. The secrets are put together by
# h-secrets: none stands here.
. "${BASH_SOURCE%/*}/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

one() { "$GIT_AGENT_BUILD/tests/h-secrets" one "$1"; }
token=$(one github-pat)
other=$(one slack-bot-token)
third=$(one anthropic-api-key)

# finds <n> <rule> <place regex> <name>: the last run found n, the rule among them at that place, and printed no secret.
finds() {
	is "$status" 4 "$4: exit 4" || sed 's/^/# err: /' "$SCRATCH/err"
	is "$(grep -vc 'allowed: ' "$SCRATCH/out")" "$1" "$4: $1 found" || sed 's/^/# out: /' "$SCRATCH/out"
	ok "$4: by its rule, at its place" grep -qE "^$3: $2: " "$SCRATCH/out" || sed 's/^/# out: /' "$SCRATCH/out"
	ok "$4: not shown" not grep -qF -e "$token" -e "$other" -e "$third" "$SCRATCH/out" "$SCRATCH/err"
}

make_repo "$SCRATCH/repo"
exits 0 'nothing is there' git agent guard secrets
says '^no secret$' 'and it says so'
exits 0 'nor in the history' git agent guard secrets --history
exits 0 'nor in the working tree' git agent guard secrets --worktree
exits 0 'nor staged' git agent guard secrets --staged

# Staged, in the working tree, in commits.
printf 'a\nb\nTOKEN = "%s"\n' "$token" >config.py
run git agent guard secrets --worktree
finds 1 github-pat 'config\.py:3' 'in the working tree'
exits 0 'not staged yet' git agent guard secrets --staged
git add config.py
run git agent guard secrets --staged
finds 1 github-pat 'config\.py:3' 'staged'
commit_all leak
run git agent guard secrets
finds 1 github-pat 'config\.py:3 in [0-9a-f]{10}' 'in a commit'
printf 'a\nb\n' >config.py
commit_all 'taken out again'
run git agent guard secrets
finds 1 github-pat 'config\.py:3 in [0-9a-f]{10}' 'in a commit in between'
run git agent guard secrets HEAD~2..HEAD
finds 1 github-pat 'config\.py:3 in .*' 'in a range'
exits 0 'not in a range after it' git agent guard secrets HEAD~1..HEAD
printf 'x\n%s\n' "$token" | git agent guard secrets - >"$SCRATCH/out" 2>"$SCRATCH/err"
status=$?
finds 1 github-pat 'standard input:2' 'piped in'

# Messages, names of files, of refs, messages of tags.
git checkout -q -b work main~2
git commit -q --allow-empty -m "a subject" -m "line
see $other"
run git agent guard secrets
finds 1 slack-bot-token 'message:4 of [0-9a-f]{10}' 'in a message'
git reset -q --hard main~2
echo x >"$other"
commit_all 'a name'
run git agent guard secrets
finds 1 slack-bot-token 'name of a file in [0-9a-f]{10}' 'in the name of a file'
git reset -q --hard main~2
git branch -q "topic/$other"
git tag -a -m "the key is $third" v1
run git agent guard secrets --history
ok 'the name of a ref' grep -q '^name of a ref: slack-bot-token: ' "$SCRATCH/out"
ok 'the message of a tag' grep -q '^message:1: anthropic-api-key: ' "$SCRATCH/out"
ok 'the commit of another branch' grep -q '^config.py:3 in .*: github-pat: ' "$SCRATCH/out"
git branch -q -D "topic/$other"
git tag -d v1 >/dev/null

# Only what a change adds.
git checkout -q -b added main~1
printf 'new\n%s\n' "$(git show HEAD:config.py)" >config.py
commit_all 'a line beside it'
exits 0 'what stood there before is not the change'"'"'s' git agent guard secrets HEAD~1..HEAD
git mv config.py moved.py && commit_all 'moved'
exits 0 'nor what is moved' git agent guard secrets HEAD~1..HEAD

# Lines are looked into in parts: what stands where one ends is in one of them whole, and told once.
git checkout -q -b parts main~2
ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f ../key.pem
for size in 131040 131050 131062 130000 119000; do
	yes 'a line of padding' | head -c $size >large && { echo && cat ../key.pem && yes 'and more' | head -20000; } >>large
	git add large && git commit -q -m "$size"
	run git agent guard secrets HEAD~1..HEAD
	is "$(grep -c '^large:.*: private-key: ' "$SCRATCH/out")" 1 "after $size bytes, a key of many lines"
	git reset -q --hard HEAD~1
done
# A merge that adds what neither side has.
git checkout -q -b left main~2 && echo left >both && commit_all left
git checkout -q -b right main~2 && echo right >both && commit_all right
git merge -q left >/dev/null 2>&1
printf 'left\n%s\nright\n' "$third" >both && commit_all merged
run git agent guard secrets 'HEAD^..HEAD'
finds 1 anthropic-api-key 'both:2 in [0-9a-f]{10}' 'in what a merge alone adds'
printf 'left\n\n%s\n\nright\n' "$third" >both && git commit -q --amend -a --no-edit
git config diff.suppressBlankEmpty true
run git agent guard secrets 'HEAD^..HEAD'
finds 1 anthropic-api-key 'both:3 in [0-9a-f]{10}' 'with empty lines around it'
git config --unset diff.suppressBlankEmpty

# Text that is none for git, and what is encoded.
git checkout -q -b encoded main~2
printf 'first\nkey=%s\n' "$token" | iconv -t UTF-16 >wide.txt
printf 'first\nkey=%s\n' "$other" | iconv -t UTF-16BE >wide-be.txt
printf 'data:\n  token: %s\n' "$(printf %s "$third" | base64 -w0)" >secret.yml
printf '%s' "xy:$token" | base64 -w 30 >wrapped.txt
{ printf 'bin\0\0\1' && printf '%s' "$other" && printf '\0\0'; } >tool.bin
commit_all encoded
run git agent guard secrets
finds 5 github-pat 'wide\.txt:2 in .*' 'in UTF-16'
ok 'UTF-16, the other way round, without a mark' grep -q '^wide-be.txt:2 in .*: slack-bot-token' "$SCRATCH/out"
ok 'in base64' grep -qE '^secret.yml:2 .*: anthropic-api-key: .*, in base64' "$SCRATCH/out"
ok 'in base64 over lines, not at its start' grep -qE '^wrapped.txt:1 .*: github-pat: .*, in base64' "$SCRATCH/out"
ok 'among bytes' grep -qE '^tool.bin in .*: slack-bot-token' "$SCRATCH/out"
git agent guard secrets --worktree >"$SCRATCH/tree" 2>&1
is "$(grep -c '^\(wide.txt\|wide-be.txt\|secret.yml\|wrapped.txt\|tool.bin\)' "$SCRATCH/tree")" 5 'the working tree: the same five'
cp tool.bin before && { cat before && printf 'more\0'; } >tool.bin && rm before && commit_all more
exits 0 'what was among the bytes before is not new' git agent guard secrets HEAD~1..HEAD
head -c 5000000 /dev/zero >large.bin && commit_all large
exits 0 'a large file of bytes is left out' git agent guard secrets HEAD~1..HEAD
says '^warning: not looked into: large.bin \(5000000 bytes, no text\)' 'and said to be'

# What a repository says of its files hides nothing, and files that look like a diff are files.
git checkout -q -b hidden main~2
printf '* -diff\n*.env binary\n' >.gitattributes
printf 'A=1\nTOKEN=%s\n' "$token" >app.env
mkdir -p 'a b' && printf 'K=%s\n' "$other" >"a b/tab	and \"quote\" é"
commit_all hidden
run git agent guard secrets
finds 2 github-pat 'app\.env:2 in .*' 'in a file that is not to be shown'
ok 'a name with everything in it' grep -qE '^a b/tab.and "quote" é:1 in .*: slack-bot-token' "$SCRATCH/out"
git config diff.noprefix true
git config diff.external false
git config diff.mnemonicPrefix true
git config color.ui always
git config log.showSignature true
git config format.pretty oneline
git config diff.interHunkContext 5
git config diff.renames false
git config diff.orderFile nowhere
git config diff.suppressBlankEmpty true
run git agent guard secrets
finds 2 github-pat 'app\.env:2 in .*' 'whatever is configured'
git config --remove-section diff
git checkout -q -b looks main~2
printf 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n+%s\n++ b/y\n' "$token" >patch.txt
commit_all looks
printf '%s\n++ b/zzz\n@@ -0,0 +1,9 @@\n%s\n' "$(cat patch.txt)" "$other" >patch.txt
commit_all 'looks more'
run git agent guard secrets HEAD~2..
finds 2 slack-bot-token 'patch\.txt:9 in .*' 'in a file that looks like a diff'
ok 'and the first' grep -qE '^patch.txt:5 in .*: github-pat' "$SCRATCH/out"

# By value.
git checkout -q -b value main~2
printf 'v = "correct-horse-77"\n' >value.txt && commit_all value
exits 0 'a value that nobody says is secret' git agent guard secrets
export DEPLOY_PASSWORD=correct-horse-77
run git agent guard secrets
finds 1 environment 'value\.txt:1 in .*' 'the value of a variable'
says '\$DEPLOY_PASSWORD' 'with its name'
ok 'and not its value' not grep -q correct-horse "$SCRATCH/out"
DEPLOY_PASSWORD=/etc/passwd exits 0 'a path is none' git agent guard secrets
unset DEPLOY_PASSWORD

# Allowed: each with its reason.
git checkout -q -b allowed main~2
printf 'k = "%s"  # git-agent: allow-secret revoked in 2020\n' "$token" >inline.py
printf 'k = "%s"  /* git-agent: allow-secret */\n' "$other" >no-reason.c
commit_all inline
run git agent guard secrets
finds 1 slack-bot-token 'no-reason\.c:1 in .*' 'without a reason it is not'
says '^inline.py:1 in .*\(allowed: revoked in 2020\)' 'with one it is, and is told'
print=$(sed -n 's/^no-reason.* \[\([0-9a-f]*\)\]$/\1/p' "$SCRATCH/out")
printf '# what may be seen\n%s a test account of ours\n' "$print" >.gitagent-allow
exits 0 'by fingerprint' git agent guard secrets
says '\(allowed: a test account of ours\)' 'with its reason'
printf 'k = "%s"\n' "$other" >elsewhere.c && commit_all elsewhere
run git agent guard secrets
finds 1 slack-bot-token 'elsewhere\.c:1 in .*' 'the same elsewhere is not'
printf 'path:*.c made up for tests\n' >.gitagent-allow
exits 0 'by path' git agent guard secrets
printf '%s\n' "$print" >.gitagent-allow
exits 128 'a line without a reason' git agent guard secrets
says '^fatal: .gitagent-allow:1: expected a reason' 'is told with its number'
printf 'nonsense of a line\n' >.gitagent-allow
exits 128 'one that is none' git agent guard secrets
rm .gitagent-allow

# For programs.
exits 4 'JSON' git agent guard secrets --json
is "$(json '[r["version"], r["secrets"], r["commits"], len(r["findings"]), r["findings"][0]["path"], r["findings"][0]["line"]]' <"$SCRATCH/out")" \
	"[1, 2, 3, 3, 'elsewhere.c', 1]" 'has them all'
is "$(json '[f["allowed"] for f in r["findings"] if f["allowed"]]' <"$SCRATCH/out")" "['revoked in 2020']" 'and what is allowed'
ok 'without the secrets' not grep -qF -e "$token" -e "$other" "$SCRATCH/out"
exits 4 'SARIF' git agent guard secrets --sarif
is "$(json '[r["version"], len(r["runs"][0]["results"]), r["runs"][0]["results"][0]["ruleId"]]' <"$SCRATCH/out")" \
	"['2.1.0', 3, 'slack-bot-token']" 'has them all'
ok 'without the secrets' not grep -qF -e "$token" -e "$other" "$SCRATCH/out"

# What is no question.
exits 129 'two at once' git agent guard secrets --staged HEAD
exits 129 'an option for a range' git agent guard secrets -- --all
exits 128 'no such commit' git agent guard secrets nowhere..HEAD
exits 129 'nothing of that name' git agent guard secretz
exits 129 'nothing at all' git agent guard
git clone -q --bare . ../bare.git
(cd ../bare.git && git agent guard secrets --history) >"$SCRATCH/out" 2>"$SCRATCH/err"
is "$?" 4 'a bare repository has a history'
(cd ../bare.git && git agent guard secrets --worktree) >"$SCRATCH/out" 2>"$SCRATCH/err"
is "$?" 128 'and no working tree'
git init -q ../unborn && cd ../unborn || exit 1
exits 0 'a repository without a commit' git agent guard secrets
exits 0 'nor a history' git agent guard secrets --history
printf '%s\n' "$token" >a && git add a
run git agent guard secrets --staged
finds 1 github-pat 'a:1' 'staged for the first commit'
done_testing
