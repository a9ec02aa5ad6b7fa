/*
 * agent_own: what of the person's own an agent's box gets to see: the paths under `read`. What it logs in with is core/login's,
 * what it is set to core/settings'.
 */
#ifndef CORE_AGENT_OWN_H
#define CORE_AGENT_OWN_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/agent.h"
#include "port/sandbox.h"

/*
 * Refuses an agent whose `read` or `login` opens what none may see (grant_allow with `closed`), or whose login is no file below
 * the person's HOME. One that is not there is fine.
 */
int agent_own_check(const struct agent *a, const struct vec *closed, struct fault *why);

/*
 * Adds the paths it may read and run from to the box. What of them lies below the person's HOME is found below the box's HOME,
 * box->home, too: by a link, where nothing is in its place.
 */
int agent_own_read(const struct agent *a, struct box *box, struct fault *why);

#endif
