#include "port/proc_tree.h"
#include "base/alloc.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pids_release(struct pids *pids)
{
	free(pids->items);
	*pids = (struct pids)PIDS_INIT;
}

static void push(struct pids *pids, pid_t pid)
{
	GROW(pids->items, pids->len, pids->cap);
	pids->items[pids->len++] = pid;
}

static bool read_list(pid_t pid, int task, struct pids *out)
{
	char path[64];
	FILE *file;
	int child;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, task);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fscanf(file, "%d", &child) == 1)
		push(out, child);
	fclose(file);
	return true;
}

/* The numeric names in a directory of /proc, one after the other; 0: no more. */
static int next_number(DIR *dir)
{
	struct dirent *entry;

	while ((entry = readdir(dir)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			return atoi(entry->d_name);
	return 0;
}

static bool read_lists(pid_t pid, struct pids *out)
{
	char path[64];
	DIR *dir;
	int task;
	bool all = true;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return true; /* it is gone: no children */
	while ((task = next_number(dir)))
		all = read_list(pid, task, out) && all;
	closedir(dir);
	return all;
}

static pid_t parent_of(int pid)
{
	char path[64], line[512];
	const char *end;
	FILE *file;
	int parent = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	line[fread(line, 1, sizeof line - 1, file)] = '\0';
	fclose(file);
	end = strrchr(line, ')');
	if (!end || sscanf(end, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

void tree_children_scan(pid_t pid, struct pids *out)
{
	DIR *dir = opendir("/proc");
	int child;

	if (!dir)
		return;
	while ((child = next_number(dir)))
		if (parent_of(child) == pid)
			push(out, child);
	closedir(dir);
}

void tree_children(pid_t pid, struct pids *out)
{
	size_t before = out->len;

	if (read_lists(pid, out))
		return;
	out->len = before;
	tree_children_scan(pid, out);
}

void tree_stop(pid_t root, struct pids *out)
{
	size_t known = 0;

	out->len = 0;
	tree_children(root, out);
	for (size_t i = 0; i < out->len; i++) {
		for (; known < out->len; known++)
			kill(out->items[known], SIGSTOP);
		tree_children(out->items[i], out);
	}
}
