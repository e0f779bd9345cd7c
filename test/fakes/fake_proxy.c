/*
 * test/fakes/fake_proxy.c - an HTTP proxy that connects (CONNECT), or says no
 *
 * Its answer comes in two pieces, as it may.
 */
#include <stdio.h>
#include "base/mem.h"
#include "fakes/fake_proxy.h"
#include <re_sa.h>
#include <re_tcp.h>
#include <re_tmr.h>

struct fake_proxy {
	struct tcp_sock *sock;
	struct list wayl;
	uint16_t leads_to;
	unsigned status;
	unsigned ways;
	char asked[256];
};

struct way {
	struct le le;
	struct fake_proxy *proxy;
	struct tcp_conn *client;
	struct tcp_conn *server;
	struct mbuf *request; /* so far; NULL: it was answered */
	struct tmr tmr;
};

static void way_destructor(void *arg)
{
	struct way *way = arg;

	list_unlink(&way->le);
	tmr_cancel(&way->tmr);
	mem_deref(way->client);
	mem_deref(way->server);
	mem_deref(way->request);
}

static void destructor(void *arg)
{
	struct fake_proxy *proxy = arg;

	list_flush(&proxy->wayl);
	mem_deref(proxy->sock);
}

static void closed_handler(int err, void *arg)
{
	(void)err;

	mem_deref(arg);
}

static void server_recv(struct mbuf *mb, void *arg)
{
	const struct way *way = arg;

	(void)tcp_send(way->client, mb);
}

static void say(struct tcp_conn *tcp, const char *text)
{
	struct mbuf *mb = mbuf_alloc(128);

	if (mb && !mbuf_write_str(mb, text)) {
		mb->pos = 0;
		(void)tcp_send(tcp, mb);
	}
	mem_deref(mb);
}

static void rest_handler(void *arg)
{
	const struct way *way = arg;

	say(way->client, "Proxy-Agent: fake\r\n\r\n");
}

static void answer(struct way *way)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "HTTP/1.1 %u So\r\n",
	               way->proxy->status);
	say(way->client, line);
	tmr_start(&way->tmr, 5, rest_handler, way);
}

static void server_estab(void *arg)
{
	struct way *way = arg;

	way->proxy->ways++;
	answer(way);
}

static void asked(struct way *way)
{
	struct fake_proxy *proxy = way->proxy;
	struct sa peer;
	int err;

	if (sscanf((const char *)way->request->buf, "CONNECT %255s HTTP/1.1",
	           proxy->asked) != 1)
		proxy->asked[0] = '\0';
	way->request = mem_deref(way->request);
	if (!proxy->status)
		return;
	if (proxy->status != 200) {
		answer(way);
		return;
	}

	err = sa_set_str(&peer, "127.0.0.1", proxy->leads_to);
	if (!err)
		err = tcp_connect(&way->server, &peer, server_estab,
		                  server_recv, closed_handler, way);
	if (err)
		mem_deref(way);
}

static void client_recv(struct mbuf *mb, void *arg)
{
	struct way *way = arg;

	if (!way->request) {
		if (way->server)
			(void)tcp_send(way->server, mb);
		return;
	}

	(void)mbuf_write_mem(way->request, mbuf_buf(mb), mbuf_get_left(mb));
	if (memmem(way->request->buf, way->request->end, "\r\n\r\n", 4) &&
	    !mbuf_write_u8(way->request, 0))
		asked(way);
}

static void conn_handler(const struct sa *peer, void *arg)
{
	struct fake_proxy *proxy = arg;
	struct way *way;

	(void)peer;

	way = mem_zalloc(sizeof(*way), way_destructor);
	if (!way)
		return;

	tmr_init(&way->tmr);
	way->proxy = proxy;
	way->request = mbuf_alloc(256);
	list_append(&proxy->wayl, &way->le, way);
	if (!way->request || tcp_accept(&way->client, proxy->sock, NULL,
	                                client_recv, closed_handler, way))
		mem_deref(way);
}

int fake_proxy_open(struct fake_proxy **proxyp, uint16_t leads_to,
                    unsigned status)
{
	struct fake_proxy *proxy;
	struct sa laddr;
	int err;

	proxy = mem_zalloc(sizeof(*proxy), destructor);
	if (!proxy)
		return ENOMEM;

	proxy->leads_to = leads_to;
	proxy->status = status;
	err = sa_set_str(&laddr, "127.0.0.1", 0);
	if (!err)
		err = tcp_listen(&proxy->sock, &laddr, conn_handler, proxy);
	if (err)
		mem_deref(proxy);
	else
		*proxyp = proxy;

	return err;
}

uint16_t fake_proxy_port(const struct fake_proxy *proxy)
{
	struct sa laddr;

	return tcp_local_get(proxy->sock, &laddr) ? 0 : sa_port(&laddr);
}

const char *fake_proxy_asked(const struct fake_proxy *proxy)
{
	return proxy->asked;
}

unsigned fake_proxy_ways(const struct fake_proxy *proxy)
{
	return proxy->ways;
}
