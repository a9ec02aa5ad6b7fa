/*
 * attack: what a hostile program tries, as tables, one file per kind of target. u-sandbox-attack runs each row twice: outside,
 * where it has to work (else it would prove nothing), and in the box.
 */
#ifndef TESTS_ATTACKS_ATTACK_H
#define TESTS_ATTACKS_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What an attack returns: its process's exit status. */
#define ATTACK_WORKED 0
#define ATTACK_FAILED 1
#define ATTACK_ABSENT 2 /* the kernel does not have what is attacked */

/* What stops it. */
#define FORM_SPACES 1U /* namespaces and seccomp */
#define FORM_RIGHTS 2U /* Landlock and seccomp */
#define FORM_BOTH   3U

/* What it needs. */
#define NEEDS_ROOT   1U
#define NEEDS_SPACES 2U  /* cannot work outside where namespaces are refused */
#define NEEDS_OPEN   4U  /* is made in a box whose network is open */
#define NEEDS_LIMITS 8U  /* is made in a box with the limits below */
#define NEEDS_TRACE  16U /* is made in a box whose processes may trace each other */

#define LIMIT_PROCESSES 350
#define LIMIT_MEMORY    (256L << 20) /* bytes */
#define LIMIT_FILE      (8L << 20)   /* bytes */
#define LIMIT_CPU       1            /* seconds */

/* Inherited by what does not close them. */
#define KEPT_FILE   97
#define KEPT_DIR    98 /* `outside` */
#define KEPT_SOCKET 99 /* connected to the TCP server */

/* The arguments of an attack: what it aims at. */
struct target {
	const char *top; /* holds tree/, which is the box's, and outside/, which is not */
	pid_t victim;    /* a process of the same user, outside */
	int tcp_port, udp_port;
	int key; /* of a queue of System V's */
};

struct attack {
	const char *name;
	int (*run)(const struct target *t);
	unsigned stopped_by, needs;
};

struct attack_table {
	const struct attack *rows;
	size_t len;
};

extern const struct attack_table file_attacks, leftover_attacks, process_attacks, kernel_attacks,
	right_attacks, network_attacks, bomb_attacks;
/* What must work in a box, or do no harm there. */
extern const struct attack_table harmless;

/* The rows of all tables, one after the other; NULL: no more. */
const struct attack *attack_at(size_t i);

/* Runs one by its name, of either kind; 127: there is none. */
int attack_run(const char *name, const struct target *t);

int verdict(bool worked);
/* WORKED, or by errno: ABSENT where it is one of the two. */
int verdict_unless(bool worked, int absent, int absent_too);
/* A file of the place: open(2). */
int open_in(const char *top, const char *name, int flags);
void path_in(char path[4096], const char *top, const char *name);

/* What attacks are made against: a process, servers, a terminal, queues. */
struct attack_place {
	pid_t victim;
	int tcp, tcp6, udp, abstract, path, terminal, master, tcp_port, udp_port;
	int key, queue;
	char shm[80]; /* the path of a file of shared memory */
};

/* Standard input becomes the place's terminal. */
void attack_serve(struct attack_place *p, const char *top);
void attack_stop(struct attack_place *p);

/* The names in a place by which servers and attacks find each other. */
void shm_name(char path[80], const char *top);
void mqueue_name(char name[80], const char *top);

#endif
