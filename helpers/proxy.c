/*
 * git-agent--proxy: the process of lib/port/proxy.h. Its arguments are the label and the list of hosts, its standard input the
 * socket over which doors come, its standard output the log. Its end is the end of its input.
 */
#include "base/fault.h"
#include "port/proxy_serve.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* What comes in is hostile: nothing of this process is to be had by another one, nor anything more by it. */
static void drop_rights(void)
{
	const struct rlimit none = {0, 0};

	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
}

int main(int argc, char **argv)
{
	struct proxy_rules rules = PROXY_RULES_INIT;
	struct fault why = FAULT_INIT;
	struct stat input;

	if (argc < 2 || fstat(STDIN_FILENO, &input) < 0 || !S_ISSOCK(input.st_mode)) {
		fprintf(stderr, "fatal: git-agent--proxy is started by git agent itself\n");
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	/* Whoever ends this run closes the input; until then there may be lines to write. */
	signal(SIGTERM, SIG_IGN);
	drop_rights();
	for (int i = 2; i < argc; i++)
		if (rules_add(&rules, argv[i], &why) < 0) {
			fprintf(stderr, "fatal: %s\n", why.message);
			return EXIT_FATAL;
		}
	proxy_serve(&rules, argv[1], STDIN_FILENO, STDOUT_FILENO);
	_exit(0);
}
