/*
 * filtered: writes the files of a checkout as their filter drivers make them, in a box.
 */
#ifndef CORE_FILTERED_H
#define CORE_FILTERED_H

#include "base/fault.h"
#include "core/workspace.h"
#include "port/repo.h"

/*
 * Writes the files of a fresh checkout, in which nobody has worked, that a usable driver is for, once more and filtered. One that its
 * driver fails for stays as it is stored; w->filters.unfiltered says so.
 */
int filtered_write(
	const struct checkout *c, struct workspace *w, const struct repo *repo, struct fault *why);

#endif
