/*
 * gate_reports: what test runners leave beside their output: JUnit's XML, where they usually put it.
 */
#ifndef CORE_GATE_REPORTS_H
#define CORE_GATE_REPORTS_H

#include <stdint.h>

/* Path of what is kept of a stage's reports, beside its log; the caller frees. */
char *gate_reports_path(const char *log);

/*
 * Keeps the reports that the stage, which took so long, has left in its tree, one after the other; none is no file. Whatever the stage
 * left is looked for without following a link, and what cannot be read is passed over.
 */
void gate_reports_keep(const char *tree, int64_t took_ms, const char *log);

#endif
