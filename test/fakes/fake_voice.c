/*
 * test/fakes/fake_voice.c - what all fake voices share: HTTP and WebSocket over
 * libre, sound in pieces, misbehaviour
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/text.h"
#include "fakes/fake.h"
#include "fakes/fake_voice_parts.h"

enum {
	WORDS_SIZE = 8192,
	MEMBERS = 8,
};

static const struct fake_voice_kind *const kindv[] = {
	&fake_voice_http,      &fake_voice_json, &fake_voice_openai,
	&fake_voice_yandex,    &fake_voice_nls,  &fake_voice_iflytek,
	&fake_voice_yandex_v3,
};

static void destructor(void *arg)
{
	struct fake_voice *fake = arg;

	list_flush(&fake->answerl);
	mem_deref(fake->http);
	mem_deref(fake->ws);
	mem_deref(fake->rpc);
}

/* --- asking --------------------------------------------------------------- */

void fake_voice_complain(struct fake_voice *fake, const char *format, ...)
{
	va_list ap;

	if (*fake->complaint)
		return;

	va_start(ap, format);
	(void)vsnprintf(fake->complaint, sizeof(fake->complaint), format, ap);
	va_end(ap);
}

const struct fake_voice_prm *fake_voice_prm(const struct fake_voice *fake)
{
	return &fake->prm;
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : toupper(c) - 'A' + 10;
}

const char *fake_voice_member(const char *query, const char *name)
{
	static char textv[MEMBERS][4096];
	static unsigned turn;
	char *text = textv[turn++ % MEMBERS];
	size_t len = strlen(name), n = 0;

	for (; query; query = strchr(query, '&')) {
		query += *query == '&';
		if (strncmp(query, name, len) != 0 || query[len] != '=')
			continue;
		for (query += len + 1;
		     *query && *query != '&' && n < sizeof(textv[0]) - 1;
		     query++) {
			if (*query == '%' && isxdigit(query[1]) &&
			    isxdigit(query[2])) {
				text[n++] = (char)(digit(query[1]) << 4 |
				                   digit(query[2]));
				query += 2;
			}
			else {
				text[n++] = *query == '+' ? ' ' : *query;
			}
		}
		break;
	}
	text[n] = '\0';

	return text;
}

enum fake_voice_fault fake_voice_fault_next(struct fake_voice *fake)
{
	if (fake->times && fake->faultc >= fake->times)
		return FAKE_VOICE_GOOD;
	fake->faultc++;

	return fake->fault;
}

const char *fake_voice_no(char words[FAKE_VOICE_NO_SIZE],
                          const struct fake_voice *fake,
                          enum fake_voice_fault fault)
{
	(void)snprintf(words, FAKE_VOICE_NO_SIZE, "nothing for %s%s",
	               fake->prm.key && fault != FAKE_VOICE_GOOD ? fake->prm.key
	                                                         : "you",
	               fault == FAKE_VOICE_EXPIRED ? ", which has expired"
	                                           : "");

	return words;
}

static void refuse(struct fake_voice *fake, struct http_conn *conn,
                   unsigned status, const char *why)
{
	const struct fake_voice_kind *kind = fake->kind;
	char words[WORDS_SIZE];

	(void)re_snprintf(words, sizeof(words),
	                  kind->error_of ? kind->error_of(status) : kind->error,
	                  why);
	(void)http_creply(conn, (uint16_t)status, "No", "application/json",
	                  "%s", words);
}

static unsigned fault_status(enum fake_voice_fault fault)
{
	return fault == FAKE_VOICE_REFUSE    ? 401
	       : fault == FAKE_VOICE_EXPIRED ? 401
	       : fault == FAKE_VOICE_QUOTA   ? 429
	       : fault == FAKE_VOICE_BROKEN  ? 503
	                                     : 200;
}

/* A connection over which a text will come. */
struct talk {
	struct fake_voice *fake;
	struct websock_conn *ws;
};

static void talk_destructor(void *arg)
{
	struct talk *talk = arg;

	mem_deref(talk->ws);
}

static void recv_handler(const struct websock_hdr *hdr, struct mbuf *mb,
                         void *arg)
{
	struct talk *talk = arg;
	struct fake_voice *fake = talk->fake;
	const struct fake_voice_way way = {.ws = talk->ws};
	struct fake_voice_said said = {.status = 200};
	enum fake_voice_fault fault = fake_voice_fault_next(fake);

	if (!hdr->mask)
		fake_voice_complain(fake, "a frame was not masked");
	fake->seen.asked++;
	fake->kind->message(fake, &fake->seen, (const char *)mbuf_buf(mb),
	                    mbuf_get_left(mb), &said);
	if (fault == FAKE_VOICE_TYPE)
		(void)websock_send(talk->ws, WEBSOCK_TEXT, "<html>sold</html>");
	else if (said.status != 200 || fault == FAKE_VOICE_WORDS)
		(void)websock_send(talk->ws, WEBSOCK_TEXT, fake->kind->error,
		                   "this text is not spoken");
	else if (fault == FAKE_VOICE_EMPTY)
		(void)websock_close(talk->ws, WEBSOCK_NORMAL_CLOSURE, NULL);
	else
		(void)fake_voice_answer(fake, &way, &said, fault);
}

void fake_voice_gone(struct fake_voice *fake, const struct fake_voice_way *way)
{
	struct le *le = list_head(&fake->answerl);

	while (le) {
		struct answer *answer = le->data;

		le = le->next;
		if (answer->way.ws == way->ws && answer->way.rpc == way->rpc) {
			fake->seen.abandoned++;
			mem_deref(answer);
		}
	}
}

static void close_handler(int err, void *arg)
{
	struct talk *talk = arg;
	const struct fake_voice_way way = {.ws = talk->ws};

	(void)err;

	fake_voice_gone(talk->fake, &way);
	mem_deref(talk);
}

static void talk_open(struct fake_voice *fake, struct http_conn *conn,
                      const struct http_msg *msg)
{
	struct talk *talk = mem_zalloc(sizeof(*talk), talk_destructor);

	if (!talk)
		return;

	talk->fake = fake;
	fake_hurry(http_conn_tcp(conn));
	if (websock_accept(&talk->ws, fake->ws, conn, msg, 0, recv_handler,
	                   close_handler, talk))
		mem_deref(talk);
}

static void header_copy(char *text, size_t size, const struct http_msg *msg,
                        const char *name)
{
	const struct http_hdr *hdr = http_msg_xhdr(msg, name);

	text[0] = '\0';
	if (hdr)
		(void)pl_strcpy(&hdr->val, text, size);
}

static void understand(struct fake_voice *fake, const struct http_msg *msg,
                       struct fake_voice_said *said)
{
	char method[16], path[512], query[16384], type[128], key[1024],
		token[512], host[128];
	char *body = NULL;

	(void)pl_strcpy(&msg->met, method, sizeof(method));
	(void)pl_strcpy(&msg->path, path, sizeof(path));
	(void)pl_strcpy(&msg->prm, query, sizeof(query));
	header_copy(type, sizeof(type), msg, "Content-Type");
	header_copy(key, sizeof(key), msg, "Authorization");
	header_copy(token, sizeof(token), msg, "X-NLS-Token");
	header_copy(host, sizeof(host), msg, "Host");
	(void)mbuf_strdup(msg->mb, &body, mbuf_get_left(msg->mb));

	const struct fake_voice_asked asked = {
		.method = method,
		.path = path,
		.query = query + (*query == '?'),
		.body = body ? body : "",
		.type = type,
		.authorization = key,
		.token = token,
		.is_token_good = fake_tokens_are_good(&fake->tokens, token),
		.host = host,
	};

	fake->kind->ask(fake, &fake->seen, &asked, said);
	mem_deref(body);
}

static void req_handler(struct http_conn *conn, const struct http_msg *msg,
                        void *arg)
{
	struct fake_voice *fake = arg;
	const struct fake_voice_way way = {.conn = conn};
	bool is_ws = fake->kind->message != NULL;
	struct fake_voice_said said = {.status = 200};
	enum fake_voice_fault fault;
	uint16_t port = sa_port(http_conn_peer(conn));
	char no[FAKE_VOICE_NO_SIZE];

	if (fake->kind->makes_tokens &&
	    fake_tokens_page(&fake->tokens, conn, msg))
		return;

	fake->seen.connections += port != fake->port;
	fake->port = port;
	if (!pl_strcmp(&msg->met, "HEAD")) {
		fake->seen.warmed++;
		(void)http_ereply(conn, 404, "Not Found");
		return;
	}
	fault = is_ws ? fake->fault : fake_voice_fault_next(fake);
	if (!is_ws) {
		fake->seen.asked++;
		fake->seen.volume = fake->seen.rate = fake->seen.pitch = 1;
	}
	understand(fake, msg, &said);
	if (said.status == 200 || said.status == 101)
		said.status = fault_status(fault);
	if (!*said.words)
		(void)text_copy(said.words, sizeof(said.words),
		                fake_voice_no(no, fake, fault));
	if (said.status != 200)
		refuse(fake, conn, said.status, said.words);
	else if (is_ws)
		talk_open(fake, conn, msg);
	else if (fault == FAKE_VOICE_WORDS)
		refuse(fake, conn, 200, said.words);
	else
		(void)fake_voice_answer(fake, &way, &said, fault);
}

/* --- the fake ------------------------------------------------------------- */

static int http_open(struct fake_voice *fake)
{
	struct sa laddr;
	int err;

	err = sa_set_str(&laddr, "127.0.0.1", fake->prm.port);
	if (!err)
		err = websock_alloc(&fake->ws, NULL, NULL);

	return err ? err : http_listen(&fake->http, &laddr, req_handler, fake);
}

static int rpc_listen(struct fake_voice *fake)
{
	const struct fake_prm prm = {
		.kind = fake->kind->rpc->name,
		.key = fake->prm.key,
		.port = fake->prm.port,
		.arg = fake,
	};

	return fake_open(&fake->rpc, &prm);
}

int fake_voice_open(struct fake_voice **fakep, const struct fake_voice_prm *prm)
{
	struct fake_voice *fake;
	int err;

	fake = mem_zalloc(sizeof(*fake), destructor);
	if (!fake)
		return ENOMEM;

	fake->prm = *prm;
	fake->tokens.key = prm->key;
	fake->tokens.secret = prm->secret;
	for (size_t i = 0; i < ARRAY_COUNT(kindv); i++) {
		if (!strcmp(kindv[i]->name, prm->kind))
			fake->kind = kindv[i];
	}
	if (!fake->kind)
		err = ENOENT;
	else if (fake->kind->rpc)
		err = rpc_listen(fake);
	else
		err = http_open(fake);
	if (err)
		mem_deref(fake);
	else
		*fakep = fake;

	return err;
}

uint16_t fake_voice_port(const struct fake_voice *fake)
{
	struct sa laddr;

	if (fake->rpc)
		return fake_port(fake->rpc);
	if (tcp_sock_local_get(http_sock_tcp(fake->http), &laddr))
		return 0;

	return sa_port(&laddr);
}

const char *fake_voice_path(const struct fake_voice *fake)
{
	return fake->kind->path;
}

void fake_voice_set_fault(struct fake_voice *fake, enum fake_voice_fault fault,
                          unsigned times)
{
	fake->fault = fault;
	fake->times = times;
	fake->faultc = 0;
}

void fake_voice_expire(struct fake_voice *fake)
{
	fake_tokens_expire(&fake->tokens);
}

void fake_voice_set_pace(struct fake_voice *fake, uint32_t pace_ms)
{
	fake->prm.pace_ms = pace_ms;
}

void fake_voice_set_pack(struct fake_voice *fake, enum fake_voice_pack pack,
                         uint32_t rate_hz)
{
	fake->prm.pack = pack;
	fake->prm.rate_hz = rate_hz;
}

const struct fake_voice_seen *fake_voice_seen(struct fake_voice *fake)
{
	fake->seen.tokens = fake->tokens.made;
	if (fake->rpc)
		fake->seen.connections = fake_seen(fake->rpc)->connections;

	return &fake->seen;
}

const char *fake_voice_complaint(const struct fake_voice *fake)
{
	return fake->rpc && !*fake->complaint ? fake_complaint(fake->rpc)
	                                      : fake->complaint;
}
