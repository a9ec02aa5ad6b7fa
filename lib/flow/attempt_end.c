/* The end of a run: its last state, its report, what is kept on disk. */
#include "base/alloc.h"
#include "base/term.h"
#include "core/redact.h"
#include "core/report.h"
#include "flow/ahead.h"
#include "flow/attempt.h"
#include "port/git.h"

#include <stdio.h>
#include <string.h>

/* Which exit codes lead to which end; what is not listed failed. */
static const struct {
	enum exit_code exit;
	enum run_event event;
	const char *code;
} ends[] = {
	{EXIT_INTERRUPTED, RUN_EV_INTERRUPT, "interrupted"},
	{EXIT_REFUSED, RUN_EV_REFUSE, "refused"},
	{EXIT_AGENT, RUN_EV_FAIL, "agent"},
	{EXIT_FATAL, RUN_EV_FAIL, "fatal"},
};

/* `git agent stop` leaves this file before it sends the signal. */
static bool was_stopped(const struct attempt *a)
{
	CLEANUP(str_free) char *path = store_path(a->store, a->run.id, "stop");

	return fs_exists(path);
}

/* What a program said of its failure is in the message. */
static void hide_secrets(struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	buf_puts(&text, why->message);
	redact(&text);
	snprintf(why->message, sizeof why->message, "%s", text.data);
}

static void record_fault(struct attempt *a, struct fault *why)
{
	struct fault ignored = FAULT_INIT;
	size_t i = 0;
	enum run_event event;

	while (i + 1 < ARRAY_LEN(ends) && ends[i].exit != why->exit)
		i++;
	event = ends[i].event;
	if (event == RUN_EV_INTERRUPT && was_stopped(a)) {
		event = RUN_EV_STOP;
		fault_set(why, EXIT_INTERRUPTED, "stopped by git agent stop");
		fault_reason(why, "stopped");
	}
	hide_secrets(why);
	str_replace(&a->run.error_code, why->reason[0] ? why->reason : ends[i].code);
	str_replace(&a->run.error_message, why->message);
	a->run.error_exit = (int)why->exit;
	if (!run_is_over(a->run.state) &&
		store_apply(a->store, &a->run, event, why->message, &ignored) < 0)
		term_warn("%s", ignored.message);
}

static const char *paint(const char *word)
{
	static const struct {
		const char *word;
		enum term_paint paint;
	} paints[] = {{"bold", PAINT_BOLD}, {"red", PAINT_RED}, {"green", PAINT_GREEN},
		{"yellow", PAINT_YELLOW}, {"dim", PAINT_DIM}};

	for (size_t i = 0; i < ARRAY_LEN(paints); i++)
		if (!strcmp(paints[i].word, word))
			return term_paint(paints[i].paint, false);
	return term_paint(PAINT_PLAIN, false);
}

static int write_report(
	struct attempt *a, const char *change, const char *log_dir, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(a->store, a->run.id, "report.md");
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	report_markdown(&a->run, change, log_dir, &text);
	redact(&text);
	return fs_write(path, text.data, text.len, 0644, why);
}

static void print_report(struct attempt *a, bool json, const char *change, const char *log_dir)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (json) {
		CLEANUP(json_free) struct json *whole = json_object();
		struct json *runs = json_array();

		json_set_int(whole, "version", RUN_VERSION);
		json_push(runs, run_to_json(&a->run));
		json_set(whole, "runs", runs);
		json_write(whole, false, &text);
		buf_putc(&text, '\n');
	} else {
		report_lines(&a->run, change, log_dir, paint, &text);
		redact(&text);
	}
	term_out(text.data, text.len);
}

/* A proposal's checkout has nothing the branch lacks; whatever did not become one is kept for a look. */
static void tidy(struct attempt *a)
{
	struct fault ignored = FAULT_INIT;

	git_child_free(&a->view.filling);
	if (a->view.path && fs_remove(a->view.path, &ignored) < 0)
		term_warn("%s", ignored.message);
	if (a->checkout.path)
		layer_forget(&a->checkout);
	if (a->workspace.path && a->run.state == RUN_PROPOSED && !a->options->keep &&
		fs_remove(a->workspace.path, &ignored) < 0)
		term_warn("%s", ignored.message);
}

int attempt_end(struct attempt *a, bool json, struct fault *why)
{
	CLEANUP(str_free) char *log_dir = store_path(a->store, a->run.id, "");
	CLEANUP(buf_release) struct buf change = BUF_INIT;
	struct fault trouble = FAULT_INIT;
	int code;

	/* What the proxies had to say is in their log, which the report reads. */
	proxy_free(&a->agent_proxy);
	proxy_free(&a->gate_proxy);
	term_live_end();
	if (why->exit)
		attempt_compare(a, why);
	code = why->exit;
	if (code)
		record_fault(a, why);
	else if (a->run.state == RUN_REJECTED || a->run.state == RUN_GAVE_UP)
		code = a->run.state == RUN_GAVE_UP ? EXIT_GAVE_UP : EXIT_RED;
	if (why->exit)
		term_fault(why);
	if (report_change(&a->run, a->repo, &change, &trouble) < 0 ||
		write_report(a, change.data, log_dir, &trouble) < 0)
		term_warn("%s", trouble.message);
	print_report(a, json, change.data, log_dir);
	tidy(a);
	if (a->checkout.path)
		ahead_make_spare(a->repo, &a->policy, a->run.base_oid);
	return code;
}
