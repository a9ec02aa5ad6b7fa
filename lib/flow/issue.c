#include "flow/issue.h"
#include "base/alloc.h"
#include "base/term.h"
#include "core/prompt.h"
#include "flow/asked.h"
#include "flow/attempt_box.h"
#include "flow/background.h"
#include "flow/dry_run.h"
#include "flow/passes.h"
#include "flow/simulation.h"

#include <unistd.h>

/* The tree fills while the brief is written; whatever became of the checkout, the brief is not lost. */
static int begin(struct attempt *a, const struct agent_choice *choice, const struct brief *brief,
	struct fault *why)
{
	struct fault second = FAULT_INIT;
	int done = attempt_begin(a, true, why);

	if (a->options->detach)
		return done;
	return asked_save(a, choice, brief, NULL, done < 0 ? &second : why) < 0 ? -1 : done;
}

static int run_claimed(struct attempt *a, const struct agent *agent,
	const struct agent_choice *choice, const struct brief *brief, const struct issue_options *o,
	struct fault *why)
{
	str_replace(&a->run.agent, agent->name);
	str_replace(&a->run.model, agent->model);
	/* Before anybody is told that it goes on. */
	if (o->attempt.detach && asked_save(a, choice, brief, NULL, why) == 0 &&
		background_go(a, why) == 1)
		return EXIT_DONE;
	if (!why->exit && begin(a, choice, brief, why) == 0 && attempt_prepare(a, why) == 0 &&
		attempt_beside(a, why) == 0)
		passes_run(a, agent, brief, why);
	return attempt_end(a, o->json, why);
}

static const char *slug_source(const struct brief *brief)
{
	if (brief->name)
		return brief->name;
	return brief->stem ? brief->stem : brief->title;
}

static int open_brief(struct brief *brief, const struct issue_options *o, struct fault *why)
{
	if (brief_read(brief, o->brief, NULL, STDIN_FILENO, why) < 0)
		return -1;
	for (size_t i = 0; i < brief->warnings.len; i++)
		term_warn("%s", brief->warnings.items[i]);
	return 0;
}

int issue_run(
	struct repo *repo, struct store *store, const struct issue_options *o, struct fault *why)
{
	struct attempt a;
	struct agent agent;
	struct brief brief = {0};
	struct agent_choice choice = o->agent;
	int code = -1;

	attempt_init(&a, repo, store, &o->attempt, RUN_KIND_ISSUE);
	agent_init(&agent);
	if (choice.simulate)
		a.extra = simulation_stage();
	if (open_brief(&brief, o, why) == 0) {
		choice.name = choice.name ? choice.name : brief.agent;
		choice.model = choice.model ? choice.model : brief.model;
		if (attempt_open(&a, why) == 0 &&
			agent_find(&agent, &choice, &a.policy, why) == 0 &&
			attempt_box_check(&a, &agent, why) == 0 &&
			prompt_check(&a.policy, repo, a.run.base_oid, why) == 0)
			code = o->dry_run ? dry_run(&a, &agent, &brief, why)
			       : attempt_baseline(&a, why) < 0
				       ? -1
				       : attempt_claim(&a, slug_source(&brief), brief.title, why);
	}
	if (a.claimed)
		code = code ? attempt_end(&a, o->json, why)
			    : run_claimed(&a, &agent, &choice, &brief, o, why);
	attempt_release(&a);
	agent_release(&agent);
	brief_release(&brief);
	return code;
}
