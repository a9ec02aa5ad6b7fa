/* The remotes: whether they answer, and whether they protect what must not be pushed to. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/doctor.h"
#include "core/forge.h"
#include "core/guard_refs.h"
#include "core/remote_url.h"
#include "port/git.h"
#include "port/proc.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BRANCHES_MAX ((size_t)64 << 20) /* bytes of a remote's answer */
#define NAMED_MAX    3                  /* branches that are named */

struct remote {
	char *name;
	struct remote_url url;
	struct git_child *asked; /* NULL: not, or it could not be */
	struct fault why;        /* that it could not, or did not answer */
	struct buf branches;     /* its answer */
};

static void remotes_release(struct remote *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		str_free(&list[i].name);
		remote_url_release(&list[i].url);
		git_child_free(&list[i].asked);
		buf_release(&list[i].branches);
	}
	free(list);
}

/* --- asking them ------------------------------------------------------------------------------ */

/* ssh as the person has it, but for its questions; where another program stands in for it nothing is added. */
static void put_ssh(const struct repo *repo, struct vec *env)
{
	const char *command = getenv("GIT_SSH_COMMAND"), *variant = getenv("GIT_SSH_VARIANT");

	if (!command)
		command = repo_config(repo, "core.sshcommand");
	if (!variant)
		variant = repo_config(repo, "ssh.variant");
	if ((!command && getenv("GIT_SSH")) || (variant && strcasecmp(variant, "ssh") != 0))
		return;
	vec_pushf(env, "GIT_SSH_COMMAND=%s -oBatchMode=yes", command ? command : "ssh");
}

/* Nothing that git, ssh or a credential helper starts asks a person. */
static void put_quiet(const struct repo *repo, struct vec *env)
{
	static const char *const quiet[] = {"GIT_TERMINAL_PROMPT=0",
		"GIT_ASKPASS=", "SSH_ASKPASS=", "SSH_ASKPASS_REQUIRE=never",
		"GCM_INTERACTIVE=never", NULL};

	vec_push_all(env, quiet);
	put_ssh(repo, env);
}

static void ask(struct remote *r, const struct doctor *d, const struct vec *env)
{
	const char *const words[] = {"ls-remote", "--heads", "--", r->name, NULL};
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	const struct git_call call = {.git_dir = d->repo->git_dir,
		.dir = d->repo->work_tree ? d->repo->work_tree : d->repo->git_dir,
		.env = (const char *const *)env->items,
		.output_max = BRANCHES_MAX,
		.unattended_ms = d->timeout_ms,
		.keep_config = true};

	vec_push_all(&args, words);
	git_start(&call, &args, true, &r->asked, &r->why);
}

static void find_url(struct remote *r, const struct doctor *d)
{
	const struct git_call call = {.git_dir = d->repo->git_dir, .keep_config = true};
	CLEANUP(buf_release) struct buf url = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	if (git_ask(&call, &url, &ignored, "remote", "get-url", "--push", "--", r->name, NULL) != 0)
		return;
	url.data[strcspn(url.data, "\n")] = '\0';
	remote_url_parse(&r->url, url.data);
}

static struct remote *find_remotes(const struct doctor *d, size_t *count)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct remote *list;

	repo_remotes(d->repo, &names);
	list = xcalloc(names.len + 1, sizeof *list);
	for (size_t i = 0; i < names.len; i++)
		list[i] = (struct remote){
			.name = xstrdup(names.items[i]), .why = FAULT_INIT, .branches = BUF_INIT};
	*count = names.len;
	return list;
}

/* All at once: the slowest decides how long it takes. */
static void ask_all(const struct doctor *d, struct remote *list, size_t count)
{
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	struct proc **set = xcalloc(count + 1, sizeof(struct proc *));
	size_t running = 0;

	put_quiet(d->repo, &env);
	for (size_t i = 0; i < count; i++) {
		find_url(&list[i], d);
		ask(&list[i], d, &env);
		if (list[i].asked)
			set[running++] = git_child_proc(list[i].asked);
	}
	for (size_t ended = 0; ended < running; ended++)
		proc_poll(set, running, -1);
	free(set);
	for (size_t i = 0; i < count; i++)
		if (list[i].asked)
			git_finish(&list[i].asked, &list[i].branches, &list[i].why);
}

/* --- what they say ---------------------------------------------------------------------------- */

static size_t count_branches(const struct doctor *d, const struct remote *r, struct vec *protected)
{
	CLEANUP(str_free) char *text = xstrdup(r->branches.data);
	size_t count = 0;
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *ref = strchr(line, '\t');

		if (!ref || strncmp(ref + 1, "refs/heads/", 11) != 0)
			continue;
		count++;
		if (guard_refs_judge(ref + 1, &d->policy.branches) == GUARD_PROTECTED &&
			protected->len < NAMED_MAX)
			vec_push(protected, ref + 12);
	}
	return count;
}

static void say_answer(struct doctor *d, const struct remote *r, struct vec *protected)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT, word = BUF_INIT;
	size_t count;

	buf_printf(&name, "remote %s", r->name);
	if (!r->why.message[0]) {
		count = count_branches(d, r, protected);
		doctor_find(d, HEALTH_OK, name.data, "answers, %zu branches", count);
		return;
	}
	text_put_shell_word(&word, r->name);
	doctor_fault(d, HEALTH_BROKEN, name.data, &r->why);
	doctor_mend(d, "git ls-remote %s", word.data);
}

/* The hook of a server decides whatever it likes: that there is one is all that can be told. */
static const char *server_hook(const char *git_dir)
{
	static const char *const hooks[] = {"pre-receive", "update"};

	for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
		CLEANUP(buf_release) struct buf path = BUF_INIT;

		buf_printf(&path, "%s/hooks/%s", git_dir, hooks[i]);
		if (access(path.data, X_OK) == 0)
			return hooks[i];
	}
	return NULL;
}

static bool denies_rewriting(const char *git_dir)
{
	CLEANUP(str_free) char *file = fs_join(git_dir, "config");
	CLEANUP(buf_release) struct buf value = BUF_INIT;
	const struct git_call call = {.dir = "/"};
	struct fault ignored = FAULT_INIT;

	return git_ask(&call, &value, &ignored, "config", "--file", file, "--type=bool", "--get",
		       "receive.denyNonFastForwards", NULL) == 0 &&
	       !strncmp(value.data, "true", 4);
}

/* The git directory of a local remote; the caller frees. */
static char *local_git_dir(const struct doctor *d, const char *path)
{
	const char *base = d->repo->work_tree ? d->repo->work_tree : d->repo->git_dir;
	CLEANUP(str_free) char *whole = path[0] == '/' ? xstrdup(path) : fs_join(base, path);
	CLEANUP(str_free) char *inside = fs_join(whole, ".git");

	return xstrdup(fs_is_dir(inside) ? inside : whole);
}

static void say_local(
	struct doctor *d, const struct remote *r, const char *name, const char *branches)
{
	CLEANUP(str_free) char *dir = local_git_dir(d, r->url.path);
	CLEANUP(buf_release) struct buf word = BUF_INIT;
	const char *hook = server_hook(dir);

	if (hook) {
		doctor_find(d, HEALTH_OK, name, "its %s hook decides", hook);
		return;
	}
	doctor_find(d, HEALTH_WEAK, name, "nothing there refuses a push to %s%s",
		branches[0] ? branches : "a protected branch",
		denies_rewriting(dir) ? ", but one that rewrites it" : "");
	text_put_shell_word(&word, dir);
	doctor_mend(d, "git agent guard server install %s", word.data);
}

static void mend_protection(struct doctor *d, const struct remote *r)
{
	CLEANUP(buf_release) struct buf page = BUF_INIT;

	if (forge_page(&r->url, &page))
		doctor_mend(d, "look at %s", page.data);
	else if (r->url.host)
		doctor_mend(d, "ask who runs %s", r->url.host);
}

/* Every branch alike, or the first that is not protected, or of which it does not say. */
static void say_forge(struct doctor *d, const struct remote *r, const struct forge *f,
	const char *name, const struct vec *branches)
{
	CLEANUP(buf_release) struct buf held = BUF_INIT;
	struct fault why = FAULT_INIT;

	for (size_t i = 0; i < branches->len; i++) {
		int open = forge_protects(f, branches->items[i], &why);

		if (open < 0)
			doctor_find(d, HEALTH_WEAK, name,
				"whether the server protects %s cannot be told from here: %s",
				branches->items[i], why.message);
		else if (open)
			doctor_find(d, HEALTH_WEAK, name, "%s does not protect %s", forge_name(f),
				branches->items[i]);
		if (open < 0 && why.hint[0])
			doctor_mend(d, "%s", why.hint);
		else if (open)
			mend_protection(d, r);
		if (open)
			return;
		buf_printf(&held, "%s%s", i ? ", " : "", branches->items[i]);
	}
	doctor_find(d, HEALTH_OK, name, "%s protects %s", forge_name(f), held.data);
}

static void join(const struct vec *names, struct buf *out)
{
	for (size_t i = 0; i < names->len; i++)
		buf_printf(out, "%s%s", i ? ", " : "", names->items[i]);
}

static void say_protection(struct doctor *d, const struct remote *r, const struct vec *branches)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT, which = BUF_INIT;
	CLEANUP(forge_release) struct forge forge = {0};

	buf_printf(&name, "protection %s", r->name);
	join(branches, &which);
	if (r->url.local && r->url.path) {
		say_local(d, r, name.data, which.data);
		return;
	}
	if (branches->len && forge_find(&forge, d->repo, &r->url) && forge.api) {
		forge.timeout_ms = d->timeout_ms;
		forge_login(&forge, d->repo, &r->url);
		say_forge(d, r, &forge, name.data, branches);
		return;
	}
	doctor_find(d, HEALTH_WEAK, name.data,
		"whether the server protects %s cannot be told from here",
		which.len ? which.data : "protected branches");
	mend_protection(d, r);
}

static void look_remotes(struct doctor *d, const char *name)
{
	size_t count;
	struct remote *list = find_remotes(d, &count);

	if (!count)
		doctor_find(d, HEALTH_OK, name, "none: proposals stay here");
	ask_all(d, list, count);
	for (size_t i = 0; i < count; i++) {
		CLEANUP(vec_release) struct vec protected = VEC_INIT;

		say_answer(d, &list[i], &protected);
		say_protection(d, &list[i], &protected);
	}
	remotes_release(list, count);
}

const struct check doctor_remotes[] = {
	{"remotes", look_remotes},
	{NULL, NULL},
};
