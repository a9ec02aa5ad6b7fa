#include "core/guard_who.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USERS_MAX (16 * 1024 * 1024) /* bytes of /etc/passwd */

/* The user's name by /etc/passwd; asking the C library would load what a static program cannot. */
static char *user_name(void)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	unsigned long uid = (unsigned long)geteuid();

	if (fs_read("/etc/passwd", &text, USERS_MAX, &ignored) == 0)
		for (char *line = text.data, *rest; (line = strtok_r(line, "\n", &rest));
			line = NULL) {
			const char *id = strchr(line, ':');

			id = id ? strchr(id + 1, ':') : NULL;
			if (id && strtoul(id + 1, NULL, 10) == uid)
				return xstrndup(line, strcspn(line, ":"));
		}
	buf_printf(&name, "%lu", uid);
	return buf_take(&name);
}

char *guard_who(const struct policy *rules)
{
	const char *value = rules->server_who ? getenv(rules->server_who) : NULL;
	char *name = rules->server_who ? text_cleaned(value ? value : "") : user_name();

	for (char *c = name; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = '?';
	return name;
}

bool guard_who_allowed(const struct policy *rules)
{
	CLEANUP(str_free) char *who = guard_who(rules);

	return *who && vec_has(&rules->server_allow, who);
}

/* The forge itself moves the branch, for a person who merges there: NAME is set to something, or to the value of NAME=value. */
bool guard_who_merges(const struct policy *rules)
{
	const char *rule = rules->server_merge, *equals, *value;
	CLEANUP(str_free) char *name = NULL;

	if (!rule)
		return false;
	equals = strchr(rule, '=');
	name = equals ? xstrndup(rule, (size_t)(equals - rule)) : xstrdup(rule);
	value = getenv(name);
	if (!value)
		return false;
	return equals ? strcmp(value, equals + 1) == 0 : *value && strcmp(value, "0") != 0;
}
