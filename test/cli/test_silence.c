/*
 * test/cli/test_silence.c - how long somebody at the telephone heard nothing
 */
#include <stdlib.h>
#include "cli/silence.h"
#include "harness.h"
#include "test_cli.h"

enum {
	MS = SILENCE_RATE_HZ / 1000,
	MAX_MS = 10000,
	LOUD = 2000,
	HISS = 20, /* of a line: no sound of anybody */
};

/* "R500 -700 C300": the robot for so long, nobody, the callee; "B": both. */
static uint32_t draw(int16_t *said, int16_t *heard, const char *story)
{
	uint32_t at_ms = 0;

	for (size_t i = 0; i < (size_t)MAX_MS * MS; i++)
		said[i] = heard[i] = i % 2 ? HISS : -HISS;

	while (*story) {
		char who = *story++;
		unsigned long ms = strtoul(story, (char **)&story, 10);

		for (size_t i = at_ms * MS; i < (at_ms + ms) * MS; i++) {
			if (who == 'R' || who == 'B')
				heard[i] = i % 2 ? LOUD : -LOUD;
			if (who == 'C' || who == 'B')
				said[i] = i % 2 ? LOUD : -LOUD;
		}
		at_ms += (uint32_t)ms;
		story += *story == ' ';
	}

	return at_ms;
}

int test_silence(void)
{
	static const struct {
		const char *why;
		const char *story;
		uint32_t longest_ms, at_ms;
	} rowv[] = {
		/* clang-format off */
		{"nobody says anything", "-3000", 3000, 0},
		{"before the first word", "-900 R500 -100", 900, 0},
		{"until the robot answers", "R500 C400 -1700 R500", 1700, 900},
		{"thinking is the callee's own", "R500 -2500 C400 -300 R200",
		 300, 3400},
		{"between two prompts", "R500 -1200 R500", 1200, 500},
		{"until it hangs up", "R500 C400 -2300", 2300, 900},
		{"pauses of the callee are not ours", "C300 -800 C300 -200 R90",
		 200, 1400},
		{"both at a time", "R500 B400 -600 R100", 600, 900},
		{"no call at all", "", 0, 0},
		/* clang-format on */
	};
	static int16_t said[MAX_MS * MS], heard[MAX_MS * MS];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		uint32_t ms = draw(said, heard, rowv[i].story);
		struct silence silence;

		silence_find(&silence, said, heard, (size_t)ms * MS);
		if (silence.longest_ms != rowv[i].longest_ms)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_U64(rowv[i].longest_ms, silence.longest_ms);
		CHECK_U64(rowv[i].at_ms, silence.at_ms);
	}

out:
	return err;
}
