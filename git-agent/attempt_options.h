/*
 * attempt_options: the options that commands which make or take up a run share, as rows of their tables.
 */
#ifndef GIT_AGENT_ATTEMPT_OPTIONS_H
#define GIT_AGENT_ATTEMPT_OPTIONS_H

#include "base/opt.h"

#include <stddef.h>

static const char *const sandbox_levels[] = {"none", "external", "partial", "full", NULL};

/* Into a struct agent_choice. */
#define AGENT_OPTIONS(o)                                                                       \
	{OPT_STRING, 0, "agent", &(o).name, "name", "the agent to use, a preset's name", NULL, \
		COMPLETE_NOTHING},                                                             \
	{                                                                                      \
		OPT_STRING, 0, "model", &(o).model, "model", "the model the agent is to use",  \
			NULL, COMPLETE_NOTHING                                                 \
	}

#define DETACH_OPTION(flag)                                                            \
	{                                                                              \
		OPT_FLAG, 0, "detach", &(flag), NULL, "go on in the background", NULL, \
			COMPLETE_NOTHING                                               \
	}

#define DRY_RUN_OPTION(flag)                                                          \
	{                                                                             \
		OPT_FLAG, 'n', "dry-run", &(flag), NULL,                              \
			"print policy, sandbox, agent and prompt, run nothing", NULL, \
			COMPLETE_NOTHING                                              \
	}

/* Of what was made before and goes on, into its options. */
#define GO_ON_OPTIONS(o)                                                                           \
	DETACH_OPTION((o).detach),                                                                 \
		{OPT_FLAG, 0, "no-wait", &(o).no_wait, NULL, "do not wait in line for other runs", \
			NULL, COMPLETE_NOTHING},                                                   \
	{                                                                                          \
		OPT_FLAG, 0, "trust", &(o).trust, NULL, "approve the policy's commands", NULL,     \
			COMPLETE_NOTHING                                                           \
	}

/* Into a struct attempt_options. */
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
