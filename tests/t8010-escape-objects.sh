#!/bin/bash
# Objects, references and index as an agent may leave them: nothing comes over that is not whole and checked.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-escape.sh"
start_repo repo
precious
base=$(git rev-parse main)

# control <name> <shell text>: it succeeds in the attacker's plain clone.
control() {
	(victim; cd "$SCRATCH/victim" && eval "$2") </dev/null >"$SCRATCH/naive.out" 2>&1
	ok "control: $1 works on a plain git" [ $? = 0 ] || sed 's/^/# /' "$SCRATCH/naive.out" | head
}

# --- names that no tree may hold, in a commit and in a crafted index
n=0
for name in .git .GIT .Git 'git~1' '.git ' '.git.' '.git::$INDEX_ALLOCATION' '.g\u200cit' . .. 'a/b'; do
	n=$((n + 1))
	forger <<-PYTHON
		evil = tree(('100755', 'pre-commit', blob('#!/bin/sh\n')))
		head(commit(base_tree(('40000', '$name', evil))))
	PYTHON
	control "a commit with '$name'" 'git ls-tree HEAD | grep -q 040000'
	attacked "name-$n" 4 refused
done
for name in .git/hooks/pre-commit .GIT/config ../outside /etc/passwd a//b; do
	n=$((n + 1))
	forger <<-PYTHON
		index(('100644', '$name', blob('evil')))
	PYTHON
	control "an index with '$name'" 'test "$(git ls-files --cached -z | tr -d "\0")" || git ls-files 2>&1 | grep -q .'
	before=$(everything)
	run git agent issue issue.md --name "index-$n"
	is "$(everything)" "$before" "index with '$name': nothing of the user's has changed"
	is "$(git ls-tree -r --name-only "agent/index-$n" 2>/dev/null | grep -c 'hooks/pre-commit\|outside\|passwd\|\.GIT')" 0 "index with '$name': it goes nowhere"
done

# --- history that is not what it says
forger <<'PYTHON'
secret = commit(tree(('100644', 'forged', blob('forged\n'))), [])
c = commit(base_tree(('100644', 'x', blob('x\n'))))
os.makedirs(f'{G}/info', exist_ok=True)
open(f'{G}/info/grafts', 'w').write(f"{c}\n{git('rev-parse', 'HEAD')} {c}\n")
head(c)
open('change', 'w').write('change\n')
PYTHON
control grafts '[ -z "$(git log --format=%P -1 HEAD 2>/dev/null)" ]'
before=$(everything)
run git agent issue issue.md --name grafts
is "$(everything)" "$before" 'grafts: nothing of the user has changed'
ok 'grafts: refused, or proposed on the base' grep -qx "4 \|0 $base" <<<"$status $(git rev-parse -q --verify 'agent/grafts^' 2>/dev/null)"
forger <<'PYTHON'
c = commit(base_tree(('100644', 'x', blob('x\n'))), ['12345678' * 5])
open(f'{G}/shallow', 'w').write(c + '\n')
head(c)
PYTHON
control shallow 'git log -1 HEAD'
attacked shallow 4 refused
is "$(error_of shallow)" bad_objects 'shallow: for its objects'
attacker <<'AGENT'
echo evil >hello.txt && git commit -q -am evil && echo good >hello.txt && git commit -q -am good
git replace HEAD HEAD~1 && git replace HEAD^{tree} HEAD~1^{tree}
AGENT
control replace '[ "$(git cat-file -p HEAD:hello.txt)" = evil ]'
attacked replace 0 proposed
is "$(git cat-file -p agent/replace:hello.txt)" good 'replace: an id means the object it names'
attacker <<'AGENT'
git init -q "$SCRATCH/store" && cd "$SCRATCH/store" && echo elsewhere >f && git add f && git -c user.name=x -c user.email=x commit -q -m e
oid=$(git rev-parse HEAD:f) && cd - && echo "$SCRATCH/store/.git/objects" >>"$G/objects/info/alternates"
git update-index --add --cacheinfo "100644,$oid,borrowed" && git commit -q -m borrowed && git checkout -q -f
AGENT
control alternates 'git cat-file -e HEAD:borrowed'
before_boxed=$(everything)
run git agent issue issue.md --name alternates-boxed
held alternates-boxed "$(record alternates-boxed 'r["state"]')" "$before_boxed"
ok 'alternates-boxed: where a box does not see the other store it comes to nothing' grep -qx '0\|3\|4' <<<"$status"
attacked alternates 0 proposed --sandbox none
rm -rf "$SCRATCH/store"
is "$(git cat-file -p agent/alternates:borrowed)" elsewhere 'alternates: what was borrowed came over by value'
attacker <<'AGENT'
echo /nowhere >"$G/objects/info/alternates" && rm -f "$G/HEAD" && echo change >>hello.txt
AGENT
control 'lost alternates' '! git status'
attacked lost-alternates 4 refused

# --- objects that are not what they say
forger <<'PYTHON'
b = blob('right\n')
c = commit(base_tree(('100644', 'x', b)))
store(b, zlib.compress(b'blob 6\0wrong\n'))
head(c)
index()
PYTHON
control 'a blob under a false name' 'git checkout -q -f HEAD -- x 2>/dev/null || ! git fsck'
attacked false-name 4 refused
forger <<'PYTHON'
c = commit(base_tree(('100644', 'x', 'ab' * 20)))
head(c)
PYTHON
control 'a missing blob' '! git fsck'
attacked missing 4 refused
forger <<'PYTHON'
b = blob('x\n')
c = commit(base_tree(('100644', 'x', b)))
store(b, b'garbage')
head(c)
PYTHON
attacked corrupt 4 refused
forger <<'PYTHON'
import random
oid = git('rev-parse', 'HEAD:hello.txt')
store(oid, zlib.compress(b'blob 6\0owned\n'))
open('hello.txt', 'a').write('change\n')
PYTHON
control 'an object of the repository under its own name' 'git fsck 2>&1 | grep -q "hash\|mismatch" || ! git fsck'
attacked shadowed 0 proposed
is "$(git cat-file -p main:hello.txt)" hello 'shadowed: the object of the repository is its own'
for kind in zero-date huge-date no-email two-authors nul unsorted twice; do
	forger <<-PYTHON
		x, kind = blob('x\n'), '$kind'
		t = base_tree(('100644', 'x', x))
		who = {'zero-date': 'a <a@b> 01700000000 +0000', 'huge-date': 'a <a@b> 99999999999999999999 +0000', 'no-email': 'a 1700000000 +0000'}.get(kind, 'a <a@b> 1700000000 +0000')
		if kind == 'unsorted': t = tree(('100644', 'z', x), ('100644', 'a', x))
		if kind == 'twice': t = tree(('100644', 'x', x), ('100644', 'x', x))
		if kind == 'two-authors': who += '\nauthor b <b@c> 1700000000 +0000'
		head(commit(t, message='x\0y' if kind == 'nul' else 'x', who=who))
	PYTHON
	control "fsck's $kind" '! git fsck --strict 2>/dev/null || git fsck --strict 2>&1 | grep -q .'
	attacked "fsck-$kind" 4 refused
done
forger <<'PYTHON'
t = base_tree(('100644', '.gitmodules', blob('[submodule "s"]\n\tpath = s\n\turl = -u./payload\n')))
head(commit(t))
PYTHON
control gitmodules '! git fsck'
attacked gitmodules 4 refused
forger <<'PYTHON'
t = base_tree(('120000', '.gitmodules', blob('.git/config')))
head(commit(t))
PYTHON
control 'a link .gitmodules' '! git fsck'
attacked gitmodules-link 4 refused

# --- references
attacker <<AGENT
printf '%s refs/heads/../../../../precious\n%s refs/heads/x y\n%s refs/heads/-d\n' $base $base $base >>"\$G/packed-refs"
echo change >>hello.txt
AGENT
attacked packed-refs 0 proposed
attacker <<AGENT
mkdir -p "\$G/refs/heads" && echo $base >"\$G/refs/heads/\$(printf 'a\nb')" && git update-ref refs/heads/main HEAD && git update-ref refs/agent/head/refs HEAD
git tag -f v9 && git branch agent/refs-2 2>/dev/null; git push -q origin 2>/dev/null; echo change >>hello.txt
AGENT
attacked refs 0 proposed
attacker <<'AGENT'
rm "$G/HEAD" && ln -s refs/heads/main "$G/HEAD" && git branch -f main HEAD; echo change >>hello.txt
AGENT
attacked head-link 0 proposed
attacker <<'AGENT'
ln -sfn "$SCRATCH/precious/gold" "$G/HEAD" && echo change >>hello.txt
AGENT
before=$(everything)
run git agent issue issue.md --name head-outside
is "$(everything)" "$before" 'head-outside: nothing has changed'
for head in 'ref: refs/heads/main' 'ref: refs/heads/none' 'ref: ../../../../etc/passwd' 'garbage' '' "ref: refs/heads/x
y"; do
	n=$((n + 1))
	attacker <<-AGENT
		printf '%s\n' '$head' >"\$G/HEAD"; echo change >>hello.txt
	AGENT
	before=$(everything)
	run git agent issue issue.md --name "head-$n"
	held "head-$n" "$(record "head-$n" 'r["state"]')" "$before"
	ok "head-$n: proposed or refused" grep -qx '0\|3\|4' <<<"$status"
done
attacker <<'AGENT'
head -c 100000 /dev/urandom >"$G/index"; echo change >>hello.txt
AGENT
control 'a broken index' '! git status'
attacked broken-index 4 refused
attacker <<'AGENT'
rm -rf "$G"; echo change >>hello.txt
AGENT
attacked no-git-dir 4 refused

is "$(git fsck --strict --no-dangling 2>&1 | grep -v '^notice')" '' 'after all of it the repository is whole'
is "$(git count-objects -v | sed -n 's/^garbage: //p')" 0 'and holds no rubbish'
ok 'and no more packs than runs that were taken' [ "$(find .git/objects -name '*.pack' | wc -l)" -le "$(git for-each-ref refs/agent/head | wc -l)" ]

done_testing
