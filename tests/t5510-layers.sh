#!/bin/bash
# worktree.setup runs once for what it depends on; what it leaves is in the agent's checkout and in every stage's, and each
# may do with it as it likes.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-layers.sh"
needs_sandbox

# ran <run>: whether setup ran for it.
ran() { [ -s ".git/agent/runs/$1/setup.log" ] || [ -s ".git/agent/runs/$1/gate-1/setup.log" ]; }
go() { exits 0 "$FORM: $1" "${ON[@]}" git agent issue issue.md --sandbox "$LEVEL" --name "$1" "${@:2}"; }

for form in full landlock overlay; do
	form "$form"
	# One directory of its own mount, one that is copied, files, a link, HOME, an absolute path.
	layered "echo ran; $(deps node_modules 600); mkdir small && echo s >small/s; pwd >where; ln -s where link; echo h >\"\$HOME\"/of-setup; git config x.y z; echo changed >>hello.txt; echo \"\${SECRET-none}\" >secret" \
		'set -e; ls node_modules/pkg | wc -l; cat node_modules/pkg/600.js small/s link ~/of-setup secret; [ "$(cat where)" = "$(pwd)" ]; git diff --exit-code; ! git config x.y; touch node_modules/mine; rm -rf small; mkdir small; [ -z "$(ls small)" ]'
	git config agent.env SECRET
	export SECRET=key
	agent <<<'set -e; [ "$(cat where)" = "$(pwd)" ]; cat node_modules/pkg/1.js small/s ~/of-setup secret; git status --short; echo done >file; git add -A; git commit -qm work'
	go first --keep
	ok "$form: setup ran" ran first
	root=$(realpath "$WORK_ROOT"/repo-*)
	is "$(stage_log first | tr '\n' ' ')" "600 module 600 s $root/work/tree h none " "$form: a stage has all of it, and no key"
	is "$(tr '\n' ' ' <.git/agent/runs/first/agent-1.log)" 'module 1 s h none ' "$form: the agent too, and git calls none of it new"
	is "$(git show --format= --name-only agent/first)" file "$form: the proposal is the agent's work alone"
	is "$(layers | wc -l)" 1 "$form: it is kept"
	layer=$(layers_dir)/$(layers)
	sum=$(cd "$layer" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
	case $form in
	overlay) is "$(find "$root/first/tree/node_modules" -type f | wc -l)" 600 "$form: without copies of the kernel's it is copied" ;;
	*) is "$(find "$root/first/tree/node_modules" -type f)" '' "$form: on disk the checkout is without it" ;;
	esac

	go again
	ok "$form: for the next run it does not" not ran again
	is "$(stage_log again)" "$(stage_log first)" "$form: what is there is the same"
	GIT_AGENT_SANDBOX_REQUIRE=$LEVEL exits 0 "$form: a gate by hand" on git agent gate
	ok "$form: has it too" [ ! -e ".git/agent/gate/$(git rev-parse HEAD)/setup.log" ]
	echo more >>README && commit_all 'another base'
	go later
	ok "$form: nor for another commit with the same lock file" not ran later
	is "$(cd "$layer" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)" "$sum" "$form: nothing of it has changed"
	is "$(layers | wc -l)" 1 "$form: it is one"

	echo '{"lock": 2}' >package-lock.json && commit_all lock
	go locked
	ok "$form: another lock file: it runs" ran locked
	is "$(layers | wc -l)" 2 "$form: and what it leaves is kept beside the other"
	mkdir -p "$SCRATCH/bin" && printf '#!/bin/sh\n' >"$SCRATCH/bin/node" && chmod +x "$SCRATCH/bin/node"
	PATH=$SCRATCH/bin:$PATH go tool
	ok "$form: another program of a toolchain: it runs" ran tool
	sed -i 's/^setup = echo ran/setup = echo again/' .gitagent && commit_all setup
	go command --trust
	ok "$form: another command: it runs" ran command
	is "$(layers | wc -l)" 4 "$form: each has its own"
done

# --- without namespaces each checkout has another path: setup runs in each
form namespaces
layered "echo ran; $(deps node_modules 20); pwd >where" '[ "$(cat where)" = "$(pwd)" ] && ls node_modules/pkg | wc -l'
printf '[gate "other"]\nrun = [ "$(cat where)" = "$(pwd)" ]\n' >>.gitagent
printf 'where\n' >>.gitignore
commit_all two && git agent trust --yes >/dev/null 2>&1
agent <<<'[ "$(cat where)" = "$(pwd)" ] && echo x >file'
go apart
is "$(stage_log apart)" 20 'no namespaces: each stage has it'
is "$(cat .git/agent/runs/apart/setup.log .git/agent/runs/apart/gate-1/setup.log | grep -c ran)" 3 'no namespaces: setup ran in each checkout'
is "$(layers)" '' 'no namespaces: nothing is kept'

# --- no file says what setup reads: it is the commit
form full
layered "echo ran; $(deps node_modules 20); cp hello.txt node_modules/hello" 'cat node_modules/hello'
git rm -q package-lock.json && commit_all 'no lock file'
agent <<<'echo changed >hello.txt'
go no-inputs
is "$(stage_log no-inputs)" changed 'no inputs: the gate has what setup makes of the change'
ok 'no inputs: that is no flag' not grep -q dependencies .git/agent/runs/no-inputs/report.md

# --- a file of the person's that setup works on
layered "echo ran; cp mine.env node_modules.env" 'cat node_modules.env mine.env'
printf 'copy = mine.env\n' | sed -i '/^setup/r /dev/stdin' .gitagent
printf '%s\n' mine.env node_modules.env >>.gitignore
commit_all copy && git agent trust --yes >/dev/null 2>&1
echo one >mine.env
agent <<<'cat mine.env >file'
go copied
is "$(stage_log copied | tr '\n' ' ')" 'one one ' 'worktree.copy: setup and stages have it'
echo other >mine.env
go copied-again
is "$(stage_log copied-again | tr '\n' ' ')" 'other other ' 'worktree.copy: its change is a change of what setup reads'

# --- what would be used is told, and nothing is made
layered "$(deps node_modules 20)" true
exits 0 'a dry run' git agent issue issue.md --sandbox full --dry-run
says '^layer: [0-9a-f]{16} \(not made yet, copy-on-write\)' 'names the layer'
is "$(layers)" '' 'and makes none'
agent <<<'echo x >file'
go made
exits 0 'another' git agent issue issue.md --sandbox full --dry-run
says "^layer: $(layers) \\(made" 'and that it is there'
exits 0 'without namespaces' "$DENY" namespaces -- git agent issue issue.md --sandbox partial --dry-run
says '^layer: none' 'there is none'

done_testing
