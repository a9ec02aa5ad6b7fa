/*
 * hook_file: what a file in a hooks directory is, told from its first page.
 */
#ifndef CORE_HOOK_FILE_H
#define CORE_HOOK_FILE_H

#include <stdbool.h>

enum hook_kind {
	HOOK_FILE_NONE,    /* nothing is there */
	HOOK_FILE_OTHER,   /* somebody else's; a symbolic link too, whatever it points to */
	HOOK_FILE_OURS,    /* ours, of another version */
	HOOK_FILE_CURRENT, /* ours, of this version */
};

enum hook_kind hook_file_kind(const char *path, const char *hook);

/* The two hold the same bytes; false also where one cannot be read. */
bool hook_file_same(const char *a, const char *b);

/* The file, of at most 1 MiB, holds the text. */
bool hook_file_mentions(const char *path, const char *text);

#endif
