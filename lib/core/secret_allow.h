/*
 * secret_allow: what a person has looked at and says is no secret, or one that may be seen. Each such word has a reason:
 *
 *   in the line itself    git-agent: allow-secret <reason>
 *   in .gitagent-allow    <fingerprint> <reason>
 *                         path:<glob> <reason>
 *
 * Lines of the file that begin with # are comments. A fingerprint is of the rule, the path and the secret: the same secret elsewhere
 * is another one.
 */
#ifndef CORE_SECRET_ALLOW_H
#define CORE_SECRET_ALLOW_H

#include "base/fault.h"
#include "base/vec.h"

#include <stddef.h>

#define SECRET_ALLOW_FILE   ".gitagent-allow"
#define SECRET_PRINT_DIGITS 16
#define SECRET_PRINT_SIZE   (SECRET_PRINT_DIGITS + 1)

struct secret_allow {
	struct vec prints, print_reasons; /* side by side */
	struct vec globs, glob_reasons;
};

#define SECRET_ALLOW_INIT                              \
	{                                              \
		VEC_INIT, VEC_INIT, VEC_INIT, VEC_INIT \
	}

/* Adds what a file says. A line without a reason, or of neither form, is a fault with its number. */
int secret_allow_read(
	struct secret_allow *a, const char *text, size_t len, const char *file, struct fault *why);
void secret_allow_release(struct secret_allow *a);

void secret_print(const char *rule, const char *path, const char *secret, size_t len,
	char out[SECRET_PRINT_SIZE]);

/* The reason why this one is allowed, borrowed; NULL: it is not. `path` NULL: it is in no file. */
const char *secret_allow_find(const struct secret_allow *a, const char *print, const char *path);

/* The reason that the line gives itself; NULL: it gives none. The caller frees. */
char *secret_allow_inline(const char *line, size_t len);

#endif
