#include "base/alloc.h"
#include "core/policy_keys.h"

#include <string.h>

/* The file's own name as a glob that matches nothing else. */
static void protect_file(struct policy *p)
{
	CLEANUP(buf_release) struct buf glob = BUF_INIT;

	for (const char *c = p->file; *c; c++) {
		if (strchr("*?[\\!", *c))
			buf_putc(&glob, '\\');
		buf_putc(&glob, *c);
	}
	if (glob.len && !vec_has(&p->paths, glob.data))
		vec_push(&p->paths, glob.data);
}

/* Their logs would be one file (gate_log). */
static bool share_log(const char *a, const char *b)
{
	static const char same[] = " ._";

	while (*a && (*a == *b || (*b && strchr(same, *a) && strchr(same, *b)))) {
		a++;
		b++;
	}
	return *a == *b;
}

static int check_names(const struct policy *p, struct fault *why)
{
	for (size_t i = 0; i < p->stages_len; i++)
		for (size_t k = 0; k < i; k++)
			if (share_log(p->stages[k].name, p->stages[i].name)) {
				fault_set(why, EXIT_FATAL,
					"[gate \"%s\"] and [gate \"%s\"] in %s are too much alike",
					p->stages[k].name, p->stages[i].name, p->origin);
				return fault_hint(why,
					"give one a name that differs in more than blanks, '.' and '_'");
			}
	return 0;
}

int policy_seal(struct policy *p, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (check_names(p, why) < 0)
		return -1;
	for (size_t i = 0; i < p->stages_len; i++) {
		const char *name = p->stages[i].name;

		if (p->stages[i].run)
			continue;
		fault_set(why, EXIT_FATAL, "[gate \"%s\"] has no 'run' in %s", name, p->origin);
		return fault_hint(why, "add `run = <command>` below [gate \"%s\"]", name);
	}
	for (size_t i = 0; i < p->secrets_len; i++)
		if (!p->secrets[i].pattern || !p->secrets[i].keyword)
			return fault_set(why, EXIT_FATAL,
				"[secret \"%s\"] needs a pattern and a keyword in %s",
				p->secrets[i].name, p->origin);
	protect_file(p);
	policy_write(p, &text);
	hash_hex(text.data, text.len, p->hash);
	return 0;
}

/* A list of whole lines takes one line each, so that no two lists read the same. */
static void write_key(
	const struct policy_key *key, const char *stage, const void *base, struct buf *out)
{
	const struct vec *lines = (const void *)((const char *)base + key->offset);

	if (key->kind == KEY_FOREIGN)
		return;
	for (size_t i = 0; i < (key->kind == KEY_LINES ? lines->len : 1); i++) {
		buf_printf(out, "%s%s%s.%s = ", key->section, *stage ? "." : "", stage, key->name);
		if (key->kind == KEY_LINES)
			buf_puts(out, lines->items[i]);
		else
			policy_value_write(key, base, out);
		buf_rtrim(out);
		buf_putc(out, '\n');
	}
}

void policy_write(const struct policy *p, struct buf *out)
{
	for (const struct policy_key *key = policy_keys; key->name; key++)
		write_key(key, "", p, out);
	for (size_t i = 0; i < p->stages_len; i++)
		for (const struct policy_key *key = stage_keys; key->name; key++)
			write_key(key, p->stages[i].name, &p->stages[i], out);
	for (size_t i = 0; i < p->secrets_len; i++)
		buf_printf(out, "secret.%s.pattern = %s\nsecret.%s.keyword = %s\n",
			p->secrets[i].name, p->secrets[i].pattern, p->secrets[i].name,
			p->secrets[i].keyword);
}

/* --- what a person is asked to trust ---------------------------------------------------------- */

static bool is_harmless(const struct policy_key *key, const void *base)
{
	const void *value = (const char *)base + key->offset;

	switch (key->kind) {
	case KEY_LEVEL:
		return *(const enum sandbox_level *)value >= SANDBOX_PARTIAL;
	case KEY_NETWORK:
		return *(const enum sandbox_network *)value == NETWORK_NONE;
	case KEY_BOOL:
		return !*(const bool *)value;
	case KEY_CHOICE: /* agent.network */
		return strcmp(*(char *const *)value, "open") != 0;
	case KEY_TEXT:
		return !*(char *const *)value;
	default:
		return policy_key_is_many(key) && !((const struct vec *)value)->len;
	}
}

/* Of one table what the policy file itself says; `prefix` is "" or "gate <name>". */
static void add_commands(const struct policy_key *table, const struct policy_mark *marks,
	const char *prefix, const void *base, struct vec *out)
{
	for (const struct policy_key *key = table; key->name; key++) {
		CLEANUP(buf_release) struct buf line = BUF_INIT;
		const struct vec *lines = (const void *)((const char *)base + key->offset);

		if (!key->trust || marks[key - table].layer != LAYER_FILE || is_harmless(key, base))
			continue;
		for (size_t i = 0; key->kind == KEY_LINES && i < lines->len; i++)
			vec_pushf(out, "%s%s: %s", prefix, key->trust, lines->items[i]);
		if (key->kind == KEY_LINES)
			continue;
		buf_printf(&line, "%s%s: ", prefix, key->trust);
		policy_value_write(key, base, &line);
		vec_push(out, line.data);
	}
}

void policy_commands(const struct policy *p, struct vec *out)
{
	add_commands(policy_keys, p->marks, "", p, out);
	for (size_t i = 0; i < p->stages_len; i++) {
		CLEANUP(buf_release) struct buf prefix = BUF_INIT;

		buf_printf(&prefix, "gate %s", p->stages[i].name);
		add_commands(stage_keys, p->stages[i].marks, prefix.data, &p->stages[i], out);
	}
}
