#include "core/guard_clock.h"

#include "base/fault.h"
#include "port/clock.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#define GRACE_MS 1000 /* in which the refusal that knows more may still come */

/* In a handler: nothing but what signal-safety(7) lists. */
static void refuse(int signal)
{
	static const char text[] =
		"error: push refused: looking at this push takes longer than its time allows\n"
		"hint: push it in parts, or allow more time: git config agent.push.budget <duration>\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);

	(void)signal;
	(void)ignored;
	_exit(EXIT_RED);
}

void guard_clock_set(int64_t end_ms)
{
	struct sigaction action = {.sa_handler = refuse};
	struct itimerval after = {{0, 0}, {0, 0}};
	int64_t left = end_ms - clock_now_ms();

	if (end_ms) {
		left = (left > 0 ? left : 0) + GRACE_MS;
		after.it_value.tv_sec = (time_t)(left / 1000);
		after.it_value.tv_usec = (suseconds_t)(left % 1000 * 1000);
		sigemptyset(&action.sa_mask);
		sigaction(SIGALRM, &action, NULL);
	}
	setitimer(ITIMER_REAL, &after, NULL);
}
