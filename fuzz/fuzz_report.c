/*
 * fuzz/fuzz_report.c - any bytes as reports of sound (RTCP)
 *
 * The input is a row of packets: a byte of hundredths of a second until it
 * comes, a byte of length, and so many bytes.
 */
#include <stdlib.h>
#include "media/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	OURS = 0x01020304,
	STEP_US = 10000,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reports reports = {.seed = 1};
	struct report_facts facts = {
		.ssrc = OURS,
		.ssrc_in = OURS,
		.is_sending = true,
		.has_heard = true,
	};
	uint64_t now_us = UINT64_C(1790000000000000);

	while (size > 2) {
		size_t len = data[1] < size - 2 ? data[1] : size - 2;
		uint8_t bytes[REPORT_SIZE_MAX];
		struct report report;

		now_us += (uint64_t)data[0] * STEP_US;
		if (!report_parse(&report, data + 2, len, OURS))
			reports_take(&reports, &report, now_us);

		/* What we answer is well-formed, whatever they said. */
		facts.expected += data[0];
		facts.received += data[1];
		reports_make(&reports, &report, &facts, now_us);
		if (report_parse(&report, bytes,
		                 report_build(bytes, &report, "fuzz"), OURS))
			abort();
		if (reports_interval_us(&reports) > 2 * REPORT_INTERVAL_US)
			abort();
		data += 2 + len;
		size -= 2 + len;
	}

	return 0;
}
