#include "base/alloc.h"
#include "base/opt.h"

#include <stdio.h>
#include <string.h>

enum {
	HELP_COLUMN = 26,
	WIDTH = 80,
};

static const char *const kinds[] = {
	[COMPLETE_NOTHING] = "",
	[COMPLETE_FILE] = "file",
	[COMPLETE_DIR] = "dir",
	[COMPLETE_BRIEF] = "brief",
	[COMPLETE_PATCH] = "patch",
	[COMPLETE_REV] = "rev",
	[COMPLETE_RUN] = "run",
	[COMPLETE_COMMAND] = "command",
	[COMPLETE_PROGRAM] = "program",
};

const char *opt_complete_name(enum opt_complete kind)
{
	return (size_t)kind < ARRAY_LEN(kinds) ? kinds[kind] : "";
}

static bool is_plain(const struct opt *o)
{
	return o->type == OPT_FLAG || o->type == OPT_COUNT;
}

static void put_joined(struct buf *out, const char *const *words, char between)
{
	for (size_t i = 0; words && words[i]; i++) {
		if (i)
			buf_putc(out, between);
		buf_puts(out, words[i]);
	}
}

/* --- usage ---------------------------------------------------------------------------------- */

static void put_synopsis(struct buf *out, const char *name, const char *synopsis)
{
	const char *lead = "usage:";

	do {
		size_t len = strcspn(synopsis, "\n");

		buf_printf(out, "%s git agent", lead);
		if (*name)
			buf_printf(out, " %s", name);
		if (len)
			buf_printf(out, " %.*s", (int)len, synopsis);
		buf_putc(out, '\n');
		synopsis += len + (synopsis[len] == '\n');
		lead = "   or:";
	} while (*synopsis);
}

static void put_value(struct buf *out, const struct opt *o)
{
	buf_putc(out, o->name ? '=' : ' ');
	if (!o->arg && o->choices) {
		buf_putc(out, '(');
		put_joined(out, o->choices, '|');
		buf_putc(out, ')');
	} else if (o->arg && strpbrk(o->arg, "<>()[]|")) {
		buf_puts(out, o->arg);
	} else {
		buf_printf(out, "<%s>", o->arg ? o->arg : "value");
	}
}

static void pad(struct buf *out, size_t from, size_t to)
{
	for (; from < to; from++)
		buf_putc(out, ' ');
}

/* The help text from HELP_COLUMN on, broken between words. */
static void put_wrapped(struct buf *out, const char *text)
{
	size_t column = HELP_COLUMN;

	while (*(text += strspn(text, " "))) {
		size_t len = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + len > WIDTH) {
			buf_putc(out, '\n');
			pad(out, 0, HELP_COLUMN);
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			buf_putc(out, ' ');
			column++;
		}
		buf_add(out, text, len);
		column += len;
		text += len;
	}
	buf_putc(out, '\n');
}

static void put_option(struct buf *out, const struct opt *o)
{
	CLEANUP(buf_release) struct buf help = BUF_INIT;
	size_t start = out->len;

	buf_puts(out, "    ");
	if (o->letter)
		buf_printf(out, "-%c", o->letter);
	if (o->letter && o->name)
		buf_puts(out, ", ");
	if (o->name)
		buf_printf(out, "--%s", o->name);
	if (!is_plain(o))
		put_value(out, o);
	if (out->len - start > HELP_COLUMN - 2) {
		buf_putc(out, '\n');
		start = out->len;
	}
	pad(out, out->len - start, HELP_COLUMN);
	buf_puts(&help, o->help);
	if (o->arg && o->choices) {
		buf_puts(&help, " (");
		put_joined(&help, o->choices, '|');
		buf_putc(&help, ')');
	}
	put_wrapped(out, help.data);
}

void opt_usage(
	struct buf *out, const char *name, const char *synopsis, const struct opt *const *tables)
{
	put_synopsis(out, name, synopsis);
	for (; *tables; tables++) {
		if ((*tables)->type != OPT_END)
			buf_putc(out, '\n');
		for (const struct opt *o = *tables; o->type != OPT_END; o++)
			if (o->help)
				put_option(out, o);
	}
}

/* --- completion ----------------------------------------------------------------------------- */

static void put_kind(struct buf *out, const struct opt *o)
{
	if (is_plain(o)) {
		buf_puts(out, "flag");
	} else if (o->choices) {
		buf_putc(out, '=');
		put_joined(out, o->choices, ',');
	} else {
		buf_puts(out, o->complete ? opt_complete_name(o->complete) : "value");
	}
}

void opt_list(struct buf *out, const struct opt *const *tables)
{
	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->type != OPT_END; o++) {
			CLEANUP(buf_release) struct buf kind = BUF_INIT;

			if (!o->help)
				continue;
			put_kind(&kind, o);
			if (o->name)
				buf_printf(out, "--%s\t%s\t%s\n", o->name, kind.data, o->help);
			if (o->letter)
				buf_printf(out, "-%c\t%s\t%s\n", o->letter, kind.data, o->help);
		}
}
