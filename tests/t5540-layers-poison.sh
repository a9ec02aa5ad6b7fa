#!/bin/bash
# What setup makes of an agent's commit, or of a stranger's, is for that commit alone: another with the same lock file, but not the
# same scripts, never gets it.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-layers.sh"
needs_sandbox
form full

# The script that setup runs is in the commit, and is no lock file.
write_setup() { printf 'mkdir -p node_modules && echo %s >node_modules/dep\n' "$1" >setup.sh; }
layered 'sh setup.sh' 'cat node_modules/dep'
write_setup good
commit_all script

# --- an agent changes the lock file, and on the way what setup leaves
agent <<'AGENT'
echo '{"lock": 2}' >package-lock.json
printf 'mkdir -p node_modules && echo evil >node_modules/dep\n' >setup.sh
AGENT
exits 0 'a change of the lock file and of a script' git agent issue issue.md --name first
is "$(stage_log first)" evil 'control: its own gate has what its script makes'
echo '{"lock": 2}' >package-lock.json && commit_all 'the same lock file, by a person'
agent <<<'cp node_modules/dep seen; echo work >file'
exits 0 'another run, on that lock file' git agent issue issue.md --name second
is "$(git show agent/second:seen)" good 'its agent has what the base makes'
is "$(stage_log second)" good 'and so has its gate'

# --- the same by a revision of a stranger's that a person has judged
git checkout -q -b stranger && echo '{"lock": 3}' >package-lock.json && write_setup evil && commit_all stranger
git checkout -q main
exits 0 'a revision is judged' git agent gate stranger --trust
echo '{"lock": 3}' >package-lock.json && commit_all 'that lock file, by a person'
exits 0 'a run on that lock file' git agent issue issue.md --name third
is "$(git show agent/third:seen)" good 'its agent has what the base makes'
is "$(stage_log third)" good 'and so has its gate'

# --- and what is a person's own is shared as ever
before=$(layers)
exits 0 'the gate by hand' git agent gate
is "$(layers)" "$before" 'uses what the run has made'

done_testing
