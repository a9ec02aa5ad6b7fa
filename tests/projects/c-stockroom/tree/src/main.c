#include <errno.h>
#include <string.h>

#include "command.h"

int main(int argc, char **argv)
{
	FILE *journal;
	int status;

	if (argc < 3 || argc > 4) {
		command_usage(stderr);
		return EXIT_USAGE;
	}
	journal = fopen(argv[1], "r");
	if (!journal) {
		fprintf(stderr, "stockroom: %s: %s\n", argv[1], strerror(errno));
		return EXIT_JOURNAL;
	}
	status = command_run(argv[2], journal, argv[1], argv[3], stdout, stderr);
	fclose(journal);
	return status;
}
