#!/bin/bash
# What setup has read of the commit counts, whatever the inputs say: what it built of other sources is never judged in the place of
# what it would build of these.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-layers.sh"
needs_sandbox
export GIT_AGENT_SANDBOX_REQUIRE=partial

if findmnt -no OPTIONS -T "$SCRATCH" | grep -q noatime; then
	is "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" '' 'this file system keeps no times of access'
	done_testing
	exit
fi

ran() { [ -s ".git/agent/runs/$1/gate-1/setup.log" ]; }
go() { exits 0 "$FORM: $1" "${ON[@]}" git agent issue issue.md --name "$1"; }

for form in full overlay; do
	form "$form"
	# A package manager that builds on the way: it reads each source it finds, and the lock file says nothing of them.
	layered 'mkdir -p dist && cat src/*.txt src/*/*.txt >dist/all; echo ran' 'cat src/*.txt src/*/*.txt | cmp - dist/all && cat dist/all'
	mkdir -p src/deep && echo a >src/a.txt && echo b >src/deep/b.txt && echo dist >>.gitignore
	echo other >other.txt && commit_all sources

	agent <<<'cat dist/all >seen; echo changed >src/a.txt'
	go changed
	is "$(git show agent/changed:seen)" "$(printf 'a\nb')" "$form: the agent has what the base comes to"
	is "$(stage_log changed)" "$(printf 'changed\nb')" "$form: a changed source: the gate has what it comes to"
	ok "$form: since setup ran for it" ran changed
	ok "$form: which is no flag, no input is changed" not grep -q dependencies: .git/agent/runs/changed/report.md

	agent <<<'echo new >src/c.txt'
	go added
	is "$(stage_log added)" "$(printf 'a\nnew\nb')" "$form: a source that is new where setup looked"
	agent <<<'mkdir src/new; echo newer >src/new/d.txt'
	go deeper
	is "$(stage_log deeper)" "$(printf 'a\nb\nnewer')" "$form: and in a directory that is new there"
	agent <<<'git rm -q src/deep/b.txt; mkdir -p src/deep; echo x >src/deep/x.txt'
	go removed
	is "$(stage_log removed)" "$(printf 'a\nx')" "$form: one that is gone"

	agent <<<'echo more >other.txt; mkdir docs; echo new >docs/page'
	go elsewhere
	ok "$form: what setup did not read it need not see" not ran elsewhere

	# --- the base moves on, and back
	count=$(layers | wc -l)
	echo base >src/a.txt && commit_all 'by a person'
	agent <<<'cat dist/all >seen'
	go moved
	is "$(git show agent/moved:seen)" "$(printf 'base\nb')" "$form: another base: setup runs for it"
	is "$(layers | wc -l)" $((count + 1)) "$form: and is kept beside the first"
	go moved-again
	is "$(layers | wc -l)" $((count + 1)) "$form: once"
	ok "$form: and not again" [ ! -e .git/agent/runs/moved-again/setup.log ]
	git revert --no-edit -q HEAD >/dev/null 2>&1 || git revert --no-edit HEAD >/dev/null
	go reverted
	is "$(git show agent/reverted:seen)" "$(printf 'a\nb')" "$form: the sources as they were: what was made of them"
	is "$(layers | wc -l)" $((count + 1)) "$form: is still there"
done
done_testing
