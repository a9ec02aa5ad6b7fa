#!/bin/bash
# What sandbox.read, sandbox.write and sandbox.ptrace open: to agent, setup and stages alike, and nothing beside.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
start_repo repo
mkdir -p "$SCRATCH/given" "$SCRATCH/cache" "$HOME/.tool" "$SCRATCH/other" && echo given >"$SCRATCH/given/file" && echo tool >"$HOME/.tool/rc" && echo other >"$SCRATCH/other/file"
cat >look.sh <<LOOK
cat "$SCRATCH/given/file" && cat "\$HOME/.tool/rc" && echo made >>"$SCRATCH/cache/made" && ! cat "$SCRATCH/other/file" && ! echo x >>"$SCRATCH/given/file"
LOOK
cat >.gitagent <<POLICY
[sandbox]
read = $SCRATCH/given, ~/.tool
write = $SCRATCH/cache
[worktree]
setup = sh look.sh
[gate "tests"]
run = sh look.sh
POLICY
git add look.sh && git commit -qam opened
agent <<'AGENT'
sh look.sh && echo change >>hello.txt
AGENT
exits 0 'all three see what is opened, and no more' git agent issue issue.md --name opened --trust
ok 'each has written where it may' [ "$(wc -l <"$SCRATCH/cache/made")" -ge 3 ]
sed -i 's/^read.*//' .gitagent && git commit -qam closed
exits 128 'without the key setup fails' git agent issue issue.md --name closed --trust
ok 'on what it cannot see' grep -q 'given/file' .git/agent/runs/closed/setup.log

# --- it is asked for
printf '[sandbox]\nread = /srv\nwrite = %s\nptrace = true\n[gate "tests"]\nrun = true\n' "$SCRATCH/cache" >.gitagent && git commit -qam asked
exits 4 'not trusted: refused' git agent issue issue.md --name asked
run git agent trust --yes
for line in 'sandbox read: /srv' "sandbox write: $SCRATCH/cache" 'sandbox ptrace: true'; do says "$line" "a person is shown: $line"; done
printf '[sandbox]\nptrace = false\n[gate "tests"]\nrun = true\n' >.gitagent && git commit -qam harmless
run git agent trust --yes
says_not 'ptrace' 'but not what opens nothing'

# --- what nobody may open
for path in \~/ / "$HOME" "$PWD/.git" "$PWD/.git/config" "$WORK_ROOT" "$SCRATCH"; do
	for key in read write; do
		exits 128 "$key = $path is refused" git -c "agent.sandbox.$key=$path" agent issue issue.md --name no --trust
	done
done
exits 128 'what is to be written must be there' git -c "agent.sandbox.write=$SCRATCH/nowhere" agent issue issue.md --name no --trust
says '^hint: mkdir -p ' 'and the command is told'
exits 128 'of git agent gate too' git -c "agent.sandbox.write=$SCRATCH/nowhere" agent gate --trust

# --- debuggers and LeakSanitizer
cat >leak.c <<'C'
#include <stdlib.h>
int main(int c, char **v)
{
	(void)v;
	char *volatile p = malloc(10);
	if (c > 1)
		p = NULL;
	else
		free(p);
	return 0;
}
C
cat >.gitagent <<'POLICY'
[gate "leaks"]
run = gcc -g -fsanitize=address leak.c -o leak && ./leak
[gate "found"]
run = gcc -g -fsanitize=address leak.c -o leak && ! ./leak x 2>said && grep "detected memory leaks" said
[gate "traced"]
run = strace -f -o log true && grep execve log
POLICY
git add leak.c && git commit -qam leak
exits 1 'without the key LeakSanitizer fails' git agent gate --trust
ok 'for it may not trace' grep -q 'LeakSanitizer has encountered a fatal error' -r .git/agent/gate
printf '[sandbox]\nptrace = true\n' | cat - .gitagent >with && mv with .gitagent && git commit -qam ptrace
exits 0 'with it leaks are found, and none where there is none; strace works' git agent gate --trust
exits 0 'a run has it too' git agent issue issue.md --simulate good --name traced --trust
is "$(record traced 'len([f for f in r["flags"] if "ptrace" in f])')" 0 'and nothing to be told'
run "$GIT_AGENT_BUILD/tests/h-deny" namespaces -- git agent issue issue.md --simulate good --name untraced --trust
is "$(record untraced '[f for f in r["flags"] if "ptrace" in f]')" "['sandbox.ptrace: without effect, since this machine gives no namespaces']" 'without namespaces it is without effect, and that is said'
exits 0 'and the box is shown with it' git agent issue issue.md --simulate good --dry-run --trust
says '^ptrace: yes' 'as part of it'

done_testing
