/*
 * asked: what a person asked of a run, kept in its directory so that the run can be taken up again: the brief as issue.md,
 * the options as request.json.
 */
#ifndef FLOW_ASKED_H
#define FLOW_ASKED_H

#include "base/fault.h"
#include "core/agent.h"
#include "core/brief.h"
#include "flow/attempt.h"
#include "port/json.h"

struct asked {
	struct attempt_options options; /* strings borrowed from `json` */
	struct agent_choice agent;
	struct brief brief;   /* text NULL: there is none, as for try */
	const char *revision; /* that is tried; NULL: it is a patch, or there is a brief */
	struct json *json;
};

/* Writes both, durably; `brief` NULL: there is none, but a `revision`, or, where that is NULL too, a patch that the caller keeps. */
int asked_save(const struct attempt *a, const struct agent_choice *agent, const struct brief *brief,
	const char *revision, struct fault *why);

/* 1: there is none: the run was cut off before it was written, and has done nothing. */
int asked_read(struct asked *r, const struct store *store, const char *id, struct fault *why);
void asked_release(struct asked *r);

#endif
