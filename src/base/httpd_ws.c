/*
 * base/httpd_ws.c - the server's side of a WebSocket
 *
 * libmicrohttpd hands over the socket (with TLS, one end of a pair) once the
 * 101 is out; from then on the control loop reads and writes it. Giving it
 * back closes it.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/httpd_parts.h"
#include "base/text.h"
#include "base/ws_accept.h"
#include <re_main.h>

enum {
	READ_BYTES = 16 << 10,
	READS_MAX = 4, /* in a row: others wait too */
	IDLE_MS = 60000,
	GOODBYE_MS = 5000, /* for the client's close frame */
	CODE_NORMAL = 1000,
	CODE_AWAY = 1001,
	CODE_PROTOCOL = 1002,
	CODE_CUT = 1006,
	CODE_NO_TEXT = 1007,
	CODE_LARGE = 1009,
	CODE_TROUBLE = 1011,
	REASON_MAX = 123, /* bytes of a close frame behind its code */
};

struct httpd_ws {
	struct le le; /* of the core */
	struct httpd_exchange *ex;
	struct httpd_ws_sink sink;
	struct ws_reader *reader;
	struct mbuf *out; /* what waits is from pos to end */
	struct tmr idle_tmr, end_tmr;
	int fd; /* -1: not handed over yet, or over */
	uint32_t idle_ms;
	uint64_t heard_ms;
	unsigned code; /* of its end */
	bool is_paused, is_choked;
	bool is_closing; /* our close frame was sent */
	bool is_over;
};

static void ready_handler(int flags, void *arg);

/* --- the socket -------------------------------------------------------- */

/* HTTP's thread: the 101 is out. */
static void upgrade_handler(void *cls, struct MHD_Connection *connection,
                            void *con_cls, const char *extra, size_t extra_n,
                            MHD_socket fd,
                            struct MHD_UpgradeResponseHandle *urh)
{
	struct httpd_exchange *ex = cls;
	struct httpd_core *core = ex->core;
	struct mbuf *first = NULL;
	bool is_taken;

	(void)connection;
	(void)con_cls;
	if (extra_n)
		first = mbuf_alloc(extra_n);
	if (first)
		(void)mbuf_write_mem(first, (const uint8_t *)extra, extra_n);

	(void)pthread_mutex_lock(&core->lock);
	is_taken = !core->is_stopping && !ex->is_ws_over && !extra_n == !first;
	if (is_taken) {
		ex->urh = urh;
		ex->ws_fd = fd;
		ex->ws_first = first;
		first = NULL;
	}
	if (ex->conn)
		ex->conn->limit_ms = 0;
	(void)pthread_mutex_unlock(&core->lock);
	mem_deref(first);

	/* The box being full, the limit of silence closes it. */
	if (is_taken)
		(void)httpd_tell(ex, httpd_tell_upgraded);
	else
		(void)MHD_upgrade_action(urh, MHD_UPGRADE_ACTION_CLOSE);
}

static void give_back(struct httpd_ws *ws)
{
	struct MHD_UpgradeResponseHandle *urh;
	struct httpd_exchange *ex = ws->ex;

	if (ws->fd >= 0)
		fd_close(ws->fd);
	ws->fd = -1;

	(void)pthread_mutex_lock(&ex->core->lock);
	urh = ex->urh;
	ex->urh = NULL;
	/* Not handed over yet: it is closed then. */
	ex->is_ws_over = true;
	(void)pthread_mutex_unlock(&ex->core->lock);
	if (urh)
		(void)MHD_upgrade_action(urh, MHD_UPGRADE_ACTION_CLOSE);
}

static void listen_again(struct httpd_ws *ws)
{
	int flags = (ws->is_paused ? 0 : FD_READ) |
	            (mbuf_get_left(ws->out) ? FD_WRITE : 0);

	if (ws->fd < 0)
		return;
	if (!flags)
		fd_close(ws->fd);
	else
		(void)fd_listen(ws->fd, flags, ready_handler, ws);
}

static void end_handler(void *arg)
{
	struct httpd_ws *ws = arg;

	ws->sink.closed(ws->code, ws->sink.arg);
}

/* It is over; the owner hears of it from the loop. */
static void finish(struct httpd_ws *ws, unsigned code)
{
	if (ws->is_over)
		return;

	ws->is_over = true;
	ws->code = code;
	tmr_cancel(&ws->idle_tmr);
	give_back(ws);
	tmr_start(&ws->end_tmr, 0, end_handler, ws);
}

/* --- sending ----------------------------------------------------------- */

static int flush(struct httpd_ws *ws)
{
	while (ws->fd >= 0 && mbuf_get_left(ws->out)) {
		ssize_t n =
			send(ws->fd, mbuf_buf(ws->out), mbuf_get_left(ws->out),
		             MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : errno;
		ws->out->pos += (size_t)n;
	}
	if (!mbuf_get_left(ws->out))
		mbuf_rewind(ws->out);

	return 0;
}

static int frame_send(struct httpd_ws *ws, enum ws_kind kind, const void *data,
                      size_t n)
{
	struct mbuf *out = ws->out;
	size_t pos = out->pos;
	int err;

	if (pos) {
		memmove(out->buf, mbuf_buf(out), mbuf_get_left(out));
		out->end -= pos;
		pos = 0;
	}
	out->pos = out->end;
	err = ws_frame_write_plain(out, kind, data, n);
	out->pos = pos;
	if (err)
		return err;

	err = flush(ws);
	if (err)
		finish(ws, CODE_CUT);
	else
		listen_again(ws);

	return 0;
}

int httpd_ws_send(struct httpd_ws *ws, enum ws_kind kind, const void *data,
                  size_t n)
{
	if (ws->is_over || ws->is_closing)
		return ENOTCONN;
	if (mbuf_get_left(ws->out) &&
	    mbuf_get_left(ws->out) + n > HTTPD_WAITING_LIMIT) {
		ws->is_choked = true;
		return ENOBUFS;
	}

	return frame_send(ws, kind, data, n);
}

static void close_send(struct httpd_ws *ws, unsigned code, const char *why)
{
	uint8_t bodyv[2 + REASON_MAX];
	size_t n = text_span(why, REASON_MAX);

	while (n > REASON_MAX)
		n--;
	bodyv[0] = (uint8_t)(code >> 8);
	bodyv[1] = (uint8_t)code;
	memcpy(bodyv + 2, why, n);
	ws->is_closing = true;
	(void)frame_send(ws, WS_CLOSE, bodyv, n + 2);
}

static void goodbye_handler(void *arg)
{
	struct httpd_ws *ws = arg;

	finish(ws, ws->code);
}

void httpd_ws_close(struct httpd_ws *ws, unsigned code, const char *why)
{
	if (ws->is_over || ws->is_closing)
		return;

	ws->code = code;
	close_send(ws, code, why);
	if (!ws->is_over)
		tmr_start(&ws->idle_tmr, GOODBYE_MS, goodbye_handler, ws);
}

void httpd_ws_pause(struct httpd_ws *ws, bool is_paused)
{
	if (ws->is_over || ws->is_paused == is_paused)
		return;

	ws->is_paused = is_paused;
	ws->heard_ms = clock_ms();
	listen_again(ws);
}

/* --- receiving --------------------------------------------------------- */

static void peer_closes(struct httpd_ws *ws, const struct ws_message *message)
{
	unsigned code = CODE_NORMAL;

	if (message->n >= 2)
		code = (unsigned)message->data[0] << 8 | message->data[1];
	if (!ws->is_closing)
		close_send(ws, code, "");
	else
		code = ws->code;
	finish(ws, code);
}

static void data_taken(struct httpd_ws *ws, const struct ws_message *message)
{
	if (message->kind == WS_TEXT &&
	    !text_is_utf8((const char *)message->data, message->n)) {
		close_send(ws, CODE_NO_TEXT, "not UTF-8");
		finish(ws, CODE_NO_TEXT);
	}
	else if (!ws->is_closing) {
		ws->sink.message(message, ws->sink.arg);
	}
}

static int message_handler(const struct ws_message *message, void *arg)
{
	struct httpd_ws *ws = arg;

	switch (message->kind) {
	case WS_PING:
		if (!ws->is_closing)
			(void)frame_send(ws, WS_PONG, message->data,
			                 message->n);
		break;
	case WS_PONG:
		break;
	case WS_CLOSE:
		peer_closes(ws, message);
		break;
	case WS_TEXT:
	case WS_BINARY:
		data_taken(ws, message);
		break;
	}

	return ws->is_over || mem_nrefs(ws) == 1 ? ECONNABORTED : 0;
}

/* The owner may let go in a message: our own reference keeps it until the bytes
 * are read, and says so (1 = nobody else). */
static void feed(struct httpd_ws *ws, const uint8_t *data, size_t n)
{
	int err;

	ws->heard_ms = clock_ms();
	mem_ref(ws);
	err = ws_reader_feed(ws->reader, data, n, message_handler, ws);
	if (err && mem_nrefs(ws) > 1 && !ws->is_over) {
		unsigned code = err == EMSGSIZE ? CODE_LARGE
		                : err == EPROTO ? CODE_PROTOCOL
		                                : CODE_TROUBLE;

		close_send(ws, code, "");
		finish(ws, code);
	}
	mem_deref(ws);
}

static void receive(struct httpd_ws *ws)
{
	uint8_t bufv[READ_BYTES];

	mem_ref(ws);
	for (unsigned i = 0; i < READS_MAX && ws->fd >= 0 && !ws->is_paused &&
	                     mem_nrefs(ws) > 1;
	     i++) {
		ssize_t n = recv(ws->fd, bufv, sizeof(bufv), MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0)
			finish(ws, ws->is_closing ? ws->code : CODE_CUT);
		else
			feed(ws, bufv, (size_t)n);
	}
	mem_deref(ws);
}

static void ready_handler(int flags, void *arg)
{
	struct httpd_ws *ws = arg;
	bool is_drained;

	if (flags & FD_WRITE && flush(ws)) {
		finish(ws, CODE_CUT);
		return;
	}
	if (flags & FD_WRITE)
		listen_again(ws);

	is_drained = ws->is_choked &&
	             mbuf_get_left(ws->out) < HTTPD_WAITING_LIMIT / 2;
	mem_ref(ws);
	if (is_drained) {
		ws->is_choked = false;
		if (ws->sink.drained)
			ws->sink.drained(ws->sink.arg);
	}
	if (mem_nrefs(ws) > 1 && flags & (FD_READ | FD_EXCEPT))
		receive(ws);
	mem_deref(ws);
}

/* Half of the time without a word: ping. All of it: gone. */
static void idle_handler(void *arg)
{
	struct httpd_ws *ws = arg;
	uint64_t quiet_ms = clock_ms() - ws->heard_ms;

	if (quiet_ms >= ws->idle_ms && !ws->is_paused) {
		close_send(ws, CODE_AWAY, "silent for too long");
		finish(ws, CODE_AWAY);
		return;
	}
	if (quiet_ms >= ws->idle_ms / 2 && ws->fd >= 0)
		(void)frame_send(ws, WS_PING, NULL, 0);
	if (!ws->is_over)
		tmr_start(&ws->idle_tmr, ws->idle_ms / 2, idle_handler, ws);
}

/* --- the beginning ----------------------------------------------------- */

void httpd_tell_upgraded(void *arg)
{
	struct httpd_exchange *ex = arg;
	struct httpd_ws *ws = ex->ws;
	struct mbuf *first;
	bool is_there;
	int err;

	(void)pthread_mutex_lock(&ex->core->lock);
	is_there = ex->urh != NULL;
	(void)pthread_mutex_unlock(&ex->core->lock);
	if (!ws || ws->is_over || !is_there) {
		httpd_leave(ex);
		return;
	}

	ws->fd = ex->ws_fd;
	ws->heard_ms = clock_ms();
	(void)fcntl(ws->fd, F_SETFL, fcntl(ws->fd, F_GETFL) | O_NONBLOCK);
	err = flush(ws);
	if (err)
		finish(ws, CODE_CUT);
	else
		listen_again(ws);

	first = ex->ws_first;
	ex->ws_first = NULL;
	if (first && !ws->is_over)
		feed(ws, first->buf, first->end);
	mem_deref(first);
	httpd_leave(ex);
}

static void destructor(void *arg)
{
	struct httpd_ws *ws = arg;

	if (!ws->is_over && !ws->is_closing && ws->fd >= 0)
		close_send(ws, CODE_AWAY, "");
	ws->is_over = true;
	tmr_cancel(&ws->idle_tmr);
	tmr_cancel(&ws->end_tmr);
	list_unlink(&ws->le);
	mem_deref(ws->reader);
	mem_deref(ws->out);
	if (ws->ex) {
		give_back(ws);
		ws->ex->ws = NULL;
		httpd_leave(ws->ex);
	}
}

void httpd_ws_abandon(struct httpd_ws *ws)
{
	ws->is_over = true;
	tmr_cancel(&ws->idle_tmr);
	tmr_cancel(&ws->end_tmr);
	list_unlink(&ws->le);
	give_back(ws);
}

/* A page of another site may open a WebSocket to us with the user's cookies:
 * its browser says where the page came from. */
static bool is_origin_ours(const struct httpd_request *req)
{
	const char *origin = httpd_header(req, "Origin");
	const char *host = httpd_header(req, "Host");
	const char *at = origin ? strstr(origin, "://") : NULL;

	if (!origin)
		return true;

	return at && host && !strcasecmp(at + 3, host);
}

static const struct httpd_trouble *hello_check(const struct httpd_request *req)
{
	static const struct httpd_trouble no_upgrade = {
		.status = 426,
		.detail = "This path speaks WebSocket only.",
		.remedy = "Connect with a WebSocket client (RFC 6455).",
	};
	static const struct httpd_trouble bad_key = {
		.status = 400,
		.detail = "Sec-WebSocket-Key is not 16 bytes as base64, or "
			  "the version is not 13.",
	};
	static const struct httpd_trouble stranger = {
		.status = 403,
		.detail = "The page that asks is of another site.",
		.remedy = "Open it from this server.",
	};
	const char *upgrade = httpd_header(req, "Upgrade");
	const char *version = httpd_header(req, "Sec-WebSocket-Version");
	const char *key = httpd_header(req, "Sec-WebSocket-Key");

	if (!upgrade || strcasecmp(upgrade, "websocket") != 0 ||
	    strcmp(httpd_method(req), "GET") != 0)
		return &no_upgrade;
	if (!key || strlen(key) != WS_KEY_SIZE - 1 || !version ||
	    strcmp(version, "13") != 0)
		return &bad_key;

	return is_origin_ours(req) ? NULL : &stranger;
}

static int ws_alloc(struct httpd_ws **wsp, struct httpd_exchange *ex,
                    const struct httpd_ws_sink *sink, uint32_t idle_ms)
{
	struct httpd_ws *ws = mem_zalloc(sizeof(*ws), destructor);
	int err;

	if (!ws)
		return ENOMEM;

	tmr_init(&ws->idle_tmr);
	tmr_init(&ws->end_tmr);
	ws->fd = -1;
	ws->sink = *sink;
	ws->idle_ms = idle_ms ? idle_ms : IDLE_MS;
	ws->heard_ms = clock_ms();
	ws->out = mbuf_alloc(512);
	err = ws->out ? ws_reader_alloc_server(&ws->reader) : ENOMEM;
	if (err) {
		mem_deref(ws);
		return err;
	}

	ws->ex = ex;
	ex->ws = ws;
	ex->is_upgraded = true;
	httpd_side_add(ex);
	list_append(&ex->core->wsl, &ws->le, ws);
	tmr_start(&ws->idle_tmr, ws->idle_ms / 2, idle_handler, ws);
	*wsp = ws;

	return 0;
}

int httpd_upgrade(struct httpd_ws **wsp, struct httpd_request *req,
                  const struct httpd_ws_sink *sink, uint32_t idle_ms)
{
	const struct httpd_trouble *trouble = hello_check(req);
	struct httpd_exchange *ex = req->ex;
	struct MHD_Response *response;
	char accept[WS_ACCEPT_SIZE];
	struct httpd_ws *ws = NULL;
	int err;

	assert(sink && sink->message && sink->closed);

	if (trouble) {
		if (trouble->status == 426)
			(void)httpd_set_header(req, "Upgrade", "websocket");
		(void)httpd_problem(req, trouble);
		return EPROTO;
	}

	err = ws_alloc(&ws, ex, sink, idle_ms);
	if (err)
		return err;

	err = ws_accept_make(accept, httpd_header(req, "Sec-WebSocket-Key"));
	if (err) {
		mem_deref(ws);
		return err;
	}
	response = MHD_create_response_for_upgrade(upgrade_handler, ex);
	if (response &&
	    (MHD_add_response_header(response, "Upgrade", "websocket") ==
	             MHD_NO ||
	     MHD_add_response_header(response, "Sec-WebSocket-Accept",
	                             accept) == MHD_NO)) {
		MHD_destroy_response(response);
		response = NULL;
	}
	err = httpd_answer(req, MHD_HTTP_SWITCHING_PROTOCOLS, response);
	if (err)
		mem_deref(ws);
	else
		*wsp = ws;

	return err;
}
