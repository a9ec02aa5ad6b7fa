/* The record's JSON form; the schema is share/schema/runs.json. */
#include "base/alloc.h"
#include "core/run.h"
#include "port/json.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Members that are plain strings, in the order they are written. */
static const struct {
	const char *key;
	size_t offset;
} texts[] = {
	{"title", offsetof(struct run, title)},
	{"branch", offsetof(struct run, branch)},
	{"base", offsetof(struct run, base)},
	{"policy_hash", offsetof(struct run, policy_hash)},
	{"policy_origin", offsetof(struct run, policy_origin)},
	{"agent", offsetof(struct run, agent)},
	{"model", offsetof(struct run, model)},
	{"sandbox", offsetof(struct run, sandbox)},
	{"work_dir", offsetof(struct run, work_dir)},
};

/* Members that are strings kept in the record itself; "" is null. */
static const struct {
	const char *key;
	size_t offset, size;
} stamps[] = {
	{"base_oid", offsetof(struct run, base_oid), OID_MAX},
	{"head_oid", offsetof(struct run, head_oid), OID_MAX},
	{"started", offsetof(struct run, started), sizeof((struct run *)0)->started},
	{"finished", offsetof(struct run, finished), sizeof((struct run *)0)->finished},
};

static const char *null_if_empty(const char *text)
{
	return *text ? text : NULL;
}

static struct json *passes_to_json(const struct run *r)
{
	struct json *passes = json_array();

	for (size_t i = 0; i < r->passes_len; i++) {
		const struct run_pass *p = &r->passes[i];
		struct json *pass = json_object();

		json_set_int(pass, "number", p->number);
		json_set_text(pass, "end", null_if_empty(p->end));
		json_set_real(pass, "seconds", p->seconds);
		json_set_text(pass, "tip", null_if_empty(p->tip));
		json_set_text(pass, "tree", null_if_empty(p->tree));
		json_set_text(pass, "sealed", null_if_empty(p->sealed));
		json_set_text(pass, "gate", null_if_empty(p->gate));
		json_set_text(pass, "failed", null_if_empty(p->failed));
		json_set_text(pass, "failure", null_if_empty(p->failure));
		json_push(passes, pass);
	}
	return passes;
}

static struct json *gate_to_json(const struct run *r)
{
	struct json *gate = json_object();
	struct json *stages = json_array();

	for (size_t i = 0; i < r->stages_len; i++) {
		const struct run_stage *s = &r->stages[i];
		struct json *stage = json_object();

		json_set_text(stage, "name", s->name);
		json_set_text(stage, "status", s->status);
		json_set_text(stage, "detail", s->detail);
		json_set_real(stage, "seconds", s->seconds);
		json_set_bool(stage, "cached", s->cached);
		json_set_bool(stage, "flaky", s->flaky);
		json_push(stages, stage);
	}
	json_set_text(gate, "status", null_if_empty(r->gate_status));
	json_set(gate, "stages", stages);
	return gate;
}

static struct json *evidence_to_json(const struct run *r)
{
	struct json *list = json_array();

	for (size_t i = 0; i < r->evidence.len; i++)
		json_push(list, evidence_finding_json(&r->evidence.items[i]));
	return list;
}

static struct json *usage_to_json(const struct run *r)
{
	struct json *usage = json_object();

	if (r->input_tokens >= 0)
		json_set_int(usage, "input_tokens", r->input_tokens);
	else
		json_set(usage, "input_tokens", NULL);
	if (r->output_tokens >= 0)
		json_set_int(usage, "output_tokens", r->output_tokens);
	else
		json_set(usage, "output_tokens", NULL);
	if (r->cost_usd >= 0)
		json_set_real(usage, "cost_usd", r->cost_usd);
	else
		json_set(usage, "cost_usd", NULL);
	return usage;
}

static struct json *owner_to_json(const struct run *r)
{
	struct json *owner = json_object();

	json_set_int(owner, "pid", r->owner.pid);
	json_set_int(owner, "start", (int64_t)r->owner.start);
	json_set_text(owner, "boot", r->owner.boot);
	return owner;
}

struct json *run_to_json(const struct run *r)
{
	struct json *o = json_object(), *proposal = json_object(), *error = NULL;

	json_set_text(o, "id", r->id);
	json_set_text(o, "kind", run_kind_name(r->kind));
	json_set_text(o, "state", run_state_name(r->state));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		json_set_text(o, texts[i].key,
			*(char *const *)(const void *)((const char *)r + texts[i].offset));
	for (size_t i = 0; i < ARRAY_LEN(stamps); i++)
		json_set_text(o, stamps[i].key, null_if_empty((const char *)r + stamps[i].offset));
	json_set(o, "passes", passes_to_json(r));
	json_set(o, "gate", gate_to_json(r));
	json_set_list(o, "flags", &r->flags);
	json_set(o, "evidence", evidence_to_json(r));
	json_set_list(o, "overrides", &r->overrides);
	json_set(o, "usage", usage_to_json(r));
	json_set_bool(proposal, "pushed", r->pushed);
	json_set_text(proposal, "url", r->url);
	json_set_text(proposal, "oid", null_if_empty(r->proposed_oid));
	json_set(o, "proposal", proposal);
	if (r->error_code) {
		error = json_object();
		json_set_text(error, "code", r->error_code);
		json_set_text(error, "message", r->error_message);
		if (r->error_exit)
			json_set_int(error, "exit", r->error_exit);
	}
	json_set(o, "error", error);
	json_set(o, "owner", r->owner.pid ? owner_to_json(r) : NULL);
	return o;
}

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

static void passes_from_json(struct run *r, const struct json *passes)
{
	for (size_t i = 0; i < json_len(passes); i++) {
		const struct json *pass = json_at(passes, i);
		struct run_pass *p = run_add_pass(r);

		copy_text(p->end, sizeof p->end, json_text(pass, "end", NULL));
		copy_text(p->tip, sizeof p->tip, json_text(pass, "tip", NULL));
		copy_text(p->sealed, sizeof p->sealed, json_text(pass, "sealed", NULL));
		copy_text(p->tree, sizeof p->tree, json_text(pass, "tree", NULL));
		copy_text(p->gate, sizeof p->gate, json_text(pass, "gate", NULL));
		copy_text(p->failed, sizeof p->failed, json_text(pass, "failed", NULL));
		copy_text(p->failure, sizeof p->failure, json_text(pass, "failure", NULL));
		p->seconds = json_real(pass, "seconds", 0);
	}
}

static void gate_from_json(struct run *r, const struct json *gate)
{
	const struct json *stages = json_get(gate, "stages");

	copy_text(r->gate_status, sizeof r->gate_status, json_text(gate, "status", NULL));
	for (size_t i = 0; i < json_len(stages); i++) {
		const struct json *stage = json_at(stages, i);
		struct run_stage *s = run_add_stage(r, json_text(stage, "name", ""));

		copy_text(s->status, sizeof s->status, json_text(stage, "status", NULL));
		str_replace(&s->detail, json_text(stage, "detail", NULL));
		s->seconds = json_real(stage, "seconds", 0);
		s->cached = json_bool(stage, "cached", false);
		s->flaky = json_bool(stage, "flaky", false);
	}
}

static void evidence_from_json(struct run *r, const struct json *list)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *o = json_at(list, i);
		struct evidence_finding *f = evidence_add(&r->evidence, json_text(o, "name", ""),
			json_text(o, "path", NULL), (int)json_int(o, "line", 0),
			(long)json_int(o, "base", -1), (long)json_int(o, "now", -1),
			json_text(o, "detail", NULL));

		copy_text(f->status, sizeof f->status, json_text(o, "status", NULL));
	}
}

/* The members every record has, whatever wrote it; without them it is none. */
static int head_from_json(struct run *r, const struct json *json, struct fault *why)
{
	const char *id = json_text(json, "id", "");
	int state = run_state_parse(json_text(json, "state", ""));
	const char *kind = json_text(json, "kind", "");

	if (!run_name_valid(id))
		return fault_set(why, EXIT_FATAL, "no run record: bad or missing 'id'");
	if (state < 0)
		return fault_set(why, EXIT_FATAL, "no run record: bad or missing 'state'");
	str_replace(&r->id, id);
	r->state = (enum run_state)state;
	r->kind = RUN_KIND_ISSUE;
	for (enum run_kind k = RUN_KIND_ISSUE; k <= RUN_KIND_HEAL; k++)
		if (!strcmp(kind, run_kind_name(k)))
			r->kind = k;
	return 0;
}

int run_from_json(struct run *r, const struct json *json, struct fault *why)
{
	const struct json *usage = json_get(json, "usage"), *owner = json_get(json, "owner");
	const struct json *proposal = json_get(json, "proposal"), *error = json_get(json, "error");

	if (head_from_json(r, json, why) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		str_replace((char **)(void *)((char *)r + texts[i].offset),
			json_text(json, texts[i].key, NULL));
	for (size_t i = 0; i < ARRAY_LEN(stamps); i++)
		copy_text((char *)r + stamps[i].offset, stamps[i].size,
			json_text(json, stamps[i].key, NULL));
	passes_from_json(r, json_get(json, "passes"));
	gate_from_json(r, json_get(json, "gate"));
	json_list(json, "flags", &r->flags);
	evidence_from_json(r, json_get(json, "evidence"));
	json_list(json, "overrides", &r->overrides);
	r->input_tokens = json_int(usage, "input_tokens", -1);
	r->output_tokens = json_int(usage, "output_tokens", -1);
	r->cost_usd = json_real(usage, "cost_usd", -1);
	r->pushed = json_bool(proposal, "pushed", false);
	str_replace(&r->url, json_text(proposal, "url", NULL));
	copy_text(r->proposed_oid, sizeof r->proposed_oid, json_text(proposal, "oid", NULL));
	str_replace(&r->error_code, json_text(error, "code", NULL));
	r->error_exit = (int)json_int(error, "exit", 0);
	str_replace(&r->error_message, json_text(error, "message", NULL));
	r->owner.pid = (pid_t)json_int(owner, "pid", 0);
	r->owner.start = (uint64_t)json_int(owner, "start", 0);
	copy_text(r->owner.boot, sizeof r->owner.boot, json_text(owner, "boot", NULL));
	return 0;
}
