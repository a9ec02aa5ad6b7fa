#!/bin/bash
# claude, the real one, in the full box: from a brief to a proposal, with its settings and its key, against a scripted model.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-model.sh"

real_agent claude @anthropic-ai/claude-code
start_model k-right claude-scripted
start_repo repo
export GIT_AGENT_SANDBOX_REQUIRE=full ANTHROPIC_API_KEY=k-right

# What a person has set, and what must stay at home.
mkdir -p "$HOME/.claude"
cat >"$HOME/.claude/settings.json" <<END
{
  "model": "claude-scripted",
  "env": {
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:$MODEL_PORT",
    "CLAUDE_CODE_MAX_RETRIES": "0",
    "SECRET_OF_MINE": "s3cret"
  },
  "hooks": {"PreToolUse": [{"matcher": "*", "hooks": [{"type": "command", "command": "touch $SCRATCH/hooked; exit 2"}]}]}
}
END
git config agent.backend claude
at_home=$(cat "$HOME/.claude/settings.json")

exits 0 'a brief becomes a proposal' git agent issue issue.md --name greet
ok 'the model got what it must' model_is_content
is "$(git show agent/greet:greeting.txt)" 'Hello, world' 'the file the model asked for is in it'
is "$(git diff --name-only main agent/greet)" greeting.txt 'and nothing else'
ok 'with the agent named' grep -qx 'Assisted-by: claude' <(git log -1 --format=%b agent/greet)
is "$(record greet 'r["sandbox"]')" full 'in the full box'
ok 'whose network is the proxy, with the host of the model the person has set let through' grep -q \
	'"event":"allowed","host":"localhost","port":'"$MODEL_PORT" .git/agent/runs/greet/network.ndjson
ok 'and no host refused that the work needed' grep -qx -- '- network: 1 host asked for, none refused' .git/agent/runs/greet/report.md
is "$(grep -c work "$MODEL/requests")" 4 'in four steps'
ok 'its last event says so' grep -q '"type":"result","subtype":"success","is_error":false' .git/agent/runs/greet/agent-1.log
ok 'no hook of the person ran' [ ! -e "$SCRATCH/hooked" ]
ok 'and nothing secret of the settings came along' not grep -q s3cret .git/agent/runs/greet/agent-1.log
is "$(user_state)" "$before" 'the checkout is as it was'
is "$(cat "$HOME/.claude/settings.json")" "$at_home" 'the settings too'
is "$(ls -A "$HOME/.claude")" settings.json 'and nothing was made beside them'

# --- what a model's refusal becomes
model_does 401
issue denied
failed denied 3 auth_failed 'could not log in'
says '^hint: .*ANTHROPIC_API_KEY' 'denied: the hint names the key'
model_does 429
issue limited
failed limited 3 rate_limited 'was rate limited'

done_testing
