/*
 * policy_draft: the first policy file of a repository, with the comments that teach what stands in one.
 */
#ifndef CORE_POLICY_DRAFT_H
#define CORE_POLICY_DRAFT_H

#include "base/buf.h"
#include "core/detect.h"

/* Appends the file's text. What was not found is left out or shown as a comment. */
void policy_draft(const struct detect *d, struct buf *out);

#endif
