/*
 * test/media/test_amd.c - the rhythm of a greeting, against its definition
 */
#include "channel.h"
#include "harness.h"
#include "media/amd.h"
#include "test_media.h"

enum {
	FRAME_MS = 20,
};

/* Voice and silence in turn, voice first; 0 ends. */
static const struct row {
	const char *why;
	uint32_t msv[10];
	enum amd_verdict verdict;
	const char *cause;
	uint32_t at_ms;
} rowv[] = {
	/* clang-format off */
	{"hello, and waits", {500, 3000}, AMD_HUMAN,
	 "silence after greeting", 1300},
	{"thinks, then hello", {0, 1000, 400, 3000}, AMD_HUMAN,
	 "silence after greeting", 2200},
	{"two words are a human", {300, 200, 300, 2000}, AMD_HUMAN,
	 "silence after greeting", 1600},
	{"the third word is a machine", {300, 200, 300, 200, 300, 2000},
	 AMD_MACHINE, "words", 1100},
	{"one long breath is a greeting", {4000}, AMD_MACHINE,
	 "greeting", 1500},
	{"nobody says anything", {0, 4000}, AMD_MACHINE,
	 "initial silence", 2500},
	{"a click is no word", {60, 4000}, AMD_MACHINE,
	 "initial silence", 2560},
	{"clicks: not sure",
	 {60, 1500, 60, 1500, 60, 1500, 60, 1500}, AMD_NOT_SURE,
	 "too long", 5000},
	/* clang-format on */
};

static int run(const struct row *row, struct amd *amd)
{
	amd_init(amd, &amd_defaults);
	for (size_t i = 0; i < ARRAY_COUNT(row->msv); i++) {
		for (uint32_t ms = 0; ms < row->msv[i]; ms += FRAME_MS) {
			if (amd_feed(amd, !(i % 2), FRAME_MS))
				return 0;
		}
	}

	return EPROTO;
}

int test_amd_table(void)
{
	struct amd amd;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct row *row = &rowv[i];

		err = run(row, &amd);
		if (err || amd.verdict != row->verdict ||
		    amd.total_ms != row->at_ms ||
		    strcmp(row->cause, amd_cause_name(amd.cause)))
			CHECK_FAIL("%s: verdict %d by \"%s\" at %u ms",
			           row->why, amd.verdict,
			           amd_cause_name(amd.cause), amd.total_ms);
	}

out:
	return err;
}

int test_amd_threshold(void)
{
	int16_t pcm[CHANNEL_FRAME] = {0};
	int err = 0;

	CHECK(!amd_is_voiced(pcm, CHANNEL_FRAME, 256));
	for (size_t i = 0; i < CHANNEL_FRAME; i++)
		pcm[i] = i & 1 ? 255 : -255;
	CHECK(!amd_is_voiced(pcm, CHANNEL_FRAME, 256));
	for (size_t i = 0; i < CHANNEL_FRAME; i++)
		pcm[i] = i & 1 ? 256 : -256;
	CHECK(amd_is_voiced(pcm, CHANNEL_FRAME, 256));

out:
	return err;
}
