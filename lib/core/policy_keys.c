#include "core/policy_keys.h"
#include "base/alloc.h"
#include "base/text.h"
#include "base/vec.h"
#include "core/grant.h"
#include "core/guard_refs.h"
#include "port/match.h"
#include "port/proxy_hosts.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define STAGE_NAME_MAX 50

static int check_glob(const char *value, struct fault *why);
static int check_inside(const char *value, struct fault *why);
static int check_variable(const char *value, struct fault *why);
static int check_prefix(const char *value, struct fault *why);

static const char *const networks[] = {"auto", "none", "proxy", "open", NULL};
static const char *const froms[] = {"everyone", "agents", NULL};
static const char *const forces[] = {"own", "any", NULL};
static const char *const baselines[] = {"before", "concurrent", "off", NULL};
static const char *const modes[] = {"auto", "block", "flag", "off", NULL};

#define EVIDENCE                                                                                    \
	"tests/, test/, spec/, __tests__/, testdata/, fixtures/, __snapshots__/, test_*.py, "       \
	"*_test.py, conftest.py, *_test.go, *.test.*, *.spec.*, *_spec.rb, *_test.rb, *Test.java, " \
	"*Tests.java, *Test.kt, *Tests.cs, *.snap, *.bats, pytest.ini, tox.ini, jest.config.*, "    \
	"vitest.config.*, .eslintrc*, eslint.config.*, ruff.toml"

#define LOCK_FILES                                                                                 \
	"package-lock.json, npm-shrinkwrap.json, yarn.lock, pnpm-lock.yaml, bun.lock, bun.lockb, " \
	"requirements*.txt, poetry.lock, uv.lock, pdm.lock, Pipfile.lock, Cargo.lock, go.sum, "    \
	"Gemfile.lock, composer.lock"

#define PROTECTED                                                                                \
	".gitagent, .github/**, .gitlab-ci.yml, .forgejo/**, .gitea/**, CODEOWNERS, .husky/**, " \
	"lefthook.yml"

#define IN_POLICY(field) .offset = offsetof(struct policy, field)
#define IN_STAGE(field)  .offset = offsetof(struct gate_stage, field)

/* clang-format off */
const struct policy_key policy_keys[] = {
	{"agent", "backend", KEY_TEXT, IN_POLICY(backend)},
	{"agent", "command", KEY_TEXT, IN_POLICY(command), .trust = "agent"},
	{"agent", "model", KEY_TEXT, IN_POLICY(model)},
	{"agent", "conventions", KEY_TEXT, IN_POLICY(conventions)},
	{"agent", "base", KEY_TEXT, IN_POLICY(base)},
	{"agent", "branchPrefix", KEY_TEXT, IN_POLICY(branch_prefix), "agent/", .check = check_prefix},
	{"agent", "workRoot", KEY_TEXT, IN_POLICY(work_root), .flags = KEY_OWN},
	{"agent", "env", KEY_LIST, IN_POLICY(agent_env), .trust = "agent env", .check = check_variable},
	{"agent", "login", KEY_LIST, IN_POLICY(agent_login), .trust = "agent login", .check = grant_check},
	{"agent", "read", KEY_LIST, IN_POLICY(agent_read), .trust = "agent read", .check = grant_check},
	{"agent", "network", KEY_CHOICE, IN_POLICY(agent_network), "auto", .trust = "agent network",
		.choices = networks},
	{"agent", "keepFor", KEY_DURATION, IN_POLICY(keep_for_ms), "3d"},
	{"agent", "spare", KEY_BOOL, IN_POLICY(spare), "true"},
	{"agent", "policyFile", KEY_FOREIGN, .flags = KEY_OWN},
	{"agent", "trust", KEY_FOREIGN, .flags = KEY_OWN},
	{"limits", "fixes", KEY_INT, IN_POLICY(fixes), "2"},
	{"limits", "wall", KEY_DURATION, IN_POLICY(wall_ms), "30m"},
	{"limits", "idle", KEY_DURATION, IN_POLICY(idle_ms), "10m"},
	{"limits", "output", KEY_SIZE, IN_POLICY(output_bytes), "64m"},
	{"limits", "disk", KEY_SIZE, IN_POLICY(disk_bytes), "1g"},
	{"limits", "processes", KEY_INT, IN_POLICY(processes), "4096"},
	{"limits", "memory", KEY_SIZE, IN_POLICY(memory_bytes), "0"},
	{"limits", "fileSize", KEY_SIZE, IN_POLICY(file_bytes), "8g"},
	{"limits", "concurrent", KEY_INT, IN_POLICY(concurrent), "2", .min = 1},
	{"protect", "branches", KEY_LIST, IN_POLICY(branches), "main, master, staging, release/*",
		KEY_ADDS, .check = guard_pattern_check},
	{"protect", "paths", KEY_LIST, IN_POLICY(paths), PROTECTED, KEY_ADDS, .check = check_glob},
	{"protect", "from", KEY_CHOICE, IN_POLICY(protect_from), "everyone", KEY_OWN | KEY_CONFIG,
		.choices = froms},
	{"push", "maxSize", KEY_SIZE, IN_POLICY(push_size), "0"},
	{"push", "maxFile", KEY_SIZE, IN_POLICY(push_file), "0"},
	{"push", "depth", KEY_INT, IN_POLICY(push_depth), "256"},
	{"push", "refs", KEY_INT, IN_POLICY(push_refs), "0"},
	{"push", "force", KEY_CHOICE, IN_POLICY(push_force), "own", .choices = forces},
	{"push", "budget", KEY_DURATION, IN_POLICY(push_budget_ms), "60s"},
	{"propose", "requireVerdict", KEY_BOOL, IN_POLICY(require_verdict), "false"},
	{"propose", "autoPush", KEY_BOOL, IN_POLICY(auto_push), "false", KEY_OWN | KEY_CONFIG},
	{"propose", "notes", KEY_BOOL, IN_POLICY(notes), "false", KEY_OWN | KEY_CONFIG},
	{"server", "allow", KEY_LIST, IN_POLICY(server_allow), .flags = KEY_OWN | KEY_CONFIG},
	{"server", "who", KEY_TEXT, IN_POLICY(server_who), .flags = KEY_OWN | KEY_CONFIG},
	{"server", "merge", KEY_TEXT, IN_POLICY(server_merge), .flags = KEY_OWN | KEY_CONFIG},
	{"gate", "jobs", KEY_INT, IN_POLICY(jobs), "0"},
	{"gate", "failFast", KEY_BOOL, IN_POLICY(fail_fast), "false"},
	{"gate", "baseline", KEY_CHOICE, IN_POLICY(baseline), "before", .choices = baselines},
	{"gate", "rerun", KEY_BOOL, IN_POLICY(rerun), "true"},
	{"gate", "cacheFor", KEY_DURATION, IN_POLICY(cache_for_ms), "30d"},
	{"gate", "cacheSize", KEY_SIZE, IN_POLICY(cache_bytes), "200m"},
	{"evidence", "paths", KEY_LIST, IN_POLICY(evidence_paths), EVIDENCE, .check = check_glob},
	{"evidence", "mode", KEY_CHOICE, IN_POLICY(evidence_mode), "auto", .choices = modes},
	{"evidence", "replay", KEY_BOOL, IN_POLICY(replay), "true"},
	{"evidence", "vacuous", KEY_BOOL, IN_POLICY(vacuous), "true"},
	{"secrets", "mode", KEY_CHOICE, IN_POLICY(secrets_mode), "block", .choices = modes},
	{"sandbox", "require", KEY_LEVEL, IN_POLICY(require), "partial", .trust = "sandbox"},
	{"sandbox", "read", KEY_LIST, IN_POLICY(read), .trust = "sandbox read", .check = grant_check},
	{"sandbox", "write", KEY_LIST, IN_POLICY(write), .trust = "sandbox write", .check = grant_check},
	{"sandbox", "ptrace", KEY_BOOL, IN_POLICY(ptrace), "false", .trust = "sandbox ptrace"},
	{"sandbox", "hosts", KEY_LIST, IN_POLICY(hosts), .trust = "hosts", .check = rule_check},
	{"worktree", "setup", KEY_LINES, IN_POLICY(setup), .trust = "setup"},
	{"worktree", "setup.network", KEY_NETWORK, IN_POLICY(setup_network), "open"},
	{"worktree", "setup.inputs", KEY_LIST, IN_POLICY(setup_inputs), LOCK_FILES, .check = check_glob},
	{"worktree", "copy", KEY_LIST, IN_POLICY(copy), .trust = "copy", .check = check_inside},
	{"worktree", "filters", KEY_BOOL, IN_POLICY(filters), "true"},
	{"commit", "subject", KEY_TEXT, IN_POLICY(commit_subject)},
	{0},
};

const struct policy_key stage_keys[] = {
	{"gate", "run", KEY_TEXT, IN_STAGE(run), .trust = ""},
	{"gate", "dir", KEY_TEXT, IN_STAGE(dir), "", .check = check_inside},
	{"gate", "timeout", KEY_DURATION, IN_STAGE(timeout_ms), "10m"},
	{"gate", "when", KEY_LIST, IN_STAGE(when), .check = check_glob},
	{"gate", "env", KEY_LIST, IN_STAGE(env), .trust = " env", .check = check_variable},
	{"gate", "network", KEY_NETWORK, IN_STAGE(network), "none", .trust = " network"},
	{"gate", "evidence", KEY_BOOL, IN_STAGE(evidence), "false"},
	{"gate", "cache", KEY_BOOL, IN_STAGE(cache), "true"},
	{0},
};
/* clang-format on */

_Static_assert(ARRAY_LEN(policy_keys) <= POLICY_KEYS_MAX, "a mark for each key");
_Static_assert(ARRAY_LEN(stage_keys) <= STAGE_KEYS_MAX, "a mark for each key of a stage");

/* --- looking up ------------------------------------------------------------------------------- */

bool policy_key_is_many(const struct policy_key *key)
{
	return key->kind == KEY_LIST || key->kind == KEY_LINES;
}

const struct policy_key *policy_key_find(
	const struct policy_key *table, const char *section, const char *name)
{
	for (; table->name; table++)
		if (!strcasecmp(table->section, section) && !strcasecmp(table->name, name))
			return table;
	return NULL;
}

const struct policy_key *policy_key_path(const char *path)
{
	for (const struct policy_key *key = policy_keys; key->name; key++) {
		size_t len = strlen(key->section);

		if (!strncasecmp(path, key->section, len) && path[len] == '.' &&
			!strcasecmp(path + len + 1, key->name))
			return key;
		if (!strcmp(key->section, "agent") && !strcasecmp(path, key->name))
			return key;
	}
	return NULL;
}

/* Past what of `path` spells `word`, '_' and '.' not counting in either; NULL: something else. */
static const char *skip_word(const char *path, const char *word)
{
	for (;; path++, word++) {
		path += strspn(path, "_.");
		word += strspn(word, "_.");
		if (!*word)
			return path;
		if (tolower((unsigned char)*path) != tolower((unsigned char)*word))
			return NULL;
	}
}

const struct policy_key *policy_key_variable(const char *name)
{
	for (const struct policy_key *key = policy_keys; key->name; key++) {
		const char *rest = skip_word(name, key->section);
		const char *end = rest ? skip_word(rest, key->name) : NULL;

		if (end && !*end)
			return key;
		end = strcmp(key->section, "agent") ? NULL : skip_word(name, key->name);
		if (end && !*end)
			return key;
	}
	return NULL;
}

bool policy_section_known(const char *section)
{
	for (const struct policy_key *key = policy_keys; key->name; key++)
		if (!strcasecmp(key->section, section))
			return true;
	return false;
}

void policy_put_nearest(struct buf *out, const char *section, const char *name, bool stage)
{
	CLEANUP(vec_release) struct vec near = VEC_INIT;
	const char *best;

	for (const struct policy_key *key = stage ? stage_keys : policy_keys; key->name; key++)
		if (!name)
			vec_push(&near, key->section);
		else if (!strcasecmp(key->section, section))
			vec_push(&near, key->name);
	best = text_nearest(name ? name : section, (const char *const *)near.items);
	if (best)
		buf_printf(out, " (did you mean '%s'?)", best);
}

/* --- checks ----------------------------------------------------------------------------------- */

static int check_glob(const char *value, struct fault *why)
{
	return match_check(value, why);
}

/* A path relative to the checkout that stays in it. */
static int check_inside(const char *value, struct fault *why)
{
	const char *part = value;

	while (*part && *value != '/') {
		size_t len = strcspn(part, "/");

		if ((len == 2 && !memcmp(part, "..", 2)) ||
			(len == 4 && !strncasecmp(part, ".git", 4)))
			break;
		part += len + (part[len] == '/');
	}
	if (!*part)
		return 0;
	return fault_set(why, EXIT_FATAL, "expected a path inside the checkout, got '%s'", value);
}

static int check_variable(const char *value, struct fault *why)
{
	const char *p = value;

	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	if (!*p && *value && !isdigit((unsigned char)*value))
		return 0;
	return fault_set(why, EXIT_FATAL, "expected the name of a variable, got '%s'", value);
}

/* What git check-ref-format(1) allows, and a slug can follow. */
static int check_prefix(const char *value, struct fault *why)
{
	bool good = *value && !strchr("/.-", *value) && !strstr(value, "..") &&
		    !strstr(value, "//") && !strstr(value, "/.") && !strstr(value, "./") &&
		    !strstr(value, ".lock/");

	for (const char *p = value; *p && good; p++)
		good = isalnum((unsigned char)*p) || strchr("._/-+", *p);
	if (good)
		return 0;
	return fault_set(why, EXIT_FATAL,
		"expected the beginning of a branch name such as agent/, got '%s'", value);
}

int policy_check_stage_name(const char *name, struct fault *why)
{
	static const char *const taken[] = {"refs", "paths", "evidence", "secrets"};
	size_t len = strlen(name);
	bool good = len && len <= STAGE_NAME_MAX && isalnum((unsigned char)*name) &&
		    name[len - 1] != ' ';

	for (const char *p = name; *p && good; p++)
		good = isalnum((unsigned char)*p) || strchr("._+- ", *p);
	if (!good)
		return fault_set(why, EXIT_FATAL,
			"expected a stage's name of letters, digits and . _ + - (at most %d), got '%s'",
			STAGE_NAME_MAX, name);
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (!strcasecmp(name, taken[i]))
			return fault_set(why, EXIT_FATAL,
				"expected a name of your own, '%s' is a built-in stage", name);
	return 0;
}
