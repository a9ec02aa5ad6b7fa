#!/bin/bash
# The gate's checkout is begun at the base while the agent's work is taken over: what stages see is the proposal, as fresh.
. "$(dirname "$0")/lib.sh"

printf '# Do it\n\n## Acceptance criteria\n\n- done\n' >brief.md
export SEEN=$SCRATCH/seen

# look <number of stages>: a repository whose stages write down what their checkout holds.
look() {
	rm -rf work "$SEEN" && mkdir "$SEEN" && make_repo work
	printf 'one\n' >text.txt
	printf 'gone\n' >gone
	mkdir sub && printf 'x\n' >sub/file
	{
		printf '[gate]\njobs = 2\n'
		for i in $(seq "$1"); do
			printf '[gate "s%s"]\nenv = SEEN\nrun = sh look.sh %s\n' "$i" "$i"
		done
	} >.gitagent
	cat >look.sh <<-'EOF'
		git rev-parse HEAD >"$SEEN/$1.head"
		git symbolic-ref -q HEAD >"$SEEN/$1.branch"
		git status --porcelain --ignored >"$SEEN/$1.status"
		git ls-files -s >"$SEEN/$1.index"
		find . -name .git -prune -o -type f -printf '%p %m ' -exec sha256sum {} \; | sort >"$SEEN/$1.files"
		touch left-by-a-stage
	EOF
	commit_all 'a gate that looks'
	git agent trust --yes >/dev/null 2>&1
}

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
		is "$(cat "$SEEN/$i.head")" "$(git rev-parse agent/brief)" "$1: stage $i stands on the proposal"
		is "$(cat "$SEEN/$i.branch")" "" "$1: stage $i is on no branch"
		is "$(cat "$SEEN/$i.status")" "" "$1: stage $i has nothing else in its tree"
		ok "$1: stage $i has the files of a fresh checkout" diff "$SCRATCH/want" "$SEEN/$i.files"
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

done_testing
