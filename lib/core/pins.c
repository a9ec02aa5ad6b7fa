#include "core/pins.h"
#include "base/alloc.h"
#include "base/fs.h"

static const char *const kinds[] = {"base", "head"};

int pins_unlock(const struct repo *repo, const char *run, struct fault *why)
{
	for (size_t i = 0; !repo->reftable && i < ARRAY_LEN(kinds); i++) {
		CLEANUP(buf_release) struct buf path = BUF_INIT;

		buf_printf(&path, "%s/refs/agent/%s/%s.lock", repo->common_dir, kinds[i], run);
		if (fs_remove(path.data, why) < 0)
			return -1;
	}
	return 0;
}

int pins_delete(struct repo *repo, const char *run, struct fault *why)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		CLEANUP(buf_release) struct buf ref = BUF_INIT;

		buf_printf(&ref, "refs/agent/%s/%s", kinds[i], run);
		if (repo_ref_delete(repo, ref.data, NULL, why) < 0)
			return -1;
	}
	return 0;
}
