# shellcheck shell=bash disable=SC2034,SC2154
# lib-ways.sh: the ways to push to a protected branch, and what must pass beside them: one table for the client and the server.
# Source after lib-hooks.sh. The caller is in a repository of push_repo's, with $OLD as the commit main has on the other side.

# refused_ways <refuse> <kind> <remote>: calls `<refuse> <name> <ref> <git arguments...>` for each way.
refused_ways() {
	local refuse=$1 kind=$2 to=$3 id
	id=$(git rev-parse HEAD)
	way() { "$refuse" "$kind: $1" "$2" "${@:3}"; }
	# What it is called here.
	way 'main' refs/heads/main push "$to" main
	way 'HEAD' refs/heads/main push "$to" HEAD
	way 'HEAD:main' refs/heads/main push "$to" HEAD:main
	way '@:main' refs/heads/main push "$to" @:main
	way 'topic:main' refs/heads/main push "$to" topic:main
	way 'main~0:main' refs/heads/main push "$to" main~0:main
	way 'a tag:main' refs/heads/main push "$to" 'v1^{commit}:main'
	way 'an id' refs/heads/main push "$to" "$id:main"
	way 'HEAD^{/add y}:main' refs/heads/main push "$to" 'HEAD^{/add y}:main'
	way 'an agent branch:main' refs/heads/main push "$to" agent/x:main
	way 'full names' refs/heads/main push "$to" refs/heads/topic:refs/heads/main
	# What it is called there.
	way 'Main' refs/heads/Main push "$to" HEAD:refs/heads/Main
	way 'MAIN' refs/heads/MAIN push "$to" HEAD:refs/heads/MAIN
	way 'heads/main' refs/heads/main push "$to" HEAD:heads/main
	way 'release/1' refs/heads/release/1 push "$to" release/1
	way 'a new release' refs/heads/release/2 push "$to" HEAD:refs/heads/release/2
	way 'a new staging' refs/heads/staging push "$to" HEAD:refs/heads/staging
	way 'a new master' refs/heads/master push "$to" topic:refs/heads/master
	way 'the bookkeeping of runs' refs/agent/head/x push "$to" 'refs/agent/*:refs/agent/*'
	way 'one of it' refs/agent/head/x push "$to" refs/agent/head/x
	way 'a branch as bookkeeping' refs/agent/head/new push "$to" topic:refs/agent/head/new
	# By force, and away.
	way '+topic:main' refs/heads/main push "$to" +topic:main
	way '--force' refs/heads/main push --force "$to" topic:main
	way '--force-with-lease' refs/heads/main push "--force-with-lease=main:$OLD" "$to" main
	way '--force-if-includes' refs/heads/main push --force-if-includes "$to" main
	way ':main' refs/heads/main push "$to" :main
	way '--delete' refs/heads/main push "$to" --delete main
	way '-d release/1' refs/heads/release/1 push "$to" -d release/1
	# Among others.
	way 'topic:main topic' refs/heads/main push "$to" topic:main topic
	way 'topic topic:main' refs/heads/main push "$to" topic topic:main
	way '--atomic' refs/heads/main push --atomic "$to" topic main
	way 'a glob' refs/heads/main push "$to" 'refs/heads/*:refs/heads/*'
	way 'a forced glob' refs/heads/main push "$to" '+refs/heads/*:refs/heads/*'
	way 'a glob into releases' refs/heads/release/topic push "$to" 'refs/heads/t*:refs/heads/release/t*'
	way 'matching' refs/heads/main push "$to" :
	way 'forced matching' refs/heads/main push "$to" +:
	way '--all' refs/heads/main push "$to" --all
	way '--mirror' refs/agent/head/x push "$to" --mirror
	way '--prune' refs/heads/main push "$to" --prune 'refs/heads/m*:refs/heads/m*'
	way '--tags and main' refs/heads/main push --tags "$to" main
	way '--follow-tags' refs/heads/main push --follow-tags "$to" main
	# Told otherwise.
	way '--porcelain' refs/heads/main push --porcelain "$to" main
	way '--set-upstream' refs/heads/main push -u "$to" main
	way '--no-thin' refs/heads/main push --no-thin "$to" main
	way '--receive-pack' refs/heads/main push --receive-pack=git-receive-pack "$to" main
	way 'push.default = matching' refs/heads/main -c push.default=matching push "$to"
	way 'push.default = current' refs/heads/main -c push.default=current push "$to"
	way 'remote.<name>.push' refs/heads/main -c "remote.$to.push=HEAD:main" push "$to"
	way 'remote.<name>.mirror' refs/agent/head/x -c "remote.$to.mirror=true" push "$to"
	way 'remote.pushDefault' refs/heads/main -c "remote.pushDefault=$to" -c push.default=current push
	way 'branch.<name>.pushRemote' refs/heads/main -c "branch.main.pushRemote=$to" -c push.default=current push
	way 'an alias' refs/heads/main -c "alias.out=push $to main" out
	way 'protocol 0' refs/heads/main -c protocol.version=0 push "$to" main
	way 'its URL' refs/heads/main push "$(git remote get-url "$to")" main
	way 'a URL in short' refs/heads/main -c "url.$(git remote get-url "$to").pushInsteadOf=short:" push short: main
}

# passing_ways <pass> <kind> <remote>: calls `<pass> <name> <git arguments...>` for each.
passing_ways() {
	local pass=$1 kind=$2 to=$3
	way() { "$pass" "$kind: $1" "${@:2}"; }
	way 'topic' push "$to" topic
	way 'topic again, up to date' push "$to" topic
	way 'topic further on' push "$to" main:topic
	way 'topic by force, to where it was' push "$to" +topic~1:topic
	way 'topic away' push "$to" :topic
	way 'an agent branch' push "$to" agent/x
	way 'a tag' push "$to" v1
	way 'an annotated tag' push "$to" v2
	way "a branch's name below refs/tags" push "$to" HEAD:refs/tags/main
	way 'a review ref' push "$to" HEAD:refs/for/main
	way 'notes' push "$to" refs/notes/commits
	way 'mainline' push "$to" HEAD:refs/heads/mainline
	way 'x/main' push "$to" HEAD:refs/heads/x/main
	way 'release' push "$to" HEAD:refs/heads/releases/1
	way 'main, up to date' push "$to" "$OLD:refs/heads/main"
	way 'several' push --atomic "$to" HEAD:refs/heads/a HEAD:refs/heads/b HEAD:refs/heads/c
	way 'and away again' push "$to" :a :b :c
}

# ways_repo <dir>: push_repo with what the ways speak of.
ways_repo() {
	push_repo "$@"
	git tag -a -m 'two' v2
	git notes add -m note HEAD
	OLD=$(git rev-parse HEAD~1)
}
