/*
 * test/fakes/fake_voice_answer.c - the sound of a fake voice, on its way
 */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/text.h"
#include "fakes/fake.h"
#include "fakes/fake_voice_parts.h"

enum {
	PIECE_MS = 100,
	CUT_AFTER = 4, /* pieces */
	WAV_BYTES = 44,
};

static void answer_destructor(void *arg)
{
	struct answer *answer = arg;

	tmr_cancel(&answer->tmr);
	list_unlink(&answer->le);
	mem_deref(answer->way.conn);
	mem_deref(answer->way.ws);
	mem_deref(answer->pcm);
}

/* --- the sound ------------------------------------------------------------ */

static int sound_make(struct answer *answer)
{
	const struct fake_voice_seen *seen = &answer->fake->seen;
	uint32_t rate_hz = answer->said.rate_hz;
	size_t ahead = (size_t)rate_hz * FAKE_VOICE_AHEAD_MS / 1000;
	size_t tone = (size_t)(text_length(seen->text) * FAKE_VOICE_CHAR_MS /
	                       seen->rate * rate_hz / 1000);
	double step = 2 * acos(-1) * FAKE_VOICE_TONE_HZ * seen->pitch / rate_hz;

	answer->count = tone + 2 * ahead;
	answer->pcm = mem_zalloc(answer->count * sizeof(*answer->pcm), NULL);
	if (!answer->pcm)
		return ENOMEM;

	for (size_t i = 0; i < tone; i++)
		answer->pcm[ahead + i] =
			(int16_t)(FAKE_VOICE_LEVEL * seen->volume *
		                  sin(step * (double)i));

	return 0;
}

/* --- as MP3 --------------------------------------------------------------- */

static sf_count_t mp3_length(void *arg)
{
	const struct mbuf *mb = arg;

	return (sf_count_t)mb->end;
}

static sf_count_t mp3_seek(sf_count_t offset, int whence, void *arg)
{
	struct mbuf *mb = arg;

	mb->pos = (size_t)(offset + (whence == SEEK_CUR   ? (sf_count_t)mb->pos
	                             : whence == SEEK_END ? (sf_count_t)mb->end
	                                                  : 0));

	return (sf_count_t)mb->pos;
}

static sf_count_t mp3_tell(void *arg)
{
	return mp3_seek(0, SEEK_CUR, arg);
}

static sf_count_t mp3_read(void *to, sf_count_t count, void *arg)
{
	struct mbuf *mb = arg;
	size_t n = mbuf_get_left(mb);

	n = n < (size_t)count ? n : (size_t)count;
	(void)mbuf_read_mem(mb, to, n);

	return (sf_count_t)n;
}

static sf_count_t mp3_write(const void *from, sf_count_t count, void *arg)
{
	return mbuf_write_mem(arg, from, (size_t)count) ? 0 : count;
}

/* From here on its "samples" are pairs of bytes. */
static int mp3_make(struct answer *answer)
{
	static SF_VIRTUAL_IO io = {mp3_length, mp3_seek, mp3_read, mp3_write,
	                           mp3_tell};
	SF_INFO info = {.samplerate = (int)answer->said.rate_hz,
	                .channels = 1,
	                .format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III};
	struct mbuf *mb = mbuf_alloc(65536);
	SNDFILE *file = mb ? sf_open_virtual(&io, SFM_WRITE, &info, mb) : NULL;

	if (!file) {
		mem_deref(mb);
		return ENOTSUP;
	}
	(void)sf_write_short(file, answer->pcm, (sf_count_t)answer->count);
	(void)sf_close(file);

	mem_deref(answer->pcm);
	answer->count = (mb->end + 1) / 2;
	answer->pcm = mem_zalloc(answer->count * sizeof(*answer->pcm), NULL);
	if (answer->pcm)
		memcpy(answer->pcm, mb->buf, mb->end);
	mem_deref(mb);

	return answer->pcm ? 0 : ENOMEM;
}

/* --- as WAV --------------------------------------------------------------- */

static void little(uint8_t *at, uint32_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static unsigned channels_of(const struct answer *answer)
{
	return !answer->said.is_raw &&
	                       answer->fake->prm.pack == FAKE_VOICE_WAV_STEREO
	               ? 2
	               : 1;
}

static void header_make(uint8_t head[WAV_BYTES], const struct answer *answer)
{
	unsigned channels = channels_of(answer);
	uint32_t size = answer->fake->prm.pack == FAKE_VOICE_WAV_ENDLESS
	                        ? UINT32_MAX
	                        : (uint32_t)answer->count * 2 * channels;

	memcpy(head, "RIFF\0\0\0\0WAVEfmt ", 16);
	little(head + 4, size == UINT32_MAX ? size : size + 36, 4);
	little(head + 16, 16, 4);
	little(head + 20, 1, 2);
	little(head + 22, channels, 2);
	little(head + 24, answer->said.rate_hz, 4);
	little(head + 28, answer->said.rate_hz * 2 * channels, 4);
	little(head + 32, 2 * channels, 2);
	little(head + 34, 16, 2);
	memcpy(head + 36, "data", 4);
	little(head + 40, size, 4);
}

/* --- sending -------------------------------------------------------------- */

/* Returns false when the client has gone. */
static bool bytes_send(struct answer *answer, const void *data, size_t n)
{
	struct tcp_conn *tcp = http_conn_tcp(answer->way.conn);
	struct mbuf *mb = mbuf_alloc(n + 32);
	int err;

	if (!tcp || !mb) {
		mem_deref(mb);
		return false;
	}

	err = mbuf_printf(mb, "%zx\r\n", n);
	if (!err)
		err = mbuf_write_mem(mb, data, n);
	if (!err)
		err = mbuf_write_str(mb, "\r\n");
	mbuf_set_pos(mb, 0);
	if (!err)
		err = tcp_send(tcp, mb);
	mem_deref(mb);

	return !err;
}

static bool text_send(struct http_conn *conn, const char *text)
{
	struct tcp_conn *tcp = http_conn_tcp(conn);
	struct mbuf *mb = mbuf_alloc(256);
	bool is_sent;

	is_sent = tcp && mb && !mbuf_write_str(mb, text);
	if (is_sent) {
		mbuf_set_pos(mb, 0);
		is_sent = !tcp_send(tcp, mb);
	}
	mem_deref(mb);

	return is_sent;
}

static bool head_send(struct answer *answer)
{
	const struct fake_voice_said *said = &answer->said;
	bool is_raw = said->is_raw || answer->fake->prm.pack >= FAKE_VOICE_RAW;
	uint8_t head[WAV_BYTES];
	char type[64], text[256];

	if (said->type)
		(void)snprintf(type, sizeof(type), "%s", said->type);
	else if (answer->fake->prm.pack == FAKE_VOICE_MP3)
		(void)snprintf(type, sizeof(type), "audio/mpeg");
	else if (is_raw)
		(void)snprintf(type, sizeof(type), "audio/L16;rate=%u",
		               said->rate_hz);
	else
		(void)snprintf(type, sizeof(type), "audio/x-wav");
	if (answer->fault == FAKE_VOICE_TYPE)
		(void)snprintf(type, sizeof(type), "text/html");
	(void)snprintf(text, sizeof(text),
	               "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
	               "Transfer-Encoding: chunked\r\n\r\n",
	               type);
	if (!text_send(answer->way.conn, text))
		return false;
	if (answer->fault == FAKE_VOICE_TYPE)
		return bytes_send(answer, "<html>sold</html>", 17);
	if (is_raw || answer->fault == FAKE_VOICE_EMPTY)
		return true;

	/* Cut where it hurts. */
	header_make(head, answer);
	return bytes_send(answer, head, 21) &&
	       bytes_send(answer, head + 21, WAV_BYTES - 21);
}

/* Sets n to how many samples left. */
static bool piece_send(struct answer *answer, size_t n)
{
	const int16_t *pcm = answer->pcm + answer->at;
	bool is_last = answer->at + n == answer->count;
	int16_t *pair;
	bool is_sent;

	if (answer->way.ws) {
		char *text = answer->fake->kind->wrap(pcm, n, is_last);

		is_sent = text && !websock_send(answer->way.ws, WEBSOCK_TEXT,
		                                "%s", text);
		mem_deref(text);
		return is_sent;
	}
	if (answer->way.rpc) {
		answer->fake->kind->send(answer->way.rpc, pcm, n);
		return true;
	}
	if (channels_of(answer) == 1)
		return bytes_send(answer, pcm, n * sizeof(*pcm));

	/* Left alone would be half as loud. */
	pair = mem_zalloc(2 * n * sizeof(*pair), NULL);
	if (!pair)
		return false;
	for (size_t i = 0; i < n; i++)
		pair[2 * i] = pair[2 * i + 1] = pcm[i];
	is_sent = bytes_send(answer, pair, 2 * n * sizeof(*pair));
	mem_deref(pair);

	return is_sent;
}

static void cut(struct answer *answer)
{
	struct tcp_conn *tcp;

	if (answer->way.rpc) {
		fake_grpc_cut(answer->way.rpc);
		return;
	}
	tcp = answer->way.ws ? websock_tcp(answer->way.ws)
	                     : http_conn_tcp(answer->way.conn);
	if (tcp)
		(void)shutdown(tcp_conn_fd(tcp), SHUT_RDWR);
}

static bool is_past(const struct answer *answer, enum fake_voice_fault fault)
{
	return answer->fault == fault && answer->pieces >= CUT_AFTER;
}

static void send_handler(void *arg)
{
	struct answer *answer = arg;
	struct fake_voice *fake = answer->fake;
	size_t n = (size_t)answer->said.rate_hz * PIECE_MS / 1000;
	bool is_sent = true;

	if (!answer->has_begun)
		fake->seen.first_us = clock_us();
	if (!answer->has_begun && answer->way.conn) {
		fake_hurry(http_conn_tcp(answer->way.conn));
		is_sent = head_send(answer);
	}
	answer->has_begun = true;
	if (answer->fault == FAKE_VOICE_EMPTY ||
	    answer->fault == FAKE_VOICE_TYPE)
		answer->at = answer->count;
	if (is_past(answer, FAKE_VOICE_STALL))
		return;
	if (is_past(answer, FAKE_VOICE_CUT)) {
		cut(answer);
		mem_deref(answer);
		return;
	}

	if (n > answer->count - answer->at)
		n = answer->count - answer->at;
	if (n && is_sent)
		is_sent = piece_send(answer, n);
	answer->at += n;
	answer->pieces++;
	if (!is_sent) {
		fake->seen.abandoned++;
		mem_deref(answer);
	}
	else if (answer->at < answer->count) {
		tmr_start(&answer->tmr, fake->prm.pace_ms, send_handler,
		          answer);
	}
	else {
		struct fake_conn *rpc = answer->way.rpc;

		fake->seen.whole++;
		if (answer->way.conn)
			(void)text_send(answer->way.conn, "0\r\n\r\n");
		mem_deref(answer);
		if (rpc)
			fake_grpc_end(rpc, 0, "");
	}
}

int fake_voice_answer(struct fake_voice *fake, const struct fake_voice_way *way,
                      const struct fake_voice_said *said,
                      enum fake_voice_fault fault)
{
	struct answer *answer;
	int err;

	answer = mem_zalloc(sizeof(*answer), answer_destructor);
	if (!answer)
		return ENOMEM;

	answer->fake = fake;
	answer->way = *way;
	mem_ref(way->conn);
	mem_ref(way->ws);
	answer->said = *said;
	answer->fault = fault;
	tmr_init(&answer->tmr);
	err = sound_make(answer);
	if (!err && fake->prm.pack == FAKE_VOICE_MP3)
		err = mp3_make(answer);
	if (err) {
		mem_deref(answer);
		return err;
	}

	list_append(&fake->answerl, &answer->le, answer);
	tmr_start(&answer->tmr,
	          answer->fault == FAKE_VOICE_LATE ? fake->prm.late_ms : 0,
	          send_handler, answer);

	return 0;
}
