#include "journal.h"

#include <string.h>

#include "date.h"
#include "money.h"

#define FIELDS_MAX 6
#define LINE_MAX_BYTES 256

static const struct {
	const char *word;
	enum movement_kind kind;
	int fields;
	long least;
} kinds[] = {
	{"in", MOVE_IN, 5, 1},
	{"out", MOVE_OUT, 4, 1},
	{"min", MOVE_MIN, 4, 0},
};

static int split(char *line, char *fields[FIELDS_MAX])
{
	int count = 0;
	char *rest = line;

	while (count < FIELDS_MAX) {
		rest += strspn(rest, " \t\r\n");
		if (*rest == '\0')
			break;
		fields[count++] = rest;
		rest += strcspn(rest, " \t\r\n");
		if (*rest != '\0')
			*rest++ = '\0';
	}
	return count;
}

static bool parse_quantity(const char *text, long least, long *quantity)
{
	long value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (*text - '0');
		if (value > QUANTITY_MAX)
			return false;
	}
	*quantity = value;
	return value >= least;
}

static enum line_kind error(const char **why, const char *reason)
{
	*why = reason;
	return LINE_ERROR;
}

enum line_kind journal_line(const char *line, struct movement *move, const char **why)
{
	char copy[LINE_MAX_BYTES];
	char *fields[FIELDS_MAX];
	size_t row = 0;
	int count;

	if (strlen(line) >= sizeof(copy))
		return error(why, "the line is too long");
	strcpy(copy, line);
	count = copy[0] == '#' ? 0 : split(copy, fields);
	if (count == 0)
		return LINE_NOTHING;
	if (count < 2)
		return error(why, "a movement is expected after the date");
	while (row < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[row].word, fields[1]) != 0)
		row++;
	if (row == sizeof(kinds) / sizeof(kinds[0]))
		return error(why, "a movement is in, out or min");
	if (count != kinds[row].fields)
		return error(why, "wrong number of fields");

	memset(move, 0, sizeof(*move));
	move->kind = kinds[row].kind;
	if (!date_parse(fields[0], &move->day))
		return error(why, "no such date");
	if (!sku_valid(fields[2]))
		return error(why, "not a SKU");
	strcpy(move->sku, fields[2]);
	if (!parse_quantity(fields[3], kinds[row].least, &move->quantity))
		return error(why, "not a quantity");
	if (move->kind == MOVE_IN && !money_parse(fields[4], &move->unit_cost))
		return error(why, "not a cost");
	return LINE_MOVEMENT;
}

bool journal_read(FILE *in, const char *name, FILE *err,
		  const char *(*each)(void *data, const struct movement *move), void *data)
{
	char line[LINE_MAX_BYTES + 2];
	int last_day = 0;

	for (int number = 1; fgets(line, sizeof(line), in); number++) {
		struct movement move;
		const char *why = NULL;

		if (journal_line(line, &move, &why) == LINE_NOTHING)
			continue;
		if (!why && move.day < last_day)
			why = "the date is before that of the line above";
		if (!why)
			why = each(data, &move);
		if (why) {
			fprintf(err, "%s:%d: %s\n", name, number, why);
			return false;
		}
		last_day = move.day;
	}
	return true;
}
