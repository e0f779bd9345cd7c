/*
 * test/media/test_report.c - reports of sound (RTCP), and one number for it
 */
#include <math.h>
#include "harness.h"
#include "media/quality.h"
#include "media/report.h"
#include "test_media.h"

enum {
	OURS = 0x11111111,
	THEIRS = 0x22222222,
	SECOND_US = 1000000,
};

static const uint64_t day_us = UINT64_C(1790000000) * SECOND_US;

int test_report_there_and_back(void)
{
	static const struct report written = {
		.ssrc = THEIRS,
		.has_sender = true,
		.ntp = UINT64_C(0xe000000080000000),
		.ts = 160000,
		.packets = 1000,
		.octets = 160000,
		.has_block = true,
		.block = {.ssrc = OURS,
	                  .fraction = 25,
	                  .lost = -3,
	                  .highest = 0x10005,
	                  .jitter = 40,
	                  .lsr = 77,
	                  .dlsr = 65536},
		.is_bye = true,
	};
	uint8_t bytes[REPORT_SIZE_MAX];
	struct report read;
	size_t size;
	int err = 0;

	size = report_build(bytes, &written, "0123456789abcdef");
	CHECK(size <= sizeof(bytes) && size % 4 == 0);
	CHECK(report_is(bytes, size));
	CHECK_ERR(0, report_parse(&read, bytes, size, OURS));
	CHECK_U64(written.ssrc, read.ssrc);
	CHECK(read.has_sender && read.has_block && read.is_bye);
	CHECK_U64(written.ntp, read.ntp);
	CHECK_U64(written.ts, read.ts);
	CHECK_U64(written.packets, read.packets);
	CHECK_U64(written.octets, read.octets);
	CHECK_U64(written.block.fraction, read.block.fraction);
	CHECK_I64(written.block.lost, read.block.lost);
	CHECK_U64(written.block.highest, read.block.highest);
	CHECK_U64(written.block.jitter, read.block.jitter);
	CHECK_U64(written.block.lsr, read.block.lsr);
	CHECK_U64(written.block.dlsr, read.block.dlsr);

	/* Of another source it is none of our business. */
	CHECK_ERR(0, report_parse(&read, bytes, size, OURS + 1));
	CHECK(!read.has_block);

	/* Every name ends, whatever its length. */
	for (size_t n = 1; n + 1 < REPORT_CNAME_SIZE; n++) {
		char name[REPORT_CNAME_SIZE] = "";

		memset(name, 'x', n);
		size = report_build(bytes, &written, name);
		CHECK_ERR(0, report_parse(&read, bytes, size, OURS));
		CHECK(read.is_bye);
	}

	/* Cut anywhere it is no report, or a shorter one that is whole. */
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *part = mem_zalloc(cut + 1, NULL);
		int found;

		CHECK(part);
		memcpy(part, bytes, cut);
		found = report_parse(&read, part, cut, OURS);
		mem_deref(part);
		CHECK(!found || found == EBADMSG);
		CHECK(found || cut == 52 || cut == size - 8);
	}

out:
	return err;
}

int test_report_lies(void)
{
	static const struct {
		const char *why;
		uint8_t bytes[32];
		size_t size;
		int err;
	} rowv[] = {
		/* clang-format off */
		{"nothing", {0}, 0, EBADMSG},
		{"an empty receiver report", {0x80, 201, 0, 1, 1, 2, 3, 4}, 8,
		 0},
		{"version 1", {0x40, 201, 0, 1, 1, 2, 3, 4}, 8, EBADMSG},
		{"sound, not a report", {0x80, 0, 0, 1, 1, 2, 3, 4}, 8,
		 EBADMSG},
		{"no source", {0x80, 201, 0, 0}, 4, EBADMSG},
		{"31 blocks in 8 bytes", {0x9f, 201, 0, 1, 1, 2, 3, 4}, 8,
		 EBADMSG},
		{"a sender report without its figures",
		 {0x80, 200, 0, 1, 1, 2, 3, 4}, 8, EBADMSG},
		{"longer than it is", {0x80, 201, 0, 9, 1, 2, 3, 4}, 8,
		 EBADMSG},
		{"the longest there can be", {0x80, 201, 255, 255, 1, 2, 3, 4},
		 8, EBADMSG},
		{"half a word", {0x80, 201, 0, 1, 1, 2, 3, 4, 5, 6}, 10,
		 EBADMSG},
		{"rubbish behind it", {0x80, 201, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8},
		 12, EBADMSG},
		{"a farewell alone", {0x81, 203, 0, 1, 1, 2, 3, 4}, 8, 0},
		{"padding in the first of two",
		 {0xa0, 201, 0, 1, 1, 2, 3, 4, 0x81, 203, 0, 1, 1, 2, 3, 4}, 16,
		 EBADMSG},
		{"a type that nobody knows is passed over",
		 {0x80, 201, 0, 1, 1, 2, 3, 4, 0x80, 210, 0, 0}, 12, 0},
		/* clang-format on */
	};
	struct report report;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (report_parse(&report, rowv[i].bytes, rowv[i].size, OURS) !=
		    rowv[i].err)
			CHECK_FAIL("row: %s", rowv[i].why);
	}

out:
	return err;
}

/* Two ends, 30 ms apart; half a second lies between report and answer. */
int test_report_round_trip(void)
{
	struct reports here = {.seed = 1}, there = {.seed = 2};
	struct report_facts facts = {
		.ssrc = OURS,
		.ssrc_in = THEIRS,
		.is_sending = true,
		.has_heard = true,
		.expected = 100,
		.received = 90,
	};
	uint8_t bytes[REPORT_SIZE_MAX];
	struct report report;
	uint64_t least_us = UINT64_MAX, most_us = 0;
	size_t size;
	int err = 0;

	reports_make(&here, &report, &facts, day_us);
	CHECK_U64(25, report.block.fraction); /* a tenth of 255 */
	CHECK_I64(10, report.block.lost);
	CHECK_U64(0, report.block.lsr);
	size = report_build(bytes, &report, "x");
	CHECK_ERR(0, report_parse(&report, bytes, size, THEIRS));
	reports_take(&there, &report, day_us + 30000);
	CHECK_U64(0, there.rtt_us);

	facts.ssrc = THEIRS;
	facts.ssrc_in = OURS;
	reports_make(&there, &report, &facts, day_us + 530000);
	size = report_build(bytes, &report, "y");
	CHECK_ERR(0, report_parse(&report, bytes, size, OURS));
	reports_take(&here, &report, day_us + 560000);
	CHECK(here.rtt_us > 59900 && here.rtt_us < 60100);
	CHECK_U64(10, here.lost);

	/* Who answers before they were asked is not believed. */
	report.block.dlsr += 65536;
	here.rtt_us = 0;
	reports_take(&here, &report, day_us + 560000);
	CHECK_U64(0, here.rtt_us);

	/* The second report tells of what came since the first. */
	facts.expected = 200;
	facts.received = 190;
	reports_make(&there, &report, &facts, day_us + 5 * SECOND_US);
	CHECK_U64(0, report.block.fraction);
	CHECK_I64(10, report.block.lost);

	for (unsigned i = 0; i < 1000; i++) {
		uint64_t us = reports_interval_us(&here);

		least_us = us < least_us ? us : least_us;
		most_us = us > most_us ? us : most_us;
	}
	CHECK(least_us >= 2500000 && least_us < 2700000);
	CHECK(most_us < 7500000 && most_us > 7300000);

out:
	return err;
}

int test_quality_table(void)
{
	static const struct {
		const char *why;
		struct quality_prm prm;
		double mos;
	} rowv[] = {
		/* clang-format off */
		{"nothing is better", {0, 25.1F, 0, 0}, 4.41},
		{"a good line", {0, 25.1F, 0.5F, 60}, 4.34},
		{"1 % lost, concealed (G.711 with G.113's 25.1)",
		 {0, 25.1F, 1, 60}, 4.29},
		{"the same, not concealed (4.3)", {0, 4.3F, 1, 60}, 3.74},
		{"5 % lost", {0, 25.1F, 5, 100}, 3.79},
		{"by satellite", {0, 25.1F, 0, 400}, 3.05},
		{"nobody can talk", {0, 4.3F, 40, 300}, 1},
		/* clang-format on */
	};
	double before = 5;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		double mos = (double)quality_mos(quality_r(&rowv[i].prm));

		if (fabs(mos - rowv[i].mos) > 0.06)
			CHECK_FAIL("row: %s: %.2f", rowv[i].why, mos);
	}
	for (unsigned loss = 0; loss <= 100; loss++) {
		struct quality_prm prm = {0, 25.1F, (float)loss, 50};
		double mos = (double)quality_mos(quality_r(&prm));

		CHECK(mos >= 1 && mos <= before);
		before = mos;
	}

out:
	return err;
}
