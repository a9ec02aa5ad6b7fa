/*
 * redact_log: a log that is written while something runs: what is a secret is taken out on the way, so that it is never on disk, whenever
 * this process ends. A line is written once it is whole; of one that looks like the beginning of a secret over lines, all of it.
 */
#ifndef CORE_REDACT_LOG_H
#define CORE_REDACT_LOG_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>

struct redact_log;

/* Makes or empties the file; with `append` what is there stays. */
int redact_log_open(struct redact_log **out, const char *path, bool append, struct fault *why);

/* As port/proc.h wants it: `log` is a struct redact_log; no bytes are the end. 0, or -1 with errno. */
int redact_log_write(void *log, const char *bytes, size_t len);

/* Writes nothing more. For CLEANUP. */
void redact_log_free(struct redact_log **log);

#endif
