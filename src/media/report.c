/*
 * media/report.c - what two ends tell each other about their sound (RTCP)
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include "media/report.h"

enum {
	VERSION = 2,
	WORD = 4, /* bytes */
	TYPE_SR = 200,
	TYPE_RR = 201,
	TYPE_SDES = 202,
	TYPE_BYE = 203,
	TYPE_MIN = 192, /* RFC 5761: RTCP is 192 to 223 */
	TYPE_MAX = 223,
	HEADER = 4,
	SENDER = 20, /* behind the SSRC */
	BLOCK = 24,
	SDES_CNAME = 1,
	LOST_MAX = 0x7fffff, /* 24 bits with a sign */
	RTT_MAX_US = 10000000,
};

static const uint64_t ntp_epoch_s = 2208988800; /* 1900 to 1970 */

static uint32_t read_u16(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t read_u32(const uint8_t *bytes)
{
	return read_u16(bytes) << 16 | read_u16(bytes + 2);
}

static uint8_t *write_u32(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 24);
	bytes[1] = (uint8_t)(value >> 16);
	bytes[2] = (uint8_t)(value >> 8);
	bytes[3] = (uint8_t)value;

	return bytes + WORD;
}

static uint64_t ntp_of(uint64_t wall_us)
{
	uint64_t s = wall_us / 1000000 + ntp_epoch_s;

	return s << 32 | ((wall_us % 1000000) << 32) / 1000000;
}

/* The middle of an NTP time: 1/65536 s, wraps after 18 hours. */
static uint32_t middle(uint64_t ntp)
{
	return (uint32_t)(ntp >> 16);
}

bool report_is(const uint8_t *bytes, size_t size)
{
	return size >= HEADER && bytes[0] >> 6 == VERSION &&
	       bytes[1] >= TYPE_MIN && bytes[1] <= TYPE_MAX;
}

/* --- reading --------------------------------------------------------------
 */

static void block_read(struct report_block *block, const uint8_t *bytes)
{
	uint32_t lost = read_u32(bytes + 4) & 0xffffff;

	*block = (struct report_block){
		.ssrc = read_u32(bytes),
		.fraction = bytes[4],
		.lost = (int32_t)lost - (lost > LOST_MAX ? 0x1000000 : 0),
		.highest = read_u32(bytes + 8),
		.jitter = read_u32(bytes + 12),
		.lsr = read_u32(bytes + 16),
		.dlsr = read_u32(bytes + 20),
	};
}

/* One SR or RR of size bytes, its header included. */
static int read_one(struct report *report, const uint8_t *bytes, size_t size,
                    uint32_t about)
{
	bool is_sender = bytes[1] == TYPE_SR;
	size_t at = HEADER + WORD + (is_sender ? SENDER : 0);
	unsigned blocks = bytes[0] & 0x1f;

	if (at + (size_t)blocks * BLOCK > size)
		return EBADMSG;

	report->ssrc = read_u32(bytes + HEADER);
	if (is_sender) {
		report->has_sender = true;
		report->ntp = (uint64_t)read_u32(bytes + 8) << 32 |
		              read_u32(bytes + 12);
		report->ts = read_u32(bytes + 16);
		report->packets = read_u32(bytes + 20);
		report->octets = read_u32(bytes + 24);
	}
	for (; blocks; blocks--, at += BLOCK) {
		if (read_u32(bytes + at) != about)
			continue;
		report->has_block = true;
		block_read(&report->block, bytes + at);
	}

	return 0;
}

int report_parse(struct report *report, const uint8_t *bytes, size_t size,
                 uint32_t about)
{
	struct report found = {0};
	size_t at = 0;

	if (!size || size % WORD)
		return EBADMSG;

	while (at < size) {
		const uint8_t *one = bytes + at;
		size_t len;

		if (!report_is(one, size - at))
			return EBADMSG;
		len = WORD * ((size_t)read_u16(one + 2) + 1);
		if (len > size - at)
			return EBADMSG;
		/* Padding is allowed in the last one only. */
		if (one[0] & 0x20 && at + len != size)
			return EBADMSG;

		if (one[1] == TYPE_SR || one[1] == TYPE_RR) {
			if (len < HEADER + WORD ||
			    read_one(&found, one, len, about))
				return EBADMSG;
		}
		else if (one[1] == TYPE_BYE) {
			found.is_bye = true;
		}
		at += len;
	}
	*report = found;

	return 0;
}

/* --- writing --------------------------------------------------------------
 */

static uint8_t *header_write(uint8_t *bytes, unsigned count, unsigned type,
                             size_t size)
{
	bytes[0] = (uint8_t)(VERSION << 6 | count);
	bytes[1] = (uint8_t)type;
	bytes[2] = 0;
	bytes[3] = (uint8_t)(size / WORD - 1);

	return bytes + HEADER;
}

static uint8_t *block_write(uint8_t *at, const struct report_block *block)
{
	at = write_u32(at, block->ssrc);
	at = write_u32(at, (uint32_t)block->fraction << 24 |
	                           ((uint32_t)block->lost & 0xffffff));
	at = write_u32(at, block->highest);
	at = write_u32(at, block->jitter);
	at = write_u32(at, block->lsr);

	return write_u32(at, block->dlsr);
}

/* The name, its end, and zeros up to the next word (6.5). */
static uint8_t *name_write(uint8_t *at, uint32_t ssrc, const char *cname)
{
	size_t n = strlen(cname);
	size_t size = HEADER + WORD + (2 + n) / WORD * WORD + WORD;

	assert(n && n < REPORT_CNAME_SIZE);

	memset(at, 0, size);
	(void)header_write(at, 1, TYPE_SDES, size);
	(void)write_u32(at + HEADER, ssrc);
	at[HEADER + WORD] = SDES_CNAME;
	at[HEADER + WORD + 1] = (uint8_t)n;
	memcpy(at + HEADER + WORD + 2, cname, n);

	return at + size;
}

size_t report_build(uint8_t bytes[REPORT_SIZE_MAX], const struct report *report,
                    const char *cname)
{
	size_t size = HEADER + WORD + (report->has_sender ? SENDER : 0) +
	              (report->has_block ? BLOCK : 0);
	uint8_t *at =
		header_write(bytes, report->has_block ? 1 : 0,
	                     report->has_sender ? TYPE_SR : TYPE_RR, size);

	at = write_u32(at, report->ssrc);
	if (report->has_sender) {
		at = write_u32(at, (uint32_t)(report->ntp >> 32));
		at = write_u32(at, (uint32_t)report->ntp);
		at = write_u32(at, report->ts);
		at = write_u32(at, report->packets);
		at = write_u32(at, report->octets);
	}
	if (report->has_block)
		at = block_write(at, &report->block);
	at = name_write(at, report->ssrc, cname);
	if (report->is_bye) {
		at = header_write(at, 1, TYPE_BYE, HEADER + WORD);
		at = write_u32(at, report->ssrc);
	}

	return (size_t)(at - bytes);
}

/* --- a conversation of reports -------------------------------------------
 */

uint64_t reports_interval_us(struct reports *reports)
{
	reports->seed = reports->seed * 1664525 + 1013904223;

	return REPORT_INTERVAL_US / 2 +
	       (reports->seed >> 8) % (uint32_t)REPORT_INTERVAL_US;
}

static void block_make(struct reports *reports, struct report_block *block,
                       const struct report_facts *facts, uint64_t now_us)
{
	uint64_t expected = facts->expected - reports->expected;
	uint64_t received = facts->received - reports->received;
	int64_t lost = (int64_t)facts->expected - (int64_t)facts->received;

	if (lost > LOST_MAX)
		lost = LOST_MAX;
	if (lost < -LOST_MAX)
		lost = -LOST_MAX;
	*block = (struct report_block){
		.ssrc = facts->ssrc_in,
		.lost = (int32_t)lost,
		.highest = facts->highest,
		.jitter = facts->jitter,
	};
	if (expected > received)
		block->fraction =
			(uint8_t)((expected - received) * 255 / expected);
	if (reports->has_sr && reports->sr_ssrc == facts->ssrc_in &&
	    now_us >= reports->sr_at_us) {
		block->lsr = reports->lsr;
		block->dlsr = (uint32_t)((now_us - reports->sr_at_us) * 65536 /
		                         1000000);
	}
	reports->expected = facts->expected;
	reports->received = facts->received;
}

void reports_make(struct reports *reports, struct report *report,
                  const struct report_facts *facts, uint64_t now_us)
{
	*report = (struct report){
		.ssrc = facts->ssrc,
		.has_sender = facts->is_sending,
		.ntp = ntp_of(now_us),
		.ts = facts->ts,
		.packets = (uint32_t)facts->packets,
		.octets = (uint32_t)facts->octets,
		.has_block = facts->has_heard,
	};
	if (facts->has_heard)
		block_make(reports, &report->block, facts, now_us);
	reports->out++;
}

void reports_take(struct reports *reports, const struct report *report,
                  uint64_t at_us)
{
	const struct report_block *block = &report->block;
	uint32_t round;

	reports->in++;
	if (report->has_sender) {
		reports->has_sr = true;
		reports->sr_ssrc = report->ssrc;
		reports->lsr = middle(report->ntp);
		reports->sr_at_us = at_us;
	}
	if (!report->has_block)
		return;

	reports->has_block = true;
	reports->lost = block->lost > 0 ? (uint32_t)block->lost : 0;
	reports->jitter = block->jitter;
	if (block->fraction > reports->fraction_max)
		reports->fraction_max = block->fraction;

	/* A - LSR - DLSR (6.4.1); who says that they waited longer than it
	 * took is not believed. */
	round = middle(ntp_of(at_us)) - block->lsr - block->dlsr;
	if (block->lsr && (uint64_t)round * 1000000 / 65536 <= RTT_MAX_US) {
		uint32_t us = (uint32_t)((uint64_t)round * 1000000 / 65536);

		reports->rtt_us = us ? us : 1;
	}
}
