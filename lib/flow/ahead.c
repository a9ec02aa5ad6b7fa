#include "flow/ahead.h"
#include "core/spare.h"
#include "port/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NICENESS 10 /* behind whatever else is at work */

/* Nothing lasts longer for it: no lock or place is held, and no pipe of whoever reads what was printed. */
static void let_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
}

static void make(struct repo *repo, const struct policy *p, const char *commit)
{
	struct fault ignored = FAULT_INIT;

	if (fork())
		_exit(0);
	let_go();
	if (nice(NICENESS) != -1)
		spare_make(repo, p, commit, &ignored);
	repo_rest(repo);
	_exit(0);
}

void ahead_make_spare(struct repo *repo, const struct policy *p, const char *commit)
{
	struct fault ignored = FAULT_INIT;
	pid_t pid;

	if (proc_stop_requested() || !spare_wanted(repo, p))
		return;
	repo_rest(repo);
	pid = proc_background(&ignored);
	if (!pid)
		make(repo, p, commit);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
