#!/bin/bash
# The gate's checkout is begun at the base while the agent's work is taken over: what stages see is the proposal, as fresh.
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off

printf '# Do it\n\n## Acceptance criteria\n\n- done\n' >brief.md

# look <number of stages>: a repository whose stages write down what their checkout holds.
look() {
	rm -rf work && make_repo work
	printf 'one\n' >text.txt
	printf 'gone\n' >gone
	mkdir sub && printf 'x\n' >sub/file
	{
		printf '[gate]\njobs = 2\n'
		for i in $(seq "$1"); do
			printf '[gate "s%s"]\nrun = sh look.sh\n' "$i"
		done
	} >.gitagent
	cat >look.sh <<-'EOF'
		echo "head $(git rev-parse HEAD)"
		echo "branch $(git symbolic-ref -q HEAD)"
		git status --porcelain --ignored | sed 's/^/status /'
		find . -name .git -prune -o -type f -printf 'files %p %m ' -exec sha256sum {} \; | sort
		touch left-by-a-stage
	EOF
	commit_all 'a gate that looks'
	git agent trust --yes >/dev/null 2>&1
}

# seen <number> <what>: what the log of a stage tells of it.
seen() { sed -n "s/^$2 //p" ".git/agent/runs/brief/gate-1/s$1.log"; }

# fresh: what a checkout of the proposal made by git alone holds.
fresh() {
	rm -rf "$SCRATCH/fresh" && git clone -q --no-checkout . "$SCRATCH/fresh"
	git -C "$SCRATCH/fresh" fetch -q origin "$(git rev-parse agent/brief):refs/heads/fresh"
	git -C "$SCRATCH/fresh" checkout -q --detach fresh
	(cd "$SCRATCH/fresh" && find . -name .git -prune -o -type f -printf '%p %m ' -exec sha256sum {} \; | sort)
}

# judged <name> <stages> <agent's script>
judged() {
	look "$2"
	printf '%s\n' "$3" >"$SCRATCH/agent.sh"
	AGENT_CMD="sh $SCRATCH/agent.sh" exits 0 "$1: proposed" git agent issue "$SCRATCH/brief.md"
	fresh >"$SCRATCH/want"
	for i in $(seq "$2"); do
		is "$(seen "$i" head)" "$(git rev-parse agent/brief)" "$1: stage $i stands on the proposal"
		is "$(seen "$i" branch)" "" "$1: stage $i is on no branch"
		is "$(seen "$i" status)" "" "$1: stage $i has nothing else in its tree"
		ok "$1: stage $i has the files of a fresh checkout" diff "$SCRATCH/want" <(seen "$i" files)
	done
	is "$(find "$HOME/.local/state" -name prepared -o -name tree)" "" "$1: no checkout is left"
	cd "$SCRATCH" || exit 1
}

judged 'edits' 1 'echo two >text.txt; rm gone; mkdir new; echo y >new/file; chmod +x sub/file'
judged 'edits, three stages' 3 'echo two >text.txt; rm gone; mkdir new; echo y >new/file; chmod +x sub/file'
judged 'a file where a directory was' 2 'rm -r sub; echo file >sub; rm gone; mkdir gone; echo z >gone/z'
judged 'attributes' 2 'echo "*.txt text eol=crlf" >.gitattributes; echo more >>gone'
ok 'attributes: files nobody touched follow them' grep -q . <(git -C fresh ls-files --eol text.txt | grep crlf)
judged 'attributes further down' 1 'echo "* text eol=crlf" >sub/.gitattributes'

# A run that comes to nothing leaves no half-made checkout for the gate behind.
look 1
AGENT_CMD='true' exits 3 'no change: no proposal' git agent issue "$SCRATCH/brief.md"
is "$(find "$HOME/.local/state" -name prepared)" "" "no change: no checkout of the gate is left"
git config agent.protect.paths 'sub/**'
AGENT_CMD='sh -c "echo z >sub/file"' exits 4 'a protected path: refused' git agent issue --name other "$SCRATCH/brief.md"
is "$(find "$HOME/.local/state" -name prepared)" "" "refused: no checkout of the gate is left"
cat >"$SCRATCH/odd" <<'AGENT'
cat >/dev/null
echo z >"sub/it's [x] *"
AGENT
export AGENT_CMD="sh $SCRATCH/odd"
exits 4 'one with an odd name' git agent issue --name odd "$SCRATCH/brief.md"
hint=$(sed -n 's/^hint: .* if it is right: //p' "$SCRATCH/err")
ok 'the hint is an argument' grep -q '^--allow-path ' <<<"$hint"
eval "exits 0 'with it the change passes' git agent issue --name allowed $hint \"$SCRATCH/brief.md\""
ok 'and a reviewer is told' grep -qF "protected path 'sub/it's [x] *' was changed (allowed by --allow-path)" .git/agent/runs/allowed/report.md || cat .git/agent/runs/allowed/report.md

done_testing
