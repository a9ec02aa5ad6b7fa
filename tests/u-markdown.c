#include "base/alloc.h"
#include "base/buf.h"
#include "port/markdown.h"
#include "tap.h"

#include <stdlib.h>

static const struct {
	const char *text, *want; /* "level line-end text;" each */
} table[] = {
	{"", ""},
	{"text only\n", ""},
	{"# One\n", "1 1-1 One;"},
	{"# One", "1 1-1 One;"},
	{"#One\n", ""},
	{"####### seven\n", ""},
	{"\n\n###### six ######\n", "6 3-3 six;"},
	{"Set\n===\nbody\n", "1 1-2 Set;"},
	{"Set\next\n---\n\n\nbody\n", "2 1-3 Set ext;"},
	{"Set\n===", "1 1-2 Set;"},
	{"Set\n===\n# next\n", "1 1-2 Set;1 3-3 next;"},
	{"# A `b` *c* **d** [e](http://x) ![f](g) <b>h</b> &amp; \\*i\n",
		"1 1-1 A b c d e f h & *i;"},
	{"```\n# code\n```\n# real\n", "1 4-4 real;"},
	{"    # code\n", ""},
	{"> # quoted\n\n- # item\n", ""},
	{"<!--\n# comment\n-->\n# real\n", "1 4-4 real;"},
	{"#\n##  \n", "1 1-1 ;2 2-2 ;"},
	{"# A\r\n\r\nSet\r\n===\r\nx\r\n# B\r\n", "1 1-1 A;1 3-4 Set;1 6-6 B;"},
	{"a\n\n---\n\n# B\n", "1 5-5 B;"},
	{"# \xc3\xa9t\xc3\xa9\n", "1 1-1 \xc3\xa9t\xc3\xa9;"},
};

int main(void)
{
	char *wild = malloc(1 << 18);
	struct markdown m;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(buf_release) struct buf got = BUF_INIT;

		markdown_parse(table[i].text, strlen(table[i].text), &m);
		for (size_t k = 0; k < m.len; k++)
			buf_printf(&got, "%d %d-%d %s;", m.headings[k].level, m.headings[k].line,
				m.headings[k].end_line, m.headings[k].text);
		is(got.data, table[i].want, "headings and their lines");
		markdown_release(&m);
	}
	for (const char *c = "#>[*-`(<!_&=\\\n"; *c; c++) {
		memset(wild, *c, 1 << 18);
		markdown_parse(wild, 1 << 18, &m);
		ok(m.len == 0, "256 KiB of %d hold no heading", *c);
		markdown_release(&m);
	}
	markdown_release(&m);
	free(wild);
	return tap_done();
}
