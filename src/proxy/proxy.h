/*
 * proxy/proxy.h - the door of the speech proxy: our recognisers and voices for
 * other programs
 *
 * An HTTP server with voices at /tts, recognition over WebSockets: our own
 * protocol at /asr (docs/speech-proxy.md), that of the Vosk server at / and
 * /vosk. Who asks chooses a [speech_group NAME] of the configuration, never a
 * host or a key. Sounds come from the cache that calls share.
 *
 * Everything is bounded: who listens at a time, how long they may speak, how
 * much they may send ahead, how long they may be silent.
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdint.h>

#include "base/cfg.h"
#include "base/work.h"

struct httpc;
struct proxy;
struct voices;

extern const struct cfg_table proxy_cfg_table; /* [speech_proxy] */

struct proxy_prm {
	const struct cfg *cfg;
	struct work_pool *pool;
	struct httpc *http;
	struct voices *voices;
	const char *recogniser; /* of groups that name none */
};

/* Starts to listen. On failure fault is one sentence with the remedy; returns
 * EINVAL, EADDRINUSE, EPERM (an address that others reach, and no token), … */
int proxy_alloc(struct proxy **proxyp, const struct proxy_prm *prm,
                char fault[CFG_FAULT_SIZE]);

uint16_t proxy_port(const struct proxy *proxy);

/* Clients that are being served, for whoever waits for the last. */
size_t proxy_busy(const struct proxy *proxy);

/* Takes nobody new; done is called when all are gone, or after limit_ms. Then
 * mem_deref(proxy). */
void proxy_drain(struct proxy *proxy, uint32_t limit_ms,
                 void (*done)(void *arg), void *arg);
