/*
 * serve: `git agent guard server`: the hooks of a repository that others push to, installed and looked at.
 */
#ifndef FLOW_SERVE_H
#define FLOW_SERVE_H

#include "base/fault.h"

#include <stdbool.h>

struct serve_options {
	const char *kind; /* of hook_server_names; NULL: what the repository's directories say */
	const char *dir;  /* the repository; NULL: the one around the working directory */
	bool update;      /* the hook `update` instead of pre-receive */
	bool dry_run;
	bool json;
};

/* Prints what it did. */
int serve_install(const struct serve_options *options, struct fault *why);

/* Prints what holds there. EXIT_REFUSED where no hook of ours is live. */
int serve_check(const struct serve_options *options, struct fault *why);

#endif
