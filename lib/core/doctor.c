#include "core/doctor.h"
#include "base/alloc.h"
#include "base/text.h"
#include "core/policy_load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[HEALTH_STATES] = {
	[HEALTH_OK] = "ok", [HEALTH_WEAK] = "weak", [HEALTH_BROKEN] = "broken"};

static void read_policy(struct doctor *d)
{
	int found = repo_commit(d->repo, "HEAD", d->head, &d->policy_fault);

	if (found == 0)
		policy_load(&d->policy, d->repo, d->head, NULL, &d->policy_fault);
}

void doctor_init(struct doctor *d, struct repo *repo, int64_t timeout_ms)
{
	*d = (struct doctor){.repo = repo, .timeout_ms = timeout_ms, .policy_fault = FAULT_INIT};
	policy_init(&d->policy);
	if (!repo)
		return;
	store_init(&d->store, repo->common_dir);
	read_policy(d);
}

void doctor_release(struct doctor *d)
{
	for (size_t i = 0; i < d->len; i++) {
		str_free(&d->items[i].name);
		str_free(&d->items[i].found);
		str_free(&d->items[i].mend);
	}
	free(d->items);
	policy_release(&d->policy);
	store_release(&d->store);
}

__attribute__((format(printf, 1, 0))) static char *one_line(const char *fmt, va_list args)
{
	struct buf text = BUF_INIT;
	char *formatted = NULL;

	if (vasprintf(&formatted, fmt, args) >= 0)
		buf_puts(&text, formatted);
	free(formatted);
	text_clean(&text);
	buf_rtrim(&text);
	text_replace(&text, "\n", " ");
	text_replace(&text, "\t", " ");
	return buf_take(&text);
}

static char *cleaned(const char *fmt, ...) PRINTF(1, 2);

static char *cleaned(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = one_line(fmt, args);
	va_end(args);
	return text;
}

void doctor_find(struct doctor *d, enum health health, const char *name, const char *fmt, ...)
{
	va_list args;

	GROW(d->items, d->len, d->cap);
	va_start(args, fmt);
	d->items[d->len++] = (struct finding){
		.name = cleaned("%s", name), .health = health, .found = one_line(fmt, args)};
	va_end(args);
}

void doctor_mend(struct doctor *d, const char *fmt, ...)
{
	struct finding *last = &d->items[d->len - 1];
	va_list args;

	str_free(&last->mend);
	va_start(args, fmt);
	last->mend = one_line(fmt, args);
	va_end(args);
}

void doctor_fault(struct doctor *d, enum health health, const char *name, const struct fault *fault)
{
	doctor_find(d, health, name, "%s", fault->message);
	if (fault->hint[0])
		doctor_mend(d, "%s", fault->hint);
}

const char *health_name(enum health health)
{
	return names[health];
}

size_t doctor_count(const struct doctor *d, enum health health)
{
	size_t count = 0;

	for (size_t i = 0; i < d->len; i++)
		count += d->items[i].health == health;
	return count;
}

struct json *doctor_to_json(const struct doctor *d)
{
	struct json *json = json_object(), *checks = json_array();

	json_set_int(json, "version", DOCTOR_VERSION);
	json_set_text(json, "level", sandbox_level_name(d->level));
	for (int health = 0; health < HEALTH_STATES; health++)
		json_set_int(json, names[health], (int64_t)doctor_count(d, (enum health)health));
	for (size_t i = 0; i < d->len; i++) {
		struct json *item = json_object();

		json_set_text(item, "name", d->items[i].name);
		json_set_text(item, "state", names[d->items[i].health]);
		json_set_text(item, "found", d->items[i].found);
		json_set_text(item, "mend", d->items[i].mend);
		json_push(checks, item);
	}
	json_set(json, "checks", checks);
	return json;
}
