/*
 * git_config: whether git need be asked for its configuration at all. To read a few small files takes a tenth of the time that
 * starting git takes.
 */
#ifndef PORT_GIT_CONFIG_H
#define PORT_GIT_CONFIG_H

#include "port/gitdir.h"

#include <stdbool.h>

/*
 * False: git's configuration holds nothing in that section, whatever is asked. True: it may. Told from where git says that it
 * reads (git-config(1), FILES and ENVIRONMENT); whatever is not plain there (a variable that passes configuration, an include, a
 * git whose system-wide file is not known, a file that cannot be read) may hold everything.
 */
bool git_config_may_hold(const struct gitdir *dir, const char *section);

#endif
