/*
 * What is said of a command that its box kept from its work: real output of real programs, as they print it in a box. `@` stands for
 * a directory: @/hidden is outside of the box, @/shown may be read, @/tree is its own, @/home its HOME.
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/box_hint.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char top[] = "/var/tmp/git-agent-u-hint.XXXXXX";

#define ANY    0U
#define SPACES 1U /* namespaces: the machine as it is */
#define RIGHTS 2U /* Landlock alone */

struct row {
	const char *name, *said;
	unsigned form;    /* at which it is said so */
	const char *hint; /* a part of it; NULL: there must be none */
};

#define READ    "to show it: read = @/hidden/data, under [sandbox] in .gitagent"
#define WRITE   "to allow it: write = @/shown, under [sandbox] in .gitagent"
#define NETWORK "to open it: network = open, under [gate \"t\"] in .gitagent"
#define ENV     "to pass it: env = HINT_TOKEN, under [gate \"t\"] in .gitagent"
#define PTRACE  "ptrace = true, under [sandbox] in .gitagent"

static const struct row rows[] = {
	{"cat", "cat: @/hidden/data: No such file or directory\n", ANY, READ},
	{"cat, Landlock", "cat: @/hidden/data: Permission denied\n", ANY, READ},
	{"python reads",
		"Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n"
		"FileNotFoundError: [Errno 2] No such file or directory: '@/hidden/data'\n",
		ANY, READ},
	{"pytest's last lines",
		"=========================== short test summary info ============================\n"
		"FAILED test_x.py::test_x - FileNotFoundError: [Errno 2] No such file or directory: '@/hidden/data'\n"
		"============================== 1 failed in 0.02s ===============================\n",
		ANY, READ},
	{"node reads",
		"Error: ENOENT: no such file or directory, open '@/hidden/data'\n    at Object.openSync (node:fs:596:3) {\n"
		"  errno: -2,\n  code: 'ENOENT',\n  syscall: 'open',\n  path: '@/hidden/data'\n}\n\nNode.js v20.20.2\n",
		ANY, READ},
	{"npm reads",
		"npm error code ENOENT\nnpm error syscall open\nnpm error path @/hidden/data\nnpm error errno -2\n"
		"npm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '@/hidden/data'\n"
		"npm error enoent This is related to npm not being able to find a file.\nnpm error enoent\n"
		"npm error A complete log of this run can be found in: @/home/.npm/_logs/0.log\n",
		ANY, READ},
	{"gcc includes",
		"<command-line>: fatal error: @/hidden/data: No such file or directory\ncompilation terminated.\n",
		ANY, READ},
	{"make", "make: *** @/hidden: No such file or directory.  Stop.\n", ANY,
		"read = @/hidden, under"},
	{"java reads",
		"Exception in thread \"main\" java.nio.file.NoSuchFileException: @/hidden/data\n"
		"\tat java.base/sun.nio.fs.UnixException.translateToIOException(UnixException.java:92)\n\tat T.main(T.java:5)\n",
		ANY, READ},
	{"java reads, Landlock",
		"Exception in thread \"main\" java.io.FileNotFoundException: @/hidden/data (Permission denied)\n"
		"\tat java.base/java.io.FileInputStream.open0(Native Method)\n",
		ANY, READ},
	{"cargo reads",
		"error: failed to read `@/hidden/data`\n\nCaused by:\n  No such file or directory (os error 2)\n",
		ANY, NULL}, /* the path is in another line: nothing sure can be said */
	{"go reads",
		"panic: open @/hidden/data: no such file or directory\n\ngoroutine 1 [running]:\n",
		ANY, READ},
	{"git reads",
		"fatal: could not open '@/hidden/data' for reading: No such file or directory\n",
		ANY, READ},
	{"a path with blanks",
		"FileNotFoundError: [Errno 2] No such file or directory: '@/hidden/a file'\n", ANY,
		"read = @/hidden/a file, under"},
	{"mkdir",
		"mkdir: cannot create directory \xe2\x80\x98@/hidden/sub\xe2\x80\x99: No such file or directory\n",
		ANY, "write = @/hidden, under"},
	{"in the person's HOME", "cat: @/home/.tool: No such file or directory\n", ANY,
		"read = @/person/.tool, under"},
	{"python writes", "OSError: [Errno 30] Read-only file system: '@/shown/x'\n", ANY, WRITE},
	{"ld writes",
		"@/shown/ld: cannot open output file @/shown/x: Read-only file system\ncollect2: error: ld returned 1 exit status\n",
		ANY, WRITE},
	{"java writes",
		"Exception in thread \"main\" java.nio.file.FileSystemException: @/shown/x: Read-only file system\n",
		ANY, WRITE},
	{"python writes, Landlock", "PermissionError: [Errno 13] Permission denied: '@/shown/x'\n",
		ANY, WRITE},

	{"curl", "curl: (6) Could not resolve host: example.com\n", ANY, NETWORK},
	{"curl, an address",
		"curl: (7) Failed to connect to 192.0.2.4 port 80 after 0 ms: Couldn't connect to server\n",
		ANY, NETWORK},
	{"git clones",
		"Cloning into 'x'...\nfatal: unable to access 'https://example.com/x.git/': Could not resolve host: example.com\n",
		ANY, NETWORK},
	{"git over ssh",
		"Cloning into 'x'...\nssh: Could not resolve hostname example.com: Temporary failure in name resolution\n"
		"fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n",
		ANY, NETWORK},
	{"python asks",
		"urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>\n",
		ANY, NETWORK},
	{"python connects", "    sock.connect(sa)\nOSError: [Errno 101] Network is unreachable\n",
		ANY, NETWORK},
	{"pip",
		"WARNING: Retrying (Retry(total=4, connect=None, read=None, redirect=None, status=None)) after connection broken by "
		"'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f0e>: Failed to establish a new connection: "
		"[Errno -3] Temporary failure in name resolution')': /simple/requests/\n"
		"ERROR: Could not find a version that satisfies the requirement requests==99 (from versions: none)\n"
		"ERROR: No matching distribution found for requests==99\n",
		ANY, NETWORK},
	{"npm asks",
		"npm error code EAI_AGAIN\nnpm error syscall getaddrinfo\nnpm error errno EAI_AGAIN\n"
		"npm error request to https://registry.example/left-pad failed, reason: getaddrinfo EAI_AGAIN registry.example\n"
		"npm error A complete log of this run can be found in: @/home/.npm/_logs/0.log\n",
		ANY, NETWORK},
	{"node asks",
		"TypeError: fetch failed\n    at node:internal/deps/undici/undici:13510:13 {\n  [cause]: Error: getaddrinfo EAI_AGAIN example.com\n"
		"    errno: -3001,\n    code: 'EAI_AGAIN',\n    syscall: 'getaddrinfo',\n    hostname: 'example.com'\n  }\n}\n",
		ANY, NETWORK},
	{"cargo asks",
		"warning: spurious network error (1 try remaining): [6] Could not resolve hostname (Could not resolve host: index.example)\n"
		"error: failed to get `serde` as a dependency of package `x v0.1.0 (@/tree)`\n\nCaused by:\n"
		"  [6] Could not resolve hostname (Could not resolve host: index.example)\n",
		ANY, NETWORK},
	{"go asks",
		"go: example.com/x@v1.0.0: Get \"https://proxy.example/example.com/x/@v/v1.0.0.mod\": dial tcp: lookup proxy.example on "
		"192.0.2.53:53: dial udp 192.0.2.53:53: connect: network is unreachable\n",
		ANY, NETWORK},
	{"java asks",
		"Exception in thread \"main\" java.net.UnknownHostException: example.com\n"
		"\tat java.base/sun.nio.ch.NioSocketImpl.connect(NioSocketImpl.java:572)\n",
		ANY, NETWORK},
	{"java connects",
		"Exception in thread \"main\" java.net.SocketException: Network is unreachable\n"
		"\tat java.base/sun.nio.ch.Net.connect0(Native Method)\n",
		ANY, NETWORK},

	{"python's environ",
		"Traceback (most recent call last):\n  File \"<frozen os>\", line 679, in __getitem__\nKeyError: 'HINT_TOKEN'\n",
		ANY, ENV},
	{"sh", "sh: 1: HINT_TOKEN: parameter not set\n", ANY, ENV},
	{"sh, by hand", "sh: 1: HINT_TOKEN: parameter not set or null\n", ANY, ENV},
	{"bash", "bash: line 1: HINT_TOKEN: unbound variable\n", ANY, ENV},
	{"rustc",
		"error: environment variable `HINT_TOKEN` not defined at compile time\n --> e.rs:1:28\n"
		"  = help: use `std::env::var(\"HINT_TOKEN\")` to read the variable at run time\n\nerror: aborting due to 1 previous error\n",
		ANY, ENV},
	{"a program's own words", "Error: HINT_TOKEN environment variable is not set\n", ANY, ENV},
	{"another's", "Missing required environment variable: HINT_TOKEN\n", ANY, ENV},
	{"a variable that nobody has", "KeyError: 'HINT_NOBODY'\n", ANY, NULL},
	{"a variable it is given", "HINT_GIVEN: parameter not set\n", ANY, NULL},

	{"strace", "strace: ptrace(PTRACE_TRACEME, ...): Operation not permitted\n", ANY, "ptrace"},
	{"gdb", "warning: Could not trace the inferior process.\nwarning: ptrace: Operation not permitted\nDuring startup program exited with code 127.\n",
		SPACES, PTRACE},
	{"LeakSanitizer",
		"==12==LeakSanitizer has encountered a fatal error.\n==12==HINT: For debugging, try setting environment variable LSAN_OPTIONS=verbosity=1:log_threads=1\n"
		"==12==HINT: LeakSanitizer does not work under ptrace (strace, gdb, etc)\n",
		SPACES, PTRACE},
	{"strace, Landlock", "strace: ptrace(PTRACE_TRACEME, ...): Operation not permitted\n",
		RIGHTS, "no key allows it"},

	/* Ordinary failures. */
	{"an assertion", "    assert 1 == 2\nE   assert 1 == 2\n1 failed in 0.01s\n", ANY, NULL},
	{"a file of its own is missing", "cat: @/tree/nothing: No such file or directory\n", ANY,
		NULL},
	{"a file nobody has", "cat: /nowhere/at/all: No such file or directory\n", ANY, NULL},
	{"a relative path", "cat: data: No such file or directory\n", ANY, NULL},
	{"a path in passing", "testing @/hidden/data\nassertion failed\n", ANY, NULL},
	{"a file that is shown", "cat: @/shown/data: No such file or directory\n", ANY, NULL},
	{"what nobody may open", "cat: @/closed/data: No such file or directory\n", ANY, NULL},
	{"a server of its own that is not there",
		"curl: (7) Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server\n",
		SPACES, NULL},
	{"the same in python", "ConnectionRefusedError: [Errno 111] Connection refused\n", ANY,
		NULL},
	{"a signal that is not allowed",
		"    os.kill(1, 9)\nPermissionError: [Errno 1] Operation not permitted\n", ANY,
		NULL},
	{"an undefined name", "NameError: name 'HINT_TOKEN' is not defined\n", ANY, NULL},
	{"a compiler's", "x.c:1:10: fatal error: nothing.h: No such file or directory\n", ANY,
		NULL},
	{"nothing", "", ANY, NULL},
};

/* Without loopback: no verdict. */
static const struct row loopback[] = {
	{"python listens",
		"    self.socket.bind(self.server_address)\nPermissionError: [Errno 13] Permission denied\n",
		RIGHTS, NETWORK},
	{"a datagram",
		"  File \"/usr/lib/python3.11/socket.py\", line 232, in __init__\n    _socket.socket.__init__(self, family, type, proto, fileno)\n"
		"PermissionError: [Errno 1] Operation not permitted\n",
		RIGHTS, NETWORK},
	{"node listens",
		"Error: listen EACCES: permission denied 127.0.0.1\n    at Server.setupListenHandle [as _listen2] (node:net:1908:21)\n",
		RIGHTS, NETWORK},
	{"node connects", "Error: connect EACCES 127.0.0.1:9 - Local (0.0.0.0:0)\n", RIGHTS,
		NETWORK},
	{"curl connects",
		"curl: (7) Failed to connect to localhost port 9 after 0 ms: Couldn't connect to server\n",
		RIGHTS, NETWORK},
	{"bash connects",
		"bash: connect: Permission denied\nbash: line 1: /dev/tcp/127.0.0.1/9: Permission denied\n",
		RIGHTS, NETWORK},
	{"go listens", "listen tcp 127.0.0.1:0: bind: permission denied\n", RIGHTS, NETWORK},
	{"java listens",
		"Exception in thread \"main\" java.net.BindException: Permission denied\n\tat java.base/sun.nio.ch.Net.bind0(Native Method)\n",
		RIGHTS, NETWORK},
};

static char *under(const char *name)
{
	return fs_join(top, name);
}

static void put_places(const char *text, struct buf *out)
{
	buf_clear(out);
	buf_puts(out, text);
	text_replace(out, "@", top);
}

/* The box the outputs are of. */
static void fill(struct box *box, char **home, char **tmp, char **tree)
{
	CLEANUP(str_free) char *shown = under("shown");

	*home = under("home");
	*tmp = under("tmp");
	*tree = under("tree");
	box_init(box);
	box->level = sandbox_reach();
	box->home = *home;
	box->tmp = *tmp;
	box->dir = *tree;
	vec_push(&box->write, *tree);
	vec_push(&box->read, shown);
	vec_push(&box->pass, "HINT_GIVEN");
	vec_push(&box->argv, "sh");
}

static enum box_trouble ask(
	const struct row *row, enum sandbox_network network, bool trace, struct buf *hint)
{
	CLEANUP(box_release) struct box box;
	CLEANUP(str_free) char *home = NULL;
	CLEANUP(str_free) char *tmp = NULL;
	CLEANUP(str_free) char *tree = NULL;
	CLEANUP(str_free) char *never = under("closed");
	CLEANUP(vec_release) struct vec closed = VEC_INIT;
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	struct box_keys keys = {.section = "[gate \"t\"]",
		.network = "network",
		.env = "env",
		.file = ".gitagent",
		.closed = &closed};

	fill(&box, &home, &tmp, &tree);
	box.network = network;
	box.ptrace = trace;
	vec_push(&closed, never);
	put_places(row->said, &said);
	return box_hint(&box, &keys, said.data, said.len, hint);
}

static void check(const struct row *row, unsigned form, enum box_trouble trouble)
{
	CLEANUP(buf_release) struct buf hint = BUF_INIT, want = BUF_INIT;
	enum box_trouble found;

	if (row->form && !(row->form & form))
		return;
	found = ask(row, NETWORK_NONE, false, &hint);
	if (trouble == TROUBLE_KEY && row->hint && strstr(row->hint, "network = "))
		trouble = TROUBLE_NETWORK;
	put_places(row->hint ? row->hint : "", &want);
	ok(found == (row->hint ? trouble : TROUBLE_NONE), "%s: %d", row->name, (int)found);
	ok(row->hint ? strstr(hint.data, want.data) != NULL : !hint.len, "%s: %s", row->name,
		hint.data);
}

static void make_places(void)
{
	static const char *const dirs[] = {
		"home", "tmp", "tree", "hidden", "shown", "person", "closed"};
	static const char *const files[] = {
		"hidden/data", "hidden/a file", "person/.tool", "closed/data", "shown/ld"};
	CLEANUP(str_free) char *person = under("person");
	struct fault why = FAULT_INIT;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		CLEANUP(str_free) char *path = under(dirs[i]);

		ok(fs_mkdirs(path, 0700, &why) == 0, "%s", dirs[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		CLEANUP(str_free) char *path = under(files[i]);

		ok(fs_write(path, "x", 1, 0600, &why) == 0, "%s", files[i]);
	}
	setenv("HOME", person, 1);
	setenv("HINT_TOKEN", "secret", 1);
	setenv("HINT_GIVEN", "given", 1);
}

/* What the box leaves open is not what was in the way. */
static void test_open(void)
{
	static const struct row
		net = {"", "curl: (6) Could not resolve host: example.com\n", 0, NULL},
		trace = {"", "strace: ptrace(PTRACE_TRACEME, ...): Operation not permitted\n", 0,
			NULL};
	CLEANUP(buf_release) struct buf hint = BUF_INIT;

	ok(ask(&net, NETWORK_OPEN, false, &hint) == TROUBLE_NONE && !hint.len,
		"an open network: %s", hint.data);
	ok(ask(&net, NETWORK_PROXY, false, &hint) == TROUBLE_NETWORK &&
			strstr(hint.data, "hosts = <host>, under [sandbox]"),
		"the proxy: %s", hint.data);
	buf_clear(&hint);
	if (sandbox_can_trace(sandbox_reach()))
		ok(ask(&trace, NETWORK_NONE, true, &hint) == TROUBLE_NONE && !hint.len,
			"ptrace that is allowed: %s", hint.data);
}

int main(void)
{
	enum sandbox_level level = sandbox_reach();
	struct fault why = FAULT_INIT;
	unsigned form;

	if (level < SANDBOX_PARTIAL) {
		ok(!getenv("GIT_AGENT_TEST_REQUIRE_SANDBOX"), "a machine without a sandbox");
		return tap_done();
	}
	form = sandbox_can_trace(level) ? SPACES : RIGHTS;
	printf("# %s\n", form == SPACES ? "namespaces" : "Landlock alone");
	ok(mkdtemp(top) != NULL, "a place");
	make_places();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(&rows[i], form, TROUBLE_KEY);
	for (size_t i = 0; i < ARRAY_LEN(loopback); i++)
		check(&loopback[i], form, TROUBLE_LOOPBACK);
	test_open();
	ok(fs_remove(top, &why) == 0, "cleaned up %s", why.message);
	return tap_done();
}
