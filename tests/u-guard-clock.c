#include "core/guard_clock.h"
#include "port/clock.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a process that never ends by itself says and comes to, whose time was set so. */
static int end_of(int64_t first, int64_t second, char *said, size_t size)
{
	int ends[2], status = -1;
	ssize_t got, len = 0;
	pid_t pid;

	if (pipe(ends) || (pid = fork()) < 0)
		return -1;
	if (!pid) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		guard_clock_set(first);
		guard_clock_set(second);
		/* With neither it ends here; with one it is ended before. */
		for (int64_t until = clock_now_ms() + 30000; second && clock_now_ms() < until;)
			;
		usleep(second ? 0 : 1500000);
		_exit(7);
	}
	close(ends[1]);
	while ((got = read(ends[0], said + len, size - 1 - (size_t)len)) > 0)
		len += got;
	said[len] = '\0';
	close(ends[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void)
{
	char said[1024];

	ok(end_of(0, clock_now_ms() - 5, said, sizeof said) == 1, "past its end: a refusal");
	ok(strstr(said, "error: push refused: ") == said, "which says what it is");
	ok(strstr(said, "hint: ") && strstr(said, "agent.push.budget"), "and how to allow more");
	ok(end_of(clock_now_ms() - 5, 0, said, sizeof said) == 7, "no limit takes the limit away");
	is(said, "", "and nothing is said");
	return tap_done();
}
