#!/bin/bash
# Bad input: each form gets one clear line, a hint and an exit code, and leaves nothing behind.
# shellcheck disable=SC2016,SC2317  # names with dollars in them; functions called by name
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline

# refused <code> <regex> <name> <command>...: ends so, and leaves nothing.
refused() {
	local code=$1 regex=$2 name=$3

	shift 3
	run "$@"
	hinted "$code" "$regex" "$name"
	[ ! -d .git ] || is "$(traces)" '' "$name: nothing is left behind"
}

sim() { git agent issue "$@" --simulate good; }

start_repo repo

# --- the brief
refused 128 "'gone.md'.*No such file" 'a missing brief' sim gone.md
: >empty.md
refused 128 "'empty.md' is empty" 'an empty brief' sim empty.md
printf ' \n\t\n\n' >blank.md
refused 128 "'blank.md' is empty" 'a blank brief' sim blank.md
head -c 4096 /bin/sh >binary.md
refused 128 "'binary.md' is binary" 'a binary brief' sim binary.md
printf '# Title\n\ncaf\351\n' >latin1.md
refused 128 "'latin1.md' is not UTF-8 text \(line 3\)" 'a brief in Latin-1' sim latin1.md
mkdir folder.md
refused 128 "'folder.md' is a directory" 'a directory' sim folder.md
head -c 3000000 /dev/zero | tr '\0' x >huge.md
refused 128 "'huge.md': .*larger than" 'a brief too large' sim huge.md
refused 128 "'#12'" 'an issue of a forge' sim '#12'
says '^hint: gh issue view 12' 'with the command that gets it'
refused 128 "'https://example.com/a;b'" 'a URL' sim 'https://example.com/a;b'
refused 128 "''" 'an empty name' sim ''
cp issue.md ../outside.md && cp issue.md ./-x && cp issue.md '../$(touch pwned)'
run sim -x
is "$status" 129 'a brief -x is an option that there is not'
exits 0 'but -- -x names the file' git agent issue --simulate good -- -x
is "$(git for-each-ref --format='%(refname)' refs/heads/agent/)" refs/heads/agent/x 'and makes a branch of it that git takes'
exits 0 'a brief outside of the repository' sim ../outside.md
ok 'is named by its stem' git cat-file -e agent/outside^0
exits 0 'a brief with a shell word for a name' sim '../$(touch pwned)'
ok 'runs nothing' [ ! -e pwned ]
ok 'and is named by letters' git cat-file -e agent/touch-pwned^0
printf '# A title\n\nText.\n' >short.md
exits 0 'a brief without acceptance criteria' sim short.md
says '^warning: .*no acceptance criteria' 'is warned of'

# --- from here on a fresh repository, so that traces are seen
start_repo bad
cp ../outside.md .git/brief.md
standing() { git "${options[@]}" agent issue .git/brief.md --simulate good "$@"; }
options=()

for name in A 'a b' a/b ../a -a a_b "$(printf 'a%.0s' {1..51})"; do
	refused 128 'cannot be a run.s name' "--name '$name'" standing "--name=$name"
done
refused 128 "unknown revision 'nowhere'" 'an unknown base' standing --base nowhere
refused 128 "unknown revision '--all'" 'a base that is an option' standing --base=--all
refused 128 "unknown revision 'HEAD:hello.txt'" 'a base that is a blob' standing --base HEAD:hello.txt
refused 128 "unknown revision 'nowhere'" 'an unknown agent.base' git -c agent.base=nowhere agent issue .git/brief.md --simulate good
git branch agent/kept
run standing --name kept
hinted 128 "'kept' is taken" 'a branch that exists'
git branch -q -D agent/kept
is "$(traces)" '' 'leaves nothing behind'
git branch agent
refused 128 "branch called 'agent' is in the way" 'a branch called agent' standing
git branch -q -D agent
options=(-c agent.limits.disk=900g)
refused 128 'MiB are free' 'not enough disk' standing
options=()
# h-deny makes a machine that has less
refused 4 "sandbox.*full.*namespaces" 'a level this machine does not reach' \
	"$GIT_AGENT_BUILD/tests/h-deny" namespaces -- git agent issue .git/brief.md --simulate good --sandbox full
options=(-c agent.limits.wall=soon)
refused 128 "limits.wall.*'soon'" 'a wrong value in git config' standing
options=(-c agent.workRoot=relative/path)
refused 128 "workRoot.*'relative/path" 'a relative work root' standing
options=(-c "agent.workRoot=$PWD/.git/work")
refused 128 'below a .git directory' 'a work root in .git' standing
options=(-c agent.workRoot=/proc/nowhere)
refused 128 '/proc/nowhere' 'a work root that cannot be made' standing
options=()
GIT_AGENT_LIMITS_FIXES=many refused 128 "'many'" 'a wrong value in the environment' standing
refused 128 'HOME is not set' 'no HOME' env -u HOME GIT_CONFIG_GLOBAL="$HOME/.gitconfig" git agent issue .git/brief.md --simulate good
AGENT_CONFIG=/no/such/file refused 128 "'/no/such/file'" 'AGENT_CONFIG names no file' standing

# --- the policy
policy() { printf '%b' "$1" >.gitagent && git commit -q -a -m policy && git agent trust --yes >/dev/null 2>&1; }
policy '[gate "tests"]\nrun = true\nrun = false\n'
refused 128 '\.gitagent.*:3: ' 'a key given twice' standing
policy '[gate "tests"\nrun = true\n'
refused 128 '\.gitagent.*:1: ' 'a section that is not closed' standing
policy '[gate "tests"]\nrun = true\ntimeout = soon\n'
refused 128 "\.gitagent.*:3: .*timeout.*'soon'" 'a wrong duration' standing
policy '[limits]\nwall = 5m\n'
AGENT_CMD=true refused 128 'no gate' 'no gate' git agent issue .git/brief.md
policy '[gate "tests"]\ntimeout = 5m\n'
refused 128 "tests.*run|run.*tests" 'a stage without run' standing
run git agent gate
hinted 128 "tests.*run|run.*tests" 'the gate says the same'
printf '[gate "tests"]\nrun = touch pwned\n' >.gitagent && git commit -q -a -m untrusted
refused 4 'have not been approved' 'a policy nobody approved' standing
says '^hint: git agent trust' 'with the command that does'
run git agent gate
hinted 4 'have not been approved' 'the gate neither'
ok 'nothing of it ran' [ ! -e pwned ]
printf '[gate "tests"]\nrun = true\nevidense = true\n' >.gitagent && git commit -q -a -m typo
exits 0 'an unknown key is only a warning' git agent issue .git/brief.md --simulate good --trust
says '^warning: .*evidense.*evidence' 'that names the nearest'

# --- repositories
mkdir "$SCRATCH/nowhere" && cd "$SCRATCH/nowhere" || exit 1
cp ../outside.md .
for command in 'issue outside.md --simulate good' gate status 'try x' trust; do
	# shellcheck disable=SC2086
	refused 128 'not a git repository' "no repository: $command" git agent $command
done
git init -q "$SCRATCH/unborn" && cd "$SCRATCH/unborn" || exit 1
refused 128 'has no commit yet' 'an unborn branch' git agent issue ../outside.md --simulate good
refused 128 'has no commit yet' 'its gate' git agent gate
git clone -q --bare "$SCRATCH/repo" "$SCRATCH/bare.git" && cd "$SCRATCH/bare.git" || exit 1
run git agent gate --wip --trust
hinted 128 'bare' 'a bare repository has no work in progress'
git -C "$SCRATCH/repo" agent trust --yes >/dev/null 2>&1
exits 0 'but a run' git agent issue ../outside.md --simulate good --trust
ok 'which makes its branch' git cat-file -e agent/outside-2^0

# --- somebody else's lock on the branch: the run says so and keeps what it made
cd "$SCRATCH/repo" || exit 1
mkdir -p .git/refs/heads/agent && : >.git/refs/heads/agent/locked.lock
run git agent issue ../outside.md --simulate good --name locked
hinted 128 'lock' "another git's lock on the branch"
ok 'the attempt is kept' git cat-file -e refs/agent/head/locked
is "$(record locked 'r["state"]')" failed 'the run has failed'
rm .git/refs/heads/agent/locked.lock

# --- a store that may not be written
if [ "$(id -u)" != 0 ]; then
	chmod 500 .git/agent/runs
	run git agent issue ../outside.md --simulate good --name read-only
	chmod 700 .git/agent/runs
	hinted 128 'Permission denied' 'a store that may not be written'
fi
rm -rf .git/agent && : >.git/agent
run git agent issue ../outside.md --simulate good --name no-store --trust
is "$status" 128 'a file where the store should be'
says "^fatal: .*/agent'" 'is named'
rm .git/agent

for command in '' 'a b' 'x --json y'; do
	# shellcheck disable=SC2086
	run git agent issue $command --simulate good
	is "$status" 129 "issue with '$command' for arguments is a usage error"
done

done_testing
