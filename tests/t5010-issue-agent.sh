#!/bin/bash
# git agent issue with a program of one's own: all that agents do to a checkout, and how the program is named and fed.
# shellcheck disable=SC2016  # dollars and backquotes in single quotes are the point
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline

# what <rev>: its tree for reading: modes, names, contents.
what() { git ls-tree -r "$1" | sed 's/ .*\t/ /' | tr '\n' ';'; }
body() { git log -1 --format=%b "$1"; }

# propose <name> [<option>...]: the agent's work on the standing brief is proposed as agent/<name>, in one commit, and the user's
# checkout is as it was.
propose() {
	local name=$1

	shift
	exits 0 "$name: is proposed" git agent issue issue.md --name "$name" "$@"
	is "$(git rev-list --count "main..agent/$name" 2>&1)" 1 "$name: one commit"
	is "$(user_state)" "$before" "$name: the checkout is as it was"
}

make_repo "$SCRATCH/repo"
write_brief
mkdir -p src docs
seq 1 50 >src/renamed.txt
echo one >src/deleted.txt
echo two >docs/edited.txt
echo '*.tmp' >.gitignore
printf '#!/bin/sh\n' >run.sh
git branch older
commit_all base
git tag v1
git agent trust --yes >/dev/null 2>&1
git stash list >/dev/null
echo mine >>hello.txt
before=$(user_state)

# --- everything an agent does to files
agent <<'AGENT'
cat >/dev/null
echo 'and more' >>docs/edited.txt
mkdir -p new/dir empty/dir
echo new >'new/dir/a file'
rm src/deleted.txt
mv src/renamed.txt src/moved.txt
chmod +x run.sh
echo junk >ignored.tmp
ln -s docs/edited.txt link
printf 'odd' >"$(printf 'a\nb\t"c')"
AGENT
propose files
is "$(what agent/files)" '100644 .gitagent;100644 .gitignore;100644 "a\nb\t\"c";100644 docs/edited.txt;100644 hello.txt;100644 issue.md;120000 link;100644 new/dir/a file;100755 run.sh;100644 src/moved.txt;' \
	'files: the proposal holds exactly what the agent left'
is "$(git show agent/files:docs/edited.txt | tail -1)" 'and more' 'files: the edit'
is "$(git show agent/files:hello.txt)" hello 'files: the edit of the user is not in it'

# --- an edit in the very second of the checkout that leaves the size as it was; what nobody edited is not written anew
for i in 1 2 3; do
	agent <<'AGENT'
printf 'TWO\n' >docs/edited.txt
AGENT
	propose "same-size-$i" --keep
	is "$(git show "agent/same-size-$i:docs/edited.txt")" TWO "same size, round $i: the edit is seen"
	objects=$(record "same-size-$i" 'r["work_dir"]')/git/objects
	is "$(find "$objects"/?? -type f | wc -l)" 4 "same size, round $i: a file, two trees, a commit are new"
done

agent <<'AGENT'
ln -s /etc/passwd outside
AGENT
exits 4 'a link out of the repository' git agent issue issue.md --name outside
says "^error: 'outside'" 'is refused by name'
says '^  review +git diff main refs/agent/head/outside$' 'with the command that shows it'
is "$(git diff --name-only main refs/agent/head/outside)" outside 'which works'

# --- commits of its own, and something left over
agent <<'AGENT'
set -e
echo 1 >first && git add -A && git commit -q -m 'agent: the first step' -m 'With a body.'
echo 2 >second && git add -A && git commit -q -m 'agent: the second; $(touch pwned) `id`'
git tag -a -m 'a tag' done-by-agent
git tag v1 -f >/dev/null
echo 3 >third
AGENT
propose commits
is "$(git diff --name-only main agent/commits | tr '\n' ' ')" 'first second third ' 'commits: all of it is there'
body agent/commits >"$SCRATCH/body"
ok 'commits: the body lists the first' grep -qxF -- '- agent: the first step' "$SCRATCH/body"
ok 'commits: and the second as it is' grep -qxF -- '- agent: the second; $(touch pwned) `id`' "$SCRATCH/body"
ok 'commits: what was left over is not a subject' not grep -q 'left uncommitted' "$SCRATCH/body"
is "$(git log -1 --format='%an %ae %cn' agent/commits)" 'A Person person@example.com A Person' 'commits: in the name of the user'
is "$(git tag)" v1 'commits: its tags stay with it'

agent <<'AGENT'
set -e
echo 1 >a && git add a && git commit -q -m step
git branch topic && git checkout -q topic
echo 2 >b && git add b && git commit -q -m 'on a branch'
git checkout -q --detach
echo 3 >c && git add c && git commit -q -m 'on no branch'
git branch -q -D topic
echo 4 >d
AGENT
propose detached
is "$(git diff --name-only main agent/detached | tr '\n' ' ')" 'a b c d ' 'detached: what HEAD and the files hold'

agent <<'AGENT'
set -e
for i in 1 2 3; do echo $i >f$i && git add f$i && git commit -q -m "step $i"; done
git rebase -q --onto HEAD~3 HEAD~2
git checkout -q older 2>/dev/null || git checkout -q -b older v1
git reset -q --hard v1
git cherry-pick "$GIT_AGENT_NOTHING" 2>/dev/null || true
echo four >f4
AGENT
propose rebased
is "$(git diff --name-only main agent/rebased | tr '\n' ' ')" 'f4 ' 'rebased: the tree counts, not the way'

agent <<'AGENT'
set -e
echo stashed >s && git add s && git stash -q
echo kept >k
AGENT
propose stashed
is "$(git diff --name-only main agent/stashed)" k 'stashed: what it stashed is not there'

agent <<'AGENT'
set -e
echo one >docs/edited.txt && git commit -q -a -m one
git checkout -q -b side HEAD~1
echo other >docs/edited.txt && git commit -q -a -m other
git merge one 2>/dev/null || git merge - >/dev/null 2>&1 || true
git diff --name-only --diff-filter=U | grep -q edited
AGENT
propose conflict
ok 'conflict: the file as it stood, with its marks' grep -q '^<<<<<<<' <(git show agent/conflict:docs/edited.txt)

agent <<'AGENT'
set -e
git checkout -q --orphan fresh
git rm -q -r --cached . && git clean -q -f -d -x
echo all that is left >only
cp /dev/null .gitagent 2>/dev/null || true
AGENT
exits 4 'an agent that empties the policy' git agent issue issue.md --name orphan
says '\.gitagent' 'is refused, and the path named'
is "$(user_state)" "$before" 'and the checkout is as it was'

agent <<'AGENT'
set -e
git config core.hooksPath hooks && git config core.fsmonitor "$PWD/monitor"
git config filter.evil.clean 'touch pwned; cat' && echo '* filter=evil' >.git-attributes
mkdir -p hooks && printf '#!/bin/sh\ntouch pwned\n' >hooks/pre-commit && cp hooks/pre-commit monitor
cp hooks/pre-commit hooks/post-checkout && cp hooks/pre-commit hooks/reference-transaction
chmod +x hooks/* monitor
dir=$(git rev-parse --absolute-git-dir)
touch "$dir/index.lock" "$dir/HEAD.lock"
AGENT
propose hooks
ok 'hooks: the locks of a killed git are no hindrance' git cat-file -e agent/hooks:hooks/pre-commit
ok 'hooks: nothing of it ran' not git cat-file -e agent/hooks:pwned 2>/dev/null

agent <<'AGENT'
# in a sandbox the link to the git directory stays
rm -f .git 2>/dev/null; git init -q . && git add -A && git -c user.name=x -c user.email=y commit -q --allow-empty -m mine && echo new >new
AGENT
propose own-git
is "$(git diff --name-only main agent/own-git)" new 'own-git: a repository of its own in the way changes nothing'

agent <<'AGENT'
rm .git 2>/dev/null; echo new >new
AGENT
propose no-dot-git
is "$(git diff --name-only main agent/no-dot-git)" new 'no-dot-git: the change is there'

agent <<'AGENT'
git init -q nested && cd nested && echo x >x && git add x && git -c user.name=x -c user.email=y commit -q -m nested
AGENT
exits 4 'a nested repository' git agent issue issue.md --name nested
says 'nested' 'is refused by name'
is "$(git for-each-ref refs/heads/agent/nested)" '' 'and no branch is made'

# --- how the prompt comes
agent <<'AGENT'
[ $# = 0 ] || exit 9
cat >prompt
AGENT
propose by-input
ok 'by-input: the prompt is on standard input' grep -q 'A greeting is wanted' <(git show agent/by-input:prompt)

agent <<'AGENT'
[ $# = 3 ] || exit 9
[ -z "$(cat)" ] || exit 8
printf '%s\n' "$1" "$3" >args && cp "$2" prompt
AGENT
AGENT_CMD="'$AGENT_CMD' --print {prompt_file} 'two words'"
propose by-file
ok 'by-file: the prompt is in the file' grep -q 'A greeting is wanted' <(git show agent/by-file:prompt)
is "$(git show agent/by-file:args | tr '\n' '|')" '--print|two words|' 'by-file: the words are as they were quoted'

# --- no shell, ever
mkdir -p "$SCRATCH/a dir"
cat >"$SCRATCH/a dir/my agent" <<'AGENT'
#!/bin/bash
cat >/dev/null
printf '<%s>\n' "$@" >args
AGENT
chmod +x "$SCRATCH/a dir/my agent"
export AGENT_CMD="\"$SCRATCH/a dir/my agent\" \$(touch pwned) \`touch pwned\` ; touch pwned && \"a 'b' \\\" c\" '\$HOME' \\  | cat > pwned *"
propose quoting
is "$(git show agent/quoting:args | tr '\n' ' ')" '<$(touch> <pwned)> <`touch> <pwned`> <;> <touch> <pwned> <&&> <a '"'b'"' " c> <$HOME> < > <|> <cat> <>> <pwned> <*> ' 'quoting: split into words, nothing run'
is "$(git diff --name-only main agent/quoting)" args 'quoting: and nothing written'
ok 'quoting: here neither' [ ! -e pwned ]
is "$(record quoting 'r["agent"]')" 'my agent' 'quoting: the agent is named by its program'
AGENT_CMD="'unclosed"
exits 128 'an unclosed quote' git agent issue issue.md --name unclosed
says 'AGENT_CMD' 'is named'
ok 'and leaves no run' [ ! -e .git/agent/runs/unclosed ]

# --- where the program is
mkdir -p tools/deep && cp "$SCRATCH/agent" tools/prog
printf '#!/bin/sh\ncat >/dev/null\necho x >from-tools\n' >tools/prog
printf 'tools/\n' >>.git/info/exclude
before=$(user_state)
cd tools/deep || exit 1
AGENT_CMD=../prog
exits 0 'a relative path from a subdirectory' git agent issue ../../issue.md --name relative
cd ../.. || exit 1
is "$(git diff --name-only main agent/relative)" from-tools 'is the program that stands there'
is "$(user_state)" "$before" 'and the checkout is as it was'
AGENT_CMD=prog
PATH=$PWD/tools:$PATH propose on-path
unset AGENT_CMD
run git agent issue issue.md --name none
hinted 3 'no agent is named' 'no agent'
ok 'and leaves no run' [ ! -e .git/agent/runs/none ]
git -c agent.command="$PWD/tools/prog" agent issue issue.md --name by-config >/dev/null 2>&1
ok 'agent.command of git config names it as well' git cat-file -e agent/by-config:from-tools

# --- who commits is asked before agent time is spent
agent <<'AGENT'
echo x >x
AGENT
git config --global --unset user.name
git config --global --unset user.email
git config --global user.useConfigOnly true
run git agent issue issue.md --name nobody
hinted 128 'email|name|ident' 'no identity'
ok 'and leaves no run' [ ! -e .git/agent/runs/nobody ]

done_testing
