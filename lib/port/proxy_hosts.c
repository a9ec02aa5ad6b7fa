#include "port/proxy_hosts.h"
#include "base/alloc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 63
#define PORT_HTTP 80
#define PORT_TLS  443

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* A last label that begins with a digit would be read as a number by some resolver (0x7f000001, 2130706433, 127.1). */
static bool is_name(const char *host)
{
	const char *label = host;
	size_t len;

	for (;; label += len + 1) {
		len = strcspn(label, ".");
		if (!len || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
			return false;
		for (size_t i = 0; i < len; i++)
			if (!is_label_char(label[i]))
				return false;
		if (!label[len])
			return !isdigit((unsigned char)label[0]);
	}
}

/* Digits alone, 1 to 65535; 0: no such port. */
static uint16_t parse_port(const char *text, size_t len)
{
	unsigned long port = 0;

	if (!len || len > 5 || text[0] == '0')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

static int parse_host(const char *text, size_t len, bool bracketed, struct proxy_target *out)
{
	if (!len || len > HOST_MAX + 1 || memchr(text, '\0', len))
		return -1;
	if (!bracketed && text[len - 1] == '.')
		len--;
	if (!len || len > HOST_MAX)
		return -1;
	for (size_t i = 0; i < len; i++)
		out->host[i] = (char)tolower((unsigned char)text[i]);
	out->host[len] = '\0';
	if (address_parse(out->host, &out->address) == 0) {
		/* An IPv6 address without brackets does not come this far: it has colons. */
		address_text(&out->address, out->host);
		return bracketed && !memchr(text, ':', len) ? -1 : 0;
	}
	return bracketed || !is_name(out->host) ? -1 : 0;
}

int target_parse(const char *text, size_t len, struct proxy_target *out)
{
	const char *end = text + len, *host = text, *host_end, *port;
	bool bracketed = len && text[0] == '[';

	*out = (struct proxy_target){0};
	if (bracketed) {
		host_end = memchr(text, ']', len);
		if (!host_end)
			return -1;
		host++;
		port = host_end + 1;
	} else {
		host_end = memchr(text, ':', len);
		if (!host_end)
			host_end = end;
		port = host_end;
	}
	if (port < end) {
		out->port = *port == ':' ? parse_port(port + 1, (size_t)(end - port - 1)) : 0;
		if (!out->port)
			return -1;
	}
	return parse_host(host, (size_t)(host_end - host), bracketed, out);
}

void target_text(const struct proxy_target *t, char out[TARGET_TEXT_MAX])
{
	bool v6 = t->address.family == AF_INET6;

	snprintf(out, TARGET_TEXT_MAX, "%s%s%s:%u", v6 ? "[" : "", t->host, v6 ? "]" : "",
		(unsigned)t->port);
}

bool target_is_localhost(const struct proxy_target *t)
{
	return !strcmp(t->host, "localhost");
}

void rules_release(struct proxy_rules *rules)
{
	free(rules->items);
	*rules = (struct proxy_rules)PROXY_RULES_INIT;
}

static int parse_rule(const char *item, struct proxy_rule *rule, struct fault *why)
{
	const char *host = item;

	*rule = (struct proxy_rule){.below = !strncmp(item, "*.", 2)};
	if (rule->below)
		host += 2;
	if (target_parse(host, strlen(host), &rule->target) < 0 ||
		(rule->below && rule->target.address.family))
		return fault_set(why, EXIT_FATAL,
			"expected a host such as api.example.com, *.example.com or localhost:8080, got '%s'",
			item);
	if (rule->target.port)
		return 0;
	if (target_is_localhost(&rule->target) ||
		(rule->target.address.family && address_closed(&rule->target.address)))
		return fault_set(why, EXIT_FATAL,
			"expected '%s' with its port, as it is not a public address", item);
	return 0;
}

int rules_add(struct proxy_rules *rules, const char *item, struct fault *why)
{
	struct proxy_rule rule;

	if (parse_rule(item, &rule, why) < 0)
		return -1;
	GROW(rules->items, rules->len, rules->cap);
	rules->items[rules->len++] = rule;
	return 0;
}

int rule_check(const char *item, struct fault *why)
{
	struct proxy_rule rule;

	return parse_rule(item, &rule, why);
}

static bool port_matches(const struct proxy_rule *rule, uint16_t port)
{
	return rule->target.port ? port == rule->target.port
				 : port == PORT_TLS || port == PORT_HTTP;
}

/* What `localhost` in the list names too, and in the box leads out. */
static bool is_own_loopback(const struct proxy_address *a)
{
	static const char *const names[] = {"127.0.0.1", "::1"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct proxy_address own;

		if (address_parse(names[i], &own) == 0 && address_equal(&own, a))
			return true;
	}
	return false;
}

static bool rule_names(const struct proxy_rule *rule, const struct proxy_address *a)
{
	if (rule->below)
		return false;
	if (target_is_localhost(&rule->target))
		return is_own_loopback(a);
	return rule->target.address.family && address_equal(&rule->target.address, a);
}

static bool host_matches(const struct proxy_rule *rule, const struct proxy_target *t)
{
	size_t have = strlen(t->host), tail = strlen(rule->target.host);

	if (t->address.family)
		return rule_names(rule, &t->address);
	if (!rule->below)
		return !strcmp(t->host, rule->target.host);
	return have > tail + 1 && t->host[have - tail - 1] == '.' &&
	       !strcmp(t->host + have - tail, rule->target.host);
}

bool rules_allow(const struct proxy_rules *rules, const struct proxy_target *target)
{
	for (size_t i = 0; i < rules->len; i++)
		if (port_matches(&rules->items[i], target->port) &&
			host_matches(&rules->items[i], target))
			return true;
	return false;
}

bool rules_name(const struct proxy_rules *rules, const struct proxy_address *a, uint16_t port)
{
	for (size_t i = 0; i < rules->len; i++)
		if (rules->items[i].target.port == port && rule_names(&rules->items[i], a))
			return true;
	return false;
}

size_t rules_local_ports(const struct proxy_rules *rules, uint16_t *ports, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < rules->len && count < max; i++) {
		const struct proxy_target *t = &rules->items[i].target;
		bool known = false;

		for (size_t k = 0; k < count; k++)
			known |= ports[k] == t->port;
		if (!rules->items[i].below && !known &&
			(target_is_localhost(t) || is_own_loopback(&t->address)))
			ports[count++] = t->port;
	}
	return count;
}
