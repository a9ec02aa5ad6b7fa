/* What of a red stage's output tells its failure from others: the lines that say so, without what differs from run to run. */
#include "base/alloc.h"
#include "base/text.h"
#include "core/gate.h"
#include "port/regex.h"

#include <stdlib.h>
#include <string.h>

#define AROUND 6    /* lines before and after one that tells */
#define MARK   '\1' /* at the beginning of one; clean text has none */

/* What differs between two runs of the same failure. In this order: the later patterns see what the earlier left. */
static const struct {
	const char *pattern, *to;
} noise[] = {
	/* From where a word begins: tried from each of its slashes a long one would take hours. */
	{"(?<![^\\s:'\"])([^\\s:'\"/]*)/[^\\s:'\"]*/gate(?:-\\d+)?/(?:\\d+|prepared)/tree", "$1."},
	{"(?<![^\\s:'\"])([^\\s:'\"/]*)/[^\\s:'\"]*/git-agent/[^\\s:'\"/]+/[a-z]+/tree", "$1."},
	{"(?:/var)?/tmp/[^\\s:'\"]*", "<tmp>"},
	{"0x[0-9a-fA-F]{4,}", "<addr>"},
	{"\\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\\b", "<uuid>"},
	{"\\b\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d[^\\s]*", "<time>"},
	{"\\b\\d\\d:\\d\\d(?::\\d\\d)?(?:[.,]\\d+)?\\b", "<time>"},
	{"\\b\\d+m\\d+(?:\\.\\d+)?s\\b", "<time>"},
	{"\\b\\d+(?:[.,]\\d+)?\\s?(?:ms|us|ns|s|sec|secs|seconds|min|minutes)\\b", "<time>"},
	{"\\b(duration_ms|time|elapsed|took)([:=\"' ]+)\\d+(?:\\.\\d+)?", "$1$2<time>"},
	{"\\b((?i:seed|random_order_seed|randomi[sz]ed with seed|-shuffle|-p no:randomly)\\W{1,3})\\d+",
		"$1<seed>"},
	{"\\b\\d+ ((?i:passed|passing|tests?|tests passed|skipped|deselected|warnings?|pending|ok|ignored|measured|filtered out|total|assertions?)\\b)",
		"<n> $1"},
	{"\\b((?i:tests|pass|passed|skipped|todo|cancelled|suites|ran)[: ]\\s*)\\d+", "$1<n>"},
	{"(\\[ {0,8})\\d+(?:%|/\\d+)( {0,8}\\])", "$1<n>$2"},
	{"^([ \\t]*)\\d+/\\d+ (Test)", "$1<n> $2"},
	{"\\b(not ok|ok) \\d+", "$1 <n>"},
	{"(:|line |, line )\\d+(?=[:),]|\\b)", "$1<n>"},
	{"(\\w\\.\\w+\\()\\d+(?:,\\d+)?(?=\\))", "$1<n>"},
	{"\\b(collected )\\d+( items?)", "$1<n>$2"},
	{"^(\\S+ )[.FEsxXpP]+[ \\t]+\\[<n>\\]$", "$1<progress>"},
	{"^[.FEsxXpP]+$", "<progress>"},
	/* What passed beside it. */
	{"^[ \\t]*(?:ok <n>|# Subtest:|--- PASS|=== RUN|test .* \\.\\.\\. ok$|\\S.* \\.\\.\\. ok$).*\\n",
		""},
	{"^[ \\t]*(?:---|\\.\\.\\.|duration_ms: <time>)\\n", ""},
	{"^1\\.\\.\\d+$", "1..<n>"},
	{"^( +)\\d+( \\|)", "$1<n>$2"},
	{"\\bpid \\d+|\\[\\d+\\]", "<pid>"},
};

/* Lines by which runners and compilers say what failed, and why. Words of what is asserted stand in their own lines nearby. */
static const char telling[] =
	"^(.*(?:^E   |^FAIL|^FAILED|^ERROR|^[ \\t]*not ok\\b|--- FAIL|\\bFAILED\\b|\\bFAIL\\b|\xe2\x9c\x96|\xe2\x9c\x97|\xe2\x9c\x98|\xe2\x97\x8f|"
	"(?i:\\bassert|\\bfail(?:s|ed|ure|ures|ing)?\\b|\\berrors?\\b|error:|\\bpanic(?:ked)?\\b|exception\\b|"
	"\\bexpected\\b|\\bactual\\b|\\breceived\\b|\\bgot\\b|\\bwant(?:ed)?\\b|\\bfatal\\b|\\baborted\\b|"
	"segmentation fault|core dumped|sanitizer|undefined (?:reference|symbol|variable)|no such file|"
	"cannot |could not |does not |mismatch|\\bunexpected\\b|\\btraceback\\b)))";

void gate_normalise(struct buf *text, size_t max)
{
	struct fault ignored = FAULT_INIT;

	text_clean(text);
	text_cut_middle(text, max);
	for (size_t i = 0; i < ARRAY_LEN(noise); i++)
		regex_replace(text, noise[i].pattern, noise[i].to, &ignored);
}

static size_t count_lines(const struct buf *text)
{
	size_t count = 1;

	for (size_t i = 0; i < text->len; i++)
		count += text->data[i] == '\n';
	return count;
}

/* Which lines are near to one that tells; false: none tells. */
static bool choose(const struct buf *text, size_t lines, bool *near)
{
	const char *line = text->data;
	bool any = false;

	for (size_t i = 0; i < lines; i++) {
		if (*line == MARK) {
			any = true;
			for (size_t k = i > AROUND ? i - AROUND : 0; k < lines && k <= i + AROUND;
				k++)
				near[k] = true;
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return any;
}

static void keep_near(struct buf *text, const bool *near)
{
	CLEANUP(buf_release) struct buf kept = BUF_INIT;
	size_t i = 0;

	for (const char *line = text->data; *line; i++) {
		size_t len = strcspn(line, "\n");

		len += line[len] == '\n';
		if (near[i])
			buf_add(&kept, line + (*line == MARK), len - (*line == MARK));
		line += len;
	}
	buf_clear(text);
	buf_add(text, kept.data, kept.len);
}

void gate_pick(struct buf *text)
{
	struct fault ignored = FAULT_INIT;
	size_t lines;
	bool *near;

	if (regex_replace(text, telling, "\1$1", &ignored) < 0)
		return;
	lines = count_lines(text);
	near = xcalloc(lines + 1, sizeof *near);
	if (choose(text, lines, near))
		keep_near(text, near);
	free(near);
}

bool gate_first_failure(struct buf *text, struct buf *out)
{
	static const char plain[] =
		"^(.*(?:^E   |^FAIL|^FAILED|^[ \\t]*not ok\\b|--- FAIL|\xe2\x9c\x96|"
		"(?i:\\bassert|\\bfailed\\b|error:|panicked|\\bexpected\\b|does not )))";
	struct fault ignored = FAULT_INIT;
	const char *line;

	text_clean(text);
	if (regex_replace(text, plain, "\1$1", &ignored) < 0)
		return false;
	line = strchr(text->data, MARK);
	if (!line)
		return false;
	line += 1 + strspn(line + 1, " \t");
	buf_add(out, line, strcspn(line, "\n"));
	buf_rtrim(out);
	return true;
}
