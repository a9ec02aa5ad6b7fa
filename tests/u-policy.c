#include "base/alloc.h"
#include "core/policy.h"
#include "core/policy_keys.h"
#include "tap.h"

#include <stdint.h>
#include <stdlib.h>

static int read_text(struct policy *p, const char *text, struct fault *why)
{
	return policy_read(p, text, strlen(text), ".gitagent", why);
}

/* The canonical line of a key, without its newline. The caller frees. */
static char *line_of(const struct policy *p, const char *name)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT, start = BUF_INIT;
	const char *at;

	buf_printf(&start, "\n%s =", name);
	buf_putc(&text, '\n');
	policy_write(p, &text);
	at = strstr(text.data, start.data);
	return at ? xstrndup(at + 1, strcspn(at + 1, "\n")) : xstrdup("(no such line)");
}

static void test_builtins(void)
{
	static const char want[] =
		"agent.backend =\nagent.command =\nagent.model =\nagent.conventions =\nagent.base =\n"
		"agent.branchPrefix = agent/\nagent.workRoot =\nagent.env =\nagent.login =\nagent.read =\nagent.network = auto\nagent.keepFor = 3d\nagent.spare = true\n"
		"limits.fixes = 2\nlimits.wall = 30m\nlimits.idle = 10m\nlimits.output = 64m\n"
		"limits.disk = 1g\nlimits.processes = 4096\nlimits.memory = 0\nlimits.fileSize = 8g\nlimits.concurrent = 2\n"
		"protect.branches = main, master, staging, release/*\n"
		"protect.paths = .gitagent, .github/**, .gitlab-ci.yml, .forgejo/**, .gitea/**, "
		"CODEOWNERS, .husky/**, lefthook.yml\n"
		"protect.from = everyone\npush.maxSize = 0\npush.maxFile = 0\n"
		"push.depth = 256\npush.refs = 0\npush.force = own\npush.budget = 1m\n"
		"propose.requireVerdict = false\npropose.autoPush = false\npropose.notes = false\nserver.allow =\nserver.who =\nserver.merge =\ngate.jobs = 0\ngate.failFast = false\n"
		"gate.baseline = before\ngate.rerun = true\ngate.cacheFor = 30d\ngate.cacheSize = 200m\nevidence.paths = tests/";
	CLEANUP(policy_release) struct policy p;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(vec_release) struct vec commands = VEC_INIT;
	struct fault why = FAULT_INIT;

	policy_init(&p);
	policy_write(&p, &text);
	if (!ok(!strncmp(text.data, want, strlen(want)), "the built-in policy"))
		printf("# %s\n", text.data);
	ok(strstr(text.data, "\nsandbox.require = partial\n") &&
			strstr(text.data, "\nevidence.mode = auto\n") &&
			strstr(text.data, "\nworktree.setup.network = open\n"),
		"the rest of it");
	is(p.file, ".gitagent", "its file");
	is(p.origin, "built-in policy", "its origin");
	ok(!policy_seal(&p, &why) && strlen(p.hash) == 64, "seals: %s", p.hash);
	policy_commands(&p, &commands);
	ok(!commands.len && !p.overrides.len && !p.warnings.len,
		"nothing to trust, to report or to warn of");
}

/* A file's text, a key, and its canonical line after it. */
static void test_values(void)
{
	static const struct {
		const char *text, *key, *want;
	} table[] = {
		{"[limits]\nwall = 5m\n", "limits.wall", "limits.wall = 5m"},
		{"[limits]\nwall = 90\n", "limits.wall", "limits.wall = 90s"},
		{"[limits]\nwall = 250ms\n", "limits.wall", "limits.wall = 250ms"},
		{"[limits]\nwall = 48h\n", "limits.wall", "limits.wall = 2d"},
		{"[limits]\nidle = 0\n", "limits.idle", "limits.idle = 0ms"},
		{"[limits]\noutput = 512\n", "limits.output", "limits.output = 512"},
		{"[limits]\noutput = 2048K\n", "limits.output", "limits.output = 2m"},
		{"[Limits]\nWALL = 1h\n", "limits.wall", "limits.wall = 1h"},
		{"[gate]\nFAILFAST = Yes\n", "gate.failFast", "gate.failFast = true"},
		{"[gate]\nfailfast = off\n", "gate.failFast", "gate.failFast = false"},
		{"[agent]\nbackend =  codex  \n", "agent.backend", "agent.backend = codex"},
		{"[agent]\nbackend =\n", "agent.backend", "agent.backend ="},
		{"[agent]\ncommand = a ; b # c\n", "agent.command", "agent.command = a ; b # c"},
		{"[agent]\nbranchPrefix = bots/x-\n", "agent.branchPrefix",
			"agent.branchPrefix = bots/x-"},
		{"[agent]\nenv = A_KEY,B\nenv = C\n", "agent.env", "agent.env = A_KEY, B, C"},
		{"[protect]\nbranches = prod\n", "protect.branches", "protect.branches = prod"},
		{"[protect]\nbranches = a, b\nbranches = c, a\n", "protect.branches",
			"protect.branches = a, b, c"},
		{"[protect]\nbranches =\n", "protect.branches", "protect.branches ="},
		{"[protect]\nbranches = , ,a,\n", "protect.branches", "protect.branches = a"},
		{"[protect]\nbranches = a\n[limits]\nfixes = 0\n[protect]\nbranches = b\n",
			"protect.branches", "protect.branches = a, b"},
		{"[sandbox]\nrequire = partial\n", "sandbox.require", "sandbox.require = partial"},
		{"[sandbox]\nhosts = a.example, *.b.example:22\nhosts = localhost:1\n",
			"sandbox.hosts", "sandbox.hosts = a.example, *.b.example:22, localhost:1"},
		{"[agent]\nnetwork = proxy\n", "agent.network", "agent.network = proxy"},
		{"[evidence]\nmode = block\n", "evidence.mode", "evidence.mode = block"},
		{"[worktree]\nsetup = npm ci, then\n", "worktree.setup",
			"worktree.setup = npm ci, then"},
		{"[worktree]\nsetup.network = none\n", "worktree.setup.network",
			"worktree.setup.network = none"},
		{"[worktree]\nsetup.inputs = a.lock\n", "worktree.setup.inputs",
			"worktree.setup.inputs = a.lock"},
		{"[worktree]\ncopy = .env.example, cfg/x\n", "worktree.copy",
			"worktree.copy = .env.example, cfg/x"},
		{"[commit]\nsubject = fix: {title}\n", "commit.subject",
			"commit.subject = fix: {title}"},
		{"[gate \"t\"]\nrun = a ; b # c\n", "gate.t.run", "gate.t.run = a ; b # c"},
		{"[gate \"t\"]\nrun = a, b\n", "gate.t.run", "gate.t.run = a, b"},
		{"[gate \"t\"]\nrun = x\n", "gate.t.timeout", "gate.t.timeout = 10m"},
		{"[gate \"t\"]\nrun = x\n", "gate.t.cache", "gate.t.cache = true"},
		{"[gate \"t\"]\nrun = x\nnetwork = open\n", "gate.t.network",
			"gate.t.network = open"},
		{"[gate \"t\"]\nrun = x\nwhen = src/**, *.c\n", "gate.t.when",
			"gate.t.when = src/**, *.c"},
		{"[gate \"unit tests\"]\nrun = x\ndir = sub/dir\n", "gate.unit tests.dir",
			"gate.unit tests.dir = sub/dir"},
		{"[GATE \"T\"]\nrun = x\nevidence = true\n", "gate.T.evidence",
			"gate.T.evidence = true"},
		{"\xef\xbb\xbf[limits]\r\n\tfixes = 7\r\n", "limits.fixes", "limits.fixes = 7"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(policy_release) struct policy p;
		CLEANUP(str_free) char *got = NULL;
		struct fault why = FAULT_INIT;

		policy_init(&p);
		if (!ok(!read_text(&p, table[i].text, &why) && !policy_seal(&p, &why), "reads %zu",
			    i))
			printf("# %s\n", why.message);
		got = line_of(&p, table[i].key);
		is(got, table[i].want, "what it says");
		ok(!p.warnings.len && !p.overrides.len, "no warning, no override");
	}
}

static void test_faults(void)
{
	static const struct {
		const char *text, *want;
	} table[] = {
		{"[limits]\n\nwall = soon\n",
			".gitagent:3: limits.wall: expected a duration such as 30m, got 'soon'"},
		{"[limits]\nwall =\n",
			".gitagent:2: limits.wall: expected a duration such as 30m, got ''"},
		{"[limits]\nwall = -1\n",
			".gitagent:2: limits.wall: expected a duration such as 30m, got '-1'"},
		{"[limits]\noutput = big\n",
			".gitagent:2: limits.output: expected a size such as 64m, got 'big'"},
		{"[limits]\nfixes = 2x\n",
			".gitagent:2: limits.fixes: expected a number from 0 to 10000, got '2x'"},
		{"[limits]\nfixes = 99999999999999999999\n",
			".gitagent:2: limits.fixes: expected a number from 0 to 10000, got '99999999999999999999'"},
		{"[limits]\nfixes = -1\n",
			".gitagent:2: limits.fixes: expected a number from 0 to 10000, got '-1'"},
		{"[limits]\nconcurrent = 0\n",
			".gitagent:2: limits.concurrent: expected a number from 1 to 10000, got '0'"},
		{"[gate]\nfailFast = maybe\n",
			".gitagent:2: gate.failFast: expected true or false, got 'maybe'"},
		{"[gate]\nfailFast =\n",
			".gitagent:2: gate.failFast: expected true or false, got ''"},
		{"[sandbox]\nrequire = some\n",
			".gitagent:2: sandbox.require: expected none, external, partial or full, got 'some'"},
		{"[sandbox]\nhosts = https://a.example\n",
			".gitagent:2: sandbox.hosts: expected a host such as api.example.com, *.example.com or localhost:8080, got 'https://a.example'"},
		{"[sandbox]\nhosts = a.example, 10.0.0.1\n",
			".gitagent:2: sandbox.hosts: expected '10.0.0.1' with its port, as it is not a public address"},
		{"[agent]\nnetwork = lan\n",
			".gitagent:2: agent.network: expected auto, none, proxy or open, got 'lan'"},
		{"[evidence]\nmode = warn\n",
			".gitagent:2: evidence.mode: expected auto, block, flag or off, got 'warn'"},
		{"[gate \"t\"]\nnetwork = lan\n",
			".gitagent:2: gate.t.network: expected none, proxy or open, got 'lan'"},
		{"[limits]\nwall = 1m\nidle = 1m\nWall = 2m\n",
			".gitagent:4: limits.wall: given twice, first on line 2"},
		{"[gate \"t\"]\nrun = a\n[gate \"t\"]\nrun = b\n",
			".gitagent:4: gate.t.run: given twice, first on line 2"},
		{"[protect]\nbranches = a, [x\n",
			".gitagent:2: protect.branches: expected a glob, got '[x': "
			"a '[' that is not closed, or a class that does not exist"},
		{"[protect]\npaths = !a\n",
			".gitagent:2: protect.paths: expected a glob, got '!a': a pattern that is negated"},
		{"[gate \"t\"]\nenv = A B\n",
			".gitagent:2: gate.t.env: expected the name of a variable, got 'A B'"},
		{"[gate \"t\"]\ndir = ../x\n",
			".gitagent:2: gate.t.dir: expected a path inside the checkout, got '../x'"},
		{"[gate \"t\"]\ndir = a/../../x\n",
			".gitagent:2: gate.t.dir: expected a path inside the checkout, got 'a/../../x'"},
		{"[worktree]\ncopy = /etc/passwd\n",
			".gitagent:2: worktree.copy: expected a path inside the checkout, got '/etc/passwd'"},
		{"[worktree]\ncopy = sub/.GIT/config\n",
			".gitagent:2: worktree.copy: expected a path inside the checkout, got 'sub/.GIT/config'"},
		{"[agent]\nbranchPrefix =\n",
			".gitagent:2: agent.branchPrefix: expected a value, got ''"},
		{"[agent]\nbranchPrefix = -x\n",
			".gitagent:2: agent.branchPrefix: expected the beginning of a branch name such as agent/, got '-x'"},
		{"[agent]\nbranchPrefix = a..b\n",
			".gitagent:2: agent.branchPrefix: expected the beginning of a branch name such as agent/, got 'a..b'"},
		{"[protect]\nfrom = agents\n",
			".gitagent:2: protect.from: expected in your own git config, not in a policy file"},
		{"[agent]\nworkRoot = /tmp\n",
			".gitagent:2: agent.workRoot: expected in your own git config, not in a policy file"},
		{"[agent]\ntrust = upstream\n",
			".gitagent:2: agent.trust: expected in your own git config, not in a policy file"},
		{"[agent]\npolicyFile = x\n",
			".gitagent:2: agent.policyFile: expected in your own git config, not in a policy file"},
		{"wall = 1m\n", ".gitagent:1: expected a [section] before 'wall'"},
		{"[gate]\nrun = x\n",
			".gitagent:2: gate.run: expected below a stage, [gate \"tests\"]"},
		{"[gate \"a/b\"]\nrun = x\n",
			".gitagent:2: expected a stage's name of letters, digits and . _ + - "
			"(at most 50), got 'a/b'"},
		{"[gate \"..\"]\nrun = x\n",
			".gitagent:2: expected a stage's name of letters, digits and . _ + - "
			"(at most 50), got '..'"},
		{"[gate \"Secrets\"]\nrun = x\n",
			".gitagent:2: expected a name of your own, 'Secrets' is a built-in stage"},
		{"[gate \"a.b\"]\nrun = x\n[gate \"a b\"]\nrun = y\n",
			"[gate \"a.b\"] and [gate \"a b\"] in built-in policy are too much alike"},
		{"[gate \"t\"]\nrun =\n", "[gate \"t\"] has no 'run' in built-in policy"},
		{"[gate \"t\"]\n", "[gate \"t\"] has no 'run' in built-in policy"},
		{"[gate \"t\"]\nrun x\n", ".gitagent:2: expected 'key = value'"},
		{"[gate \"t]\nrun = x\n",
			".gitagent:1: expected '[section]' or '[section \"name\"]'"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(policy_release) struct policy p;
		struct fault why = FAULT_INIT;

		policy_init(&p);
		ok((read_text(&p, table[i].text, &why) || policy_seal(&p, &why)) &&
				why.exit == EXIT_FATAL,
			"refuses %zu", i);
		is(why.message, table[i].want, "says why");
	}
}

static void test_warnings(void)
{
	static const struct {
		const char *text, *want;
	} table[] = {
		{"[limits]\nwal = 1m\n",
			".gitagent:2: unknown key 'wal' in [limits] (did you mean 'wall'?)"},
		{"[limits]\nzzzzzzzz = 1m\n", ".gitagent:2: unknown key 'zzzzzzzz' in [limits]"},
		{"[limit]\nwall = 1m\nidle = 1m\n",
			".gitagent:2: unknown section [limit] (did you mean 'limits'?)"},
		{"[limit]\n", ".gitagent:1: unknown section [limit] (did you mean 'limits'?)"},
		{"[limits \"x\"]\nwall = 1m\n", ".gitagent:2: unknown section [limits \"x\"]"},
		{"[gate \"t\"]\nrun = x\ntimeot = 1m\n",
			".gitagent:3: unknown key 'timeot' in [gate \"...\"] (did you mean 'timeout'?)"},
		{"[worktree]\nsetup.netwrk = none\n",
			".gitagent:2: unknown key 'setup.netwrk' in [worktree] (did you mean 'setup.network'?)"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(policy_release) struct policy p;
		struct fault why = FAULT_INIT;

		policy_init(&p);
		ok(!read_text(&p, table[i].text, &why) && p.warnings.len == 1, "one warning of %zu",
			i);
		is(p.warnings.items[0], table[i].want, "which one");
	}
}

static void test_layers(void)
{
	static const char *const env[] = {"HOME=/x", "GIT_AGENT_LIMITS_FIXES=3",
		"GIT_AGENT_MODEL=m2", "GIT_AGENT_BRANCH_PREFIX=env/",
		"GIT_AGENT_WORKTREE_SETUP_NETWORK=none", "GIT_AGENT_BUILD=/b",
		"GIT_AGENT_LIMITS_WALL=", "GIT_AGENT_PROTECT_BRANCHES=e",
		"GIT_AGENT_PROTECT_FROM=agents", "GIT_AGENT_GATE_FAILFAST=1",
		"GIT_AGENT_SANDBOX=external", "GIT_AGENT_WORK_ROOT=/w", NULL};
	static const struct {
		const char *key, *value;
	} config[] = {
		{"agent.limits.wall", "5m"},
		{"agent.limits.wall", "6m"},
		{"agent.Limits.fixes", "1"},
		{"agent.backend", "claude"},
		{"agent.base", "develop"},
		{"agent.workroot", "/v"},
		{"agent.protect.branches", "x, prod"},
		{"agent.protect.from", "agents"},
		{"agent.gate.tests.run", "make check"},
		{"agent.gate.a.b.run", "true"},
		{"agent.gate.jobs", "4"},
		{"agent.evidence.paths", "t/**"},
		{"agent.evidence.paths", "u/**"},
		{"agent.policyfile", "x"},
		{"agent.trust", "upstream"},
		{"agent.worktree.setup.network", "proxy"},
		{"agent.protect.origin.from", "x"},
		{"core.bare", "soon"},
		{"agent.unheardofsetting", "x"},
		{"agent.worktree.setup", "one, two"},
		{"agent.worktree.setup", "three"},
	};
	static const struct {
		const char *key, *want;
	} after[] = {
		{"limits.wall", "limits.wall = 6m"},
		{"limits.fixes", "limits.fixes = 0"},
		{"agent.backend", "agent.backend = claude"},
		{"agent.base", "agent.base = develop"},
		{"agent.workRoot", "agent.workRoot = /w"},
		{"agent.model", "agent.model = m2"},
		{"agent.branchPrefix", "agent.branchPrefix = env/"},
		{"protect.from", "protect.from = agents"},
		{"protect.branches", "protect.branches = prod, x, e, f"},
		{"gate.tests.run", "gate.tests.run = make check"},
		{"gate.a.b.run", "gate.a.b.run = true"},
		{"gate.jobs", "gate.jobs = 4"},
		{"gate.failFast", "gate.failFast = true"},
		{"evidence.paths", "evidence.paths = t/**, u/**"},
		{"worktree.setup.network", "worktree.setup.network = none"},
		{"worktree.setup", "worktree.setup = one, two"},
		{"gate.tests.timeout", "gate.tests.timeout = 1m"},
	};
	static const char *const overrides[] = {"limits.wall = 6m (git config)",
		"gate.jobs = 4 (git config)", "limits.fixes = 3 (GIT_AGENT_LIMITS_FIXES)",
		"limits.fixes = 0 (--fixes)", "protect.branches = f (--protect)",
		"gate.tests.run = make check (git config)"};
	CLEANUP(policy_release) struct policy p;
	struct fault why = FAULT_INIT;
	bool personal = false;

	policy_init(&p);
	ok(!read_text(&p,
		   "[protect]\nbranches = prod\n[limits]\nfixes = 5\n[worktree]\nsetup = zero\n"
		   "[gate \"tests\"]\nrun = pytest -q\ntimeout = 1m\n[evidence]\npaths = f/**\n",
		   &why),
		"the file");
	for (size_t i = 0; i < ARRAY_LEN(config); i++)
		ok(!policy_config(&p, config[i].key, config[i].value, &why), "git config %s",
			config[i].key);
	ok(!policy_environ(&p, env, &why), "the environment");
	ok(!policy_flag(&p, "limits.fixes", "0", "--fixes", &why), "a flag");
	ok(!policy_flag(&p, "protect.branches", "f", "--protect", &why), "a flag that adds");
	ok(!policy_seal(&p, &why), "seals");
	for (size_t i = 0; i < ARRAY_LEN(after); i++) {
		CLEANUP(str_free) char *got = line_of(&p, after[i].key);

		is(got, after[i].want, "what is in force");
	}
	ok(p.setup.len == 2 && !strcmp(p.setup.items[1], "three"), "setup commands are not split");
	for (size_t i = 0; i < ARRAY_LEN(overrides); i++)
		ok(vec_has(&p.overrides, overrides[i]), "override %s", overrides[i]);
	for (size_t i = 0; i < p.overrides.len; i++)
		personal |= strstr(p.overrides.items[i], "workRoot") ||
			    strstr(p.overrides.items[i], "from =");
	ok(!personal, "what is a person's own overrides nothing");
	ok(p.warnings.len == 1, "one warning");
	is(p.warnings.len ? p.warnings.items[0] : NULL,
		"GIT_AGENT_PROTECT_FROM: ignored, protect.from is read from git config only",
		"which one");
}

static void test_layer_faults(void)
{
	static const char *const env[] = {"GIT_AGENT_LIMITS_WALL=soon", NULL};
	static const char *const lines[] = {"GIT_AGENT_MODEL=a\nb", NULL};
	CLEANUP(policy_release) struct policy p;
	struct fault why = FAULT_INIT;

	policy_init(&p);
	ok(policy_config(&p, "agent.limits.wall", "soon", &why) == -1, "a bad value in git config");
	is(why.message, "git config agent.limits.wall: expected a duration such as 30m, got 'soon'",
		"says where");
	ok(policy_config(&p, "agent.gate.a/b.run", "x", &why) == -1, "a bad stage in git config");
	ok(policy_config(&p, "agent.gate.t.run", "a\nb", &why) == -1, "two lines in git config");
	is(why.message,
		"git config agent.gate.t.run: expected one line of text, found a control character",
		"why");
	ok(policy_environ(&p, env, &why) == -1, "a bad value in the environment");
	is(why.message, "GIT_AGENT_LIMITS_WALL: expected a duration such as 30m, got 'soon'",
		"says where");
	ok(policy_environ(&p, lines, &why) == -1, "two lines in the environment");
	ok(policy_flag(&p, "limits.fixes", "x", "--fixes", &why) == -1 && why.exit == EXIT_USAGE,
		"a bad flag");
	is(why.message, "--fixes: expected a number from 0 to 10000, got 'x'", "says which");
	ok(policy_flag(&p, "no.such", "x", "--no-such", &why) == -1, "a flag for no key");
	ok(!policy_config(&p, "agent.limits.wal", "x", &why) && p.warnings.len == 1,
		"a typing error in git config");
	is(p.warnings.items[0], "git config agent.limits.wal: unknown key (did you mean 'wall'?)",
		"is warned of");
}

static void test_protected_file(void)
{
	CLEANUP(policy_release) struct policy p, q;
	struct fault why = FAULT_INIT;

	policy_init(&p);
	str_replace(&p.file, "[x].conf");
	ok(!read_text(&p, "[protect]\npaths = a\n", &why) && !policy_seal(&p, &why),
		"paths of its own");
	ok(vec_has(&p.paths, "\\[x].conf"), "hold the policy file, as it is spelled");
	policy_init(&q);
	ok(!policy_seal(&q, &why), "the built-ins");
	ok(q.paths.len == 8, "do not hold it twice");
}

static void test_commands(void)
{
	static const char *const want[] = {"agent: my-agent --print", "agent env: KEY, TOKEN",
		"agent network: open", "sandbox: none", "hosts: a.example", "setup: npm ci",
		"setup: make, all", "copy: .env", "gate tests: pytest -q", "gate tests env: PG",
		"gate tests network: open", NULL};
	CLEANUP(policy_release) struct policy p;
	CLEANUP(vec_release) struct vec got = VEC_INIT;
	struct fault why = FAULT_INIT;
	size_t i = 0;

	policy_init(&p);
	ok(!read_text(&p,
		   "[agent]\ncommand = my-agent --print\nenv = KEY, TOKEN\nnetwork = open\n[sandbox]\nrequire = none\n"
		   "hosts = a.example\n[worktree]\nsetup = npm ci\nsetup = make, all\nsetup.network = open\ncopy = .env\n"
		   "[gate \"tests\"]\nrun = pytest -q\nenv = PG\nnetwork = open\n"
		   "[gate \"lint\"]\nrun = ruff\nnetwork = none\n",
		   &why),
		"a file with commands");
	ok(!policy_config(&p, "agent.gate.lint.run", "mine", &why), "one is a person's own");
	policy_commands(&p, &got);
	for (; want[i] && i < got.len; i++)
		is(got.items[i], want[i], "what there is to trust");
	ok(!want[i] && i == got.len, "and no more");
}

static void test_hash(void)
{
	CLEANUP(policy_release) struct policy a, b, c;
	struct fault why = FAULT_INIT;

	policy_init(&a);
	policy_init(&b);
	policy_init(&c);
	read_text(&a, "[worktree]\nsetup = x\nsetup = y\n[limits]\nwall = 60s\n", &why);
	read_text(&b,
		"# another spelling\n[LIMITS]\nwall = 1m\n[worktree]\n  setup = x\n  setup = y\n",
		&why);
	read_text(&c, "[worktree]\nsetup = x, y\n[limits]\nwall = 60s\n", &why);
	ok(!policy_seal(&a, &why) && !policy_seal(&b, &why) && !policy_seal(&c, &why),
		"three policies");
	is(a.hash, b.hash, "the same policy has the same hash");
	ok(strcmp(a.hash, c.hash) != 0, "two commands are not one with a comma");
}

/* What policy_write prints can be read back by the table: no value is lost on the way. */
static void test_written(void)
{
	CLEANUP(policy_release) struct policy p;
	struct fault why = FAULT_INIT;

	policy_init(&p);
	for (const struct policy_key *key = policy_keys; key->name; key++) {
		CLEANUP(buf_release) struct buf one = BUF_INIT, two = BUF_INIT;

		policy_value_write(key, &p, &one);
		policy_value_clear(key, &p);
		ok(!policy_value_read(key, &p, one.data, &why), "%s.%s reads back", key->section,
			key->name);
		policy_value_write(key, &p, &two);
		is(two.data, one.data, "as it was");
	}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void test_mutations(void)
{
	static const char *const seeds[] = {
		"[agent]\nbackend = codex\ncommand = a ; b\nenv = A, B\nbranchPrefix = agent/\n",
		"[limits]\nfixes = 2\nwall = 30m\noutput = 64m\nconcurrent = 2\n",
		"[protect]\nbranches = main, release/*\npaths = .gitagent, .github/**\n",
		"[gate \"tests\"]\nrun = pytest -q\ntimeout = 10m\nevidence = true\nwhen = a/**, [b-c]*\n",
		"[sandbox]\nrequire = partial\n[worktree]\nsetup = npm ci\ncopy = .env.example\n",
	};
	uint32_t seed = 7;
	size_t accepted = 0, unnamed = 0;

	for (int round = 0; round < 20000; round++) {
		CLEANUP(policy_release) struct policy p;
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		struct fault why = FAULT_INIT;

		buf_puts(&text, seeds[next_random(&seed) % ARRAY_LEN(seeds)]);
		buf_puts(&text, seeds[next_random(&seed) % ARRAY_LEN(seeds)]);
		for (uint32_t hits = next_random(&seed) % 5; hits; hits--) {
			size_t at = next_random(&seed) % text.len;
			char c = (char)(next_random(&seed) % 256);

			if (next_random(&seed) % 3)
				buf_splice(&text, at, 1, &c, 1);
			else
				buf_splice(&text, at, next_random(&seed) % 9 % (text.len - at),
					&"\n[=\"]0.,\\*"[next_random(&seed) % 10], 1);
		}
		policy_init(&p);
		if (!policy_read(&p, text.data, text.len, "f", &why))
			accepted += policy_seal(&p, &why) == 0;
		else
			unnamed += strncmp(why.message, "f:", 2) != 0;
	}
	ok(accepted > 1000 && accepted < 20000, "20000 damaged policies: some are accepted (%zu)",
		accepted);
	ok(!unnamed, "each refusal names the file");
}

int main(void)
{
	test_builtins();
	test_values();
	test_faults();
	test_warnings();
	test_layers();
	test_layer_faults();
	test_protected_file();
	test_commands();
	test_hash();
	test_written();
	test_mutations();
	return tap_done();
}
