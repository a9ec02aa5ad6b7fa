/*
 * agent: which program edits the files, how it is given its prompt, and what of the person's own it works with. A preset
 * is a row in share/agents/<name>.ini (share/agents/README.md tells its keys); AGENT_CMD and the policy's `command` are
 * templates split into words without a shell.
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
	struct vec boxed, unboxed; /* added at the end where a box holds it, and where none does */
	struct vec model_words;    /* added at the end when a model is chosen */
	struct vec pass;           /* variables it gets from the launching environment */
	struct vec keys;  /* the same, but each that is set logs it in: no login file comes along */
	struct vec set;   /* "NAME=value": variables that are always so */
	struct vec reads; /* conventions files it reads by itself */
	struct vec
		login; /* files it logs in with, and paths it may read and run from: as core/grant.h takes them */
	struct vec read;
	struct vec hosts; /* that it cannot work without, as in port/proxy_hosts.h */
	char *settings; /* a file with what it is set to, and the keys that come along: core/settings.h; NULL: none */
	struct vec carry;
	struct vec
		served; /* keys of the settings, and $VARIABLES, with the URLs its model is served at */
	char *moved; /* "CODEX_HOME: ~/.codex": the variable that moves a directory of the person's; NULL: none */
	char *login_command; /* what a person types to log it in; NULL: not known */
	char *failure; /* a pattern (port/match.h) of the last line an agent prints that has failed, whatever its exit status */
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

/* The variable of its keys that is set and not empty; NULL: none. */
const char *agent_key(const struct agent *a);

/* The command line for one pass, in a box or not. true: the prompt is named in it; false: it goes to standard input. */
bool agent_command(const struct agent *a, bool boxed, const char *prompt_file, struct vec *argv);

/* The network mode of its box, by agent.network: `auto` is the proxy where its preset names its hosts, else open. */
enum sandbox_network agent_mode(const struct agent *a, const struct policy *p);

/* Pushes what the proxy lets through for it: its own hosts and sandbox.hosts. */
void agent_hosts(const struct agent *a, const struct policy *p, struct vec *hosts);

#endif
