/*
 * test/fakes/fake_grpc.c - a gRPC server on nghttp2's side for servers
 *
 * What is proved with it is how our client bears a bad service; that it speaks
 * the protocol of others is proved with others' (yandex_v3.py).
 */
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/text.h"
#include "fakes/fake_parts.h"
#include <re_sa.h>
#include <re_tcp.h>

enum {
	HEAD_BYTES = 5,
	VALUE_SIZE = 256,
	STATUS_INTERNAL = 13,
	STATUS_QUOTA = 8,
	STATUS_KEY = 16,
	STATUS_UNKNOWN_METHOD = 12,
};

struct fake_link {
	struct le le;
	struct fake *fake;
	struct tcp_conn *tcp;
	nghttp2_session *session;
	struct list calll;
	bool is_inside;
};

struct fake_call {
	struct le le;
	struct fake_link *link;
	struct fake_conn *conn;
	int32_t id;
	struct mbuf *in, *out;
	struct tmr tmr;
	char path[VALUE_SIZE], authorization[VALUE_SIZE], te[VALUE_SIZE];
	char status[8], message[VALUE_SIZE];
	bool is_begun; /* the head of the answer is sent */
	bool is_ended; /* the status may go behind what is in `out` */
};

static nghttp2_nv pair(const char *name, const char *value)
{
	return (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name,
		.value = (uint8_t *)(uintptr_t)value,
		.namelen = strlen(name),
		.valuelen = strlen(value),
	};
}

static void call_destructor(void *arg)
{
	struct fake_call *call = arg;
	const struct fake_kind *kind = call->link->fake->kind;

	tmr_cancel(&call->tmr);
	list_unlink(&call->le);
	if (call->conn && kind->gone)
		kind->gone(call->conn);
	mem_deref(call->conn);
	mem_deref(call->in);
	mem_deref(call->out);
}

static void link_destructor(void *arg)
{
	struct fake_link *link = arg;

	list_unlink(&link->le);
	list_flush(&link->calll);
	nghttp2_session_del(link->session);
	mem_deref(link->tcp);
}

/* --- sending ---------------------------------------------------------------
 */

static void pump(struct fake_link *link)
{
	const uint8_t *data;
	ssize_t n;

	while (!link->is_inside &&
	       (n = nghttp2_session_mem_send(link->session, &data)) > 0) {
		struct mbuf *mb = mbuf_alloc((size_t)n);

		if (!mb)
			return;
		(void)mbuf_write_mem(mb, data, (size_t)n);
		mb->pos = 0;
		(void)tcp_send(link->tcp, mb);
		mem_deref(mb);
	}
}

/* What is in `out`; the trailers behind it, once the call is ended. */
static ssize_t call_read(nghttp2_session *session, int32_t id, uint8_t *buf,
                         size_t size, uint32_t *flags,
                         nghttp2_data_source *source, void *arg)
{
	struct fake_call *call = source->ptr;
	size_t n = mbuf_get_left(call->out);

	(void)arg;

	if (!n && !call->is_ended)
		return NGHTTP2_ERR_DEFERRED;

	n = n < size ? n : size;
	(void)mbuf_read_mem(call->out, buf, n);
	if (call->is_ended && !mbuf_get_left(call->out)) {
		const nghttp2_nv pairv[] = {
			pair("grpc-status", call->status),
			pair("grpc-message", call->message),
		};

		*flags |=
			NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
		(void)nghttp2_submit_trailer(session, id, pairv,
		                             ARRAY_COUNT(pairv));
	}

	return (ssize_t)n;
}

static void begin(struct fake_call *call)
{
	const nghttp2_data_provider provider = {
		.source.ptr = call,
		.read_callback = call_read,
	};
	const nghttp2_nv pairv[] = {
		pair(":status", "200"),
		pair("content-type", "application/grpc"),
	};

	if (!call->is_begun)
		(void)nghttp2_submit_response(call->link->session, call->id,
		                              pairv, ARRAY_COUNT(pairv),
		                              &provider);
	call->is_begun = true;
}

static void write_bytes(struct fake_call *call, const void *data, size_t n)
{
	struct mbuf *out = call->out;
	size_t pos = out->pos;

	out->pos = out->end;
	(void)mbuf_write_mem(out, data, n);
	out->pos = pos;
	begin(call);
	(void)nghttp2_session_resume_data(call->link->session, call->id);
	pump(call->link);
}

void fake_grpc_send(struct fake_conn *conn, const struct mbuf *message)
{
	const uint8_t head[HEAD_BYTES] = {0, 0, 0, (uint8_t)(message->end >> 8),
	                                  (uint8_t)message->end};

	if (conn->is_mute)
		return;
	write_bytes(conn->call, head, sizeof(head));
	write_bytes(conn->call, message->buf, message->end);
}

/* Nothing was said: all of it in one head. */
static void end_at_once(struct fake_call *call)
{
	const nghttp2_nv pairv[] = {
		pair(":status", "200"),
		pair("content-type", "application/grpc"),
		pair("grpc-status", call->status),
		pair("grpc-message", call->message),
	};

	(void)nghttp2_submit_response(call->link->session, call->id, pairv,
	                              ARRAY_COUNT(pairv), NULL);
}

void fake_grpc_end(struct fake_conn *conn, unsigned status, const char *message)
{
	struct fake_call *call = conn->call;

	if (conn->is_mute)
		return;

	(void)snprintf(call->status, sizeof(call->status), "%u", status);
	(void)text_copy(call->message, sizeof(call->message), message);
	call->is_ended = true;
	if (call->is_begun)
		(void)nghttp2_session_resume_data(call->link->session,
		                                  call->id);
	else
		end_at_once(call);
	pump(call->link);
}

void fake_grpc_cut(struct fake_conn *conn)
{
	(void)shutdown(tcp_conn_fd(conn->call->link->tcp), SHUT_RDWR);
	conn->is_mute = true;
}

/* --- misbehaviour ----------------------------------------------------------
 */

static void late_handler(void *arg)
{
	struct fake_call *call = arg;

	call->link->fake->kind->finish(call->conn);
}

/* Whether the message goes on to the kind. */
static bool misbehave(struct fake_call *call)
{
	static const char page[] = "<html>out of order</html>";
	struct fake_conn *conn = call->conn;
	const struct fake_prm *prm = &conn->fake->prm;

	if (!conn->is_bad || conn->messages++ < prm->after)
		return !conn->is_mute;

	switch (prm->fault) {
	case FAKE_STALL:
		conn->is_mute = true;
		return false;
	case FAKE_CUT:
		fake_grpc_cut(conn);
		return false;
	case FAKE_WRONG:
		write_bytes(call, page, sizeof(page) - 1);
		return false;
	case FAKE_ERROR:
		fake_grpc_end(conn, STATUS_INTERNAL, "out of%20order");
		return false;
	default:
		return true;
	}
}

/* --- what comes ------------------------------------------------------------
 */

static void refuse(struct fake_call *call, unsigned status)
{
	char said[VALUE_SIZE];

	(void)snprintf(said, sizeof(said), "no entry for %s",
	               fake_who(call->conn));
	fake_grpc_end(call->conn, status, said);
}

static void call_begun(struct fake_call *call)
{
	struct fake *fake = call->link->fake;
	const struct fake_prm *prm = &fake->prm;
	struct fake_conn *conn = call->conn;
	char wanted[VALUE_SIZE];

	conn->is_bad = prm->fault != FAKE_GOOD &&
	               (!prm->times || fake->faultc < prm->times);
	fake->faultc += conn->is_bad;
	if (strcmp(call->te, "trailers") != 0)
		fake_complain(conn, "no te: trailers");
	(void)snprintf(wanted, sizeof(wanted), "Api-Key %s", prm->key);

	if (strcmp(call->path, fake->kind->rpc) != 0)
		refuse(call, STATUS_UNKNOWN_METHOD);
	else if ((conn->is_bad &&
	          (prm->fault == FAKE_REFUSE || prm->fault == FAKE_EXPIRED)) ||
	         strcmp(call->authorization, wanted) != 0)
		refuse(call, STATUS_KEY);
	else if (conn->is_bad && prm->fault == FAKE_QUOTA)
		refuse(call, STATUS_QUOTA);
}

static void call_finished(struct fake_call *call)
{
	const struct fake *fake = call->link->fake;

	if (call->is_ended)
		return;
	if (call->conn->is_bad && fake->prm.fault == FAKE_LATE)
		tmr_start(&call->tmr, fake->prm.late_ms, late_handler, call);
	else
		fake->kind->finish(call->conn);
}

static int begin_handler(nghttp2_session *session, const nghttp2_frame *frame,
                         void *arg)
{
	struct fake_link *link = arg;
	struct fake_call *call = mem_zalloc(sizeof(*call), call_destructor);

	if (!call)
		return NGHTTP2_ERR_CALLBACK_FAILURE;

	tmr_init(&call->tmr);
	call->link = link;
	call->id = frame->hd.stream_id;
	call->in = mbuf_alloc(1024);
	call->out = mbuf_alloc(1024);
	call->conn = fake_conn_make(link->fake);
	if (!call->in || !call->out || !call->conn) {
		mem_deref(call);
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	}
	call->conn->call = call;
	list_append(&link->calll, &call->le, call);
	(void)nghttp2_session_set_stream_user_data(session, call->id, call);

	return 0;
}

static int call_header(nghttp2_session *session, const nghttp2_frame *frame,
                       const uint8_t *name, size_t name_len,
                       const uint8_t *value, size_t value_len, uint8_t flags,
                       void *arg)
{
	struct fake_call *call = nghttp2_session_get_stream_user_data(
		session, frame->hd.stream_id);
	const char *text = (const char *)name;
	char *to = !strcmp(text, ":path")           ? call->path
	           : !strcmp(text, "authorization") ? call->authorization
	           : !strcmp(text, "te")            ? call->te
	                                            : NULL;

	(void)name_len;
	(void)value_len;
	(void)flags;
	(void)arg;

	if (to)
		(void)text_copy(to, VALUE_SIZE, (const char *)value);

	return 0;
}

static int data_handler(nghttp2_session *session, uint8_t flags, int32_t id,
                        const uint8_t *data, size_t n, void *arg)
{
	struct fake_call *call =
		nghttp2_session_get_stream_user_data(session, id);
	struct mbuf *in = call->in;

	(void)flags;
	(void)arg;

	(void)mbuf_write_mem(in, data, n);
	in->pos = 0;
	while (mbuf_get_left(in) >= HEAD_BYTES) {
		const uint8_t *head = mbuf_buf(in);
		size_t len =
			(size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];

		if (head[0] || head[1])
			fake_complain(call->conn, "a strange message");
		if (mbuf_get_left(in) < HEAD_BYTES + len)
			break;
		if (misbehave(call) && !call->is_ended)
			call->link->fake->kind->binary(call->conn,
			                               head + HEAD_BYTES, len);
		in->pos += HEAD_BYTES + len;
	}
	in->end -= in->pos;
	memmove(in->buf, in->buf + in->pos, in->end);
	in->pos = in->end;

	return 0;
}

static int frame_handler(nghttp2_session *session, const nghttp2_frame *frame,
                         void *arg)
{
	struct fake_call *call = nghttp2_session_get_stream_user_data(
		session, frame->hd.stream_id);

	(void)arg;

	if (call && frame->hd.type == NGHTTP2_HEADERS)
		call_begun(call);
	if (call && frame->hd.flags & NGHTTP2_FLAG_END_STREAM &&
	    frame->hd.type == NGHTTP2_DATA)
		call_finished(call);

	return 0;
}

static int close_stream_handler(nghttp2_session *session, int32_t id,
                                uint32_t code, void *arg)
{
	(void)code;
	(void)arg;

	mem_deref(nghttp2_session_get_stream_user_data(session, id));

	return 0;
}

static void recv_handler(struct mbuf *mb, void *arg)
{
	struct fake_link *link = arg;
	ssize_t n;

	link->is_inside = true;
	n = nghttp2_session_mem_recv(link->session, mbuf_buf(mb),
	                             mbuf_get_left(mb));
	link->is_inside = false;
	if (n < 0)
		mem_deref(link);
	else
		pump(link);
}

static void close_handler(int err, void *arg)
{
	(void)err;

	mem_deref(arg);
}

static int session_make(struct fake_link *link)
{
	nghttp2_session_callbacks *handlers;
	int err;

	if (nghttp2_session_callbacks_new(&handlers))
		return ENOMEM;

	nghttp2_session_callbacks_set_on_begin_headers_callback(handlers,
	                                                        begin_handler);
	nghttp2_session_callbacks_set_on_header_callback(handlers, call_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(handlers,
	                                                          data_handler);
	nghttp2_session_callbacks_set_on_frame_recv_callback(handlers,
	                                                     frame_handler);
	nghttp2_session_callbacks_set_on_stream_close_callback(
		handlers, close_stream_handler);
	err = nghttp2_session_server_new(&link->session, handlers, link);
	nghttp2_session_callbacks_del(handlers);

	return err ? ENOMEM
	           : nghttp2_submit_settings(link->session, 0, NULL, 0);
}

static void conn_handler(const struct sa *peer, void *arg)
{
	struct fake *fake = arg;
	struct fake_link *link = mem_zalloc(sizeof(*link), link_destructor);

	(void)peer;

	if (!link)
		return;

	link->fake = fake;
	if (session_make(link) ||
	    tcp_accept(&link->tcp, fake->grpc, NULL, recv_handler,
	               close_handler, link)) {
		mem_deref(link);
		return;
	}
	fake_hurry(link->tcp);
	fake->seen.connections++;
	list_append(&fake->linkl, &link->le, link);
	pump(link);
}

int fake_grpc_listen(struct fake *fake)
{
	struct sa laddr;
	int err;

	err = sa_set_str(&laddr, "127.0.0.1", fake->prm.port);

	return err ? err : tcp_listen(&fake->grpc, &laddr, conn_handler, fake);
}
