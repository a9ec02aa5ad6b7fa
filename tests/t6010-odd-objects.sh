#!/bin/bash
# Object stores of every kind: shallow, partial, sha256, borrowed, packed, collected meanwhile, replaced.
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-odd.sh"

EDIT='echo more >>a; echo new >new; git rm -q dir/b; git log --oneline >/dev/null; git describe --always >/dev/null'
EDITED=$'M\ta\nD\tdir/b\nA\tnew'

# a server with history, from which clones of every kind are made
make_repo "$SCRATCH/server"
mkdir -p dir/deep
for i in 1 2 3 4; do
	for file in a dir/b dir/deep/c "only-$i"; do
		echo "$file in $i" >"$file"
	done
	commit_all "change $i"
done
git tag -a -m one v1 HEAD~2
git config uploadpack.allowFilter true
git config uploadpack.allowAnySHA1InWant true
url=file://$SCRATCH/server

agent_does "$EDIT"
clone() {
	local name=$1
	shift
	git clone -q "$@" "$url" "$SCRATCH/$name" && cd "$SCRATCH/$name" || exit 1
}

# --- shallow, partial -----------------------------------------------------------------------------

clone shallow --depth=1
proposes 'shallow' "$EDITED"
is "$(git rev-list --count agent/issue)" 2 'shallow: still as shallow'

clone shallow2 --depth=3
agent_does "$EDIT; git commit -qam own; git rebase -q HEAD~1 >/dev/null; git fsck --connectivity-only >/dev/null"
proposes 'shallow, the agent commits and rebases' "$EDITED"
agent_does "$EDIT"

for filter in blob:none tree:0; do
	clone "partial $filter" --filter=$filter
	missing=$(git rev-list --objects --all --missing=print | grep -c '^?')
	ok "partial $filter: objects are really missing" [ "$missing" -gt 0 ]
	proposes "partial $filter" "$EDITED"
	is "$(git rev-list --objects --missing=print main | grep -c '^?')" "$missing" "partial $filter: nothing of history was fetched"
	git fsck --connectivity-only >/dev/null 2>&1
	is $? 0 "partial $filter: whole"
done

clone 'partial sparse' --filter=blob:none --no-checkout
git sparse-checkout set --no-cone '/*' '!/dir/deep/' '!/only-3'
git checkout -q main
absent() { git rev-list --objects --no-walk --missing=print HEAD | grep -c '^?'; }
is "$(absent)" 2 'partial and sparse: what is left out is not even there'
proposes 'partial and sparse' "$EDITED"
agent_does 'echo own >>a; git commit -qam own; echo more >>a; git add a; git stash -q; git stash pop -q'
before=$(snapshot)
exits 0 "partial and sparse, the agent commits" git agent issue --trust --name own "$ISSUE"
is "$(snapshot)" "$before" "partial and sparse, the agent commits: the rest is as it was"
is "$(absent)" 2 'partial and sparse: nor was it fetched'
is "$(changed agent/own)" "M	a" "partial and sparse: the commit is in the proposal"

clone 'partial away' --filter=blob:none
mv "$SCRATCH/server" "$SCRATCH/server-away"
agent_does 'echo more >>a; git show HEAD~2:a >a || true'
proposes 'partial, and its remote is away' $'M\ta'
agent_does "$EDIT"
git clone -q --filter=blob:none --no-checkout "file://$SCRATCH/server-away" "$SCRATCH/nothing" && cd "$SCRATCH/nothing" || exit 1
mv "$SCRATCH/server-away" "$SCRATCH/server"
before=$(git_state)
exits 128 'partial, a blob of the base cannot be had: exit 128' git agent issue --trust "$ISSUE"
is "$(grep -cE '^(fatal|error):' "$SCRATCH/err")" 1 'and one line says so'
is "$(git_state)" "$before" 'and nothing changed'

# --- sha256, reftable -----------------------------------------------------------------------------

git init -q --object-format=sha256 "$SCRATCH/sha256" && cd "$SCRATCH/sha256" || exit 1
git -C ../server archive HEAD | tar -x
commit_all base
git tag v1
proposes 'sha256' "$EDITED"
is "$(git rev-parse agent/issue | wc -c)" 65 'sha256: ids are long'

if git init -q --ref-format=reftable "$SCRATCH/reftable" 2>/dev/null; then
	cd "$SCRATCH/reftable" || exit 1
	git -C ../server archive HEAD | tar -x
	commit_all base
	before=$(user_state)
	exits 0 'reftable: proposed' git agent issue --trust "$ISSUE"
	is "$(user_state)" "$before" 'reftable: the rest is as it was'
	is "$(changed agent/issue)" "$EDITED" 'reftable: the change is whole'
else
	TAP=$((TAP + 1))
	echo "ok $TAP - reftable # SKIP $(git --version) has no reftable (2.45 and newer do)"
fi

# --- borrowed objects -----------------------------------------------------------------------------

git clone -q --shared "$SCRATCH/server" "$SCRATCH/shared" && cd "$SCRATCH/shared" || exit 1
echo own >own && commit_all own
proposes 'clone --shared' "$EDITED"
is "$(find .git/objects -name '*.pack' -size +8k)" '' 'clone --shared: what is borrowed is not copied'

git clone -q --shared "$SCRATCH/shared" "$SCRATCH/chain" && cd "$SCRATCH/chain" || exit 1
proposes 'a chain of two' "$EDITED"

git clone -q --reference "$SCRATCH/server" "$url" "$SCRATCH/reference" && cd "$SCRATCH/reference" || exit 1
proposes 'clone --reference' "$EDITED"

git clone -q --shared "$SCRATCH/server" "$SCRATCH/relative" && cd "$SCRATCH/relative" || exit 1
printf '# a comment\n../../../server/.git/objects\n' >.git/objects/info/alternates
proposes 'a relative alternate and a comment' "$EDITED"

ln -s server "$SCRATCH/link"
git clone -q --shared "$SCRATCH/server" "$SCRATCH/quoted" && cd "$SCRATCH/quoted" || exit 1
printf '"%s/li\\156k/.git/objects"\n' "$SCRATCH" >.git/objects/info/alternates
ok 'a quoted alternate: git reads it' git fsck --connectivity-only
proposes 'a quoted alternate' "$EDITED"

# --- refs -----------------------------------------------------------------------------------------

clone packed
git switch -q -c topic
git pack-refs --all --prune
is "$(find .git/refs -type f | grep -v origin)" '' 'packed refs only'
proposes 'packed refs only' "$EDITED"

clone tags
{
	head=$(git rev-parse HEAD)
	seq -f "create refs/tags/t%05g $head" 5000
} | git update-ref --stdin
agent_does "$EDIT; [ \$(git tag | wc -l) = 5001 ]; git describe --tags --match 't0*' >/dev/null"
proposes '5,000 tags' "$EDITED"

# --- collected while a run works ------------------------------------------------------------------

# The base is on no branch any more when the agent starts, and collected by the owner between two passes.
clone collected
git remote remove origin
git tag -d v1 >/dev/null
echo lost >lost && commit_all 'soon lost'
git config gc.reflogExpire now
git config gc.reflogExpireUnreachable now
cat >.gitagent <<'POLICY'
[gate "tests"]
run = grep -q two a
POLICY
commit_all 'a gate that wants two passes'
base=$(git rev-parse HEAD)
agent_does "
if grep -q one a; then echo two >>a; git commit -qam second
else echo one >>a; git commit -qam first
fi
touch \"\$TMPDIR/collect\"
while [ -e \"\$TMPDIR/collect\" ]; do sleep 0.05; done
git log --oneline -- lost | grep -q soon"
# The owner, who does it each time the agent asks for it.
owner() {
	local asked

	for _ in 1 2; do
		until asked=$(find "$HOME/.local/state/git-agent" -path '*/tmp/collect' 2>/dev/null) && [ -n "$asked" ]; do sleep 0.05; done
		git reset -q --hard HEAD~2 2>/dev/null
		git reflog expire --expire=now --all
		git gc -q --prune=now
		rm "$asked"
	done
}
owner &
owner=$!
exits 0 'gc --prune=now of the owner between passes' git agent issue --trust "$ISSUE"
kill "$owner" 2>/dev/null
wait "$owner" 2>/dev/null
is "$(git rev-parse 'agent/issue^')" "$base" 'the base was kept'
is "$(changed agent/issue)" $'M\ta' 'and the change is whole'
ok 'and so is the repository' git fsck --connectivity-only --no-dangling

# --- replaced objects, grafts ---------------------------------------------------------------------

clone replaced
git replace "$(git rev-parse HEAD:a)" "$(echo replaced | git hash-object -w --stdin)"
git replace "$(git rev-parse 'HEAD^{tree}')" "$(git rev-parse 'HEAD~1^{tree}')"
agent_does "grep -q 'a in 4' a; echo more >>a; git rm -q dir/b; echo new >new"
before=$(git_state)
exits 0 'replace refs: the base is what its id says' git agent issue --trust "$ISSUE"
is "$(git_state)" "$before" 'replace refs: they are as they were'
is "$(GIT_NO_REPLACE_OBJECTS=1 changed agent/issue)" "$EDITED" 'replace refs: the change is whole'

clone grafts
git config advice.graftFileDeprecated false
echo "$(git rev-parse HEAD) $(git rev-parse HEAD~3)" >.git/info/grafts
agent_does "$EDIT"
proposes 'grafts' "$EDITED"

done_testing
