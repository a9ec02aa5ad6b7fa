/* What a run's change does to the evidence: told to the reviewer, or a red stage of its own. */
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "core/evidence.h"
#include "flow/attempt.h"
#include "port/match.h"

#include <stdio.h>
#include <string.h>

#define STAGE    "evidence"
#define LEFT_MAX 5 /* that are told one by one */

static const char blocked_hint[] =
	"the test itself may be wrong; --may-change, or the brief, lets it be changed";

static bool is_mode(const struct attempt *a, const char *mode)
{
	return !strcmp(a->policy.evidence_mode, mode);
}

static bool blocks(const struct attempt *a)
{
	return is_mode(a, "block") || (is_mode(a, "auto") && a->run.kind == RUN_KIND_HEAL);
}

/* What an earlier pass did and this one does not is nothing to read. */
static void forget(struct attempt *a)
{
	struct vec kept = VEC_INIT;

	evidence_release(&a->run.evidence);
	for (size_t i = 0; i < a->run.flags.len; i++)
		if (strncmp(a->run.flags.items[i], STAGE ": ", strlen(STAGE ": ")) != 0)
			vec_push(&kept, a->run.flags.items[i]);
	vec_release(&a->run.flags);
	a->run.flags = kept;
}

/* What a person allowed by --allow-path was declared. */
static void settle(struct attempt *a, struct evidence_finding *f)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT;

	if (f->path && match_path_any(&a->options->allow, f->path))
		snprintf(f->status, sizeof f->status, "declared");
	if (!strcmp(f->status, "declared"))
		return;
	snprintf(f->status, sizeof f->status, "%s", blocks(a) ? "blocked" : "flagged");
	evidence_put_line(f, &line);
	run_flag(&a->run, STAGE ": %s", line.data);
}

/* Below node_modules a package is one thing, not its files. */
static size_t shown_len(const char *path)
{
	const char *below = strstr(path, "node_modules/");
	const char *end = below ? strchr(below + strlen("node_modules/"), '/') : NULL;

	below = below ? below : strstr(path, "site-packages/");
	end = end || !below ? end : strchr(below + strlen("site-packages/"), '/');
	return end ? (size_t)(end - path) : strlen(path);
}

static void tell_left(struct attempt *a, const char *path)
{
	CLEANUP(str_free) char *clean = text_cleaned(path);

	evidence_add(&a->run.evidence, "left-behind", path, 0, -1, -1,
		"ignored by git and not part of the proposal");
	run_flag(&a->run, STAGE ": left-behind: %s is ignored by git and not part of the proposal",
		clean);
}

/* What git ignores never reaches the gate; that it was changed is for the reviewer to know, who may have it, too. */
static void find_left(struct attempt *a, const struct evidence_scope *scope)
{
	CLEANUP(vec_release) struct vec shown = VEC_INIT;

	vec_sort(&a->left);
	for (size_t i = 0; i < a->left.len; i++) {
		unsigned kind = evidence_classify(a->rules, scope, a->left.items[i]);
		CLEANUP(str_free)
		char *path = xstrndup(a->left.items[i], shown_len(a->left.items[i]));

		if (!(kind & ~(unsigned)EVIDENCE_BUILD) || kind & EVIDENCE_CACHE ||
			vec_has(&shown, path))
			continue;
		vec_push(&shown, path);
		if (shown.len <= LEFT_MAX)
			tell_left(a, path);
	}
	if (shown.len > LEFT_MAX)
		run_flag(&a->run, STAGE ": left-behind: %zu more", shown.len - LEFT_MAX);
}

int attempt_evidence(struct attempt *a, struct fault *why)
{
	CLEANUP(vec_release) struct vec commands = VEC_INIT;
	struct evidence_scope scope = {.paths = &a->policy.evidence_paths,
		.may_change = a->may_change,
		.commands = &commands,
		.policy_file = a->policy.file};

	forget(a);
	if (is_mode(a, "off"))
		return 0;
	for (size_t i = 0; i < a->policy.stages_len; i++)
		vec_push(&commands, a->policy.stages[i].run);
	if ((!a->rules && evidence_rules_load(&a->rules, NULL, why) < 0) ||
		evidence_scan_repo(a->rules, &scope, &a->changes, a->repo, &a->run.evidence, why) <
			0)
		return fault_wrap(why, "evidence");
	for (size_t i = 0; i < a->run.evidence.len; i++)
		settle(a, &a->run.evidence.items[i]);
	find_left(a, &scope);
	return 0;
}

static size_t count_blocked(const struct attempt *a)
{
	size_t count = 0;

	for (size_t i = 0; i < a->run.evidence.len; i++)
		count += !strcmp(a->run.evidence.items[i].status, "blocked");
	return count;
}

bool attempt_evidence_blocked(const struct attempt *a)
{
	return count_blocked(a) > 0;
}

void attempt_evidence_add(
	struct attempt *a, const char *name, long base, long now, const char *detail)
{
	settle(a, evidence_add(&a->run.evidence, name, NULL, 0, base, now, detail));
}

void attempt_evidence_failure(const struct attempt *a, struct buf *out)
{
	if (!count_blocked(a))
		return;
	buf_puts(out, "stage " STAGE ": what proves the code was changed:\n");
	for (size_t i = 0; i < a->run.evidence.len; i++) {
		if (strcmp(a->run.evidence.items[i].status, "blocked") != 0)
			continue;
		buf_puts(out, "  ");
		evidence_put_line(&a->run.evidence.items[i], out);
		buf_putc(out, '\n');
	}
	buf_printf(out, "Leave it as it was, and mend the code instead (%s).\n", blocked_hint);
}

void attempt_evidence_judge(struct attempt *a)
{
	struct run *r = &a->run;
	CLEANUP(buf_release) struct buf what = BUF_INIT;
	size_t blocked = count_blocked(a);
	struct run_stage *stage;

	if (!blocks(a))
		return;
	stage = run_add_stage(r, STAGE);
	snprintf(stage->status, sizeof stage->status, "%s", blocked ? "red" : "green");
	term_mark(!blocked, "%s%s%s", STAGE, blocked ? "  " : "", blocked ? blocked_hint : "");
	if (!blocked)
		return;
	str_replace(&stage->detail, blocked_hint);
	for (size_t i = 0; i < r->evidence.len; i++) {
		CLEANUP(buf_release) struct buf line = BUF_INIT;

		if (strcmp(r->evidence.items[i].status, "blocked") != 0)
			continue;
		evidence_put_line(&r->evidence.items[i], &line);
		term_say("    %s", line.data);
	}
	attempt_evidence_failure(a, &what);
	attempt_make_red(a, &what);
}
