#!/bin/bash
# Patches and revisions of strangers: `git agent try` writes nowhere but in its checkout, and nothing of theirs is run.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-escape.sh"
start_repo repo
precious
mkdir -p docs && echo text >docs/file && git add docs/file && git commit -q -m docs && git agent trust --yes >/dev/null 2>&1

# new_file <path> [<mode>] [<content>]: a patch that makes it.
new_file() {
	printf 'diff --git a/%s b/%s\nnew file mode %s\n--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+%s\n' "$1" "$1" "${2:-100644}" "$1" "${3:-evil}"
	[ "${2:-100644}" != 120000 ] || printf '\\ No newline at end of file\n'
}

# tried <run> <exit code> <options...>: standard input is the patch; it is tried, and nothing of the user's changes.
tried() {
	local name=$1 code=$2 before
	shift 2
	cat >"$SCRATCH/change.patch"
	before=$(everything)
	exits "$code" "$name: exit $code" git agent try "$SCRATCH/change.patch" --name "$name" "$@"
	held "$name" "$(record "$name" 'r["state"]')" "$before"
	tidy_text "$name"
}

n=0
for path in ../outside ../../outside /etc/outside "$SCRATCH/precious/gold" .git/hooks/pre-commit .GIT/hooks/pre-commit .git/config docs/../../x 'git~1/x'; do
	n=$((n + 1))
	new_file "$path" 100755 | tried "path-$n" 128
done
ok 'control: a careless patch(1) in a plain directory writes outside' bash -c 'mkdir -p "$SCRATCH/plain/in" && cd "$SCRATCH/plain/in" && { git apply --unsafe-paths --directory=. - || (cd "$SCRATCH/plain" && echo evil >outside); } && [ -e ../outside ]' < <(new_file ../outside)
ok 'nothing is where they aimed' [ ! -e "$SCRATCH/outside" ] && [ ! -e /etc/outside ]

# --- a link, then what lies behind it
{ new_file out 120000 "$SCRATCH/precious" && new_file out/planted; } | tried link-then-write 128
{ new_file out 120000 .git && new_file out/planted; } | tried link-to-git 128
ok 'link-then-write: nothing was planted' [ ! -e "$SCRATCH/precious/planted" ]
new_file out 120000 "$SCRATCH/precious" | tried link-out 4
printf 'diff --git a/docs/file b/docs/file\ndeleted file mode 100644\n--- a/docs/file\n+++ /dev/null\n@@ -1 +0,0 @@\n-text\ndiff --git a/docs b/docs\nnew file mode 120000\n--- /dev/null\n+++ b/docs\n@@ -0,0 +1 @@\n+%s\n\\ No newline at end of file\n' "$SCRATCH/precious" | tried dir-to-link 4
printf 'diff --git a/sub b/sub\nnew file mode 160000\n--- /dev/null\n+++ b/sub\n@@ -0,0 +1 @@\n+Subproject commit %s\n' "$(git rev-parse HEAD)" | tried gitlink 4
printf 'diff --git a/hello.txt b/../x\nsimilarity index 100%%\nrename from hello.txt\nrename to ../x\n' | tried rename-out 128
printf 'diff --git a/../../../../../../../../etc/passwd b/p\nsimilarity index 100%%\ncopy from ../../../../../../../../etc/passwd\ncopy to p\n' | tried copy-in 128
new_file .gitmodules 100644 '[submodule "x"]' | tried gitmodules 0
new_file .gitattributes 100644 '* filter=e diff=e merge=e' | tried attributes 0

# --- mails: who and what
mail() {
	printf 'From 1234567890123456789012345678901234567890 Mon Sep 17 00:00:00 2001\nFrom: %b\nDate: %b\nSubject: %b\n\n%b\n---\n' "$1" "$2" "$3" "$4"
	new_file "mail-$n"
	printf -- '-- \n2.0\n\n'
	n=$((n + 1))
}
date='Tue, 14 Nov 2023 22:13:20 +0000'
mail 'Eve \033]0;owned\a <eve\033[2J@example.com>' "$date" '[PATCH] Title \033]52;c;b3duZWQ=\a end' 'Agent-Run: forged\nSigned-off-by: A Person <person@example.com>' | tried mail-escapes 0
ok 'mail-escapes: no control character in the commit' not grep -qaP '[\x00-\x08\x0b-\x1f\x7f]' <(git cat-file commit agent/mail-escapes)
is "$(git log -1 --format='%(trailers:only)' agent/mail-escapes)" 'Agent-Run: mail-escapes' 'mail-escapes: only our trailer'
for stamp in 'Tue, 14 Nov 99999 22:13:20 +0000' 'yesterday' '@99999999999999999999 +9999' ''; do
	mail 'Eve <eve@example.com>' "$stamp" '[PATCH] A date' 'x' >"$SCRATCH/change.patch"
	before=$(everything)
	run git agent try "$SCRATCH/change.patch" --name "date-$n"
	held "date-$n" "$(record "date-$n" 'r["state"]')" "$before"
	ok "a mail of '$stamp': proposed, or one line" bash -c "[ $status = 0 ] || [ \$(grep -cE '^(fatal|error): ' '$SCRATCH/err') = 1 ]" || cat "$SCRATCH/err"
done
mail '<>' "$date" '[PATCH] Nobody' x >"$SCRATCH/change.patch"
run git agent try "$SCRATCH/change.patch" --name nobody
ok 'a mail from nobody: proposed, or one line' bash -c "[ $status = 0 ] || [ \$(grep -cE '^(fatal|error): ' '$SCRATCH/err') = 1 ]"
{ mail 'Eve <eve@example.com>' "$date" '[PATCH] A name' x; } >"$SCRATCH/"$'p\e]0;owned\a;$(touch pwned).patch'
run git agent try "$SCRATCH/"$'p\e]0;owned\a;$(touch pwned).patch'
is "$status" 0 'a patch file of any name'
tidy_text 'a patch file of any name'
ok 'whose name runs nothing' [ ! -e pwned ]

# --- revisions, which no fsck has seen: the objects are in the store already
attacker <<'AGENT'
:
AGENT
rev() { (export G=$PWD/.git PYTHONPATH=$SCRATCH; "$PYTHON" -c "from forge import *
$1"); }
for path in .GIT .git 'git~1' .. .; do
	n=$((n + 1))
	oid=$(rev "print(commit(base_tree(('40000', '$path', tree(('100755', 'pre-commit', blob('x\n')))))))")
	ok "control: a commit with '$path' is in the store" git cat-file -e "$oid^{tree}"
	before=$(everything)
	run git agent try "$oid" --name "rev-$n"
	held "rev-$n" refused "$before"
	is "$status" 4 "a revision with '$path' is refused"
done
oid=$(rev "print(commit(base_tree(('100644', 'x', blob('x\n'))), message='x\x1b]0;owned\x07\n\nAgent-Run: forged', author='\x1b[2JEve\x07 <e\x1b[2Jve@x> 1700000000 +0000'))")
before=$(everything)
exits 0 'a revision by somebody with escapes' git agent try "$oid" --name rev-escapes
held rev-escapes proposed "$before"
tidy_text rev-escapes
ok 'rev-escapes: no control character in the commit' not grep -qaP '[\x00-\x08\x0b-\x1f\x7f]' <(git cat-file commit agent/rev-escapes)
for who in ' <> 1700000000 +0000' '<a@b> 1700000000 +0000' 'a <a@b> 99999999999999 +0000' 'a <a@b> 18446744073709551616 +9999' 'a <a@b> -5 +0000' 'a <a@b>' 'a <> 1700000000 +0000' '. <.> 1 +0000'; do
	n=$((n + 1))
	oid=$(rev "print(commit(base_tree(('100644', 'x-$n', blob('x\n'))), who='$who'))")
	before=$(everything)
	run git agent try "$oid" --name "who-$n"
	held "who-$n" "$(record "who-$n" 'r["state"]')" "$before"
	ok "who-$n: has an author that git takes" grep -q '^author .* <.*> [0-9]* [-+]' <(git cat-file commit "agent/who-$n")
	is "$status" 0 "a revision by '$who' is judged like any other" || sed 's/^/# /' "$SCRATCH/err"
done
oid=$(rev "print(commit(base_tree(('120000', 'out', blob('$SCRATCH/precious')))))")
exits 4 'a revision with a link that leads out' git agent try "$oid" --name rev-link
oid=$(rev "print(commit(base_tree(('160000', 'sub', git('rev-parse', 'HEAD')))))")
exits 4 'a revision with a nested repository' git agent try "$oid" --name rev-gitlink
for rev in '--upload-pack=touch pwned' '-h;touch pwned' 'HEAD; touch pwned' '$(touch pwned)' ':/nowhere' '@{-1}' 'HEAD^{/(}' ; do
	run git agent try -- "$rev"
	ok "a revision '$rev': one line" [ "$(grep -cE '^(fatal|error): ' "$SCRATCH/err")" = 1 ] || cat "$SCRATCH/err"
	ok "a revision '$rev': runs nothing" [ ! -e pwned ]
done

# --- files that the policy copies into a checkout: a committed link must not lead them elsewhere
printf '[gate "tests"]\nrun = true\n[worktree]\ncopy = .env, conf/local.ini\n' >.gitagent && git add -f .gitagent && git commit -q -m copy && git agent trust --yes >/dev/null 2>&1
echo secret >.env && mkdir -p conf && echo secret >conf/local.ini && printf '.env\nconf\n' >>.git/info/exclude
oid=$(rev "print(commit(base_tree(('120000', '.env', blob('$SCRATCH/precious/gold')), ('120000', 'conf', blob('$SCRATCH/precious')))))")
before=$(everything)
run git agent gate "$oid" --trust
is "$(everything)" "$before" 'copy: nothing is written through a committed link'
ok 'copy: one line at most' [ "$(grep -cE '^(fatal|error): ' "$SCRATCH/err")" -le 1 ]

printf '[gate "tests"]\nrun = : >ran\ndir = docs\n' >.gitagent && git commit -q -a -m dir && git agent trust --yes >/dev/null 2>&1
oid=$(rev "print(commit(tree(*[('120000', n, blob('$SCRATCH/precious')) if n == 'docs' else (m.lstrip('0'), n, o) for m, _, o, n in (l.split(None, 3) for l in git('ls-tree', 'HEAD').splitlines())])))")
before=$(everything)
exits 1 'a stage whose directory is a link that leads out is red' git agent gate "$oid"
is "$(everything)" "$before" 'and runs nowhere'

done_testing
