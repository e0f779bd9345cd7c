/*
 * speech/speaking.h - the voice client: a text to a service, its sound as it
 * arrives
 *
 * One engine for all voices of the network. What differs between them is a
 * dialect: how a text is asked for, what the answers mean, which settings the
 * service has. The rest is here, once: time limits, a clear word for every way
 * to fail, samples of one rate whatever arrives, a second try where a
 * connection was cut.
 *
 * Threads: the control loop.
 */
#pragma once

#include "base/httpc.h"
#include "base/mem.h"
#include "speech/service.h"
#include "speech/voice.h"

enum {
	SPEAKING_HEADERS_MAX = 6,
	SPEAKING_HEADER_SIZE = 4096,
};

struct speaking;
struct speaking_engine;

/* What a setting of 1 to 100 is at the service; 50 is its normal. */
struct speaking_scale {
	const char *name; /* NULL: it has none. The volume is set by us then */
	double least, normal, most; /* at 1 (nearly), 50 and 100 */
	bool is_ratio; /* steps are equal factors, not equal sums */
};

/* A request over HTTP; the dialect's to fill. */
struct speaking_ask {
	const struct speaking_dialect *dialect;
	const struct service *service;
	const struct voice_prm *prm; /* name: the voice, service's default in */
	uint32_t rate_hz;            /* what is played in the end */
	struct mbuf *url;            /* holds the service's url */
	struct mbuf *body;           /* empty: GET */
	const char *content_type;
	struct httpc_header headerv[SPEAKING_HEADERS_MAX];
	size_t headerc;
	char header[SPEAKING_HEADER_SIZE]; /* room for one of them */
	void *memory;                      /* of setup() */
};

/* What came over a WebSocket meant. */
struct speaking_heard {
	const uint8_t *sound; /* "" none; valid until the next message */
	size_t soundc;
	struct mbuf *room; /* for sound that has to be decoded */
	bool is_over;
	int err; /* the service failed, and why in words */
	char why[SERVICE_WHY_SIZE];
};

struct speaking_dialect {
	const char *kind;
	const char *url;   /* where it usually is, NULL: must be given */
	const char *voice; /* who speaks where nobody is named */
	size_t text_max;   /* characters of one text; 0: no limit */
	bool knows_ssml;   /* others get the words alone */
	struct speaking_scale volume, rate, pitch;

	/* What the engine keeps for ask(); NULL: nothing. */
	int (*setup)(void **memoryp, struct service *service,
	             struct httpc *http, char fault[CFG_FAULT_SIZE]);

	/* The service does not take the key that ask() used at that time:
	 * whether there will be another one; and why there is none. NULL: there
	 * are none. */
	bool (*refused)(void *memory, uint64_t asked_ms);
	const char *(*why)(const void *memory);

	/* What the service's own number means: an errno, 0 = unknown. */
	int (*meaning)(long code);

	/* Writes the request. EINPROGRESS: ask again. */
	int (*ask)(struct speaking_ask *ask);

	/* The rate of sound that comes without a header. */
	uint32_t (*raw_hz)(uint32_t rate_hz);
	bool is_always_raw; /* whatever type the content claims */

	/* The method of a service over gRPC; NULL: it is none. */
	const char *rpc;

	/* Over a WebSocket the body of ask() is the first message, a text (over
	 * gRPC the only one), and this is what each answer means; NULL: over
	 * HTTP. */
	void (*hear)(struct speaking_heard *heard, bool is_text,
	             const char *data, size_t n);
};

/* --- for dialects --------------------------------------------------------- */

/* A setting as the service has it; 0 is its normal. */
double speaking_scale(const struct speaking_scale *scale, int setting);

/* Writes an address anew. */
int speaking_url(struct mbuf *mb, const struct url *url);

/* Adds "name=value" to the query of the url, or to a form. */
int speaking_query(struct mbuf *mb, const char *name, const char *value);
int speaking_query_number(struct mbuf *mb, const char *name, double value);

/* Adds a header that lives as long as the program. */
void speaking_header(struct speaking_ask *ask, const char *name,
                     const char *value);

/* "Authorization: SCHEME KEY", if there is a key. */
void speaking_authorize(struct speaking_ask *ask, const char *scheme);

/* The `options`; an object without any where there are none, the caller's to
 * json_decref(). NULL: no memory. */
struct json_t *speaking_options(const struct service *service);

/* Adds every member of an object to a query or form. */
int speaking_query_all(struct mbuf *mb, struct json_t *json);

/* --- for the voices ------------------------------------------------------- */

const struct speaking_dialect *speaking_find(const char *kind);

/* The i-th of those there are; NULL behind the last. */
const struct speaking_dialect *speaking_kind(size_t i);

struct speaking_make {
	const struct cfg *cfg;
	const char *name; /* of the section */
	struct work_pool *pool;
	struct httpc *http;
};

int speaking_alloc(struct speaking_engine **enginep,
                   const struct speaking_dialect *dialect,
                   const struct speaking_make *make,
                   char fault[CFG_FAULT_SIZE]);
const struct service *speaking_service(const struct speaking_engine *engine);
bool speaking_knows_ssml(const struct speaking_engine *engine);
bool speaking_sets_volume(const struct speaking_engine *engine);
size_t speaking_text_max(const struct speaking_engine *engine);

/* What its sounds depend on besides the request. */
const char *speaking_version(const struct speaking_engine *engine);

/* Opens a connection for the next text, unless it was done a moment ago. Where
 * each text has a connection of its own (a WebSocket) it does nothing. */
void speaking_warm(struct speaking_engine *engine);

struct speaking_sink {
	/* The next samples, at the rate asked for. */
	void (*sound)(const int16_t *pcm, size_t n, void *arg);
	/* Once and last; never from inside speaking_say(). */
	void (*closed)(int err, const char *why, void *arg);
	void *arg;
};

/* Free with mem_deref() to be silent: the request is cancelled. With
 * prm->limit_ms the service has its answer_ms for the first sound, else half a
 * minute. Config and engine of prm outlive it. */
int speaking_say(struct speaking **speakingp, struct speaking_engine *engine,
                 const struct voice_prm *prm, uint32_t rate_hz,
                 const struct speaking_sink *sink);
