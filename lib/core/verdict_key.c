#include "core/verdict_key.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/filters.h"
#include "core/safe_config.h"
#include "port/sandbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FORMAT     1  /* of this text */
#define WORDS_MAX  64 /* of a command that are looked up */
#define LINE_BYTES 256

/* What changes when packages of the system do. */
static const char *const system_state[] = {"/etc/os-release", "/var/lib/dpkg/status",
	"/lib/apk/db/installed", "/var/lib/pacman/local", "/var/lib/rpm/rpmdb.sqlite",
	"/usr/lib/sysimage/rpm/rpmdb.sqlite", "/nix/var/nix/profiles"};

static void put_list(const char *word, const struct vec *list, struct buf *out)
{
	for (size_t i = 0; i < list->len; i++)
		buf_printf(out, "%s %s\n", word, list->items[i]);
}

/* A place that is opened to the boxes, and what is there now. */
static void put_places(const char *word, const struct vec *list, struct buf *out)
{
	for (size_t i = 0; i < list->len; i++) {
		CLEANUP(buf_release) struct buf path = BUF_INIT;
		const char *named = list->items[i], *home = getenv("HOME");

		buf_printf(out, "%s %s ", word, named);
		if (named[0] == '~' && named[1] == '/' && home)
			buf_printf(&path, "%s%s", home, named + 1);
		else
			buf_puts(&path, named);
		fs_identity(path.data, out);
	}
}

static void put_checkout(const struct repo *repo, const struct policy *p, struct buf *out)
{
	CLEANUP(str_free) char *attributes = fs_join(repo->common_dir, "info/attributes");
	struct filters f = FILTERS_INIT;

	buf_puts(out, "config ");
	safe_config_put(repo, out);
	fs_identity(attributes, out);
	filters_find(&f, repo, p->filters);
	filters_write(&f, out);
	filters_release(&f);
}

static void put_setup(const struct repo *repo, const struct policy *p, struct buf *out)
{
	put_list("setup", &p->setup, out);
	buf_printf(out, "setup network %s\n", sandbox_network_name(p->setup_network));
	for (size_t i = 0; repo->work_tree && i < p->copy.len; i++) {
		CLEANUP(str_free) char *file = fs_join(repo->work_tree, p->copy.items[i]);

		buf_printf(out, "copy %s ", p->copy.items[i]);
		fs_identity(file, out);
	}
}

static void put_box(const struct policy *p, struct buf *out)
{
	buf_printf(out, "limits %d %lld %lld %lld\nptrace %d\n", p->processes,
		(long long)p->memory_bytes, (long long)p->file_bytes, (long long)p->output_bytes,
		p->ptrace);
	put_places("read", &p->read, out);
	put_places("write", &p->write, out);
	put_list("host", &p->hosts, out);
}

static void put_system(struct buf *out)
{
	struct utsname name;

	if (uname(&name) == 0)
		buf_printf(out, "machine %s %s %s\n", name.sysname, name.release, name.machine);
	for (size_t i = 0; i < sizeof system_state / sizeof *system_state; i++)
		fs_identity(system_state[i], out);
}

int verdict_put_shared(const struct repo *repo, const struct policy *policy, const char *tree,
	struct buf *out, struct fault *why)
{
	buf_printf(out, "git agent verdict %d\ntree %s\n", FORMAT, tree);
	put_checkout(repo, policy, out);
	put_setup(repo, policy, out);
	put_box(policy, out);
	put_system(out);
	return sandbox_tools(out, why);
}

/* --- the programs a command starts ------------------------------------------------------------- */

static void put_word(const char *word, const char *path, int depth, struct buf *out);

/* "#!/usr/bin/env python3": both words of it. */
static void put_interpreter(const char *file, const char *path, int depth, struct buf *out)
{
	CLEANUP(fd_close) int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char line[LINE_BYTES + 1], *rest, *word;
	ssize_t got = fd < 0 ? -1 : read(fd, line, LINE_BYTES);

	if (got < 2 || memcmp(line, "#!", 2) != 0)
		return;
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	for (word = strtok_r(line + 2, " \t\r", &rest); word; word = strtok_r(NULL, " \t\r", &rest))
		put_word(word, path, depth + 1, out);
}

static bool put_file(const char *file, const char *path, int depth, struct buf *out)
{
	if (access(file, X_OK) != 0 || fs_is_dir(file))
		return false;
	fs_identity(file, out);
	if (depth < 2)
		put_interpreter(file, path, depth, out);
	return true;
}

/* The first of the name in PATH, as the box has it: without relative parts. */
static void put_word(const char *word, const char *path, int depth, struct buf *out)
{
	CLEANUP(buf_release) struct buf file = BUF_INIT;

	if (strchr(word, '/')) {
		if (word[0] == '/')
			put_file(word, path, depth, out);
		return;
	}
	for (size_t len; path && *path; path += len + (path[len] == ':')) {
		len = strcspn(path, ":");
		buf_clear(&file);
		buf_printf(&file, "%.*s/%s", (int)len, path, word);
		if (path[0] == '/' && put_file(file.data, path, depth, out))
			return;
	}
}

static void put_programs(const char *command, const char *path, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char *word, *rest;
	int left = WORDS_MAX;

	buf_puts(&text, command);
	put_word("sh", path, 0, out);
	for (word = strtok_r(text.data, " \t;&|()<>\"'`$={}!,", &rest); word && left--;
		word = strtok_r(NULL, " \t;&|()<>\"'`$={}!,", &rest))
		put_word(word, path, 0, out);
}

void verdict_put_stage(const struct gate_stage *stage, struct buf *out)
{
	CLEANUP(box_release) struct box box;
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	const char *path = "";

	buf_printf(out, "run %s\ndir %s\ntimeout %lld\nnetwork %s\n", stage->run,
		stage->dir ? stage->dir : "", (long long)stage->timeout_ms,
		sandbox_network_name(stage->network));
	put_list("when", &stage->when, out);
	box_init(&box);
	for (size_t i = 0; i < stage->env.len; i++)
		vec_push(&box.pass, stage->env.items[i]);
	sandbox_env(&box, &env);
	put_list("env", &env, out);
	for (size_t i = 0; i < env.len; i++)
		if (!strncmp(env.items[i], "PATH=", 5))
			path = env.items[i] + 5;
	put_programs(stage->run, path, out);
}
