/*
 * report: what a reviewer needs, in the order of need: flags first, then the verdict, the change, how it was made and
 * the commands to go on. As Markdown (report.md) and as lines for a terminal.
 */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

#include "base/buf.h"
#include "base/fault.h"
#include "core/run.h"
#include "port/repo.h"

/* Painting for terminal lines: returns the escape for a paint word ("bold", "red", "green", "yellow", "dim", ""). */
typedef const char *report_paint(const char *word);

/* Appends what was judged, file by file; nothing where it did not come to that. */
int report_change(const struct run *r, struct repo *repo, struct buf *out, struct fault *why);

/* Appends report.md's text; `change` is of report_change. `log_dir` is where the run's logs are, as a person would type it. */
void report_markdown(const struct run *r, const char *change, const char *log_dir, struct buf *out);

/* Appends what is printed at the end of a run. */
void report_lines(const struct run *r, const char *change, const char *log_dir, report_paint *paint,
	struct buf *out);

#endif
