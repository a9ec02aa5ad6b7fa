/*
 * git-agent--proxy: the process of lib/port/proxy.h. Its arguments are the label and the list of hosts, its standard input the
 * socket over which doors come, its standard output the log. Its end is the end of its input.
 */
#include "base/fault.h"
#include "port/proxy_seal.h"
#include "port/proxy_serve.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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
	proxy_seal();
	for (int i = 2; i < argc; i++)
		if (rules_add(&rules, argv[i], &why) < 0) {
			fprintf(stderr, "fatal: %s\n", why.message);
			return EXIT_FATAL;
		}
	proxy_serve(&rules, argv[1], STDIN_FILENO, STDOUT_FILENO);
	_exit(0);
}
