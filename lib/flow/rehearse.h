/*
 * rehearse: `git agent guard push` and `guard refs`: what the guards would say, without pushing anything.
 */
#ifndef FLOW_REHEARSE_H
#define FLOW_REHEARSE_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/repo.h"

#include <stdbool.h>

/*
 * Lets git work out what `git push <args>` would send (it asks the remote) and judges that as the pre-push hook does, all of it.
 * Prints what is refused and how to mend it. EXIT_DONE, or EXIT_REFUSED.
 */
int rehearse_push(struct repo *repo, const struct vec *args, bool json, struct fault *why);

/*
 * With names: which of those refs are protected; EXIT_REFUSED if any is. Without: what is protected here, and from whom.
 */
int rehearse_refs(struct repo *repo, const struct vec *names, bool json, struct fault *why);

#endif
