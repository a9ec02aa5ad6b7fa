#include "base/keywords.h"
#include "base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STATES_MAX 65535

struct node {                 /* of the trie the words make */
	uint32_t first, next; /* child and sibling; 0: none */
	uint32_t out;         /* the first of its hits, counted from 1; 0: none */
	uint16_t fail;        /* the longest other beginning that its end is */
	uint8_t class;
};

struct hit {
	uint32_t id, next; /* as node.out */
};

struct keywords {
	struct node *nodes;
	size_t len, cap;
	struct hit *hits;
	size_t hits_len, hits_cap;
	uint8_t classes[256]; /* 0: a byte that is in no word */
	unsigned classes_len, shift;
	/* After the build. States are numbered so that those with hits come last: one comparison tells. */
	uint16_t *table;
	uint32_t *outs; /* of state first_out and above */
	uint32_t first_out;
};

static unsigned char folded(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

struct keywords *keywords_new(void)
{
	struct keywords *k = xcalloc(1, sizeof *k);

	GROW(k->nodes, k->len, k->cap);
	k->nodes[k->len++] = (struct node){.first = 0};
	k->classes_len = 1;
	return k;
}

static uint8_t class_of(struct keywords *k, unsigned char c)
{
	c = folded(c);
	if (!k->classes[c])
		k->classes[c] = (uint8_t)k->classes_len++;
	return k->classes[c];
}

static uint32_t child_of(const struct keywords *k, uint32_t parent, uint8_t class)
{
	uint32_t at = k->nodes[parent].first;

	while (at && k->nodes[at].class != class)
		at = k->nodes[at].next;
	return at;
}

static uint32_t make_child(struct keywords *k, uint32_t parent, uint8_t class)
{
	if (k->len >= STATES_MAX)
		abort();
	GROW(k->nodes, k->len, k->cap);
	k->nodes[k->len] = (struct node){.class = class, .next = k->nodes[parent].first};
	k->nodes[parent].first = (uint32_t)k->len;
	return (uint32_t)k->len++;
}

void keywords_add(struct keywords *k, const char *word, size_t len, uint32_t id)
{
	uint32_t at = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t class = class_of(k, (unsigned char)word[i]);
		uint32_t next = child_of(k, at, class);

		at = next ? next : make_child(k, at, class);
	}
	GROW(k->hits, k->hits_len, k->hits_cap);
	k->hits[k->hits_len++] = (struct hit){.id = id, .next = k->nodes[at].out};
	k->nodes[at].out = (uint32_t)k->hits_len;
}

/* The hits of a node are its own and those of the shorter words that end there too: one chain, which ends in theirs. */
static void join_hits(struct keywords *k, struct node *node)
{
	uint32_t more = k->nodes[node->fail].out, last = node->out;

	if (!last) {
		node->out = more;
		return;
	}
	while (k->hits[last - 1].next)
		last = k->hits[last - 1].next;
	k->hits[last - 1].next = more;
}

/* Fills `order` with the nodes, nearest to the root first, and the rows of the table, by node. */
static void walk(struct keywords *k, uint32_t *order, uint16_t *rows)
{
	size_t stride = (size_t)1 << k->shift, head = 0, tail = 0;

	order[tail++] = 0;
	while (head < tail) {
		uint32_t at = order[head++];
		struct node *node = &k->nodes[at];
		uint16_t *row = rows + at * stride;

		/* Where it does not go on, it goes on as what its end is the beginning of. */
		if (at)
			memcpy(row, rows + node->fail * stride, stride * sizeof *row);
		for (uint32_t child = node->first; child; child = k->nodes[child].next) {
			k->nodes[child].fail = at ? row[k->nodes[child].class] : 0;
			row[k->nodes[child].class] = (uint16_t)child;
			order[tail++] = child;
		}
		if (at)
			join_hits(k, node);
	}
}

/* The numbers in the table become those of the states: the nodes in order, those with hits after the others. */
static void number(struct keywords *k, const uint32_t *order, const uint16_t *rows)
{
	size_t stride = (size_t)1 << k->shift, state = 0;
	uint16_t *states = xcalloc(k->len, sizeof *states);

	for (int with = 0; with < 2; with++) {
		if (with)
			k->first_out = (uint32_t)state;
		for (size_t i = 0; i < k->len; i++)
			if ((k->nodes[order[i]].out != 0) == with)
				states[order[i]] = (uint16_t)state++;
	}
	k->table = xcalloc(k->len * stride, sizeof *k->table);
	k->outs = xcalloc(k->len - k->first_out + 1, sizeof *k->outs);
	for (size_t i = 0; i < k->len; i++) {
		uint16_t *row = k->table + states[i] * stride;

		for (size_t c = 0; c < k->classes_len; c++)
			row[c] = states[rows[i * stride + c]];
		if (states[i] >= k->first_out)
			k->outs[states[i] - k->first_out] = k->nodes[i].out;
	}
	free(states);
}

void keywords_build(struct keywords *k)
{
	uint32_t *order = xcalloc(k->len, sizeof *order);
	uint16_t *rows;

	while ((1U << k->shift) < k->classes_len)
		k->shift++;
	rows = xcalloc(k->len << k->shift, sizeof *rows);
	for (int c = 'A'; c <= 'Z'; c++)
		k->classes[c] = k->classes[folded((unsigned char)c)];
	walk(k, order, rows);
	number(k, order, rows);
	free(rows);
	free(order);
	free(k->nodes);
	k->nodes = NULL;
}

void keywords_free(struct keywords **k)
{
	if (!*k)
		return;
	free((*k)->nodes);
	free((*k)->hits);
	free((*k)->table);
	free((*k)->outs);
	free(*k);
	*k = NULL;
}

int keywords_next(
	const struct keywords *k, const char *bytes, size_t len, size_t *at, uint32_t *state)
{
	const unsigned char *p = (const unsigned char *)bytes + *at;
	const unsigned char *end = (const unsigned char *)bytes + len;
	const uint16_t *table = k->table;
	const uint8_t *classes = k->classes;
	const uint32_t first = k->first_out;
	const unsigned shift = k->shift;
	uint32_t s = *state;

	while (p < end) {
		s = table[(s << shift) + classes[*p++]];
		if (s >= first) {
			*at = (size_t)(p - (const unsigned char *)bytes);
			*state = s;
			return 1;
		}
	}
	*at = len;
	*state = s;
	return 0;
}

int keywords_hit(const struct keywords *k, uint32_t state, uint32_t *hit, uint32_t *id)
{
	uint32_t at = *hit ? k->hits[*hit - 1].next : k->outs[state - k->first_out];

	if (!at)
		return 0;
	*hit = at;
	*id = k->hits[at - 1].id;
	return 1;
}
