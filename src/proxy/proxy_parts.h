/*
 * proxy/proxy_parts.h - the parts of the speech proxy; private to proxy/
 *
 * proxy.c is the server and what all share, proxy_tts.c speaks, hark.c cuts
 * what comes into phrases, proxy_asr.c and proxy_vosk.c are two protocols over
 * it.
 */
#pragma once

#include "base/httpd.h"
#include "base/mem.h"
#include "proxy/proxy.h"
#include "speech/asr.h"
#include "speech/voice.h"
#include <re_tmr.h>

enum {
	PROXY_HINTS_MAX = 1000,       /* phrases that one client expects */
	PROXY_HINTS_BYTES = 64 << 10, /* all of them */
};

struct proxy_group {
	struct le le;
	char name[ASR_NAME_SIZE]; /* "": what the program itself uses */
	struct asr *asr;
	const char *voice;
	const char *lang;
	const char *phrases;
};

struct proxy {
	const struct cfg *cfg;
	struct voices *voices;
	struct httpd *server;
	struct list groupl;
	struct list clientl; /* of both protocols and of /tts */
	const char *token;   /* "" = none */
	size_t clients_max;
	uint32_t audio_max_s, idle_ms, answer_ms, rate_hz;
	unsigned speed;
};

/* NULL: there is none of that name; "" is the first. */
const struct proxy_group *proxy_group_find(const struct proxy *proxy,
                                           const char *name);

/* Refuses who is one too many, or names no group; NULL: it has answered. */
const struct proxy_group *proxy_admit(struct proxy *proxy,
                                      struct httpd_request *req,
                                      const char *group);

/* Answers with a sentence and what to do. */
void proxy_refuse(struct httpd_request *req, unsigned status, const char *field,
                  const char *detail, const char *remedy);

/* Handlers of routes; arg is the proxy. */
void proxy_tts(struct httpd_request *req, void *arg);
void proxy_asr(struct httpd_request *req, void *arg);
void proxy_vosk(struct httpd_request *req, void *arg);

/* Words to expect: "yes,no thank you" or an array of JSON. They own their
 * texts. EINVAL: not such, E2BIG, ENOMEM. */
struct proxy_hints {
	const char *hintv[PROXY_HINTS_MAX];
	size_t hintc;
	char *text;
};
struct json_t;
int proxy_hints_take(struct proxy_hints *hints, const char *list);
void proxy_hints_clear(struct proxy_hints *hints);

/* Text of a JSON object, taken; NULL is no memory. The caller's to
 * mem_deref(). */
char *proxy_json(struct json_t *object, size_t *np);
