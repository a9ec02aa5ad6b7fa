#!/bin/bash
# Every way to spell a push to a protected branch, over file and smart HTTP; what is not one passes.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"
. "$TESTS_DIR/lib-http.sh"

every_spelling() {
	local to=$1 kind=$2
	REMOTE=$to
	refused "$kind main" refs/heads/main "$to" main
	refused "$kind HEAD:main" refs/heads/main "$to" HEAD:main
	refused "$kind +topic:main" refs/heads/main "$to" +topic:main
	refused "$kind --force topic:main" refs/heads/main --force "$to" topic:main
	refused "$kind :main" refs/heads/main "$to" :main
	refused "$kind --delete main" refs/heads/main "$to" --delete main
	refused "$kind refs/heads/topic:refs/heads/main" refs/heads/main "$to" refs/heads/topic:refs/heads/main
	refused "$kind HEAD^{/add y}:main" refs/heads/main "$to" 'HEAD^{/add y}:main'
	refused "$kind an id" refs/heads/main "$to" "$(git rev-parse HEAD):main"
	refused "$kind a glob" refs/heads/main "$to" 'refs/heads/*:refs/heads/*'
	refused "$kind :" refs/heads/main "$to" :
	refused "$kind --all" refs/heads/main "$to" --all
	refused "$kind --mirror" refs/agent/head/x "$to" --mirror
	refused "$kind --prune" refs/heads/main "$to" --prune 'refs/heads/m*:refs/heads/m*'
	refused "$kind topic:main topic" refs/heads/main "$to" topic:main topic
	refused "$kind topic topic:main" refs/heads/main "$to" topic topic:main
	refused "$kind --atomic" refs/heads/main --atomic "$to" topic main
	refused "$kind release/1" refs/heads/release/1 "$to" release/1
	refused "$kind Main" refs/heads/Main "$to" HEAD:refs/heads/Main
	refused "$kind refs/agent" refs/agent/head/x "$to" 'refs/agent/*:refs/agent/*'
	refused "$kind --porcelain" refs/heads/main --porcelain "$to" main
	refused "$kind -o --dry-run" refs/heads/main --dry-run "$to" main
	passes "$kind topic" "$to" topic
	passes "$kind topic again, up to date" "$to" topic
	passes "$kind delete topic" "$to" :topic
	passes "$kind agent/x" "$to" agent/x
	passes "$kind a tag" "$to" v1
	passes "$kind a branch's name below refs/tags" "$to" HEAD:refs/tags/main
	passes "$kind a review ref" "$to" HEAD:refs/for/main
	passes "$kind main up to date" "$to" "$OLD:refs/heads/main"
}

git init -q --bare remotes/file.git
git init -q --bare remotes/http.git
git -C remotes/http.git config http.receivepack true
push_repo work
OLD=$(git rev-parse HEAD~1)
git remote add origin "$SCRATCH/remotes/file.git"
seed origin
every_spelling origin file
ok 'names the remote' grep -qF "'origin'" <(git push origin main 2>&1)

# What a name can hold: newlines, and what looks like a record.
git commit -q --allow-empty -m "one more

over
lines, forge $ZERO refs/heads/topic $ZERO
end"
refused 'a newline in the name' refs/heads/main origin 'HEAD^{/over
lines}:refs/heads/main'
refused 'a name that forges a record' refs/heads/main origin "HEAD^{/forge $ZERO refs/heads/topic $ZERO
end}:refs/heads/main"
passes 'a newline in the name, to another branch' origin 'HEAD^{/over
lines}:refs/heads/lines'

serve_http "$SCRATCH/remotes"
git remote add web "$HTTP_URL/http.git"
seed web
every_spelling web http
run git push "http://person:secret@127.0.0.1:$HTTP_PORT/git/http.git" main
is "$status" 1 'a URL with a password in it: refused'
ok 'the hook does not print the password' not grep -q 'error: push refused.*secret\|hint:.*secret' "$SCRATCH/err"
says "'refs/heads/main' on the remote repository" 'and does not print the URL'

done_testing
