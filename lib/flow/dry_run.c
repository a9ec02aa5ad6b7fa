#include "flow/dry_run.h"
#include "base/alloc.h"
#include "base/term.h"
#include "core/prompt.h"
#include "flow/attempt_box.h"

int dry_run(
	struct attempt *a, const struct agent *agent, const struct brief *brief, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(vec_release) struct vec argv = VEC_INIT;
	struct prompt p = {.brief = brief,
		.policy = &a->policy,
		.agent = agent,
		.base = a->run.base_oid,
		.heals = a->run.kind == RUN_KIND_HEAL,
		.pass = 1};

	buf_printf(&text, "# base\n%s %s\n\n# sandbox (sandbox.require %s)\n", a->run.base,
		a->run.base_oid, sandbox_level_name(a->policy.require));
	if (attempt_box_describe(a, agent, &text, why) < 0)
		return -1;
	buf_puts(&text, "\n# agent\n");
	if (!agent_command(agent, a->level != SANDBOX_NONE, "{prompt_file}", &argv))
		vec_push(&argv, "< prompt");
	for (size_t i = 0; i < argv.len; i++)
		buf_printf(&text, "%s%s", i ? " " : "", argv.items[i]);
	buf_printf(&text, "\n\n# policy: %s\n", a->policy.origin);
	policy_write(&a->policy, &text);
	buf_puts(&text, "\n# prompt\n");
	if (prompt_write(&p, a->repo, &text, why) < 0)
		return -1;
	term_out(text.data, text.len);
	return EXIT_DONE;
}
