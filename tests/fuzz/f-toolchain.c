/* share/toolchains.ini, as a packager or a person may have changed it. */
#include "fuzz.h"
#include "port/toolchain.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(toolchains_release) struct toolchains tools = TOOLCHAINS_INIT;
	CLEANUP(fd_close) int fd = memfd_create("toolchains", MFD_CLOEXEC);
	struct fault why = FAULT_INIT;
	char path[64];

	must(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (toolchains_find(&tools, path, &why) < 0)
		must_be_plain(&why);
	return 0;
}
