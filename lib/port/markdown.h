/*
 * markdown: the headings of a CommonMark text, by cmark. One inside a quotation or a list item is none of the text's.
 */
#ifndef PORT_MARKDOWN_H
#define PORT_MARKDOWN_H

#include <stddef.h>

struct markdown_heading {
	int level;    /* 1 to 6 */
	int line;     /* first line, from 1 */
	int end_line; /* last line of the heading itself (setext headings have two) */
	char *text;   /* plain text, without markup */
};

struct markdown {
	struct markdown_heading *headings; /* in order */
	size_t len, cap;
};

void markdown_parse(const char *text, size_t len, struct markdown *out);
void markdown_release(struct markdown *m);

/* Of cmark. */
const char *markdown_version(void);

#endif
