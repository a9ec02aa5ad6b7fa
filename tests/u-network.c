/* What a run's log of the network comes to. */
#include "base/alloc.h"
#include "base/fs.h"
#include "core/network.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/git-agent-u-network.XXXXXX";

static void write_log(const char *text)
{
	struct fault why = FAULT_INIT;

	ok(fs_write_derived(path, text, strlen(text), &why) == 0, "a log");
}

static const char some[] =
	"{\"for\":\"agent\",\"n\":1,\"event\":\"refused\",\"host\":\"a.example\",\"port\":443,\"reason\":\"not_listed\"}\n"
	"{\"for\":\"agent\",\"n\":2,\"event\":\"allowed\",\"host\":\"b.example\",\"port\":443,\"address\":\"1.1.1.1\"}\n"
	"{\"for\":\"agent\",\"n\":2,\"event\":\"ended\",\"host\":\"b.example\",\"port\":443,\"sent\":1,\"received\":2}\n"
	"{\"for\":\"agent\",\"n\":3,\"event\":\"refused\",\"host\":\"a.example\",\"port\":443,\"reason\":\"not_listed\"}\n"
	"{\"for\":\"agent\",\"n\":4,\"event\":\"refused\",\"host\":\"a.example\",\"port\":22,\"reason\":\"not_listed\"}\n"
	"{\"for\":\"gate\",\"n\":1,\"event\":\"refused\",\"host\":\"c.example\",\"port\":80,\"reason\":\"private\"}\n"
	"{\"for\":\"gate\",\"n\":2,\"event\":\"failed\",\"host\":\"d.example\",\"port\":80,\"reason\":\"no_address\"}\n"
	"{\"for\":\"agent\",\"n\":5,\"event\":\"refused\",\"host\":null,\"port\":null,\"reason\":\"bad_request\"}\n"
	"no JSON\n"
	"{\"for\":\"agent\",\"n\":6,\"event\":\"refused\",\"host\":\"torn";

static void test_summary(void)
{
	CLEANUP(network_release) struct network n = NETWORK_INIT, agent = NETWORK_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT, hint = BUF_INIT;
	struct fault why = FAULT_INIT;

	write_log(some);
	ok(network_read(&n, path, NULL, &why) == 0, "it is read");
	network_put(&n, "- ", &text);
	is(text.data,
		"- network: 4 hosts asked for\n"
		"- refused a.example:443 2 times\n"
		"- refused a.example:22 once\n"
		"- refused c.example:80 once: its address is not public (private)\n"
		"- to let one through: hosts = a.example under [sandbox] in .gitagent\n",
		"how many hosts, and those refused");
	ok(network_hint(&n, &hint), "there is a hint");
	is(hint.data, "the proxy refused c.example: its address is not public (private)",
		"about the last one");
	buf_clear(&hint);
	network_read(&agent, path, "agent", &why);
	ok(network_hint(&agent, &hint), "and of the agent alone");
	is(hint.data,
		"the proxy refused a.example: hosts = a.example:22 under [sandbox] in .gitagent",
		"the key that lets it through");
}

static void test_quiet(void)
{
	CLEANUP(network_release) struct network n = NETWORK_INIT, none = NETWORK_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;

	ok(network_read(&none, "/no/such/log", NULL, &why) == 0 && !none.len, "no log is no hosts");
	network_put(&none, "", &text);
	ok(!text.len && !network_hint(&none, &text) && !text.len, "of which nothing is said");
	write_log("{\"event\":\"allowed\",\"host\":\"b.example\",\"port\":443}\n");
	network_read(&n, path, NULL, &why);
	network_put(&n, "", &text);
	is(text.data, "network: 1 host asked for, none refused\n", "none refused");
	ok(!network_hint(&n, &text), "and no hint");
}

/* What an agent can make of the log by asking for much. */
static void test_much(void)
{
	CLEANUP(network_release) struct network n = NETWORK_INIT;
	CLEANUP(buf_release) struct buf log = BUF_INIT, text = BUF_INIT;
	struct fault why = FAULT_INIT;
	size_t lines = 0;

	for (int i = 0; i < 1200; i++)
		buf_printf(&log,
			"{\"event\":\"refused\",\"host\":\"h%d.example\",\"port\":443,\"reason\":\"not_listed\"}\n",
			i);
	write_log(log.data);
	network_read(&n, path, NULL, &why);
	network_put(&n, "", &text);
	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	ok(lines == 23, "few of many are listed (%zu lines)", lines);
	ok(strstr(text.data, "network: more than 1000 hosts asked for\n") &&
			strstr(text.data, "\nand 980 more: network.ndjson\n"),
		"and how many there were");
	buf_clear(&text);
	network_release(&n);
	write_log(
		"{\"event\":\"refused\",\"host\":\"\\u001b[31mred\",\"port\":1,\"reason\":\"\\u001b]0;x\\u0007\"}\n");
	network_read(&n, path, NULL, &why);
	network_put(&n, "", &text);
	ok(!strchr(text.data, '\033') && !strchr(text.data, '\a'), "nothing is for a terminal");
}

int main(void)
{
	int fd = mkstemp(path);

	ok(fd >= 0, "a place");
	close(fd);
	test_summary();
	test_quiet();
	test_much();
	unlink(path);
	return tap_done();
}
