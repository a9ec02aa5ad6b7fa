/* The tables as one, and what attacks share. */
#include "attacks/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct attack_table *const tables[] = {&file_attacks, &leftover_attacks,
	&process_attacks, &kernel_attacks, &right_attacks, &network_attacks, &bomb_attacks};

const struct attack *attack_at(size_t i)
{
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
		if (i < tables[t]->len)
			return &tables[t]->rows[i];
		i -= tables[t]->len;
	}
	return NULL;
}

int attack_run(const char *name, const struct target *t)
{
	const struct attack *a;

	for (size_t i = 0; i < harmless.len; i++)
		if (!strcmp(harmless.rows[i].name, name))
			return harmless.rows[i].run(t);
	for (size_t i = 0; (a = attack_at(i)); i++)
		if (!strcmp(a->name, name))
			return a->run(t);
	return 127;
}

int verdict(bool worked)
{
	return worked ? ATTACK_WORKED : ATTACK_FAILED;
}

int verdict_unless(bool worked, int absent, int absent_too)
{
	if (worked)
		return ATTACK_WORKED;
	return errno == absent || errno == absent_too ? ATTACK_ABSENT : ATTACK_FAILED;
}

void path_in(char path[4096], const char *top, const char *name)
{
	snprintf(path, 4096, "%s/%s", top, name);
}

int open_in(const char *top, const char *name, int flags)
{
	char path[4096];

	path_in(path, top, name);
	return open(path, flags | O_CLOEXEC, 0644);
}
