/*
 * layers: the dependency layer a commit wants, found or made, with a word to people about what they wait for.
 */
#ifndef FLOW_LAYERS_H
#define FLOW_LAYERS_H

#include "base/fault.h"
#include "core/layer.h"
#include "core/policy.h"
#include "core/workspace.h"
#include "port/repo.h"

/*
 * Leaves *l, fresh from layer_init, held; or with no name, where setup is to run in each checkout or there is none. Setup's output
 * is appended to `log`. Waits for another process that makes the same one. Asks workspace_copies.
 */
int layers_take(struct layer *l, struct workspace *w, struct repo *repo, const struct policy *p,
	const char *commit, const char *log, struct fault *why);

#endif
