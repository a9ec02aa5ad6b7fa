#include "flow/background.h"
#include "base/alloc.h"
#include "base/term.h"
#include "port/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The child: its own record first, so that nobody sees a run without an owner, then its own log for a terminal. */
static int settle(struct attempt *a, int log_fd, int ready_fd, struct fault *why)
{
	proc_owner_self(&a->run.owner);
	if (store_save(a->store, &a->run, why) < 0)
		return -1;
	if (dup2(log_fd, STDOUT_FILENO) < 0 || dup2(log_fd, STDERR_FILENO) < 0)
		return fault_errno(why, "cannot write the run's own log");
	return fs_write_fd(ready_fd, "", 1) < 0
		       ? fault_errno(why, "cannot tell that the run goes on")
		       : 0;
}

int background_go(struct attempt *a, struct fault *why)
{
	CLEANUP(str_free) char *log = store_path(a->store, a->run.id, "supervisor.log");
	CLEANUP(fd_close) int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	CLEANUP(fd_close) int from = -1;
	CLEANUP(fd_close) int to = -1;
	int ends[2];
	char ready;
	ssize_t got;
	pid_t pid;

	if (fd < 0)
		return fault_errno(why, "cannot write '%s'", log);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault_errno(why, "cannot make a pipe");
	/* What git was asked, and the git that reads, are this process's children. */
	attempt_announce(a);
	repo_rest(a->repo);
	from = ends[0];
	to = ends[1];
	pid = proc_background(why);
	if (pid < 0)
		return -1;
	if (!pid)
		return settle(a, fd, to, why);
	fd_close(&to);
	do
		got = read(from, &ready, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		return fault_set(why, EXIT_FATAL,
			"the run could not go on in the background: see '%s'", log);
	term_outf("run %s goes on in the background: git agent log -f %s\n", a->run.id, a->run.id);
	return 1;
}
