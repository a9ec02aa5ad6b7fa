# shellcheck shell=bash disable=SC2034,SC2154  # variables of lib.sh and of the tests
# lib-survive.sh: runs that are cut off, and what is left of them. Sourced after lib-runs.sh.

# state <run>: as status tells it.
state() { git agent status --json "$1" 2>/dev/null | json 'r["runs"][0]["state"]'; }
state_is() { [ "$(state "$1")" = "$2" ]; }

# log_has <run> <file> <text>
log_has() { grep -q "$3" ".git/agent/runs/$1/$2" 2>/dev/null; }

# start <run> [<option>...]: in the background; $pid.
start() {
	local name=$1

	shift
	git agent issue issue.md --name "$name" "$@" >"$SCRATCH/$name.out" 2>&1 </dev/null &
	pid=$!
}

# kill_run <run> [<signal>]: its supervisor, outright.
kill_run() { kill "-${2:-KILL}" "$(record "$1" 'r["owner"]["pid"]')"; }

# cut_off <run> <file> <text> [<option>...]: starts it and kills it when that file of the run has the text.
cut_off() {
	local name=$1 file=$2 text=$3

	shift 3
	start "$name" "$@"
	ok "$name: has come to '$text'" until_there 20 log_has "$name" "$file" "$text" || sed 's/^/# /' "$SCRATCH/$name.out"
	kill_run "$name"
	wait "$pid" 2>/dev/null
	is "$(state "$name")" interrupted "$name: is interrupted"
}

# edit_record <run> <python statement>: of the record `r`.
edit_record() {
	"$PYTHON" -c 'import json, sys
path = ".git/agent/runs/" + sys.argv[1] + "/run.json"
r = json.load(open(path))
exec(sys.argv[2])
json.dump(r, open(path, "w"), indent=1)' "$1" "$2"
}

# kinds <run>: how each of its passes ended, and what the gate said.
kinds() { record "$1" '" ".join(p["end"] + ":" + str(p["gate"]) for p in r["passes"])'; }

# work_of <run>: its directory in the work root.
work_of() { record "$1" 'r["work_dir"]'; }
