#include "core/hook_chain.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "port/proc.h"

#include <limits.h>
#include <unistd.h>

/* Not from argv: whatever name a hook is called by, its neighbours are where its file is. */
static int beside_us(const char *hook, char **out, struct fault *why)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	CLEANUP(str_free) char *dir = NULL;
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);

	if (len < 0)
		return fault_errno(why, "cannot tell where this hook lies");
	exe[len] = '\0';
	dir = fs_dirname(exe);
	buf_printf(&name, "%s" HOOK_BEFORE, hook);
	*out = fs_join(dir, name.data);
	return 0;
}

int hook_chain(const char *hook, char *const *args, const void *input, size_t len, int *code,
	struct fault *why)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(str_free) char *path = NULL;
	CLEANUP(vec_release) struct vec argv = VEC_INIT;
	CLEANUP(proc_free) struct proc *child = NULL;

	if (beside_us(hook, &path, why) || !path)
		return -1;
	if (access(path, X_OK) != 0)
		return 1;
	vec_push(&argv, path);
	vec_push_all(&argv, (const char *const *)args);
	spec.argv = (const char *const *)argv.items;
	spec.input = input;
	spec.input_len = len;
	spec.in_fd = STDIN_FILENO;
	spec.out_fd = STDOUT_FILENO;
	spec.err_fd = PROC_INHERIT;
	spec.terminal = true; /* it may ask the person something */
	if (proc_run(&spec, &child, why))
		return fault_wrap(why, "the hook '%s'", path);
	if (child->end == PROC_EXITED) {
		*code = child->code;
	} else if (child->end == PROC_SIGNALED) {
		*code = 128 + child->code;
	} else {
		CLEANUP(buf_release) struct buf how = BUF_INIT;

		proc_describe(child, &how);
		return fault_set(why, EXIT_FATAL, "the hook '%s' %s", path, how.data);
	}
	return 0;
}
