/*
 * settings: which model the person has set an agent to, and where it is served, brought into its box. A preset names the file
 * (`settings`) and the keys (`carry`); nothing else of the file comes along: no servers of tools, no hooks, no plugins.
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "core/agent.h"

/*
 * Whether a key, given by its components, is among `carry`: "model", "env.ANTHROPIC_*". `*` and `?` stand for characters of one
 * component; a pattern whose last component is `*` takes all that is below, too.
 */
bool settings_wants(const struct vec *carry, const struct vec *path);

/* Appends what `carry` takes of a file's text; the kind is told by the name's end: .toml, .json. -1: it cannot be read. */
int settings_pick(const char *name, const char *text, size_t len, const struct vec *carry,
	struct buf *out, struct fault *why);

/*
 * Writes what is carried of the agent's settings to the same place below `home`, mode 0600, over what is there. 1: the person has
 * no such file, or nothing in it is carried; the box's is removed.
 */
int settings_carry(const struct agent *a, const char *home, struct fault *why);

/*
 * Pushes the hosts of http and https URLs among what the agent's `served` names: keys of its settings, and `$VARIABLES` of the
 * person's. Items as port/proxy_hosts.h takes them, with a port where the URL has one.
 */
int settings_hosts(const struct agent *a, struct vec *hosts, struct fault *why);

#endif
