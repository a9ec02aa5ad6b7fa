/*
 * agent: which program edits the files, and how it is given its prompt. A preset is a row in share/agents/<name>.ini;
 * AGENT_CMD and the policy's `command` are templates split into words without a shell.
 */
#ifndef CORE_AGENT_H
#define CORE_AGENT_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/policy.h"

#include <stdbool.h>

struct agent {
	char *name;       /* "claude", "my-agent", "simulate" */
	char *model;      /* NULL: its own default */
	struct vec words; /* the template; "{prompt_file}" and "{model}" stand for what they say */
	struct vec model_words; /* added at the end when a model is chosen */
	struct vec pass;        /* variables it gets from the launching environment */
	struct vec reads;       /* conventions files it reads by itself */
};

struct agent_choice {
	const char *name;     /* --agent; NULL: not given */
	const char *model;    /* --model; NULL: not given */
	const char *simulate; /* --simulate; NULL: a real agent */
};

void agent_init(struct agent *a);
void agent_release(struct agent *a);

/*
 * Finds it: --simulate, --agent, AGENT_CMD, then the policy's command or backend. None named, no such preset, or a
 * program that is not there: a fault of EXIT_AGENT with reason "not_found".
 */
int agent_find(struct agent *a, const struct agent_choice *choice, const struct policy *p,
	struct fault *why);

/* The command line for one pass. true: the prompt is named in it; false: it goes to standard input. */
bool agent_command(const struct agent *a, const char *prompt_file, struct vec *argv);

#endif
