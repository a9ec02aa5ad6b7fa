#!/bin/bash
# What is found of secrets planted in files of five kinds, and what is taken for one in files that have none: counted, for ours and for
# whatever other scanner is installed here. Ours finds each, by its rule, and nothing else.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

plant=$GIT_AGENT_BUILD/tests/h-secrets
rules=$("$plant" rules | wc -l)
ok 'there are at least 150 kinds' [ "$rules" -ge 150 ]
mkdir corpus && cd corpus && git init -q
"$plant" plant planted 1
planted=$(find planted -type f | wc -l)
is "$planted" $((rules * 5)) 'each is planted in five kinds of files'
git agent guard secrets --worktree --json >../found.json 2>../err

# The file of a kind names its rule. Two rules may take the same for theirs: then a secret is found all the same.
"$PYTHON" - ../found.json planted <<'END' >../counts
import collections, json, os, sys
found = collections.defaultdict(set)
for f in json.load(open(sys.argv[1]))["findings"]:
    found[f["path"]].add(f["rule"])
files = [os.path.join(d, n) for d, _, names in os.walk(sys.argv[2]) for n in names]
own = sum(os.path.basename(f).rsplit(".", 1)[0] in found[f] for f in files)
some = sum(bool(found[f]) for f in files)
print(some, own, len(files))
for f in sorted(files):
    if not found[f]:
        print("missed", f)
    elif os.path.basename(f).rsplit(".", 1)[0] not in found[f]:
        print("by another", f, *found[f])
END
read -r some own all <../counts
is "$some" "$all" 'every secret is found' || grep missed ../counts | sed 's/^/# /' | head -20
ok 'nearly all by their own rule' [ $((own * 100)) -ge $((all * 97)) ] || grep 'by another' ../counts | sed 's/^/# /' | head -40

# Nothing to find: hashes, ids, names, translations, licences, lock files, minified scripts, pictures in text.
mkdir -p clean
"$PYTHON" - clean <<'END'
import base64, hashlib, random, sys, uuid
r = random.Random(7)
out = sys.argv[1]
def put(name, text): open(f"{out}/{name}", "w").write(text)
h = lambda n: hashlib.sha512(str(r.random()).encode()).hexdigest()[:n]
b = lambda n: base64.b64encode(bytes(r.randrange(256) for _ in range(n))).decode()
put("package-lock.json", "".join(f'"node_modules/p{i}": {{"version": "1.{i}.0", "resolved": "https://r.example/p{i}.tgz", "integrity": "sha512-{b(64)}"}},\n' for i in range(400)))
put("go.sum", "".join(f"example.com/m{i} v1.{i}.0 h1:{b(32)}\nexample.com/m{i} v1.{i}.0/go.mod h1:{b(32)}\n" for i in range(400)))
put("Cargo.lock", "".join(f'[[package]]\nname = "crate{i}"\nchecksum = "{h(64)}"\n' for i in range(400)))
put("requirements.txt", "".join(f"package{i}==1.{i} --hash=sha256:{h(64)}\n" for i in range(400)))
put("commits.md", "".join(f"- {h(40)} change {i}\n" for i in range(500)))
put("ids.json", "".join(f'{{"id": "{uuid.UUID(int=r.getrandbits(128))}", "etag": "{h(32)}"}},\n' for i in range(500)))
put("inline.css", "".join(f".i{i} {{ background: url(data:image/png;base64,{b(900)}) }}\n" for i in range(60)))
put("min.js", ";".join(f"function t{i}(e,t){{return e.token=t.password||n.apiKey(e),r[{i}]}}" for i in range(2000)))
words = "the token password secret key api access of user for with client config value".split()
put("text.md", "\n".join(" ".join(r.choice(words) for _ in range(14)) for _ in range(2000)))
put("code.py", "\n".join(f"def f{i}(password, api_key=None, *, token: str = settings.token_{i}):\n    client = Client(api_key=api_key or os.environ['SERVICE_API_KEY'])\n    assert password != \"your password here\"\n    return client.access_token" for i in range(300)))
put("env.example", "API_KEY=changeme\nSECRET_KEY=your-secret-key-here\nPASSWORD=<password>\nTOKEN=${TOKEN}\nDATABASE_URL=postgres://user:${PASSWORD}@localhost/db\nAWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nKEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxx\n")
put("cert.pem", "-----BEGIN CERTIFICATE-----\n" + "\n".join(b(48) for _ in range(20)) + "\n-----END CERTIFICATE-----\n-----BEGIN PUBLIC KEY-----\n" + b(48) + "\n-----END PUBLIC KEY-----\n")
put("keys.pub", "".join(f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b(32)[:43]} person{i}@host\n" for i in range(100)))
END
git agent guard secrets --worktree --json >../all.json 2>/dev/null
json '[f["rule"] + " " + f["path"] for f in r["findings"] if f["path"].startswith("clean/")]' <../all.json >../false
is "$(cat ../false)" '[]' 'and nothing where there is none'

echo "# ours        $some of $planted found ($own by the rule of their kind), $(json 'sum(f["path"].startswith("clean/") for f in r["findings"])' <../all.json) false"

# Others, where they are: as many files of theirs with a finding.
other() {
	local name=$1 count clean
	shift
	if ! command -v "$1" >/dev/null; then
		echo "# $name: skipped, not installed"
		return
	fi
	count=$("$@" planted 2>/dev/null | grep -oE 'planted/[A-Za-z0-9._/-]+' | sort -u | wc -l)
	clean=$("$@" clean 2>/dev/null | grep -oE 'clean/[A-Za-z0-9._/-]+' | sort -u | wc -l)
	echo "# $name $count of $planted found, $clean files of $(find clean -type f | wc -l) false"
	ok "at least as many as $name" [ "$some" -ge "$count" ]
}
gitleaks_on() { gitleaks detect --no-git --no-banner --exit-code 0 -v -s "$1"; }
command -v gitleaks >/dev/null && other gitleaks gitleaks_on || echo '# gitleaks: skipped, not installed'
trufflehog_on() { trufflehog filesystem --no-verification --no-update --json "$1"; }
command -v trufflehog >/dev/null && other trufflehog trufflehog_on || echo '# trufflehog: skipped, not installed'
echo '{"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend"}]}' >.secretlintrc.json
secretlint_on() { secretlint --no-color --format unix "$1/**/*"; }
command -v secretlint >/dev/null && other secretlint secretlint_on || echo '# secretlint: skipped, not installed'
done_testing
