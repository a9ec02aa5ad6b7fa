# shellcheck shell=bash disable=SC2034,SC2154  # variables of lib.sh and of the tests
# lib-schema.sh: whether what --json prints is what share/schema says. Sourced after lib-runs.sh, with `schema` set to its file.

"$PYTHON" -c 'import jsonschema' 2>/dev/null || {
	ok 'the package python3-jsonschema is installed (make deps)' false
	done_testing
	exit 1
}
cat >"$SCRATCH/validate.py" <<'END'
import json, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
if len(sys.argv) > 2:
    schema = dict(schema["definitions"][sys.argv[2]], definitions=schema["definitions"])
jsonschema.Draft7Validator.check_schema(schema)
lines = [sys.stdin.read()] if len(sys.argv) < 4 else sys.stdin.read().splitlines()
assert lines
for line in lines:
    for problem in jsonschema.Draft7Validator(schema).iter_errors(json.loads(line)):
        print(list(problem.absolute_path), problem.message[:300])
        sys.exit(1)
END
valid() { "$PYTHON" "$SCRATCH/validate.py" "$schema" "$@" >"$SCRATCH/problem" 2>&1 || ! sed 's/^/# /' "$SCRATCH/problem"; }

# fits <name> [<definition>]: the output of the last run.
fits() {
	local name=$1
	shift
	ok "$name: as the schema says" valid "$@" <"$SCRATCH/out"
}
