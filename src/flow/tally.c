/*
 * flow/tally.c - how often each node and entry was executed in one call
 */
#include "base/mem.h"
#include "flow/tally.h"

enum {
	ROOM_START = 32, /* a power of two */
};

struct tally {
	struct tally_row *rowv;
	uint32_t room, used;
};

static void tally_destructor(void *arg)
{
	struct tally *tally = arg;

	mem_deref(tally->rowv);
}

int tally_alloc(struct tally **tallyp)
{
	struct tally *tally;

	tally = mem_zalloc(sizeof(*tally), tally_destructor);
	if (!tally)
		return ENOMEM;

	tally->room = ROOM_START;
	tally->rowv = mem_zalloc(ROOM_START * sizeof(*tally->rowv), NULL);
	if (!tally->rowv) {
		mem_deref(tally);
		return ENOMEM;
	}
	*tallyp = tally;

	return 0;
}

static struct tally_row *find(const struct tally *tally, uint32_t key)
{
	uint32_t i = key * 2654435761u & (tally->room - 1);

	while (tally->rowv[i].key && tally->rowv[i].key != key)
		i = (i + 1) & (tally->room - 1);

	return &tally->rowv[i];
}

static bool grow(struct tally *tally)
{
	struct tally bigger = {.room = 2 * tally->room, .used = tally->used};

	bigger.rowv = mem_zalloc(bigger.room * sizeof(*bigger.rowv), NULL);
	if (!bigger.rowv)
		return false;

	for (uint32_t i = 0; i < tally->room; i++)
		if (tally->rowv[i].key)
			*find(&bigger, tally->rowv[i].key) = tally->rowv[i];
	mem_deref(tally->rowv);
	*tally = bigger;

	return true;
}

uint32_t tally_count(const struct tally *tally, uint32_t key)
{
	return find(tally, key)->count;
}

struct tally_row *tally_row(struct tally *tally, uint32_t key)
{
	struct tally_row *row = find(tally, key);

	if (row->key)
		return row;

	if (4 * (tally->used + 1) > 3 * tally->room) {
		if (!grow(tally))
			return NULL;
		row = find(tally, key);
	}
	row->key = key;
	tally->used++;

	return row;
}
