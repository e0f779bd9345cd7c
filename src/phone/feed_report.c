/*
 * phone/feed_report.c - the reports of a feed (RTCP)
 *
 * Nobody is believed for more than figures: a farewell from the network ends
 * no call. What they lose of ours is at most spoken to them more narrowly.
 */
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "phone/feed.h"

enum {
	READ_MAX = 8, /* at a time: the rest is strangers' */
	SIZE_MAX_IN = 1500,
};

void feed_report_init(struct feed_report *report, int fd)
{
	const int on = 1;
	uint32_t name[2];

	report->fd = fd;
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on,
		                 sizeof(on));

	/* A name that tells nothing of the machine (RFC 7022). */
	(void)getrandom(name, sizeof(name), 0);
	(void)getrandom(&report->reports.seed, sizeof(report->reports.seed), 0);
	(void)snprintf(report->cname, sizeof(report->cname), "%08x%08x",
	               name[0], name[1]);
}

void feed_report_close(struct feed_report *report)
{
	if (report->fd >= 0)
		(void)close(report->fd);
	report->fd = -1;
}

void feed_report_remote_set(struct feed *feed, uint64_t now_us)
{
	struct feed_report *report = &feed->report;

	report->to = feed->remote.report_addr;
	/* The first one sooner (RFC 3550, 6.2). */
	if (!report->due_us)
		report->due_us =
			now_us + reports_interval_us(&report->reports) / 2;
}

static void put(_Atomic uint64_t *figure, uint64_t value)
{
	atomic_store_explicit(figure, value, memory_order_relaxed);
}

void feed_report_take(struct feed *feed, const uint8_t *bytes, size_t size,
                      uint64_t at_us)
{
	struct reports *reports = &feed->report.reports;
	struct feed_figures *figures = &feed->figures;
	const struct codec *codec = feed->remote.codec;
	struct report report;

	if (report_parse(&report, bytes, size, feed->ssrc)) {
		feed->refused++;
		return;
	}

	reports_take(reports, &report,
	             at_us ? at_us : (uint64_t)clock_wall_us());
	put(&figures->reports_in, reports->in);
	put(&figures->rtt_us, reports->rtt_us);
	put(&figures->their_lost, reports->lost);
	put(&figures->their_reports, reports->has_block);
	put(&figures->their_jitter_us,
	    (uint64_t)reports->jitter * 1000000 / codec->clock_hz);
	if (report.has_block && codec->network)
		codec->network(feed->encoder, report.block.fraction);
}

/* --- reading -------------------------------------------------------------- */

/* Whether it comes from where the audio comes from, by host. */
static bool is_theirs(const struct feed *feed, const struct sa *source)
{
	return sa_cmp(source, &feed->latch.source, SA_ADDR) ||
	       sa_cmp(source, &feed->latch.sdp, SA_ADDR);
}

static bool read_one(struct feed *feed)
{
	uint8_t control[CMSG_SPACE(sizeof(struct timespec))];
	uint8_t bytes[SIZE_MAX_IN];
	struct sockaddr_storage from;
	struct iovec iov = {bytes, sizeof(bytes)};
	struct msghdr header = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	const struct cmsghdr *stamp;
	struct timespec at = {0};
	struct sa source;
	ssize_t n;

	n = recvmsg(feed->report.fd, &header, MSG_DONTWAIT);
	if (n < 0)
		return errno != EAGAIN;

	stamp = CMSG_FIRSTHDR(&header);
	if (stamp && stamp->cmsg_level == SOL_SOCKET &&
	    stamp->cmsg_type == SCM_TIMESTAMPNS)
		memcpy(&at, CMSG_DATA(stamp), sizeof(at));
	if (header.msg_flags & MSG_TRUNC || !feed->has_remote ||
	    sa_set_sa(&source, header.msg_name) || !is_theirs(feed, &source)) {
		feed->refused++;
		return true;
	}

	/* Behind a NAT this is where they are reached. */
	feed->report.to = source;
	feed_report_take(feed, bytes, (size_t)n,
	                 (uint64_t)at.tv_sec * 1000000 +
	                         (uint64_t)at.tv_nsec / 1000);

	return true;
}

static void read_all(struct feed *feed)
{
	unsigned i = 0;

	while (feed->report.fd >= 0 && i++ < READ_MAX && read_one(feed))
		;
}

/* --- sending -------------------------------------------------------------- */

static void facts_fill(const struct feed *feed, struct report_facts *facts)
{
	const struct jitter *jitter = &feed->intake.jitter;
	struct jitter_counts counts;

	jitter_counts(jitter, &counts);
	*facts = (struct report_facts){
		.ssrc = feed->ssrc,
		.ssrc_in = jitter->ssrc,
		.is_sending = feed->packets_out > feed->report.packets_before,
		.ts = feed->ts,
		.packets = feed->packets_out,
		.octets = feed->report.octets,
		.has_heard = jitter->has_source,
		.received = feed->before.received + counts.received,
		.highest = jitter_highest(jitter),
		.jitter = jitter_units(jitter),
	};
	facts->expected = facts->received + feed->before.lost + counts.lost;
}

static void write_one(struct feed *feed, bool is_bye)
{
	struct feed_report *own = &feed->report;
	uint8_t bytes[REPORT_SIZE_MAX];
	struct report_facts facts;
	struct report report;
	size_t size;

	facts_fill(feed, &facts);
	reports_make(&own->reports, &report, &facts, (uint64_t)clock_wall_us());
	report.is_bye = is_bye;
	size = report_build(bytes, &report, own->cname);
	own->packets_before = feed->packets_out;

	/* What the network does not take is lost, as it may be later on. */
	if (feed->remote.has_mux && feed->is_connected)
		(void)send(feed->fd, bytes, size, MSG_DONTWAIT);
	else if (feed->remote.has_mux)
		(void)sendto(feed->fd, bytes, size, MSG_DONTWAIT,
		             &feed->remote.addr.u.sa, feed->remote.addr.len);
	else if (own->fd >= 0)
		(void)sendto(own->fd, bytes, size, MSG_DONTWAIT, &own->to.u.sa,
		             own->to.len);
}

static bool has_place(const struct feed *feed)
{
	return feed->has_remote && sa_isset(&feed->report.to, SA_ALL) &&
	       !sa_is_any(&feed->report.to);
}

void feed_report_tick(struct feed *feed, uint64_t now_us)
{
	struct feed_report *report = &feed->report;

	report->due_us = now_us + reports_interval_us(&report->reports);
	read_all(feed);
	if (has_place(feed))
		write_one(feed, false);
}

void feed_report_end(struct feed *feed)
{
	/* The last of theirs is on its way while ours says good-bye; what is
	 * here now is the latest that anybody will know. */
	read_all(feed);
	if (has_place(feed) && feed->packets_out)
		write_one(feed, true);
}
