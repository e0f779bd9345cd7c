/*
 * speech/ws_proxy.c - a connection through an HTTP proxy (CONNECT, RFC 9110
 * section 9.3.6)
 */
#include <stdio.h>
#include "base/mem.h"
#include "speech/ws_hello.h"
#include "speech/ws_proxy.h"
#include <re_sa.h>
#include <re_tcp.h>

enum {
	LAYER = -10, /* TLS is above */
	STATUS_OK = 200,
};

struct ws_proxy {
	struct tcp_conn *tcp; /* whose owner owns us */
	struct tcp_helper *helper;
	struct url proxy;
	struct url url;
	struct mbuf *head; /* of its answer, so far; NULL: the way is open */
	unsigned status;
};

static void destructor(void *arg)
{
	struct ws_proxy *proxy = arg;

	mem_deref(proxy->helper);
	mem_deref(proxy->head);
}

static int ask(struct ws_proxy *proxy)
{
	struct mbuf *mb = mbuf_alloc(256);
	bool is_v6 = strchr(proxy->url.host, ':') != NULL;
	char target[URL_HOST_SIZE + 16];
	int err;

	if (!mb)
		return ENOMEM;

	(void)snprintf(target, sizeof(target), "%s%s%s:%u", is_v6 ? "[" : "",
	               proxy->url.host, is_v6 ? "]" : "", proxy->url.port);
	err = mbuf_printf(mb, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target,
	                  target);
	mb->pos = 0;
	if (!err)
		err = tcp_send_helper(proxy->tcp, mb, proxy->helper);
	mem_deref(mb);

	return err;
}

/* Nobody above hears of it yet. */
static bool estab_handler(int *errp, bool is_active, void *arg)
{
	(void)is_active;

	*errp = ask(arg);

	return true;
}

static bool recv_handler(int *errp, struct mbuf *mb, bool *estabp, void *arg)
{
	struct ws_proxy *proxy = arg;
	size_t used;
	int err;

	if (!proxy->head)
		return false;

	err = mbuf_write_mem(proxy->head, mbuf_buf(mb), mbuf_get_left(mb));
	if (!err)
		err = ws_hello_status((const char *)proxy->head->buf,
		                      proxy->head->end, &proxy->status, &used);
	if (err == EAGAIN)
		return true;
	if (!err && proxy->status / 100 != STATUS_OK / 100)
		err = EACCES;
	*errp = err;
	if (err)
		return true;

	/* What is behind the head is for those above. */
	mb->pos = mb->end - (proxy->head->end - used);
	proxy->head = mem_deref(proxy->head);
	*estabp = true;

	return false;
}

static bool send_handler(int *errp, struct mbuf *mb, void *arg)
{
	(void)errp;
	(void)mb;
	(void)arg;

	return false;
}

int ws_proxy_start(struct ws_proxy **proxyp, struct tcp_conn *tcp,
                   const struct url *proxy_url, const struct url *url)
{
	struct ws_proxy *proxy;
	int err;

	proxy = mem_zalloc(sizeof(*proxy), destructor);
	if (!proxy)
		return ENOMEM;

	proxy->tcp = tcp;
	proxy->proxy = *proxy_url;
	proxy->url = *url;
	proxy->head = mbuf_alloc(256);
	err = proxy->head ? tcp_register_helper(&proxy->helper, tcp, LAYER,
	                                        estab_handler, send_handler,
	                                        recv_handler, proxy)
	                  : ENOMEM;
	if (err)
		mem_deref(proxy);
	else
		*proxyp = proxy;

	return err;
}

bool ws_proxy_is_open(const struct ws_proxy *proxy)
{
	return !proxy->head;
}

const char *ws_proxy_why(const struct ws_proxy *proxy, int err,
                         char why[WS_PROXY_WHY_SIZE])
{
	if (proxy->status)
		(void)snprintf(why, WS_PROXY_WHY_SIZE,
		               "the proxy %.60s:%u does not connect to "
		               "%.60s:%u: HTTP %u",
		               proxy->proxy.host, proxy->proxy.port,
		               proxy->url.host, proxy->url.port, proxy->status);
	else
		(void)snprintf(why, WS_PROXY_WHY_SIZE,
		               "cannot use the proxy %.60s:%u: %s",
		               proxy->proxy.host, proxy->proxy.port,
		               err ? strerror(err) : "closed at once");

	return why;
}
