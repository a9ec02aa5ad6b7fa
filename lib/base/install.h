/*
 * install: where this program's own files are. Found from the running binary, so that the build tree and any
 * prefix work alike: <prefix>/bin, <prefix>/libexec/git-agent, <prefix>/share/git-agent.
 */
#ifndef BASE_INSTALL_H
#define BASE_INSTALL_H

#include "base/fault.h"

/* <prefix>/libexec/git-agent, with "/<file>" where `file` is not NULL. The caller frees. */
char *install_libexec(const char *file);

/* <prefix>/share/git-agent, likewise. */
char *install_share(const char *file);

/*
 * Becomes `git help` on the page of a command (NULL: of the suite), with this prefix's manual first on the
 * path. Returns only with a fault.
 */
int install_manual(const char *command, struct fault *why);

#endif
