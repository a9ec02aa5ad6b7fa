/*
 * pre-push: refuses pushes to protected branches and of the bookkeeping of runs. Arguments and input as in githooks(5);
 * what is decided, and how, is in core/guard_refs.h and core/guard_policy.h.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/guard_policy.h"
#include "core/guard_refs.h"
#include "core/hook_chain.h"
#include "port/gitdir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX (256 * 1024 * 1024) /* bytes: more than a million refs */
#define SHOWN_MAX 100                 /* bytes of a name in a message */

HOOK_MARK("pre-push");

struct push {
	const char *remote; /* its name; NULL: the push goes to a URL */
	struct guard_updates updates;
	struct guard_updates protected; /* those that go to protected branches */
	struct guard_updates own;       /* those below refs/agent/ */
};

static void push_release(struct push *p)
{
	guard_updates_release(&p->updates);
	guard_updates_release(&p->protected);
	guard_updates_release(&p->own);
}

/* git gives the URL twice where the push names no remote, and no remote's name holds a colon. */
static const char *remote_name(int argc, char **argv)
{
	if (argc < 3 || strcmp(argv[1], argv[2]) == 0 || strchr(argv[1], ':'))
		return NULL;
	return argv[1];
}

/* One line of a name from outside, safe for a terminal. */
static char *shown(const char *name, size_t len)
{
	CLEANUP(str_free) char *cut = xstrndup(name, len < SHOWN_MAX ? len : SHOWN_MAX);
	char *clean = text_cleaned(cut);

	for (char *c = clean; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = '?';
	return clean;
}

/* A URL may hold a password, so only the name of a remote is ever printed. */
static void put_remote(struct buf *out, const struct push *push, bool command)
{
	CLEANUP(str_free) char *name = NULL;

	if (!push->remote) {
		buf_puts(out, command ? "<remote>" : "the remote repository");
		return;
	}
	name = shown(push->remote, strlen(push->remote));
	if (command)
		text_put_shell_word(out, name);
	else
		buf_printf(out, "'%s'", name);
}

static void put_refused(
	struct buf *out, const struct push *push, const struct guard_updates *refused)
{
	CLEANUP(str_free) char *ref = shown(refused->items[0].ref, refused->items[0].ref_len);

	buf_printf(out, "error: push refused: '%s'", ref);
	if (refused->len > 1)
		buf_printf(out, " and %zu more", refused->len - 1);
	buf_puts(out, " on ");
	put_remote(out, push, false);
	buf_puts(out, refused->len > 1 ? " are " : " is ");
}

static int say(const struct buf *text)
{
	fs_write_fd(STDERR_FILENO, text->data, text->len);
	return EXIT_RED;
}

/* `because`: what makes it an agent's push; NULL: nobody may push there. */
static int refuse_protected(const struct push *push, const char *because)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	put_refused(&text, push, &push->protected);
	buf_printf(&text, "protected%s%s\n", because ? ", and " : "", because ? because : "");
	buf_puts(&text, "hint: push another branch and open a pull request: git push ");
	put_remote(&text, push, true);
	buf_puts(&text, " HEAD:refs/heads/<topic>\n");
	if (!because && !getenv("GIT_AGENT_RUN"))
		buf_puts(&text, "hint: to refuse only what agents push: "
				"git config agent.protect.from agents\n");
	return say(&text);
}

static int refuse_own(const struct push *push)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	put_refused(&text, push, &push->own);
	buf_puts(&text, "bookkeeping of runs, which stays in this repository\n"
			"hint: push a run's branch by its name: git push ");
	put_remote(&text, push, true);
	buf_puts(&text, " agent/<run>\n");
	return say(&text);
}

static int refuse_fault(const struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	buf_printf(&text, "error: push refused: cannot tell what is protected: %s", why->message);
	text_clean(&text);
	for (char *c = text.data; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	buf_putc(&text, '\n');
	return say(&text);
}

static void add(struct guard_updates *to, const struct guard_update *update)
{
	GROW(to->items, to->len, to->cap);
	to->items[to->len++] = *update;
}

static void judge(struct push *push, const struct vec *branches)
{
	for (size_t i = 0; i < push->updates.len; i++) {
		const struct guard_update *update = &push->updates.items[i];
		CLEANUP(str_free) char *ref = xstrndup(update->ref, update->ref_len);

		switch (guard_refs_judge(ref, branches)) {
		case GUARD_PASS:
			break;
		case GUARD_PROTECTED:
			add(&push->protected, update);
			break;
		case GUARD_OWN:
			add(&push->own, update);
			break;
		}
	}
}

/* Where only agents are held off protected branches. */
static int decide_agents(const struct push *push, struct fault *why)
{
	CLEANUP(buf_release) struct buf run = BUF_INIT;
	CLEANUP(buf_release) struct buf because = BUF_INIT;

	if (getenv("GIT_AGENT_RUN"))
		return refuse_protected(push, "this push comes from inside a run");
	int none = guard_agent_commits(
		push->protected.items, push->protected.len, push->remote, &run, why);

	if (none < 0)
		return refuse_fault(why);
	if (none)
		return EXIT_DONE;
	CLEANUP(str_free) char *name = shown(run.data, run.len);

	buf_printf(&because, "this push brings an agent's commit (%s)", name);
	return refuse_protected(push, because.data);
}

static int decide(struct push *push, const struct buf *input, struct fault *why)
{
	CLEANUP(gitdir_release) struct gitdir dir = GITDIR_INIT;
	CLEANUP(guard_policy_release) struct guard_policy policy = GUARD_POLICY_INIT;

	if (guard_refs_parse(input->data, input->len, &push->updates, why))
		return refuse_fault(why);
	if (push->updates.len == 0)
		return EXIT_DONE;
	if (gitdir_find(&dir, why) || guard_policy_read(&policy, &dir, push->remote, why))
		return refuse_fault(why);
	judge(push, &policy.branches);
	if (push->own.len)
		return refuse_own(push);
	if (push->protected.len == 0)
		return EXIT_DONE;
	return policy.agents_only ? decide_agents(push, why) : refuse_protected(push, NULL);
}

int main(int argc, char **argv)
{
	CLEANUP(push_release) struct push push = {.remote = remote_name(argc, argv)};
	CLEANUP(buf_release) struct buf input = BUF_INIT;
	struct fault why = FAULT_INIT;
	int code = EXIT_DONE;

	if (fs_read_fd(STDIN_FILENO, &input, INPUT_MAX, &why) ||
		hook_chain("pre-push", argv + 1, input.data, input.len, &code, &why) < 0)
		return refuse_fault(&why);
	if (code != EXIT_DONE)
		return code;
	return decide(&push, &input, &why);
}
