/*
 * filters: the filter drivers of the person's own configuration (filter.<name>.clean, smudge, process; git-lfs is one), which
 * nothing runs but a box: files are written as they are stored, then once more by a git in the box, which filters them; what
 * the agent commits is filtered there too. Of the configuration only these entries come along.
 */
#ifndef CORE_FILTERS_H
#define CORE_FILTERS_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "port/repo.h"
#include "port/sandbox.h"

#include <stdbool.h>
#include <stddef.h>

struct filter {
	char *name;
	char *clean, *smudge, *process; /* command lines for sh; NULL: none */
	bool required;
	bool usable; /* a box can run it */
};

struct filters {
	struct filter *items;
	size_t len, cap;
	struct vec programs; /* files that boxes may run for them */
	char *lfs; /* where the repository keeps what git-lfs stores; NULL: git-lfs is not used */
	bool unfiltered; /* some file is as it is stored though a driver is configured for it */
};

#define FILTERS_INIT                                \
	{                                           \
		.items = NULL, .programs = VEC_INIT \
	}

/* What is configured; with `wanted` false, or where its program is not found, a driver is not usable. */
void filters_find(struct filters *f, const struct repo *repo, bool wanted);
void filters_release(struct filters *f);

/* Appends the usable ones as configuration of a private git directory. */
void filters_write(const struct filters *f, struct buf *config);

/* Opens to a box what they need. */
void filters_open(const struct filters *f, struct box *box);

#endif
