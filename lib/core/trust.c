#include "core/trust.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "port/clock.h"
#include "port/hash.h"

#include <string.h>

#define TRUST_MAX (16 * 1024 * 1024) /* bytes of the file */
#define HEX_LEN   (HASH_HEX_SIZE - 1)

struct ledger {
	char *path, *policy_path, *lock_path;
	struct buf text;
	struct fs_lock lock;
};

static void ledger_release(struct ledger *l)
{
	fs_unlock(&l->lock);
	str_free(&l->path);
	str_free(&l->policy_path);
	str_free(&l->lock_path);
	buf_release(&l->text);
}

static int ledger_open(struct ledger *l, const char *state_dir, bool write, struct fault *why)
{
	*l = (struct ledger){.text = BUF_INIT, .lock = FS_LOCK_INIT};
	l->path = fs_join(state_dir, "trust");
	l->policy_path = fs_join(state_dir, "trusted-policy");
	l->lock_path = fs_join(state_dir, "trust.lock");
	if (write &&
		(fs_mkdirs(state_dir, 0755, why) || fs_lock(&l->lock, l->lock_path, true, why)))
		return -1;
	return fs_read(l->path, &l->text, TRUST_MAX, why) < 0 ? -1 : 0;
}

/* false: there is nothing to trust. */
static bool hash_commands(const struct policy *p, char hex[HASH_HEX_SIZE])
{
	CLEANUP(vec_release) struct vec commands = VEC_INIT;
	CLEANUP(buf_release) struct buf joined = BUF_INIT;

	policy_commands(p, &commands);
	for (size_t i = 0; i < commands.len; i++)
		buf_printf(&joined, "%s\n", commands.items[i]);
	hash_hex(joined.data, joined.len, hex);
	return commands.len > 0;
}

/* The line's start within the text, NULL where no line has the hash; *next is what follows it. */
static char *find_line(const struct buf *text, const char *hex, char **next)
{
	for (char *line = text->data; *line; line = *next) {
		size_t len = strcspn(line, "\n");

		*next = line + len + (line[len] == '\n');
		if (len >= HEX_LEN && !memcmp(line, hex, HEX_LEN) &&
			(len == HEX_LEN || line[HEX_LEN] == ' '))
			return line;
	}
	return NULL;
}

int trust_check(const char *state_dir, const struct policy *p, struct fault *why)
{
	CLEANUP(ledger_release) struct ledger ledger;
	char hex[HASH_HEX_SIZE], *next;
	bool any = hash_commands(p, hex);

	if (ledger_open(&ledger, state_dir, false, why))
		return -1;
	return !any || find_line(&ledger.text, hex, &next) ? 0 : 1;
}

int trust_add(const char *state_dir, const struct policy *p, struct fault *why)
{
	CLEANUP(ledger_release) struct ledger ledger;
	CLEANUP(buf_release) struct buf line = BUF_INIT;
	char hex[HASH_HEX_SIZE], stamp[CLOCK_STAMP_SIZE], *next;
	bool any = hash_commands(p, hex);

	if (ledger_open(&ledger, state_dir, true, why))
		return -1;
	if (p->blob && fs_write(ledger.policy_path, p->blob, strlen(p->blob), 0644, why))
		return -1;
	if (!any || find_line(&ledger.text, hex, &next))
		return 0;
	clock_stamp(stamp);
	buf_printf(&line, "%s %s", hex, stamp);
	return fs_append_line(ledger.path, line.data, why);
}

/* What the hook goes by is taken back too where it is this policy. */
static int forget_policy(const struct ledger *l, const struct policy *p, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int found = fs_read(l->policy_path, &text, TRUST_MAX, why);

	if (found < 0)
		return -1;
	if (found == 1 || !p->blob || strcmp(text.data, p->blob) != 0)
		return 0;
	return fs_remove(l->policy_path, why);
}

int trust_remove(const char *state_dir, const struct policy *p, struct fault *why)
{
	CLEANUP(ledger_release) struct ledger ledger;
	char hex[HASH_HEX_SIZE], *line, *next;
	bool changed = false;

	hash_commands(p, hex);
	if (ledger_open(&ledger, state_dir, true, why))
		return -1;
	while ((line = find_line(&ledger.text, hex, &next))) {
		buf_splice(&ledger.text, (size_t)(line - ledger.text.data), (size_t)(next - line),
			"", 0);
		changed = true;
	}
	if (changed && fs_write(ledger.path, ledger.text.data, ledger.text.len, 0644, why))
		return -1;
	return forget_policy(&ledger, p, why);
}
