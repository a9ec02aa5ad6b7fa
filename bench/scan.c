/*
 * scan: reads a file of text, looks for secrets in it `times` times, and says how many it found. For the bench.
 *
 *   scan rules|keywords|memchr <file> <times>: all rules; their keywords alone; one byte that is not there
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "core/guard_secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void count(void *state, const struct secret_hit *hit)
{
	(void)hit;
	++*(size_t *)state;
}

int main(int argc, char **argv)
{
	CLEANUP(secrets_free) struct secrets *set = secrets_new();
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;
	size_t found = 0;
	long times = argc > 3 ? strtol(argv[3], NULL, 10) : 0;

	if (times < 1 || fs_read(argv[2], &text, (size_t)1 << 30, &why)) {
		fprintf(stderr, "usage: scan rules|keywords|memchr <file> <times>\n");
		return 2;
	}
	for (long i = 0; i < times; i++) {
		if (!strcmp(argv[1], "rules"))
			secrets_scan(set, text.data, text.len, count, &found);
		else if (!strcmp(argv[1], "keywords"))
			found += secrets_keywords(set, text.data, text.len);
		else
			found += memchr(text.data + i % 2, 1, text.len - 2) != NULL;
	}
	printf("%zu\n", found);
	return 0;
}
