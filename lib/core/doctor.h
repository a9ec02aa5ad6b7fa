/*
 * doctor: what is well, weak or broken about this machine and this repository, and the command that mends it. Each check
 * is a small function in one of the tables below; it adds a finding for whatever it looked at, or none where there
 * is nothing to look at. Nothing is changed, and nobody is asked.
 */
#ifndef CORE_DOCTOR_H
#define CORE_DOCTOR_H

#include "base/fault.h"
#include "core/policy.h"
#include "core/store.h"
#include "port/json.h"
#include "port/repo.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_VERSION 1

enum health {
	HEALTH_OK,
	HEALTH_WEAK,   /* works, or may work; less than it could */
	HEALTH_BROKEN, /* does not work */
	HEALTH_STATES,
};

struct finding {
	char *name; /* of the check, with its subject where there are several: "gate tests", "remote origin" */
	enum health health;
	char *found; /* one line */
	char *mend;  /* what to type, or where to look; NULL: nothing to do */
};

struct doctor {
	struct repo *repo; /* NULL: there is none here; the caller's */
	struct store store;
	char head[OID_MAX];   /* "": no commit yet */
	struct policy policy; /* in force for HEAD; the built-in one where there is none */
	struct fault
		policy_fault; /* why that could not be read; EXIT_DONE: it was, or there is no HEAD */
	enum sandbox_level level; /* that runs get here */
	int64_t timeout_ms;       /* for a remote */
	struct finding *items;
	size_t len, cap;
};

/* `repo` NULL: there is none. Reads the policy. */
void doctor_init(struct doctor *d, struct repo *repo, int64_t timeout_ms);
void doctor_release(struct doctor *d);

struct check {
	const char *name; /* NULL ends a table */
	void (*look)(struct doctor *d, const char *name);
};

extern const struct check doctor_machine[]; /* anywhere; the others need a repository */
extern const struct check doctor_policy[], doctor_work[], doctor_remotes[];

/* Adds a finding. Texts may hold what comes from outside: they are cleaned, and made one line. */
void doctor_find(struct doctor *d, enum health health, const char *name, const char *fmt, ...)
	PRINTF(4, 5);

/* What mends the last one. */
void doctor_mend(struct doctor *d, const char *fmt, ...) PRINTF(2, 3);

/* A fault as a finding: its message, and its hint as what mends it. */
void doctor_fault(
	struct doctor *d, enum health health, const char *name, const struct fault *fault);

const char *health_name(enum health health);
size_t doctor_count(const struct doctor *d, enum health health);

/* As share/schema/doctor.json; the caller frees. */
struct json *doctor_to_json(const struct doctor *d);

#endif
