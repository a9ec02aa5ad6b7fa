/*
 * layer_reads: what of a commit setup has read, found out by the times of last access that the file system keeps. Setup may depend on
 * more than worktree.setup.inputs names: where it builds something, what it left is wrong for a commit with other sources. Used by
 * the files of layer alone.
 *
 * A file counts with its blob, a directory that was listed with the names in it. On a file system that keeps no such times (noatime)
 * nothing counts but the inputs.
 */
#ifndef CORE_LAYER_READS_H
#define CORE_LAYER_READS_H

#include "core/layer.h"

#include <time.h>

/* The time from which on a file that is read shows it: waits until those written so far are older. */
struct timespec layer_reads_begin(void);

/* Appends, each as "r<id> <path>" and a NUL, what of l->tree was read in the checkout since then. */
void layer_reads_note(
	const struct layer *l, const struct checkout *c, struct timespec since, struct buf *out);

/* Whether what l->reads names is in a commit (git's list of its files) as it was in the one that setup ran on. */
bool layer_reads_same(const struct layer *l, const struct buf *tree);

/* Gives the layer the name of one made where what l->reads names is as in l->tree. */
void layer_reads_vary(struct layer *l);

#endif
