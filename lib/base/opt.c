#include "base/opt.h"
#include "base/alloc.h"
#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* One reading of a command line. */
struct reader {
	const struct opt **known; /* of all tables, in order */
	size_t len, cap;
	char **argv;
	int argc, at; /* `at`: the next word */
};

/* An option as it was met. */
struct met {
	const struct opt *opt;
	bool negated;
	const char *shown; /* for messages: "--fixes", "-n" */
};

static void reader_end(struct reader *r)
{
	free(r->known);
}

static void reader_learn(struct reader *r, const struct opt *const *tables)
{
	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->type != OPT_END; o++) {
			GROW(r->known, r->len, r->cap);
			r->known[r->len++] = o;
		}
}

static bool takes_value(const struct opt *o)
{
	return o->type != OPT_FLAG && o->type != OPT_COUNT;
}

/* "a", "a or b", "a, b or c" */
static void put_alternatives(struct buf *out, const char *const *words)
{
	for (size_t i = 0; words[i]; i++) {
		if (i)
			buf_puts(out, words[i + 1] ? ", " : " or ");
		buf_puts(out, words[i]);
	}
}

/* --- values --------------------------------------------------------------------------------- */

static int set_int(const struct met *met, const char *value, struct fault *why)
{
	size_t digits = strspn(value, "0123456789");
	long long number = digits && digits < 12 ? strtoll(value, NULL, 10) : -1;

	if (number < 0 || value[digits] || number > INT_MAX)
		return fault_set(
			why, EXIT_USAGE, "option '%s' takes a number, not '%s'", met->shown, value);
	*(int *)met->opt->into = (int)number;
	return 0;
}

static int set_choice(const struct met *met, const char *value, struct fault *why)
{
	CLEANUP(buf_release) struct buf all = BUF_INIT;

	for (const char *const *choice = met->opt->choices; *choice; choice++)
		if (!strcmp(*choice, value)) {
			*(const char **)met->opt->into = *choice;
			return 0;
		}
	put_alternatives(&all, met->opt->choices);
	return fault_set(
		why, EXIT_USAGE, "option '%s' takes %s, not '%s'", met->shown, all.data, value);
}

static int set_option(const struct met *met, const char *value, struct fault *why)
{
	switch (met->opt->type) {
	case OPT_FLAG:
		*(bool *)met->opt->into = !met->negated;
		return 0;
	case OPT_COUNT:
		++*(int *)met->opt->into;
		return 0;
	case OPT_STRING:
		*(const char **)met->opt->into = value;
		return 0;
	case OPT_LIST:
		vec_push(met->opt->into, value);
		return 0;
	case OPT_INT:
		return set_int(met, value, why);
	case OPT_CHOICE:
		return set_choice(met, value, why);
	case OPT_END:
		break;
	}
	return 0;
}

/* `value` is what was joined to the option, NULL if nothing was: then the next word is taken. */
static int apply(struct reader *r, const struct met *met, const char *value, struct fault *why)
{
	if (!takes_value(met->opt) && value)
		return fault_set(why, EXIT_USAGE, "option '%s' takes no value", met->shown);
	if (takes_value(met->opt) && !value) {
		if (r->at >= r->argc)
			return fault_set(why, EXIT_USAGE, "option '%s' needs a value", met->shown);
		value = r->argv[r->at++];
	}
	return set_option(met, value, why);
}

/* --- names ---------------------------------------------------------------------------------- */

static int unknown(const struct reader *r, const char *word, size_t len, struct fault *why)
{
	CLEANUP(str_free) char *typed = xstrndup(word, len);
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	const char *nearest;

	for (size_t i = 0; i < r->len; i++) {
		if (!r->known[i]->name)
			continue;
		vec_push(&names, r->known[i]->name);
		if (r->known[i]->type == OPT_FLAG)
			vec_pushf(&names, "no-%s", r->known[i]->name);
	}
	nearest = text_nearest(typed, (const char *const *)names.items);
	fault_set(why, EXIT_USAGE, "unknown option '--%s'", typed);
	if (nearest)
		return fault_hint(why, "did you mean '--%s'?", nearest);
	return fault_hint(why, "-h lists the options");
}

/* How a name can be meant, the surest first. */
static const struct reading {
	bool whole, negated;
} readings[] = {
	{true, false},
	{true, true},
	{false, false},
	{false, true},
};

static bool fits(const struct opt *o, const struct reading *as, const char *word, size_t len)
{
	if (as->negated) {
		if (o->type != OPT_FLAG || len < 4 || strncmp(word, "no-", 3) != 0)
			return false;
		word += 3;
		len -= 3;
	}
	return o->name && len && !strncmp(o->name, word, len) && !(as->whole && o->name[len]);
}

/* The option the first `len` bytes of `word` name. */
static int find_long(
	const struct reader *r, const char *word, size_t len, struct met *met, struct fault *why)
{
	for (size_t k = 0; k < ARRAY_LEN(readings); k++) {
		CLEANUP(vec_release) struct vec names = VEC_INIT;
		CLEANUP(buf_release) struct buf all = BUF_INIT;

		for (size_t i = 0; i < r->len; i++) {
			const struct opt *o = r->known[i];
			CLEANUP(buf_release) struct buf name = BUF_INIT;

			if (!fits(o, &readings[k], word, len))
				continue;
			buf_printf(&name, "--%s%s", readings[k].negated ? "no-" : "", o->name);
			/* The same name in two tables is the first table's. */
			if (vec_has(&names, name.data))
				continue;
			if (!names.len)
				*met = (struct met){o, readings[k].negated, NULL};
			vec_push(&names, name.data);
		}
		if (names.len == 1)
			return 0;
		if (!names.len)
			continue;
		put_alternatives(&all, (const char *const *)names.items);
		return fault_set(why, EXIT_USAGE, "option '--%.*s' is ambiguous: %s", (int)len,
			word, all.data);
	}
	return unknown(r, word, len, why);
}

static int read_long(struct reader *r, const char *word, struct fault *why)
{
	size_t len = strcspn(word, "=");
	CLEANUP(buf_release) struct buf shown = BUF_INIT;
	struct met met;

	if (find_long(r, word, len, &met, why) < 0)
		return -1;
	buf_printf(&shown, "--%s%s", met.negated ? "no-" : "", met.opt->name);
	met.shown = shown.data;
	return apply(r, &met, word[len] ? word + len + 1 : NULL, why);
}

static const struct opt *find_letter(const struct reader *r, char letter)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->known[i]->letter == letter)
			return r->known[i];
	return NULL;
}

static int read_letters(struct reader *r, const char *word, struct fault *why)
{
	for (const char *s = word; *s; s++) {
		char shown[] = {'-', *s, '\0'};
		struct met met = {find_letter(r, *s), false, shown};

		if (!met.opt) {
			fault_set(why, EXIT_USAGE, "unknown option '%s'%s%s%s", shown,
				word[1] ? " in '-" : "", word[1] ? word : "", word[1] ? "'" : "");
			return fault_hint(why, "-h lists the options");
		}
		if (takes_value(met.opt))
			return apply(r, &met, s[1] ? s + 1 : NULL, why);
		if (apply(r, &met, NULL, why) < 0)
			return -1;
	}
	return 0;
}

static int parse(const struct opt *const *tables, int argc, char **argv, bool front,
	struct vec *args, struct fault *why)
{
	CLEANUP(reader_end) struct reader r = {NULL, 0, 0, argv, argc, 1};
	bool options = true;

	reader_learn(&r, tables);
	while (r.at < argc) {
		const char *word = argv[r.at++];
		int done = 0;

		if (options && !strcmp(word, "--")) {
			options = false;
		} else if (options && !strncmp(word, "--", 2)) {
			done = read_long(&r, word + 2, why);
		} else if (options && word[0] == '-' && word[1]) {
			done = read_letters(&r, word + 1, why);
		} else {
			vec_push(args, word);
			options = options && !front;
		}
		if (done < 0)
			return -1;
	}
	return 0;
}

int opt_parse(
	const struct opt *const *tables, int argc, char **argv, struct vec *args, struct fault *why)
{
	return parse(tables, argc, argv, false, args, why);
}

int opt_parse_front(
	const struct opt *const *tables, int argc, char **argv, struct vec *args, struct fault *why)
{
	return parse(tables, argc, argv, true, args, why);
}
