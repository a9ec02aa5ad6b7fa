#include "flow/attempt_words.h"
#include "base/alloc.h"
#include "port/git.h"

#include <string.h>

#define WORDS_MAX  (1024 * 1024)
#define REPORT_MAX (1024 * 1024)
#define DIFF_MAX   ((size_t)256 * 1024 * 1024)

void attempt_words_release(struct attempt_words *w)
{
	buf_release(&w->asked);
	buf_release(&w->diff);
	buf_release(&w->report);
}

static int read_diff(const struct attempt *a, const char *head, struct buf *out, struct fault *why)
{
	struct git_call call = {.git_dir = a->repo->git_dir, .output_max = DIFF_MAX};

	return git_do(&call, out, why, "-c", "core.fsmonitor=false", "diff-tree", "-r", "-p",
		"--no-color", "--no-ext-diff", "--no-textconv", "-M", a->run.base_oid, head, NULL);
}

/* The last pass before the words whose work was sealed. */
static const char *head_before(const struct attempt *a)
{
	for (size_t i = a->first; i-- > 0;)
		if (a->run.passes[i].sealed[0])
			return a->run.passes[i].sealed;
	return NULL;
}

int attempt_words(const struct attempt *a, struct attempt_words *w, struct fault *why)
{
	CLEANUP(str_free) char *asked = attempt_file(a, "revise", (int)a->first + 1, ".md");
	CLEANUP(str_free) char *report = store_path(a->store, a->run.id, "report.md");
	const char *head = head_before(a);

	if (!a->first)
		return 0;
	if (fs_read(asked, &w->asked, WORDS_MAX, why) < 0 ||
		fs_read(report, &w->report, REPORT_MAX, why) < 0)
		return -1;
	return head ? read_diff(a, head, &w->diff, why) : 0;
}
