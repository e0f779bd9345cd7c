/*
 * speech/grpc_link.c - a connection of the gRPC client: TCP, TLS, HTTP/2
 *
 * nghttp2 does the frames, the compression of headers and the flow control; it
 * has no sockets. What it wants to send goes to libre's TCP as long as that
 * takes it; what came goes in. While nghttp2 runs it may not be asked to send:
 * what handlers cause is sent behind it, in pump().
 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/text.h"
#include "speech/grpc_parts.h"
#include "speech/ws_proxy.h"
#include <re_sa.h>
#include <re_tcp.h>
#include <re_srtp.h>
#include <re_tls.h>

enum {
	WAITING_MAX = 256 << 10, /* bytes with TCP before the rest waits here */
	WINDOW_BYTES = 1 << 20,  /* of answers, for a call and for a link */
	CALLS_MAX = 100,         /* on one link, whatever the service allows */
	HEADERS_MAX = 16,
	HEADERS_SIZE = 4096,
	HEADERS_OURS = 6,
	LAYER_TLS = 0,
};

static void destructor(void *arg)
{
	struct grpc_link *link = arg;

	tmr_cancel(&link->tmr);
	list_unlink(&link->le);
	nghttp2_session_del(link->session);
	mem_deref(link->tls);
	mem_deref(link->tcp);
	mem_deref(link->proxy);
}

/* What still comes for the call is for nobody. */
static void release(struct grpc_link *link, struct grpc_call *call)
{
	list_unlink(&call->le);
	link->used_ms = clock_ms();
	(void)nghttp2_session_set_stream_user_data(link->session, call->id,
	                                           NULL);
}

/* All its calls are lost. The link goes when nobody holds it any more. */
static void fail(struct grpc_link *link, int err, const char *why)
{
	struct le *le;

	if (link->is_over)
		return;

	tmr_cancel(&link->tmr);
	link->is_over = link->is_leaving = true;
	link->is_connected = false;
	link->tls = mem_deref(link->tls);
	link->tcp = mem_deref(link->tcp);
	mem_ref(link);
	while ((le = list_head(&link->calll))) {
		struct grpc_call *call = le->data;

		grpc_call_lost(call, err, why);
	}
	if (link->grpc) {
		link->grpc = NULL;
		list_unlink(&link->le);
		mem_deref(link);
	}
	mem_deref(link);
}

/* From the loop: no handler is called from inside a caller's own call. */
static void fail_handler(void *arg)
{
	struct grpc_link *link = arg;

	fail(link, link->err, strerror(link->err));
}

/* --- sending ---------------------------------------------------------------
 */

static void drained_handler(void *arg);

static int chunk_send(struct grpc_link *link, const uint8_t *data, size_t n)
{
	struct mbuf *mb = mbuf_alloc(n);
	int err;

	if (!mb)
		return ENOMEM;

	err = mbuf_write_mem(mb, data, n);
	mb->pos = 0;
	if (!err)
		err = tcp_send(link->tcp, mb);
	mem_deref(mb);

	return err;
}

/* Sends what nghttp2 has. */
static void pump(struct grpc_link *link)
{
	const uint8_t *data;
	ssize_t n = 1;
	int err = 0;

	if (!link->is_connected || link->is_inside)
		return;

	while (!err && n > 0 && tcp_conn_txqsz(link->tcp) < WAITING_MAX / 2) {
		link->is_inside = true;
		n = nghttp2_session_mem_send(link->session, &data);
		link->is_inside = false;
		if (n > 0)
			err = chunk_send(link, data, (size_t)n);
	}
	if (n < 0)
		err = n == NGHTTP2_ERR_NOMEM ? ENOMEM : EPROTO;
	if (!err && n > 0)
		err = tcp_set_send(link->tcp, drained_handler);
	if (!err)
		return;

	link->err = err;
	link->is_leaving = true;
	tmr_start(&link->tmr, 0, fail_handler, link);
}

static void drained_handler(void *arg)
{
	struct grpc_link *link = arg;

	(void)tcp_set_send(link->tcp, NULL);
	pump(link);
}

/* nghttp2 wants the next bytes of a call. */
static ssize_t call_read(nghttp2_session *session, int32_t id, uint8_t *buf,
                         size_t size, uint32_t *flags,
                         nghttp2_data_source *source, void *arg)
{
	struct grpc_call *call =
		nghttp2_session_get_stream_user_data(session, id);
	size_t n;

	(void)source;
	(void)arg;

	if (!call)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;

	n = mbuf_get_left(call->out);
	if (!n && !call->is_finished)
		return NGHTTP2_ERR_DEFERRED;

	n = n < size ? n : size;
	(void)mbuf_read_mem(call->out, buf, n);
	if (call->is_finished && !mbuf_get_left(call->out))
		*flags |= NGHTTP2_DATA_FLAG_EOF;

	return (ssize_t)n;
}

/* --- what comes ------------------------------------------------------------
 */

static int call_header(nghttp2_session *session, const nghttp2_frame *frame,
                       const uint8_t *name, size_t name_len,
                       const uint8_t *value, size_t value_len, uint8_t flags,
                       void *arg)
{
	struct grpc_call *call = nghttp2_session_get_stream_user_data(
		session, frame->hd.stream_id);

	(void)name_len;
	(void)value_len;
	(void)flags;
	(void)arg;

	/* nghttp2 ends both with a NUL. */
	if (call)
		grpc_call_header(call, (const char *)name, (const char *)value);

	return 0;
}

static int data_handler(nghttp2_session *session, uint8_t flags, int32_t id,
                        const uint8_t *data, size_t n, void *arg)
{
	struct grpc_call *call =
		nghttp2_session_get_stream_user_data(session, id);

	(void)flags;
	(void)arg;

	if (call)
		grpc_call_data(call, data, n);

	return 0;
}

static int close_stream_handler(nghttp2_session *session, int32_t id,
                                uint32_t code, void *arg)
{
	struct grpc_call *call =
		nghttp2_session_get_stream_user_data(session, id);

	(void)arg;

	if (call)
		grpc_call_closed(call, code);

	return 0;
}

/* The service has said all: the call is over, whatever we still had to say. */
static void end_take(struct grpc_link *link, struct grpc_call *call)
{
	bool is_even = call->is_finished && !mbuf_get_left(call->out);

	release(link, call);
	if (!is_even)
		(void)nghttp2_submit_rst_stream(link->session,
		                                NGHTTP2_FLAG_NONE, call->id,
		                                NGHTTP2_NO_ERROR);
	grpc_call_closed(call, NGHTTP2_NO_ERROR);
}

static int frame_handler(nghttp2_session *session, const nghttp2_frame *frame,
                         void *arg)
{
	struct grpc_link *link = arg;
	struct grpc_call *call = nghttp2_session_get_stream_user_data(
		session, frame->hd.stream_id);

	switch (frame->hd.type) {
	case NGHTTP2_GOAWAY:
		/* Calls that are under way may end. */
		link->is_leaving = true;
		break;
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		if (call && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
			end_take(link, call);
		break;
	default:
		break;
	}

	return 0;
}

static void recv_handler(struct mbuf *mb, void *arg)
{
	struct grpc_link *link = arg;
	ssize_t n;

	link->heard_ms = clock_ms();
	mem_ref(link);
	link->is_inside = true;
	n = nghttp2_session_mem_recv(link->session, mbuf_buf(mb),
	                             mbuf_get_left(mb));
	link->is_inside = false;
	if (n < 0)
		fail(link, n == NGHTTP2_ERR_NOMEM ? ENOMEM : EPROTO,
		     "does not speak HTTP/2");
	else
		pump(link);
	mem_deref(link);
}

/* --- the beginning ---------------------------------------------------------
 */

static void estab_handler(void *arg)
{
	struct grpc_link *link = arg;
	struct le *le;

	link->is_connected = true;
	mem_ref(link);
	pump(link);
	le = list_head(&link->calll);
	while (le && !link->is_over) {
		struct grpc_call *call = le->data;

		le = le->next;
		if (call->is_told)
			continue;
		/* It may open and close others. */
		grpc_call_opened(call);
		le = list_head(&link->calll);
	}
	mem_deref(link);
}

static void close_handler(int err, void *arg)
{
	struct grpc_link *link = arg;
	const struct url *url = link->grpc ? &link->grpc->service->url : NULL;
	char why[GRPC_WHY_SIZE], way[WS_PROXY_WHY_SIZE];

	if (link->proxy && !ws_proxy_is_open(link->proxy))
		(void)snprintf(why, sizeof(why), "%s",
		               ws_proxy_why(link->proxy, err, way));
	else if (!link->is_connected && link->tls && err == EPROTO)
		(void)snprintf(why, sizeof(why),
		               "no TLS with %s: its certificate has expired, "
		               "does not fit the name, or is not signed by a "
		               "trusted CA",
		               url ? url->host : "it");
	else if (!link->is_connected)
		(void)snprintf(why, sizeof(why), "cannot connect to %s:%u: %s",
		               url ? url->host : "it", url ? url->port : 0,
		               err ? strerror(err) : "closed at once");
	else
		(void)snprintf(why, sizeof(why), "the connection was lost%s%s",
		               err ? ": " : "", err ? strerror(err) : "");
	fail(link, link->is_connected || !err ? ECONNRESET : err, why);
}

static int session_make(struct grpc_link *link)
{
	static const nghttp2_settings_entry settingv[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES},
	};
	nghttp2_session_callbacks *handlers;

	if (nghttp2_session_callbacks_new(&handlers))
		return ENOMEM;

	nghttp2_session_callbacks_set_on_header_callback(handlers, call_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(handlers,
	                                                          data_handler);
	nghttp2_session_callbacks_set_on_stream_close_callback(
		handlers, close_stream_handler);
	nghttp2_session_callbacks_set_on_frame_recv_callback(handlers,
	                                                     frame_handler);
	if (nghttp2_session_client_new(&link->session, handlers, link))
		link->session = NULL;
	nghttp2_session_callbacks_del(handlers);
	if (!link->session ||
	    nghttp2_submit_settings(link->session, NGHTTP2_FLAG_NONE, settingv,
	                            ARRAY_COUNT(settingv)) ||
	    nghttp2_session_set_local_window_size(
		    link->session, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES))
		return ENOMEM;

	return 0;
}

static int tls_begin(struct grpc_link *link)
{
	struct service *service = link->grpc->service;
	int err;

	err = tls_start_tcp(&link->tls, service->tls, link->tcp, LAYER_TLS);
	if (!err)
		err = tls_set_verify_server(link->tls, service->url.host);
	if (!err)
		err = tls_set_servername(link->tls, service->url.host);

	return err;
}

int grpc_link_open(struct grpc_link **linkp, struct grpc *grpc)
{
	const struct sa *peer;
	struct grpc_link *link;
	int err;

	err = service_peer(grpc->service, &peer);
	if (err)
		return err;

	link = mem_zalloc(sizeof(*link), destructor);
	if (!link)
		return ENOMEM;

	tmr_init(&link->tmr);
	link->grpc = grpc;
	link->heard_ms = link->used_ms = clock_ms();
	err = session_make(link);
	if (!err)
		err = tcp_connect(&link->tcp, peer, estab_handler, recv_handler,
		                  close_handler, link);
	if (err)
		goto out;

	tcp_conn_txqsz_set(link->tcp, WAITING_MAX);
	if (grpc->service->has_proxy)
		err = ws_proxy_start(&link->proxy, link->tcp,
		                     &grpc->service->proxy,
		                     &grpc->service->url);
	if (!err && grpc->service->url.is_secure)
		err = tls_begin(link);

out:
	if (err) {
		mem_deref(link);
		return err;
	}
	list_append(&grpc->linkl, &link->le, link);
	*linkp = link;

	return 0;
}

bool grpc_link_has_room(const struct grpc_link *link)
{
	uint32_t allowed = nghttp2_session_get_remote_settings(
		link->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
	uint32_t limit = allowed < CALLS_MAX ? allowed : CALLS_MAX;

	return !link->is_leaving && list_count(&link->calll) < limit;
}

/* --- calls -----------------------------------------------------------------
 */

static nghttp2_nv pair(const char *name, const char *value)
{
	return (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name,
		.value = (uint8_t *)(uintptr_t)value,
		.namelen = strlen(name),
		.valuelen = strlen(value),
	};
}

/* Takes "Name: value\r\n" lines apart, in place; names become small letters, as
 * HTTP/2 wants them. */
static int lines_split(nghttp2_nv *pairv, size_t *cp, char *lines)
{
	while (*lines) {
		char *end = strstr(lines, "\r\n");
		char *colon = strchr(lines, ':');

		if (!end || !colon || colon > end ||
		    *cp == HEADERS_OURS + HEADERS_MAX)
			return EINVAL;

		*end = *colon = '\0';
		for (char *at = lines; *at; at++)
			*at = (char)tolower((unsigned char)*at);
		pairv[(*cp)++] =
			pair(lines, colon + 1 + strspn(colon + 1, " "));
		lines = end + 2;
	}

	return 0;
}

int grpc_link_begin(struct grpc_link *link, struct grpc_call *call,
                    const char *path, const char *headers)
{
	const nghttp2_data_provider provider = {.read_callback = call_read};
	const struct url *url = &link->grpc->service->url;
	char authority[URL_HOST_SIZE + 16];
	char lines[HEADERS_SIZE];
	nghttp2_nv pairv[HEADERS_OURS + HEADERS_MAX] = {
		pair(":method", "POST"),
		pair(":scheme", url->is_secure ? "https" : "http"),
		pair(":path", path),
		pair(":authority",
	             url_authority(url, authority, sizeof(authority))),
		pair("te", "trailers"),
		pair("content-type", "application/grpc"),
	};
	size_t c = HEADERS_OURS;
	int err;

	if (strlen(headers) >= sizeof(lines))
		return ENAMETOOLONG;

	(void)text_copy(lines, sizeof(lines), headers);
	err = lines_split(pairv, &c, lines);
	if (err)
		return err;

	/* A negative number: no memory, or no number of a stream is left. */
	call->id = nghttp2_submit_request(link->session, NULL, pairv, c,
	                                  &provider, call);
	if (call->id < 0) {
		link->is_leaving = true;
		return ENOMEM;
	}
	call->link = link;
	link->used_ms = clock_ms();
	list_append(&link->calll, &call->le, call);
	pump(link);

	return 0;
}

void grpc_link_resume(struct grpc_link *link, struct grpc_call *call)
{
	/* That it was not waiting is no error. */
	(void)nghttp2_session_resume_data(link->session, call->id);
	pump(link);
}

void grpc_link_cancel(struct grpc_link *link, struct grpc_call *call)
{
	release(link, call);
	call->link = NULL;
	(void)nghttp2_submit_rst_stream(link->session, NGHTTP2_FLAG_NONE,
	                                call->id, NGHTTP2_CANCEL);
	pump(link);
}
