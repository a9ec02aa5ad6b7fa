/* Reads every <runs>/<run>/run.json into memory and looks at nothing: the least that a status without an index costs. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char record[65536];
	DIR *runs = argc > 1 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	long long bytes = 0;
	long count = 0;

	if (!runs)
		return 1;
	while ((entry = readdir(runs))) {
		char path[300];
		ssize_t got;
		int fd;

		snprintf(path, sizeof path, "%s/run.json", entry->d_name);
		fd = openat(dirfd(runs), path, O_RDONLY);
		if (fd < 0)
			continue;
		while ((got = read(fd, record, sizeof record)) > 0)
			bytes += got;
		close(fd);
		count++;
	}
	closedir(runs);
	printf("%ld records, %lld bytes\n", count, bytes);
	return 0;
}
