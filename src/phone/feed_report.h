/*
 * phone/feed_report.h - the reports of a feed (RTCP)
 *
 * Private to phone/. Around each 5 s a feed reads what came on the port above
 * its own (or on its own, where both sides said rtcp-mux) and sends a report;
 * at its end a farewell. In between a tick only looks at the time.
 *
 * Threads: the feed's media loop.
 */
#pragma once

#include <stdint.h>

#include "media/report.h"
#include "phone/stream.h" /* for struct sa: re_sa.h has no guard */

struct feed;

struct feed_report {
	int fd; /* -1: none */
	uint64_t due_us;
	uint64_t packets_before; /* sent when the last one was */
	uint64_t octets;         /* of sound, sent */
	struct sa to;
	struct reports reports;
	char cname[REPORT_CNAME_SIZE];
};

/* Takes the descriptor. */
void feed_report_init(struct feed_report *report, int fd);
void feed_report_close(struct feed_report *report);

/* The other side's address is known, or another one. */
void feed_report_remote_set(struct feed *feed, uint64_t now_us);

/* At due_us. */
void feed_report_tick(struct feed *feed, uint64_t now_us);

/* One that came on the audio's port. at_us: wall clock, 0 = unknown. */
void feed_report_take(struct feed *feed, const uint8_t *bytes, size_t size,
                      uint64_t at_us);

/* The last one. */
void feed_report_end(struct feed *feed);
