#include "core/network.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "port/json.h"
#include "port/proxy_log.h"

#include <stdlib.h>
#include <string.h>

#define HOSTS_MAX  1000 /* told apart */
#define LISTED_MAX 20   /* told of */

void network_release(struct network *n)
{
	for (size_t i = 0; i < n->len; i++) {
		str_free(&n->hosts[i].host);
		str_free(&n->hosts[i].reason);
	}
	free(n->hosts);
	*n = (struct network)NETWORK_INIT;
}

/* NULL: there is no room for one more. */
static struct network_host *find_host(struct network *n, const char *host, int port)
{
	for (size_t i = 0; i < n->len; i++)
		if (n->hosts[i].port == port && !strcmp(n->hosts[i].host, host))
			return &n->hosts[i];
	n->more = n->more || n->len == HOSTS_MAX;
	if (n->more)
		return NULL;
	GROW(n->hosts, n->len, n->cap);
	n->hosts[n->len] = (struct network_host){.host = text_cleaned(host), .port = port};
	return &n->hosts[n->len++];
}

/* A decision: what a connection came to in the end is none, nor is a request that names no host. */
static void take_line(struct network *n, const char *line, const char *label)
{
	CLEANUP(json_free) struct json *entry = NULL;
	struct fault torn = FAULT_INIT;
	const char *host, *event;
	struct network_host *h;

	if (json_parse(line, strlen(line), &entry, &torn) < 0)
		return;
	host = json_text(entry, "host", NULL);
	event = json_text(entry, "event", "");
	if (!host || !strcmp(event, "ended") ||
		(label && strcmp(json_text(entry, "for", ""), label) != 0))
		return;
	h = find_host(n, host, (int)json_int(entry, "port", 0));
	if (!h || strcmp(event, "refused") != 0)
		return;
	h->refused++;
	n->last = (size_t)(h - n->hosts) + 1;
	str_free(&h->reason);
	h->reason = text_cleaned(json_text(entry, "reason", ""));
}

int network_read(struct network *n, const char *path, const char *label, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int found =
		fs_read(path, &text, (size_t)PROXY_LOG_MAX * 3, why); /* of an agent and a gate */
	char *line, *rest;

	if (found)
		return found < 0 ? -1 : 0;
	for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		take_line(n, line, label);
	return 0;
}

static bool is_listed(const struct network_host *h)
{
	return strcmp(h->reason, "not_listed") != 0;
}

/* As an item of the list would name it. */
static void put_item(const struct network_host *h, struct buf *out)
{
	bool v6 = strchr(h->host, ':');

	buf_printf(out, "%s%s%s", v6 ? "[" : "", h->host, v6 ? "]" : "");
	if (h->port != 443 && h->port != 80)
		buf_printf(out, ":%d", h->port);
}

static void put_refused(const struct network_host *h, struct buf *out)
{
	bool v6 = strchr(h->host, ':');

	buf_printf(out, "refused %s%s%s:%d", v6 ? "[" : "", h->host, v6 ? "]" : "", h->port);
	if (h->refused == 1)
		buf_puts(out, " once");
	else
		buf_printf(out, " %zu times", h->refused);
	if (is_listed(h))
		buf_printf(out, ": its address is not public (%s)", h->reason);
	buf_putc(out, '\n');
}

static size_t count_refused(const struct network *n, const struct network_host **first)
{
	size_t count = 0;

	*first = NULL;
	for (size_t i = 0; i < n->len; i++) {
		if (!n->hosts[i].refused)
			continue;
		count++;
		if (!*first || (is_listed(*first) && !is_listed(&n->hosts[i])))
			*first = &n->hosts[i];
	}
	return count;
}

/* A host is one whatever its ports. */
static size_t count_hosts(const struct network *n)
{
	size_t count = 0;

	for (size_t i = 0; i < n->len; i++) {
		size_t k = 0;

		while (strcmp(n->hosts[k].host, n->hosts[i].host) != 0)
			k++;
		count += k == i;
	}
	return count;
}

void network_put(const struct network *n, const char *indent, struct buf *out)
{
	const struct network_host *first;
	size_t hosts = count_hosts(n), refused = count_refused(n, &first), listed = 0;

	if (!n->len)
		return;
	buf_printf(out, "%snetwork: %s%zu host%s asked for%s\n", indent,
		n->more ? "more than " : "", hosts, hosts == 1 ? "" : "s",
		refused ? "" : ", none refused");
	for (size_t i = 0; i < n->len && listed < LISTED_MAX; i++) {
		if (!n->hosts[i].refused)
			continue;
		buf_puts(out, indent);
		put_refused(&n->hosts[i], out);
		listed++;
	}
	if (refused > listed)
		buf_printf(out, "%sand %zu more: network.ndjson\n", indent, refused - listed);
	if (!first || is_listed(first))
		return;
	buf_printf(out, "%sto let one through: hosts = ", indent);
	put_item(first, out);
	buf_puts(out, " under [sandbox] in .gitagent\n");
}

bool network_hint(const struct network *n, struct buf *out)
{
	const struct network_host *h = n->last ? &n->hosts[n->last - 1] : NULL;

	if (!h)
		return false;
	buf_printf(out, "the proxy refused %s", h->host);
	if (is_listed(h)) {
		buf_printf(out, ": its address is not public (%s)", h->reason);
		return true;
	}
	buf_puts(out, ": hosts = ");
	put_item(h, out);
	buf_puts(out, " under [sandbox] in .gitagent");
	return true;
}
