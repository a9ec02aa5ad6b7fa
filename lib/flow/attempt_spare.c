/* What a run leaves for the next one: the checkout that begins with. */
#include "base/alloc.h"
#include "core/spare.h"
#include "flow/attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NICENESS 10 /* behind whatever else is at work */

/* Nothing of the run may last longer for it: no lock or place is held, and no pipe of whoever reads what was printed. */
static void let_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
}

/* It is nobody's child: whoever started the run does not wait for it. */
static void make(struct attempt *a)
{
	struct fault ignored = FAULT_INIT;

	if (fork())
		_exit(0);
	let_go();
	if (nice(NICENESS) != -1)
		spare_make(a->repo, &a->policy, a->run.base_oid, &ignored);
	repo_rest(a->repo);
	_exit(0);
}

void attempt_leave_spare(struct attempt *a)
{
	struct fault ignored = FAULT_INIT;
	pid_t pid;

	if (!a->checkout.path || proc_stop_requested() || !spare_wanted(a->repo, &a->policy))
		return;
	repo_rest(a->repo);
	pid = proc_background(&ignored);
	if (!pid)
		make(a);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
