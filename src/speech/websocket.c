/*
 * speech/websocket.c - a WebSocket to a service (RFC 6455), over TCP or TLS
 */
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/text.h"
#include "speech/websocket.h"
#include "speech/ws_hello.h"
#include "speech/ws_proxy.h"
#include <re_base64.h>
#include <re_sa.h>
#include <re_sys.h>
#include <re_tcp.h>
#include <re_srtp.h>
#include <re_tls.h>

enum {
	WAITING_MAX = 256 << 10, /* bytes a slow service may leave with us */
	LAYER_TLS = 0,
	CODE_NORMAL = 1000,
	CODE_GOING_AWAY = 1001,
};

struct websocket {
	struct websocket_sink sink;
	struct url url;
	char *headers;
	char key[WS_KEY_SIZE];
	struct tcp_conn *tcp;
	struct tls_conn *tls;
	struct ws_proxy *proxy; /* NULL: straight */
	struct mbuf *hello;     /* the answer so far; NULL: open */
	struct ws_reader *reader;
	uint64_t heard_ms;
	bool is_connected; /* TCP and TLS stand */
	bool is_open;
	bool is_over;
};

static void destructor(void *arg)
{
	struct websocket *ws = arg;

	/* A goodbye that nobody waits for. */
	if (ws->is_open && !ws->is_over) {
		static const uint8_t codev[] = {CODE_NORMAL >> 8,
		                                CODE_NORMAL & 0xff};

		(void)websocket_send(ws, WS_CLOSE, codev, sizeof(codev));
	}
	mem_deref(ws->tls);
	mem_deref(ws->proxy);
	mem_deref(ws->tcp);
	mem_deref(ws->reader);
	mem_deref(ws->hello);
	mem_deref(ws->headers);
}

static void finish(struct websocket *ws, const struct websocket_end *end)
{
	if (ws->is_over)
		return;

	ws->is_over = true;
	ws->is_open = false;
	ws->tls = mem_deref(ws->tls);
	ws->tcp = mem_deref(ws->tcp);
	ws->sink.closed(end, ws->sink.arg);
}

static void fail(struct websocket *ws, int err, const char *why)
{
	struct websocket_end end = {.err = err};

	(void)snprintf(end.why, sizeof(end.why), "%s", why);
	finish(ws, &end);
}

/* --- frames ------------------------------------------------------------ */

static void close_frame(struct websocket *ws, const struct ws_message *message)
{
	struct websocket_end end = {.err = 0};

	if (message->n >= 2)
		end.code = (unsigned)message->data[0] << 8 | message->data[1];
	if (end.code != CODE_NORMAL && end.code != CODE_GOING_AWAY)
		end.err = ECONNRESET;
	(void)snprintf(end.why, sizeof(end.why), "closed with %u%s%.*s",
	               end.code, message->n > 2 ? ": " : "",
	               message->n > 2 ? (int)message->n - 2 : 0,
	               message->n > 2 ? (const char *)message->data + 2 : "");
	(void)text_repair(end.why);

	(void)websocket_send(ws, WS_CLOSE, message->data,
	                     message->n < 2 ? 0 : 2);
	finish(ws, &end);
}

static int message_handler(const struct ws_message *message, void *arg)
{
	struct websocket *ws = arg;

	switch (message->kind) {
	case WS_PING:
		(void)websocket_send(ws, WS_PONG, message->data, message->n);
		break;
	case WS_PONG:
		break;
	case WS_CLOSE:
		close_frame(ws, message);
		break;
	case WS_TEXT:
	case WS_BINARY:
		ws->sink.message(message, ws->sink.arg);
		break;
	}

	return ws->is_over || mem_nrefs(ws) == 1 ? ECONNABORTED : 0;
}

/* The receiver of a message may let go of the socket: our own reference keeps
 * it until the bytes are read, and says so (1 = nobody else). */
static void frames_feed(struct websocket *ws, const uint8_t *data, size_t n)
{
	int err;

	mem_ref(ws);
	err = ws_reader_feed(ws->reader, data, n, message_handler, ws);
	if (mem_nrefs(ws) > 1 && !ws->is_over && err)
		fail(ws, err, "not a frame of a WebSocket");
	mem_deref(ws);
}

/* --- the beginning ------------------------------------------------------- */

static void refused(struct websocket *ws, const struct ws_hello *hello)
{
	struct websocket_end end = {.err = ECONNREFUSED,
	                            .status = hello->status};

	(void)snprintf(end.why, sizeof(end.why), "HTTP %u%s%s", hello->status,
	               hello->why[0] ? ": " : "", hello->why);
	(void)text_repair(end.why);
	finish(ws, &end);
}

static void hello_feed(struct websocket *ws, const uint8_t *data, size_t n)
{
	struct mbuf *mb = ws->hello;
	struct ws_hello hello;
	bool is_ours;
	int err;

	err = mbuf_write_mem(mb, data, n);
	if (!err)
		err = ws_hello_read(&hello, (const char *)mb->buf, mb->end,
		                    ws->key);
	if (err == EAGAIN)
		return;
	if (err) {
		fail(ws, err, "does not speak WebSocket");
		return;
	}
	if (!hello.is_accepted) {
		refused(ws, &hello);
		return;
	}

	ws->hello = NULL;
	ws->is_open = true;
	mem_ref(ws);
	ws->sink.opened(ws->sink.arg);
	is_ours = mem_nrefs(ws) > 1 && !ws->is_over;
	mem_deref(ws);
	if (is_ours && mb->end > hello.used)
		frames_feed(ws, mb->buf + hello.used, mb->end - hello.used);
	mem_deref(mb);
}

static void recv_handler(struct mbuf *mb, void *arg)
{
	struct websocket *ws = arg;

	ws->heard_ms = clock_ms();
	if (ws->hello)
		hello_feed(ws, mbuf_buf(mb), mbuf_get_left(mb));
	else
		frames_feed(ws, mbuf_buf(mb), mbuf_get_left(mb));
}

/* A message shall not wait until the one before is acknowledged, which takes
 * 40 ms where the service has nothing to say. */
static void hurry(const struct websocket *ws)
{
	const int on = 1;

	(void)setsockopt(tcp_conn_fd(ws->tcp), IPPROTO_TCP, TCP_NODELAY, &on,
	                 sizeof(on));
}

static void estab_handler(void *arg)
{
	struct websocket *ws = arg;
	struct mbuf *mb;
	int err;

	ws->is_connected = true;
	hurry(ws);
	mb = mbuf_alloc(1024);
	if (!mb) {
		fail(ws, ENOMEM, "no memory");
		return;
	}

	err = ws_hello_write(mb, &ws->url, ws->headers, ws->key);
	if (!err) {
		mb->pos = 0;
		err = tcp_send(ws->tcp, mb);
	}
	mem_deref(mb);
	/* Its secrets are not needed any more. */
	ws->headers = mem_deref(ws->headers);
	if (err)
		fail(ws, err, strerror(err));
}

static void close_handler(int err, void *arg)
{
	struct websocket *ws = arg;
	char why[WEBSOCKET_WHY_SIZE], way[WS_PROXY_WHY_SIZE];

	if (ws->proxy && !ws_proxy_is_open(ws->proxy))
		(void)snprintf(why, sizeof(why), "%s",
		               ws_proxy_why(ws->proxy, err, way));
	else if (!ws->is_connected && ws->tls && err == EPROTO)
		(void)snprintf(why, sizeof(why),
		               "no TLS with %s: its certificate has expired, "
		               "does not fit the name, or is not signed by a "
		               "trusted CA",
		               ws->url.host);
	else if (!ws->is_connected)
		(void)snprintf(why, sizeof(why), "cannot connect to %s:%u: %s",
		               ws->url.host, ws->url.port,
		               err ? strerror(err) : "closed at once");
	else
		(void)snprintf(why, sizeof(why), "the connection was lost%s%s",
		               err ? ": " : "", err ? strerror(err) : "");
	/* However the kernel calls it. */
	fail(ws, ws->is_connected || !err ? ECONNRESET : err, why);
}

static void key_make(char key[WS_KEY_SIZE])
{
	uint8_t bytev[16];
	size_t n = WS_KEY_SIZE - 1;

	rand_bytes(bytev, sizeof(bytev));
	(void)base64_encode(bytev, sizeof(bytev), key, &n);
	key[n] = '\0';
}

static int tls_begin(struct websocket *ws, struct tls *tls)
{
	int err;

	err = tls_start_tcp(&ws->tls, tls, ws->tcp, LAYER_TLS);
	if (!err)
		err = tls_set_verify_server(ws->tls, ws->url.host);
	if (!err)
		err = tls_set_servername(ws->tls, ws->url.host);

	return err;
}

int websocket_open(struct websocket **wsp, const struct websocket_prm *prm,
                   const struct websocket_sink *sink)
{
	struct websocket *ws;
	int err;

	assert(wsp && prm && prm->url && prm->headers && prm->peer && sink);

	ws = mem_zalloc(sizeof(*ws), destructor);
	if (!ws)
		return ENOMEM;

	ws->sink = *sink;
	ws->url = *prm->url;
	ws->heard_ms = clock_ms();
	key_make(ws->key);
	ws->hello = mbuf_alloc(512);
	err = ws->hello ? str_dup(&ws->headers, prm->headers) : ENOMEM;
	if (!err)
		err = ws_reader_alloc(&ws->reader);
	if (!err)
		err = tcp_connect(&ws->tcp, prm->peer, estab_handler,
		                  recv_handler, close_handler, ws);
	if (err)
		goto out;

	tcp_conn_txqsz_set(ws->tcp, WAITING_MAX);
	if (prm->proxy)
		err = ws_proxy_start(&ws->proxy, ws->tcp, prm->proxy, &ws->url);
	if (!err && ws->url.is_secure)
		err = tls_begin(ws, prm->tls);

out:
	if (err)
		mem_deref(ws);
	else
		*wsp = ws;

	return err;
}

/* --- sending ------------------------------------------------------------- */

int websocket_send(struct websocket *ws, enum ws_kind kind, const void *data,
                   size_t n)
{
	struct mbuf *mb;
	int err;

	if (!ws->is_open)
		return ENOTCONN;
	if (tcp_conn_txqsz(ws->tcp) + n + WS_HEAD_MAX > WAITING_MAX)
		return ENOBUFS;

	mb = mbuf_alloc(n + WS_HEAD_MAX);
	if (!mb)
		return ENOMEM;

	err = ws_frame_write(mb, kind, data, n, rand_u32());
	if (!err) {
		mb->pos = 0;
		err = tcp_send(ws->tcp, mb);
	}
	mem_deref(mb);

	return err == ENOSPC ? ENOBUFS : err;
}

size_t websocket_waiting(const struct websocket *ws)
{
	return ws->tcp ? tcp_conn_txqsz(ws->tcp) : 0;
}

bool websocket_is_open(const struct websocket *ws)
{
	return ws->is_open;
}

uint64_t websocket_heard_ms(const struct websocket *ws)
{
	return ws->heard_ms;
}
