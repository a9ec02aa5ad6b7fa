#!/bin/bash
# codex, the real one, in the full box: from a brief to a proposal, with its settings and its key, against a scripted model.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-model.sh"

real_agent codex @openai/codex
start_model k-right gpt-scripted
start_repo repo
export GIT_AGENT_SANDBOX_REQUIRE=full MODEL_KEY=k-right

# What a person who uses codex with a provider of their own has, and what must stay at home.
mkdir -p "$HOME/.codex"
cat >"$HOME/.codex/config.toml" <<END
model = "gpt-scripted"
model_provider = "scripted"
notify = ["touch", "$SCRATCH/notified"]

[model_providers.scripted]
name = "Scripted"
base_url = "http://127.0.0.1:$MODEL_PORT/v1"
env_key = "MODEL_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0

[mcp_servers.mine]
command = "touch"
args = ["$SCRATCH/served"]
END
git config agent.env MODEL_KEY
git config agent.backend codex

exits 0 'a brief becomes a proposal' git agent issue issue.md --name greet
ok 'the model got what it must' model_is_content
is "$(git show agent/greet:greeting.txt)" 'Hello, world' 'the file the model asked for is in it'
is "$(git diff --name-only main agent/greet)" greeting.txt 'and nothing else'
ok 'with the agent named' grep -qx 'Assisted-by: codex' <(git log -1 --format=%b agent/greet)
is "$(record greet 'r["sandbox"]')" full 'in the full box'
ok 'whose network is the proxy, with the host of the model the person has set let through' grep -q \
	'"event":"allowed","host":"localhost","port":'"$MODEL_PORT" .git/agent/runs/greet/network.ndjson
ok 'and no host refused that the work needed' grep -qx -- '- network: 1 host asked for, none refused' .git/agent/runs/greet/report.md
is "$(grep -c work "$MODEL/requests")" 4 'in four steps'
ok 'its last event says so' grep -q '"type":"turn.completed"' .git/agent/runs/greet/agent-1.log
ok 'no server of tools of the person ran' [ ! -e "$SCRATCH/served" ]
ok 'and no program that it notifies' [ ! -e "$SCRATCH/notified" ]
is "$(user_state)" "$before" 'the checkout is as it was'
ok 'nor is a file of codex changed' not grep -q trust "$HOME/.codex/config.toml"
is "$(ls -A "$HOME/.codex")" config.toml 'or made'

# --- what a model's refusal becomes: the last event counts, with the exit status of codex being 1 for all
model_does 401
issue denied
failed denied 3 auth_failed 'could not log in'
model_does 429
issue limited
failed limited 3 rate_limited 'was rate limited'
model_does work
echo k-wrong >"$MODEL/key"
issue wrong
failed wrong 3 exit_1 'exited with 1'
ok 'the model does not take another key' grep -q 'the key' "$MODEL/errors"

# --- a login by token, too old to be used: codex refreshes it in the box, and the person has the new one
rm "$MODEL/errors"
git config --unset agent.env
git config agent.env CODEX_REFRESH_TOKEN_URL_OVERRIDE
export CODEX_REFRESH_TOKEN_URL_OVERRIDE=http://127.0.0.1:$MODEL_PORT/oauth/token
sed -i '/^env_key/d; s/^wire_api.*/&\nrequires_openai_auth = true/' "$HOME/.codex/config.toml"
echo refresh-1 >"$MODEL/refresh"
"$PYTHON" - "$HOME/.codex/auth.json" <<'PY'
import base64, json, sys
claims = {'exp': 1, 'email': 'person@example.com', 'https://api.openai.com/auth': {'chatgpt_account_id': 'account', 'chatgpt_plan_type': 'pro'}}
jwt = '.'.join(base64.urlsafe_b64encode(p).rstrip(b'=').decode() for p in (b'{"alg":"none"}', json.dumps(claims).encode(), b's'))
with open(sys.argv[1], "w") as file:
    json.dump({'auth_mode': 'chatgpt', 'OPENAI_API_KEY': None, 'last_refresh': '2020-01-01T00:00:00Z', 'tokens': {'id_token': jwt,
        'access_token': jwt, 'refresh_token': 'refresh-1', 'account_id': 'account'}}, file)
PY
chmod 600 "$HOME/.codex/auth.json"
exits 0 'a brief becomes a proposal by a login' git agent issue issue.md --name by-login
ok 'the model got what it must' model_is_content
is "$(cat "$MODEL/refresh")" refresh-2 'the login was refreshed once'
is "$(json 'r["tokens"]["refresh_token"]' <"$HOME/.codex/auth.json")" refresh-2 'and the new one is the person'"'"'s'
is "$(json 'r["tokens"]["access_token"]' <"$HOME/.codex/auth.json")" "$(cat "$MODEL/key")" 'whole'
is "$(stat -c %a "$HOME/.codex/auth.json")" 600 'with its mode'
exits 0 'the next run goes on with it' git agent issue issue.md --name by-login-2
is "$(find "$WORK_ROOT" -name auth.json)" '' 'and no copy is left'

done_testing
