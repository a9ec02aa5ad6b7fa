/*
 * What a program in a box sends to the proxy: any bytes. What is taken for a request says one thing only, and what goes on to a server
 * is again a whole head of one request for the host that was judged.
 */
#include "base/alloc.h"
#include "port/proxy_hosts.h"
#include "port/proxy_request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* A target that was read is read again from what it is shown as, and is the same. */
static void check_target(const struct proxy_target *t)
{
	struct proxy_target again;
	char text[TARGET_TEXT_MAX];

	target_text(t, text);
	must(target_parse(text, strlen(text), &again) == 0);
	must(!strcmp(again.host, t->host) && again.port == t->port);
	for (const char *c = t->host; *c; c++)
		must((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || strchr("-_.:", *c));
}

static void check_request(const char *bytes, size_t len)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT, host = BUF_INIT;
	struct proxy_request r;
	char text[TARGET_TEXT_MAX];

	switch (request_read(bytes, len, &r)) {
	case REQUEST_MORE:
		must(len < REQUEST_HEAD_MAX);
		return;
	case REQUEST_BAD:
		must(r.wrong && r.status >= 400 && r.status < 600);
		return;
	case REQUEST_GOOD:
		break;
	}
	must(r.head_len <= len && r.head_len <= REQUEST_HEAD_MAX && r.target.port);
	must(!memcmp(bytes + r.head_len - 4, "\r\n\r\n", 4));
	check_target(&r.target);
	request_has_secret(&r, "git-agent", "0123456789abcdef");
	if (r.tunnel)
		return;
	request_forward(&r, &out);
	must(strlen(out.data) == out.len && strstr(out.data, "\r\n\r\n") == out.data + out.len - 4);
	target_text(&r.target, text);
	if (r.target.port == 80)
		*strrchr(text, ':') = '\0';
	buf_printf(&host, "\r\nHost: %s\r\n", text);
	must(strcasestr(out.data, "\r\nhost:") == strstr(out.data, host.data));
	must(!strcasestr(strcasestr(out.data, "\r\nhost:") + 2, "\r\nhost:"));
	must(!strcasestr(out.data, "\r\nproxy-authorization:") &&
		!strcasestr(out.data, "\r\ntransfer-encoding:"));
}

/* As an item of the list, and as what is asked of it. */
static void check_item(const char *bytes, size_t len)
{
	CLEANUP(str_free) char *item = xstrndup(bytes, len);
	struct proxy_rules rules = PROXY_RULES_INIT;
	struct proxy_address address;
	struct proxy_target t;
	struct fault why = FAULT_INIT;

	if (target_parse(bytes, len, &t) == 0 && t.port)
		check_target(&t);
	if (address_parse(item, &address) == 0)
		address_closed(&address);
	if (rules_add(&rules, item, &why) == 0 && !rules.items[0].below) {
		t = rules.items[0].target;
		t.port = t.port ? t.port : 443;
		must(rules_allow(&rules, &t));
		t.port = 7777 - (t.port == 7777);
		must(!rules_allow(&rules, &t));
	}
	rules_release(&rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	check_request((const char *)bytes, len);
	check_item((const char *)bytes, len);
	return 0;
}
