/* The words for levels and networks; by themselves, so that what reads a policy links no sandbox. */
#include "base/alloc.h"
#include "port/sandbox.h"

#include <string.h>

static const char *const level_names[] = {
	[SANDBOX_NONE] = "none",
	[SANDBOX_EXTERNAL] = "external",
	[SANDBOX_PARTIAL] = "partial",
	[SANDBOX_FULL] = "full",
};

static const char *const network_names[] = {
	[NETWORK_NONE] = "none",
	[NETWORK_PROXY] = "proxy",
	[NETWORK_OPEN] = "open",
};

static int find_word(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i], word))
			return (int)i;
	return -1;
}

const char *sandbox_level_name(enum sandbox_level level)
{
	return level_names[level];
}

int sandbox_level_parse(const char *word, enum sandbox_level *out)
{
	int found = find_word(level_names, ARRAY_LEN(level_names), word);

	if (found < 0)
		return -1;
	*out = (enum sandbox_level)found;
	return 0;
}

const char *sandbox_network_name(enum sandbox_network network)
{
	return network_names[network];
}

int sandbox_network_parse(const char *word, enum sandbox_network *out)
{
	int found = find_word(network_names, ARRAY_LEN(network_names), word);

	if (found < 0)
		return -1;
	*out = (enum sandbox_network)found;
	return 0;
}
