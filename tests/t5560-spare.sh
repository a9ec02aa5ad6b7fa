#!/bin/bash
# The spare: the checkout that a run leaves for the next one to begin with. Whatever it was made of, and whatever became of it, the
# agent finds the base.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

FILES=2100
spare_dir() { echo "$WORK_ROOT"/*/spare; }
is_ready() { [ -e "$(spare_dir)/ready/like" ] && [ "$(head -1 "$(spare_dir)/ready/like")" = "$(git rev-parse "${1:-HEAD}")" ]; }
# The maker holds the lock until it is gone.
is_idle() { flock -n "$(spare_dir)/lock" true; }
ready() { until_there 60 is_ready "$@" && until_there 60 is_idle; }

# large <dir>: a repository of so many files.
large() {
	rm -rf "$WORK_ROOT"
	make_repo "$SCRATCH/$1"
	mkdir src
	(cd src && seq "$FILES" | split -l 1 -a 4 - file-)
	ln -s src/file-aaaa link
	printf '#!/bin/sh\n' >tool && chmod +x tool
	write_brief
	commit_all large
	git agent trust --yes >/dev/null 2>&1
}

# The agent says what it has been given, as git sees it and as it is.
agent <<'E2'
{
	git status --porcelain
	git ls-files -s | sha256sum
	git ls-files -z | while IFS= read -rd '' f; do [ -L "$f" ] || printf '%s\n' "$f"; done | xargs stat -c '%A %n' | sha256sum
	find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum
	find . -path ./.git -prune -o -type l -printf '%p %l\n'
	find . -mindepth 1 -path ./.git -prune -o -print | wc -l
} >"$TMPDIR/seen"
cat "$TMPDIR/seen"
echo "inode $(stat -c %i hello.txt)"
echo x >>"new-$RANDOM"
E2
# seen <run>: what the agent found; inode <run>: the file it had.
seen() { grep -v '^inode' ".git/agent/runs/$1/agent-1.log"; }
inode() { sed -n 's/^inode //p' ".git/agent/runs/$1/agent-1.log"; }
# go <run>: a run; from_spare <name>: the same, and it began with the spare; afresh <name>: it did not.
go() { exits 0 "$1: exit 0" git agent issue issue.md --name "$1"; }
spare_inode() { stat -c %i "$(spare_dir)/ready/tree/hello.txt"; }
# own <name>: what a run finds from here on that makes a checkout of its own; same <run>: that it found this.
own() {
	exits 0 "$1: a run with a checkout of its own" git -c agent.spare=false agent issue issue.md --name "$1-own"
	OWN=$(seen "$1-own")
}
same() { is "$(seen "$1")" "$OWN" "$1: the agent found what the base is"; }
from_spare() {
	local was

	ready "${2:-HEAD}" || ok "$1: there is a spare" false
	was=$(spare_inode)
	go "$1"
	is "$(inode "$1")" "$was" "$1: began with the spare"
}
afresh() {
	local was

	ready "${2:-HEAD}"
	was=$(spare_inode)
	go "$1"
	ok "$1: did not begin with the spare" [ "$(inode "$1")" != "$was" ]
}

# --- made once somebody waits no more, taken, and made again
large plain
go first
ok 'a run leaves a spare' ready
is "$(find "$(spare_dir)/ready/tree" -type f | wc -l)" "$(git ls-files | grep -vcx link)" 'of all the files'
from_spare second
ok 'and the next leaves one too' ready
own plain
same first
same second
ok 'no part of one is left' [ ! -e "$(spare_dir)/new" ]
ok 'nor an old one' [ ! -e "$(spare_dir)/old" ]
exits 0 'what read the output of a run is not kept waiting' timeout 20 bash -c 'git agent issue issue.md --name piped 2>&1 | cat'
exits 0 'nor is whoever drops it' git agent drop piped

# --- the base goes on
ready
echo changed >src/file-aaab && git rm -q src/file-aaac && echo new >src/added && chmod +x src/file-aaad && ln -sf tool link
commit_all more
from_spare onward HEAD~1
own onward
same onward
git checkout -q -b other HEAD~1 && git rm -rq src && mkdir src && echo only >src/file-aaaa && commit_all 'all gone' && git checkout -q main
is "$(git -c agent.base=other agent issue issue.md --name away >/dev/null 2>&1; echo $?)" 0 'a base far away: exit 0'
is "$(git show agent/away --name-only --format=%P | head -1)" "$(git rev-parse other)" 'a base far away: it is the base'
is "$(seen away | tail -1)" 7 'a base far away: nothing else is in its checkout'

# --- what became of it meanwhile
from_spare back other
same back
# Emptied, lost, another content with size and time as before, no program any more, a link to elsewhere. git looks at whole seconds
# of a file's last change: it comes after that in which the file was made.
ready
until [ "$(date +%s)" -gt "$(stat -c %Z "$(spare_dir)/ready/tree/src/file-aaag")" ]; do sleep 0.1; done
(
	cd "$(spare_dir)/ready/tree" && : >src/file-aaae && rm src/file-aaaf
	cp -p src/file-aaag was && tr 0-9 1-90 <was >src/file-aaag && touch -r was src/file-aaag && rm was
	chmod -x tool && rm src/file-aaah && ln -s /etc/passwd src/file-aaah
)
from_spare damaged
same damaged
ready
rm "$(spare_dir)/ready/git/index"
go headless
same headless
ready
rm "$(spare_dir)/ready/like"
go mute
same mute

# --- rules by which files are written otherwise
git config core.autocrlf true
afresh crlf
own crlf
same crlf
git config --unset core.autocrlf
mkdir -p "$HOME/.config/git" && echo '*-aaaa text eol=crlf' >"$HOME/.config/git/attributes"
afresh attributes
own attributes
same attributes
rm "$HOME/.config/git/attributes"
go settled
ready
echo '*-aaaa text eol=crlf' >.gitattributes && commit_all attributes
afresh committed HEAD~1
own committed
same committed
from_spare again
umask 077
afresh masked
umask 022

# --- several at once
for i in 1 2 3; do git-agent issue issue.md --name "side-$i" >/dev/null 2>&1 & done
wait
for i in 1 2 3; do ok "at once: $i found the base" [ "$(seen "side-$i")" = "$(seen again)" ]; done
is "$(inode side-1 && inode side-2 && inode side-3)" "$({ inode side-1 && inode side-2 && inode side-3; } | awk '!seen[$0]++')" \
	'at once: each had a checkout of its own'

# --- killed while it is made
ready
rm -rf "$(spare_dir)/ready" && mkdir -p "$(spare_dir)/new/tree/src" && echo part >"$(spare_dir)/new/tree/src/file-aaaa"
echo old >"$(spare_dir)/old"
go cut
ok 'what was cut off is no spare, and one is made' ready
is "$(tr -d '\r' <"$(spare_dir)/ready/tree/src/file-aaaa")" 1 'of the commit'
ok 'and nothing else is left' [ "$(cd "$(spare_dir)" && echo *)" = 'lock ready' ]

# --- before the first run
rm -rf "$WORK_ROOT"
exits 0 'git agent init in a large repository' git agent init
from_spare begun

# --- where none is wanted
run git agent issue issue.md --name spare
is "$status" 128 'a run cannot have its name'
exits 0 'all that is shared goes' git agent drop --all
ok 'and the spare' [ ! -e "$(spare_dir)/ready" ]
go unwanted && ready
touch -d '4 days ago' "$(spare_dir)/ready"
exits 0 'what is old is freed' git agent status --prune
ok 'and the spare is' [ ! -e "$(spare_dir)/ready" ]
git config agent.spare false
go none
ok 'agent.spare = false: none' [ ! -e "$(spare_dir)/ready" ]
git config --unset agent.spare
git sparse-checkout set src >/dev/null
go sparse
ok 'a sparse checkout: none' [ ! -e "$(spare_dir)/ready" ]
rm -rf "$WORK_ROOT"
make_repo "$SCRATCH/small"
mkdir src && seq 20 | split -l 1 -a 4 - src/file- && write_brief && commit_all small
git agent trust --yes >/dev/null 2>&1
go small
ok 'a small one: none' [ ! -e "$(spare_dir)" ]

done_testing
