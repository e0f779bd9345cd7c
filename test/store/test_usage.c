/*
 * test/store/test_usage.c - what speech services did, by day
 */
#include "base/loop.h"
#include "fixture.h"
#include "store/tests.h"

enum {
	ROWS_MAX = 8,
	SERVICE_SIZE = 32,
};

static const int64_t day_ms = 86400000;

struct seen {
	struct fixture *fx;
	struct {
		char service[SERVICE_SIZE];
		struct store_usage usage;
	} rowv[ROWS_MAX];
	size_t rowc;
};

static void usage_handler(const struct store_usage *usage, void *arg)
{
	struct seen *seen = arg;

	if (seen->rowc == ROWS_MAX)
		return;
	seen->rowv[seen->rowc].usage = *usage;
	(void)snprintf(seen->rowv[seen->rowc].service, SERVICE_SIZE, "%s",
	               usage->service);
	seen->rowc++;
}

static void done_handler(int err, void *arg)
{
	struct fixture *fx = ((struct seen *)arg)->fx;

	fixture_answer(fx, err);
}

static int look(struct seen *seen, struct fixture *fx, int64_t since_ms)
{
	int err;

	*seen = (struct seen){.fx = fx};
	fx->has_answer = false;
	err = store_usages(fx->store, since_ms, usage_handler, done_handler,
	                   seen);

	return err ? err : fixture_wait(fx);
}

/* Added up by service and day, outside of calls beside all of it; kept when the
 * store is closed. */
int test_usage_by_day(void)
{
	const struct store_usage rowv[] = {
		{"yandex", 20 * day_ms + 5, {2, 0, 1500}, {0, 0, 0}},
		{"yandex", 21 * day_ms - 1, {1, 40, 300}, {1, 40, 300}},
		{"yandex", 21 * day_ms, {7, 0, 70}, {7, 0, 70}},
		{"vosk", 20 * day_ms, {3, 0, 900}, {0, 0, 0}},
	};
	struct fixture fx;
	struct seen seen;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++)
		CHECK_ERR(0, store_usage_add(fx.store, &rowv[i]));
	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));

	CHECK_ERR(0, look(&seen, &fx, 20 * day_ms));
	CHECK_U64(3, seen.rowc);
	CHECK_STR("vosk", seen.rowv[0].service);
	CHECK_U64(3, seen.rowv[0].usage.all.requests);
	CHECK_U64(0, seen.rowv[0].usage.beside.requests);
	CHECK_STR("yandex", seen.rowv[1].service);
	CHECK_U64(20 * day_ms, seen.rowv[1].usage.day_ms);
	CHECK_U64(3, seen.rowv[1].usage.all.requests);
	CHECK_U64(40, seen.rowv[1].usage.all.chars);
	CHECK_U64(1800, seen.rowv[1].usage.all.audio_ms);
	CHECK_U64(1, seen.rowv[1].usage.beside.requests);
	CHECK_U64(300, seen.rowv[1].usage.beside.audio_ms);

	/* Of the later day alone. */
	CHECK_ERR(0, look(&seen, &fx, 21 * day_ms));
	CHECK_U64(1, seen.rowc);
	CHECK_U64(70, seen.rowv[0].usage.beside.audio_ms);

out:
	fixture_end(&fx);

	return err;
}
