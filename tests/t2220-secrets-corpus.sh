#!/bin/bash
# What is found of secrets planted in files of five kinds, one of each rule and those that providers print in their documentation, and
# what is taken for one in files that have none. Each is found and nothing else is. `make bench BENCH=recall` has others beside it.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

plant=$GIT_AGENT_BUILD/tests/h-secrets
rules=$("$plant" rules | wc -l)
ok 'there are at least 150 kinds' [ "$rules" -ge 150 ]
mkdir corpus && cd corpus && git init -q
"$plant" plant planted 1
"$plant" plant documented 1 "$TESTS_DIR/corpus/documented-secrets.ini"
"$PYTHON" "$TESTS_DIR/secret-lookalikes.py" clean
for place in code json yaml env diff; do
	ok "each kind is planted in $place" [ "$(find "planted/$place" -type f | wc -l)" -ge "$rules" ]
done
ok 'and what providers print' [ "$(find documented -type f | wc -l)" -ge 300 ]
git agent guard secrets --worktree --json >../found.json 2>../err

# The file of a kind names its rule. Two rules may take the same for theirs: then a secret is found all the same.
"$PYTHON" - ../found.json <<'END' >../counts
import collections, json, os, sys
found = collections.defaultdict(set)
for f in json.load(open(sys.argv[1]))["findings"]:
    found[f["path"]].add(f["rule"])
def files(top):
    return sorted(os.path.join(d, n) for d, _, names in os.walk(top) for n in names)
def is_own(path):
    return os.path.basename(path).rsplit(".", 1)[0].split("+")[0] in found[path]
planted, documented, clean = map(files, ("planted", "documented", "clean"))
print(sum(bool(found[f]) for f in planted), sum(map(is_own, planted)), len(planted), sum(bool(found[f]) for f in documented),
      len(documented), sum(bool(found[f]) for f in clean), len(clean))
for f in planted + documented:
    if not found[f]:
        print("missed", f)
    elif not is_own(f):
        print("by another", f, *found[f])
for f in clean:
    if found[f]:
        print("false", f, *found[f])
END
read -r some own all told documented false clean <../counts
is "$some" "$all" 'every secret is found' || grep missed ../counts | sed 's/^/# /' | head -20
ok 'nearly all by their own rule' [ $((own * 100)) -ge $((all * 97)) ] || grep 'by another' ../counts | sed 's/^/# /' | head -40
is "$told" "$documented" 'and every one of providers' || grep missed ../counts | sed 's/^/# /' | head -20
ok 'nothing where there is none but what looks like it' [ "$clean" -ge 400 ]
is "$false" 0 'and nothing is taken for one' || grep ^false ../counts | sed 's/^/# /' | head -20
echo "# $some of $all planted found ($own by the rule of their kind), $told of $documented of documentation; $false of $clean files false"
done_testing
