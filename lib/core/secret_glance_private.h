/*
 * secret_glance_private: what the parts of secret_glance share.
 */
#ifndef CORE_SECRET_GLANCE_PRIVATE_H
#define CORE_SECRET_GLANCE_PRIVATE_H

#include "core/secret_glance.h"

#include <stdbool.h>

#define GLANCE_GITLINK 0160000U /* the mode of what is a commit of another repository */

struct glance {
	const struct secret_glance *of;
	bool may;
};

/* Sets ->may where the text may hold one. */
void glance_into(struct glance *l, const char *text, size_t len);

/*
 * Walks few commits from what is pushed to what is seen: looks into messages and names, and appends the ids of the files to *blobs.
 * 1: there are too many, or they are not plain: nothing is told by *blobs.
 */
int glance_steps(struct glance *l, struct vec *blobs, struct fault *why);

#endif
