/*
 * speech/tally.c - what each service did since the program began
 */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "speech/tally.h"

static struct row {
	struct tally tally;
	struct tally_sum takenv[TALLY_USES];
} rowv[TALLY_SERVICES_MAX];
static size_t rowc;

const struct tally *tally_at(size_t i)
{
	return i < rowc ? &rowv[i].tally : NULL;
}

static struct tally *find(const char *name)
{
	for (size_t i = 0; i < rowc; i++) {
		if (!strcmp(rowv[i].tally.name, name))
			return &rowv[i].tally;
	}

	return NULL;
}

const struct tally *tally_find(const char *name)
{
	return find(name);
}

struct tally_sum tally_all(const struct tally *tally)
{
	struct tally_sum all = {.requests = 0};

	for (size_t use = 0; tally && use < TALLY_USES; use++) {
		all.requests += tally->sumv[use].requests;
		all.chars += tally->sumv[use].chars;
		all.audio_ms += tally->sumv[use].audio_ms;
	}

	return all;
}

/* NULL: there are too many. */
static struct tally *tally_of(const char *name)
{
	struct tally *tally = find(name);

	if (tally || rowc == TALLY_SERVICES_MAX)
		return tally;

	tally = &rowv[rowc++].tally;
	(void)text_copy(tally->name, sizeof(tally->name), name);

	return tally;
}

void tally_add(const char *name, enum tally_use use,
               const struct tally_sum *sum)
{
	struct tally *tally = tally_of(name);

	if (!tally)
		return;

	tally->sumv[use].requests += sum->requests;
	tally->sumv[use].chars += sum->chars;
	tally->sumv[use].audio_ms += sum->audio_ms;
}

void tally_worked(const char *name)
{
	struct tally *tally = tally_of(name);

	if (tally)
		tally->worked_ms = clock_wall_ms();
}

void tally_failed(const char *name, const char *why)
{
	struct tally *tally = tally_of(name);

	if (!tally)
		return;

	tally->failures++;
	tally->failed_ms = clock_wall_ms();
	(void)text_copy(tally->why, sizeof(tally->why), why);
}

void tally_keys(const char *name, const struct keys *keys)
{
	struct tally *tally = tally_of(name);

	if (tally && !tally->keys)
		tally->keys = keys;
}

void tally_keys_gone(const char *name, const struct keys *keys)
{
	struct tally *tally = find(name);

	if (tally && tally->keys == keys)
		tally->keys = NULL;
}

bool tally_take(size_t i, enum tally_use use, struct tally_sum *sum)
{
	const struct tally_sum *all = &rowv[i].tally.sumv[use];
	struct tally_sum *taken = &rowv[i].takenv[use];

	*sum = (struct tally_sum){
		.requests = all->requests - taken->requests,
		.chars = all->chars - taken->chars,
		.audio_ms = all->audio_ms - taken->audio_ms,
	};
	*taken = *all;

	return sum->requests || sum->chars || sum->audio_ms;
}
