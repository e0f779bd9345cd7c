/*
 * test/fakes/fake.c - what all fake services share: connections over libre's
 * WebSocket server, answers that wait, misbehaviour
 */
#include <stdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/text.h"
#include "fakes/fake_parts.h"
#include <re_sa.h>
#include <re_tcp.h>
#include <re_msg.h>
#include <re_http.h>
#include <re_websock.h>

enum {
	PING_MS = 15000,
	SPLIT_BYTES = 11, /* of a split answer at a time */
};

/* On its way to the client. */
struct saying {
	struct le le;
	uint64_t due_ms;
	bool is_close;
	char *text;
	unsigned status; /* of an answer over HTTP */
	const char *type;
};

static const struct fake_kind *const kindv[] = {
	/* clang-format off */
	&fake_vosk,
	&fake_yandex_v3_talk,
	&fake_funasr,
	&fake_sherpa,
	&fake_jsonws,
	&fake_deepgram,
	&fake_nls,
	&fake_iat,
	&fake_rtasr,
	&fake_openai,
	&fake_template,
	&fake_yandex_v1,
	&fake_yandex_v3,
	&fake_yandex_xml,
	/* clang-format on */
};

static void saying_destructor(void *arg)
{
	struct saying *saying = arg;

	list_unlink(&saying->le);
	mem_deref(saying->text);
}

static void conn_destructor(void *arg)
{
	struct fake_conn *conn = arg;

	conn->fake->seen.open--;
	tmr_cancel(&conn->tmr);
	list_unlink(&conn->le);
	list_flush(&conn->sayl);
	mem_deref(conn->wire);
	mem_deref(conn->ws);
	mem_deref(conn->http);
}

struct fake_conn *fake_conn_make(struct fake *fake)
{
	struct fake_conn *conn = mem_zalloc(sizeof(*conn), conn_destructor);

	if (!conn)
		return NULL;

	tmr_init(&conn->tmr);
	conn->phrase.begun_ms = clock_ms();
	conn->fake = fake;
	fake->seen.open++;
	if (!fake->kind->rpc)
		list_append(&fake->connl, &conn->le, conn);

	return conn;
}

static void destructor(void *arg)
{
	struct fake *fake = arg;

	list_flush(&fake->linkl);
	list_flush(&fake->connl);
	mem_deref(fake->grpc);
	mem_deref(fake->http);
	mem_deref(fake->ws);
}

/* --- answers ---------------------------------------------------------------
 */

static int frame_write(struct mbuf *mb, unsigned head, const char *data,
                       size_t n)
{
	int err = mbuf_write_u8(mb, (uint8_t)head);

	if (!err && n < 126)
		err = mbuf_write_u8(mb, (uint8_t)n);
	else if (!err)
		err = mbuf_write_u8(mb, 126) ||
		      mbuf_write_u16(mb, htons((uint16_t)n));

	return err ? err : mbuf_write_mem(mb, (const uint8_t *)data, n);
}

/* The first fragment ends inside a character, if there is a long one. */
static struct mbuf *fragments(const char *text)
{
	size_t n = strlen(text), at = 0;
	struct mbuf *mb = mbuf_alloc(n + 32);

	while (at < n && !((unsigned char)text[at] & 0x80))
		at++;
	at = at < n ? at + 1 : n / 2;
	if (!mb || frame_write(mb, WEBSOCK_TEXT, text, at) ||
	    frame_write(mb, 0x80 | WEBSOCK_PING, "?", 1) ||
	    frame_write(mb, 0x80 | WEBSOCK_CONT, text + at, n - at))
		return mem_deref(mb);
	mb->pos = 0;

	return mb;
}

/* Returns whether there was something of a split answer to send. */
static bool wire_send(struct fake_conn *conn)
{
	struct mbuf part;

	if (!conn->wire)
		return false;

	part = (struct mbuf){.buf = mbuf_buf(conn->wire)};
	part.end = mbuf_get_left(conn->wire);
	if (part.end > SPLIT_BYTES)
		part.end = SPLIT_BYTES;
	part.size = part.end;
	(void)tcp_send(websock_tcp(conn->ws), &part);
	mbuf_advance(conn->wire, (ssize_t)part.size);
	if (!mbuf_get_left(conn->wire))
		conn->wire = mem_deref(conn->wire);

	return true;
}

static void say_timer(void *arg)
{
	struct fake_conn *conn = arg;
	uint64_t now_ms = clock_ms();
	struct le *le;

	if (wire_send(conn)) {
		tmr_start(&conn->tmr, 1, say_timer, conn);
		return;
	}

	while ((le = list_head(&conn->sayl))) {
		struct saying *saying = le->data;

		if (saying->due_ms > now_ms) {
			tmr_start(&conn->tmr, saying->due_ms - now_ms,
			          say_timer, conn);
			return;
		}
		if (saying->is_close) {
			(void)websock_close(conn->ws, WEBSOCK_NORMAL_CLOSURE,
			                    NULL);
			mem_deref(conn);
			return;
		}
		if (conn->http) {
			(void)http_creply(conn->http, (uint16_t)saying->status,
			                  "Said", saying->type, "%s",
			                  saying->text);
			mem_deref(conn);
			return;
		}
		if (conn->is_split) {
			conn->wire = fragments(saying->text);
			mem_deref(saying);
			tmr_start(&conn->tmr, 0, say_timer, conn);
			return;
		}
		(void)websock_send(conn->ws, WEBSOCK_TEXT, "%s", saying->text);
		mem_deref(saying);
	}
}

static struct saying *say_at(struct fake_conn *conn, char *text, bool is_close)
{
	struct saying *saying = mem_zalloc(sizeof(*saying), saying_destructor);
	uint32_t wait_ms = conn->fake->prm.delay_ms + conn->phrase.wait_ms;

	if (!saying)
		return NULL;
	if (conn->is_bad && conn->fake->prm.fault == FAKE_LATE)
		wait_ms += conn->fake->prm.late_ms;
	saying->due_ms = clock_ms() + wait_ms;
	saying->is_close = is_close;
	saying->text = text;
	list_append(&conn->sayl, &saying->le, saying);
	if (!tmr_isrunning(&conn->tmr))
		tmr_start(&conn->tmr, wait_ms, say_timer, conn);

	return saying;
}

void fake_say(struct fake_conn *conn, const char *format, ...)
{
	char text[4096];
	char *copy = NULL;
	va_list ap;

	if (conn->is_mute)
		return;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (!str_dup(&copy, text))
		(void)say_at(conn, copy, false);
}

void fake_close(struct fake_conn *conn)
{
	if (!conn->is_mute)
		(void)say_at(conn, NULL, true);
}

void fake_answer(struct fake_conn *conn, unsigned status, const char *type,
                 const char *format, ...)
{
	struct saying *saying;
	char text[4096];
	char *copy = NULL;
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (str_dup(&copy, text))
		return;

	saying = say_at(conn, copy, false);
	if (saying) {
		saying->status = status;
		saying->type = type;
	}
}

void fake_complain(struct fake_conn *conn, const char *format, ...)
{
	struct fake *fake = conn->fake;
	va_list ap;

	if (fake->complaint[0])
		return;

	va_start(ap, format);
	(void)vsnprintf(fake->complaint, sizeof(fake->complaint), format, ap);
	va_end(ap);
}

static void be_bad_if_due(struct fake_conn *conn)
{
	const struct fake_prm *prm = &conn->fake->prm;

	conn->is_bad = prm->fault != FAKE_GOOD &&
	               (!prm->times || conn->fake->faultc < prm->times);
}

void fake_hurry(struct tcp_conn *tcp)
{
	const int on = 1;

	if (tcp)
		(void)setsockopt(tcp_conn_fd(tcp), IPPROTO_TCP, TCP_NODELAY,
		                 &on, sizeof(on));
}

/* --- connections -----------------------------------------------------------
 */

/* Returns whether the message goes on to the kind. The connection may be gone
 * afterwards. */
static bool misbehave(struct fake_conn *conn)
{
	struct fake *fake = conn->fake;

	if (!conn->messages++)
		be_bad_if_due(conn);
	if (!conn->is_bad || conn->messages <= fake->prm.after)
		return !conn->is_mute;
	if (conn->messages == fake->prm.after + 1)
		fake->faultc++;

	switch (fake->prm.fault) {
	case FAKE_STALL:
		conn->is_mute = true;
		return false;
	case FAKE_CUT:
		/* Without a goodbye, as when a machine dies. */
		(void)shutdown(tcp_conn_fd(websock_tcp(conn->ws)), SHUT_RDWR);
		conn->is_mute = true;
		return false;
	case FAKE_HALF:
		(void)shutdown(tcp_conn_fd(websock_tcp(conn->ws)), SHUT_WR);
		conn->is_mute = true;
		return false;
	case FAKE_SPLIT:
		conn->is_split = true;
		return true;
	case FAKE_WRONG:
		fake_say(conn, "<html>out of order</html>");
		return false;
	case FAKE_ERROR:
		if (fake->kind->error)
			fake->kind->error(conn);
		else
			mem_deref(conn);
		return false;
	default:
		return true;
	}
}

static void recv_handler(const struct websock_hdr *hdr, struct mbuf *mb,
                         void *arg)
{
	struct fake_conn *conn = arg;
	const struct fake_kind *kind = conn->fake->kind;

	if (!hdr->mask)
		fake_complain(conn, "a frame of a client was not masked");
	if (hdr->opcode != WEBSOCK_TEXT && hdr->opcode != WEBSOCK_BIN)
		return;
	if (!misbehave(conn))
		return;
	if (hdr->opcode == WEBSOCK_TEXT && conn->messages == 1)
		(void)snprintf(conn->fake->seen.asked,
		               sizeof(conn->fake->seen.asked), "%.*s",
		               (int)mbuf_get_left(mb),
		               (const char *)mbuf_buf(mb));

	if (hdr->opcode == WEBSOCK_TEXT)
		kind->text(conn, (const char *)mbuf_buf(mb), mbuf_get_left(mb));
	else
		kind->binary(conn, mbuf_buf(mb), mbuf_get_left(mb));
}

static void close_handler(int err, void *arg)
{
	(void)err;

	mem_deref(arg);
}

const char *fake_who(const struct fake_conn *conn)
{
	struct fake *fake = conn->fake;

	(void)snprintf(
		fake->who, sizeof(fake->who), "%s%s",
		fake->prm.key && fake->prm.fault != FAKE_GOOD ? fake->prm.key
							      : "you",
		fake->prm.fault == FAKE_EXPIRED ? ", which has expired" : "");

	return fake->who;
}

static bool is_wanted(struct fake *fake, enum fake_fault fault)
{
	return fake->prm.fault == fault &&
	       (!fake->prm.times || fake->faultc++ < fake->prm.times);
}

static unsigned hello(struct fake *fake, struct fake_conn *conn,
                      const struct http_msg *msg)
{
	if (is_wanted(fake, FAKE_REFUSE) || is_wanted(fake, FAKE_EXPIRED))
		return 401;
	if (is_wanted(fake, FAKE_QUOTA))
		return 429;
	if (fake->kind->path && pl_strcmp(&msg->path, fake->kind->path))
		return 404;

	return fake->kind->hello ? fake->kind->hello(conn, msg) : 101;
}

/* A question over HTTP, and how it is answered badly. */
static void request(struct fake_conn *conn, const struct http_msg *msg)
{
	const struct fake_kind *kind = conn->fake->kind;
	enum fake_fault fault = conn->fake->prm.fault;

	be_bad_if_due(conn);
	if (!conn->is_bad)
		fault = FAKE_GOOD;
	else
		conn->fake->faultc++;

	switch (fault) {
	case FAKE_REFUSE:
	case FAKE_EXPIRED:
		kind->refuse(conn, 401);
		return;
	case FAKE_QUOTA:
		kind->refuse(conn, 429);
		return;
	case FAKE_ERROR:
		kind->refuse(conn, 500);
		return;
	case FAKE_STALL:
		return;
	case FAKE_CUT:
		(void)shutdown(tcp_conn_fd(http_conn_tcp(conn->http)),
		               SHUT_RDWR);
		return;
	case FAKE_WRONG:
		fake_answer(conn, 200, "text/html", "<html>out of order");
		return;
	default:
		kind->request(conn, msg);
	}
}

static void req_handler(struct http_conn *http, const struct http_msg *msg,
                        void *arg)
{
	struct fake *fake = arg;
	bool is_good = fake->prm.fault == FAKE_GOOD;
	struct fake_conn *conn;
	char said[256];
	unsigned status;
	int err;

	if (fake->kind->page && fake->kind->page(fake, http, msg))
		return;

	conn = fake_conn_make(fake);
	if (!conn)
		return;

	if (!fake->kind->request || sa_port(http_conn_peer(http)) != fake->port)
		fake->seen.connections++;
	fake->port = sa_port(http_conn_peer(http));
	if (fake->kind->request) {
		conn->http = mem_ref(http);
		/* How a client warms a connection up. */
		if (!pl_strcmp(&msg->met, "HEAD"))
			fake_answer(conn, 404, "text/plain", "%s", "");
		else
			request(conn, msg);
		return;
	}

	(void)snprintf(fake->seen.asked, sizeof(fake->seen.asked), "%.*s",
	               (int)msg->prm.l, msg->prm.p);
	status = hello(fake, conn, msg);
	if (status != 101) {
		(void)fake_header(said, sizeof(said), msg, "Authorization");
		(void)http_creply(http, (uint16_t)status, "No",
		                  "application/json",
		                  "{\"message\":\"no entry for %s\"}",
		                  is_good && *said ? said : fake_who(conn));
		mem_deref(conn);
		return;
	}

	fake_hurry(http_conn_tcp(http));
	err = websock_accept(&conn->ws, fake->ws, http, msg, PING_MS,
	                     recv_handler, close_handler, conn);
	if (err)
		mem_deref(conn);
	else if (fake->kind->opened)
		fake->kind->opened(conn);
}

/* --- the fake ------------------------------------------------------------- */

static const struct fake_kind *kind_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(kindv); i++) {
		if (!strcmp(kindv[i]->name, name))
			return kindv[i];
	}

	return NULL;
}

bool fake_is_http(const char *kind)
{
	const struct fake_kind *found = kind_find(kind);

	return found && (found->request || found->rpc);
}

int fake_open(struct fake **fakep, const struct fake_prm *prm)
{
	struct fake *fake;
	struct sa laddr;
	int err;

	fake = mem_zalloc(sizeof(*fake), destructor);
	if (!fake)
		return ENOMEM;

	fake->prm = *prm;
	fake->kind = kind_find(prm->kind);
	err = fake->kind ? sa_set_str(&laddr, "127.0.0.1", prm->port) : ENOENT;
	if (!err)
		err = websock_alloc(&fake->ws, NULL, NULL);
	if (!err && fake->kind->rpc)
		err = fake_grpc_listen(fake);
	else if (!err && prm->certificate)
		err = https_listen(&fake->http, &laddr, prm->certificate,
		                   req_handler, fake);
	else if (!err)
		err = http_listen(&fake->http, &laddr, req_handler, fake);
	if (err)
		mem_deref(fake);
	else
		*fakep = fake;

	return err;
}

uint16_t fake_port(const struct fake *fake)
{
	struct sa laddr;

	if (tcp_sock_local_get(fake->grpc ? fake->grpc
	                                  : http_sock_tcp(fake->http),
	                       &laddr))
		return 0;

	return sa_port(&laddr);
}

const char *fake_path(const struct fake *fake)
{
	return fake->kind->path ? fake->kind->path : "/";
}

void fake_set_fault(struct fake *fake, enum fake_fault fault, unsigned after,
                    unsigned times)
{
	fake->prm.fault = fault;
	fake->prm.after = after;
	fake->prm.times = times;
	fake->faultc = 0;
}

bool fake_fault_parse(enum fake_fault *faultp, const char *name)
{
	static const char *const namev[FAKE_FAULTS] = {
		"good",  "refuse", "quota", "stall", "cut",     "late",
		"wrong", "error",  "half",  "split", "expired",
	};

	for (size_t i = 0; i < FAKE_FAULTS; i++) {
		if (!strcmp(namev[i], name)) {
			*faultp = (enum fake_fault)i;
			return true;
		}
	}

	return false;
}

const struct fake_seen *fake_seen(const struct fake *fake)
{
	return &fake->seen;
}

const char *fake_complaint(const struct fake *fake)
{
	return fake->complaint;
}
