# shellcheck shell=bash disable=SC2034,SC2154  # variables of lib.sh and of the tests
# lib-doctor.sh: what the tests of `git agent doctor` share. Sourced after lib-runs.sh.

"$PYTHON" -c 'import jsonschema' 2>/dev/null || {
	ok 'the package python3-jsonschema is installed (make deps)' false
	done_testing
	exit 1
}
cat >"$SCRATCH/doctor.py" <<'END'
import json, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
report = json.load(open(sys.argv[2]))
jsonschema.Draft7Validator.check_schema(schema)
for problem in jsonschema.Draft7Validator(schema).iter_errors(report):
    sys.exit(f'{list(problem.absolute_path)}: {problem.message[:300]}')
for state in ('ok', 'weak', 'broken'):
    if report[state] != sum(c['state'] == state for c in report['checks']):
        sys.exit(f'{state}: the number is not that of the checks')
END

# doctor <command...>: runs it, keeps the report, and checks it against the schema and its exit status.
doctor() {
	run "$@"
	cp "$SCRATCH/out" "$SCRATCH/report"
	if "$PYTHON" "$SCRATCH/doctor.py" "$TESTS_DIR/../share/schema/doctor.json" "$SCRATCH/report" >"$SCRATCH/problem" 2>&1 &&
		[ "$status" = "$(json 'int(r["broken"] > 0)' <"$SCRATCH/report")" ] && [ ! -s "$SCRATCH/err" ]; then
		return 0
	fi
	ok "$*: a report as the schema says, and its exit status" false
	sed 's/^/# /' "$SCRATCH/problem" "$SCRATCH/err"
	return 1
}

# state <check>: the state of the worst finding of that name; "" where there is none.
state() {
	json 'max([(["ok", "weak", "broken"].index(c["state"]), c["state"]) for c in r["checks"] if c["name"] == '"'''$1'''"'] or [(0, "")])[1]' <"$SCRATCH/report"
}

# told <check> <state> <extended regex of found> <extended regex of mend> <name>: one such finding. mend "": nothing to do.
told() {
	"$PYTHON" - "$SCRATCH/report" "$@" >"$SCRATCH/told" 2>&1 <<'END' || sed 's/^/# /' "$SCRATCH/told"
import json, re, sys
report, check, state, found, mend = sys.argv[1:6]
mine = [c for c in json.load(open(report))['checks'] if c['name'] == check]
for c in mine:
    if c['state'] == state and re.search(found, c['found']) and (re.search(mend, c['mend'] or '') if mend else c['mend'] is None):
        sys.exit(0)
print(*mine, sep='\n')
sys.exit(1)
END
	ok "$5" [ ! -s "$SCRATCH/told" ]
}
