#include "port/markdown.h"
#include "base/alloc.h"
#include "base/buf.h"

#include <cmark.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void node_free(cmark_node **node)
{
	cmark_node_free(*node);
	*node = NULL;
}

static void iter_free(cmark_iter **iter)
{
	cmark_iter_free(*iter);
	*iter = NULL;
}

static char *plain_text(cmark_node *heading)
{
	CLEANUP(iter_free) cmark_iter *iter = cmark_iter_new(heading);
	struct buf text = BUF_INIT;
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);

		if (event != CMARK_EVENT_ENTER)
			continue;
		switch (cmark_node_get_type(node)) {
		case CMARK_NODE_TEXT:
		case CMARK_NODE_CODE:
			buf_puts(&text, cmark_node_get_literal(node));
			break;
		case CMARK_NODE_SOFTBREAK:
		case CMARK_NODE_LINEBREAK:
			buf_putc(&text, ' ');
			break;
		default:
			break;
		}
	}
	return buf_take(&text);
}

static bool is_underline(const char *line, const char *end)
{
	const char *p = line;
	char mark;

	while (p < end && *p == ' ')
		p++;
	if (p - line > 3 || p == end || (*p != '=' && *p != '-'))
		return false;
	for (mark = *p; p < end && *p == mark; p++)
		;
	while (p < end && strchr(" \t\r", *p))
		p++;
	return p == end;
}

/* cmark counts the line after a setext heading in, where there is one: its underline is looked for. */
static int heading_end(cmark_node *heading, const char *text, const char *end)
{
	int first = cmark_node_get_start_line(heading);
	int last = cmark_node_get_end_line(heading);

	for (int line = 1; line <= last && text < end; line++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		if (line > first && is_underline(text, stop))
			return line;
		text = newline ? newline + 1 : end;
	}
	return first == last ? last : first;
}

void markdown_parse(const char *text, size_t len, struct markdown *out)
{
	CLEANUP(node_free) cmark_node *doc = cmark_parse_document(text, len, CMARK_OPT_DEFAULT);

	*out = (struct markdown){0};
	for (cmark_node *node = cmark_node_first_child(doc); node; node = cmark_node_next(node)) {
		if (cmark_node_get_type(node) != CMARK_NODE_HEADING)
			continue;
		GROW(out->headings, out->len, out->cap);
		out->headings[out->len++] = (struct markdown_heading){
			.level = cmark_node_get_heading_level(node),
			.line = cmark_node_get_start_line(node),
			.end_line = heading_end(node, text, text + len),
			.text = plain_text(node),
		};
	}
}

void markdown_release(struct markdown *m)
{
	for (size_t i = 0; i < m->len; i++)
		str_free(&m->headings[i].text);
	free(m->headings);
	*m = (struct markdown){0};
}

const char *markdown_version(void)
{
	return cmark_version_string();
}
