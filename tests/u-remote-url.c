/* Addresses of remotes as people write them. */
#include "base/alloc.h"
#include "core/forge.h"
#include "tap.h"

static const struct {
	const char *text, *host, *path, *page;
	bool local;
} cases[] = {
	{"https://github.com/a/b.git", "github.com", "a/b",
		"https://github.com/a/b/settings/branches", false},
	{"https://GitHub.com/a/b/", "github.com", "a/b", "https://github.com/a/b/settings/branches",
		false},
	{"https://user:p@ss@github.com:443/a/b", "github.com", "a/b",
		"https://github.com/a/b/settings/branches", false},
	{"ssh://git@gitlab.com:22/g/s/p.git", "gitlab.com", "g/s/p",
		"https://gitlab.com/g/s/p/-/settings/repository", false},
	{"git@codeberg.org:a/b.git", "codeberg.org", "a/b",
		"https://codeberg.org/a/b/settings/branches", false},
	{"gitea.example:a/b", "gitea.example", "a/b", "https://gitea.example/a/b/settings/branches",
		false},
	{"host.example:/srv/x.git", "host.example", "srv/x", NULL, false},
	{"[::1]:x", "::1", "x", NULL, false},
	{"ssh://[fe80::1]:22/x", "fe80::1", "x", NULL, false},
	{"git://host.example/x", "host.example", "x", NULL, false},
	{"https://notgithub.com/a/b", "notgithub.com", "a/b", NULL, false},
	{"https://github.com.evil.example/a", "github.com.evil.example", "a",
		"https://github.com.evil.example/a/settings/branches", false},
	{"file:///srv/x.git", NULL, "/srv/x.git", NULL, true},
	{"/srv/x.git", NULL, "/srv/x.git", NULL, true},
	{"../x", NULL, "../x", NULL, true},
	{"./a:b", NULL, "./a:b", NULL, true},
	{"x", NULL, "x", NULL, true},
	{"", NULL, "", NULL, true},
	{"ext::sh -c true", NULL, NULL, NULL, false},
	{"https://", NULL, "", NULL, false},
	{":x", NULL, "x", NULL, false},
	{"[", NULL, "[", NULL, true},
};

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(remote_url_release) struct remote_url url;
		CLEANUP(buf_release) struct buf page = BUF_INIT;
		bool known;

		remote_url_parse(&url, cases[i].text);
		known = forge_page(&url, &page);
		ok(same(url.host, cases[i].host) && same(url.path, cases[i].path) &&
				url.local == cases[i].local,
			"'%s'", cases[i].text);
		ok(known == (cases[i].page != NULL) && (!known || same(page.data, cases[i].page)),
			"'%s': its forge", cases[i].text);
	}
	return tap_done();
}
