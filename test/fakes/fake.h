/*
 * test/fakes/fake.h - services that are not there: faithful, and bad on command
 *
 * A fake speaks the protocol of a speech service over WebSocket or HTTP as the
 * real one does, complains about a client that does not, and misbehaves when
 * told to. What it "recognises" is chosen by the sound: the mean level of a
 * phrase in thousands, counted from 1, is the number of its text. Runs in a
 * test's own loop, or as the program fake_speech.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

enum fake_fault {
	FAKE_GOOD,
	FAKE_REFUSE,  /* the handshake: 401 */
	FAKE_QUOTA,   /* the handshake: 429 */
	FAKE_STALL,   /* says nothing any more */
	FAKE_CUT,     /* closes the connection without a word */
	FAKE_LATE,    /* answers the end only after late_ms */
	FAKE_WRONG,   /* answers what is no message of the protocol */
	FAKE_ERROR,   /* the protocol's own way to fail */
	FAKE_HALF,    /* sends no more, goes on reading: half a close */
	FAKE_SPLIT,   /* right, but in fragments that cut characters, with pings
	                 between, a few bytes at a time */
	FAKE_EXPIRED, /* the key was good until now: 401 */
	FAKE_FAULTS,
};

struct fake_prm {
	const char *kind; /* "vosk" */
	const char *key;  /* credentials that it wants; NULL: any */
	const char *secret;
	const char *certificate;  /* file, PEM with its key: TLS */
	const char *const *textv; /* what it can recognise */
	size_t textc;
	uint16_t port;     /* 0: any */
	uint32_t delay_ms; /* before each answer */
	uint32_t late_ms;
	enum fake_fault fault;
	unsigned after; /* messages of a phrase before it misbehaves */
	unsigned times; /* phrases that it does so to; 0: all */
	void *arg;      /* of a kind that is a part of something else */
};

struct fake;
int fake_open(struct fake **fakep, const struct fake_prm *prm);
uint16_t fake_port(const struct fake *fake);
const char *fake_path(const struct fake *fake); /* of its service, "/…" */

/* From now on it misbehaves so. */
void fake_set_fault(struct fake *fake, enum fake_fault fault, unsigned after,
                    unsigned times);
bool fake_fault_parse(enum fake_fault *faultp, const char *name);

struct fake_seen {
	unsigned connections; /* so far; over HTTP: changes of them */
	unsigned open;        /* now */
	unsigned phrases;     /* that had a sound */
	unsigned tokens;      /* that were made */
	uint64_t bytes;       /* of audio, as s16 */
	uint64_t mulaw_bytes; /* of it, that came so */
	char asked[4096]; /* the latest query, or text that began a phrase */
};

const struct fake_seen *fake_seen(const struct fake *fake);

/* Tokens that were made so far are good no more. */
void fake_expire(struct fake *fake);
void fake_set_token_life(struct fake *fake, uint32_t seconds);

/* What a client did against the protocol, the first of it; "" nothing. */
const char *fake_complaint(const struct fake *fake);

/* --- for the kinds -------------------------------------------------------- */

struct fake_conn;
struct http_conn;
struct http_msg;
struct tcp_conn;

struct fake_kind {
	const char *name;
	const char *path; /* NULL: any */

	/* Takes a request that is for no WebSocket and answers it. May be
	 * NULL. */
	bool (*page)(struct fake *fake, struct http_conn *http,
	             const struct http_msg *msg);

	/* Of the request: 101, or the status of a refusal. NULL: 101 */
	unsigned (*hello)(struct fake_conn *conn, const struct http_msg *msg);
	void (*opened)(struct fake_conn *conn);
	void (*text)(struct fake_conn *conn, const char *data, size_t n);
	void (*binary)(struct fake_conn *conn, const uint8_t *data, size_t n);
	void (*error)(struct fake_conn *conn); /* its own way to fail */

	/* Of a service over HTTP instead: answers a request with fake_answer(),
	 * and says no in its own words. */
	void (*request)(struct fake_conn *conn, const struct http_msg *msg);
	void (*refuse)(struct fake_conn *conn, unsigned status);

	/* Of a service over gRPC: its method, and what it does when all was
	 * said. */
	const char *rpc;
	void (*finish)(struct fake_conn *conn);
	void (*gone)(struct fake_conn *conn); /* the call; may be NULL */
};

extern const struct fake_kind fake_vosk;
extern const struct fake_kind fake_funasr;
extern const struct fake_kind fake_sherpa;
extern const struct fake_kind fake_jsonws;
extern const struct fake_kind fake_deepgram;
extern const struct fake_kind fake_openai;
extern const struct fake_kind fake_template;
extern const struct fake_kind fake_yandex_v1;
extern const struct fake_kind fake_yandex_v3;
extern const struct fake_kind fake_yandex_xml;
extern const struct fake_kind fake_yandex_v3_talk; /* of fake_voice.h */

/* Whether a kind is asked over HTTP. */
bool fake_is_http(const char *kind);
extern const struct fake_kind fake_nls;
extern const struct fake_kind fake_iat;
extern const struct fake_kind fake_rtasr;

/* One phrase on a connection; the kind's to use. */
struct fake_phrase {
	unsigned pieces;
	uint64_t samples;
	uint64_t level;    /* sum of the samples' amounts */
	uint64_t begun_ms; /* since when audio may have come */
	uint32_t wait_ms;  /* before what is said next */
	unsigned stage;    /* the kind's own */
	uint32_t rate_hz;
	bool is_mulaw; /* what comes, as the client said */
	char id[64];
};

struct fake_phrase *fake_phrase(struct fake_conn *conn);
const struct fake_prm *fake_prm(const struct fake_conn *conn);
struct fake *fake_of(const struct fake_conn *conn);
/* Of a request: a header, a decoded parameter of its query; "" without. */
const char *fake_header(char *value, size_t size, const struct http_msg *msg,
                        const char *name);
const char *fake_query(char *value, size_t size, const struct http_msg *msg,
                       const char *name);

/* Takes audio of a phrase. */
void fake_hear(struct fake_conn *conn, const int16_t *pcm, size_t n);

/* The same, n bytes as the client said they are. */
void fake_hear_bytes(struct fake_conn *conn, const uint8_t *bytes, size_t n);

/* The same of a service that wants the speed of life. */
void fake_hear_paced(struct fake_conn *conn, const int16_t *pcm, size_t n,
                     uint32_t rate_hz);

/* What the phrase so far says: all of it, or the words that fit the part of a
 * second per word that came. Good until the next call. */
const char *fake_text(struct fake_conn *conn);
const char *fake_partial(struct fake_conn *conn);

/* Ends the phrase; the connection is ready for another. */
void fake_next(struct fake_conn *conn);

/* Sends a text after the delay; closes behind what is on its way. */
void fake_say(struct fake_conn *conn, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void fake_close(struct fake_conn *conn);

/* Small pieces leave at once, not behind an acknowledgement, as they do of
 * services. NULL is none. */
void fake_hurry(struct tcp_conn *tcp);

/* Whose key it was: what a refusal repeats, and a client must not pass on. */
const char *fake_who(const struct fake_conn *conn);

/* Answers a request after the delay; the connection of the kind is gone. */
void fake_answer(struct fake_conn *conn, unsigned status, const char *type,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
void fake_complain(struct fake_conn *conn, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* --- over gRPC ------------------------------------------------------------ */

/* Says a message; ends the call. */
void fake_grpc_send(struct fake_conn *conn, const struct mbuf *message);
void fake_grpc_end(struct fake_conn *conn, unsigned status,
                   const char *message);

/* The connection ends in the middle. */
void fake_grpc_cut(struct fake_conn *conn);
