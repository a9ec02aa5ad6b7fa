/*
 * proc_tree: the processes below a process, as /proc tells them.
 */
#ifndef PORT_PROC_TREE_H
#define PORT_PROC_TREE_H

#include <stddef.h>
#include <sys/types.h>

struct pids {
	pid_t *items;
	size_t len, cap;
};

#define PIDS_INIT          \
	{                  \
		NULL, 0, 0 \
	}

void pids_release(struct pids *pids);

/* Appends the children of a process, zombies too: from the lists of its threads, where the kernel keeps them. */
void tree_children(pid_t pid, struct pids *out);

/* The same from every process's parent: slower, works everywhere. */
void tree_children_scan(pid_t pid, struct pids *out);

/*
 * Replaces *out by the descendants of a process, parents before children; each gets SIGSTOP when it is met, before its
 * children are looked for, so that it starts no more of them.
 */
void tree_stop(pid_t root, struct pids *out);

#endif
