#include "core/guard_git.h"

#include "base/alloc.h"
#include "port/clock.h"

#define OUTPUT_MAX (256 * 1024 * 1024) /* bytes */

const struct git_call guard_git_call = {.keep_env = true};

int guard_git_late(struct fault *why)
{
	fault_set(why, EXIT_REFUSED, "looking at this push takes longer than its time allows");
	fault_hint(why,
		"push it in parts, or allow more time: git config agent.push.budget <duration>");
	return fault_reason(why, GUARD_LATE);
}

static int start(const char *const *argv, const struct buf *input, int64_t end_ms, int err_fd,
	struct proc **out, struct fault *why)
{
	struct proc_spec spec = PROC_SPEC_INIT;

	if (end_ms) {
		spec.wall_ms = end_ms - clock_now_ms();
		if (spec.wall_ms <= 0)
			return guard_git_late(why);
	}
	spec.argv = argv;
	spec.input = input ? input->data : NULL;
	spec.input_len = input ? input->len : 0;
	spec.err_fd = err_fd;
	spec.capture = true;
	spec.output_max = OUTPUT_MAX;
	return proc_start(&spec, out, why);
}

int guard_git_start(const char *const *argv, const struct buf *input, int64_t end_ms,
	struct proc **out, struct fault *why)
{
	return start(argv, input, end_ms, PROC_INHERIT, out, why);
}

int guard_git_start_quiet(const char *const *argv, const struct buf *input, int64_t end_ms,
	struct proc **out, struct fault *why)
{
	return start(argv, input, end_ms, -1, out, why);
}

void guard_git_wait(struct proc **set, size_t count)
{
	for (size_t ended = 0; ended < count;)
		if (proc_poll(set, count, -1) >= 0)
			ended++;
}

int guard_git_end(const struct proc *child, const char *what, bool one, struct fault *why)
{
	CLEANUP(buf_release) struct buf how = BUF_INIT;

	if (child->end == PROC_EXITED && (child->code == 0 || (one && child->code == 1)))
		return child->code;
	if (child->end == PROC_TIMED_OUT)
		return guard_git_late(why);
	proc_describe(child, &how);
	return fault_set(why, EXIT_FATAL, "git %s %s", what, how.data);
}

int guard_git_run(const struct vec *argv, const struct buf *input, int64_t end_ms,
	struct proc **out, struct fault *why)
{
	if (guard_git_start((const char *const *)argv->items, input, end_ms, out, why))
		return -1;
	guard_git_wait(out, 1);
	return guard_git_end(*out, argv->items[1], false, why);
}
