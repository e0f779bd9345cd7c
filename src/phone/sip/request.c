/*
 * phone/sip/request.c - one request of ours and its answer
 */
#include <assert.h>
#include "phone/sip/request.h"
#include "phone/sip/line.h"
#include <re_sys.h>

enum {
	VIA_TAIL_SIZE = 64, /* ";branch=…;rport" as libre writes it */
	SENDINGS_MAX = 6,   /* of one request with new credentials */
};

struct request {
	struct request_prm prm;
	struct sip_request *sip_request;
	uint32_t seq;
	unsigned sendings;
	bool is_cancelled;
	struct request_trace trace;
};

/* libre puts the bound address into Via, which may be 0.0.0.0: the one that
 * the other side can reach goes there instead. */
static int via_rewrite(struct mbuf *mb, const struct sa *self)
{
	static const char slash[] = "SIP/2.0/", semi[] = ";";
	char tail[VIA_TAIL_SIZE];
	const char *via, *sent_by, *params, *end;
	size_t tail_len;

	end = (const char *)mb->buf + mb->end;
	via = memmem(mb->buf, mb->end, "\r\nVia: ", 7);
	if (!via)
		return EPROTO;
	sent_by = memmem(via, (size_t)(end - via), slash, sizeof(slash) - 1);
	if (!sent_by)
		return EPROTO;
	sent_by = memchr(sent_by, ' ', (size_t)(end - sent_by));
	if (!sent_by)
		return EPROTO;
	params = memmem(sent_by, (size_t)(end - sent_by), semi, 1);
	if (!params)
		return EPROTO;

	tail_len = (size_t)(end - params);
	if (tail_len > sizeof(tail))
		return EPROTO;
	memcpy(tail, params, tail_len);

	mb->pos = mb->end = (size_t)(sent_by + 1 - (const char *)mb->buf);

	return mbuf_printf(mb, "%J%b", self, tail, tail_len);
}

static int path_write(struct mbuf *mb, struct request_path *path,
                      const struct phone *phone, const struct sa *src)
{
	ua_self(phone, &path->self, &path->dst);
	sa_set_port(&path->self, sa_port(src));

	return via_rewrite(mb, &path->self);
}

int request_write_common(struct mbuf *mb, const struct dialog *dialog,
                         const char *method, uint32_t seq)
{
	int err = mbuf_write_str(mb, "Max-Forwards: 70\r\n");

	if (err)
		return err;
	err = dialog_write(dialog, mb, method, seq);
	if (err)
		return err;

	return mbuf_write_str(mb, "User-Agent: Dialwright/" DIALWRIGHT_VERSION
	                          "\r\n");
}

/* The Via is the last that was written. */
static void trace_keep(struct request *req, const struct mbuf *mb,
                       const struct request_path *path)
{
	static const char name[] = "\r\nVia: ";
	struct request_trace *trace = &req->trace;
	const char *via = memmem(mb->buf, mb->end, name, sizeof(name) - 1);
	size_t len;

	trace->via[0] = '\0';
	if (!via)
		return;

	via += sizeof(name) - 1;
	len = mb->end - (size_t)(via - (const char *)mb->buf);
	while (len && strchr("\r\n", via[len - 1]))
		len--;
	if (len >= sizeof(trace->via))
		return;

	memcpy(trace->via, via, len);
	trace->via[len] = '\0';
	trace->seq = req->seq;
	trace->transport = path->transport;
	trace->dst = path->dst;
}

bool request_trace(const struct request *req, struct request_trace *trace)
{
	*trace = req->trace;

	return *trace->via != '\0';
}

static int send_handler(enum sip_transp transport, const struct sa *src,
                        const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct request *req = arg;
	const struct request_prm *prm = &req->prm;
	struct request_path path = {.transport = transport, .dst = *dst};
	int err;

	if (prm->line)
		line_path_seen(prm->line, prm->dialog, dst);

	err = path_write(mb, &path, prm->phone, src);
	if (err)
		return err;
	trace_keep(req, mb, &path);
	err = request_write_common(mb, prm->dialog, prm->method, req->seq);
	if (err)
		return err;
	if (prm->digest) {
		err = digest_write(prm->digest, mb, prm->method,
		                   prm->dialog->target);
		if (err)
			return err;
	}

	return prm->write(mb, &path, prm->arg);
}

static int send_now(struct request *req);

/* A challenge from anyone but the line's own server would be a way to fish
 * for our password's digest. */
static bool may_answer(struct request *req, const struct sip_msg *msg)
{
	if (msg->scode != 401 && msg->scode != 407)
		return false;
	if (!req->prm.digest || !req->prm.line || req->is_cancelled)
		return false;
	if (++req->sendings >= SENDINGS_MAX)
		return false;

	return line_is_server(req->prm.line, &msg->src);
}

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct request *req = arg;

	if (!err && may_answer(req, msg)) {
		err = digest_challenge(req->prm.digest, msg);
		if (!err)
			err = send_now(req);
		if (!err)
			return;

		/* Theirs is the answer then: 401 with our credentials. */
		err = 0;
	}

	req->prm.answer(err, msg, req->prm.arg);
}

static int send_now(struct request *req)
{
	const struct request_prm *prm = &req->prm;
	struct uri next_hop;
	struct mbuf *empty;
	struct pl pl;
	int err;

	pl_set_str(&pl, prm->dialog->next_hop);
	err = uri_decode(&next_hop, &pl);
	if (err)
		return err;

	/* libre wants a message; all of it comes from send_handler(). */
	empty = mbuf_alloc(1);
	if (!empty)
		return ENOMEM;

	req->seq = ++prm->dialog->local_seq;
	err = sip_request(&req->sip_request, prm->phone->sip, true, prm->method,
	                  -1, prm->dialog->target, -1, &next_hop, empty,
	                  (size_t)(uintptr_t)prm->line, send_handler,
	                  response_handler, req);
	mem_deref(empty);

	return err;
}

static void request_destructor(void *arg)
{
	struct request *req = arg;

	mem_deref(req->sip_request);
}

int request_send(struct request **reqp, const struct request_prm *prm)
{
	struct request *req;
	int err;

	assert(prm->method && prm->phone && prm->dialog && prm->write &&
	       prm->answer);

	req = mem_zalloc(sizeof(*req), request_destructor);
	if (!req)
		return ENOMEM;

	req->prm = *prm;
	if (prm->digest)
		digest_renew(prm->digest);
	err = send_now(req);
	if (err)
		mem_deref(req);
	else
		*reqp = req;

	return err;
}

void request_cancel(struct request *req)
{
	req->is_cancelled = true;
	sip_request_cancel(req->sip_request);
}

/* Where the dialog's next hop is. A host name was resolved for the INVITE,
 * and the 2xx came from there: no second look-up for the ACK. */
static void hop_resolve(struct request_path *path, const struct uri *next_hop,
                        const struct sip_msg *msg)
{
	struct pl name;

	path->transport = SIP_TRANSP_UDP;
	if (!msg_param_decode(&next_hop->params, "transport", &name)) {
		if (!pl_strcasecmp(&name, "tcp"))
			path->transport = SIP_TRANSP_TCP;
		else if (!pl_strcasecmp(&name, "tls"))
			path->transport = SIP_TRANSP_TLS;
	}

	if (sa_set(&path->dst, &next_hop->host,
	           sip_transp_port(path->transport, next_hop->port)))
		path->dst = msg->src;
}

static int ack_write(struct mbuf *mb, struct request_path *path,
                     const struct phone *phone, const struct dialog *dialog,
                     uint32_t seq)
{
	struct sa src;
	int err;

	err = sip_transp_laddr(phone->sip, &src, path->transport, &path->dst);
	if (err)
		return err;
	ua_self(phone, &path->self, &path->dst);

	err = mbuf_printf(mb,
	                  "ACK %s SIP/2.0\r\n"
	                  "Via: SIP/2.0/%s %j:%u;branch=z9hG4bK%016llx;"
	                  "rport\r\n",
	                  dialog->target, sip_transp_name(path->transport),
	                  &path->self, sa_port(&src), rand_u64());

	return err ? err : request_write_common(mb, dialog, "ACK", seq);
}

int request_ack_send(struct request_ack *ack, struct phone *phone,
                     struct dialog *dialog, const struct sip_msg *msg,
                     struct mbuf *sdp)
{
	struct request_path path;
	struct uri next_hop;
	struct pl pl;
	int err;

	pl_set_str(&pl, dialog->next_hop);
	err = uri_decode(&next_hop, &pl);
	if (err)
		return err;
	hop_resolve(&path, &next_hop, msg);

	mem_deref(ack->mb);
	ack->mb = mbuf_alloc(1024);
	if (!ack->mb)
		return ENOMEM;
	ack->dst = path.dst;
	ack->transport = path.transport;

	err = ack_write(ack->mb, &path, phone, dialog, msg->cseq.num);
	if (!err)
		err = request_write_body(ack->mb, "application/sdp", sdp);
	if (err) {
		ack->mb = mem_deref(ack->mb);
		return err;
	}

	ack->mb->pos = 0;

	return sip_send(phone->sip, NULL, ack->transport, &ack->dst, ack->mb);
}

void request_ack_repeat(const struct request_ack *ack, struct phone *phone)
{
	if (!ack->mb)
		return;

	ack->mb->pos = 0;
	(void)sip_send(phone->sip, NULL, ack->transport, &ack->dst, ack->mb);
}

int request_write_body(struct mbuf *mb, const char *type, struct mbuf *body)
{
	int err;

	if (!body)
		return mbuf_write_str(mb, "Content-Length: 0\r\n\r\n");

	err = mbuf_printf(mb,
	                  "Content-Type: %s\r\n"
	                  "Content-Length: %zu\r\n\r\n",
	                  type, mbuf_get_left(body));

	return err ? err
	           : mbuf_write_mem(mb, mbuf_buf(body), mbuf_get_left(body));
}
