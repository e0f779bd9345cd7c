/*
 * test/web.c - a web server that answers as it is told, badly too
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "web.h"
#include <re_sa.h>
#include <re_tcp.h>
#include <re_srtp.h>
#include <re_tls.h>
#include <re_tmr.h>

enum {
	REQUEST_MAX_BYTES = 32 << 20,
	PIECE_BYTES = 7, /* of what comes slowly or in chunks */
	ENDLESS_BYTES = 16384,
	URLS = 8,
	URL_SIZE = 1024,
};

struct page {
	struct le le;
	struct web_page page;
};

struct seen {
	struct le le;
	struct web_request request;
	struct mbuf *head, *body;
};

struct conn {
	struct le le;
	struct web *web;
	struct tcp_conn *tcp;
	struct tls_conn *tls;
	struct mbuf *in;
	struct tmr tmr;
	struct mbuf *out; /* the answer, from pos on still to be said */
	const struct web_page *page;
	unsigned number;
};

struct web {
	struct tcp_sock *sock;
	struct tls *tls;
	struct sa addr;
	struct list pagel, seenl, connl;
	unsigned connections;
};

static void web_destructor(void *arg)
{
	struct web *web = arg;

	list_flush(&web->connl);
	list_flush(&web->seenl);
	list_flush(&web->pagel);
	mem_deref(web->sock);
	mem_deref(web->tls);
}

static void conn_destructor(void *arg)
{
	struct conn *conn = arg;

	list_unlink(&conn->le);
	tmr_cancel(&conn->tmr);
	mem_deref(conn->tls);
	mem_deref(conn->tcp);
	mem_deref(conn->in);
	mem_deref(conn->out);
}

static void seen_destructor(void *arg)
{
	struct seen *seen = arg;

	list_unlink(&seen->le);
	mem_deref(seen->head);
	mem_deref(seen->body);
}

static void next_request(struct conn *conn);

/* Says the next bytes of the answer; false when the connection is gone. */
static bool say(struct conn *conn, size_t len)
{
	struct mbuf *mb;
	int err;

	if (len > mbuf_get_left(conn->out))
		len = mbuf_get_left(conn->out);
	mb = mbuf_alloc(len + 1);
	if (!mb)
		abort();
	(void)mbuf_write_mem(mb, mbuf_buf(conn->out), len);
	mbuf_set_pos(mb, 0);
	conn->out->pos += len;

	err = len ? tcp_send(conn->tcp, mb) : 0;
	mem_deref(mb);
	if (err)
		mem_deref(conn);

	return !err;
}

static void endless_handler(void *arg)
{
	struct conn *conn = arg;

	mbuf_set_pos(conn->out, 0);
	tmr_start(&conn->tmr, 2, endless_handler, conn);
	(void)say(conn, conn->out->end);
}

static void finish(struct conn *conn)
{
	const struct web_page *page = conn->page;

	conn->page = NULL;
	if (page->is_last || page->trick == WEB_CUT ||
	    page->trick == WEB_HALF_HEAD || page->trick == WEB_GARBAGE) {
		mem_deref(conn);
		return;
	}

	next_request(conn);
}

static void slow_handler(void *arg)
{
	struct conn *conn = arg;

	if (!say(conn, PIECE_BYTES))
		return;
	if (mbuf_get_left(conn->out))
		tmr_start(&conn->tmr, conn->page->delay_ms, slow_handler, conn);
	else
		finish(conn);
}

static void put_chunks(struct mbuf *mb, const char *body, size_t len)
{
	for (size_t at = 0; at < len; at += PIECE_BYTES) {
		size_t n = len - at < PIECE_BYTES ? len - at : PIECE_BYTES;

		(void)mbuf_printf(mb, "%zx\r\n%b\r\n", n, body + at, n);
	}
	(void)mbuf_write_str(mb, "0\r\n\r\n");
}

static void write_answer(struct conn *conn)
{
	const struct web_page *page = conn->page;
	const char *body = page->body ? page->body : "";
	size_t len = page->body_len ? page->body_len : strlen(body);
	struct mbuf *mb = conn->out;

	if (page->trick == WEB_GARBAGE) {
		(void)mbuf_write_str(mb, "220 mail.example.org ESMTP\r\n");
		return;
	}

	(void)mbuf_printf(mb, "HTTP/1.1 %u Said\r\n%s",
	                  page->status ? page->status : 200,
	                  page->headers ? page->headers : "");
	if (page->trick == WEB_HALF_HEAD)
		return;

	if (page->trick == WEB_CHUNKED) {
		(void)mbuf_write_str(mb, "Transfer-Encoding: chunked\r\n\r\n");
		put_chunks(mb, body, len);
		return;
	}
	if (page->trick == WEB_ENDLESS)
		(void)mbuf_write_str(mb, "\r\n");
	else if (page->status == 304 || page->status == 204)
		(void)mbuf_write_str(mb, "\r\n");
	else
		(void)mbuf_printf(mb, "Content-Length: %zu\r\n\r\n", len);
	if (page->trick == WEB_CUT)
		len /= 2;
	if (page->trick != WEB_ENDLESS && page->status != 304)
		(void)mbuf_write_mem(mb, (const uint8_t *)body, len);
}

static void answer_handler(void *arg)
{
	struct conn *conn = arg;
	const struct web_page *page = conn->page;

	mem_deref(conn->out);
	conn->out = mbuf_alloc(4096);
	if (!conn->out)
		abort();
	write_answer(conn);
	mbuf_set_pos(conn->out, 0);

	if (page->trick == WEB_SLOW) {
		slow_handler(conn);
		return;
	}
	if (!say(conn, conn->out->end))
		return;
	if (page->trick == WEB_ENDLESS) {
		(void)mbuf_fill(conn->out, 'x', ENDLESS_BYTES);
		endless_handler(conn);
		return;
	}

	finish(conn);
}

static const struct web_page *find_page(const struct web *web,
                                        const char *target)
{
	static const struct web_page none = {.status = 404, .body = "none"};
	size_t len = strcspn(target, "?");

	for (struct le *le = web->pagel.tail; le; le = le->prev) {
		const struct web_page *page = &((struct page *)le->data)->page;

		if (!page->path || (strlen(page->path) == len &&
		                    !strncmp(page->path, target, len)))
			return page;
	}

	return &none;
}

/* Keeps a whole request; the head is cut into its parts in place. */
static const struct web_request *keep(struct conn *conn, size_t head_len,
                                      size_t body_len)
{
	struct seen *seen = mem_zalloc(sizeof(*seen), seen_destructor);
	char *head, *rest;

	if (!seen)
		abort();
	list_append(&conn->web->seenl, &seen->le, seen);
	seen->head = mbuf_alloc(head_len + 1);
	seen->body = mbuf_alloc(body_len + 1);
	if (!seen->head || !seen->body)
		abort();
	(void)mbuf_write_mem(seen->head, mbuf_buf(conn->in), head_len);
	(void)mbuf_write_u8(seen->head, 0);
	(void)mbuf_write_mem(seen->body, mbuf_buf(conn->in) + head_len,
	                     body_len);
	(void)mbuf_write_u8(seen->body, 0);
	conn->in->pos += head_len + body_len;

	head = (char *)seen->head->buf;
	seen->request = (struct web_request){
		.method = strtok_r(head, " ", &rest),
		.target = strtok_r(NULL, " ", &rest),
		.headers = rest,
		.body = (const char *)seen->body->buf,
		.body_len = body_len,
		.connection = conn->number,
	};

	return &seen->request;
}

/* Bytes of a whole header at the front of the input, 0 = not yet. */
static size_t head_length(const struct mbuf *in)
{
	const char *end;

	end = memmem(mbuf_buf(in), mbuf_get_left(in), "\r\n\r\n", 4);

	return end ? (size_t)(end + 4 - (const char *)mbuf_buf(in)) : 0;
}

static size_t body_length(const struct mbuf *in, size_t head_len)
{
	static const char name[] = "\r\nContent-Length:";
	const char *head = (const char *)mbuf_buf(in);

	for (size_t i = 0; i + sizeof(name) < head_len; i++) {
		if (!strncasecmp(head + i, name, sizeof(name) - 1))
			return strtoul(head + i + sizeof(name) - 1, NULL, 10);
	}

	return 0;
}

static void next_request(struct conn *conn)
{
	const struct web_request *request;
	size_t head_len, body_len;

	if (conn->page || !conn->in)
		return;

	head_len = head_length(conn->in);
	if (!head_len)
		return;
	body_len = body_length(conn->in, head_len);
	if (mbuf_get_left(conn->in) < head_len + body_len)
		return;

	request = keep(conn, head_len, body_len);
	conn->page = find_page(conn->web, request->target);
	if (conn->page->trick == WEB_SILENT)
		return;
	if (conn->page->trick == WEB_CLOSE) {
		mem_deref(conn);
		return;
	}

	tmr_start(&conn->tmr,
	          conn->page->trick == WEB_SLOW ? 0 : conn->page->delay_ms,
	          answer_handler, conn);
}

static void recv_handler(struct mbuf *mb, void *arg)
{
	struct conn *conn = arg;
	size_t pos;

	if (!conn->in)
		conn->in = mbuf_alloc(4096);
	if (!conn->in || conn->in->end > REQUEST_MAX_BYTES)
		abort();

	pos = conn->in->pos;
	mbuf_set_pos(conn->in, conn->in->end);
	(void)mbuf_write_mem(conn->in, mbuf_buf(mb), mbuf_get_left(mb));
	mbuf_set_pos(conn->in, pos);
	next_request(conn);
}

static void close_handler(int err, void *arg)
{
	(void)err;

	mem_deref(arg);
}

static void conn_handler(const struct sa *peer, void *arg)
{
	struct web *web = arg;
	struct conn *conn;

	(void)peer;

	conn = mem_zalloc(sizeof(*conn), conn_destructor);
	if (!conn)
		abort();
	conn->web = web;
	conn->number = ++web->connections;
	tmr_init(&conn->tmr);
	list_append(&web->connl, &conn->le, conn);
	if (tcp_accept(&conn->tcp, web->sock, NULL, recv_handler, close_handler,
	               conn)) {
		mem_deref(conn);
		return;
	}
	tcp_conn_txqsz_set(conn->tcp, REQUEST_MAX_BYTES);
	if (web->tls && tls_start_tcp(&conn->tls, web->tls, conn->tcp, 0))
		mem_deref(conn);
}

int web_alloc(struct web **webp, const char *pem)
{
	struct web *web;
	struct sa any;
	int err;

	web = mem_zalloc(sizeof(*web), web_destructor);
	if (!web)
		return ENOMEM;

	if (pem) {
		err = tls_alloc(&web->tls, TLS_METHOD_SSLV23, pem, NULL);
		if (err)
			goto out;
	}

	err = sa_set_str(&any, "127.0.0.1", 0);
	if (err)
		goto out;

	err = tcp_listen(&web->sock, &any, conn_handler, web);
	if (err)
		goto out;

	err = tcp_local_get(web->sock, &web->addr);

out:
	if (err)
		mem_deref(web);
	else
		*webp = web;

	return err;
}

static void page_destructor(void *arg)
{
	struct page *page = arg;

	list_unlink(&page->le);
}

int web_put(struct web *web, const struct web_page *page)
{
	struct page *own;

	own = mem_zalloc(sizeof(*own), page_destructor);
	if (!own)
		return ENOMEM;
	own->page = *page;
	list_append(&web->pagel, &own->le, own);

	return 0;
}

const char *web_url(const struct web *web, const char *path)
{
	static char urlv[URLS][URL_SIZE];
	static unsigned turn;
	char *url = urlv[turn++ % URLS];

	(void)snprintf(url, URL_SIZE, "http%s://127.0.0.1:%u%s",
	               web->tls ? "s" : "", sa_port(&web->addr), path);

	return url;
}

unsigned web_connections(const struct web *web)
{
	return web->connections;
}

unsigned web_open(const struct web *web)
{
	return list_count(&web->connl);
}

size_t web_requests(const struct web *web)
{
	return list_count(&web->seenl);
}

const struct web_request *web_request(const struct web *web, size_t i)
{
	struct le *le = list_head(&web->seenl);

	while (le && i--)
		le = le->next;

	return le ? &((const struct seen *)le->data)->request : NULL;
}

bool web_has_header(const struct web_request *request, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = request->headers; (p = strcasestr(p, line)); p++) {
		if ((p[-1] == '\n' || p == request->headers) && p[len] == '\r')
			return true;
	}

	return false;
}
