/*
 * toolchain: the variables that say where the toolchains a person has installed are (share/toolchains.ini).
 */
#ifndef PORT_TOOLCHAIN_H
#define PORT_TOOLCHAIN_H

#include "base/fault.h"
#include "base/vec.h"

/* Pushes "NAME=value" for each toolchain the file at `path` names and this machine has; no file: none. */
int toolchain_env(const char *path, struct vec *env, struct fault *why);

#endif
