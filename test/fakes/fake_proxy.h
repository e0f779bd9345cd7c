/*
 * test/fakes/fake_proxy.h - an HTTP proxy that connects (CONNECT), or says no
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct fake_proxy;

/* `leads_to`: the port of 127.0.0.1 where every way ends, whatever was asked
 * for. `status`: what it answers; 0: nothing at all. */
int fake_proxy_open(struct fake_proxy **proxyp, uint16_t leads_to,
                    unsigned status);
uint16_t fake_proxy_port(const struct fake_proxy *proxy);

/* What was asked for last, "host:port"; how many ways were opened. */
const char *fake_proxy_asked(const struct fake_proxy *proxy);
unsigned fake_proxy_ways(const struct fake_proxy *proxy);
