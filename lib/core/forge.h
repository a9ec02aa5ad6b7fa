/*
 * forge: the places that keep remotes and know of more than git does: whether a branch is protected there. Which forge a host is
 * tells its name, or the person's git configuration: agent.forge (a kind, or "off": none is asked) and agent.forgeApi (the address
 * of its interface).
 */
#ifndef CORE_FORGE_H
#define CORE_FORGE_H

#include "base/buf.h"
#include "base/fault.h"
#include "core/remote_url.h"
#include "port/repo.h"

#include <stdbool.h>
#include <stdint.h>

struct forge_kind;

struct forge {
	const struct forge_kind *kind;
	char *project; /* "owner/name", or "group/sub/name" */
	char *api;     /* the address that its paths are put after; NULL: it cannot be asked */
	char *token;   /* NULL: none is known */
	int64_t timeout_ms;
};

/* The forge of a remote. false: none that is known, or it is not to be asked. Looks for no token. */
bool forge_find(struct forge *f, const struct repo *repo, const struct remote_url *url);
void forge_release(struct forge *f);

/* The kind's name: "github". */
const char *forge_name(const struct forge *f);

/* Appends the page on which a person protects branches. false: the host is no forge that is known. */
bool forge_page(const struct remote_url *url, struct buf *page);

/*
 * Finds the token for it: what git's credential helpers know of its host, else the environment's, which is for the forge's own host
 * or the configured one alone. Nobody is asked. Without one f->token stays NULL.
 */
void forge_login(struct forge *f, const struct repo *repo, const struct remote_url *url);

/* Asks. 0: the branch is protected; 1: it is not; -1: it does not say. */
int forge_protects(const struct forge *f, const char *branch, struct fault *why);

#endif
