/*
 * guard_server: what a server refuses of a push, whoever sends it and whatever the client has installed: pre-receive and update
 * hooks. Fails closed, and is safe on what a hostile client sends: nothing of it is run or used as a name of anything but a ref,
 * every call of git ends with the push's time, and memory is limited.
 *
 * A protected branch is moved by nobody but those in agent.server.allow, and by the forge when it merges (agent.server.merge);
 * where agent.protect.from is `agents`, by everybody. A commit with an Agent-Run trailer never becomes a step of
 * such a branch: only a person's merge brings it in. Git config is the server's own: a push cannot change it, and
 * the policy is read from HEAD as it was before the push.
 */
#ifndef CORE_GUARD_SERVER_H
#define CORE_GUARD_SERVER_H

#include "base/fault.h"
#include "core/guard_push.h"

/* Judges push->updates as guard_push_check does. */
int guard_server_check(struct guard_push *push, struct fault *why);

/*
 * The whole of a hook: `input` is what pre-receive reads, a line per ref. EXIT_DONE, or EXIT_RED with what to say of it in *text.
 * This process and what it starts is confined from here on.
 */
int guard_server_judge(const struct buf *input, struct buf *text);

/* Limits this process and those it starts, so that no push takes more: memory, processor time, no core files. */
int guard_server_confine(struct fault *why);

#endif
