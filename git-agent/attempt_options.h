/*
 * attempt_options: the options that `issue` and `try` share, as rows of their tables, into a struct attempt_options.
 */
#ifndef GIT_AGENT_ATTEMPT_OPTIONS_H
#define GIT_AGENT_ATTEMPT_OPTIONS_H

#include "base/opt.h"

#include <stddef.h>

static const char *const sandbox_levels[] = {"none", "external", "partial", "full", NULL};

#define ATTEMPT_OPTIONS(o)                                                                         \
	{OPT_STRING, 0, "base", &(o).base, "rev",                                                  \
		"start from this commit (agent.base, else HEAD)", NULL, COMPLETE_REV},             \
		{OPT_STRING, 0, "name", &(o).name, "slug",                                         \
			"name the run, and its branch agent/<slug>", NULL, COMPLETE_NOTHING},      \
		{OPT_FLAG, 0, "keep", &(o).keep, NULL, "keep the checkout of a proposal too",      \
			NULL, COMPLETE_NOTHING},                                                   \
		{OPT_CHOICE, 0, "sandbox", &(o).level, "level", "least sandbox level to accept",   \
			sandbox_levels, COMPLETE_NOTHING},                                         \
		{OPT_FLAG, 0, "no-cache", &(o).no_cache, NULL, "judge anew, whatever is known",    \
			NULL, COMPLETE_NOTHING},                                                   \
		{OPT_LIST, 0, "allow-path", &(o).allow, "glob",                                    \
			"allow a change to these protected paths", NULL, COMPLETE_FILE},           \
		{OPT_FLAG, 0, "no-wait", &(o).no_wait, NULL, "do not wait in line for other runs", \
			NULL, COMPLETE_NOTHING},                                                   \
	{                                                                                          \
		OPT_FLAG, 0, "trust", &(o).trust, NULL, "approve the policy's commands", NULL,     \
			COMPLETE_NOTHING                                                           \
	}

#endif
