/*
 * speech/ws_proxy.h - a connection through an HTTP proxy (CONNECT, RFC 9110
 * section 9.3.6)
 *
 * A helper of libre's TCP below TLS: whoever is above hears of a connection
 * once the proxy has made it.
 *
 * Threads: the control loop.
 */
#pragma once

#include "speech/url.h"

struct tcp_conn;
struct ws_proxy;

enum {
	WS_PROXY_WHY_SIZE = 200,
};

/* Asks the proxy, to which the connection leads, for the url's host and port.
 * Where it says no the connection is closed with EACCES. */
int ws_proxy_start(struct ws_proxy **proxyp, struct tcp_conn *tcp,
                   const struct url *proxy, const struct url *url);

/* Whether the way is open; otherwise why not, in words. */
bool ws_proxy_is_open(const struct ws_proxy *proxy);
const char *ws_proxy_why(const struct ws_proxy *proxy, int err,
                         char why[WS_PROXY_WHY_SIZE]);
