#!/bin/bash
# Files that come out of git other than they are stored, modes a file system has not, names nobody types.
# shellcheck disable=SC2016 # what is in single quotes is a keyword, a name, or for the agent's shell
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-odd.sh"

# again: as if no run had been here
again() {
	git branch -q -D agent/issue 2>/dev/null
	rm -rf .git/agent "$HOME/.local"
}

flags() { grep -c "$1" .git/agent/runs/issue/run.json; }

# --- filter drivers -------------------------------------------------------------------------------

# The three kinds of driver, each leaves a mark when it runs.
mark=$SCRATCH/driver-ran
printf '#!/bin/sh\necho "$@" >>"%s"\ntr a-z A-Z\n' "$mark" >"$SCRATCH/driver"
printf '#!/bin/sh\necho process >>"%s"\nexit 1\n' "$mark" >"$SCRATCH/process"
chmod +x "$SCRATCH/driver" "$SCRATCH/process"

# filtered <dir> <scope>: files with a driver each, stored as they are; what the drivers would make of them differs.
filtered() {
	make_repo "$SCRATCH/$1"
	printf '*.up filter=upper\n*.lfs filter=lfs diff=lfs -text\n*.odd filter=a=b\n' >.gitattributes
	printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 5\n' 7 >big.lfs
	echo stored >stored.up
	echo stored >stored.odd
	echo plain >plain
	commit_all filters
	for key in clean smudge; do
		git config "$2" "filter.upper.$key" "$SCRATCH/driver upper $key"
		git config "$2" "filter.a=b.$key" "$SCRATCH/driver odd $key"
		git config "$2" "filter.lfs.$key" "$SCRATCH/driver lfs $key %f"
	done
	git config "$2" filter.lfs.process "$SCRATCH/process"
	for driver in upper lfs a=b; do
		git config "$2" "filter.$driver.required" true
	done
	# looks changed, so that whoever asks for the status would have to run the driver
	touch -d '2001-01-01' stored.up big.lfs stored.odd
	before=$(git_state)
	rm -f "$mark"
}

git config --global agent.worktree.filters false
for scope in --local --global; do
	filtered "filters$scope" $scope
	agent_does 'echo more >>plain; echo new >new; git status --short >/dev/null; touch stored.up; git add -A; git commit -qm own'
	exits 0 "filter drivers, $scope: proposed" git agent issue --trust "$ISSUE"
	ok "filter drivers, $scope: none of them was run" [ ! -e "$mark" ]
	is "$(changed agent/issue)" $'A\tnew\nM\tplain' "filter drivers, $scope: filtered files are as they were"
	is "$(git_state)" "$before" "filter drivers, $scope: what is the user's is as it was"
	is "$(flags '"filters: ')" 1 "filter drivers, $scope: one line tells the reviewer"
	rm -f "$mark"
	agent_does 'echo by the agent >by.up; echo again >>stored.up'
	exits 0 "filter drivers, $scope: the agent may change such a file" git agent issue --trust --name second "$ISSUE"
	is "$(git show agent/second:by.up agent/second:stored.up)" $'by the agent\nstored\nagain' "filter drivers, $scope: it is taken as it is"
	ok "filter drivers, $scope: again none was run" [ ! -e "$mark" ]
done
git config --global --unset agent.worktree.filters
git config --global --remove-section filter.upper
git config --global --remove-section filter.lfs
git config --global --remove-section filter.a=b

# textconv, external diff and merge drivers of the user
make_repo "$SCRATCH/drivers"
echo '* diff=marked merge=marked' >.gitattributes
commit_all attributes
for key in diff.marked.textconv diff.marked.command diff.external merge.marked.driver core.fsmonitor core.pager core.editor; do
	git config $key "$SCRATCH/driver $key"
done
agent_does 'echo more >>hello.txt'
before=$(git_state)
exits 0 'drivers of diff and merge, a file system monitor: proposed' git agent issue --trust "$ISSUE"
is "$(cat "$mark" 2>/dev/null)" '' 'drivers of diff and merge: none was run'
is "$(git_state)" "$before" 'drivers of diff and merge: the rest is as it was'
rm -f "$mark"
GIT_EXTERNAL_DIFF=$SCRATCH/driver exits 0 'GIT_EXTERNAL_DIFF' git agent issue --trust --name second "$ISSUE"
ok 'GIT_EXTERNAL_DIFF: is not run' [ ! -e "$mark" ]

# --- attributes that change what is in the tree ----------------------------------------------------

make_repo "$SCRATCH/attributes"
cat >.gitattributes <<'ATTRIBUTES'
*.id ident
*.subst export-subst
*.utf16 working-tree-encoding=UTF-16 text
*.crlf eol=crlf
*.lf text eol=lf
*.bin -text
ATTRIBUTES
printf '$Id$\n' >a.id
printf '$Format:%%H$\n' >a.subst
printf 'wide\n' | iconv -t UTF-16 >a.utf16
printf 'one\ntwo\n' >a.crlf
printf 'one\ntwo\n' >a.lf
printf 'one\r\ntwo\n\r' >a.bin
commit_all attributes 2>/dev/null
rm -f a.* && git checkout -q .
agent_does "
[ \"\$(wc -c <a.crlf)\" = 10 ]; grep -q 'Id: ' a.id; iconv -f UTF-16 a.utf16 | grep -q wide
touch a.*; echo more >>hello.txt; printf 'wider\n' | iconv -t UTF-16 >b.utf16; printf 'x\r\n' >b.crlf; git add -A"
proposes 'ident, export-subst, encodings, line ends' $'A\tb.crlf\nA\tb.utf16\nM\thello.txt'
is "$(git show agent/issue:b.utf16 agent/issue:b.crlf)" $'wider\nx' 'they are stored as git stores them'

# --- line ends, modes, links, case ------------------------------------------------------------------

for value in true input; do
	make_repo "$SCRATCH/autocrlf-$value"
	printf 'one\r\ntwo\r\n' >crlf.txt
	printf 'one\ntwo\n' >lf.txt
	printf 'one\r\ntwo\n' >mixed.txt
	commit_all lines
	git config core.autocrlf $value
	git config core.safecrlf true
	rm -f -- *.txt && git checkout -q . 2>/dev/null
	agent_does "touch *.txt; printf 'new\n' >new.txt; printf 'x\r\ny\n' >new-mixed.txt; printf 'three\n' >>lf.txt"
	proposes "core.autocrlf=$value and safecrlf" $'M\tlf.txt\nA\tnew-mixed.txt\nA\tnew.txt'
	is "$(git show agent/issue:lf.txt)" $'one\ntwo\nthree' "core.autocrlf=$value: stored with LF"
done

make_repo "$SCRATCH/modes"
echo run >run.sh && chmod +x run.sh
ln -s hello.txt link
ln -s nowhere dangling
mkdir dir && ln -s ../hello.txt dir/up
commit_all modes
git config core.fileMode false
agent_does 'chmod -x run.sh; chmod +x hello.txt; echo more >>run.sh'
proposes 'core.fileMode=false' $'M\trun.sh'
is "$(git ls-tree agent/issue run.sh | cut -c1-6)" 100755 'core.fileMode=false: the mode stays'

git config core.fileMode true
git config core.symlinks false
again
rm -rf link dangling dir && git checkout -q .
agent_does '[ -f link ] && [ ! -L link ]; printf hello2.txt >link; echo more >>hello.txt; touch dangling'
proposes 'core.symlinks=false' $'M\thello.txt\nM\tlink'
is "$(git ls-tree agent/issue link | cut -c1-6)" 120000 'core.symlinks=false: it stays a link'

git config core.symlinks true
again
rm -rf link dangling dir && git checkout -q .
agent_does '[ -L dangling ]; ln -s nothing new; ln -sf ../run.sh dir/up; rm link; touch -h dangling'
proposes 'links, some of them dangling' $'M\tdir/up\nD\tlink\nA\tnew'

again
agent_does 'ln -s ../../outside escape'
fails 4 'a link that leads out of the tree' "^error: 'escape' is a symbolic link" git agent issue --trust "$ISSUE"

make_repo "$SCRATCH/case"
for name in README readme Dir/file dir/file; do
	mkdir -p "$(dirname $name)" && echo "$name" >$name
done
commit_all case
agent_does 'echo more >>readme; echo more >>Dir/file'
proposes 'names that differ in case' $'M\tDir/file\nM\treadme'
again
git config core.ignoreCase true
agent_does 'echo more >>readme; echo more >>Dir/file; echo new >dir/New'
proposes 'names that differ in case and core.ignoreCase=true' $'M\tDir/file\nA\tdir/New\nM\treadme'

# --- names -----------------------------------------------------------------------------------------

make_repo "$SCRATCH/names"
deep=$(printf 'directory-%02d/' $(seq 1 90))
long=$(printf 'n%.0s' $(seq 1 255))
names=('a space' $'new\nline' $'tab\there' 'quo"te' "quo'te" '-n' '--help' ':(top)x' '*' '[a]' 'back\slash' '$HOME' '`id`' \
	$'latin-\xe9' $'\xff\xfe' 'snowman ☃' $'\e[31mred' "$long" ' ' 'trailing ' 'HEAD' '#x' '!x' '{a,b}' '~' '%s%n')
for name in "${names[@]}"; do
	echo base >"./$name"
done
mkdir -p "$deep" && echo base >"$deep/x"
commit_all names
agent_does 'for f in ./* ./.[!.]*; do [ ! -f "$f" ] || [ "$f" = ./.gitagent ] || [ "$f" = ./.git ] || echo more >>"$f"; done
(cd "'"$deep"'" && echo more >>x)
printf x >"$(printf "new-\377\n-name")"'
before=$(snapshot)
exits 0 'names of every kind: proposed' git agent issue --trust "$ISSUE"
is "$(snapshot)" "$before" 'names: what is the user'\''s is as it was'
is "$(git diff -z --name-only agent/issue^ agent/issue | tr -dc '\0' | wc -c)" $((${#names[@]} + 3)) 'names: every change is in the proposal'
for name in "${names[@]}"; do
	[ "$(git show "agent/issue:./$name")" = $'base\nmore' ] || bad+="[$name]"
done
is "${bad:-}" '' 'names: each holds what the agent wrote'
says_not $'\e\\[31m' 'names: no escape reaches the terminal'
run git agent status --json
ok 'names: the record is JSON' python3 -c 'import json,sys; json.load(open(sys.argv[1]))' "$SCRATCH/out"
nothing_left 'names'

make_repo "$SCRATCH/long"
for length in 300 3900 4200; do
	path=$(printf 'directory-%04d/' $(seq 1 $((length / 15))))x
	git update-index --add --cacheinfo "100644,$(git rev-parse HEAD:hello.txt),$path"
	git commit -q -m "$length" 2>/dev/null
	again
	if [ "$length" -lt 4096 ]; then
		agent_does "[ -f '$path' ]; echo more >>hello.txt"
		proposes "a path of $length bytes" $'M\thello.txt'
	else
		fails 128 "a path of $length bytes" '^fatal: cannot check out .*(create|stat|write)[a-z ]*.*directory-0001' git agent issue --trust "$ISSUE" 2>/dev/null
	fi
done

# --- what the user ignores everywhere ---------------------------------------------------------------

make_repo "$SCRATCH/ignored"
mkdir -p "$HOME/.config/git"
echo '*.log' >"$HOME/.config/git/ignore"
echo '*.txt eol=crlf' >"$HOME/.config/git/attributes"
echo '*.tmp' >.git/info/exclude
agent_does 'echo x >a.log; echo x >a.tmp; echo x >a.new; touch hello.txt; printf "crlf\r\n" >b.txt'
proposes 'ignored in HOME and in the git directory' $'A\ta.new\nA\tb.txt'
is "$(git show agent/issue:b.txt)" crlf 'attributes in HOME hold'
again
echo '*.new' >"$HOME/excludes"
# shellcheck disable=SC2088 # git expands it
git config --global core.excludesFile '~/excludes'
agent_does 'echo x >a.log; echo x >a.tmp; echo x >a.new'
proposes 'core.excludesFile' $'A\ta.log'
git config --global --unset core.excludesFile
rm -r "$HOME/.config" "$HOME/excludes"

make_repo "$SCRATCH/nested"
agent_does 'mkdir "$(printf "d\377")"; cd "d$(printf "\377")"; git init -q .; git -c user.name=x -c user.email=x commit -q --allow-empty -m x'
again
fails 4 'a nested repository in a directory of such a name' 'nested repository' git agent issue --trust "$ISSUE"

done_testing
