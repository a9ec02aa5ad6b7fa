#include "core/policy_draft.h"
#include "base/alloc.h"
#include "core/policy.h"

static const char head[] =
	"# .gitagent: what a change must pass before `git agent` proposes it. INI; values are taken as written,\n"
	"# one per line. It is read from the commit a run starts at, so no agent can change it for itself.\n"
	"# gitagent(5) has every key.\n"
	"\n"
	"# The agent: a preset (codex, claude), or a command of your own.\n"
	"# [agent]\n"
	"# backend = codex\n"
	"# command = my-agent --print --prompt-file {prompt_file}\n";

static const char before_stages[] =
	"\n"
	"# The gate: every stage must pass. `run` is one line for sh -c, from the top of a fresh checkout; `evidence` marks\n"
	"# the stages that prove the code.\n";

static const char before_setup[] =
	"\n"
	"# What makes a fresh checkout ready, for the agent and for the gate.\n"
	"[worktree]\n";

static const char no_setup[] =
	"\n"
	"# What makes a fresh checkout ready, for the agent and for the gate.\n"
	"# [worktree]\n"
	"# setup = npm ci\n"
	"# copy = .env.example\n";

static const char before_evidence[] =
	"\n"
	"# Where the evidence stands: tests, fixtures, the configuration of linters. A change to it is told to the reviewer.\n"
	"[evidence]\n";

static const char before_protect[] =
	"\n"
	"# Branches no push may reach. A [protect] of your own replaces the built-in list:\n"
	"# [protect]\n"
	"# branches = ";

static const char tail[] =
	"\n"
	"\n"
	"# How long an agent may work, and how often it may try again on a red gate:\n"
	"# [limits]\n"
	"# wall = 30m\n"
	"# fixes = 2\n";

static void put_joined(struct buf *out, const struct vec *list)
{
	for (size_t i = 0; i < list->len; i++)
		buf_printf(out, "%s%s", i ? ", " : "", list->items[i]);
}

static void put_stage(struct buf *out, const struct detect_stage *s)
{
	buf_printf(out, "[gate \"%s\"]\nrun = %s\n", s->name, s->run);
	if (s->timeout)
		buf_printf(out, "timeout = %s\n", s->timeout);
	if (s->network)
		buf_printf(out, "network = %s\n", s->network);
	if (s->evidence)
		buf_puts(out, "evidence = true\n");
}

/* A list in the file replaces the built-in one, so that goes first. */
static void put_evidence(struct buf *out, const struct vec *builtin, const struct vec *more)
{
	buf_puts(out, before_evidence);
	buf_puts(out, "paths = ");
	put_joined(out, builtin);
	buf_puts(out, "\npaths = ");
	put_joined(out, more);
	buf_putc(out, '\n');
}

void policy_draft(const struct detect *d, struct buf *out)
{
	CLEANUP(policy_release) struct policy builtin;

	policy_init(&builtin);
	buf_puts(out, head);
	buf_puts(out, before_stages);
	for (size_t i = 0; i < d->len; i++)
		put_stage(out, &d->stages[i]);
	buf_puts(out, d->setup.len ? before_setup : no_setup);
	for (size_t i = 0; i < d->setup.len; i++)
		buf_printf(out, "setup = %s\n", d->setup.items[i]);
	if (d->evidence_paths.len)
		put_evidence(out, &builtin.evidence_paths, &d->evidence_paths);
	buf_puts(out, before_protect);
	put_joined(out, &builtin.branches);
	buf_puts(out, tail);
}
