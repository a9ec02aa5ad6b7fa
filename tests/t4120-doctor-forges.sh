#!/bin/bash
# shellcheck disable=SC2016  # the helper's dollars are its shell's
# git agent doctor about forges: whether they protect what is protected here, asked by their own interfaces; what they do not say is
# said; whose token goes where.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-doctor.sh"
unset GH_TOKEN GITHUB_TOKEN GITLAB_TOKEN FORGEJO_TOKEN GITEA_TOKEN

make_repo "$SCRATCH/repo"
git branch release/1
mkdir "$SCRATCH/forge"
git init -q --bare "$SCRATCH/server.git"
git push -q "$SCRATCH/server.git" main release/1

# forge <kind> <url>: the remote `hub` is there as far as git is told, and its interface is the fake.
forge() {
	[ -z "${forge_pid-}" ] || { kill "$forge_pid" && wait "$forge_pid" 2>/dev/null; }
	rm -f "$SCRATCH/forge/port"
	"$PYTHON" "$TESTS_DIR/fake-forge.py" "$1" "$SCRATCH/forge/state" "$SCRATCH/forge/port" "$SCRATCH/forge/log" 2>"$SCRATCH/forge/err" &
	forge_pid=$!
	trap 'code=$?; kill "$forge_pid" 2>/dev/null; chmod -R u+rwX "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"; exit $code' EXIT
	for _ in $(seq 200); do [ -e "$SCRATCH/forge/port" ] || sleep 0.05; done
	[ -e "$SCRATCH/forge/port" ] || { cat "$SCRATCH/forge/err" && echo 'Bail out! no forge'; exit 1; }
	git remote remove hub 2>/dev/null
	git config --remove-section url."$SCRATCH/server.git" 2>/dev/null
	git remote add hub "$2"
	git config "url.$SCRATCH/server.git.insteadOf" "$2"
	git config "url.$2.pushInsteadOf" "$2"
	git config agent.forgeApi "http://127.0.0.1:$(cat "$SCRATCH/forge/port")"
}
# tells <state as JSON>: what it is told from then on.
tells() { printf '%s' "$1" >"$SCRATCH/forge/state" && : >"$SCRATCH/forge/log"; }
look() { doctor git agent doctor --json --timeout 20s; }
asked() { json 'r["path"]' < <(sed -n "$1p" "$SCRATCH/forge/log"); }
header() { tail -1 "$SCRATCH/forge/log" | json "r['headers'].get('$1', '')"; }

for row in 'github https://github.com/owner/project /repos/owner/project/branches/' \
	'gitlab git@gitlab.com:group/sub/project.git /projects/group%2Fsub%2Fproject/repository/branches/' \
	'forgejo https://codeberg.org/owner/project /repos/owner/project/branches/'; do
	read -r kind url path <<<"$row"
	tells '{"protected": ["main", "release/1"]}'
	forge "$kind" "$url"
	look
	told 'protection hub' ok "^$kind protects main, release/1$" '' "$kind: both are protected"
	is "$(asked 1)" "${path}main" "$kind: it is asked about the branch"
	is "$(asked 2)" "${path}release%2F1" "$kind: a slash in its name is part of the name"
	is "$(header Authorization)" '' "$kind: without a token"
	tells '{"protected": ["main"]}'
	look
	told 'protection hub' weak "^$kind does not protect release/1$" '^look at https://' "$kind: one is not"
	tells '{"status": 404}' && look
	told 'protection hub' weak "cannot be told from here: $kind answers 404 to who has no token" TOKEN "$kind: 404"
	for code in 401 403; do
		tells "{\"status\": $code}" && look
		told 'protection hub' weak "$kind answers $code to who has no token" TOKEN "$kind: $code"
	done
	tells '{"status": 429}' && look
	told 'protection hub' weak 'too many requests' '^look at' "$kind: 429"
	tells '{"status": 503, "raw": "<html>"}' && look
	told 'protection hub' weak "$kind answers 503" '^look at' "$kind: 503"
	tells '{"raw": "<html>not JSON</html>"}' && look
	told 'protection hub' weak 'is not JSON' '^look at' "$kind: garbage"
	tells '{"raw": "[]"}' && look
	told 'protection hub' weak 'does not say whether' '^look at' "$kind: another answer"
	tells "{\"raw\": \"$(head -c 1200000 /dev/zero | tr '\0' x)\"}" && look
	told 'protection hub' weak 'longer than' '^look at' "$kind: without end"
done

# --- rules beside GitHub's protection
tells '{"rules": {"main": ["deletion", "pull_request"], "release/1": ["update"]}}'
forge github https://github.com/owner/project
look
told 'protection hub' ok '^github protects main, release/1$' '' 'rulesets count'
tells '{"rules": {"main": ["deletion", "non_fast_forward"]}}' && look
told 'protection hub' weak '^github does not protect main$' . 'those that refuse no push do not'

# --- tokens
tells '{"protected": ["main", "release/1"], "token": "a-token"}'
look
told 'protection hub' weak 'answers 404' . 'a private repository'
GH_TOKEN=a-token look
told 'protection hub' ok 'github protects' '' 'a token of the environment'
is "$(header Authorization)" 'Bearer a-token' 'as a bearer'
GITLAB_TOKEN=a-token look
told 'protection hub' weak 'no token' . "another forge's token stays here"
git config credential.helper '!f() { test "$1" = get && cat >"'"$SCRATCH"'/query" && echo username=x && echo password=a-token; }; f'
GH_TOKEN=wrong look
told 'protection hub' ok 'github protects' '' "git's credential helper goes first"
ok 'it was asked for the host of the remote' grep -qx host=github.com "$SCRATCH/query"
ok 'no token is told' not grep -q a-token "$SCRATCH/report"
git config --unset credential.helper
GH_TOKEN=wrong look
told 'protection hub' weak 'answers 404 to the token it was given' . 'a wrong one'

# --- asked by configuration
git config agent.forge off && tells '{"protected": ["main", "release/1"]}' && look
told 'protection hub' weak 'cannot be told from here$' 'look at' 'off: nobody is asked'
is "$(cat "$SCRATCH/forge/log")" '' 'indeed'
forge forgejo https://git.example.org/owner/project && git config agent.forge forgejo
tells '{"protected": ["main", "release/1"]}' && look
told 'protection hub' ok '^forgejo protects' '' 'a host whose name does not tell its kind'
git config agent.forge sourceforge && look
told 'protection hub' weak 'cannot be told from here$' . 'a kind there is not'
git config --unset agent.forge && git config agent.forgeApi http://git.example.org/api
git config agent.forge github && look
told 'protection hub' weak 'rotocol' . 'plain http to another host: refused'
git config agent.forgeApi http://127.0.0.1.example.org/ && look
told 'protection hub' weak 'rotocol' . 'nor to one that looks like loopback'
git config agent.forgeApi http://127.0.0.1:1 && look
told 'protection hub' weak 'cannot be told from here: .*onnect' . 'a server that is not there'
done_testing
