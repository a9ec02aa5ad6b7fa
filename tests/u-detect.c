#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "core/detect.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#define FILES_MAX 6

struct file {
	const char *path, *text;
};

static int read_file(void *state, const char *path, struct buf *out)
{
	const struct file *files = state;

	for (size_t i = 0; i < FILES_MAX && files[i].path; i++) {
		if (!strcmp(files[i].path, path) && files[i].text) {
			buf_puts(out, files[i].text);
			return 0;
		}
	}
	return 1;
}

/* "tests: make test; lint: make lint | npm ci": stages, then setup. The caller frees. */
static char *found(const struct detect *d)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	for (size_t i = 0; i < d->len; i++)
		buf_printf(&out, "%s%s: %s", i ? "; " : "", d->stages[i].name, d->stages[i].run);
	for (size_t i = 0; i < d->setup.len; i++)
		buf_printf(&out, " | %s", d->setup.items[i]);
	return xstrdup(out.data);
}

static int detect_in(
	struct detect *d, const char *table, const struct file *files, struct fault *why)
{
	struct detect_tree tree = {.paths = VEC_INIT, .read = read_file, .state = (void *)files};
	int done;

	for (size_t i = 0; i < FILES_MAX && files[i].path; i++)
		vec_push(&tree.paths, files[i].path);
	vec_sort(&tree.paths);
	done = detect_run(d, table, &tree, why);
	vec_release(&tree.paths);
	return done;
}

static const struct {
	const char *name;
	struct file files[FILES_MAX];
	const char *want;
} repositories[] = {
	{"nothing", {{"README.md", "test:\n"}}, ""},
	{"make test", {{"Makefile", "all:\n\ttrue\ntest: all\n\ttrue\n"}}, "tests: make test"},
	{"make check and lint", {{"makefile", "check lint:\n\ttrue\n"}},
		"tests: make check; lint: make lint"},
	{"make test before check", {{"GNUmakefile", "check: test\ntest :\n\ttrue\n"}},
		"tests: make test"},
	{"a double colon", {{"Makefile", "test:: x\n"}}, "tests: make test"},
	{"a target of another name", {{"Makefile", "test-unit:\nunit.test:\nretest: x\n"}}, ""},
	{"a variable", {{"Makefile", "test := 1\ncheck ::= 2\nlint = a:b\n"}}, ""},
	{"a prerequisite", {{"Makefile", ".PHONY: test\nall: test\n\ttest: no\n"}}, ""},
	{"a comment", {{"Makefile", "# test: not yet\n"}}, ""},
	{"a Makefile below the top", {{"src/Makefile", "test:\n"}}, ""},
	{"npm",
		{{"package.json", "{\"scripts\":{\"test\":\"node --test\",\"lint\":\"eslint\","
				  "\"typecheck\":\"tsc\",\"build\":\"tsc -b\"}}"}},
		"tests: npm run test; lint: npm run lint; types: npm run typecheck; build: npm run build"},
	{"npm, locked",
		{{"package.json", "{\"scripts\":{\"test\":\"x\"}}"}, {"package-lock.json", "{}"}},
		"tests: npm run test | npm ci"},
	{"pnpm",
		{{"package.json", "{\"scripts\":{\"test\":\"x\"}}"}, {"pnpm-lock.yaml", ""},
			{"package-lock.json", "{}"}},
		"tests: pnpm run test | pnpm install --frozen-lockfile"},
	{"yarn", {{"package.json", "{\"scripts\":{\"test\":\"x\"}}"}, {"yarn.lock", ""}},
		"tests: yarn run test | yarn install --frozen-lockfile"},
	{"yarn berry",
		{{"package.json", "{\"scripts\":{\"test\":\"x\"}}"}, {"yarn.lock", ""},
			{".yarnrc.yml", ""}},
		"tests: yarn run test | yarn install --immutable"},
	{"bun", {{"package.json", "{\"scripts\":{\"test\":\"x\"}}"}, {"bun.lock", ""}},
		"tests: bun run test | bun install --frozen-lockfile"},
	{"what npm init writes",
		{{"package.json",
			"{\"scripts\":{\"test\": \"echo \\\"Error: no test specified\\\" && exit 1\"}}"}},
		""},
	{"an empty script", {{"package.json", "{\"scripts\":{\"test\":\"\"}}"}}, ""},
	{"a package.json that is no JSON", {{"package.json", "{\"scripts\":{\"test\":\"x\""}}, ""},
	{"a package.json of an odd shape", {{"package.json", "{\"scripts\":[\"test\"]}"}}, ""},
	{"make around npm",
		{{"Makefile", "test:\n\tnpm test\n"},
			{"package.json", "{\"scripts\":{\"test\":\"x\"}}"},
			{"package-lock.json", "{}"}},
		"tests: make test | npm ci"},
	{"pytest.ini", {{"pytest.ini", ""}, {"a.py", ""}}, "tests: python3 -m pytest -q"},
	{"conftest.py somewhere", {{"tests/unit/conftest.py", ""}}, "tests: python3 -m pytest -q"},
	{"pyproject",
		{{"pyproject.toml",
			"[project]\n[tool.pytest.ini_options]\n[tool.ruff]\n[tool.mypy]\n"}},
		"tests: python3 -m pytest -q; lint: ruff check .; types: python3 -m mypy ."},
	{"mypy with files", {{"pyproject.toml", "[tool.mypy]\nstrict = true\nfiles = [\"a\"]\n"}},
		"types: python3 -m mypy"},
	{"mypy without files",
		{{"pyproject.toml", "[tool.mypy]\nstrict = true\n[tool.other]\nfiles = 1\n"}},
		"types: python3 -m mypy ."},
	{"import pytest", {{"tests/test_a.py", "import os\nimport pytest\n"}},
		"tests: python3 -m pytest -q"},
	{"test functions", {{"tests/test_a.py", "def test_a():\n    assert True\n"}},
		"tests: python3 -m pytest -q"},
	{"pytest in uv", {{"pytest.ini", ""}, {"uv.lock", ""}, {"a.py", ""}},
		"tests: uv run --no-sync python -m pytest -q | uv sync --frozen"},
	{"unittest package", {{"tests/__init__.py", ""}, {"tests/test_a.py", "import unittest\n"}},
		"tests: python3 -m unittest"},
	{"unittest directory", {{"tests/test_a.py", "from unittest import TestCase\n"}},
		"tests: python3 -m unittest discover -s tests"},
	{"unittest at the top", {{"test_a.py", "import unittest\n"}}, "tests: python3 -m unittest"},
	{"python without tests", {{"a.py", "import unittest\n"}}, ""},
	{"cargo", {{"Cargo.toml", ""}}, "tests: cargo test"},
	{"cargo, locked, clippy", {{"Cargo.toml", ""}, {"Cargo.lock", ""}, {"clippy.toml", ""}},
		"tests: cargo test --locked; lint: cargo clippy --all-targets -- -D warnings | "
		"cargo fetch --locked"},
	{"go", {{"go.mod", ""}}, "tests: go test ./...; vet: go vet ./..."},
	{"go, sums", {{"go.mod", ""}, {"go.sum", ""}},
		"tests: go test ./...; vet: go vet ./... | go mod download"},
	{"maven", {{"pom.xml", ""}}, "tests: mvn -B -q test"},
	{"maven wrapper", {{"pom.xml", ""}, {"mvnw", ""}}, "tests: ./mvnw -B -q test"},
	{"gradle", {{"build.gradle.kts", ""}, {"gradlew", ""}},
		"tests: ./gradlew --no-daemon test"},
	{"cmake", {{"CMakeLists.txt", "project(x)\n  Enable_Testing ()\n"}},
		"tests: cmake -S . -B build-gate && cmake --build build-gate && ctest --test-dir build-gate "
		"--output-on-failure"},
	{"cmake without tests", {{"CMakeLists.txt", "project(x)\n# enable_testing()\n"}}, ""},
	{"meson", {{"meson.build", ""}},
		"tests: meson setup build-gate && meson test -C build-gate --print-errorlogs"},
	{"rspec in bundler", {{".rspec", ""}, {"Gemfile.lock", ""}},
		"tests: bundle exec rspec | bundle config set --local path vendor/bundle && bundle install"},
	{"rake", {{"Rakefile", "Rake::TestTask.new\n"}}, "tests: rake test"},
	{"rubocop", {{".rubocop.yml", ""}}, "lint: rubocop"},
	{"mix", {{"mix.exs", ""}},
		"tests: mix test | mix local.hex --if-missing --force && mix local.rebar --if-missing --force "
		"&& mix deps.get"},
	{"composer",
		{{"composer.json", "{\"scripts\":{\"test\":[\"phpunit\"]}}"},
			{"composer.lock", ""}},
		"tests: composer run test | composer install --no-interaction --no-progress"},
	{"phpunit", {{"phpunit.xml.dist", ""}}, "tests: vendor/bin/phpunit"},
	{"dotnet", {{"App.sln", ""}}, "tests: dotnet test"},
	{"swift", {{"Package.swift", ""}}, "tests: swift test"},
	{"deno", {{"deno.json", "{\"tasks\":{}}"}}, "tests: deno test; lint: deno lint"},
	{"deno task", {{"deno.json", "{\"tasks\":{\"test\":\"x\"}}"}},
		"tests: deno task test; lint: deno lint"},
	{"bats", {{"test/a.bats", ""}}, "tests: bats test"},
	{"shellcheck", {{".shellcheckrc", ""}, {"bin/a.sh", ""}},
		"lint: git ls-files -z '*.sh' | xargs -0 shellcheck"},
	{"pre-commit", {{".pre-commit-config.yaml", ""}},
		"pre-commit: pre-commit run --all-files | pre-commit install-hooks"},
	{"just", {{"justfile", "test arg='x':\n  true\n"}}, "tests: just test"},
	{"autotools", {{"configure.ac", ""}}, "tests: autoreconf -fi && ./configure && make check"},
};

static void test_repositories(void)
{
	CLEANUP(str_free) char *table = install_share("detect.ini");

	for (size_t i = 0; i < ARRAY_LEN(repositories); i++) {
		CLEANUP(detect_release) struct detect d;
		CLEANUP(str_free) char *got = NULL;
		struct fault why = FAULT_INIT;

		detect_init(&d);
		if (detect_in(&d, table, repositories[i].files, &why) < 0)
			printf("# %s\n", why.message);
		got = found(&d);
		is(got, repositories[i].want, repositories[i].name);
	}
}

static void test_attributes(void)
{
	static const struct file make[] = {
		{"Makefile", "test lint:\n"}, {"deno.json", "{}"}, {NULL, NULL}};
	static const struct file swift[] = {{"Package.swift", ""}, {NULL, NULL}};
	CLEANUP(str_free) char *table = install_share("detect.ini");
	CLEANUP(detect_release) struct detect d, s;
	struct fault why = FAULT_INIT;

	detect_init(&d);
	detect_init(&s);
	ok(!detect_in(&d, table, make, &why) && d.len == 2, "two stages");
	ok(d.stages[0].evidence && !d.stages[1].evidence, "tests are evidence, lint is none");
	is(d.stages[0].timeout, "10m", "a timeout");
	is(d.stages[0].row, "make-test", "the row");
	ok(!d.evidence_paths.len, "a row that is passed over suggests nothing");
	ok(!detect_in(&s, table, swift, &why) && s.len == 1, "one stage");
	is(s.stages[0].network, "open", "its network");
	ok(vec_has(&s.evidence_paths, "Tests/"), "its evidence");
}

static void test_own(void)
{
	static const struct {
		const char *text, *name, *run;
		bool evidence;
	} good[] = {
		{"make test", "make-test", "make test", true},
		{"lint=make lint", "lint", "make lint", false},
		{"CC=clang make", "cc-clang-make", "CC=clang make", false},
		{"a.b-1= x = y ; z # w ", "a.b-1", "x = y ; z # w", false},
		{"unit-tests=./run", "unit-tests", "./run", true},
		{"./!", "gate", "./!", false},
	};
	static const char *const bad[] = {"", "   ", "lint=", "a\nb", "a\x1b[1m", "x=a\n[agent]"};
	CLEANUP(detect_release) struct detect d;
	struct fault why = FAULT_INIT;

	detect_init(&d);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		ok(!detect_add(&d, good[i].text, &why), "takes '%s'", good[i].text);
		is(d.stages[d.len - 1].name, good[i].name, "its name");
		is(d.stages[d.len - 1].run, good[i].run, "its command");
		ok(d.stages[d.len - 1].evidence == good[i].evidence, "its evidence");
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ok(detect_add(&d, bad[i], &why) == -1 && why.exit == EXIT_FATAL, "refused: %s",
			why.message);
	ok(detect_add(&d, "lint=other", &why) == -1 && strstr(why.message, "'lint'"),
		"a name twice: %s", why.message);
	is(why.hint, "git agent init --gate '<name>=<command>'", "with a hint");
	ok(d.len == ARRAY_LEN(good), "what is refused is not added");
}

/* A table is data of ours, but a damaged installation gets a line, not a crash. */
static void test_tables(void)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"[a]\nstage = x\nrun = y\n", "expected a file"},
		{"[a]\nfile = x\nstage = y\n", "run where there is a stage"},
		{"[a]\nfile = x\nrun = y\n", "run where there is a stage"},
		{"[a]\nfile = x holds y\nstage = z\nrun = r\n", "expected <glob>"},
		{"[a]\nfile = x contains\nstage = z\nrun = r\n", "expected <glob>"},
		{"[a]\nfiel = x\n", "unknown key 'fiel'"},
		{"[a\n", "1:"},
	};
	static const struct file none[] = {{"x", ""}, {NULL, NULL}};
	char path[] = "/tmp/u-detect.XXXXXX";
	int fd = mkstemp(path);

	close(fd);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(detect_release) struct detect d;
		struct fault why = FAULT_INIT;

		detect_init(&d);
		if (fs_write_derived(path, bad[i].text, strlen(bad[i].text), &why) < 0)
			printf("# %s\n", why.message);
		ok(detect_in(&d, path, none, &why) == -1 && strstr(why.message, bad[i].says),
			"refused: %s", why.message);
	}
	unlink(path);
	{
		CLEANUP(detect_release) struct detect d;
		struct fault why = FAULT_INIT;

		detect_init(&d);
		ok(detect_in(&d, path, none, &why) == -1 && strstr(why.message, "is missing"),
			"no table: %s", why.message);
	}
}

int main(void)
{
	test_repositories();
	test_attributes();
	test_own();
	test_tables();
	return tap_done();
}
