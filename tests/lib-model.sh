# shellcheck shell=bash disable=SC2034,SC2154
# lib-model.sh: real agents from npm, and a scripted model on loopback for them to talk to. Sourced after lib.sh, lib-runs.sh.

AGENTS_BIN=${GIT_AGENT_TEST_AGENTS:-$(cd "$TESTS_DIR/.." && pwd)/build/npm}/node_modules/.bin

# real_agent <program> <npm package>: puts the agent on PATH. Missing, it is a failure.
real_agent() {
	if [ ! -x "$AGENTS_BIN/$1" ] || ! "$AGENTS_BIN/$1" --version >/dev/null 2>&1; then
		ok "$1 is there: make agents (npm package $2)" false
		done_testing
		exit 1
	fi
	PATH=$AGENTS_BIN:$PATH
}

# start_model <key> <model>: its directory is $MODEL, its port $MODEL_PORT. Ends with the test.
start_model() {
	MODEL=$SCRATCH/model
	mkdir -p "$MODEL"
	echo "$1" >"$MODEL/key"
	echo "$2" >"$MODEL/model"
	model_does work
	"$PYTHON" "$TESTS_DIR/fake-model.py" "$MODEL" >"$MODEL/log" 2>&1 &
	MODEL_PID=$!
	trap 'code=$?; kill "$MODEL_PID" 2>/dev/null; chmod -R u+rwX "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"; exit $code' EXIT
	for _ in $(seq 200); do [ -e "$MODEL/port" ] && break; sleep 0.05; done
	if ! MODEL_PORT=$(cat "$MODEL/port" 2>/dev/null); then
		echo "Bail out! no model: $(tail -3 "$MODEL/log")"
		exit 1
	fi
}

# model_does <work|401|429>
model_does() { echo "$1" >"$MODEL/mode"; }

# model_is_content: it was asked, and nothing it was sent was wrong.
model_is_content() {
	[ -s "$MODEL/requests" ] && [ ! -e "$MODEL/errors" ] && return
	sed 's/^/# model: /' "$MODEL/errors" "$MODEL/log"
	return 1
}
