#include "port/http.h"
#include "base/alloc.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>

#define REDIRECTS_MAX 3

struct answer {
	struct buf *body;
	size_t max;
	bool over;
};

static size_t take(char *bytes, size_t size, size_t count, void *state)
{
	struct answer *a = state;
	size_t len = size * count;

	a->over = len > a->max - a->body->len;
	if (a->over)
		return 0; /* libcurl ends the transfer */
	buf_add(a->body, bytes, len);
	return len;
}

/* "http://127.x.y.z", "http://localhost" or "http://[::1]", with a port or a path after it. */
static bool is_loopback(const char *url)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		size_t len = strlen(hosts[i]);

		if (!strncmp(url, "http://", 7) && !strncmp(url + 7, hosts[i], len) &&
			(!url[7 + len] || strchr(":/?", url[7 + len])))
			return true;
	}
	return false;
}

static void set_options(CURL *curl, const struct http_request *r, struct answer *a)
{
	const char *protocols = is_loopback(r->url) ? "http,https" : "https";

	curl_easy_setopt(curl, CURLOPT_URL, r->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "git-agent/" VERSION);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
	if (r->token) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, r->token);
	}
}

static int perform(CURL *curl, const struct http_request *r, const struct answer *a, int *status,
	struct fault *why)
{
	char words[CURL_ERROR_SIZE] = "";
	long code = 0;
	CURLcode done;

	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
	done = curl_easy_perform(curl);
	if (a->over)
		return fault_set(why, EXIT_FATAL, "'%s': its answer is longer than %zu bytes",
			r->url, a->max);
	if (done != CURLE_OK)
		return fault_set(why, EXIT_FATAL, "'%s': %s", r->url,
			words[0] ? words : curl_easy_strerror(done));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	*status = (int)code;
	return 0;
}

int http_get(const struct http_request *request, int *status, struct buf *body, struct fault *why)
{
	CURL *curl = curl_easy_init();
	struct answer a = {body, request->answer_max, false};
	struct curl_slist *headers = NULL;
	CLEANUP(buf_release) struct buf accept = BUF_INIT;
	int done;

	if (!curl)
		return fault_set(why, EXIT_FATAL, "libcurl cannot be started");
	buf_clear(body);
	set_options(curl, request, &a);
	if (request->accept) {
		buf_printf(&accept, "Accept: %s", request->accept);
		headers = curl_slist_append(headers, accept.data);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	}
	done = perform(curl, request, &a, status, why);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return done;
}

void http_put_segment(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr("-._~", c))
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", c);
	}
}

const char *http_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
