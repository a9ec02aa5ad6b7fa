#include "flow/enclose.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/term.h"
#include "core/box_repo.h"
#include "core/policy.h"
#include "port/json.h"
#include "port/proxy.h"
#include "port/relay.h"
#include "port/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char gitconfig_text[] = "[safe]\n\tdirectory = *\n";

/* A command and its box, and the private directory that goes away with them. */
struct enclosure {
	struct box box;
	struct box_repo held;
	struct proxy *proxy; /* NULL: not that mode */
	const struct repo *repo;
	char *dir;  /* the private directory */
	char *here; /* the working directory, links resolved */
	char *home, *tmp, *config, *cache;
	char *person; /* the person's HOME, likewise; NULL: none */
};

static void enclosure_release(struct enclosure *e)
{
	struct fault why = FAULT_INIT;

	if (e->dir && fs_remove(e->dir, &why) < 0)
		term_warn("%s", why.message);
	box_release(&e->box);
	box_repo_release(&e->held);
	proxy_free(&e->proxy);
	str_free(&e->dir);
	str_free(&e->here);
	str_free(&e->home);
	str_free(&e->tmp);
	str_free(&e->config);
	str_free(&e->cache);
	str_free(&e->person);
}

/* --- making it -------------------------------------------------------------------------------- */

static int choose_level(struct box *box, const struct enclose_options *o, struct fault *why)
{
	CLEANUP(buf_release) struct buf mend = BUF_INIT;
	enum sandbox_level require = SANDBOX_PARTIAL;

	if (o->level)
		sandbox_level_parse(o->level, &require);
	if (sandbox_require(require, &box->level, why) == 0)
		return 0;
	sandbox_mend(&mend);
	if (mend.len)
		buf_puts(&mend, "; or ");
	return fault_hint(why, "%sgit agent sandbox --level %s, for what the machine gives",
		mend.data, sandbox_level_name(box->level));
}

static int make_private(struct enclosure *e, const struct enclose_options *o, struct fault *why)
{
	const char *tmp = getenv("TMPDIR");
	CLEANUP(str_free)
	char *template = fs_join(tmp && tmp[0] == '/' ? tmp : "/tmp", "git-agent-XXXXXX");

	if (!mkdtemp(template))
		return fault_errno(why, "cannot make a directory '%s'", template);
	e->dir = fs_real(template);
	if (!e->dir)
		return fault_errno(why, "cannot find '%s'", template);
	e->tmp = fs_join(e->dir, "tmp");
	e->config = fs_join(e->dir, "gitconfig");
	e->cache = fs_join(e->dir, "cache");
	e->home = o->home ? NULL : fs_join(e->dir, "home");
	if (o->home && fs_mkdirs(o->home, 0700, why) < 0)
		return -1;
	if (o->home && !(e->home = fs_real(o->home)))
		return fault_errno(why, "cannot find '%s'", o->home);
	if (fs_mkdirs(e->home, 0700, why) < 0 || fs_mkdirs(e->tmp, 0700, why) < 0)
		return -1;
	return fs_write_derived(e->config, gitconfig_text, sizeof gitconfig_text - 1, why);
}

/* A directory that holds the person's HOME, or all there is, is not to be opened as a whole. */
static bool holds_home(const struct enclosure *e, const char *path)
{
	return !strcmp(path, "/") || (e->person && path_is_in(e->person, path));
}

static int check_path(const struct enclosure *e, const char *name, const char *real, bool write,
	struct fault *why)
{
	if (holds_home(e, real)) {
		fault_set(why, EXIT_FATAL, "'%s' is too much to open: your home is in it", name);
		return fault_hint(why, "name directories below it");
	}
	if (write && e->repo && box_repo_owns(e->repo, real)) {
		fault_set(why, EXIT_FATAL,
			"'%s' is in the git directory, which no sandbox may write", name);
		return fault_hint(why, "git clone . <directory>, and work there");
	}
	return 0;
}

static int add_paths(const struct enclosure *e, struct vec *to, const struct vec *paths, bool write,
	struct fault *why)
{
	for (size_t i = 0; i < paths->len; i++) {
		CLEANUP(str_free) char *real = fs_real(paths->items[i]);

		if (!real)
			return fault_errno(why, "cannot open '%s' to the sandbox", paths->items[i]);
		if (check_path(e, paths->items[i], real, write, why) < 0)
			return -1;
		vec_push(to, real);
	}
	return 0;
}

static void add_env(struct box *box, const struct vec *env)
{
	for (size_t i = 0; i < env->len; i++)
		vec_push(strchr(env->items[i], '=') ? &box->set : &box->pass, env->items[i]);
}

/* The work tree, or the working directory; one that is the person's home is the private one inside. */
static int add_here(struct enclosure *e, struct fault *why)
{
	const char *tree = e->repo ? e->repo->work_tree : NULL;

	if (e->person && !strcmp(e->here, e->person))
		e->box.dir = e->home;
	if (tree && holds_home(e, tree)) {
		fault_set(why, EXIT_FATAL, "the work tree '%s' holds your home: it is not opened",
			tree);
		return fault_hint(why, "go to another directory");
	}
	if (e->repo)
		return box_repo_add(&e->held, &e->box, e->repo, e->dir, why);
	if (!holds_home(e, e->here))
		vec_push(&e->box.exec, e->here);
	return 0;
}

static int choose_network(struct enclosure *e, const struct enclose_options *o, struct fault *why)
{
	struct box *box = &e->box;

	box->network = o->hosts.len ? NETWORK_PROXY : NETWORK_NONE;
	if (o->network)
		sandbox_network_parse(o->network, &box->network);
	if (o->hosts.len && box->network != NETWORK_PROXY)
		return fault_set(why, EXIT_USAGE, "--host goes with --network proxy");
	if (box->network != NETWORK_PROXY)
		return 0;
	if (proxy_new(&e->proxy, "command", &o->hosts, NULL, why) < 0)
		return -1;
	box->proxy = e->proxy;
	return 0;
}

static void fill(struct enclosure *e, const struct enclose_options *o, const struct vec *argv)
{
	struct box *box = &e->box;
	struct policy built_in;

	vec_push_all(&box->argv, (const char *const *)argv->items);
	box->dir = e->here;
	box->home = e->home;
	box->tmp = e->tmp;
	box->gitconfig = e->config;
	policy_init(&built_in);
	box->limits.processes = (uint64_t)built_in.processes;
	policy_release(&built_in);
	vec_push(&box->pass, "COLORTERM");
	vec_push(&box->pass, "TERM");
	add_env(box, &o->env);
	/* In a HOME that is kept the tools have their own. */
	if (!o->home && sandbox_can_cow(box->level, e->dir))
		box->cache = e->cache;
}

static int make(struct enclosure *e, const struct enclose_options *o, const struct vec *argv,
	struct fault *why)
{
	const char *person = getenv("HOME");

	e->person = person && person[0] == '/' ? fs_real(person) : NULL;
	e->here = getcwd(NULL, 0);
	if (!e->here)
		return fault_errno(why, "cannot find the working directory");
	if (choose_network(e, o, why) < 0 || choose_level(&e->box, o, why) < 0 ||
		make_private(e, o, why) < 0)
		return -1;
	if (holds_home(e, e->home))
		return check_path(e, o->home, e->home, true, why);
	fill(e, o, argv);
	if (add_here(e, why) < 0)
		return -1;
	return add_paths(e, &e->box.read, &o->read, false, why) < 0 ||
			       add_paths(e, &e->box.exec, &o->exec, false, why) < 0 ||
			       add_paths(e, &e->box.write, &o->write, true, why) < 0
		       ? -1
		       : 0;
}

/* --- running it ------------------------------------------------------------------------------- */

static int describe(const struct enclosure *e, bool as_json)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(json_free) struct json *json = as_json ? box_to_json(&e->box) : NULL;

	if (json) {
		json_write(json, true, &text);
		buf_putc(&text, '\n');
	} else {
		box_describe(&e->box, &text);
	}
	term_out(text.data, text.len);
	return EXIT_DONE;
}

static int not_started(const struct enclosure *e, const struct proc *p)
{
	struct fault why = FAULT_INIT;
	const char *name = e->box.argv.items[0];

	errno = p->code;
	fault_errno(&why, "cannot run '%s'", name);
	why.exit = (enum exit_code)ENCLOSE_NOT_RUN;
	if (access(name, X_OK) == 0)
		fault_hint(&why, "it is not in the sandbox: --exec <its directory>");
	term_fault(&why);
	return p->code == ENOENT ? ENCLOSE_NOT_FOUND : ENCLOSE_NOT_RUN;
}

static int code_of(const struct enclosure *e, const struct proc *p)
{
	if (p->end == PROC_NOT_FOUND)
		return not_started(e, p);
	return p->end == PROC_EXITED ? p->code : ENCLOSE_SIGNALED + p->code;
}

static int start(struct enclosure *e, struct relay *relay, struct proc **job, struct fault *why)
{
	if (relay_open(relay, why) < 0)
		return -1;
	e->box.in_fd = relay->fds[0];
	e->box.out_fd = relay->fds[1];
	e->box.log_fd = relay->fds[2];
	e->box.job = true;
	e->box.tty_fd = relay->slave;
	e->box.background = !relay->front;
	return sandbox_start(&e->box, job, why);
}

static int run(struct enclosure *e, struct fault *why)
{
	CLEANUP(relay_close) struct relay relay = RELAY_INIT;
	CLEANUP(proc_free) struct proc *job = NULL;

	if (proc_stop_requested())
		return fault_set(why, EXIT_INTERRUPTED, "interrupted");
	if (start(e, &relay, &job, why) < 0)
		return -1;
	relay_serve(&relay, job);
	relay_close(&relay);
	return box_repo_check(&e->held, why) < 0 ? -1 : code_of(e, job);
}

int enclose_run(const struct repo *repo, const struct enclose_options *o, const struct vec *argv,
	struct fault *why)
{
	CLEANUP(enclosure_release)
	struct enclosure e = {.repo = repo, .held = BOX_REPO_INIT};

	box_init(&e.box);
	if (make(&e, o, argv, why) < 0)
		return -1;
	return o->dry_run ? describe(&e, o->json) : run(&e, why);
}
