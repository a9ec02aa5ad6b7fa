#include "port/repo.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "port/git.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- finding it ------------------------------------------------------------------------------- */

/*
 * What one `git rev-parse` is asked. It prints words it does not know as they are, which marks off the
 * answers: a path may hold newlines. --show-toplevel comes last because it fails where there is no work tree.
 */
#define MARK(name) "--" name "--"

static const char *const question[] = {"rev-parse", "--path-format=absolute",
	"--is-bare-repository", "--is-shallow-repository", "--show-object-format",
	"--absolute-git-dir", MARK("common"), "--git-common-dir", MARK("prefix"), "--show-prefix",
	MARK("top"), "--show-toplevel", NULL};

/* Cuts the answer before `mark` (NULL: all that is left) off the text at *at; NULL if there is no mark. */
static char *take_answer(char **at, const char *mark)
{
	CLEANUP(buf_release) struct buf border = BUF_INIT;
	char *answer = *at, *end;

	if (!mark) {
		end = answer + strlen(answer);
		if (end > answer && end[-1] == '\n')
			end[-1] = '\0';
		*at = end;
		return answer;
	}
	buf_printf(&border, "\n%s\n", mark);
	end = strstr(answer, border.data);
	if (!end)
		return NULL;
	*end = '\0';
	*at = end + border.len;
	return answer;
}

static char *take_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	*at = end + 1;
	return line;
}

/* Fills in what git answered; -1 if it is not what was asked for. */
static int take_answers(struct repo *repo, char *text)
{
	const char *bare = take_line(&text);
	const char *shallow = bare ? take_line(&text) : NULL;
	const char *format = shallow ? take_line(&text) : NULL;
	const char *git_dir = format ? take_answer(&text, MARK("common")) : NULL;
	const char *common = git_dir ? take_answer(&text, MARK("prefix")) : NULL;
	const char *prefix = common ? take_answer(&text, MARK("top")) : NULL;
	const char *top;

	if (!prefix || *git_dir != '/' || *common != '/')
		return -1;
	top = take_answer(&text, NULL);
	repo->bare = !strcmp(bare, "true");
	repo->shallow = !strcmp(shallow, "true");
	repo->sha256 = !strcmp(format, "sha256");
	repo->git_dir = xstrdup(git_dir);
	repo->common_dir = xstrdup(common);
	repo->prefix = xstrdup(prefix);
	repo->work_tree = *top ? xstrdup(top) : NULL;
	return 0;
}

/* The rest of the line that starts with `start`, NULL if there is none; the caller frees. */
static char *find_line(const char *text, const char *start)
{
	size_t len = strlen(start);

	while (strncmp(text, start, len) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return xstrndup(text + len, strcspn(text + len, "\n"));
}

/* git did not open it: says why in its words, and which command mends that. */
static int explain_refusal(const char *said, struct fault *why)
{
	CLEANUP(str_free) char *fatal = find_line(said, "fatal: ");
	CLEANUP(str_free) char *safe = find_line(said, "\tgit config --global --add safe.");

	fault_set(why, EXIT_FATAL, "%s", fatal ? fatal : "not a git repository");
	if (safe)
		return fault_hint(why, "git config --global --add safe.%s", safe);
	if (fatal && !strstr(fatal, "not a git repository"))
		return -1;
	fault_reason(why, "no_repository");
	return fault_hint(why, "go to a repository, or start one here: git init");
}

static int find(struct repo *repo, const char *dir, struct fault *why)
{
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	CLEANUP(buf_release) struct buf err = BUF_INIT;
	/* What git says is read here: not in another language. */
	static const char *const plain[] = {"LC_ALL=C", "LANGUAGE=C", NULL};
	struct git_call call = {.dir = dir, .env = plain, .keep_env = true};
	int code = 0;

	if (dir && !fs_is_dir(dir))
		return fault_set(why, EXIT_FATAL, "'%s' is not a directory", dir);
	vec_push_all(&args, question);
	if (git_run(&call, &args, &out, &err, &code, why) < 0)
		return -1;
	if (take_answers(repo, out.data) < 0)
		return explain_refusal(err.data, why);
	return 0;
}

/* An alias with "!" runs at the top and names the directory it was called from in GIT_PREFIX. */
static void take_alias_prefix(struct repo *repo)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;
	CLEANUP(str_free) char *real = NULL;
	const char *prefix = getenv("GIT_PREFIX");
	size_t top;

	if (!prefix || !*prefix || *prefix == '/' || !repo->work_tree || *repo->prefix)
		return;
	buf_printf(&path, "%s/%s", repo->work_tree, prefix);
	real = fs_real(path.data);
	top = strlen(repo->work_tree);
	if (!real || !fs_is_dir(real) || strncmp(real, repo->work_tree, top) != 0 ||
		real[top] != '/')
		return;
	free(repo->prefix);
	buf_clear(&path);
	buf_printf(&path, "%s/", real + top + 1);
	repo->prefix = buf_take(&path);
}

/* "project" for /a/project/.git, /a/project.git and a worktree of either. */
static char *name_of(const struct repo *repo)
{
	CLEANUP(str_free) char *path = xstrdup(repo->common_dir);
	size_t len = strlen(path);
	const char *slash;

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	if (len > 5 && !strcmp(path + len - 5, "/.git"))
		path[len - 5] = '\0';
	else if (len > 4 && !strcmp(path + len - 4, ".git") && path[len - 5] != '/')
		path[len - 4] = '\0';
	slash = strrchr(path, '/');
	return xstrdup(slash && slash[1] ? slash + 1 : path);
}

/* --- its configuration ------------------------------------------------------------------------ */

/* In the caller's own directory and environment, so that `git -c key=value agent` counts. */
static int ask_config(const char *dir, struct git_child **child, struct fault *why)
{
	static const char *const words[] = {"config", "-z", "--list", NULL};
	struct git_call call = {.dir = dir, .keep_env = true};
	CLEANUP(vec_release) struct vec args = VEC_INIT;

	vec_push_all(&args, words);
	return git_start(&call, &args, true, child, why);
}

static int take_config(struct repo *repo, struct git_child **child, struct fault *why)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	size_t cap = 0;

	if (git_finish(child, &out, why) < 0)
		return fault_wrap(why, "cannot read git's configuration");
	for (const char *at = out.data, *end = out.data + out.len; at < end;) {
		const char *value = strchr(at, '\n');
		size_t len = strlen(at);

		GROW(repo->config, repo->config_len, cap);
		repo->config[repo->config_len++] = (struct repo_entry){
			.key = xstrndup(at, value ? (size_t)(value - at) : len),
			.value = xstrdup(value ? value + 1 : ""),
			.implicit = !value,
		};
		at += len + 1;
	}
	return 0;
}

/* A remote that promises the objects that are missing here. */
static bool has_promisor(const struct repo *repo)
{
	if (repo_config(repo, "extensions.partialclone"))
		return true;
	for (size_t i = 0; i < repo->config_len; i++) {
		const char *key = repo->config[i].key, *dot = strrchr(key, '.');

		if (!strncmp(key, "remote.", 7) && dot && !strcmp(dot, ".promisor") &&
			repo_config_bool(repo, key, false))
			return true;
	}
	return false;
}

/* A split index has its bulk in a file beside it, whatever the configuration says by now. */
static bool has_shared_index(const char *git_dir)
{
	DIR *dir = opendir(git_dir);
	bool found = false;

	for (struct dirent *e; dir && !found && (e = readdir(dir));)
		found = !strncmp(e->d_name, "sharedindex.", strlen("sharedindex."));
	if (dir)
		closedir(dir);
	return found;
}

static void take_kind(struct repo *repo)
{
	const char *storage = repo_config(repo, "extensions.refstorage");

	repo->partial = has_promisor(repo);
	repo->sparse = repo_config_bool(repo, "core.sparsecheckout", false);
	repo->split_index =
		repo_config_bool(repo, "core.splitindex", false) || has_shared_index(repo->git_dir);
	repo->worktree_config = repo_config_bool(repo, "extensions.worktreeconfig", false);
	repo->reftable = storage && !strcasecmp(storage, "reftable");
}

/* --- opening ---------------------------------------------------------------------------------- */

static int choose_reader(struct repo *repo, const struct repo_reader *prefer, struct fault *why)
{
	const struct repo_reader *readers[] = {prefer, &repo_reader_git};

	for (size_t i = prefer ? 0 : 1; i < ARRAY_LEN(readers); i++) {
		int no = readers[i]->open(repo, why);
		if (no < 0)
			return -1;
		if (no == 0) {
			repo->reader = readers[i];
			return 0;
		}
	}
	return fault_set(why, EXIT_FATAL, "cannot read '%s'", repo->git_dir);
}

int repo_open(
	struct repo **out, const char *dir, const struct repo_reader *prefer, struct fault *why)
{
	CLEANUP(repo_close) struct repo *repo = xcalloc(1, sizeof *repo);
	CLEANUP(git_child_free) struct git_child *config = NULL;

	/* The two questions are git's to answer side by side. */
	if (ask_config(dir, &config, why) < 0 || find(repo, dir, why) < 0)
		return -1;
	if (!dir)
		take_alias_prefix(repo);
	repo->name = name_of(repo);
	if (take_config(repo, &config, why) < 0)
		return -1;
	take_kind(repo);
	if (choose_reader(repo, prefer, why) < 0)
		return -1;
	*out = repo;
	repo = NULL;
	return 0;
}

void repo_close(struct repo **repo)
{
	struct repo *r = *repo;

	if (!r)
		return;
	repo_rest(r);
	if (r->reader)
		r->reader->close(r);
	for (size_t i = 0; i < r->config_len; i++) {
		free(r->config[i].key);
		free(r->config[i].value);
	}
	free(r->config);
	free(r->git_dir);
	free(r->common_dir);
	free(r->work_tree);
	free(r->prefix);
	free(r->name);
	free(r);
	*repo = NULL;
}
