/*
 * test/fakes/fake.c - what all fake services share: connections over libre's
 * WebSocket server, answers that wait, misbehaviour
 */
#include <stdio.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/text.h"
#include "fakes/fake.h"
#include <re_sa.h>
#include <re_tcp.h>
#include <re_tmr.h>
#include <re_msg.h>
#include <re_http.h>
#include <re_websock.h>

enum {
	PING_MS = 15000,
	WORD_SAMPLES = 1600, /* a word is heard after a fifth of a second */
	LEVEL_STEP = 1000,
	TEXT_SIZE = 1024,
};

struct fake {
	const struct fake_kind *kind;
	struct fake_prm prm;
	struct http_sock *http;
	struct websock *ws;
	struct list connl;
	struct fake_seen seen;
	unsigned faultc; /* phrases it was bad to */
	char complaint[256];
	char text[TEXT_SIZE];
};

struct fake_conn {
	struct le le;
	struct fake *fake;
	struct websock_conn *ws;
	struct fake_phrase phrase;
	unsigned messages; /* of the phrase */
	bool is_bad;       /* this phrase is one of the misbehaved to */
	bool is_mute;
	struct list sayl;
	struct tmr tmr;
};

/* On its way to the client. */
struct saying {
	struct le le;
	uint64_t due_ms;
	bool is_close;
	char *text;
};

static const struct fake_kind *const kindv[] = {
	&fake_vosk,
	&fake_funasr,
	&fake_sherpa,
	&fake_jsonws,
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
	mem_deref(conn->ws);
}

static void destructor(void *arg)
{
	struct fake *fake = arg;

	list_flush(&fake->connl);
	mem_deref(fake->http);
	mem_deref(fake->ws);
}

/* --- answers ---------------------------------------------------------------
 */

static void say_timer(void *arg)
{
	struct fake_conn *conn = arg;
	uint64_t now_ms = clock_ms();
	struct le *le;

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
		(void)websock_send(conn->ws, WEBSOCK_TEXT, "%s", saying->text);
		mem_deref(saying);
	}
}

static void say_at(struct fake_conn *conn, char *text, bool is_close)
{
	struct saying *saying = mem_zalloc(sizeof(*saying), saying_destructor);
	uint32_t wait_ms = conn->fake->prm.delay_ms;

	if (!saying)
		return;
	if (conn->is_bad && conn->fake->prm.fault == FAKE_LATE)
		wait_ms += conn->fake->prm.late_ms;
	saying->due_ms = clock_ms() + wait_ms;
	saying->is_close = is_close;
	saying->text = text;
	list_append(&conn->sayl, &saying->le, saying);
	if (!tmr_isrunning(&conn->tmr))
		tmr_start(&conn->tmr, wait_ms, say_timer, conn);
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
		say_at(conn, copy, false);
}

void fake_close(struct fake_conn *conn)
{
	if (!conn->is_mute)
		say_at(conn, NULL, true);
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

/* --- phrases ---------------------------------------------------------------
 */

struct fake_phrase *fake_phrase(struct fake_conn *conn)
{
	return &conn->phrase;
}

const struct fake_prm *fake_prm(const struct fake_conn *conn)
{
	return &conn->fake->prm;
}

void fake_hear(struct fake_conn *conn, const int16_t *pcm, size_t n)
{
	struct fake_phrase *phrase = &conn->phrase;

	if (!phrase->samples)
		conn->fake->seen.phrases++;
	phrase->pieces++;
	phrase->samples += n;
	conn->fake->seen.bytes += n * sizeof(*pcm);
	for (size_t i = 0; i < n; i++)
		phrase->level += (uint64_t)(pcm[i] < 0 ? -pcm[i] : pcm[i]);
}

const char *fake_text(struct fake_conn *conn)
{
	const struct fake_phrase *phrase = &conn->phrase;
	const struct fake_prm *prm = &conn->fake->prm;
	uint64_t level = phrase->samples ? phrase->level / phrase->samples : 0;
	uint64_t i = (level + LEVEL_STEP / 2) / LEVEL_STEP;

	if (!phrase->samples || !prm->textc)
		return "";

	return prm->textv[i && i <= prm->textc ? i - 1 : 0];
}

const char *fake_partial(struct fake_conn *conn)
{
	const char *text = fake_text(conn);
	char *copy = conn->fake->text;
	size_t words = conn->phrase.samples / WORD_SAMPLES, at = 0;

	for (; words && text[at]; words--) {
		at += strspn(text + at, " ");
		at += strcspn(text + at, " ");
	}
	(void)text_copy(copy, TEXT_SIZE, text);
	if (at < TEXT_SIZE)
		copy[at] = '\0';

	return copy;
}

static void be_bad_if_due(struct fake_conn *conn)
{
	const struct fake_prm *prm = &conn->fake->prm;

	conn->is_bad = prm->fault != FAKE_GOOD &&
	               (!prm->times || conn->fake->faultc < prm->times);
}

void fake_next(struct fake_conn *conn)
{
	conn->phrase = (struct fake_phrase){0};
	conn->messages = 0;
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

static bool is_wanted(struct fake *fake, enum fake_fault fault)
{
	return fake->prm.fault == fault &&
	       (!fake->prm.times || fake->faultc++ < fake->prm.times);
}

static unsigned hello(struct fake *fake, struct fake_conn *conn,
                      const struct http_msg *msg)
{
	const struct http_hdr *hdr = http_msg_hdr(msg, HTTP_HDR_AUTHORIZATION);
	char authorization[1024] = "";

	if (is_wanted(fake, FAKE_REFUSE))
		return 401;
	if (is_wanted(fake, FAKE_QUOTA))
		return 429;
	if (!fake->kind->hello)
		return 101;
	if (hdr)
		(void)pl_strcpy(&hdr->val, authorization,
		                sizeof(authorization));

	return fake->kind->hello(conn, &msg->path, &msg->prm, authorization);
}

static void req_handler(struct http_conn *http, const struct http_msg *msg,
                        void *arg)
{
	struct fake *fake = arg;
	struct fake_conn *conn;
	unsigned status;
	int err;

	conn = mem_zalloc(sizeof(*conn), conn_destructor);
	if (!conn)
		return;

	conn->fake = fake;
	fake->seen.connections++;
	fake->seen.open++;
	list_append(&fake->connl, &conn->le, conn);
	tmr_init(&conn->tmr);

	status = hello(fake, conn, msg);
	if (status != 101) {
		/* It repeats the key: a client must not pass that on. */
		(void)http_creply(http, (uint16_t)status, "No",
		                  "application/json",
		                  "{\"message\":\"no entry for %s\"}",
		                  fake->prm.key ? fake->prm.key : "you");
		mem_deref(conn);
		return;
	}

	err = websock_accept(&conn->ws, fake->ws, http, msg, PING_MS,
	                     recv_handler, close_handler, conn);
	if (err)
		mem_deref(conn);
	else if (fake->kind->opened)
		fake->kind->opened(conn);
}

/* --- the fake ------------------------------------------------------------- */

int fake_open(struct fake **fakep, const struct fake_prm *prm)
{
	struct fake *fake;
	struct sa laddr;
	int err;

	fake = mem_zalloc(sizeof(*fake), destructor);
	if (!fake)
		return ENOMEM;

	fake->prm = *prm;
	for (size_t i = 0; i < ARRAY_COUNT(kindv); i++) {
		if (!strcmp(kindv[i]->name, prm->kind))
			fake->kind = kindv[i];
	}
	err = fake->kind ? sa_set_str(&laddr, "127.0.0.1", prm->port) : ENOENT;
	if (!err)
		err = websock_alloc(&fake->ws, NULL, NULL);
	if (!err && prm->certificate)
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

	if (tcp_sock_local_get(http_sock_tcp(fake->http), &laddr))
		return 0;

	return sa_port(&laddr);
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
		"good", "refuse", "quota", "stall",
		"cut",  "late",   "wrong", "error",
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
