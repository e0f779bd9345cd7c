/*
 * speech/grpc.c - gRPC calls: messages, and how they end
 */
#include <assert.h>
#include <stdio.h>
#include <openssl/ssl.h>
#include "base/clock.h"
#include "base/text.h"
#include "speech/grpc_parts.h"
#include <re_srtp.h>
#include <re_tls.h>

enum {
	WAITING_MAX = 512 << 10, /* bytes a slow service may leave with us */
	IDLE_MS = 60000,         /* a connection without a call is kept */
	TICK_MS = 10000,
	WARM_MS = 1000,
};

/* --- the service -----------------------------------------------------------
 */

static void destructor(void *arg)
{
	struct grpc *grpc = arg;
	struct le *le;

	tmr_cancel(&grpc->tmr);
	while ((le = list_head(&grpc->linkl))) {
		struct grpc_link *link = le->data;

		/* It may be in a handler right now, with a reference. */
		assert(list_isempty(&link->calll));
		list_unlink(le);
		link->grpc = NULL;
		mem_deref(link);
	}
}

int grpc_alloc(struct grpc **grpcp, struct service *service)
{
	static const unsigned char protocols[] = "\x02h2";
	struct grpc *grpc;

	assert(grpcp && service);

	grpc = mem_zalloc(sizeof(*grpc), destructor);
	if (!grpc)
		return ENOMEM;

	tmr_init(&grpc->tmr);
	grpc->service = service;
	if (service->tls &&
	    SSL_CTX_set_alpn_protos(tls_openssl_context(service->tls),
	                            protocols, sizeof(protocols) - 1)) {
		mem_deref(grpc);
		return ENOMEM;
	}
	*grpcp = grpc;

	return 0;
}

static void tidy_handler(void *arg)
{
	struct grpc *grpc = arg;
	uint64_t now_ms = clock_ms();
	struct le *le = list_head(&grpc->linkl);

	while (le) {
		struct grpc_link *link = le->data;

		le = le->next;
		if (list_isempty(&link->calll) &&
		    (link->is_leaving || now_ms > link->used_ms + IDLE_MS))
			mem_deref(link);
	}
	if (!list_isempty(&grpc->linkl))
		tmr_start(&grpc->tmr, TICK_MS, tidy_handler, grpc);
}

/* A link with room for one more call. */
static int link_get(struct grpc_link **linkp, struct grpc *grpc)
{
	struct le *le;

	for (le = list_head(&grpc->linkl); le; le = le->next) {
		struct grpc_link *link = le->data;

		if (grpc_link_has_room(link)) {
			*linkp = link;
			return 0;
		}
	}
	if (!tmr_isrunning(&grpc->tmr))
		tmr_start(&grpc->tmr, TICK_MS, tidy_handler, grpc);

	return grpc_link_open(linkp, grpc);
}

void grpc_warm(struct grpc *grpc)
{
	uint64_t now_ms = clock_ms();
	struct grpc_link *link;

	if (!list_isempty(&grpc->linkl) ||
	    (grpc->warmed_ms && now_ms < grpc->warmed_ms + WARM_MS))
		return;

	/* Where nobody answers, it is not tried all the time. */
	if (link_get(&link, grpc) != EINPROGRESS)
		grpc->warmed_ms = now_ms;
}

/* --- calls -----------------------------------------------------------------
 */

static void call_destructor(void *arg)
{
	struct grpc_call *call = arg;

	tmr_cancel(&call->tmr);
	if (call->link)
		grpc_link_cancel(call->link, call);
	list_unlink(&call->le);
	mem_deref(call->out);
	mem_deref(call->in);
}

static void call_end(struct grpc_call *call, const struct grpc_end *end)
{
	if (call->is_over)
		return;

	call->is_over = true;
	call->link = NULL;
	tmr_cancel(&call->tmr);
	list_unlink(&call->le);
	call->sink.closed(end, call->sink.arg);
}

void grpc_call_opened(struct grpc_call *call)
{
	call->is_told = true;
	if (call->sink.opened)
		call->sink.opened(call->sink.arg);
}

static void open_handler(void *arg)
{
	grpc_call_opened(arg);
}

int grpc_call_open(struct grpc_call **callp, struct grpc *grpc,
                   const char *path, const char *headers,
                   const struct grpc_sink *sink)
{
	struct grpc_call *call;
	struct grpc_link *link;
	int err;

	assert(callp && grpc && path && headers && sink);

	err = link_get(&link, grpc);
	if (err)
		return err;

	call = mem_zalloc(sizeof(*call), call_destructor);
	if (!call)
		return ENOMEM;

	tmr_init(&call->tmr);
	call->sink = *sink;
	call->said.status = GRPC_NONE;
	call->out = mbuf_alloc(4096);
	call->in = mbuf_alloc(512);
	err = call->out && call->in ? 0 : ENOMEM;
	if (!err)
		err = grpc_link_begin(link, call, path, headers);
	if (err) {
		mem_deref(call);
		return err;
	}
	/* Of one that is being connected, the link will tell. */
	if (link->is_connected)
		tmr_start(&call->tmr, 0, open_handler, call);
	*callp = call;

	return 0;
}

int grpc_call_send(struct grpc_call *call, const void *data, size_t n)
{
	const uint8_t head[GRPC_HEAD_BYTES] = {
		0,
		(uint8_t)(n >> 24),
		(uint8_t)(n >> 16),
		(uint8_t)(n >> 8),
		(uint8_t)n,
	};
	struct mbuf *out = call->out;
	size_t pos = out->pos;
	int err;

	if (call->is_over || call->is_finished)
		return ENOTCONN;
	if (mbuf_get_left(out) + n > WAITING_MAX)
		return ENOBUFS;

	/* What was sent already makes room. */
	if (pos == out->end)
		mbuf_rewind(out);
	else if (pos > out->size / 2) {
		memmove(out->buf, out->buf + pos, out->end - pos);
		out->end -= pos;
		out->pos = 0;
	}
	pos = out->pos;
	out->pos = out->end;
	err = mbuf_write_mem(out, head, sizeof(head));
	if (!err)
		err = mbuf_write_mem(out, data, n);
	out->pos = pos;
	if (!err)
		grpc_link_resume(call->link, call);

	return err;
}

int grpc_call_finish(struct grpc_call *call)
{
	if (call->is_over)
		return ENOTCONN;

	call->is_finished = true;
	grpc_link_resume(call->link, call);

	return 0;
}

size_t grpc_call_waiting(const struct grpc_call *call)
{
	return mbuf_get_left(call->out);
}

bool grpc_call_is_open(const struct grpc_call *call)
{
	return !call->is_over && call->link->is_connected;
}

uint64_t grpc_call_heard_ms(const struct grpc_call *call)
{
	return call->link ? call->link->heard_ms : 0;
}

/* --- what links tell -------------------------------------------------------
 */

void grpc_call_header(struct grpc_call *call, const char *name,
                      const char *value)
{
	grpc_said_header(&call->said, name, value);
}

/* The call may be gone afterwards: false. */
static bool fail(struct grpc_call *call, int err, const char *why)
{
	struct grpc_end end = {.err = err, .status = GRPC_NONE};

	(void)text_copy(end.why, sizeof(end.why), why);
	grpc_link_cancel(call->link, call);
	call_end(call, &end);

	return false;
}

/* Takes the next whole message; false: there is none, or the call is over. */
static bool message_next(struct grpc_call *call)
{
	struct mbuf *in = call->in;
	size_t n;

	if (mbuf_get_left(in) < GRPC_HEAD_BYTES)
		return false;
	if (grpc_head_read(&n, mbuf_buf(in)))
		return fail(call, EPROTO, "sends what is no message of gRPC");
	if (mbuf_get_left(in) < GRPC_HEAD_BYTES + n)
		return false;

	in->pos += GRPC_HEAD_BYTES + n;
	call->sink.message(in->buf + in->pos - n, n, call->sink.arg);

	return mem_nrefs(call) > 1 && !call->is_over;
}

void grpc_call_data(struct grpc_call *call, const uint8_t *data, size_t n)
{
	struct mbuf *in = call->in;
	size_t left;
	int err;

	/* A page of a proxy in front of it; its status tells. */
	if (call->is_over || !call->said.is_grpc)
		return;

	in->pos = in->end;
	err = mbuf_write_mem(in, data, n);
	in->pos = 0;
	if (err) {
		(void)fail(call, err, "no memory");
		return;
	}

	mem_ref(call);
	while (message_next(call))
		;
	left = mbuf_get_left(in);
	memmove(in->buf, in->buf + in->pos, left);
	in->pos = 0;
	in->end = left;
	mem_deref(call);
}

void grpc_call_closed(struct grpc_call *call, uint32_t code)
{
	struct grpc_end end;

	grpc_said_end(&end, &call->said, code);
	call_end(call, &end);
}

void grpc_call_lost(struct grpc_call *call, int err, const char *why)
{
	struct grpc_end end = {.err = err, .status = GRPC_NONE};

	(void)text_copy(end.why, sizeof(end.why), why);
	call_end(call, &end);
}
