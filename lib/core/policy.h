/*
 * policy: what is in force for one base commit: built-in < .gitagent at the base < git config <
 * GIT_AGENT_* < flags. One table of keys (policy_keys.c) says where each lives, its kind and its built-in.
 */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/hash.h"
#include "port/sandbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_KEYS_MAX 96
#define STAGE_KEYS_MAX  10

struct policy_mark { /* where a key's value comes from; policy.c's own */
	unsigned char layer;
	int line; /* in the policy file; 0: not given there */
};

struct gate_stage {
	char *name;
	char *run; /* one line for sh -c */
	char *dir; /* below the checkout; "" is its root */
	int64_t timeout_ms;
	struct vec when; /* path globs; empty: always */
	struct vec env;  /* variables passed from the launching environment */
	enum sandbox_network network;
	bool evidence;
	bool cache;
	struct policy_mark marks[STAGE_KEYS_MAX];
};

struct policy_secret {                  /* [secret "name"] */
	char *name, *pattern, *keyword; /* as guard_secrets takes them */
};

struct policy {
	char *file;   /* the policy file's name, ".gitagent" unless agent.policyFile renames it */
	char *origin; /* for people: ".gitagent at 1a2b3c4", ".git/agent/policy", "built-in policy" */
	char *blob;   /* bytes of the file in force; NULL: none */
	bool local;   /* in force is .git/agent/policy: reports say so */

	/* [agent] */
	char *backend, *command, *model, *conventions, *base, *branch_prefix, *work_root;
	struct vec agent_env, agent_login, agent_read;
	char *agent_network; /* "auto", or a mode's name: see agent_mode */
	int64_t keep_for_ms;
	bool spare;
	/* [limits] */
	int fixes, concurrent, processes;
	int64_t wall_ms, idle_ms, output_bytes, disk_bytes;
	int64_t memory_bytes, file_bytes; /* 0: as the launching process has it */
	/* [protect] */
	struct vec branches, paths;
	char *protect_from;
	/* [push], [propose] and [server] */
	int64_t push_size, push_file, push_budget_ms; /* bytes; 0: no limit */
	int push_depth, push_refs;                    /* 0: no limit */
	char *push_force;                             /* "own" or "any" */
	bool require_verdict, auto_push, notes;
	struct vec server_allow;
	char *server_who, *server_merge; /* NAME, or NAME=value */
	/* [gate] and [gate "name"] */
	int jobs;
	bool fail_fast, rerun;
	char *baseline;
	int64_t cache_for_ms, cache_bytes;
	struct gate_stage *stages;
	size_t stages_len, stages_cap;
	/* [evidence] */
	struct vec evidence_paths;
	bool replay, vacuous;
	char *evidence_mode; /* "auto": block where it heals, else flag */
	/* [secrets] and [secret "name"] */
	char *secrets_mode;
	struct policy_secret *secrets;
	size_t secrets_len, secrets_cap;
	/* [sandbox] */
	enum sandbox_level require;
	struct vec read, write; /* paths opened to every box of a run: see core/opened.h */
	bool ptrace;
	struct vec hosts; /* for boxes with network = proxy, as in port/proxy_hosts.h */
	/* [worktree] */
	bool filters;
	struct vec setup; /* each one line for sh -c */
	enum sandbox_network setup_network;
	struct vec setup_inputs, copy;
	/* [commit] */
	char *commit_subject; /* template: {title} {run}; NULL: the title */

	struct vec overrides;     /* "limits.wall = 5m (git config)", "fixes = 0 (--fixes)" ... */
	struct vec warnings;      /* unknown keys with the nearest known name, one line each */
	char hash[HASH_HEX_SIZE]; /* of the effective policy's canonical text; set by policy_seal */
	struct policy_mark marks[POLICY_KEYS_MAX];
};

/* Starts with the built-ins. */
void policy_init(struct policy *p);
void policy_release(struct policy *p);

/* Lays the policy file's text over what is there. Faults name file, line, key and what was expected. */
int policy_read(
	struct policy *p, const char *text, size_t len, const char *file, struct fault *why);

/* Lays one git config entry over it ("agent.limits.wall"); keys that are not a policy's are ignored. */
int policy_config(struct policy *p, const char *key, const char *value, struct fault *why);

/* Lays every GIT_AGENT_<SECTION>_<KEY> (and GIT_AGENT_<KEY> for [agent]) of the environment over it. */
int policy_environ(struct policy *p, const char *const *env, struct fault *why);

/* Lays one value given as a flag over it: key "limits.fixes", shown as `flag` ("--fixes"). */
int policy_flag(
	struct policy *p, const char *key, const char *value, const char *flag, struct fault *why);

/* Checks what only the whole can tell (stage without run, ...) and computes the hash. */
int policy_seal(struct policy *p, struct fault *why);

/* The canonical text that is hashed and that --dry-run prints: every key, sorted as in the table. */
void policy_write(const struct policy *p, struct buf *out);

/*
 * Appends what the policy file asks a person to trust, one line each: the commands it would run ("gate tests: pytest -q",
 * "setup: npm ci", "agent: my-agent"), and what it would open to them ("gate tests network: open", "agent env: KEY",
 * "copy: .env", "hosts: example.com", "sandbox: none"). What git config, the environment or a flag says is the person's own.
 */
void policy_commands(const struct policy *p, struct vec *out);

struct gate_stage *policy_stage(struct policy *p, const char *name); /* found or added */

#endif
