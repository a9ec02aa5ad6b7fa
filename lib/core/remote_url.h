/*
 * remote_url: what the address of a remote tells: where it is. Pure.
 */
#ifndef CORE_REMOTE_URL_H
#define CORE_REMOTE_URL_H

#include <stdbool.h>

struct remote_url {
	char *host; /* lower case, without user and port; NULL: not a host's, or not understood */
	char *path; /* on the host, without slashes at its ends and without ".git"; of a local one as given; NULL: not understood */
	bool local; /* a path of this machine */
};

/* "https://user@host:1/a/b.git", "ssh://...", "user@host:a/b", "file:///x", "../x" (git-fetch(1), GIT URLS). */
void remote_url_parse(struct remote_url *url, const char *text);
void remote_url_release(struct remote_url *url);

#endif
