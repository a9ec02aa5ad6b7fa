#include "base/keywords.h"
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define FLAG \
	0x8000U /* in the table: words end in this state, so that one comparison tells of both */
#define UNKNOWN 0xffffU /* not yet asked for */
#define ROWS_MAX \
	0x7fffU /* as many as there are numbers without the flag, and UNKNOWN is none with it */

#define UNSETTLED UINT32_MAX

struct node {                 /* of the trie the words make */
	uint32_t first, next; /* child and sibling; 0: none */
	uint32_t out;         /* the first of its hits, counted from 1; 0: none */
	uint32_t parent;
	uint32_t fail; /* the longest other beginning that its end is; UNSETTLED */
	uint16_t row;  /* of the table; 0: it has none, or is the root */
	uint8_t class;
};

struct hit {
	uint32_t id, next; /* as node.out */
};

/*
 * The table has a row for each state that a text has led to, and in it what each byte leads to, filled in when it is first asked
 * for; so are a node's fail and the hits it has from there. A short text meets few of the thousands of states, and to settle all of
 * them takes as long as to start a process.
 */
struct keywords {
	struct node *nodes;
	size_t len, cap;
	struct hit *hits;
	size_t hits_len, hits_cap;
	uint8_t classes[256]; /* 0: a byte that is in no word */
	unsigned classes_len, shift;
	uint32_t root[256]; /* the root's children, by class */
	uint16_t *table;
	uint32_t *states; /* a row's node */
	size_t rows, rows_cap;
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

	if (!parent)
		return k->root[class];
	while (at && k->nodes[at].class != class)
		at = k->nodes[at].next;
	return at;
}

static uint32_t make_child(struct keywords *k, uint32_t parent, uint8_t class)
{
	GROW(k->nodes, k->len, k->cap);
	k->nodes[k->len] = (struct node){.class = class,
		.parent = parent,
		.fail = UNSETTLED,
		.next = k->nodes[parent].first};
	k->nodes[parent].first = (uint32_t)k->len;
	if (!parent)
		k->root[class] = (uint32_t)k->len;
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

static uint32_t fail_of(struct keywords *k, uint32_t at);

/* Where a byte leads. A beginning that does not go on goes on as what its end is the beginning of. */
static uint32_t follow(struct keywords *k, uint32_t at, uint8_t class)
{
	uint32_t next;

	while (!(next = child_of(k, at, class)) && at)
		at = fail_of(k, at);
	return next;
}

/* Of a node whose parent is settled. What it needs of other nodes is nearer to the root, so this ends. */
static void settle(struct keywords *k, uint32_t at)
{
	struct node *node = &k->nodes[at];

	node->fail = node->parent ? follow(k, k->nodes[node->parent].fail, node->class) : 0;
	fail_of(k, node->fail);
	join_hits(k, node);
}

static uint32_t fail_of(struct keywords *k, uint32_t at)
{
	while (k->nodes[at].fail == UNSETTLED) {
		uint32_t top = at;

		while (k->nodes[k->nodes[top].parent].fail == UNSETTLED)
			top = k->nodes[top].parent;
		settle(k, top);
	}
	return k->nodes[at].fail;
}

static void forget_rows(struct keywords *k)
{
	for (size_t i = 0; i < k->rows; i++)
		k->nodes[k->states[i]].row = 0;
	k->rows = 0;
}

/* Gives the node a row, of which nothing is known but where a byte that is in no word leads. */
static void add_row(struct keywords *k, uint32_t at)
{
	size_t stride = (size_t)1 << k->shift;

	if (k->rows == k->rows_cap) {
		k->rows_cap = k->rows_cap ? 2 * k->rows_cap : 64;
		k->table = xrealloc(k->table, k->rows_cap * stride * sizeof *k->table);
		k->states = xrealloc(k->states, k->rows_cap * sizeof *k->states);
	}
	memset(k->table + k->rows * stride, 0xff, stride * sizeof *k->table);
	k->table[k->rows * stride] = 0;
	k->states[k->rows] = at;
	k->nodes[at].row = (uint16_t)k->rows++;
}

/* The row of a node, which gets one. All others may go for it, but never the root's, which is the first. */
static uint32_t row_of(struct keywords *k, uint32_t at)
{
	if (at && !k->nodes[at].row) {
		if (k->rows >= ROWS_MAX) {
			forget_rows(k);
			add_row(k, 0);
		}
		add_row(k, at);
	}
	return k->nodes[at].row;
}

void keywords_build(struct keywords *k)
{
	while ((1U << k->shift) < k->classes_len)
		k->shift++;
	for (int c = 'A'; c <= 'Z'; c++)
		k->classes[c] = k->classes[folded((unsigned char)c)];
	add_row(k, 0);
}

void keywords_free(struct keywords **k)
{
	if (!*k)
		return;
	free((*k)->nodes);
	free((*k)->hits);
	free((*k)->table);
	free((*k)->states);
	free(*k);
	*k = NULL;
}

/* Fills in one place of the table, which it returns. */
static uint32_t learn(struct keywords *k, uint32_t row, uint8_t class)
{
	uint32_t from = k->states[row], to = follow(k, from, class), entry;

	fail_of(k, to);
	entry = row_of(k, to) | (k->nodes[to].out ? FLAG : 0);

	/* Where rows were forgotten, that of `from` may be another's by now. */
	if (row < k->rows && k->states[row] == from)
		k->table[((size_t)row << k->shift) + class] = (uint16_t)entry;
	return entry;
}

int keywords_next(struct keywords *k, const char *bytes, size_t len, size_t *at, uint32_t *state)
{
	const unsigned char *p = (const unsigned char *)bytes + *at;
	const unsigned char *end = (const unsigned char *)bytes + len;
	const uint8_t *classes = k->classes;
	const uint16_t *table;
	const unsigned shift = k->shift;
	uint32_t s = row_of(k, *state), next;

	table = k->table;
	while (p < end) {
		uint8_t class = classes[*p++];

		next = table[(s << shift) + class];
		if (next >= FLAG) {
			if (next == UNKNOWN) {
				next = learn(k, s, class);
				table = k->table;
			}
			s = next & ~FLAG;
			if (next & FLAG) {
				*at = (size_t)(p - (const unsigned char *)bytes);
				*state = k->states[s];
				return 1;
			}
		}
		s = next;
	}
	*at = len;
	*state = k->states[s];
	return 0;
}

int keywords_hit(const struct keywords *k, uint32_t state, uint32_t *hit, uint32_t *id)
{
	uint32_t at = *hit ? k->hits[*hit - 1].next : k->nodes[state].out;

	if (!at)
		return 0;
	*hit = at;
	*id = k->hits[at - 1].id;
	return 1;
}
