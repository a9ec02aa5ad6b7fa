/*
 * safe_config: what of a repository's configuration goes into a box: how files look in a working tree, and who commits. No
 * address, no program, no secret.
 */
#ifndef CORE_SAFE_CONFIG_H
#define CORE_SAFE_CONFIG_H

#include "base/buf.h"
#include "port/repo.h"

/* Appends it as the text of a config file; [core] and [extensions] for the kind of repository are the caller's. */
void safe_config_put(const struct repo *repo, struct buf *out);

/* Appends the path of the person's file that git reads by itself: the one the key names, else `name` in the configuration home. */
void safe_config_file(const struct repo *repo, const char *key, const char *name, struct buf *out);

/* Appends a value as git's configuration takes any, in quotes, and a newline. */
void safe_config_value(const char *value, struct buf *out);

#endif
