#!/bin/bash
# pre-push to a remote of which nothing is known here: it is asked what it has, so that only what is new there is looked into; what
# another remote has is no base, and a remote that says nothing has nothing. The secrets are put together by h-secrets: none stands here.
. "${BASH_SOURCE%/*}/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"

token=$("$GIT_AGENT_BUILD/tests/h-secrets" one github-pat)
# held <name> <place regex> <git push arguments...>: refused for a secret at that place; nothing is there that was not.
held() {
	local name=$1 place=$2
	shift 2
	run git push "$@"
	is "$status" 1 "$name: refused"
	says "^error: push refused: it would send a secret: $place" "$name: for the secret"
}
# passes_to <name> <git push arguments...>
passes_to() { exits 0 "$1: passes" git push -q "${@:2}"; }

# An old commit has a secret, and everything after it is clean.
make_repo "$SCRATCH/work"
git config agent.protect.branches nothing
git config agent.protect.from agents
echo "$token" >old && commit_all 'long ago'
git rm -q old && git commit -q -m 'taken out'
git branch old
echo new >new && commit_all new
git branch topic
for place in fork empty behind silent private; do
	git init -q --bare "$SCRATCH/$place.git"
done
git push -q "$SCRATCH/fork.git" old:refs/heads/main
git push -q "$SCRATCH/behind.git" old~2:refs/heads/main
git push -q "$SCRATCH/silent.git" old:refs/heads/main
git -C "$SCRATCH/silent.git" config transfer.hideRefs refs/heads
put_hook pre-push

passes_to 'a new branch, by the URL of a fork' "$SCRATCH/fork.git" topic
passes_to 'by another form of it' "file://$SCRATCH/fork.git" topic:topic2
git remote add fork "$SCRATCH/fork.git"
passes_to 'by the name of a remote that was never fetched' fork topic:topic3
held 'an empty place has none of it' 'old:1 in ' "$SCRATCH/empty.git" topic
held 'nor one that was left before' 'old:1 in ' "$SCRATCH/behind.git" topic
held 'nor one that does not say what it has' 'old:1 in ' "$SCRATCH/silent.git" topic

# What a private remote has is new to a public one.
git remote add private "$SCRATCH/private.git"
git push -q --no-verify private old:main && git fetch -q private
held 'what another remote has is no base' 'old:1 in ' "$SCRATCH/empty.git" topic
git remote add public "$SCRATCH/empty.git"
held 'nor for a remote with a name' 'old:1 in ' public topic

# It may have what is not here.
git clone -q "$SCRATCH/fork.git" "$SCRATCH/other" && cd "$SCRATCH/other" || exit 1
echo elsewhere >elsewhere && commit_all elsewhere && git push -q origin HEAD:aaa HEAD:zzz
cd "$SCRATCH/work" || exit 1
git remote add again "$SCRATCH/fork.git"
passes_to 'branches that are not here' again topic:topic4
git checkout -q topic && echo "$token" >fresh && commit_all fresh
held 'what is new there is looked into' 'fresh:1 in ' "$SCRATCH/fork.git" topic:topic5
git checkout -q -

# Once something is known of it, it is not asked.
mkdir "$SCRATCH/bin" && real=$(command -v git)
printf '#!/bin/sh\n[ "$1" != ls-remote ] || echo asked >>%q\nexec %q "$@"\n' "$SCRATCH/asked" "$real" >"$SCRATCH/bin/git"
chmod +x "$SCRATCH/bin/git"
asked() {
	rm -f "$SCRATCH/asked"
	PATH=$SCRATCH/bin:$PATH "$@" >/dev/null 2>&1
	test -e "$SCRATCH/asked"
}
input() { printf '%s %s %s %s\n' "refs/heads/main" "$(git rev-parse main)" "$1" "$2"; }
hooked() { input "$1" "$2" | .git/hooks/pre-push "$3" "$SCRATCH/fork.git"; }
git remote add third "$SCRATCH/fork.git"
ok 'a remote of which nothing is known is asked' asked hooked refs/heads/n "$ZERO" third
ok 'not for a branch that it has' not asked hooked refs/heads/n "$(git rev-parse main~1)" third
git fetch -q third
ok 'nor once it was fetched' not asked hooked refs/heads/n "$ZERO" third
git pack-refs --all
ok 'nor where its branches are packed' not asked hooked refs/heads/n "$ZERO" third

done_testing
