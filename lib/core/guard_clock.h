/*
 * guard_clock: the hard end of a hook's time. What looks at a push watches the clock by itself and refuses with its reason; whatever
 * does not come to look at it, in one long text or one expression, is ended from outside, and that is a refusal too.
 */
#ifndef CORE_GUARD_CLOCK_H
#define CORE_GUARD_CLOCK_H

#include <stdint.h>

/*
 * A little after `end_ms` (clock_now_ms; 0: never) this process says on standard error that the push is refused, and exits with
 * EXIT_RED; what it has started dies with it. Takes the place of the end that was set before.
 */
void guard_clock_set(int64_t end_ms);

#endif
