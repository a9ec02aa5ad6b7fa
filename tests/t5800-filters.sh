#!/bin/bash
# Filter drivers of the person's own run in the box and nowhere else: git-lfs, and one that is home-made. The agent sees content, the
# proposal holds what is stored, and what git-lfs keeps arrives in the repository's store by its hash.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
command -v git-lfs >/dev/null || { ok 'the package git-lfs is installed (make deps)' false; done_testing; exit 1; }

flags() { record "$1" "[f for f in r['flags'] if 'filter' in f or 'lfs' in f]"; }
stored() { printf '.git/lfs/objects/%s/%s/%s' "${1:0:2}" "${1:2:2}" "$1"; }
sum() { sha256sum | cut -d' ' -f1; }

# --- git-lfs
make_repo "$SCRATCH/lfs"
git lfs install --skip-repo >/dev/null
git config --global filter.lfs.smudge >/dev/null || ok 'git-lfs is configured' false
git lfs track '*.bin' >/dev/null
printf 'first\0content\n' >one.bin && mkdir 'a dir' && echo untouched >'a dir/two "q".bin'
printf '[gate "t"]\nrun = test "$(tail -c 6 one.bin)" = "agent!" && grep -q fresh new.bin && grep -q untouched "a dir/two \\"q\\".bin"\n' >.gitagent
write_brief && commit_all lfs
git update-index --add --cacheinfo "100644,$(echo 'no pointer' | git hash-object -w --stdin),raw.bin" && git commit -qm 'stored before git-lfs' && git lfs checkout >/dev/null 2>&1
git agent trust --yes >/dev/null 2>&1
ok 'control: what is stored is a pointer' grep -q '^oid sha256:' <(git cat-file blob HEAD:one.bin)
agent <<'AGENT'
[ -z "$(git status --porcelain)" ] || { git status --porcelain; exit 9; }
grep -q untouched 'a dir/two "q".bin' && [ "$(tr '\0' . <one.bin)" = first.content ] || exit 8
git config --get-regexp 'remote|lfs.url' && exit 7
printf 'agent!' >>one.bin && echo fresh >new.bin && git add -A && git commit -qm 'more of it'
git stash list >/dev/null && git checkout -q HEAD~1 && git checkout -q - && [ -z "$(git status --porcelain)" ] || exit 6
rm one.bin && git checkout -q -- one.bin && [ "$(tail -c 6 one.bin)" = 'agent!' ] || exit 5
AGENT
before=$(user_state)
exits 0 'lfs: agent and gate see content, and it is proposed' git agent issue issue.md --name lfs
is "$(user_state)" "$before" 'lfs: the checkout is as it was'
is "$(flags lfs)" '[]' 'lfs: nothing to be told'
is "$(git diff --name-only main agent/lfs | sort | tr '\n' ' ')" 'new.bin one.bin ' 'lfs: only what was edited is in the change'
for file in one.bin new.bin; do ok "lfs: $file is a pointer" grep -q '^oid sha256:' <(git cat-file blob "agent/lfs:$file"); done
new=$(git cat-file blob agent/lfs:new.bin | sed -n 's/^oid sha256://p')
ok 'lfs: its content is in the store' cmp -s "$(stored "$new")" <(echo fresh)
is "$(stat -c %a "$(stored "$new")")" "$(printf '%o' $((0666 & ~$(umask))))" 'lfs: readable as others are'
exits 0 'lfs: git lfs finds nothing wrong' git lfs fsck --objects
exits 0 'lfs: the branch can be checked out' git checkout -q agent/lfs
is "$(cat new.bin)" fresh 'lfs: with its content'
git checkout -q main

printf '[worktree]\nsetup = grep -q first one.bin && echo ready >ready\n[gate "t"]\nrun = grep -q ready ready && grep -q first one.bin\n' >.gitagent && echo ready >.gitignore
git add .gitignore && git commit -qm setup .gitagent .gitignore
agent <<'AGENT'
grep -q ready ready && [ -z "$(git status --porcelain)" ] && echo x >x
AGENT
exits 0 'lfs: setup sees content too' git agent issue issue.md --name setup --trust

# --- what is missing is missing, and is told
two=$(git cat-file blob 'main:a dir/two "q".bin' | sed -n 's/^oid sha256://p')
mv "$(stored "$two")" "$SCRATCH/away"
printf '[gate "t"]\nrun = grep -q ^version "a dir/two \\"q\\".bin"\n' >.gitagent && git commit -qm missing .gitagent
agent <<'AGENT'
[ -z "$(git status --porcelain)" ] && grep -q '^oid' 'a dir/two "q".bin' && echo x >x
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 5\n' 7 >by-hand.bin
AGENT
exits 0 'missing: it stays a pointer' git agent issue issue.md --name missing --trust
is "$(flags missing)" "[\"git-lfs: the content of 'by-hand.bin' is not there: push it, or fetch it\"]" 'missing: what the change names and nobody has is told'
mv "$SCRATCH/away" "$(stored "$two")"

# --- hostile
printf '[gate "t"]\nrun = true\n' >.gitagent && git commit -qm hostile .gitagent
# hostile <name> <regex> <what stands in for the object $f, whose content should be $o>
hostile() {
	local oid
	oid=$(printf 'wanted-%s' "$1" | sum)
	agent <<AGENT
o=$oid f=\$(git rev-parse --absolute-git-dir)/lfs/objects/${oid:0:2}/${oid:2:2}/$oid
mkdir -p "\$(dirname "\$f")"
size=\$((7 + ${#1}))
$3
git config filter.lfs.clean cat; git config filter.lfs.process ''; git config filter.lfs.required false
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %s\n' \$o \$size >evil.bin
git add evil.bin && git commit -qm evil
AGENT
	exits 4 "hostile, $1: refused" git agent issue issue.md --name "h-$1" --trust
	is "$(error_of "h-$1")" bad_lfs_object "hostile, $1: the record says why"
	says "^error: .*'evil.bin' $2" "hostile, $1: and the line says what"
	ok "hostile, $1: nothing is in the store" [ ! -e "$(stored "$oid")" ]
	is "$(find .git/lfs -name '.git-agent*')" '' "hostile, $1: nor beside it"
}
hostile wrong 'is not what its name says' 'head -c $size /dev/zero >"$f"'
hostile size 'is not of the size' 'head -c 100 /dev/zero >"$f"'
hostile huge 'is larger than' 'truncate -s 5T "$f" 2>/dev/null || truncate -s 5G "$f"; size=$(stat -c %s "$f")'
hostile link 'is behind a link' 'ln -s /etc/passwd "$f"'
hostile above 'is behind a link' 'd=$(dirname "$f"); rm -r "$d"; ln -s /etc "$d"'
hostile directory 'is no file' 'mkdir "$f"'

# --- one that is home-made
make_repo "$SCRATCH/caps"
mkdir "$SCRATCH/tools"
for kind in clean smudge; do
	printf '#!/bin/sh\n[ -z "$CANARY" ] || : >%s/ran-outside\n%s\n' "$SCRATCH" "$([ $kind = clean ] && echo 'tr a-z A-Z' || echo 'tr A-Z a-z')" >"$SCRATCH/tools/$kind"
done
chmod +x "$SCRATCH/tools"/*
git config filter.caps.clean "$SCRATCH/tools/clean" && git config filter.caps.smudge "$SCRATCH/tools/smudge" && git config filter.caps.required true
printf '*.txt filter=caps\n' >.gitattributes && echo text >a.txt && mkdir sub && echo '*.low filter=caps' >sub/.gitattributes && echo low >sub/b.low
printf '[gate "t"]\nrun = grep -qx text a.txt && grep -qx low sub/b.low\n' >.gitagent
write_brief && commit_all home
git update-index --add --cacheinfo "100644,$(echo plain | git hash-object -w --stdin),old.txt" && git commit -qm 'stored before it had a driver'
git agent trust --yes >/dev/null 2>&1
is "$(git show HEAD:a.txt)" TEXT 'control: stored in capitals'
agent <<'AGENT'
[ -z "$(git status --porcelain)" ] && grep -qx low sub/b.low && echo more >>a.txt && sed -i 's/more//' a.txt && echo new >new.txt && sed -i '/^$/d' a.txt
AGENT
export CANARY=outside
exits 0 'home-made: it runs for agent and gate' git agent issue issue.md --name home
ok 'home-made: and never outside' [ ! -e "$SCRATCH/ran-outside" ]
git checkout -q -f HEAD -- a.txt && rm a.txt && git checkout -q -- a.txt
ok 'control: git itself would run it there' [ -e "$SCRATCH/ran-outside" ]
rm -f "$SCRATCH/ran-outside"
is "$(git diff --name-only main agent/home) $(git show agent/home:new.txt)" 'new.txt NEW' 'home-made: what is proposed is as it is stored'
is "$(flags home)" '[]' 'home-made: nothing to be told'

# --- one that fails, one that is not there, none at all
printf '#!/bin/sh\nexit 1\n' >"$SCRATCH/tools/smudge"
printf '[gate "t"]\nrun = grep -qx TEXT a.txt\n' >.gitagent && CANARY='' git commit -qm stored .gitagent
agent <<'AGENT'
grep -qx TEXT a.txt && [ -z "$(git status --porcelain)" ] && echo new >new.md
AGENT
told="['filters: some files were as they are stored: their driver (such as LFS) did not run, or failed']"
exits 0 'one that fails: files are as they are stored' git agent issue issue.md --name fails --trust
is "$(flags fails)" "$told" 'one that fails: and that is told'
is "$(git diff --name-only main agent/fails)" new.md 'one that fails: no file is lost or changed'
git config filter.caps.smudge "$SCRATCH/tools/nothing"
exits 0 'one that is not there' git agent issue issue.md --name absent
is "$(flags absent)" "$told" 'one that is not there: is told'
git config filter.caps.smudge "$SCRATCH/tools/smudge"
exits 0 'the key turns them off' git -c agent.worktree.filters=false agent issue issue.md --name off
is "$(flags off)" "$told" 'the key: is told'
ok 'none of them ran outside' [ ! -e "$SCRATCH/ran-outside" ]
git rm -q .gitattributes sub/.gitattributes && printf '[gate "t"]\nrun = true\n' >.gitagent && git commit -qm "no attributes" .gitagent .gitattributes sub/.gitattributes
exits 0 'no file has one' git -c agent.worktree.filters=false agent issue issue.md --name unused --trust --simulate good
is "$(flags unused)" '[]' 'no file has one: nothing to be told'

done_testing
