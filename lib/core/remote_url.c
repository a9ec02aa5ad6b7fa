#include "core/remote_url.h"
#include "base/alloc.h"

#include <ctype.h>
#include <string.h>

void remote_url_release(struct remote_url *url)
{
	str_free(&url->host);
	str_free(&url->path);
}

/* "user@host:port", or "[v6]:port". */
static char *host_of(const char *authority, size_t len)
{
	CLEANUP(str_free) char *text = xstrndup(authority, len);
	const char *at = strrchr(text, '@');
	const char *host = at ? at + 1 : text;
	char *found;

	if (host[0] == '[')
		found = xstrndup(host + 1, strcspn(host + 1, "]"));
	else
		found = xstrndup(host, strcspn(host, ":"));
	for (char *c = found; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return found;
}

static char *path_on_host(const char *text)
{
	size_t len;

	text += strspn(text, "/");
	len = strlen(text);
	while (len && text[len - 1] == '/')
		len--;
	if (len > 4 && !strncmp(text + len - 4, ".git", 4))
		len -= 4;
	return xstrndup(text, len);
}

static void take_local(struct remote_url *url, const char *path)
{
	url->local = true;
	url->path = xstrdup(path);
}

static void take_host(struct remote_url *url, const char *authority, size_t len, const char *path)
{
	url->host = host_of(authority, len);
	url->path = path_on_host(path);
	if (!url->host[0])
		str_free(&url->host);
}

void remote_url_parse(struct remote_url *url, const char *text)
{
	const char *scheme = strstr(text, "://"), *colon = strchr(text, ':');
	const char *slash = strchr(text, '/');

	*url = (struct remote_url){0};
	if (!strncmp(text, "file://", 7)) {
		take_local(url, text + 7);
	} else if (scheme) {
		const char *authority = scheme + 3;
		size_t len = strcspn(authority, "/");

		take_host(url, authority, len, authority + len);
	} else if (!colon || (slash && slash < colon)) {
		take_local(url, text);
	} else if (text[0] == '[' && strchr(text, ']')) {
		const char *end = strchr(text, ']') + 1;

		take_host(url, text, (size_t)(end - text), end + (*end == ':'));
	} else if (colon[1] != ':') { /* "ext::..." is a program's */
		take_host(url, text, (size_t)(colon - text), colon + 1);
	}
}
