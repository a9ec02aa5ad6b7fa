#include "flow/issue.h"
#include "base/alloc.h"
#include "base/term.h"
#include "core/prompt.h"
#include "flow/asked.h"
#include "flow/attempt_box.h"
#include "flow/passes.h"
#include "flow/simulation.h"
#include "port/proc.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int dry_run(
	struct attempt *a, const struct agent *agent, const struct brief *brief, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(vec_release) struct vec argv = VEC_INIT;
	struct prompt p = {.brief = brief,
		.policy = &a->policy,
		.agent = agent,
		.base = a->run.base_oid,
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

/* The child: its own record first, so that nobody sees a run without an owner, then its own log for a terminal. */
static int settle(struct attempt *a, int log_fd, int ready_fd, struct fault *why)
{
	proc_owner_self(&a->run.owner);
	if (store_save(a->store, &a->run, why) < 0)
		return -1;
	if (dup2(log_fd, STDOUT_FILENO) < 0 || dup2(log_fd, STDERR_FILENO) < 0)
		return fault_errno(why, "cannot write the run's own log");
	return fs_write_fd(ready_fd, "", 1) < 0
		       ? fault_errno(why, "cannot tell that the run goes on")
		       : 0;
}

/* 1: in the process that was started by the person, whose part is done; 0: in the one that goes on without a terminal. */
static int go_background(struct attempt *a, struct fault *why)
{
	CLEANUP(str_free) char *log = store_path(a->store, a->run.id, "supervisor.log");
	CLEANUP(fd_close) int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	CLEANUP(fd_close) int from = -1;
	CLEANUP(fd_close) int to = -1;
	int ends[2];
	char ready;
	pid_t pid;

	if (fd < 0)
		return fault_errno(why, "cannot write '%s'", log);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault_errno(why, "cannot make a pipe");
	/* What git was asked, and the git that reads, are this process's children. */
	attempt_announce(a);
	repo_rest(a->repo);
	from = ends[0];
	to = ends[1];
	pid = proc_background(why);
	if (pid < 0)
		return -1;
	if (!pid)
		return settle(a, fd, to, why);
	fd_close(&to);
	if (read(from, &ready, 1) == 1)
		term_outf("run %s goes on in the background: git agent log -f %s\n", a->run.id,
			a->run.id);
	return 1;
}

/* The tree fills while the brief is written; whatever became of the checkout, the brief is not lost. */
static int begin(struct attempt *a, const struct agent_choice *choice, const struct brief *brief,
	struct fault *why)
{
	struct fault second = FAULT_INIT;
	int done = attempt_begin(a, true, why);

	if (a->options->detach)
		return done;
	return asked_save(a, choice, brief, done < 0 ? &second : why) < 0 ? -1 : done;
}

static int run_claimed(struct attempt *a, const struct agent *agent,
	const struct agent_choice *choice, const struct brief *brief, const struct issue_options *o,
	struct fault *why)
{
	str_replace(&a->run.agent, agent->name);
	str_replace(&a->run.model, agent->model);
	/* Before anybody is told that it goes on. */
	if (o->attempt.detach && asked_save(a, choice, brief, why) == 0 &&
		go_background(a, why) == 1)
		return EXIT_DONE;
	if (!why->exit && begin(a, choice, brief, why) == 0 && attempt_prepare(a, why) == 0)
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
			code = o->dry_run
				       ? dry_run(&a, &agent, &brief, why)
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
