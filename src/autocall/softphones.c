/*
 * autocall/softphones.c - texts pushed to the softphones of users
 *
 * Whoever does not say in time who it is, sends what is no such line, or does
 * not take what it is sent, is cut. One that says nothing more is asked by TCP
 * itself whether it is still there.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include "autocall/note.h"
#include "autocall/softphones.h"
#include "base/log.h"
#include "base/loop.h"
#include "notify/notify.h"
#include <re_sa.h>
#include <re_tcp.h>

enum {
	REF_SIZE = 65,             /* a GUID, and room */
	HELLO_MS = 30000,          /* to say who it is */
	SPACING_MS = 50,           /* between two texts */
	LINE_MAX = 256,            /* bytes of what a client says */
	WAITING_MAX = 100,         /* texts for one client */
	WAITING_BYTES = 256 << 10, /* that it does not take */
	TEXT_MAX = 16 << 10,
	ADDRESS_SIZE = 64,
	KEEPALIVE_S = 60,
};

struct softphones {
	struct autocall *owner;
	struct httpd *server;
	struct tcp_sock *sock;
	struct list clientl;
	unsigned clients_max;
};

struct text {
	struct le le;
	struct mbuf *mb;
};

struct client {
	struct le le;
	struct softphones *sphones;
	struct tcp_conn *conn;
	struct list textl;  /* waiting */
	struct tmr tmr;     /* of its hello, then of the spacing */
	char ref[REF_SIZE]; /* upper case; "": nobody yet */
	char address[ADDRESS_SIZE];
	char line[LINE_MAX + 1]; /* so far */
	size_t n;
};

static void text_destructor(void *arg)
{
	struct text *text = arg;

	list_unlink(&text->le);
	mem_deref(text->mb);
}

static void log_out(struct client *client)
{
	if (*client->ref)
		note_put(client->sphones->owner, NOTE_USER_UNAUTH, client->ref,
		         client->ref, NULL, client->address);
	client->ref[0] = '\0';
	list_flush(&client->textl);
}

static void client_destructor(void *arg)
{
	struct client *client = arg;

	log_out(client);
	list_unlink(&client->le);
	tmr_cancel(&client->tmr);
	mem_deref(client->conn);
}

static void destructor(void *arg)
{
	struct softphones *sphones = arg;

	list_flush(&sphones->clientl);
	mem_deref(sphones->sock);
	mem_deref(sphones->server);
}

/* --- what a client says --------------------------------------------------- */

static void hello_timer(void *arg)
{
	mem_deref(arg);
}

/* Letters, digits and "-" alone: it becomes a key of the bus. */
static bool ref_take(char ref[REF_SIZE], const char *text)
{
	size_t n = strlen(text);

	if (!n || n >= REF_SIZE)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '-')
			return false;
		ref[i] = c;
	}
	ref[n] = '\0';

	return true;
}

/* Returns whether it may stay. */
static bool line_take(struct client *client, const char *line)
{
	static const char hello[] = "u_ref";
	char ref[REF_SIZE];

	if (!strcmp(line, "logout")) {
		/* Nobody stays longer for saying it again. */
		if (*client->ref)
			tmr_start(&client->tmr, HELLO_MS, hello_timer, client);
		log_out(client);
		return true;
	}
	if (strncmp(line, hello, strlen(hello)) != 0 ||
	    strlen(line) <= strlen(hello) + 1 ||
	    !ref_take(ref, line + strlen(hello) + 1))
		return false;
	if (!strcmp(client->ref, ref))
		return true;

	log_out(client);
	memcpy(client->ref, ref, sizeof(client->ref));
	tmr_cancel(&client->tmr);
	note_put(client->sphones->owner, NOTE_USER_AUTH, client->ref,
	         client->ref, NULL, client->address);

	return true;
}

static void recv_handler(struct mbuf *mb, void *arg)
{
	struct client *client = arg;
	bool is_fine = true;

	while (is_fine && mbuf_get_left(mb)) {
		char c = (char)mbuf_read_u8(mb);

		if (c == '\n') {
			client->line[client->n] = '\0';
			client->n = 0;
			is_fine = line_take(client, client->line);
		}
		else if (client->n < LINE_MAX && c) {
			if (c != '\r')
				client->line[client->n++] = c;
		}
		else {
			is_fine = false;
		}
	}

	/* "logout" came without an end of line. */
	client->line[client->n] = '\0';
	if (is_fine && !strcmp(client->line, "logout")) {
		client->n = 0;
		(void)line_take(client, "logout");
	}
	if (!is_fine)
		mem_deref(client);
}

static void close_handler(int err, void *arg)
{
	(void)err;
	mem_deref(arg);
}

static void keep_alive(const struct tcp_conn *conn)
{
	static const int on = 1, after_s = KEEPALIVE_S;
	int fd = tcp_conn_fd(conn);

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &after_s,
	                 sizeof(after_s));
}

static bool may_connect(const struct softphones *sphones, const char *address)
{
	return autocall_may(sphones->owner, address) &&
	       list_count(&sphones->clientl) < sphones->clients_max;
}

static void connect_handler(const struct sa *peer, void *arg)
{
	struct softphones *sphones = arg;
	char address[ADDRESS_SIZE];
	struct client *client;

	(void)snprintf(address, sizeof(address), "%s", "");
	(void)sa_ntop(peer, address, sizeof(address));
	client = may_connect(sphones, address)
	                 ? mem_zalloc(sizeof(*client), client_destructor)
	                 : NULL;
	if (!client) {
		tcp_reject(sphones->sock);
		return;
	}

	client->sphones = sphones;
	tmr_init(&client->tmr);
	memcpy(client->address, address, sizeof(address));
	list_append(&sphones->clientl, &client->le, client);
	if (tcp_accept(&client->conn, sphones->sock, NULL, recv_handler,
	               close_handler, client)) {
		mem_deref(client);
		return;
	}

	tcp_conn_txqsz_set(client->conn, WAITING_BYTES);
	keep_alive(client->conn);
	tmr_start(&client->tmr, HELLO_MS, hello_timer, client);
}

/* --- what it is sent ------------------------------------------------------ */

static void spacing_timer(void *arg)
{
	struct client *client = arg;
	struct text *text = list_ledata(client->textl.head);
	int err;

	if (!text)
		return;

	text->mb->pos = 0;
	err = tcp_send(client->conn, text->mb);
	mem_deref(text);
	tmr_start(&client->tmr, SPACING_MS, spacing_timer, client);
	if (err)
		mem_deref(client);
}

static int text_queue(struct client *client, const char *words)
{
	struct text *text;

	if (list_count(&client->textl) >= WAITING_MAX)
		return ENOBUFS;

	text = mem_zalloc(sizeof(*text), text_destructor);
	if (!text)
		return ENOMEM;

	text->mb = mbuf_alloc(strlen(words) + 1);
	if (!text->mb || mbuf_write_str(text->mb, words)) {
		mem_deref(text);
		return ENOMEM;
	}
	list_append(&client->textl, &text->le, text);
	if (!tmr_isrunning(&client->tmr))
		tmr_start(&client->tmr, 0, spacing_timer, client);

	return 0;
}

int softphones_push(struct softphones *sphones, const char *user,
                    const char *words)
{
	struct le *le = sphones->clientl.head;
	char ref[REF_SIZE];

	if (!*words || strlen(words) > TEXT_MAX || !ref_take(ref, user))
		return EBADMSG;

	while (le) {
		struct client *client = le->data;

		le = le->next;
		if (!strcmp(client->ref, ref) && text_queue(client, words))
			mem_deref(client);
	}

	return 0;
}

bool softphones_send(struct softphones *sphones, const char *user,
                     const char *number, const char *words)
{
	char ref[REF_SIZE];

	if (!*words || strlen(words) > TEXT_MAX || !ref_take(ref, user))
		return false;

	/* What we read on the bus comes back to us, and to our likes. */
	note_put(sphones->owner, NOTE_SOCKET_SEND, ref, ref, number, words);
	if (!notify_is_echoed(sphones->owner->prm.cfg, "ones_socket_send_user"))
		(void)softphones_push(sphones, ref, words);

	return true;
}

static const char *given(const struct httpd_request *req, const char *name)
{
	const char *value = httpd_query(req, name);

	if (!value)
		value = httpd_field(req, name);

	return value ? value : "";
}

static void event_handler(struct httpd_request *req, void *arg)
{
	struct softphones *sphones = ((struct autocall *)arg)->softphones;

	if (!softphones_send(sphones, given(req, "u_ref"), NULL,
	                     given(req, "jdata"))) {
		autocall_say(req, 400, autocall_html, "bad args");
		return;
	}

	autocall_say(req, 200, autocall_html, "send to kafka");
}

/* --- life ----------------------------------------------------------------- */

static const struct httpd_route routev[] = {
	{.method = "GET",
         .pattern = "/api_user_event",
         .handler = event_handler,
         .summary = "A text for the softphones of a user."},
	{.method = "POST",
         .pattern = "/api_user_event",
         .handler = event_handler,
         .body = HTTPD_BODY_FORM,
         .summary = "The same."},
};

static int push_listen(struct softphones *sphones, const char *address,
                       char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = sphones->owner->prm.cfg;
	uint16_t port = (uint16_t)cfg_number(cfg, "autocall", "push_port");
	struct sa local;
	int err;

	err = sa_set_str(&local, address, port);
	if (!err)
		err = tcp_listen(&sphones->sock, &local, connect_handler,
		                 sphones);
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "port %u of %s cannot be listened on: %s: set "
		               "autocall.push_port or stop the other program",
		               port, address, strerror(err));

	return err;
}

int softphones_alloc(struct softphones **sphonesp, struct autocall *ac,
                     char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = ac->prm.cfg;
	const char *address = cfg_text(cfg, "autocall", "address");
	struct httpd_prm http = autocall_http(ac, "event_port");
	struct softphones *sphones;
	int err;

	sphones = mem_zalloc(sizeof(*sphones), destructor);
	if (!sphones) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
		return ENOMEM;
	}

	sphones->owner = ac;
	sphones->clients_max =
		(unsigned)cfg_number(cfg, "autocall", "push_clients");
	http.routev = routev;
	http.routec = ARRAY_COUNT(routev);
	err = push_listen(sphones, address, fault);
	if (!err)
		err = httpd_alloc(&sphones->server, &http, fault);
	if (err)
		mem_deref(sphones);
	else
		*sphonesp = sphones;

	return err;
}

uint16_t softphones_push_port(const struct softphones *sphones)
{
	struct sa local;

	return tcp_local_get(sphones->sock, &local) ? 0 : sa_port(&local);
}

uint16_t softphones_event_port(const struct softphones *sphones)
{
	return httpd_port(sphones->server);
}
