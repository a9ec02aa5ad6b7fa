#include "core/guard_policy.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "core/guard_git.h"
#include "port/git_config.h"
#include "port/proc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define POLICY_MAX (4 * 1024 * 1024)   /* bytes of a policy file */
#define OBJECT_MAX ((size_t)256 << 20) /* of what is asked of git */

/* What git config says: the layers that are a person's own. */
struct settings {
	struct vec branches;
	char *file; /* agent.policyFile */
	const char *remote;
	int64_t end_ms;
	int from, from_remote, from_any; /* 1: agents, 0: everyone, -1: not set */
};

/* --- git config ------------------------------------------------------------------------------- */

static int read_from(struct settings *s, const char *remote, const char *value, struct fault *why)
{
	int agents = strcmp(value, "agents") == 0;

	if (!agents && strcmp(value, "everyone") != 0)
		return fault_set(why, EXIT_FATAL,
			"agent.protect.from in git config is neither 'everyone' nor 'agents'");
	if (!remote)
		s->from = agents;
	else if (s->remote && strcmp(remote, s->remote) == 0)
		s->from_remote = agents;
	else if (s->from_any != 0)
		s->from_any = agents;
	return 0;
}

/* A setting for one remote, whose name goes from `name` to `end` (NULL: for all); a push to a URL may go to any of them. */
static bool concerns(const struct settings *s, const char *name, const char *end)
{
	if (!name || !s->remote)
		return true;
	return strlen(s->remote) == (size_t)(end - name) &&
	       memcmp(s->remote, name, (size_t)(end - name)) == 0;
}

/* agent.<...>: section and variable are lower case, what stands between them as written. */
static int read_setting(struct settings *s, const char *key, const char *value, struct fault *why)
{
	if (strcmp(key, "agent.policyfile") == 0) {
		str_replace(&s->file, value);
		return 0;
	}
	if (strncasecmp(key, "agent.protect.", 14) != 0)
		return 0;
	key += 14;
	const char *last = strrchr(key, '.');
	const char *name = last ? last + 1 : key;

	if (strcmp(name, "branches") == 0 && concerns(s, last ? key : NULL, last))
		vec_push_split(&s->branches, value);
	if (strcmp(name, "from") == 0) {
		CLEANUP(str_free) char *remote = last ? xstrndup(key, (size_t)(last - key)) : NULL;

		return read_from(s, remote, value, why);
	}
	return 0;
}

/* What the policy file may say too, and what is for servers: a layer above the file. */
static int lay_setting(
	struct guard_policy *out, const char *key, const char *value, struct fault *why)
{
	static const char *const wanted[] = {
		"agent.push.", "agent.propose.", "agent.server.", "agent.branchprefix"};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (strncasecmp(key, wanted[i], strlen(wanted[i])) == 0)
			return policy_config(&out->rules, key, value, why);
	return 0;
}

/* `git config -z`: each entry is "key\nvalue\0", or "key\0" without a value. `s` or `out` is told of each. */
static int read_settings(
	const struct buf *text, struct settings *s, struct guard_policy *out, struct fault *why)
{
	const char *end = text->data + text->len;

	for (const char *entry = text->data; entry < end; entry += strlen(entry) + 1) {
		size_t len = strcspn(entry, "\n");
		CLEANUP(str_free) char *key = xstrndup(entry, len);
		const char *value = entry[len] ? entry + len + 1 : entry + len;

		if (s ? read_setting(s, key, value, why) : lay_setting(out, key, value, why))
			return -1;
	}
	return 0;
}

/* --- policies --------------------------------------------------------------------------------- */

static void add_branches(struct guard_policy *out, const struct vec *branches)
{
	for (size_t i = 0; i < branches->len; i++)
		if (!vec_has(&out->branches, branches->items[i]))
			vec_push(&out->branches, branches->items[i]);
}

/* Adds what a policy with this text protects; no text: the built-ins. */
static int add_policy(
	struct guard_policy *out, const char *text, size_t len, const char *name, struct fault *why)
{
	CLEANUP(policy_release) struct policy policy;

	policy_init(&policy);
	if (text && policy_read(&policy, text, len, name, why))
		return -1;
	add_branches(out, &policy.branches);
	return 0;
}

static int add_trusted(struct guard_policy *out, const struct gitdir *dir, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(dir->common_dir, "agent/trusted-policy");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int none = fs_read(path, &text, POLICY_MAX, why);

	if (none < 0)
		return -1;
	return add_policy(out, none ? NULL : text.data, text.len, "trusted-policy", why);
}

/* HEAD, its tree, the policy file and, where that is a directory, the file `policy` in it. */
enum { ASK_HEAD, ASK_TREE, ASK_FILE, ASK_INSIDE, ASKED };

struct answer {
	bool found;
	struct git_object object;
	struct buf bytes;
};

#define ANSWERS_INIT                                                           \
	{                                                                      \
		{.bytes = BUF_INIT}, {.bytes = BUF_INIT}, {.bytes = BUF_INIT}, \
		{                                                              \
			.bytes = BUF_INIT                                      \
		}                                                              \
	}

static void answers_release(struct answer (*answers)[ASKED])
{
	for (int i = 0; i < ASKED; i++)
		buf_release(&(*answers)[i].bytes);
}

static void ask_for(struct git_batch *objects, const char *file)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT;

	git_batch_ask(objects, "HEAD");
	git_batch_ask(objects, "HEAD^{tree}");
	buf_printf(&name, "HEAD:%s", file);
	git_batch_ask(objects, name.data);
	buf_puts(&name, "/policy");
	git_batch_ask(objects, name.data);
}

/*
 * git says "missing" of what was never there and of what is lost. Lost is a tree that HEAD has, or a file
 * that the tree's entries ("<mode> <name>", a NUL, the id) name.
 */
static bool is_lost(const struct answer answers[ASKED], const char *file)
{
	const struct answer *tree = &answers[ASK_TREE];
	CLEANUP(buf_release) struct buf entry = BUF_INIT;

	if (!tree->found)
		return answers[ASK_HEAD].found;
	buf_printf(&entry, " %s", file);
	return !answers[ASK_FILE].found &&
	       memmem(tree->bytes.data, tree->bytes.len, entry.data, entry.len + 1);
}

static int take_answers(struct git_batch *objects, struct answer answers[ASKED], struct fault *why)
{
	for (int i = 0; i < ASKED; i++) {
		struct answer *a = &answers[i];
		int none = git_batch_answer(objects, OBJECT_MAX, &a->object, &a->bytes, why);

		if (none < 0)
			return strcmp(why->reason, "timed_out") ? -1 : guard_git_late(why);
		a->found = !none;
		if (a->found && a->object.size > OBJECT_MAX)
			return fault_set(why, EXIT_FATAL, "the policy at HEAD is too large");
	}
	return 0;
}

static int add_answers(struct guard_policy *out, const struct answer answers[ASKED],
	const char *file, struct fault *why)
{
	if (is_lost(answers, file))
		return fault_set(why, EXIT_FATAL, "the policy at HEAD cannot be read");
	for (int i = ASK_FILE; i < ASKED; i++) {
		const struct buf *text = &answers[i].bytes;

		if (strcmp(answers[i].object.type, "blob") != 0)
			continue;
		if (policy_read(&out->rules, text->data, text->len, file, why))
			return fault_wrap(why, "the policy at HEAD");
		add_branches(out, &out->rules.branches);
	}
	return 0;
}

static int add_head(
	struct guard_policy *out, const char *file, struct git_batch *objects, struct fault *why)
{
	CLEANUP(answers_release) struct answer answers[ASKED] = ANSWERS_INIT;

	if (strchr(file, '\n'))
		return fault_set(why, EXIT_FATAL, "agent.policyFile in git config holds a newline");
	ask_for(objects, file);
	return take_answers(objects, answers, why) || add_answers(out, answers, file, why) ? -1 : 0;
}

static bool agents_only(const struct settings *s)
{
	if (s->remote)
		return s->from_remote >= 0 ? s->from_remote : s->from == 1;
	return s->from == 1 && s->from_any != 0;
}

/* The layers that are a person's own. Git is started for them only where one of its files may speak of them. */
static int ask_config(const struct gitdir *dir, int64_t end_ms, struct buf *text, struct fault *why)
{
	static const char *const argv[] = {
		"git", "config", "-z", "--get-regexp", "^agent\\.", NULL};
	CLEANUP(proc_free) struct proc *child = NULL;

	if (!git_config_may_hold(dir, "agent"))
		return 0;
	if (guard_git_start(argv, NULL, end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	if (guard_git_end(child, "config", true, why) < 0)
		return -1;
	buf_add(text, child->out.data, child->out.len);
	return 0;
}

static int ask_git(struct guard_policy *out, const struct gitdir *dir, struct settings *settings,
	struct git_batch *objects, struct fault *why)
{
	CLEANUP(buf_release) struct buf config = BUF_INIT;

	if (ask_config(dir, settings->end_ms, &config, why) ||
		read_settings(&config, settings, NULL, why) ||
		add_head(out, settings->file ? settings->file : ".gitagent", objects, why))
		return -1;
	return read_settings(&config, NULL, out, why);
}

static void settings_release(struct settings *s)
{
	vec_release(&s->branches);
	str_free(&s->file);
}

static int read_with(struct guard_policy *out, const struct gitdir *dir, struct settings *settings,
	struct git_batch *objects, struct fault *why)
{
	git_batch_until(objects, settings->end_ms);
	if (ask_git(out, dir, settings, objects, why) || add_trusted(out, dir, why))
		return -1;
	add_branches(out, &settings->branches);
	out->agents_only = agents_only(settings);
	return guard_refs_check(&out->branches, why);
}

int guard_policy_read(struct guard_policy *out, const struct gitdir *dir, const char *remote,
	int64_t end_ms, struct git_batch **objects, struct fault *why)
{
	CLEANUP(git_batch_free) struct git_batch *own = NULL;
	CLEANUP(settings_release)
	struct settings settings = {.branches = VEC_INIT,
		.remote = remote,
		.end_ms = end_ms,
		.from = -1,
		.from_remote = -1,
		.from_any = -1};

	if (!objects)
		objects = &own;
	if (!*objects)
		*objects = git_batch_plain(&guard_git_call, dir);
	return read_with(out, dir, &settings, *objects, why);
}

void guard_policy_init(struct guard_policy *policy)
{
	*policy = (struct guard_policy){.branches = VEC_INIT};
	policy_init(&policy->rules);
}

void guard_policy_release(struct guard_policy *policy)
{
	vec_release(&policy->branches);
	policy_release(&policy->rules);
}
