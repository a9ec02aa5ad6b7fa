#include "port/proc.h"
#include "port/proc_private.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t stops;
static volatile sig_atomic_t wake_fd = -1;

static void on_stop(int sig)
{
	int error = errno;
	uint64_t one = 1;

	(void)sig;
	stops = stops + 1;
	if (wake_fd >= 0 && write(wake_fd, &one, sizeof one) < 0)
		errno = error;
	errno = error;
}

/* A signal that is ignored from the start (nohup, a shell's background job) stays so. */
static void catch_signal(int sig)
{
	struct sigaction action = {.sa_handler = on_stop}, before;

	if (sigaction(sig, NULL, &before) == 0 && before.sa_handler == SIG_IGN && sig != SIGTERM)
		return;
	sigfillset(&action.sa_mask);
	sigaction(sig, &action, NULL);
}

void proc_catch_signals(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	if (wake_fd < 0)
		wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	catch_signal(SIGINT);
	catch_signal(SIGTERM);
	catch_signal(SIGHUP);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool proc_stop_requested(void)
{
	return stops > 0;
}

unsigned stop_count(void)
{
	return (unsigned)stops;
}

int stop_fd(void)
{
	return wake_fd;
}

void stop_seen(void)
{
	uint64_t count;

	if (wake_fd >= 0 && read(wake_fd, &count, sizeof count) < 0)
		return; /* nothing was there to be seen */
}

void stop_renew(void)
{
	if (wake_fd < 0)
		return;
	close(wake_fd);
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}
