/*
 * phone/stream.c - one leg's RTP: the half that signalling holds
 *
 * Runs on the control loop. The other half, the feed, lives on a media loop;
 * the two outlive each other: a stream that is freed leaves an ownerless feed
 * behind, which comes home in its last letter and is freed then.
 *
 * Ports: the odd one above each stream's is that of its reports (RTCP); where
 * another program has it, the stream does without. Within a range ports are
 * given in turn: one is used again only after all the others were, and its new
 * socket listens to nobody but the new call's peer.
 */
#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>
#include "media/quality.h"
#include "phone/feed.h"
#include "phone/stream.h"

enum {
	PORT_TRIES = 64,    /* until one is free */
	DEAF_PACKETS = 150, /* 3 s */
	MUTE_PACKETS = 750, /* 15 s: three reports */
	MUTE_REPORTS = 2,
};

struct stream {
	struct feed *feed; /* NULL: it came home */
	struct stream_sink sink;
	bool is_closing;
	void (*done)(void *arg);
	void *done_arg;
	uint16_t port;
	const struct codec *codec; /* NULL: no remote side yet */
	bool may_receive;
	int pt_event;
	uint64_t keys_given;
	struct audio_order *first; /* had before anything is sent */
};

struct remote_order {
	struct feed *feed;
	struct stream_remote remote;
	void *encoder;
	void *decoder;
};

/* On its way back it holds the audio that was replaced. */
struct audio_order {
	struct media_letter letter;
	struct feed *feed;
	struct phone_audio audio;
};

struct keys_order {
	struct feed *feed;
	char keys[KEYS_QUEUE_MAX + 1];
};

/* --- the port ------------------------------------------------------------ */

/* Returns the descriptor, or -1 with errno. */
static int bind_port(const char *addr, uint16_t port, uint16_t *boundp)
{
	struct sa sa;
	int fd, err;

	err = sa_set_str(&sa, addr, port);
	if (err) {
		errno = err;
		return -1;
	}

	fd = socket(sa_af(&sa), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;

	if (bind(fd, &sa.u.sa, sa.len) || getsockname(fd, &sa.u.sa, &sa.len)) {
		err = errno;
		(void)close(fd);
		errno = err;
		return -1;
	}
	*boundp = sa_port(&sa);

	return fd;
}

/* The kernel proposes; an even port near to it is then asked for by number,
 * because Linux takes a port that it chose itself away again when a new SDP
 * address makes us disconnect the socket. */
static int bind_any(const char *addr, int *fdp, uint16_t *portp)
{
	for (unsigned i = 0; i < PORT_TRIES; i++) {
		uint16_t port;
		int fd = bind_port(addr, 0, &port);

		if (fd < 0)
			return errno;
		(void)close(fd);

		*fdp = bind_port(addr, port & ~1u, portp);
		if (*fdp >= 0)
			return 0;
		if (errno != EADDRINUSE)
			return errno;
	}

	return EADDRINUSE;
}

static int bind_range(struct media_loops *loops, const char *addr,
                      uint16_t port_min, uint16_t port_max, int *fdp,
                      uint16_t *portp)
{
	unsigned first = (port_min + 1u) / 2, last = port_max / 2u;
	unsigned count = last >= first ? last - first + 1 : 0;
	unsigned *turn = media_loops_port_turn(loops);

	for (unsigned i = 0; i < count; i++) {
		unsigned port = 2 * (first + (*turn)++ % count);
		int fd = bind_port(addr, (uint16_t)port, portp);

		if (fd >= 0) {
			*fdp = fd;
			return 0;
		}
		if (errno != EADDRINUSE)
			return errno;
	}

	return EADDRINUSE;
}

/* --- letters from the loop ----------------------------------------------- */

static void news_arrived(void *arg)
{
	struct feed_news *news = arg;
	struct stream *stream = news->feed->owner;
	enum feed_news_kind kind = news->kind;
	uint32_t ms = news->ms;
	char key = news->key;

	mem_deref(news);
	if (!stream || stream->is_closing)
		return;

	switch (kind) {
	case FEED_KEY:
		if (stream->sink.key)
			stream->sink.key(key, ms, stream->sink.arg);
		break;
	case FEED_SILENT:
		if (stream->sink.silent)
			stream->sink.silent(ms, stream->sink.arg);
		break;
	}
}

/* The figures can be read until `done` returns. */
static void feed_gone(void *arg)
{
	struct feed *feed = feed_of_gone(arg);
	struct stream *stream;

	if (feed->audio.detached)
		feed->audio.detached(feed->audio.arg);

	/* Only now: the handler may have let go of the stream. */
	stream = feed->owner;
	if (stream) {
		if (stream->done)
			stream->done(stream->done_arg);
		stream->feed = NULL;
		mem_deref(stream);
	}
	mem_deref(feed);
}

static void audio_replaced(void *arg)
{
	struct audio_order *order = arg;
	struct phone_audio audio = order->audio;

	mem_deref(order);
	if (audio.detached)
		audio.detached(audio.arg);
}

/* --- orders to the loop, which run there --------------------------------- */

static void attach_order(void *arg)
{
	struct feed *feed = arg;

	media_loop_attach(feed->loop, &feed->task);
}

static void remote_order(void *arg)
{
	struct remote_order *order = arg;

	feed_remote_set(order->feed, &order->remote, mem_ref(order->encoder),
	                mem_ref(order->decoder));
	mem_deref(order);
}

static void audio_order(void *arg)
{
	struct audio_order *order = arg;

	if (feed_audio_swap(order->feed, &order->audio))
		media_loop_tell(order->feed->loop, &order->letter);
	else
		mem_deref(order);
}

static void keys_order(void *arg)
{
	struct keys_order *order = arg;

	feed_keys_send(order->feed, order->keys);
	mem_deref(order);
}

/* Frees what was not taken. */
static int post(struct stream *stream, mailbox_h *handler, void *order)
{
	int err = media_loop_post(stream->feed->loop, handler, order);

	if (err)
		mem_deref(order);

	return err;
}

/* --- what signalling calls ----------------------------------------------- */

/* From here on the feed ends by itself. */
static void feed_close(struct feed *feed)
{
	atomic_store_explicit(&feed->is_closing, true, memory_order_release);
}

static void stream_destructor(void *arg)
{
	struct stream *stream = arg;

	mem_deref(stream->first);
	if (!stream->feed)
		return;

	stream->feed->owner = NULL;
	feed_close(stream->feed);
}

int stream_alloc(struct stream **streamp, struct media_loops *loops,
                 const char *addr, uint16_t port_min, uint16_t port_max,
                 const struct stream_sink *sink)
{
	struct stream *stream;
	int err, fd = -1, report_fd;
	uint16_t report_port;

	assert(streamp && loops && addr && sink);

	stream = mem_zalloc(sizeof(*stream), stream_destructor);
	if (!stream)
		return ENOMEM;

	stream->sink = *sink;
	stream->first = mem_zalloc(sizeof(*stream->first), NULL);
	if (!stream->first) {
		err = ENOMEM;
		goto out;
	}

	err = port_min ? bind_range(loops, addr, port_min, port_max, &fd,
	                            &stream->port)
	               : bind_any(addr, &fd, &stream->port);
	if (err)
		goto out;

	report_fd = bind_port(addr, stream->port + 1, &report_port);
	err = feed_alloc(&stream->feed, loops, fd, report_fd, feed_gone,
	                 news_arrived);
	if (err)
		goto out;

	err = media_loop_post(stream->feed->loop, attach_order, stream->feed);
	if (err)
		stream->feed = mem_deref(stream->feed);
	else
		stream->feed->owner = stream;

out:
	if (err)
		mem_deref(stream);
	else
		*streamp = stream;

	return err;
}

uint16_t stream_port(const struct stream *stream)
{
	return stream->port;
}

uint32_t stream_rate_hz(const struct stream *stream)
{
	return stream->codec ? stream->codec->rate_hz : 0;
}

static void remote_order_destructor(void *arg)
{
	struct remote_order *order = arg;

	mem_deref(order->encoder);
	mem_deref(order->decoder);
}

int stream_remote_set(struct stream *stream, const struct stream_remote *remote)
{
	struct remote_order *order;
	int err;

	assert(stream && !stream->is_closing);

	order = mem_zalloc(sizeof(*order), remote_order_destructor);
	if (!order)
		return ENOMEM;

	order->feed = stream->feed;
	order->remote = *remote;
	if (!sa_isset(&remote->report_addr, SA_ALL)) {
		order->remote.report_addr = remote->addr;
		sa_set_port(&order->remote.report_addr,
		            sa_port(&remote->addr) + 1);
	}
	if (!order->remote.event_hz)
		order->remote.event_hz = remote->codec->clock_hz;
	err = codec_encoder(&order->encoder, remote->codec, &remote->want);
	if (!err)
		err = codec_decoder(&order->decoder, remote->codec);
	if (err) {
		mem_deref(order);
		return err;
	}

	err = post(stream, remote_order, order);
	if (err)
		return err;

	stream->codec = remote->codec;
	stream->may_receive = remote->may_receive;
	stream->pt_event = remote->pt_event;

	return 0;
}

int stream_audio_set(struct stream *stream, const struct phone_audio *audio)
{
	struct audio_order *order = stream->first;

	assert(stream && !stream->is_closing && audio && audio->tick);

	stream->first = NULL;
	if (!order)
		order = mem_zalloc(sizeof(*order), NULL);
	if (!order)
		return ENOMEM;

	order->letter.handler = audio_replaced;
	order->feed = stream->feed;
	order->audio = *audio;

	return post(stream, audio_order, order);
}

int stream_send_keys(struct stream *stream, const char *keys)
{
	struct keys_order *order;
	uint64_t waiting;
	size_t n;
	int err;

	assert(stream && !stream->is_closing && keys);

	if (!stream->codec || stream->pt_event < 0)
		return ENOTSUP;
	if (!keys_are_valid(keys))
		return EINVAL;

	n = strlen(keys);
	waiting = stream->keys_given -
	          atomic_load(&stream->feed->figures.keys_sent);
	if (waiting + n > KEYS_QUEUE_MAX)
		return ENOBUFS;

	order = mem_zalloc(sizeof(*order), NULL);
	if (!order)
		return ENOMEM;

	order->feed = stream->feed;
	memcpy(order->keys, keys, n);
	err = post(stream, keys_order, order);
	if (!err)
		stream->keys_given += n;

	return err;
}

static enum phone_way way_of(const struct stream *stream,
                             const struct phone_leg_stats *stats)
{
	const struct feed_figures *figures = &stream->feed->figures;

	if (!stats->packets_in && stream->may_receive &&
	    stats->packets_out >= DEAF_PACKETS)
		return PHONE_DEAF;
	if (stats->reports_in >= MUTE_REPORTS &&
	    stats->packets_out >= MUTE_PACKETS &&
	    !atomic_load(&figures->their_reports))
		return PHONE_MUTE;

	return PHONE_BOTH_WAYS;
}

/* The way of a word: half a round, a packet, the buffer. */
static void quality_fill(const struct stream *stream,
                         struct phone_leg_stats *stats)
{
	struct quality_prm prm = {
		.delay_ms =
			stats->rtt_us / 2000 + PHONE_TICK_MS +
			(uint32_t)atomic_load(&stream->feed->figures.depth_ms),
	};
	uint64_t ticks = stats->concealed + stats->packets_in;

	if (!stats->packets_in || !stream->codec)
		return;

	stats->loss_percent = 100.0F * (float)stats->concealed / (float)ticks;
	prm.ie = stream->codec->ie;
	prm.bpl = stream->codec->bpl;
	prm.loss_percent = stats->loss_percent;
	stats->mos = quality_mos(quality_r(&prm));
}

void stream_stats(const struct stream *stream, struct phone_leg_stats *stats)
{
	const struct feed_figures *figures = &stream->feed->figures;

	*stats = (struct phone_leg_stats){
		.codec = stream->codec ? stream->codec->name : "",
		.rate_hz = stream_rate_hz(stream),
		.packets_in = atomic_load(&figures->packets_in),
		.packets_out = atomic_load(&figures->packets_out),
		.refused = atomic_load(&figures->refused),
		.lost = atomic_load(&figures->lost),
		.late = atomic_load(&figures->late),
		.repaired = atomic_load(&figures->repaired),
		.concealed = atomic_load(&figures->concealed),
		.jitter_us = (uint32_t)atomic_load(&figures->jitter_us),
		.reports_in = atomic_load(&figures->reports_in),
		.rtt_us = (uint32_t)atomic_load(&figures->rtt_us),
		.their_lost = atomic_load(&figures->their_lost),
		.their_jitter_us =
			(uint32_t)atomic_load(&figures->their_jitter_us),
	};
	stats->concealed_ms = (uint32_t)stats->concealed * PHONE_TICK_MS;
	stats->way = way_of(stream, stats);
	quality_fill(stream, stats);
}

void stream_close(struct stream *stream, void (*done)(void *arg), void *arg)
{
	assert(stream && !stream->is_closing);

	stream->is_closing = true;
	stream->done = done;
	stream->done_arg = arg;
	feed_close(stream->feed);
}
