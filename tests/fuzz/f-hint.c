/* What a command that failed in its box printed, searched for what the box kept from it. */
#include "core/box_hint.h"
#include "fuzz.h"

#define SAID_MAX  65536
#define SHORT_MAX 24

static void look(const uint8_t *bytes, size_t len, size_t times)
{
	static const struct vec closed = VEC_INIT;
	const struct box_keys keys = {"[gate \"tests\"]", "network", "env", ".gitagent", &closed};
	CLEANUP(buf_release) struct buf said = BUF_INIT, out = BUF_INIT;
	CLEANUP(box_release) struct box box;

	while (times--)
		buf_add(&said, bytes, len);
	box_init(&box);
	box.level = sandbox_reach();
	box.dir = box.home = box.tmp = "/tmp";
	vec_push(&box.argv, "true");
	if (box_hint(&box, &keys, said.data, said.len, &out) != TROUBLE_NONE)
		must(out.len && !memchr(out.data, '\n', out.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	look(bytes, len, 1);
	if (len && len <= SHORT_MAX)
		look(bytes, len, SAID_MAX / len);
	return 0;
}
