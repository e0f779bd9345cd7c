/*
 * test/fakes/fake_voice.h - voices of services that are not there
 *
 * A fake takes a text as the real service does, complains of a client that
 * asks otherwise, and sends a sound that tells what was understood: silence, a
 * tone of so many ms for each character, silence. Its sound leaves in pieces of
 * 100 ms, and it misbehaves when told to.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

enum {
	FAKE_VOICE_CHAR_MS = 80,   /* at the normal speed */
	FAKE_VOICE_AHEAD_MS = 200, /* of silence, and behind */
	FAKE_VOICE_LEVEL = 8000,   /* of the tone, at the normal volume */
	FAKE_VOICE_TONE_HZ = 500,  /* at the normal pitch */
};

enum fake_voice_fault {
	FAKE_VOICE_GOOD,
	FAKE_VOICE_REFUSE,  /* 401, repeating the key */
	FAKE_VOICE_EXPIRED, /* the same: it was good until now */
	FAKE_VOICE_QUOTA,   /* 429 */
	FAKE_VOICE_BROKEN,  /* 503 */
	FAKE_VOICE_STALL,   /* a beginning, then nothing */
	FAKE_VOICE_LATE,    /* nothing for late_ms */
	FAKE_VOICE_CUT,     /* the connection ends in the middle */
	FAKE_VOICE_TYPE,    /* a page in place of sound */
	FAKE_VOICE_WORDS,   /* 200, and an error as JSON */
	FAKE_VOICE_EMPTY,   /* 200, and nothing */
	FAKE_VOICE_FAULTS,
};

/* How the sound is packed, where the protocol leaves that open. */
enum fake_voice_pack {
	FAKE_VOICE_WAV,         /* with its length */
	FAKE_VOICE_WAV_ENDLESS, /* with a length that is none */
	FAKE_VOICE_WAV_STEREO,
	FAKE_VOICE_RAW, /* "audio/L16;rate=…" */
	FAKE_VOICE_MP3,
};

struct fake_voice_prm {
	const char *kind; /* "http-tts" */
	const char *key;  /* NULL: any */
	const char *secret;
	const char *app;
	uint32_t rate_hz; /* 0: as asked for, or as usual */
	enum fake_voice_pack pack;
	uint32_t pace_ms; /* between pieces */
	uint32_t late_ms;
	uint16_t port; /* 0: any */
};

struct fake_voice;
int fake_voice_open(struct fake_voice **fakep,
                    const struct fake_voice_prm *prm);
uint16_t fake_voice_port(const struct fake_voice *fake);

/* Where its interface is: "/tts". */
const char *fake_voice_path(const struct fake_voice *fake);

/* times 0: from now on. */
void fake_voice_set_fault(struct fake_voice *fake, enum fake_voice_fault fault,
                          unsigned times);
/* Tokens that were made so far are good no more. */
void fake_voice_expire(struct fake_voice *fake);
void fake_voice_set_pace(struct fake_voice *fake, uint32_t pace_ms);
void fake_voice_set_pack(struct fake_voice *fake, enum fake_voice_pack pack,
                         uint32_t rate_hz);

/* What was asked for last, and what came of all. */
struct fake_voice_seen {
	unsigned asked;
	unsigned tokens;      /* that were made */
	unsigned warmed;      /* HEAD: a connection for later */
	unsigned connections; /* changes of them */
	unsigned whole;       /* answers that were sent to the end */
	unsigned abandoned;   /* the client closed before */
	uint64_t first_us;    /* clock_us() of the last sound's first byte */
	char text[4096];
	char voice[128];
	char model[64]; /* or configuration */
	char engine[64];
	double volume, rate, pitch; /* as factors of the normal: 1 = normal */
};

const struct fake_voice_seen *fake_voice_seen(struct fake_voice *fake);

/* What a client did against the protocol, the first of it; "" nothing. */
const char *fake_voice_complaint(const struct fake_voice *fake);

/* --- for the kinds -------------------------------------------------------- */

struct fake_voice_asked {
	const char *method;
	const char *path;
	const char *query;         /* without "?" */
	const char *body;          /* NUL behind it */
	const char *type;          /* of the body */
	const char *authorization; /* "" none */
	const char *token;         /* X-NLS-Token, "" none */
	bool is_token_good;        /* we made it, and it has not expired */
	const char *host;
	const char *const *headerv;
};

struct fake_voice_said {
	unsigned status; /* 200, else a refusal */
	uint32_t rate_hz;
	bool is_raw;      /* the protocol has no header */
	const char *type; /* of the content; NULL: as packed */
	char words[600];  /* of a refusal; "": the key is repeated */
};

struct fake_conn;
struct fake_kind;

struct fake_voice_kind {
	const char *name;
	const char *path;
	bool makes_tokens; /* at "/token" */
	/* Understands the request: fills what was seen. */
	void (*ask)(struct fake_voice *fake, struct fake_voice_seen *seen,
	            const struct fake_voice_asked *asked,
	            struct fake_voice_said *said);
	const char *error; /* its way to say no: JSON with one %s */
	/* Where it has a number for each; NULL: error is for all. */
	const char *(*error_of)(unsigned status);
	/* Over a WebSocket: the handshake is asked with ask(), the text comes
	 * as a message. Writes a piece of sound as a text; NULL: HTTP. */
	void (*message)(struct fake_voice *fake, struct fake_voice_seen *seen,
	                const char *data, size_t n,
	                struct fake_voice_said *said);
	char *(*wrap)(const int16_t *pcm, size_t n, bool is_last);
	/* Over gRPC: takes the texts; sends a piece. NULL: not so. */
	const struct fake_kind *rpc;
	void (*send)(struct fake_conn *conn, const int16_t *pcm, size_t n);
};

extern const struct fake_voice_kind fake_voice_http;
extern const struct fake_voice_kind fake_voice_json;
extern const struct fake_voice_kind fake_voice_openai;
extern const struct fake_voice_kind fake_voice_yandex;
extern const struct fake_voice_kind fake_voice_nls;
extern const struct fake_voice_kind fake_voice_iflytek;
extern const struct fake_voice_kind fake_voice_yandex_v3;

void fake_voice_complain(struct fake_voice *fake, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const struct fake_voice_prm *fake_voice_prm(const struct fake_voice *fake);

/* A member of a query or form, decoded; "" without. Good for the next seven
 * calls. */
const char *fake_voice_member(const char *query, const char *name);
