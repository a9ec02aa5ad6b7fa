#!/bin/bash
# What the hooks of a server refuse, and from whom; that they hold on what a hostile client sends; that they fail closed.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"

# fresh [<git init option>...]: a server with main and release/1 one commit behind, its hook installed, and a client without any.
fresh() {
	cd "$SCRATCH" || exit 1
	rm -rf work remote.git
	REMOTE=$SCRATCH/remote.git
	git init -q --bare "$@" "$REMOTE"
	push_repo work "$@"
	rm .git/hooks/pre-push
	git remote add origin "$REMOTE"
	seed origin
	git agent guard server install "$REMOTE" >/dev/null || exit 1
}
there() { git --git-dir="$REMOTE" "$@"; }
# refuses <name> <regex> <git push arguments...>: nothing on the server moves, and the hook says why.
refuses() {
	local name=$1 regex=$2 before
	shift 2
	before=$(refs_of "$REMOTE")
	run git push "$@"
	ok "$name: refused" test "$status" != 0
	says "error: push refused: .*($regex)" "$name: says why"
	is "$(refs_of "$REMOTE")" "$before" "$name: the server has what it had"
}
takes() { exits 0 "$1: taken" git push -q "${@:2}"; }
me=$(id -un)

# --- who
fresh
refuses 'nobody is allowed' "'$me' is not among those who may push" origin main
there config agent.server.allow 'alice, bob'
refuses 'others are allowed' "'$me' is not among" origin main
there config agent.server.who PUSHER
refuses 'nobody is named' 'is protected *$' origin main
PUSHER=mallory refuses 'somebody else is named' "'mallory' is not among" origin main
PUSHER=alice takes 'somebody who is allowed' origin main
PUSHER='bob
alice' refuses 'two names in one' 'is not among' origin topic:release/1
PUSHER=alice GIT_AGENT_RUN=x refuses 'from inside a run' 'comes from inside a run' origin topic:release/1
PUSHER=alice refuses 'a protected branch is not rewound' 'would lose commits' -f origin topic~1:main
PUSHER=bob takes 'it goes when somebody who is allowed says so' origin :release/1
there config agent.push.force any
PUSHER=alice takes 'unless that is allowed' -f origin topic~1:main
there config agent.server.merge MERGES
MERGES=0 refuses 'a forge that does not merge' 'is protected' origin main
MERGES=7 takes 'a forge that merges' origin main
there config agent.server.merge HOW=web
HOW=ssh refuses 'a push by ssh' 'is protected' origin topic:release/1
HOW=web takes 'a merge on the web' origin topic:release/1

# --- agents
fresh
there config agent.protect.from agents
takes "a person's commit" origin main
git checkout -q -b agent/fix main~1
git commit -q --allow-empty -m 'Fix it

Agent-Run: fix-7'
refuses "an agent's commit as a step of main" "an agent's commit .*fix-7.* a person's merge" origin +HEAD:main
takes "an agent's branch" origin agent/fix
git checkout -q -b ff main && git merge -q --no-ff -m 'Merge it' agent/fix
git checkout -q -b foxtrot agent/fix && git merge -q --no-ff -m 'Merge main into it' main
refuses "main as the second parent of an agent's" 'fix-7' origin foxtrot:main
refuses 'a new release of it' 'fix-7' origin agent/fix:release/9
git checkout -q -b picked main && git commit -q --allow-empty -m 'on top

agent-run: fix-8' && git commit -q --allow-empty -m 'by a person'
refuses "an agent's commit below a person's" 'fix-8' origin picked:main
git push -q origin picked:side
refuses 'one that another branch has already' 'fix-8' origin picked:main
takes "a person's merge" origin ff:main
takes 'a new release of what main has' origin ff:release/2
takes 'a release going on to it' origin ff:release/1
there update-ref refs/heads/main "$(git rev-parse picked)"
takes 'a new release of what was let in there by hand' origin picked:release/3
git checkout -q main
git commit -q --allow-empty -m 'mentions

Agent-Run: in the middle

of a text'
git push -q origin --delete agent/fix

# --- odd names
odd() { refuses "$1" "$2" origin "HEAD:$3"; }
fresh
odd 'a name like an id' "like an object's id" "refs/heads/$(git rev-parse HEAD)"
odd 'a name like a full one' 'in disguise' refs/heads/refs/heads/main
odd 'HEAD as a branch' 'in disguise' refs/heads/HEAD
odd 'an option' 'like an option' refs/tags/-x
odd 'bidirectional overrides' 'does not show' $'refs/heads/a\u202eb'
odd 'bytes that are no text' 'does not show' $'refs/heads/a\xff'
odd 'a long part' 'too long a part' "refs/heads/$(printf 'a%.0s' {1..245})"
odd 'a long name' 'is too long' "refs/heads/$(printf 'aaaaaaaaaaaaaaaaaaa/%.0s' {1..60})b"
odd 'an object in the place of another' 'in place of' "refs/replace/$(git rev-parse main~1)"
takes 'letters of other scripts' origin HEAD:refs/heads/größe-尺寸

# --- names that stand for another ref: it is what moves
fresh
there symbolic-ref refs/heads/latest refs/heads/main
there symbolic-ref refs/heads/newest refs/heads/latest
there symbolic-ref refs/heads/next refs/heads/release/9
there symbolic-ref refs/heads/default HEAD
there symbolic-ref refs/heads/mine refs/heads/other
there symbolic-ref refs/heads/state refs/agent/head/x
refuses 'a name that stands for main' "'refs/heads/main' is protected" origin topic:latest
refuses 'over another name' "'refs/heads/main' is protected" origin topic:newest
refuses 'by way of HEAD' "'refs/heads/main' is protected" origin topic:default
refuses 'its end' "'refs/heads/main' is protected" origin :latest
refuses 'one that would be made' "'refs/heads/release/9' is protected" origin topic:next
refuses 'the bookkeeping of runs' "'refs/agent/head/x' is bookkeeping" origin topic:state
takes 'a name that stands for another branch' origin topic:mine
is "$(there rev-parse other)" "$(git rev-parse topic)" 'which is what moves'
there config agent.server.allow "$me"
takes 'somebody who is allowed' origin main:latest
is "$(there rev-parse main)" "$(git rev-parse main)" 'moves main by it'

# --- limits
fresh
there config agent.push.refs 3
refuses 'too many refs' 'moves 4 refs, and this server takes 3' origin HEAD:refs/heads/{a,b,c,d}
takes 'as many as may be' origin HEAD:refs/heads/{a,b,c}
there config agent.push.refs 0
head -c 3000000 /dev/zero >zeros && commit_all zeros
there config agent.push.maxFile 1m
refuses 'too large a file, however small its pack' "'zeros' has 2.9 MiB, and push.maxFile allows 1.0 MiB" origin HEAD:big
git rm -q zeros && git commit -q -m 'without it'
refuses 'a file that later commits do not have' "'zeros' has" origin HEAD:big
there config --unset agent.push.maxFile
head -c 3000000 /dev/urandom >noise && commit_all noise
there config agent.push.maxSize 1m
refuses 'too large a push' 'more than the 1.0 MiB that push.maxSize' origin HEAD:big
there config agent.push.maxSize 10m
takes 'one that is not' origin HEAD:big
git reset -q --hard topic
deep=$(git hash-object -w -t tree --stdin </dev/null)
for ((i = 0; i < 299; i++)); do deep=$(printf '040000 tree %s\td\n' "$deep" | git mktree); done
chain=$(git commit-tree -p HEAD -m deep "$deep")
refuses 'a tree that goes down far' 'more than the 256 directories' origin "$chain:refs/heads/deep"
refuses 'such a tree by itself' 'more than the 256 directories' origin "$deep:refs/tags/deep"
git tag -a -m deep hidden "$deep"
refuses 'such a tree in a tag' 'more than the 256 directories' origin hidden
takes 'a file by itself' origin HEAD:file:refs/tags/file
there config agent.push.depth 300
takes 'where it may' origin "$chain:refs/heads/deep"
there config agent.push.depth 256
bomb=$(printf '100644 blob %s\tf\n' "$(echo x | git hash-object -w --stdin)" | git mktree)
for ((i = 0; i < 12; i++)); do
	bomb=$(for n in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\t%s\n' "$bomb" $n; done | git mktree)
done
there config agent.push.budget 2s
refuses 'a tree of a million million files' 'takes longer than its time|printed more|output' origin \
	"$(git commit-tree -p HEAD -m bomb "$bomb"):refs/heads/bomb"
there config agent.push.budget 1ms
refuses 'no time' 'takes longer than its time' origin topic
there config agent.push.budget 1m
takes 'time' origin topic

# --- secrets
fresh
token=$("$GIT_AGENT_BUILD/tests/h-secrets" one github-pat)
echo "key = $token" >conf && commit_all 'with a secret' && git rm -q conf && git commit -q -m 'without it'
refuses 'a secret in a commit below' 'it would send a secret: conf:1 in [0-9a-f]*: github-pat' origin HEAD:leak
there update-ref "refs/replace/$(git rev-parse HEAD~1)" "$(there rev-parse main)"
refuses 'one that the server shows another object for' 'it would send a secret: conf:1 in' origin HEAD:leak
there update-ref -d "refs/replace/$(git rev-parse HEAD~1)"
says_not "$token" 'and is not shown'
git reset -q --hard topic
git commit -q --allow-empty -m "a message with $token"
refuses 'one in a message' 'secret: message:1 of' origin HEAD:leak
git reset -q --hard topic
git tag -a -m "a tag with $token" leak
refuses 'one in a tag' 'it would send a secret' origin leak
refuses 'one as the name of a branch' 'it would send a secret: name of a ref' origin "HEAD:refs/heads/$token"
there config agent.server.allow "$me"
echo "key = $token" >conf && commit_all 'with a secret'
refuses 'nor may those who are allowed' 'it would send a secret' origin HEAD:main
git push -q --receive-pack='git -c core.hooksPath=/dev/null receive-pack' origin HEAD:main
git commit -q --allow-empty -m more
takes 'what the server has is not looked into again' origin HEAD:main

# --- closed, whatever fails
fresh
there config agent.protect.branches 're:a)|(b'
refuses 'a pattern that does not compile' 're:a' origin topic
there config agent.protect.branches 're:hot-\d+, re:^refs/tags/v\d+$'
refuses 'a regular expression' 'hot-12.* is protected' origin topic:hot-12
refuses 'for a full name' 'v1.* is protected' origin v1
takes 'what it does not match' origin topic:hot-x
there config agent.push.depth many
refuses 'a value that is none' 'agent.push.depth' origin topic
there config --unset agent.push.depth
printf '[protect\n' >.gitagent && commit_all broken
git push -q --receive-pack='git -c core.hooksPath=/dev/null receive-pack' origin HEAD:main
refuses "a policy of the server's HEAD that does not parse" 'policy at HEAD' origin topic
printf '[protect]\nbranches = trunk\n' >.gitagent && commit_all mended
git push -q --receive-pack='git -c core.hooksPath=/dev/null receive-pack' origin HEAD:main
refuses "what the server's HEAD protects" 'trunk.* is protected' origin topic:trunk
refuses 'and still the built-ins' 'main.* is protected' origin main~1:main -f
printf '[protect]\nbranches = nothing\n[push]\nforce = any\n' >.gitagent && commit_all 'a policy that tries'
refuses 'a pushed policy changes nothing' 'main.* is protected' origin main
hook=$REMOTE/hooks/pre-receive
# shellcheck disable=SC2059
feed() {
	printf "$@" >"$SCRATCH/input"
	status=0
	env -C "$REMOTE" GIT_DIR=. "$hook" <"$SCRATCH/input" >"$SCRATCH/out" 2>"$SCRATCH/err" || status=$?
}
id=$(git rev-parse topic)
feed ''
is "$status" 0 'nothing is pushed: taken'
feed '%s %s refs/heads/topic' "$ZERO" "$id"
is "$status" 1 'no newline: refused'
feed '%s %s refs/heads/topic\nrest\n' "$ZERO" "$id"
is "$status" 1 'a line of something else: refused'
feed '%s %s HEAD\n' "$ZERO" "$id"
is "$status" 1 'a name outside of refs/: refused'
feed '%s  %s refs/heads/topic\n' "$ZERO" "$id"
is "$status" 1 'blanks too many: refused'
feed '%s %s refs/heads/topic\n' "$ZERO" "${id%?}0"
is "$status" 1 'an object that is not there: refused'
feed '%s %s refs/heads/a\0\n' "$ZERO" "$id"
is "$status" 1 'a NUL: refused'
printf '%s %s refs/heads/topic2\n' "$ZERO" "$id" >"$SCRATCH/input"
printf '#!/bin/sh\nexit 3\n' >"$SCRATCH/git" && chmod +x "$SCRATCH/git"
run env -C "$REMOTE" GIT_DIR=. PATH="$SCRATCH:$PATH" sh -c "exec '$hook' <'$SCRATCH/input'"
is "$status" 1 'git fails: refused'
run env -C "$REMOTE" GIT_DIR=. PATH=/nonexistent /bin/sh -c "exec '$hook' <'$SCRATCH/input'"
is "$status" 1 'git is missing: refused'
exits 1 'update with other arguments: refused' env -C "$REMOTE" GIT_DIR=. "$HOOK_BINARIES/update" refs/heads/x "$ZERO"
exits 1 'update with a newline in one: refused' env -C "$REMOTE" GIT_DIR=. "$HOOK_BINARIES/update" "refs/heads/x
$ZERO $id refs/heads/y" "$ZERO" "$id"

# --- a hook that was there before, sha256
fresh
rm "$hook"
printf '#!/bin/sh\ncat >%s/before\n[ -z "$STOP" ]\n' "$SCRATCH" >"$hook" && chmod +x "$hook"
exits 0 'a hook that is there' git agent guard server install "$REMOTE"
says 'kept .*pre-receive.before-git-agent: it runs first' 'is kept'
takes 'and runs first' origin topic
is "$(cat "$SCRATCH/before")" "$ZERO $(git rev-parse topic) refs/heads/topic" 'with the same input'
refuses 'ours comes after it' 'main.* is protected' origin main
run env STOP=1 git push origin topic:other
ok 'one that refuses' test "$status" != 0
ok 'has refused' not there rev-parse -q --verify refs/heads/other
fresh
git push -q origin topic
printf '%s %s refs/heads/main\n' "$(there rev-parse main)" "$(there rev-parse topic)" >"$SCRATCH/input"
as_served() { env -C "$REMOTE" GIT_DIR=. "$@" sh -c "exec '$hook' <'$SCRATCH/input'"; }
exits 1 'as git starts it: refused' as_served
exits 0 'what the server passes to git by the environment counts' as_served GIT_CONFIG_COUNT=1 \
	GIT_CONFIG_KEY_0=agent.server.allow GIT_CONFIG_VALUE_0="$me"
fresh --object-format=sha256
refuses 'sha256' 'main.* is protected' origin main
takes 'topic of sha256' origin topic

done_testing
