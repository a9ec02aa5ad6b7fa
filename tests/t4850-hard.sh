#!/bin/bash
# Full disks, a git directory that cannot be written, clocks that jump, a machine that slept: nothing that was reported is lost.
# shellcheck disable=SC2016,SC2030,SC2031  # dollars in single quotes are for the agent
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-survive.sh"

start_repo repo
agent <<<'echo x >x'
exits 0 'a proposal' git agent issue issue.md --name before
proposal=$(git rev-parse agent/before)

# whole: what stood before still does.
whole() {
	is "$(git rev-parse agent/before)" "$proposal" "$1: the proposal from before is there"
	is "$(state before)" proposed "$1: its record too"
	ok "$1: git fsck is content" git fsck --strict --no-dangling
}

# --- no room for git's directory: a file system of its own, as full as can be
mkdir "$SCRATCH/small"
if mount -t tmpfs -o size=3m tmpfs "$SCRATCH/small" 2>/dev/null; then
	trap 'code=$?; umount -l "$SCRATCH/small" 2>/dev/null; chmod -R u+rwX "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"; exit $code' EXIT
	git clone -q "$SCRATCH/repo" "$SCRATCH/small/repo"
	cd "$SCRATCH/small/repo" || exit 1
	git config agent.limits.disk 1m
	git agent trust --yes >/dev/null 2>&1
	exits 0 'on a small disk: a proposal' git agent issue issue.md --name before
	proposal=$(git rev-parse agent/before)
	for left in 0 4 16 64; do
		# All but so many KiB are taken.
		rm -f ../filler
		free=$(df --output=avail -k . | tail -1)
		head -c $(((free - left) * 1024)) /dev/zero >../filler 2>/dev/null
		run git agent issue issue.md --name "full-$left"
		# With a little room it may be enough for all of it.
		[ "$left" -ge 16 ] || ok "$left KiB left: it is no success" [ "$status" != 0 ]
		[ "$status" = 0 ] || is "$(grep -cE '^(fatal|error): ' "$SCRATCH/err")" 1 "$left KiB left: one line says why"
		exits 0 "$left KiB left: status works" git agent status --all
		rm -f ../filler
		whole "$left KiB left"
		if [ -e ".git/agent/runs/full-$left" ]; then
			run git agent resume "full-$left"
			[ "$status" = 0 ] || run git agent drop "full-$left"
			is "$status" 0 "$left KiB left: with room again the run goes on, or away"
		fi
		run git agent drop --branch "full-$left"
		is "$(git for-each-ref "refs/agent/*/full-$left")" '' "$left KiB left: nothing stays of it"
	done
	# Full while it works.
	agent <<'AGENT'
cat >/dev/null
echo started
while [ ! -e go ]; do sleep 0.05; done
rm go && echo x >x
AGENT
	start midway
	ok 'one is at work' until_there 20 log_has midway agent-1.log started
	cat /dev/zero >../filler 2>/dev/null
	touch "$(work_of midway)/tree/go"
	wait "$pid"
	code=$?
	ok "it cannot be written down ($code)" [ "$code" != 0 ]
	rm -f ../filler
	ok 'the run is known' grep -qE 'interrupted|failed' <<<"$(state midway)"
	ok 'every line of its events is whole' eval 'while read -r line; do json "r[\"to\"]" <<<"$line" >/dev/null || exit 1; done <.git/agent/runs/midway/events.ndjson'
	agent <<<'echo x >x'
	exits 0 'and goes on where there is room again' git agent resume midway
	whole 'full midway'
	cd "$SCRATCH/repo" || exit 1
	proposal=$(git rev-parse agent/before)
	umount "$SCRATCH/small"
else
	ok 'a tmpfs can be mounted (or this is not root)' [ "$(id -u)" != 0 ]
fi

# --- a git directory that cannot be written
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	read_only() { unshare -m sh -c 'mount --bind .git .git && mount -o remount,bind,ro .git && exec "$@"' sh "$@"; }
else
	read_only() {
		local code=0

		chmod -R a-w .git
		"$@" || code=$?
		chmod -R u+w .git
		return $code
	}
fi
agent <<<'echo x >x'
run read_only git agent issue issue.md --name read-only
hinted 128 'cannot|read-only|Read-only|denied' 'a run'
ok 'no trace of it' [ ! -e .git/agent/runs/read-only ]
is "$(find "$WORK_ROOT" -name read-only)" '' 'nor of a checkout'
exits 0 'status reads' read_only git agent status --all
says 'before' 'what there is'
exits 0 'one run' read_only git agent status before
exits 0 'log' read_only git agent log before
run read_only git agent drop before
ok "drop is no success ($status)" [ "$status" != 0 ]
run read_only git agent revise before -m words
ok "nor is revise ($status)" [ "$status" != 0 ]
whole 'read-only'

# --- clocks: what is late by the clock on the wall is none the less the latest
exits 0 'a run' git agent issue issue.md --name today
for name in today before; do
	edit_record $name 'r["started"] = r["started"].replace("20", "29", 1); r["finished"] = r["finished"].replace("20", "29", 1)'
done
exits 0 'records from the future' git agent status --all --json
exits 0 'are listed' git agent status --all
exits 0 'and a run after them ends well' git agent issue issue.md --name after
exits 0 'nothing of the future is pruned' git agent status --prune --older-than 1d
is "$(state today)" proposed 'by its age'
agent <<'AGENT'
cat >/dev/null
echo started
for ((i = 0; i < 100; i++)); do [ ! -e go ] || break; sleep 0.05; done
echo x >x
AGENT
# A clock that is set back an hour in the middle: a library answers for it.
cat >"$SCRATCH/back.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static long back(void) { return access(getenv("CLOCK_BACK"), F_OK) ? 0 : 3600; }
time_t time(time_t *out)
{
	struct timespec now;
	time_t t;
	((int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime"))(CLOCK_REALTIME, &now);
	t = now.tv_sec - back();
	if (out)
		*out = t;
	return t;
}
C
ok 'a clock to be set' cc -shared -fPIC -o "$SCRATCH/back.so" "$SCRATCH/back.c" -ldl
CLOCK_BACK=$SCRATCH/is-back ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 LD_PRELOAD=$SCRATCH/back.so start jumps
ok 'one is at work' until_there 20 log_has jumps agent-1.log started
touch "$SCRATCH/is-back" "$(work_of jumps)/tree/go"
wait "$pid"
is $? 0 'a run whose clock is set back ends well'
ok 'its events tell of it' eval 'head -1 .git/agent/runs/jumps/events.ndjson >"$SCRATCH/first"; tail -1 .git/agent/runs/jumps/events.ndjson >"$SCRATCH/last"; [ "$(json "r[\"time\"]" <"$SCRATCH/first")" \> "$(json "r[\"time\"]" <"$SCRATCH/last")" ]'
ok 'its durations do not' [ "$(record jumps 'r["passes"][0]["seconds"] >= 0')" = True ]
exits 0 'status shows it' git agent status jumps
exits 0 'and log' git agent log jumps
rm "$SCRATCH/is-back"

# --- the end of a file that a machine's reset tore
printf '{"time":"2026-01-01T00:0' >>.git/agent/runs/after/events.ndjson
cp .git/agent/runs/after/events.ndjson "$SCRATCH/torn"
agent <<<'echo y >y'
exits 0 'a record whose events are torn' git agent revise after -m words
says "^warning: run 'after': the last line of its events was cut off" 'is mended, and it is said'
is "$(grep -c 'was cut off' "$SCRATCH/err")" 1 'once'
is "$(head -n "$(wc -l <"$SCRATCH/torn")" .git/agent/runs/after/events.ndjson)" "$(head -n "$(wc -l <"$SCRATCH/torn")" "$SCRATCH/torn")" \
	'no other line is lost'
ok 'every line is whole' eval '! grep -v "^{.*}$" .git/agent/runs/after/events.ndjson'
is "$(cat .git/agent/runs/after/events.torn)" '{"time":"2026-01-01T00:0' 'what was torn is kept aside'
printf 'rubbish' >>.git/agent/runs/index.ndjson
exits 0 'an index that is torn' git agent status --all --json
is "$(json 'len(r["runs"])' <"$SCRATCH/out")" "$(find .git/agent/runs -mindepth 1 -maxdepth 1 -type d | wc -l)" 'is made anew'

# --- killed, again and again, and taken up each time
agent <<'AGENT'
cat >/dev/null
echo line >>lines
echo started
[ "$(wc -l <lines)" -ge 5 ] || sleep 100
AGENT
cut_off often agent-1.log started
for n in 2 3 4; do
	git agent resume often >"$SCRATCH/often.out" 2>&1 </dev/null &
	pid=$!
	ok "the $n. time" until_there 20 log_has often "agent-$n.log" started
	kill_run often
	wait "$pid" 2>/dev/null
done
exits 0 'killed four times, it ends well' git agent resume often
is "$(git show agent/often:lines | wc -l)" 5 'with what each go left'
is "$(record often 'len(r["passes"])')" 5 'all of them in the record'
is "$(user_state)" "$before" 'the checkout is as it was'
ok 'git fsck is content' git fsck --strict --no-dangling
done_testing
