#!/bin/bash
# git agent sandbox in repositories of every layout: the working tree is the command's, no ref moves, git works inside.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

DENY=$GIT_AGENT_BUILD/tests/h-deny
SANDBOX=$GIT_AGENT_BUILD/libexec/git-agent/git-agent-sandbox
mkdir -p "$SCRATCH/tmp" "$SCRATCH/work"
W=$SCRATCH/work
export TMPDIR=$SCRATCH/tmp
full=$("$SANDBOX" --dry-run --json true | json 'r["level"]')
if [ -n "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" ]; then
	is "$full" full 'this machine gives all of it'
fi

# Every way to move a ref or to have git run something later; each alone, none may work.
cat >"$SCRATCH/attack.sh" <<'END'
id=$(git rev-parse HEAD 2>/dev/null || echo 0123456789012345678901234567890123456789)
dirs="$GITDIR $COMMONDIR .git"
git branch evil; git tag evil; git commit -q --allow-empty -m evil; git update-ref refs/heads/main HEAD~1; git stash -q
git symbolic-ref HEAD refs/heads/evil; git config core.fsmonitor /bin/false; git gc -q; git notes add -m evil; git add -A
for d in $dirs; do
	echo "$id" >"$d/refs/heads/evil"; echo 'ref: refs/heads/evil' >"$d/HEAD"; echo "$id refs/heads/evil" >>"$d/packed-refs"
	mkdir -p "$d/hooks"; echo evil >"$d/hooks/pre-commit"; echo evil >>"$d/config"; echo evil >"$d/info/attributes"
	rm -rf "$d/objects"/*; rm -f "$d/index" "$d/HEAD"; rm -rf "$d"; mv "$d" "$d.away"
	chmod 777 "$d"; touch "$d/new"; ln -s / "$d/link"
done
python3 - <<'PYTHON'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for d in (os.environ['GITDIR'], os.environ['COMMONDIR'], '.git'):
    for call in (lambda: libc.umount2(d.encode(), 2), lambda: libc.mount(b'none', d.encode(), b'tmpfs', 0, None),
                 lambda: os.rename(d, d + '.x'), lambda: os.replace('.', d)):
        try: call()
        except OSError: pass
PYTHON
:
END

# state: all of the git directory and its refs, byte by byte; Landlock alone does not keep modes.
MODES='%m '
state() {
	git for-each-ref
	git rev-parse HEAD
	(cd "$(git rev-parse --path-format=absolute --git-common-dir)" && find . -printf "%p $MODES%l\n" | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum)
	cat .git 2>/dev/null
	git rev-parse --absolute-git-dir
}

# holds <name> <sandbox...>: in the repository here.
holds() {
	local name=$1 before
	shift
	before=$(state)
	GITDIR=$(git rev-parse --absolute-git-dir) COMMONDIR=$(git rev-parse --path-format=absolute --git-common-dir)
	export GITDIR COMMONDIR
	run "$@" --env GITDIR --env COMMONDIR --read "$SCRATCH/attack.sh" bash "$SCRATCH/attack.sh"
	is "$status" 0 "$name: the attack was made"
	ok "$name: and nothing of the git directory is another" [ "$before" = "$(state)" ]
}

# fails <name> <command...>: it does not exit with 0, nor as a sandbox that failed.
fails() {
	local name=$1
	shift
	run "$@"
	ok "$name" [ "$status" != 0 ] && ok "$name: in the sandbox" [ "$status" != 125 ]
}

# The control: the same moves refs where nothing holds it.
make_repo "$W/control"
echo two >two && commit_all two
before=$(git for-each-ref)
GITDIR=$PWD/.git COMMONDIR=$PWD/.git bash "$SCRATCH/attack.sh" >/dev/null 2>&1
ok 'control: unboxed it destroys the repository' [ "$before" != "$(git for-each-ref 2>/dev/null)" ]

# --- a plain one
make_repo "$W/a repo"
mkdir sub && echo deep >sub/file
git remote add origin 'https://user:token-in-url@localhost/x.git'
git config core.hooksPath "$PWD/hooks" && mkdir hooks && printf '#!/bin/sh\nexit 0\n' >hooks/pre-push && chmod +x hooks/pre-push
commit_all more
holds 'plain' "$SANDBOX"
if [ "$full" = full ]; then
	holds 'plain, no Landlock' "$DENY" landlock -- "$SANDBOX"
	MODES='' holds 'plain, no namespaces' "$DENY" namespaces -- "$SANDBOX"
fi
cd sub && holds 'from a subdirectory' "$SANDBOX" && cd ..
git checkout -q -f && git clean -qfdx
exits 0 'git works inside' "$SANDBOX" sh -ec 'echo new >new; git status --porcelain; git log -1 --format=%s; git diff --stat HEAD; git show HEAD:sub/file; git blame hello.txt; git ls-files; git cat-file -p HEAD'
says '^\?\? new$' 'status sees a new file'
says '^more$' 'log the commit'
is "$(cat new)" new 'which is in the working tree'
rm new
cd sub && exits 0 'in a subdirectory the whole tree is writable' "$SANDBOX" sh -c 'echo x >../top && echo x >here' && cd ..
ok 'and was written' [ -e top ]
git clean -qfdx
exits 0 'the configuration' "$SANDBOX" sh -c 'git config --list; cat .git/config; ls -A .git'
says_not 'token-in-url|hookspath|fsmonitor' 'tells no address and no program'
says_not '^hooks|^config.worktree' 'there are no hooks'
fails 'hooks kept in the tree' "$SANDBOX" sh -c 'echo evil >hooks/pre-push'
fails 'are held with their directory' "$SANDBOX" sh -c 'echo evil >hooks/pre-commit'
git config --unset core.hooksPath
for path in .git .git/refs .git/refs/heads "$PWD/.git/objects"; do
	exits 125 "--write $path" "$SANDBOX" --write "$path" true
	says 'no sandbox may write' 'is refused'
done
exits 0 '--write of a directory above' "$SANDBOX" --write .. sh -c 'echo x >../beside; echo evil >.git/refs/heads/evil; true'
ok 'is as it says' [ -e ../beside ]
ok 'and holds .git all the same' [ ! -e .git/refs/heads/evil ]

# --- outside of it nothing is open
echo secret >"$W/secret" && mkdir -p "$HOME/.ssh" "$W/data" && echo key >"$HOME/.ssh/id" && echo data >"$W/data/file"
printf '#!/bin/sh\necho ran\n' >"$W/data/program" && chmod +x "$W/data/program"
fails 'another file' "$SANDBOX" cat "$W/secret"
fails 'home' "$SANDBOX" cat "$HOME/.ssh/id"
fails 'not read without --read' "$SANDBOX" cat "$W/data/file"
exits 0 'read with it' "$SANDBOX" --read "$W/data" cat "$W/data/file"
exits 0 'by a relative path' "$SANDBOX" --read ../data cat ../data/file
fails 'and not written' "$SANDBOX" --read ../data sh -c 'echo x >../data/file'
exits 126 'and not run' "$SANDBOX" --read ../data ../data/program
says '^hint: .*--exec' 'which is told'
exits 0 'run with --exec' "$SANDBOX" --exec ../data ../data/program
exits 0 'written with --write' "$SANDBOX" --write ../data sh -c 'echo changed >../data/file'
is "$(cat ../data/file)" changed 'it was'
exits 125 '--read of a home' "$SANDBOX" --read "$HOME" true
exits 125 '--write of everything' "$SANDBOX" --write / true
exits 125 '--home in the real one' "$SANDBOX" --home "$HOME" true
FOO=bar exits 0 'a variable' "$SANDBOX" --env FOO --env BAZ=quux sh -c 'echo $FOO $BAZ $SECRET'
is "$(cat "$SCRATCH/out")" 'bar quux' 'by name and by value'
SECRET=x exits 0 'others' "$SANDBOX" env
says_not SECRET 'are not passed'

# --- other layouts
git worktree add -q -b linked "$W/linked tree"
cd "$W/linked tree" || exit 1
holds 'a linked worktree' "$SANDBOX"
[ "$full" != full ] || MODES='' holds 'a linked worktree, no namespaces' "$DENY" namespaces -- "$SANDBOX"
exits 0 'git works there' "$SANDBOX" git status
cd "$W" || exit 1
git clone -q --bare "$W/a repo" bare.git && cd bare.git || exit 1
holds 'bare' "$SANDBOX"
exits 0 'git works there' "$SANDBOX" git log -1 --format=%s linked
cd "$W" || exit 1
odd=$'odd\nname "q" \\ '
git clone -q "$W/a repo" "$odd" && cd "$odd" || exit 1
holds 'an odd name' "$SANDBOX"
exits 0 'git works there' "$SANDBOX" git status
cd "$W" || exit 1
git clone -q --separate-git-dir "$W/elsewhere.git" "$W/a repo" separate && cd separate || exit 1
holds 'a git directory elsewhere' "$SANDBOX"
exits 0 'git works there' "$SANDBOX" git status
cd "$W" || exit 1
git init -q --object-format=sha256 sha256 && cd sha256 || exit 1
echo x >x && commit_all x
holds 'sha256' "$SANDBOX"
exits 0 'git works there' "$SANDBOX" git fsck
cd "$W" || exit 1
git clone -q --shared "$W/a repo" borrowing && cd borrowing || exit 1
exits 0 'borrowed objects are there' "$SANDBOX" git log -1 --stat
rm -rf "$W/unborn" && git init -q "$W/unborn" && cd "$W/unborn" || exit 1
exits 0 'an unborn branch' "$SANDBOX" sh -c 'git status; echo x >x'
cp -r "$W/a repo" "$W/by link" && cd "$W/by link" && mv .git ../moved && ln -s ../moved .git
exits 125 'a .git that is a link' "$SANDBOX" true
says 'is a symbolic link' 'is refused'

# --- submodules: what git would look into
cd "$W/a repo" && git submodule --quiet add "$W/bare.git" vendor/lib && git submodule --quiet add "$W/bare.git" top && commit_all submodules || exit 1
exits 0 'status' "$SANDBOX" git status
fails 'its .git is held' "$SANDBOX" sh -c 'rm -f top/.git || exit 1'
exits 0 'its files are not' "$SANDBOX" sh -c 'echo x >top/new'
if [ "$full" = full ]; then
	exits 125 'a directory above it that is moved' "$SANDBOX" sh -c 'mv vendor away; git init -q vendor/lib'
	says "has put something else at '.*vendor/lib/.git'" 'is found'
	says '^hint: ' 'and told'
	rm -rf vendor && mv away vendor
fi
exits 0 'nothing moved, nothing said' "$SANDBOX" true

# --- outside of a repository
mkdir "$W/plain" && cd "$W/plain" || exit 1
echo text >file
exits 0 'no repository: the directory can be read' "$SANDBOX" cat file
fails 'and not written' "$SANDBOX" sh -c 'echo x >new'
exits 0 'but with --write' "$SANDBOX" --write . sh -c 'echo x >new'
cd "$HOME" || exit 1
exits 0 'at home' "$SANDBOX" sh -c 'pwd -P; ls -A'
says_not 'ssh|gitconfig' 'home is another one'
cd / || exit 1
exits 0 'at the root' "$SANDBOX" sh -c 'cat etc/passwd'
cd "$W/a repo" || exit 1
exits 125 'a repository git refuses' env GIT_TEST_ASSUME_DIFFERENT_OWNER=1 "$SANDBOX" true
says 'dubious ownership' 'is refused too'

# --- dry run
exits 0 'a dry run' "$SANDBOX" --dry-run --env FOO --write ../data sh -c 'echo ran'
says_not '^ran' 'runs nothing'
says "^write: $W/data$" 'names what may be written'
says '^network: none$' 'and the network'
exits 0 'as JSON' "$SANDBOX" --dry-run --json --network open true
is "$(json 'r["version"], r["network"], "'"$PWD"'" in [v["path"] for v in r["view"] if v["kind"] == "write"]' <"$SCRATCH/out")" "(1, 'open', True)" 'the same'
is "$(find "$TMPDIR" -mindepth 1)" '' 'nothing is left'

done_testing
