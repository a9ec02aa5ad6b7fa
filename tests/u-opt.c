#include "base/alloc.h"
#include "base/opt.h"
#include "tap.h"

static struct {
	bool keep, dry, help;
	int verbose, fixes;
	const char *agent, *color, *dir;
	struct vec paths;
} into;

static const char *const whens[] = {"auto", "always", "never", NULL};

static const struct opt own[] = {
	{OPT_FLAG, 'k', "keep", &into.keep, NULL, "keep the checkout", NULL, COMPLETE_NOTHING},
	{OPT_STRING, 'a', "agent", &into.agent, "name",
		"the agent that does the work; without it the policy's, and then the first one that is installed",
		NULL, COMPLETE_COMMAND},
	{OPT_LIST, 0, "allow-path", &into.paths, "glob", "a protected path the agent may change",
		NULL, COMPLETE_FILE},
	{OPT_INT, 0, "fixes", &into.fixes, "n", "passes after a red gate", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "internal", &into.help, NULL, NULL, NULL, COMPLETE_NOTHING},
	{OPT_END, 0, NULL, NULL, NULL, NULL, NULL, COMPLETE_NOTHING},
};

static const struct opt common[] = {
	{OPT_FLAG, 'h', NULL, &into.help, NULL, "show this", NULL, COMPLETE_NOTHING},
	{OPT_COUNT, 'v', "verbose", &into.verbose, NULL, "say more", NULL, COMPLETE_NOTHING},
	{OPT_CHOICE, 0, "color", &into.color, "when", "colours", whens, COMPLETE_NOTHING},
	{OPT_STRING, 'C', NULL, &into.dir, "<dir>", "work in that directory", NULL, COMPLETE_DIR},
	{OPT_FLAG, 0, "dry-run", &into.dry, NULL, "do nothing", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "keep", &into.help, NULL, "hidden behind the other one", NULL,
		COMPLETE_NOTHING},
	{OPT_END, 0, NULL, NULL, NULL, NULL, NULL, COMPLETE_NOTHING},
};

static const struct opt *const tables[] = {own, common, NULL};

static struct vec args = VEC_INIT;
static struct fault why;

static int read_words(bool front, const char *const *words)
{
	static char program[] = "command";
	char *argv[16] = {program};
	int argc = 1;

	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	vec_clear(&args);
	vec_release(&into.paths);
	memset(&into, 0, sizeof into);
	into.paths = (struct vec)VEC_INIT;
	fault_clear(&why);
	return (front ? opt_parse_front : opt_parse)(tables, argc, argv, &args, &why);
}

#define WORDS(...)                \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}
#define PARSE(...) read_words(false, WORDS(__VA_ARGS__))

static void args_are(const char *want, const char *name)
{
	CLEANUP(buf_release) struct buf all = BUF_INIT;

	for (size_t i = 0; i < args.len; i++)
		buf_printf(&all, "%s%s", i ? "|" : "", args.items[i]);
	is(all.data, want, name);
}

static void test_forms(void)
{
	ok(read_words(false, (const char *const[]){NULL}) == 0 && !args.len, "no words");
	ok(PARSE("a", "--keep", "b", "--agent", "x", "c") == 0 && into.keep, "options anywhere");
	is(into.agent, "x", "--name value");
	args_are("a|b|c", "the rest in order");
	ok(PARSE("--agent=x=y") == 0, "--name=value");
	is(into.agent, "x=y", "keeps further signs");
	ok(PARSE("--agent=") == 0, "--name=");
	is(into.agent, "", "is the empty value");
	ok(PARSE("-a", "x", "-C/tmp") == 0, "letters with values");
	is(into.agent, "x", "apart");
	is(into.dir, "/tmp", "and joined");
	ok(PARSE("-kvva", "x", "-v") == 0 && into.keep && into.verbose == 3, "bundled letters");
	is(into.agent, "x", "the last with a value");
	ok(PARSE("-vax") == 0 && into.verbose == 1, "also joined");
	is(into.agent, "x", "to its value");
	ok(PARSE("--agent", "--keep") == 0 && !into.keep, "a value may look like an option");
	is(into.agent, "--keep", "and is taken as it is");
	ok(PARSE("-h") == 0 && into.help, "-h is a flag");
	ok(PARSE("-", "", "x") == 0, "a dash alone and an empty word");
	args_are("-||x", "are arguments");
	ok(PARSE("-k", "--", "--agent", "-v", "--") == 0 && into.keep && !into.verbose,
		"nothing is an option behind --");
	args_are("--agent|-v|--", "also not a second one");
}

static void test_types(void)
{
	ok(PARSE("--keep", "--dry-run", "--no-keep", "--no-dry-run", "--dry-run") == 0 &&
			!into.keep && into.dry,
		"the last of a flag and its negation counts");
	ok(!into.help, "the first table's option wins over one of the same name");
	ok(PARSE("--allow-path", "a", "--allow-path=b") == 0 && into.paths.len == 2,
		"a list grows");
	is(into.paths.items[1], "b", "in order");
	ok(PARSE("--color", "never") == 0, "a choice");
	ok(into.color == whens[2], "is the table's word");
	ok(PARSE("--fixes", "0") == 0 && into.fixes == 0, "a number");
	ok(PARSE("--fixes=2147483647") == 0 && into.fixes == 2147483647, "the largest");
}

static void test_prefixes(void)
{
	ok(PARSE("--ke", "--ag", "x", "--verb", "--no-dr") == 0 && into.keep && into.verbose == 1,
		"unambiguous prefixes");
	ok(PARSE("--dry", "--no-d") == 0 && !into.dry, "of a negation");
	ok(PARSE("--a", "x") == -1 && why.exit == EXIT_USAGE, "an ambiguous one");
	is(why.message, "option '--a' is ambiguous: --agent or --allow-path", "names them");
	ok(PARSE("--no-") == -1, "no name behind no-");
	ok(PARSE("--no-a") == -1, "only flags are negated");
}

static void faults(const char *const *words, const char *message, const char *hint)
{
	ok(read_words(false, words) == -1 && why.exit == EXIT_USAGE, "a fault of usage");
	is(why.message, message, "its message");
	is(why.hint, hint, "its hint");
}

static void test_faults(void)
{
	faults(WORDS("--agnet=x"), "unknown option '--agnet'", "did you mean '--agent'?");
	faults(WORDS("--no-kep"), "unknown option '--no-kep'", "did you mean '--no-keep'?");
	faults(WORDS("--something"), "unknown option '--something'", "-h lists the options");
	faults(WORDS("--=x"), "unknown option '--'", "-h lists the options");
	faults(WORDS("--%s%n"), "unknown option '--%s%n'", "-h lists the options");
	faults(WORDS("-x"), "unknown option '-x'", "-h lists the options");
	faults(WORDS("-kx"), "unknown option '-x' in '-kx'", "-h lists the options");
	faults(WORDS("--no-agent"), "unknown option '--no-agent'", "-h lists the options");
	faults(WORDS("--keep=yes"), "option '--keep' takes no value", "");
	faults(WORDS("--no-keep=yes"), "option '--no-keep' takes no value", "");
	faults(WORDS("--agent"), "option '--agent' needs a value", "");
	faults(WORDS("-ka"), "option '-a' needs a value", "");
	faults(WORDS("--col", "blue"), "option '--color' takes auto, always or never, not 'blue'",
		"");
	faults(WORDS("--fixes="), "option '--fixes' takes a number, not ''", "");
	faults(WORDS("--fixes=-1"), "option '--fixes' takes a number, not '-1'", "");
	faults(WORDS("--fixes=3x"), "option '--fixes' takes a number, not '3x'", "");
	faults(WORDS("--fixes=2147483648"), "option '--fixes' takes a number, not '2147483648'",
		"");
	faults(WORDS("--fixes=99999999999999999999"),
		"option '--fixes' takes a number, not '99999999999999999999'", "");
}

static void test_front(void)
{
	ok(read_words(true, WORDS("-k", "make", "-v", "--", "--nonsense")) == 0 && into.keep &&
			!into.verbose,
		"front stops at the first argument");
	args_are("make|-v|--|--nonsense", "and keeps all from there");
	ok(read_words(true, WORDS("-k", "--", "-v", "--")) == 0 && into.keep && !into.verbose,
		"or behind --");
	args_are("-v|--", "which goes");
	ok(read_words(true, WORDS("--nonsense", "make")) == -1, "options before it are ours");
}

static void test_usage(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	opt_usage(&b, "issue", "[<options>] <brief>\n--list", tables);
	is(b.data,
		"usage: git agent issue [<options>] <brief>\n"
		"   or: git agent issue --list\n"
		"\n"
		"    -k, --keep            keep the checkout\n"
		"    -a, --agent=<name>    the agent that does the work; without it the policy's,\n"
		"                          and then the first one that is installed\n"
		"    --allow-path=<glob>   a protected path the agent may change\n"
		"    --fixes=<n>           passes after a red gate\n"
		"\n"
		"    -h                    show this\n"
		"    -v, --verbose         say more\n"
		"    --color=<when>        colours (auto|always|never)\n"
		"    -C <dir>              work in that directory\n"
		"    --dry-run             do nothing\n"
		"    --keep                hidden behind the other one\n",
		"usage");
	buf_clear(&b);
	opt_usage(&b, "", "", (const struct opt *const[]){NULL});
	is(b.data, "usage: git agent\n", "usage of nothing");
}

static void test_usage_long(void)
{
	static const struct opt table[] = {
		{OPT_STRING, 'l', "a-rather-long-name", &into.agent, "value", "help", NULL,
			COMPLETE_NOTHING},
		{OPT_CHOICE, 0, "when", &into.color, NULL, "a choice", whens, COMPLETE_NOTHING},
		{OPT_END, 0, NULL, NULL, NULL, NULL, NULL, COMPLETE_NOTHING},
	};
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	opt_usage(&b, "x", "", (const struct opt *const[]){table, NULL});
	is(b.data,
		"usage: git agent x\n\n"
		"    -l, --a-rather-long-name=<value>\n"
		"                          help\n"
		"    --when=(auto|always|never)\n"
		"                          a choice\n",
		"long names have lines of their own");
}

static void test_list(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	opt_list(&b, tables);
	is(b.data,
		"--keep\tflag\tkeep the checkout\n"
		"-k\tflag\tkeep the checkout\n"
		"--agent\tcommand\tthe agent that does the work; without it the policy's, and then the "
		"first one that is installed\n"
		"-a\tcommand\tthe agent that does the work; without it the policy's, and then the first "
		"one that is installed\n"
		"--allow-path\tfile\ta protected path the agent may change\n"
		"--fixes\tvalue\tpasses after a red gate\n"
		"-h\tflag\tshow this\n"
		"--verbose\tflag\tsay more\n"
		"-v\tflag\tsay more\n"
		"--color\t=auto,always,never\tcolours\n"
		"-C\tdir\twork in that directory\n"
		"--dry-run\tflag\tdo nothing\n"
		"--keep\tflag\thidden behind the other one\n",
		"completion");
	is(opt_complete_name(COMPLETE_NOTHING), "", "no kind");
	is(opt_complete_name(COMPLETE_PATCH), "patch", "a kind");
	is(opt_complete_name(COMPLETE_COMMAND), "command", "the last kind");
}

int main(void)
{
	into.paths = (struct vec)VEC_INIT;
	test_forms();
	test_types();
	test_prefixes();
	test_faults();
	test_front();
	test_usage();
	test_usage_long();
	test_list();
	vec_release(&args);
	vec_release(&into.paths);
	return tap_done();
}
