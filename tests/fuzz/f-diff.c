/* What git log -p prints, in pieces: what is told is added, and the same however the pieces are cut. */
#include "core/diff_lines.h"
#include "fuzz.h"

static int on_commit(
	void *state, const char *oid, const char *message, size_t len, struct fault *why)
{
	(void)why;
	buf_puts(state, oid);
	buf_add(state, message, len);
	return 0;
}

static int on_file(void *state, const char *path, struct fault *why)
{
	(void)why;
	must(*path);
	buf_puts(state, path);
	return 0;
}

static int on_added(
	void *state, const char *path, size_t line, const char *text, size_t len, struct fault *why)
{
	(void)why;
	(void)line;
	must(len && text[len - 1] == '\n');
	buf_puts(state, path);
	buf_add(state, text, len);
	return 0;
}

static int on_binary(
	void *state, const char *path, const char *old_oid, const char *new_oid, struct fault *why)
{
	(void)why;
	must(strlen(old_oid) <= 64 && strlen(new_oid) <= 64);
	buf_puts(state, path);
	return 0;
}

static int on_object(
	void *state, const char *path, unsigned mode, const char *oid, struct fault *why)
{
	(void)why;
	must(*path && (strlen(oid) == 40 || strlen(oid) == 64));
	buf_printf(state, "%s %o %s", path, mode, oid);
	return 0;
}

static int read_in_pieces(const uint8_t *bytes, size_t len, size_t piece, struct buf *told)
{
	const struct diff_sink sink = {told, on_commit, on_file, on_added, on_binary, on_object};
	CLEANUP(diff_lines_release) struct diff_lines d;
	CLEANUP(buf_release) struct buf part = BUF_INIT;
	struct fault why = FAULT_INIT;
	int rc = 0;

	diff_lines_init(&d, &sink);
	for (size_t at = 0; at < len && !rc; at += piece) {
		buf_add(&part, bytes + at, len - at < piece ? len - at : piece);
		rc = diff_lines_feed(&d, &part, &why);
	}
	if (!rc)
		rc = diff_lines_end(&d, &why);
	must(!rc || why.message[0]);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(buf_release) struct buf whole = BUF_INIT, pieces = BUF_INIT;
	int a = read_in_pieces(bytes, len, len + 1, &whole),
	    b = read_in_pieces(bytes, len, 7, &pieces);

	must(a == b);
	if (!a)
		must(whole.len == pieces.len && !memcmp(whole.data, pieces.data, whole.len));
	return 0;
}
