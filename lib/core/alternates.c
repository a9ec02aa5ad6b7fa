#include "core/alternates.h"
#include "base/alloc.h"
#include "base/fs.h"

#include <string.h>

#define DEPTH_MAX 5 /* as deep as git itself follows them */
#define FILE_MAX  (16 * 1024 * 1024)

/* The escapes of git's quoted paths that are a letter; others are three octal digits. */
static const char escapes[][2] = {{'a', '\a'}, {'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'},
	{'t', '\t'}, {'v', '\v'}, {'"', '"'}, {'\\', '\\'}};

/* One character after a backslash at *at, which is moved behind it; -1: no escape. */
static int unescape(const char **at)
{
	const char *c = *at;

	for (size_t i = 0; i < ARRAY_LEN(escapes); i++)
		if (*c == escapes[i][0]) {
			*at = c + 1;
			return escapes[i][1];
		}
	if (*c < '0' || *c > '3' || c[1] < '0' || c[1] > '7' || c[2] < '0' || c[2] > '7')
		return -1;
	*at = c + 3;
	return (*c - '0') * 64 + (c[1] - '0') * 8 + (c[2] - '0');
}

/* A line that starts with a quote is a C string; one that is no good C string is a path with a quote in it. */
static char *unquote(const char *line)
{
	struct buf path = BUF_INIT;
	const char *at = line + 1;

	if (*line != '"')
		return xstrdup(line);
	while (*at && *at != '"') {
		int c = (unsigned char)*at++;

		if (c == '\\')
			c = unescape(&at);
		if (c < 0)
			break;
		buf_putc(&path, (char)c);
	}
	if (*at == '"' && !at[1])
		return buf_take(&path);
	buf_release(&path);
	return xstrdup(line);
}

static int find(const char *objects, int depth, struct vec *out, struct fault *why)
{
	CLEANUP(str_free) char *file = fs_join(objects, "info/alternates");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char *line, *rest;

	if (depth > DEPTH_MAX || vec_has(out, objects))
		return 0;
	vec_push(out, objects);
	if (fs_read(file, &text, FILE_MAX, why) < 0)
		return -1;
	for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		CLEANUP(str_free) char *path = unquote(line);
		CLEANUP(str_free)
		char *full = path[0] == '/' ? xstrdup(path) : fs_join(objects, path);
		CLEANUP(str_free) char *real = fs_real(full);

		if (line[0] == '#' || !real)
			continue;
		if (find(real, depth + 1, out, why) < 0)
			return -1;
	}
	return 0;
}

int alternates_find(const char *objects, struct vec *out, struct fault *why)
{
	return find(objects, 0, out, why);
}

void alternates_write(const struct vec *dirs, struct buf *out)
{
	for (size_t i = 0; i < dirs->len; i++) {
		const char *dir = dirs->items[i];

		if (!strchr(dir, '\n')) {
			buf_printf(out, "%s\n", dir);
			continue;
		}
		buf_putc(out, '"');
		for (; *dir; dir++) {
			if (*dir == '"' || *dir == '\\')
				buf_putc(out, '\\');
			if (*dir == '\n')
				buf_puts(out, "\\n");
			else
				buf_putc(out, *dir);
		}
		buf_puts(out, "\"\n");
	}
}
