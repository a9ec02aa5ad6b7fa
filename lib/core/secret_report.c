#include "core/secret_report.h"
#include "base/alloc.h"

#include <string.h>

#define SHORT_OID 10

void secret_put_place(const struct secret_finding *f, struct buf *out)
{
	if (!strcmp(f->place, "message"))
		buf_puts(out, "message");
	else if (!strcmp(f->place, "name"))
		buf_puts(out, "name of a file");
	else if (!strcmp(f->place, "object"))
		buf_puts(out, "an object");
	else if (!strcmp(f->place, "ref"))
		buf_puts(out, "name of a ref");
	else
		buf_puts(out, *f->path ? f->path : "standard input");
	if (f->line)
		buf_printf(out, ":%zu", f->line);
	if (*f->commit)
		buf_printf(out, " %s %.*s", strcmp(f->place, "message") ? "in" : "of", SHORT_OID,
			f->commit);
}

void secret_put_finding(const struct secret_finding *f, struct buf *out)
{
	secret_put_place(f, out);
	buf_printf(out, ": %s: %s%s%s: %s%s", f->rule, f->description, f->variable ? " $" : "",
		f->variable ? f->variable : "", f->shown, f->encoded ? ", in base64" : "");
}

static void put_number(struct buf *out, size_t count, const char *what)
{
	buf_printf(out, "%zu %s%s", count, what, count == 1 ? "" : "s");
}

void secret_put_sum(const struct secret_search *s, struct buf *out)
{
	if (s->open)
		put_number(out, s->open, "secret");
	else
		buf_puts(out, "none");
	if (s->commits) {
		buf_puts(out, " in ");
		put_number(out, s->commits, "commit");
	}
	if (s->len > s->open)
		buf_printf(out, ", %zu allowed", s->len - s->open);
	if (s->unseen.len) {
		buf_puts(out, ", ");
		put_number(out, s->unseen.len, "file");
		buf_puts(out, " not looked into");
	}
}

static struct json *finding_json(const struct secret_finding *f)
{
	struct json *one = json_object();

	json_set_text(one, "rule", f->rule);
	json_set_text(one, "description", f->description);
	json_set_text(one, "place", f->place);
	json_set_text(one, "path", *f->path ? f->path : NULL);
	if (f->line)
		json_set_int(one, "line", (int64_t)f->line);
	else
		json_set(one, "line", NULL);
	json_set_text(one, "commit", *f->commit ? f->commit : NULL);
	json_set_text(one, "redacted", f->shown);
	json_set_text(one, "fingerprint", f->print);
	json_set_text(one, "variable", f->variable);
	json_set_bool(one, "encoded", f->encoded);
	json_set_text(one, "allowed", f->allowed);
	return one;
}

struct json *secret_json(const struct secret_search *s)
{
	struct json *whole = json_object(), *list = json_array();

	for (size_t i = 0; i < s->len; i++)
		json_push(list, finding_json(&s->items[i]));
	json_set_int(whole, "version", 1);
	json_set_int(whole, "secrets", (int64_t)s->open);
	json_set_int(whole, "commits", (int64_t)s->commits);
	json_set(whole, "findings", list);
	json_set_list(whole, "unseen", &s->unseen);
	return whole;
}

/* --- SARIF ------------------------------------------------------------------------------------- */

static struct json *text_object(const char *key, const char *text)
{
	struct json *one = json_object();

	json_set_text(one, key, text);
	return one;
}

static struct json *sarif_location(const struct secret_finding *f)
{
	struct json *location = json_object(), *physical = json_object(), *region = json_object();

	json_set(physical, "artifactLocation",
		text_object("uri", *f->path && !strcmp(f->place, "file") ? f->path : "."));
	json_set_int(region, "startLine", f->line ? (int64_t)f->line : 1);
	json_set(physical, "region", region);
	json_set(location, "physicalLocation", physical);
	return location;
}

static struct json *sarif_result(const struct secret_finding *f)
{
	struct json *one = json_object(), *locations = json_array(), *prints = json_object();
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	secret_put_finding(f, &text);
	json_set_text(one, "ruleId", f->rule);
	json_set_text(one, "level", "error");
	json_set(one, "message", text_object("text", text.data));
	json_push(locations, sarif_location(f));
	json_set(one, "locations", locations);
	json_set_text(prints, "gitAgent/v1", f->print);
	json_set(one, "partialFingerprints", prints);
	if (f->allowed) {
		struct json *list = json_array(), *why = json_object();

		json_set_text(why, "kind", "external");
		json_set_text(why, "justification", f->allowed);
		json_push(list, why);
		json_set(one, "suppressions", list);
	}
	return one;
}

static struct json *sarif_rules(const struct secret_search *s)
{
	struct json *rules = json_array();

	for (size_t i = 0; i < s->len; i++) {
		struct json *rule;
		size_t before = 0;

		while (before < i && strcmp(s->items[before].rule, s->items[i].rule) != 0)
			before++;
		if (before < i)
			continue;
		rule = text_object("id", s->items[i].rule);
		json_set(rule, "shortDescription", text_object("text", s->items[i].description));
		json_push(rules, rule);
	}
	return rules;
}

struct json *secret_sarif(const struct secret_search *s)
{
	struct json *whole = json_object(), *runs = json_array(), *run = json_object();
	struct json *tool = json_object(), *driver = json_object(), *results = json_array();

	json_set_text(driver, "name", "git-agent");
	json_set_text(driver, "version", VERSION);
	json_set(driver, "rules", sarif_rules(s));
	json_set(tool, "driver", driver);
	for (size_t i = 0; i < s->len; i++)
		json_push(results, sarif_result(&s->items[i]));
	json_set(run, "tool", tool);
	json_set(run, "results", results);
	json_push(runs, run);
	json_set_text(whole, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_set_text(whole, "version", "2.1.0");
	json_set(whole, "runs", runs);
	return whole;
}
