/*
 * cli/metering.c - what speech services did goes into the store
 */
#include <assert.h>
#include "base/clock.h"
#include "base/mem.h"
#include <re_tmr.h>
#include "cli/metering.h"
#include "speech/tally.h"

enum {
	ROUND_MS = 60000,
};

struct metering {
	struct store *store;
	struct tmr tmr;
};

static struct store_used used_of(const struct tally_sum *sum)
{
	return (struct store_used){sum->requests, sum->chars, sum->audio_ms};
}

void metering_write(struct store *store)
{
	const struct tally *tally;

	for (size_t i = 0; (tally = tally_at(i)); i++) {
		struct tally_sum in_calls, beside;
		bool is_any = tally_take(i, TALLY_CALL, &in_calls);

		is_any = tally_take(i, TALLY_BESIDE, &beside) || is_any;
		const struct store_usage usage = {
			.service = tally->name,
			.day_ms = clock_wall_ms(),
			.all = {in_calls.requests + beside.requests,
		                in_calls.chars + beside.chars,
		                in_calls.audio_ms + beside.audio_ms},
			.beside = used_of(&beside),
		};

		/* What cannot even be queued the store tells by itself. */
		if (is_any)
			(void)store_usage_add(store, &usage);
	}
}

static void destructor(void *arg)
{
	struct metering *metering = arg;

	tmr_cancel(&metering->tmr);
	metering_write(metering->store);
}

static void round_handler(void *arg)
{
	struct metering *metering = arg;

	tmr_start(&metering->tmr, ROUND_MS, round_handler, metering);
	metering_write(metering->store);
}

int metering_alloc(struct metering **meteringp, struct store *store)
{
	struct metering *metering;

	assert(meteringp && store);

	metering = mem_zalloc(sizeof(*metering), destructor);
	if (!metering)
		return ENOMEM;

	tmr_init(&metering->tmr);
	metering->store = store;
	tmr_start(&metering->tmr, ROUND_MS, round_handler, metering);
	*meteringp = metering;

	return 0;
}
