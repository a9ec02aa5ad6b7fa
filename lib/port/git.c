#include "port/git.h"
#include "base/alloc.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/git_names.h"
#include "port/proc.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)1 << 30)
#define ERRORS_MAX ((size_t)1 << 20) /* of standard error, its end */

static bool names_one_of(const char *entry, const char *const *names)
{
	size_t len = strcspn(entry, "=");

	for (; *names; names++)
		if (strlen(*names) == len && !strncmp(entry, *names, len))
			return true;
	return false;
}

static bool starts_with_one_of(const char *entry, const char *const *starts)
{
	for (; *starts; starts++)
		if (!strncmp(entry, *starts, strlen(*starts)))
			return true;
	return false;
}

/* Whether the call gives the variable itself. */
static bool is_given(const struct git_call *call, const char *entry)
{
	size_t len = strcspn(entry, "=") + 1;

	for (const char *const *more = call->env; more && *more; more++)
		if (!strncmp(entry, *more, len))
			return true;
	return (call->git_dir && !strncmp(entry, "GIT_DIR=", 8)) ||
	       (call->work_tree && !strncmp(entry, "GIT_WORK_TREE=", 14)) ||
	       (call->index && !strncmp(entry, "GIT_INDEX_FILE=", 15));
}

void git_env(const struct git_call *call, struct vec *env)
{
	vec_clear(env);
	for (char **entry = environ; *entry; entry++) {
		bool local = names_one_of(*entry, git_local_names) ||
			     starts_with_one_of(*entry, git_local_starts);

		if ((!local || call->keep_env ||
			    (call->keep_config && !strncmp(*entry, "GIT_CONFIG_", 11))) &&
			!names_one_of(*entry, git_own_names) && !is_given(call, *entry))
			vec_push(env, *entry);
	}
	vec_push(env, "GIT_OPTIONAL_LOCKS=0");
	vec_push(env, "GIT_PAGER=cat");
	/* An id means the object it names: libgit2, and the agent's own git directory, know no replacements. */
	if (!call->keep_env)
		vec_push(env, "GIT_NO_REPLACE_OBJECTS=1");
	if (call->git_dir)
		vec_pushf(env, "GIT_DIR=%s", call->git_dir);
	if (call->work_tree)
		vec_pushf(env, "GIT_WORK_TREE=%s", call->work_tree);
	if (call->index)
		vec_pushf(env, "GIT_INDEX_FILE=%s", call->index);
	if (call->env)
		vec_push_all(env, call->env);
}

static const char *const prefixes[] = {"fatal: ", "error: ", "BUG: "};

static const char *after_prefix(const char *line)
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (!strncmp(line, prefixes[i], strlen(prefixes[i])))
			return line + strlen(prefixes[i]);
	return NULL;
}

const char *git_complaint(struct buf *errors)
{
	const char *first = "", *last = "";
	char *rest, *line;

	text_clean(errors);
	rest = errors->data;
	while ((line = strsep(&rest, "\n"))) {
		const char *marked = after_prefix(line);

		if (marked && !*first)
			first = marked;
		if (*line && strncmp(line, "hint: ", strlen("hint: ")) != 0)
			last = line;
	}
	return *first ? first : last;
}

static int fault_exit(
	struct fault *why, const struct proc *p, const char *command, struct buf *errors)
{
	CLEANUP(buf_release) struct buf how = BUF_INIT;
	const char *said = git_complaint(errors);

	if (p->end == PROC_EXITED && *said)
		return fault_set(why, EXIT_FATAL, "%s", said);
	proc_describe(p, &how);
	return fault_set(why, p->end == PROC_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_FATAL,
		"git %s %s", command, how.data);
}

static int fault_missing(struct fault *why, const struct proc *p)
{
	CLEANUP(buf_release) struct buf how = BUF_INIT;

	proc_describe(p, &how);
	fault_set(why, EXIT_FATAL, "git %s", how.data);
	return fault_hint(why, "install git, or put its directory into PATH");
}

/* The end of what is in the file; the descriptor's position does not matter. */
static void read_errors(int fd, struct buf *out)
{
	off_t end = lseek(fd, 0, SEEK_END);
	off_t at = end > (off_t)ERRORS_MAX ? end - (off_t)ERRORS_MAX : 0;

	while (at < end) {
		ssize_t got;

		buf_reserve(out, (size_t)(end - at));
		got = pread(fd, out->data + out->len, (size_t)(end - at), at);
		if (got <= 0)
			break;
		out->len += (size_t)got;
		out->data[out->len] = '\0';
		at += got;
	}
}

static void take_output(struct proc *p, struct buf *out)
{
	if (out && !out->len) {
		struct buf empty = *out;

		*out = p->out;
		p->out = empty;
	} else if (out) {
		buf_add(out, p->out.data, p->out.len);
	}
}

static int judge(struct proc *p, const char *command, int err_fd, struct buf *err, int *code,
	struct fault *why)
{
	CLEANUP(buf_release) struct buf errors = BUF_INIT;

	if (p->end == PROC_NOT_FOUND)
		return fault_missing(why, p);
	if (err_fd >= 0)
		read_errors(err_fd, &errors);
	if (err)
		buf_add(err, errors.data, errors.len);
	if (p->end != PROC_EXITED || (!code && p->code != 0))
		return fault_exit(why, p, command, &errors);
	if (code)
		*code = p->code;
	return 0;
}

/* `errors`: a descriptor for standard error, -1: nobody reads it. */
static int start(const struct git_call *call, const struct vec *args, bool capture, int errors,
	struct proc **p, struct fault *why)
{
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	CLEANUP(vec_release) struct vec argv = VEC_INIT;
	struct proc_spec spec = PROC_SPEC_INIT;

	git_env(call, &env);
	vec_push(&argv, "git");
	vec_push_all(&argv, (const char *const *)args->items);
	spec.argv = (const char *const *)argv.items;
	spec.env = (const char *const *)env.items;
	spec.dir = call->dir;
	spec.input = call->input;
	spec.input_len = call->input_len;
	if (call->socket)
		spec.in_fd = spec.out_fd = call->socket;
	spec.err_fd = errors;
	spec.capture = capture;
	spec.output_max = call->output_max ? call->output_max : OUTPUT_MAX;
	spec.terminal = !call->unattended_ms; /* signing and credential helpers ask there */
	spec.wall_ms = call->unattended_ms;
	spec.parting = call->finish ? PROC_STAYS : SIGTERM; /* git takes its locks away then */
	if (proc_start(&spec, p, why) < 0)
		return -1;
	if (call->memory_max)
		prlimit((*p)->pid, RLIMIT_DATA,
			&(struct rlimit){call->memory_max, call->memory_max}, NULL);
	return 0;
}

/* A file and no pipe: what git says there is read once, at its end, however much it is. */
static int open_errors(struct fault *why)
{
	int fd = memfd_create("git-errors", MFD_CLOEXEC);

	return fd < 0 ? fault_errno(why, "cannot start git") : fd;
}

static void wait_for(struct proc **p)
{
	while ((*p)->end == PROC_RUNNING)
		proc_poll(p, 1, -1);
}

int git_run(const struct git_call *call, const struct vec *args, struct buf *out, struct buf *err,
	int *code, struct fault *why)
{
	CLEANUP(proc_free) struct proc *p = NULL;
	CLEANUP(fd_close) int errors = -1;

	if ((err || !code) && (errors = open_errors(why)) < 0)
		return -1;
	if (start(call, args, out != NULL, errors, &p, why) < 0)
		return -1;
	wait_for(&p);
	if (judge(p, args->len ? args->items[0] : "", errors, err, code, why) < 0)
		return -1;
	take_output(p, out);
	return 0;
}

struct git_child {
	struct proc *proc;
	char *command;
	int errors;
};

int git_start(const struct git_call *call, const struct vec *args, bool capture,
	struct git_child **out, struct fault *why)
{
	CLEANUP(git_child_free) struct git_child *child = xcalloc(1, sizeof *child);

	child->command = xstrdup(args->len ? args->items[0] : "");
	child->errors = open_errors(why);
	if (child->errors < 0 || start(call, args, capture, child->errors, &child->proc, why) < 0)
		return -1;
	*out = child;
	child = NULL;
	return 0;
}

int git_finish(struct git_child **child, struct buf *out, struct fault *why)
{
	CLEANUP(git_child_free) struct git_child *c = *child;

	*child = NULL;
	wait_for(&c->proc);
	if (judge(c->proc, c->command, c->errors, NULL, NULL, why) < 0)
		return -1;
	take_output(c->proc, out);
	return 0;
}

struct proc *git_child_proc(struct git_child *child)
{
	return child->proc;
}

void git_child_free(struct git_child **child)
{
	struct git_child *c = *child;

	if (!c)
		return;
	proc_free(&c->proc);
	fd_close(&c->errors);
	free(c->command);
	free(c);
	*child = NULL;
}

int git_wait(struct pollfd *set, size_t count, int64_t until, struct fault *why)
{
	int64_t left = until ? until - clock_now_ms() : -1;

	if (until && left <= 0) {
		fault_set(why, EXIT_FATAL, "git did not answer in time");
		return fault_reason(why, "timed_out");
	}
	if (poll(set, count, left > INT_MAX ? INT_MAX : (int)left) < 0 && errno != EINTR)
		return fault_errno(why, "cannot read from git");
	return 0;
}

static void push_args(struct vec *args, va_list from)
{
	const char *arg;

	while ((arg = va_arg(from, const char *)))
		vec_push(args, arg);
}

int git_do(const struct git_call *call, struct buf *out, struct fault *why, ...)
{
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	va_list list;

	va_start(list, why);
	push_args(&args, list);
	va_end(list);
	return git_run(call, &args, out, NULL, NULL, why);
}

int git_ask(const struct git_call *call, struct buf *out, struct fault *why, ...)
{
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	CLEANUP(buf_release) struct buf answer = BUF_INIT;
	CLEANUP(buf_release) struct buf errors = BUF_INIT;
	const char *said;
	va_list list;
	int code = 0;

	va_start(list, why);
	push_args(&args, list);
	va_end(list);
	if (git_run(call, &args, &answer, &errors, &code, why) < 0)
		return -1;
	if (code == 1 || code == 128)
		return 1;
	if (code == 0) {
		if (out)
			buf_add(out, answer.data, answer.len);
		return 0;
	}
	said = git_complaint(&errors);
	return fault_set(why, EXIT_FATAL, "git %s exited with %d%s%s", args.items[0], code,
		*said ? ": " : "", said);
}

/* What `git hash-object -t tree /dev/null` prints, by object format. */
const char *git_empty_tree(size_t oid_len)
{
	return oid_len > 40 ? "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
			    : "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
}
