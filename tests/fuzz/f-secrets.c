/* The scanner: any text; what it tells lies in the text, in order. */
#include "core/guard_secrets.h"
#include "fuzz.h"

static size_t fuzz_len;

static void look_at(void *state, const struct secret_hit *hit)
{
	size_t *last = state;

	must(hit->start < hit->end && hit->end <= fuzz_len && hit->start >= *last && hit->len > 0);
	*last = hit->start;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct secrets *set, *lenient;
	size_t last = 0;

	if (!set) {
		set = secrets_new();
		lenient = secrets_new();
		secrets_lenient(lenient);
	}
	fuzz_len = size;
	secrets_scan(set, (const char *)data, size, look_at, &last);
	last = 0;
	secrets_scan(lenient, (const char *)data, size, look_at, &last);
	return 0;
}
