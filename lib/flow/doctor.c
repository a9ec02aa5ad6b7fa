#include "flow/doctor.h"
#include "base/alloc.h"
#include "base/term.h"
#include "core/doctor.h"

#include <string.h>

#define NAME_WIDTH 14
#define BROKEN     1

static void run_checks(struct doctor *d, const struct check *table)
{
	for (; table->name; table++)
		table->look(d, table->name);
}

/* That it cannot be opened, for another reason than that there is none, is a finding as well. */
static void open_repository(struct repo **repo, struct fault *why)
{
	if (repo_open(repo, NULL, NULL, why) < 0 && !strcmp(why->reason, "no_repository"))
		fault_clear(why);
}

static void look(struct doctor *d, const struct fault *unopened)
{
	run_checks(d, doctor_machine);
	if (unopened->message[0])
		doctor_fault(d, HEALTH_BROKEN, "repository", unopened);
	if (!d->repo)
		return;
	run_checks(d, doctor_policy);
	run_checks(d, doctor_work);
	run_checks(d, doctor_remotes);
}

static void print_finding(const struct finding *f)
{
	static const enum term_paint paints[] = {[HEALTH_OK] = PAINT_GREEN,
		[HEALTH_WEAK] = PAINT_YELLOW,
		[HEALTH_BROKEN] = PAINT_RED};

	term_outf("%s%s%s %-*s %s\n", term_paint(paints[f->health], false),
		term_sign((enum term_sign)f->health), term_paint(PAINT_PLAIN, false), NAME_WIDTH,
		f->name, f->found);
	if (f->mend)
		term_outf("  %-*s   %s\n", NAME_WIDTH, "", f->mend);
}

static void print_all(const struct doctor *d)
{
	for (size_t i = 0; i < d->len; i++)
		print_finding(&d->items[i]);
	term_outf("\n%zu ok, %zu weak, %zu broken\n", doctor_count(d, HEALTH_OK),
		doctor_count(d, HEALTH_WEAK), doctor_count(d, HEALTH_BROKEN));
}

static void print_json(const struct doctor *d)
{
	CLEANUP(json_free) struct json *json = doctor_to_json(d);
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	json_write(json, true, &text);
	term_outf("%s\n", text.data);
}

int doctor_run(const struct doctor_options *o, struct fault *why)
{
	CLEANUP(repo_close) struct repo *repo = NULL;
	CLEANUP(doctor_release) struct doctor d;

	open_repository(&repo, why);
	doctor_init(&d, repo, o->timeout_ms);
	look(&d, why);
	fault_clear(why);
	if (o->json)
		print_json(&d);
	else
		print_all(&d);
	return doctor_count(&d, HEALTH_BROKEN) ? BROKEN : EXIT_DONE;
}
