#include "core/box_hint.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/grant.h"
#include "port/regex.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is looked at, from the end: a program may print to keep us looking. */
#define LINES_MAX 200
#define LINE_MAX  2000 /* bytes */
#define PATHS_MAX 100
#define WINDOW    4 /* lines a pattern may span */

struct looking {
	const struct box *box;
	const struct box_keys *keys;
	struct buf *out;
	const char *line; /* looked at; ends in a NUL */
	const char *from; /* the same and a few lines before it */
	int *paths;       /* how many more may be looked at */
};

/* --- paths ------------------------------------------------------------------------------------ */

/* What systems and runtimes say when a path is not there, not to be had, or not to be written. */
#define NOT_THERE   "No such file or directory|ENOENT|NoSuchFileException"
#define NOT_ALLOWED "Permission denied|EACCES|AccessDeniedException"
#define NOT_WRITTEN "Read-only file system|EROFS"
#define IS_WRITING  "creat|mkdir|mkdtemp|writ|touch|output|install|copy|move|rename"

/* Characters a path ends at where it is not quoted. */
static const char path_ends[] = " \t\"'`()[]<>{},;:=|";

/* The path that begins at `at`: up to the quote that was opened before it, else to what no path is written with. */
static char *path_at(const char *line, const char *at)
{
	static const char open[] = "\xe2\x80\x98", close[] = "\xe2\x80\x99"; /* ‘ ’ */
	char before = at > line ? at[-1] : ' ';
	const char *end = NULL;

	if (strchr("\"'`", before))
		end = strchr(at, before);
	else if (at - line >= 3 && !memcmp(at - 3, open, 3))
		end = strstr(at, close);
	else if (strchr(path_ends, before))
		end = at + strcspn(at, path_ends);
	return end && end - at > 1 ? xstrndup(at, (size_t)(end - at)) : NULL;
}

static bool may_be_opened(const struct looking *l, const char *path)
{
	struct grant g = {.outside = (char *)path};
	struct fault ignored = FAULT_INIT;

	return grant_allow(&g, (const char *const *)l->keys->closed->items, "", &ignored) == 0;
}

static bool tell_path(const struct looking *l, const char *path, bool write)
{
	if (!may_be_opened(l, path))
		return false;
	buf_printf(l->out, "the sandbox %s '%s'; to %s it: %s = %s, under [sandbox] in %s",
		write ? "does not let it write to" : "hides", path, write ? "allow" : "show",
		write ? "write" : "read", path, l->keys->file);
	return true;
}

/* The directory to open for something to be written: itself, or the one it would be made in. */
static bool tell_write(const struct looking *l, const char *path)
{
	CLEANUP(str_free) char *dir = fs_is_dir(path) ? xstrdup(path) : fs_dirname(path);

	return access(dir, W_OK) == 0 && tell_path(l, dir, true);
}

/* What is looked for in the box's HOME and is in the person's. */
static bool tell_home(const struct looking *l, const char *path)
{
	CLEANUP(str_free) char *inside = box_inside(l->box, l->box->home ? l->box->home : "/");
	CLEANUP(str_free) char *outside = NULL;
	const char *home = getenv("HOME");
	size_t len = strlen(inside);

	if (!home || len < 2 || strncmp(path, inside, len) != 0 || path[len] != '/')
		return false;
	outside = fs_join(home, path + len + 1);
	return access(outside, R_OK) == 0 && tell_path(l, outside, false);
}

static bool look_at_path(const struct looking *l, const char *path)
{
	bool write = regex_search(NOT_WRITTEN, l->line, strlen(l->line));
	bool writing = write || regex_search(IS_WRITING, l->line, strlen(l->line));
	enum box_sight sight = sandbox_sight(l->box, path);

	if (sight == BOX_WRITE)
		return !write && tell_home(l, path);
	if (sight == BOX_READ)
		return (write || regex_search(NOT_ALLOWED, l->line, strlen(l->line))) &&
		       tell_write(l, path);
	if (access(path, R_OK) == 0)
		return tell_path(l, path, false);
	return writing && tell_write(l, path);
}

static enum box_trouble look_at_paths(const struct looking *l)
{
	if (!regex_search(NOT_THERE "|" NOT_ALLOWED "|" NOT_WRITTEN, l->line, strlen(l->line)))
		return TROUBLE_NONE;
	/* Programs name themselves first and what they wanted last. */
	for (const char *at = l->line + strlen(l->line); at > l->line && *l->paths; at--) {
		CLEANUP(str_free) char *path = at[-1] == '/' ? path_at(l->line, at - 1) : NULL;

		*l->paths -= path != NULL;
		if (path && look_at_path(l, path))
			return TROUBLE_KEY;
	}
	return TROUBLE_NONE;
}

/* --- the network ------------------------------------------------------------------------------ */

#define LOOPBACK "127\\.[0-9.]+|localhost|\\[?::1\\]?|0\\.0\\.0\\.0"

/* Of programs that look for another machine. */
static const char *const unreachable[] = {
	"could(n't| not) resolve host|temporary failure in name resolution|name or service not known",
	"eai_again|getaddrinfo enotfound|unknownhostexception|unresolvedaddress",
	"failed to lookup address information|dial (tcp|udp): lookup ",
	"network is unreachable|enetunreach",
	"failed to connect to (?!" LOOPBACK ")",
	"connect (eacces|eperm) (?!" LOOPBACK ")[0-9]",
	"dial (tcp|udp)[46]? (?!" LOOPBACK
	")\\S+: (connect|socket): (permission denied|operation not permitted)",
};

/* What Landlock and the filter say to a socket; a path is named where it is one that is meant. */
static const char *const refused[] = {
	"(listen|connect|bind) (eacces|eperm)\\b",
	"^bash: connect: permission denied|/dev/(tcp|udp)/\\S+: permission denied",
	"(dial|listen) (tcp|udp)\\S* \\S*: (bind|connect|socket): (permission denied|operation not permitted)",
	"java\\.net\\.(bind|socket|connect)exception: (permission denied|operation not permitted)",
	"failed to connect to (" LOOPBACK ")",
	"^permissionerror: \\[errno 13\\] permission denied$",
};
/* Of a datagram, whose socket there is none of; the error alone may be anything's. */
static const char refused_datagram[] =
	"socket[^\\n]*\\n([^\\n]*\\n){0,2}permissionerror: \\[errno 1\\] operation not permitted$";

static bool finds(const char *const *patterns, size_t len, const char *text)
{
	for (size_t i = 0; i < len; i++)
		if (regex_search(patterns[i], text, strlen(text)))
			return true;
	return false;
}

static void tell_network(const struct looking *l, const char *what)
{
	bool proxy = l->box->network == NETWORK_PROXY;

	buf_printf(l->out, "the sandbox %s; to %s: %s = %s, under %s in %s%s",
		proxy ? "lets it reach only the hosts that are listed" : what,
		proxy ? "list one" : "open it", proxy ? "hosts" : l->keys->network,
		proxy ? "<host>" : "open", proxy ? "[sandbox]" : l->keys->section, l->keys->file,
		proxy ? "" : " (or proxy, with hosts = <host>, under [sandbox])");
}

static enum box_trouble look_at_network(const struct looking *l)
{
	if (l->box->network == NETWORK_OPEN)
		return TROUBLE_NONE;
	if (finds(unreachable, ARRAY_LEN(unreachable), l->line)) {
		tell_network(l, "gives it no network");
		return TROUBLE_NETWORK;
	}
	if (sandbox_has_loopback(l->box))
		return TROUBLE_NONE;
	if (!finds(refused, ARRAY_LEN(refused), l->line) &&
		!regex_search(refused_datagram, l->from, strlen(l->from)))
		return TROUBLE_NONE;
	tell_network(l, "has no loopback on this machine, which gives no network namespaces");
	return TROUBLE_LOOPBACK;
}

/* --- variables -------------------------------------------------------------------------------- */

#define NAME "([A-Z][A-Z0-9_]{2,})"

/* Each with the variable's name in its first group. */
static const char *const missing[] = {
	"KeyError: '" NAME "'",
	"\\b" NAME ": (?:parameter (?:null or )?not set|unbound variable)",
	"(?i:environment variables?):? [`'\"]?" NAME
	"[`'\"]? (?:is |was )?(?:not|must be|undefined|missing|required)",
	"\\b" NAME "[`'\"]? (?i:environment variable )?(?:is |was )?"
	"(?:not (?:set|provided)|must be set|is required|is missing|is undefined)",
	("(?i:missing|required)(?i: required)? (?i:environment variables?):? [`'\"]?" NAME),
};

/* Set outside, and not in the box. */
static bool is_kept_out(const struct looking *l, const char *name)
{
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	size_t len = strlen(name);

	if (!getenv(name))
		return false;
	sandbox_env(l->box, &env);
	for (size_t i = 0; i < env.len; i++)
		if (!strncmp(env.items[i], name, len) && env.items[i][len] == '=')
			return false;
	return true;
}

static enum box_trouble look_at_env(const struct looking *l)
{
	for (size_t i = 0; l->keys->env && i < ARRAY_LEN(missing); i++) {
		CLEANUP(buf_release) struct buf name = BUF_INIT;

		if (!regex_group(missing[i], l->line, strlen(l->line), &name) ||
			!is_kept_out(l, name.data))
			continue;
		buf_printf(l->out,
			"the sandbox does not pass %s; to pass it: %s = %s, under %s in %s",
			name.data, l->keys->env, name.data, l->keys->section, l->keys->file);
		return TROUBLE_KEY;
	}
	return TROUBLE_NONE;
}

/* --- debuggers -------------------------------------------------------------------------------- */

static const char tracing[] =
	"ptrace: operation not permitted|leaksanitizer has encountered a fatal error|"
	"could not trace the inferior|ptrace_(traceme|seize|attach)[^:]*: operation not permitted";

static enum box_trouble look_at_trace(const struct looking *l)
{
	if (!regex_search(tracing, l->line, strlen(l->line)))
		return TROUBLE_NONE;
	if (!sandbox_can_trace(l->box->level))
		buf_puts(l->out,
			"the sandbox refuses ptrace, and without namespaces, which this machine does not give, no key allows it");
	else if (!l->box->ptrace)
		buf_printf(l->out,
			"the sandbox refuses ptrace; to allow it: ptrace = true, under [sandbox] in %s",
			l->keys->file);
	return l->out->len ? TROUBLE_KEY : TROUBLE_NONE;
}

/* ---------------------------------------------------------------------------------------------- */

static enum box_trouble look_at_line(const struct looking *l)
{
	enum box_trouble found = look_at_env(l);

	if (found || l->box->level < SANDBOX_PARTIAL)
		return found;
	found = look_at_trace(l);
	if (!found)
		found = look_at_network(l);
	return found ? found : look_at_paths(l);
}

/* Back to the beginning of the line before the one that begins at `line`; NULL: that was the first. */
static char *line_before(char *text, char *line)
{
	if (line == text)
		return NULL;
	for (line--; line > text && line[-1] != '\n'; line--)
		;
	return line;
}

/* The end of a line that is too long. */
static char *end_of(char *line)
{
	size_t len = strlen(line);

	return len > LINE_MAX ? line + len - LINE_MAX : line;
}

/* The line and a few before it. */
static char *window(char *text, char *line)
{
	char *from = line;

	for (int k = 1; k < WINDOW && from > text; k++)
		from = line_before(text, from);
	return line - from > WINDOW * LINE_MAX ? line - WINDOW * LINE_MAX : from;
}

enum box_trouble box_hint(const struct box *box, const struct box_keys *keys, const char *said,
	size_t len, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT, line = BUF_INIT;
	int paths = PATHS_MAX;
	struct looking l = {.box = box, .keys = keys, .out = &line, .paths = &paths};
	enum box_trouble found = TROUBLE_NONE;
	char *at;

	buf_add(&text, said, len);
	text_clean(&text);
	buf_rtrim(&text);
	at = text.data + text.len;
	while (at > text.data && at[-1] != '\n')
		at--;
	for (int i = 0; at && !found && i < LINES_MAX; i++) {
		l.line = end_of(at);
		l.from = window(text.data, at);
		found = look_at_line(&l);
		at = line_before(text.data, at);
		if (at)
			at[strcspn(at, "\n")] = '\0';
	}
	text_clean(&line);
	buf_add(out, line.data, line.len);
	return found;
}
