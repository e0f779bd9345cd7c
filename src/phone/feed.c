/*
 * phone/feed.c - the half of a stream that lives on its media loop
 *
 * The tick takes what came, with the kernel's time of arrival, and sends one
 * packet: two system calls in all. Nothing wakes the loop in between, since
 * nothing could be played before the tick. No allocation but for a letter.
 */
#include <assert.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "media/packet.h"
#include "phone/feed.h"

enum {
	PACKETS_MAX = 64, /* per tick: a flood must not hold up the others */
	PT_COMFORT = 13,  /* RFC 3389 */
	SILENT_MS = 5000,
};

/* A packet with its source and the kernel's time of arrival. */
struct arrival {
	struct msghdr header;
	struct iovec iov;
	struct sockaddr_storage source;
	uint64_t at_us; /* wall clock; 0: unknown */
	size_t size;
	uint8_t control[CMSG_SPACE(sizeof(struct timespec))];
	uint8_t bytes[PACKET_SIZE_MAX];
};

static void feed_destructor(void *arg)
{
	struct feed *feed = arg;

	(void)close(feed->fd);
	feed_report_close(&feed->report);
	mem_deref(feed->encoder);
	mem_deref(feed->decoder);
	media_loop_give(feed->loop);
	mem_deref(feed->loops);
}

/* --- letters ------------------------------------------------------------- */

static void tell(struct feed *feed, enum feed_news_kind kind, char key,
                 uint32_t ms)
{
	struct feed_news *news = mem_zalloc(sizeof(*news), NULL);

	/* Without memory for a letter this key is as good as not heard. */
	if (!news)
		return;

	news->letter.handler = feed->news;
	news->feed = feed;
	news->kind = kind;
	news->key = key;
	news->ms = ms;
	media_loop_tell(feed->loop, &news->letter);
}

static void press_tell(struct feed *feed, const struct keys_press *press)
{
	tell(feed, FEED_KEY, press->key, press->duration_ms);
}

/* --- receiving ----------------------------------------------------------- */

/* Returns the errno of recvmsg(). */
static int fetch(const struct feed *feed, struct arrival *arrival)
{
	struct msghdr *header = &arrival->header;
	const struct cmsghdr *control;
	struct timespec at;
	ssize_t n;

	arrival->iov.iov_base = arrival->bytes;
	arrival->iov.iov_len = sizeof(arrival->bytes);
	*header = (struct msghdr){
		.msg_iov = &arrival->iov,
		.msg_iovlen = 1,
		.msg_control = arrival->control,
		.msg_controllen = sizeof(arrival->control),
	};
	if (feed->is_judging) {
		header->msg_name = &arrival->source;
		header->msg_namelen = sizeof(arrival->source);
	}

	n = recvmsg(feed->fd, header, MSG_DONTWAIT);
	if (n < 0)
		return errno;

	arrival->size = (size_t)n;
	arrival->at_us = 0;
	control = CMSG_FIRSTHDR(header);
	if (control && control->cmsg_level == SOL_SOCKET &&
	    control->cmsg_type == SCM_TIMESTAMPNS) {
		memcpy(&at, CMSG_DATA(control), sizeof(at));
		arrival->at_us = (uint64_t)at.tv_sec * 1000000 +
		                 (uint64_t)at.tv_nsec / 1000;
	}

	return 0;
}

static bool is_negotiated(const struct feed *feed, uint8_t pt)
{
	return pt == feed->remote.pt_in || pt == feed->remote.pt ||
	       pt == feed->remote.pt_event || pt == PT_COMFORT;
}

static void keys_take(struct feed *feed, const struct packet *packet,
                      uint64_t now_us)
{
	struct keys_press pressv[KEYS_PRESSES_MAX];
	struct keys_event event;
	size_t pressc;

	if (keys_parse(&event, packet->payload, packet->len))
		return;

	pressc = keys_receive(&feed->receiver, packet->ts, &event,
	                      now_us / 1000, pressv);
	for (size_t i = 0; i < pressc; i++)
		press_tell(feed, &pressv[i]);
}

/* A packet of the other side. */
static void take(struct feed *feed, const struct packet *packet, uint64_t at_us,
                 uint64_t now_us)
{
	feed->packets_in++;
	feed->heard_us = now_us;
	feed->is_silence_told = false;
	if (!feed->remote.may_receive)
		return;

	/* Another source has another clock. */
	if (packet->ssrc != feed->ssrc_in) {
		feed->ssrc_in = packet->ssrc;
		keys_receiver_init(&feed->receiver, feed->remote.event_hz);
	}

	if (packet->pt == feed->remote.pt_event) {
		jitter_skip(&feed->intake.jitter, packet);
		keys_take(feed, packet, now_us);
	}
	else if (packet->pt == PT_COMFORT) {
		intake_comfort(&feed->intake, packet);
	}
	else {
		(void)jitter_put(&feed->intake.jitter, packet, at_us);
	}
}

/* Connecting makes the kernel refuse everybody else, and saves it the search
 * for a route. Where it will not, every packet goes on being judged. */
static void lock_source(struct feed *feed)
{
	const struct sa *source = &feed->latch.source;

	feed->is_connected = !connect(feed->fd, &source->u.sa, source->len);
}

static bool is_believed(struct feed *feed, const struct msghdr *header,
                        const struct packet *packet, uint64_t now_us)
{
	enum latch_verdict verdict;
	struct sa source;

	if (sa_set_sa(&source, header->msg_name))
		return false;

	verdict = latch_judge(&feed->latch, &source, packet->ssrc, packet->seq,
	                      now_us / 1000);
	if (verdict == LATCH_LOCKED)
		lock_source(feed);

	return verdict != LATCH_REFUSED;
}

static void receive(struct feed *feed, const struct arrival *arrival,
                    uint64_t now_us)
{
	struct packet packet;

	if (feed->has_remote && feed->remote.has_mux && !feed->is_judging &&
	    report_is(arrival->bytes, arrival->size)) {
		feed_report_take(feed, arrival->bytes, arrival->size,
		                 arrival->at_us);
		return;
	}

	/* Damaged and foreign packets never end a call. */
	if (arrival->header.msg_flags & MSG_TRUNC || !feed->has_remote ||
	    packet_parse(&packet, arrival->bytes, arrival->size) ||
	    !is_negotiated(feed, packet.pt)) {
		feed->refused++;
		return;
	}

	if (feed->is_judging &&
	    !is_believed(feed, &arrival->header, &packet, now_us)) {
		feed->refused++;
		return;
	}

	take(feed, &packet, arrival->at_us ? arrival->at_us : now_us, now_us);
}

/* Whether this was surely the last one that waits: in sequence, and younger
 * than the distance to the next. Asking the kernel again would nearly always
 * be for nothing, and is a tenth of the cost of a tick; what is left in its
 * queue is old enough on the next one. */
static bool is_last(const struct feed *feed, const struct arrival *arrival,
                    uint16_t seq_before)
{
	const struct jitter *jitter = &feed->intake.jitter;
	int64_t age_ms = clock_wall_ms() - (int64_t)(arrival->at_us / 1000);

	return !feed->is_judging &&
	       jitter->max_seq == (uint16_t)(seq_before + 1) && age_ms >= 0 &&
	       age_ms < (int64_t)jitter_frame_ms(jitter);
}

static void receive_all(struct feed *feed, uint64_t now_us)
{
	struct arrival arrival;

	for (unsigned i = 0; i < PACKETS_MAX; i++) {
		uint16_t seq_before = feed->intake.jitter.max_seq;
		bool was_connected = feed->is_connected;
		int err = fetch(feed, &arrival);

		if (!err) {
			receive(feed, &arrival, now_us);
			if (is_last(feed, &arrival, seq_before))
				return;
		}
		else if (err == EAGAIN) {
			/* What strangers sent before the connection is used
			 * up. */
			if (was_connected)
				feed->is_judging = false;
			return;
		}
		/* Other errors are those of packets that we sent: told once,
		 * they say nothing about what waits. */
	}
}

/* --- sending ------------------------------------------------------------- */

/* payload stands behind room for the header. */
static void send_packet(struct feed *feed, struct packet *packet,
                        uint8_t bytes[])
{
	const struct sa *to = feed->latch.is_locked ? &feed->latch.source
	                                            : &feed->remote.addr;
	size_t size = PACKET_HEADER_SIZE + packet->len;
	ssize_t n;

	packet->seq = feed->seq++;
	packet->ssrc = feed->ssrc;
	packet_build(bytes, packet);

	if (feed->is_connected)
		n = send(feed->fd, bytes, size, MSG_DONTWAIT);
	else
		n = sendto(feed->fd, bytes, size, MSG_DONTWAIT, &to->u.sa,
		           to->len);

	/* What the network does not take is lost, as it may be later on. */
	if (n >= 0) {
		feed->packets_out++;
		feed->report.octets += packet->len;
	}
}

static bool send_keys(struct feed *feed)
{
	const uint32_t step = feed->remote.event_hz * PHONE_TICK_MS / 1000;
	uint8_t bytes[PACKET_HEADER_SIZE + KEYS_PAYLOAD_SIZE];
	struct keys_packet keys;
	struct packet packet;

	if (!feed->sender.queuec || feed->remote.pt_event < 0 ||
	    !keys_send_tick(&feed->sender, feed->ts, step, &keys))
		return false;

	memcpy(&bytes[PACKET_HEADER_SIZE], keys.payload, KEYS_PAYLOAD_SIZE);
	packet = (struct packet){
		.pt = (uint8_t)feed->remote.pt_event,
		.has_marker = keys.has_marker,
		.ts = keys.ts,
		.len = KEYS_PAYLOAD_SIZE,
	};
	send_packet(feed, &packet, bytes);

	return true;
}

static void send_frame(struct feed *feed, const int16_t *pcm, size_t n)
{
	const struct codec *codec = feed->remote.codec;
	uint8_t bytes[PACKET_HEADER_SIZE + CODEC_BYTES_MAX];
	struct packet packet = {
		.pt = feed->remote.pt,
		.has_marker = feed->has_pause,
		.ts = feed->ts,
		.len = CODEC_BYTES_MAX,
	};
	bool is_pause;

	if (codec->encode(feed->encoder, &bytes[PACKET_HEADER_SIZE],
	                  &packet.len, pcm, n))
		return;

	/* Of a silence that need not be sent the beginning is told. */
	is_pause = codec->is_pause &&
	           codec->is_pause(&bytes[PACKET_HEADER_SIZE], packet.len);
	if (!is_pause || !feed->is_pausing)
		send_packet(feed, &packet, bytes);
	feed->is_pausing = is_pause;
	feed->has_pause = is_pause;
}

/* Silence is sent too: it keeps NATs open, and some networks pass no early
 * media before they heard us. */
static void send_tick(struct feed *feed, const int16_t *pcm, size_t n)
{
	uint32_t step = feed->remote.codec->clock_hz * PHONE_TICK_MS / 1000;

	if (!feed->remote.may_send || sa_is_any(&feed->remote.addr)) {
		feed->has_pause = true;
	}
	else if (send_keys(feed)) {
		feed->has_pause = true;
	}
	else {
		send_frame(feed, pcm, n);
	}

	feed->ts += step;
}

/* --- the tick ------------------------------------------------------------ */

static void watch_silence(struct feed *feed, uint64_t now_us)
{
	struct keys_press press;

	if (keys_receive_tick(&feed->receiver, now_us / 1000, &press))
		press_tell(feed, &press);

	/* Who said that a pause begins is not missed. */
	if (!feed->remote.may_receive || feed->is_silence_told ||
	    feed->intake.is_paused ||
	    now_us < feed->heard_us + SILENT_MS * UINT64_C(1000))
		return;

	feed->is_silence_told = true;
	tell(feed, FEED_SILENT, '\0', SILENT_MS);
}

/* Fills the frame that ears get. Returns false before there ever was one. */
static bool hear(struct feed *feed, int16_t *pcm, size_t n, bool *is_concealedp)
{
	enum intake_kind kind = INTAKE_NOTHING;

	if (feed->remote.may_receive)
		kind = intake_frame(&feed->intake, pcm, n);
	if (kind != INTAKE_NOTHING)
		feed->has_heard = true;
	else if (feed->has_heard)
		memset(pcm, 0, n * sizeof(*pcm));
	*is_concealedp = kind == INTAKE_NOTHING || kind == INTAKE_MADE_UP;

	return feed->has_heard;
}

static void put(_Atomic uint64_t *figure, uint64_t value)
{
	atomic_store_explicit(figure, value, memory_order_relaxed);
}

static void publish(struct feed *feed)
{
	struct feed_figures *figures = &feed->figures;
	struct jitter_counts counts;

	jitter_counts(&feed->intake.jitter, &counts);
	put(&figures->packets_in, feed->packets_in);
	put(&figures->packets_out, feed->packets_out);
	put(&figures->refused, feed->refused);
	put(&figures->lost, feed->before.lost + counts.lost);
	put(&figures->late, feed->before.late + counts.late);
	put(&figures->concealed,
	    feed->concealed_before + feed->intake.concealed);
	put(&figures->repaired, feed->repaired_before + feed->intake.repaired);
	put(&figures->depth_ms, jitter_depth_ms(&feed->intake.jitter));
	put(&figures->jitter_us, jitter_us(&feed->intake.jitter));
	if (feed->keys_waiting != feed->sender.queuec) {
		put(&figures->keys_sent,
		    atomic_load_explicit(&figures->keys_sent,
		                         memory_order_relaxed) +
		            feed->keys_waiting - feed->sender.queuec);
		feed->keys_waiting = feed->sender.queuec;
	}
}

/* Time passed though nothing was sent (RFC 3550 5.1): the other side plays what
 * follows behind a pause, not as early as if there had been none. */
static void missed_pass(struct feed *feed)
{
	const uint32_t step =
		feed->remote.codec->clock_hz / 1000 * PHONE_TICK_MS;

	feed->ts += (uint32_t)feed->task.missed * step;
	feed->has_pause = true;
}

static bool feed_tick(struct media_task *task, uint64_t now_us)
{
	struct feed *feed = (struct feed *)(void *)task;
	int16_t in[PHONE_SAMPLES_MAX], out[PHONE_SAMPLES_MAX];
	struct phone_tick tick = {.out = out, .at_ms = feed->at_ms};

	if (atomic_load_explicit(&feed->is_closing, memory_order_acquire)) {
		feed_report_end(feed);
		return false;
	}

	/* The system call gives the memory time to come. */
	intake_prefetch(&feed->intake);
	receive_all(feed, now_us);
	if (!feed->has_remote)
		return true;

	if (task->missed)
		missed_pass(feed);
	watch_silence(feed, now_us);

	tick.rate_hz = feed->remote.codec->rate_hz;
	tick.n = tick.rate_hz * PHONE_TICK_MS / 1000;
	if (hear(feed, in, tick.n, &tick.is_concealed))
		tick.in = in;
	memset(out, 0, tick.n * sizeof(out[0]));
	if (feed->has_audio) {
		feed->audio.tick(&tick, feed->audio.arg);
		feed->at_ms += PHONE_TICK_MS;
	}
	send_tick(feed, out, tick.n);
	publish(feed);
	if (now_us >= feed->report.due_us)
		feed_report_tick(feed, now_us);

	return true;
}

static void feed_left(struct media_task *task)
{
	struct feed *feed = (struct feed *)(void *)task;

	media_loop_tell(feed->loop, &feed->gone);
}

/* --- what control asks for ----------------------------------------------- */

/* The jitter buffer begins anew; its counts go on. */
static void codec_set(struct feed *feed, void *encoder, void *decoder)
{
	const struct codec *codec = feed->remote.codec;
	struct jitter_counts counts;

	jitter_counts(&feed->intake.jitter, &counts);
	feed->before.lost += counts.lost;
	feed->before.late += counts.late;
	feed->before.received += counts.received;
	feed->repaired_before += feed->intake.repaired;
	feed->concealed_before += feed->intake.concealed;

	mem_deref(feed->encoder);
	mem_deref(feed->decoder);
	feed->encoder = encoder;
	feed->decoder = decoder;
	intake_init(&feed->intake, codec, decoder);
	keys_receiver_init(&feed->receiver, feed->remote.event_hz);
}

void feed_remote_set(struct feed *feed, const struct stream_remote *remote,
                     void *encoder, void *decoder)
{
	bool is_other_codec =
		!feed->has_remote || feed->remote.codec != remote->codec;
	uint64_t now_us = clock_us();

	/* 0.0.0.0 is the old way to hold (RFC 2543): the call goes on where it
	 * was. */
	if (!sa_is_any(&remote->addr) &&
	    latch_open(&feed->latch, &remote->addr, &remote->peer,
	               now_us / 1000)) {
		const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

		(void)connect(feed->fd, &nobody, sizeof(nobody));
		feed->is_connected = false;
	}
	feed->is_judging = feed->is_judging || !feed->is_connected;
	feed->heard_us = now_us;
	feed->is_silence_told = false;
	feed->has_remote = true;
	feed->remote = *remote;
	feed_report_remote_set(feed, now_us);

	if (!is_other_codec) {
		mem_deref(encoder);
		mem_deref(decoder);
		return;
	}

	codec_set(feed, encoder, decoder);
}

bool feed_audio_swap(struct feed *feed, struct phone_audio *audio)
{
	struct phone_audio before = feed->audio;
	bool had_audio = feed->has_audio;

	feed->audio = *audio;
	feed->has_audio = true;
	feed->at_ms = 0;
	*audio = before;

	return had_audio;
}

void feed_keys_send(struct feed *feed, const char *keys)
{
	/* Control counted that they fit. */
	if (!keys_send(&feed->sender, keys))
		feed->keys_waiting += strlen(keys);
}

int feed_alloc(struct feed **feedp, struct media_loops *loops, int fd,
               int report_fd, mailbox_h *gone, mailbox_h *news)
{
	const int on = 1, expedited = 46 << 2; /* RFC 4594: telephony */
	struct feed *feed;

	feed = mem_zalloc(sizeof(*feed), feed_destructor);
	if (!feed) {
		(void)close(fd);
		(void)close(report_fd);
		return ENOMEM;
	}

	feed->fd = fd;
	feed_report_init(&feed->report, report_fd);
	feed->loops = mem_ref(loops);
	feed->loop = media_loop_take(loops);
	feed->task.tick = feed_tick;
	feed->task.left = feed_left;
	feed->gone.handler = gone;
	feed->news = news;
	feed->is_judging = true;
	feed->has_pause = true;

	/* Both only make things better where they work. */
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &expedited, sizeof(expedited));

	/* Random, so that a stranger can't guess on (RFC 3550 5.1). */
	(void)getrandom(&feed->ssrc, sizeof(feed->ssrc), 0);
	(void)getrandom(&feed->ts, sizeof(feed->ts), 0);
	(void)getrandom(&feed->seq, sizeof(feed->seq), 0);

	*feedp = feed;

	return 0;
}
