/*
 * login: the files an agent logs in with, shared with its box while it runs. A copy of each lies at the same place below the
 * box's HOME. What either side writes is carried to the other, so that a token which the agent refreshes is the person's, and
 * that of another run, a moment later; a copy that nobody carries back would end in a login that no longer works.
 *
 *  - The newer of two that differ wins; of two as old, the person's.
 *  - What an agent writes is data: a regular file, not empty, at most 1 MiB; JSON where it is called so, with every member
 *    that the person's has. Anything else stays where it is, and the person's file as it was.
 *  - An agent can refresh a login, not make or remove one: a file of the person's that is not there is not made, and one that
 *    goes (a logout) takes the copy with it.
 *  - Each side is replaced atomically, with its mode and owner, links resolved, under a lock per file that every run takes.
 */
#ifndef CORE_LOGIN_H
#define CORE_LOGIN_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/agent.h"

struct logins {
	struct login_file *items;
	size_t len, cap;
};

#define LOGINS_INIT        \
	{                  \
		NULL, 0, 0 \
	}

/* Copies each login file the agent has into `home`. None where a variable of its keys logs it in (agent_key). */
int logins_open(struct logins *l, const struct agent *a, const char *home, struct fault *why);

/* Carries over what has changed; to be called again and again. Cheap where nothing has. */
void logins_carry(struct logins *l);

/*
 * Carries over for the last time and removes the copies: every process of the box has ended. Pushes a line for each file of
 * the agent's that was not taken over, and why.
 */
void logins_close(struct logins *l, struct vec *notes);

/* Frees; copies that are still there go, without being carried over. For CLEANUP. */
void logins_release(struct logins *l);

/* Pushes each file of the agent's that the person does not have, as it is written in the preset. */
void logins_missing(const struct agent *a, struct vec *out);

#endif
