/*
 * h-secrets: secrets of every kind, for tests and the bench, put together from share/secrets.ini or a file of that form.
 *
 *   h-secrets one <rule>                     one of that kind
 *   h-secrets rules                          the rules' names
 *   h-secrets plant <dir> [<seed> [<file>]]  each example of <file> in each of five places: <dir>/<place>/<rule>.<ending>, and
 *                                            <rule>+1.<ending> and so on for the further ones of a kind
 */
#include "secret-rows.h"

static int print_one(const struct secret_rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->len; i++) {
		CLEANUP(buf_release) struct buf secret = BUF_INIT;

		if (strcmp(rows->items[i].name, name) != 0)
			continue;
		put_example(&secret, rows->items[i].good.items[0]);
		puts(secret.data);
		return 0;
	}
	fprintf(stderr, "no rule '%s'\n", name);
	return 1;
}

/* Several sections may be of one kind. */
static void put_free_path(struct buf *out, const char *below, const char *name, const char *ending)
{
	for (size_t n = 0; !n || fs_exists(out->data); n++) {
		buf_clear(out);
		buf_printf(out, "%s/%s", below, name);
		if (n)
			buf_printf(out, "+%zu", n);
		buf_printf(out, ".%s", ending);
	}
}

static int plant_row(const struct secret_row *row, const char *below, int place, struct fault *why)
{
	static const char *const endings[PLACES] = {"py", "json", "yml", "env", "diff"};

	for (size_t k = 0; k < row->good.len; k++) {
		CLEANUP(buf_release) struct buf secret = BUF_INIT;
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		CLEANUP(buf_release) struct buf path = BUF_INIT;

		put_example(&secret, row->good.items[k]);
		put_planted(&text, row, secret.data, place);
		put_free_path(&path, below, row->name, endings[place]);
		if (fs_write_derived(path.data, text.data, text.len, why))
			return -1;
	}
	return 0;
}

static int plant(const struct secret_rows *rows, const char *dir)
{
	struct fault why = FAULT_INIT;

	for (int place = 0; place < PLACES; place++) {
		CLEANUP(str_free) char *below = fs_join(dir, secret_places[place]);

		if (fs_mkdirs(below, 0755, &why))
			goto failed;
		for (size_t i = 0; i < rows->len; i++)
			if (plant_row(&rows->items[i], below, place, &why))
				goto failed;
	}
	return 0;
failed:
	fprintf(stderr, "%s\n", why.message);
	return 1;
}

int main(int argc, char **argv)
{
	struct secret_rows rows;
	int code = 2;

	if (argc > 4)
		secret_rows_read_file(&rows, argv[4]);
	else
		secret_rows_read(&rows);
	if (argc > 3)
		secret_seed += strtoull(argv[3], NULL, 10) * 1000003;
	if (argc > 1 && !strcmp(argv[1], "rules"))
		for (size_t i = 0; i < rows.len; i++)
			code = puts(rows.items[i].name) < 0;
	else if (argc > 2 && !strcmp(argv[1], "one"))
		code = print_one(&rows, argv[2]);
	else if (argc > 2 && !strcmp(argv[1], "plant"))
		code = plant(&rows, argv[2]);
	secret_rows_release(&rows);
	return code;
}
