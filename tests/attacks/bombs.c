/* Attacks on what there is to go round: processes, memory, disk, time; what does not end; and what must work all the same. */
#include "attacks/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FORKS 500
#define HOPS  200000 /* a hopper ends by itself in the end, should a test fail */
#define CHUNK ((size_t)1 << 20)

static int run_forks(const struct target *t)
{
	int made = 0;

	(void)t;
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				pause();
		made += pid > 0;
	}
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM); /* the session is its own */
	while (wait(NULL) > 0)
		;
	return verdict(made == FORKS);
}

#ifndef __SANITIZE_ADDRESS__ /* see its row */
static int run_memory(const struct target *t)
{
	(void)t;
	for (long got = 0; got < 2 * LIMIT_MEMORY; got += (long)CHUNK) {
		char *chunk = mmap(
			NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (chunk == MAP_FAILED)
			return ATTACK_FAILED;
		chunk[0] = 1;
	}
	return ATTACK_WORKED;
}
#endif

static int run_large_file(const struct target *t)
{
	static char chunk[CHUNK];
	int fd = open_in(t->top, "tree/made", O_WRONLY | O_CREAT);

	for (long got = 0; got < 2 * LIMIT_FILE; got += (long)sizeof chunk)
		if (write(fd, chunk, sizeof chunk) != (ssize_t)sizeof chunk)
			return ATTACK_FAILED;
	return ATTACK_WORKED;
}

static int run_sparse_file(const struct target *t)
{
	int fd = open_in(t->top, "tree/made", O_WRONLY | O_CREAT);

	return verdict(ftruncate(fd, 1L << 33) == 0);
}

static int run_processor(const struct target *t)
{
	struct timespec used = {0};

	(void)t;
	while (used.tv_sec <= LIMIT_CPU)
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return ATTACK_WORKED;
}

/* A file there is memory that no limit of a process counts. */
static int run_shared_room(const struct target *t)
{
	struct sysinfo machine;
	struct statvfs room;
	char path[80];

	shm_name(path, t->top);
	strcat(path, ".room");
	if (open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0)
		return ATTACK_FAILED;
	unlink(path);
	if (statvfs("/dev/shm", &room) < 0 || sysinfo(&machine) < 0)
		return ATTACK_FAILED;
	return verdict((double)room.f_blocks * (double)room.f_frsize >
		       0.3 * (double)machine.totalram * machine.mem_unit);
}

static const struct attack rows[] = {
	{"shared-room", run_shared_room, FORM_BOTH, 0},
	{"forks", run_forks, FORM_SPACES, NEEDS_LIMITS},
#ifndef __SANITIZE_ADDRESS__ /* whose own reservations are far beyond any limit */
	{"memory", run_memory, FORM_BOTH, NEEDS_LIMITS},
#endif
	{"large-file", run_large_file, FORM_BOTH, NEEDS_LIMITS},
	{"sparse-file", run_sparse_file, FORM_BOTH, NEEDS_LIMITS},
	{"processor", run_processor, FORM_BOTH, NEEDS_LIMITS},
};
const struct attack_table bomb_attacks = {rows, sizeof rows / sizeof *rows};

static int run_nothing(const struct target *t)
{
	(void)t;
	return ATTACK_WORKED;
}

/* A daemon that writes when its starter is long gone. */
static int run_late(const struct target *t)
{
	if (fork())
		return ATTACK_WORKED;
	setsid();
	if (fork())
		_exit(0);
	usleep(500 * 1000);
	_exit(open_in(t->top, "tree/late", O_WRONLY | O_CREAT) >= 0 ? 0 : 1);
}

/* Gone before it can be killed: each generation begets the next and dies; it goes on until there is a file `tree/stop`. */
static int run_hopper(const struct target *t)
{
	char stop[4096];

	path_in(stop, t->top, "tree/stop");
	if (fork())
		return ATTACK_WORKED;
	setsid();
	for (int i = 0; i < HOPS && access(stop, F_OK) < 0; i++) {
		if (fork() > 0)
			_exit(0);
		close(open_in(t->top, "tree/late", O_WRONLY | O_CREAT | O_TRUNC));
	}
	_exit(0);
}

/* What must work: files, a process, a socket pair, devices. */
/* A file goes from one directory to another, by a second name and by a new one. */
static bool moves(const char *top)
{
	char one[4096], other[4096], file[4096], linked[4096], moved[4096];

	path_in(one, top, "tree/made");
	path_in(other, top, "tree/made/other");
	path_in(file, top, "tree/made/file");
	path_in(linked, top, "tree/made/other/linked");
	path_in(moved, top, "tree/made/other/moved");
	return mkdir(one, 0700) == 0 && mkdir(other, 0700) == 0 &&
	       open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 && link(file, linked) == 0 &&
	       rename(file, moved) == 0;
}

static int run_own_work(const struct target *t)
{
	int fd = open_in(t->top, "tree/seen", O_WRONLY | O_CREAT), pair[2], status = 1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(7);
	waitpid(pid, &status, 0);
	if (fd < 0 || write(fd, "x", 1) != 1)
		return puts("a file"), ATTACK_FAILED;
	if (WEXITSTATUS(status) != 7)
		return puts("a process"), ATTACK_FAILED;
	if (!moves(t->top))
		return puts("a file that is moved"), ATTACK_FAILED;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return puts("a socket pair"), ATTACK_FAILED;
	if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0 ||
		open("/dev/urandom", O_RDONLY | O_CLOEXEC) < 0)
		return puts("devices"), ATTACK_FAILED;
	if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0)
		return puts("/etc/passwd"), ATTACK_FAILED;
	return system("/bin/sh -c 'cat /proc/self/status >/dev/null && ls >/dev/null'") == 0
		       ? ATTACK_WORKED
		       : ATTACK_FAILED;
}

static const struct attack harmless_rows[] = {
	{"nothing", run_nothing, 0, 0},
	{"own-work", run_own_work, 0, 0},
	{"late", run_late, 0, 0},
	{"hopper", run_hopper, 0, 0},
};
const struct attack_table harmless = {harmless_rows, sizeof harmless_rows / sizeof *harmless_rows};
