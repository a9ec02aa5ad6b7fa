/*
 * enclose: any command in the sandbox, for a person or a script: its terminal, descriptors, signals and exit code pass
 * through. In a repository the working tree may be written and the git directory may not (core/box_repo); elsewhere
 * nothing may be written but what is named, and the working directory may be read and run.
 */
#ifndef FLOW_ENCLOSE_H
#define FLOW_ENCLOSE_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/repo.h"

#include <stdbool.h>

/* As env(1) exits. */
enum enclose_code {
	ENCLOSE_FAILED = 125,  /* the sandbox itself */
	ENCLOSE_NOT_RUN = 126, /* found, but not to be run */
	ENCLOSE_NOT_FOUND = 127,
	ENCLOSE_SIGNALED = 128, /* and the signal's number */
};

struct enclose_options {
	struct vec read, write, exec; /* paths, from the working directory */
	struct vec env;               /* NAME, or NAME=value */
	struct vec hosts; /* that the network mode `proxy` lets through; some: that mode */
	const char *network, *level; /* words; NULL: none; the strongest the machine gives */
	const char *home;            /* a HOME that is kept; NULL: an empty one that goes away */
	bool dry_run, json;
};

/* `repo` NULL: there is none here. Returns the exit code. */
int enclose_run(const struct repo *repo, const struct enclose_options *o, const struct vec *argv,
	struct fault *why);

#endif
