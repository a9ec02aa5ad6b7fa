/*
 * secret-rows: the rows of share/secrets.ini with their examples put together, for tests: what the file's head says of {}.
 */
#ifndef TESTS_SECRET_ROWS_H
#define TESTS_SECRET_ROWS_H

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/vec.h"
#include "core/secret_check.h"
#include "port/ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct secret_row {
	char *name,
		*variable;    /* what a value is assigned to; NULL: the example stands for itself */
	struct vec good, bad; /* templates */
};

struct secret_rows {
	struct secret_row *items;
	size_t len, cap;
};

static uint64_t secret_seed = 88172645463325252U;

static inline uint64_t secret_random(void)
{
	secret_seed ^= secret_seed << 13;
	secret_seed ^= secret_seed >> 7;
	secret_seed ^= secret_seed << 17;
	return secret_seed;
}

#define SECRET_LOWER "abcdefghijklmnopqrstuvwxyz"
#define SECRET_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SECRET_DIGIT "0123456789"

static const struct {
	const char *name, *digits;
} secret_kinds[] = {
	{"alnum", SECRET_LOWER SECRET_UPPER SECRET_DIGIT},
	{"lower", SECRET_LOWER SECRET_DIGIT},
	{"upper", SECRET_UPPER SECRET_DIGIT},
	{"letter", SECRET_LOWER SECRET_UPPER},
	{"digit", SECRET_DIGIT},
	{"hex", SECRET_DIGIT "abcdef"},
	{"HEX", SECRET_DIGIT "ABCDEF"},
	{"word", SECRET_LOWER SECRET_UPPER SECRET_DIGIT "_-"},
	{"b64", SECRET_LOWER SECRET_UPPER SECRET_DIGIT "+/"},
	{"base32", SECRET_LOWER "234567"},
	{"bech32", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"},
};

/* Random, but no secret by chance ends in a sign that the pattern forbids after it. */
static inline void put_random(struct buf *out, const char *digits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(digits);

		if ((i == 0 || i + 1 == count) && n > 62)
			n = 62;
		buf_putc(out, digits[secret_random() % n]);
	}
}

static inline void put_uuid(struct buf *out)
{
	const size_t parts[] = {8, 4, 4, 4, 12};

	for (size_t i = 0; i < 5; i++) {
		if (i)
			buf_putc(out, '-');
		put_random(out, secret_kinds[5].digits, parts[i]);
	}
}

static inline void put_base64(struct buf *out, const char *text, const char *last, bool padded)
{
	char digits[65];
	size_t len = strlen(text);

	snprintf(digits, sizeof digits, "%s%s%s%s", SECRET_UPPER, SECRET_LOWER, SECRET_DIGIT, last);
	for (size_t i = 0; i < len; i += 3) {
		uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;

		if (i + 1 < len)
			bits |= (uint32_t)(unsigned char)text[i + 1] << 8;
		if (i + 2 < len)
			bits |= (unsigned char)text[i + 2];
		for (size_t k = 0; k < 4; k++)
			if (k <= len - i)
				buf_putc(out, digits[bits >> (18 - 6 * k) & 63]);
			else if (padded)
				buf_putc(out, '=');
	}
}

static inline void put_structure(struct buf *out, const char *kind)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char digits[16];

	if (!strcmp(kind, "uuid")) {
		put_uuid(out);
	} else if (!strcmp(kind, "crc62")) {
		const char *start = strrchr(out->data, '_') + 1;

		secret_crc62(start, strlen(start), 6, digits);
		buf_puts(out, digits);
	} else if (!strcmp(kind, "crchex")) {
		buf_printf(out, "%08x", secret_crc32(out->data, out->len));
	} else if (!strcmp(kind, "grafana")) {
		const char *start = strstr(out->data, "glsa_");
		uint32_t crc = secret_crc32(start, strlen(start));

		buf_printf(out, "_%02x%02x%02x%02x", crc & 255, crc >> 8 & 255, crc >> 16 & 255,
			crc >> 24);
	} else if (!strcmp(kind, "aws")) {
		buf_puts(out, "Y4"); /* an account of twelve digits */
		put_random(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 14);
	} else if (!strcmp(kind, "jwt")) {
		put_base64(out, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "-_", false);
		buf_printf(
			&text, "{\"sub\":\"%u\",\"name\":\"A Person\"}", (unsigned)secret_random());
		buf_putc(out, '.');
		put_base64(out, text.data, "-_", false);
		buf_putc(out, '.');
		put_random(out, secret_kinds[7].digits, 43);
	} else if (!strcmp(kind, "json64")) {
		buf_puts(&text, "{\"k\":\"");
		put_random(&text, secret_kinds[0].digits, 32);
		buf_puts(&text, "\",\"n\":\"mykey\",\"id\":1}");
		put_base64(out, text.data, "+/", true);
	} else { /* snowflake */
		put_random(&text, "123456789", 18);
		put_base64(out, text.data, "-_", false);
		buf_putc(out, '.');
		put_random(out, secret_kinds[0].digits, 6);
		buf_putc(out, '.');
		put_random(out, secret_kinds[7].digits, 38);
	}
}

/* Appends what a template stands for; another one each time. */
static inline void put_example(struct buf *out, const char *template)
{
	CLEANUP(buf_release) struct buf own = BUF_INIT;

	for (const char *p = template; *p;) {
		const char *close = *p == '{' ? strchr(p, '}') : NULL;
		char kind[16] = "";
		size_t count = 0, i = 0;

		if (p[0] == '\\' && p[1] == 'n') {
			buf_putc(&own, '\n');
			p += 2;
			continue;
		}
		if (!close ||
			(close > p + 1 && sscanf(p, "{%15[A-Za-z0-9]:%zu}", kind, &count) < 1)) {
			buf_putc(&own, *p++);
			continue;
		}
		p = close + 1;
		if (!*kind)
			continue;
		while (i < ARRAY_LEN(secret_kinds) && strcmp(kind, secret_kinds[i].name) != 0)
			i++;
		if (i < ARRAY_LEN(secret_kinds))
			put_random(&own, secret_kinds[i].digits, count);
		else
			put_structure(&own, kind);
	}
	buf_add(out, own.data, own.len);
}

static int secret_take(void *state, const char *section, const char *name, const char *key,
	const char *value, int line, struct fault *why)
{
	struct secret_rows *rows = state;
	struct secret_row *row;

	(void)section;
	(void)line;
	(void)why;
	if (!rows->len || strcmp(rows->items[rows->len - 1].name, name) != 0) {
		GROW(rows->items, rows->len, rows->cap);
		rows->items[rows->len++] = (struct secret_row){
			.name = xstrdup(name), .good = VEC_INIT, .bad = VEC_INIT};
	}
	row = &rows->items[rows->len - 1];
	if (key && !strcmp(key, "name"))
		str_replace(&row->variable, value);
	else if (key && !strcmp(key, "true"))
		vec_push(&row->good, value);
	else if (key && !strcmp(key, "false"))
		vec_push(&row->bad, value);
	return 0;
}

/* From a file of the form of secrets.ini. */
static inline void secret_rows_read_file(struct secret_rows *rows, const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;

	*rows = (struct secret_rows){.len = 0};
	if (fs_read(path, &text, 1 << 22, &why) ||
		ini_read(text.data, text.len, path, secret_take, rows, &why)) {
		fprintf(stderr, "%s: %s\n", path, why.message);
		exit(1);
	}
}

/* From the share/ of the build that is tested. */
static inline void secret_rows_read(struct secret_rows *rows)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;
	const char *build = getenv("GIT_AGENT_BUILD");

	buf_printf(&path, "%s/share/git-agent/secrets.ini", build ? build : "build");
	secret_rows_read_file(rows, path.data);
}

static inline void secret_rows_release(struct secret_rows *rows)
{
	for (size_t i = 0; i < rows->len; i++) {
		free(rows->items[i].name);
		free(rows->items[i].variable);
		vec_release(&rows->items[i].good);
		vec_release(&rows->items[i].bad);
	}
	free(rows->items);
}

enum { PLACE_CODE, PLACE_JSON, PLACE_YAML, PLACE_ENV, PLACE_DIFF, PLACES };
static const char *const secret_places[PLACES] = {"code", "json", "yaml", "env", "diff"};

/*
 * Appends lines of a file of that kind, with the secret in it. What it is assigned to is called like its rule, if the rule
 * names nothing: so it is in real files, and other scanners want the service's name beside some of them.
 */
static inline void put_planted(
	struct buf *out, const struct secret_row *row, const char *secret, int place)
{
	CLEANUP(str_free) char *name = xstrdup(row->variable ? row->variable : row->name);
	bool lines = strchr(secret, '\n') != NULL;

	for (char *p = name; !row->variable && *p; p++)
		if (*p == '-')
			*p = '_';
	if (lines || (!row->variable && strpbrk(secret, "\"' ="))) {
		/* It brings what is around it. */
		buf_printf(out, "%s\n", secret);
		return;
	}
	switch (place) {
	case PLACE_CODE:
		buf_printf(out,
			"import os\n\nclass Client:\n    %s = \"%s\"\n\n    def run(self):\n", name,
			secret);
		break;
	case PLACE_JSON:
		buf_printf(out,
			"{\n  \"name\": \"service\",\n  \"%s\": \"%s\",\n  \"port\": 8080\n}\n",
			name, secret);
		break;
	case PLACE_YAML:
		buf_printf(out, "service:\n  port: 8080\n  %s: %s\n  debug: false\n", name, secret);
		break;
	case PLACE_ENV:
		buf_printf(out, "PORT=8080\n%s=%s\nDEBUG=0\n", name, secret);
		break;
	default:
		buf_printf(out, "@@ -1,2 +1,3 @@\n context\n+%s = '%s'\n-%s = ''\n", name, secret,
			name);
	}
}

#endif
