/* command.h: the questions that can be asked of a journal. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdio.h>

#define EXIT_JOURNAL 1
#define EXIT_USAGE 2

/* Runs one command over the journal and returns the program's exit status. `sku` is NULL where none was given. */
int command_run(const char *name, FILE *journal, const char *journal_name, const char *sku, FILE *out,
		FILE *err);

/* One line per command. */
void command_usage(FILE *out);

#endif
