/*
 * phone/phone.h - the door of the phone folder: lines and legs
 *
 * A line is a way into the telephone network (a SIP trunk or account). A leg
 * is one connection to one person over a line, signalling and audio. A leg's
 * life is told to its owner by a sink on the control loop; its audio is a
 * tick of 20 ms on the media loop that carries it.
 *
 * Ownership: the phone belongs to the program, lines to the phone, a leg to
 *            whoever dialled or accepted it.
 * Threads:   everything on the control loop, except the `tick` of a leg's
 *            audio, which runs on its media loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cfg.h"

struct phone;
struct phone_line;
struct phone_leg;
struct identity; /* sip/identity.h */

/* --- outcomes ------------------------------------------------------------ */

/* How an attempt ended, for the dialer (spec/dialer.md 1.8). */
enum outcome {
	OUTCOME_ANSWERED,
	OUTCOME_BUSY,
	OUTCOME_NO_ANSWER,
	OUTCOME_DECLINED,
	OUTCOME_REJECTED,        /* 403 and friends */
	OUTCOME_BAD_NUMBER,      /* 404 410 484 604 */
	OUTCOME_UNREACHABLE,     /* 480 with its reason */
	OUTCOME_UNWANTED,        /* 607 */
	OUTCOME_BLOCKED,         /* 608 */
	OUTCOME_NETWORK_TIMEOUT, /* 408 504, no final answer at all */
	OUTCOME_MEDIA_MISMATCH,  /* 488 606 */
	OUTCOME_CANCELLED,       /* by us, before an answer */
	OUTCOME_REDIRECTED,      /* 3xx that is not followed */
	OUTCOME_LINE_AUTH,       /* 401 407 after our credentials */
	OUTCOME_LINE_FAILED,     /* 5xx, connection refused */
	OUTCOME_LINE_CONGESTED,  /* 503, rate limits */
	OUTCOME_IDENTITY_FAILED, /* 428 436 437 438 */
	OUTCOME_IN_DOUBT,        /* we stopped without knowing */
	OUTCOME_MACHINE,         /* an answering machine answered */
	OUTCOME_FAX,             /* or a modem */
	OUTCOME_ANNOUNCEMENT,    /* the network spoke, nothing known said */
	OUTCOME_SCREENING,       /* an assistant, and no human after it */
	OUTCOMES,
};

const char *outcome_name(enum outcome outcome); /* "no_answer" */
bool outcome_parse(enum outcome *outcomep, const char *name);

/* Our own trouble: must not use up the callee's attempts. */
bool outcome_is_our_fault(enum outcome outcome);

/* Pure. q850 is the cause of a Reason header (RFC 3326), 0 = none; it wins
 * over the code where both are known. */
enum outcome outcome_of_sip(unsigned code, unsigned q850);

struct phone_end {
	enum outcome outcome;
	unsigned sip_code;      /* 0 = none */
	unsigned q850;          /* 0 = none */
	const char *reason;     /* "Busy Here", "" = none */
	uint32_t retry_after_s; /* 0 = none */
	bool is_by_them;        /* they hung up or refused */
};

/* --- the phone ----------------------------------------------------------- */

/* An incoming call that rings and waits: accept, answer or refuse it now or
 * later. from and to are the user parts; valid during the call. line is NULL
 * only for a phone without lines; where there are some, calls from elsewhere
 * are refused. The leg is handed over: mem_deref() refuses it with 480. */
typedef void(phone_incoming_h)(struct phone_leg *leg, struct phone_line *line,
                               const char *from, const char *to, void *arg);

struct phone_prm {
	const char *bind; /* address to listen on, "0.0.0.0", "127.0.0.1" */
	const char *public_addr; /* goes into SDP and Contact; NULL: as bound */
	uint16_t sip_port;       /* UDP and TCP; 0: any free */
	uint16_t tls_port;       /* 0: any free; only with tls_cert */
	const char *tls_cert;  /* PEM file with certificate and key, or NULL */
	const char *tls_ca;    /* PEM file to verify others, NULL: system's */
	uint16_t rtp_port_min; /* even; 0: any free */
	uint16_t rtp_port_max;
	unsigned media_loops;       /* 0: one per core */
	const char *codecs;         /* of calls that no line takes; NULL: all */
	phone_incoming_h *incoming; /* NULL: incoming calls get 480 */
	void *arg;
};

/* Opens the SIP sockets and starts the media loops. On failure fault says
 * what and the remedy ("port 5060 of 0.0.0.0 is taken by another program:
 * set phone.sip_port or stop it"). Returns an errno. */
int phone_alloc(struct phone **phonep, const struct phone_prm *prm,
                char fault[CFG_FAULT_SIZE]);

/* The same from the configuration: section [phone] and every [line NAME]. */
int phone_alloc_cfg(struct phone **phonep, const struct cfg *cfg,
                    phone_incoming_h *incoming, void *arg,
                    char fault[CFG_FAULT_SIZE]);

extern const struct cfg_table phone_cfg_table;      /* [phone] */
extern const struct cfg_table phone_line_cfg_table; /* [line NAME] */

/* Of the samples of a line's preferred codec, from the configuration alone;
 * name NULL: the first line. */
uint32_t phone_cfg_rate_hz(const struct cfg *cfg, const char *name);

uint16_t phone_sip_port(const struct phone *phone); /* the bound one */
uint16_t phone_tls_port(const struct phone *phone);

/* Ends registrations and all legs, then calls done on the control loop. After
 * done the phone may be freed. */
void phone_close(struct phone *phone, void (*done)(void *arg), void *arg);

/* --- lines --------------------------------------------------------------- */

enum phone_transport {
	PHONE_UDP,
	PHONE_TCP,
	PHONE_TLS,
};

struct phone_line_prm {
	const char *name;
	const char *server; /* host or host:port */
	enum phone_transport transport;
	const char *user; /* for registration, digest and From */
	const char *password;
	const char *caller_id; /* shown number; NULL: user */
	bool has_registration;
	uint32_t expires_s;       /* of the registration, 0: 600 */
	const char *codecs;       /* "g722,pcma" in order; NULL: all */
	unsigned calls_max;       /* at once; 0: no limit */
	double calls_per_s;       /* 0: no limit; used by the dialer, as are: */
	uint32_t rest_ms;         /* of a channel after each call */
	unsigned fault_threshold; /* 0: the dialer's own */
	uint32_t fault_try_s;     /* 0: the same */
	unsigned options_back;    /* 0: 1 */
	uint32_t options_s; /* the dialer asks a line that works, 0: not */
	uint32_t session_s; /* Session-Expires we ask for, 0: 1800 (RFC 4028) */
	uint32_t keepalive_s;      /* between signs of life over UDP, 0: none */
	struct identity *identity; /* signs its calls; NULL: nobody does */
};

enum phone_line_state {
	PHONE_LINE_READY, /* registered, or needs no registration */
	PHONE_LINE_REGISTERING,
	PHONE_LINE_REFUSED,
	PHONE_LINE_UNREACHABLE,
};

int phone_line_add(struct phone_line **linep, struct phone *phone,
                   const struct phone_line_prm *prm);
struct phone_line *phone_line_find(const struct phone *phone,
                                   const char *name); /* NULL: the first */
const struct phone_line_prm *phone_line_prm(const struct phone_line *line);

/* reasonp (may be NULL): what the server said last, in words with a remedy; of
 * a line that is ready but whose identity networks refuse, that. */
enum phone_line_state phone_line_state(const struct phone_line *line,
                                       const char **reasonp);

/* Asks the server with OPTIONS or REGISTER whether it answers; done gets 0 or
 * an errno and one sentence with the remedy. For `dialwright doctor`. */
int phone_line_probe(struct phone_line *line,
                     void (*done)(int err, const char *words, void *arg),
                     void *arg);

/* For `dialwright doctor`, in one sentence each. Whether the line's key signs;
 * ENOENT: it has none. */
int phone_line_try_identity(const struct phone_line *line,
                            char words[CFG_FAULT_SIZE]);

/* Where the certificate of its key is; NULL: it has no key. And whether what
 * was fetched there is it. */
const char *phone_line_cert_url(const struct phone_line *line);
int phone_line_check_cert(const struct phone_line *line, const void *bytes,
                          size_t n, char words[CFG_FAULT_SIZE]);

/* --- audio --------------------------------------------------------------- */

enum {
	PHONE_TICK_MS = 20,
	PHONE_SAMPLES_MAX = 960, /* one tick at 48 kHz */
};

struct phone_tick {
	const int16_t
		*in;  /* received or concealed samples; NULL: nothing yet */
	int16_t *out; /* zeroed; what is written here is sent */
	size_t n;     /* samples of both, rate_hz / 50 */
	uint32_t rate_hz;
	uint64_t at_ms;    /* since the audio was attached; + 20 each tick */
	bool is_concealed; /* `in` was made up for a lost packet */
};

/* What hears and speaks on a leg. tick runs on the media loop, must not block
 * and must not allocate. detached runs on the control loop after the last
 * tick, exactly once: from then on arg is the caller's alone. */
struct phone_audio {
	void (*tick)(struct phone_tick *tick, void *arg);
	void (*detached)(void *arg); /* may be NULL */
	void *arg;
};

/* --- legs ---------------------------------------------------------------- */

/* What a leg tells. All on the control loop. `ended` comes exactly once and
 * last; the texts in it are valid during the call. */
struct phone_leg_sink {
	/* The INVITE leaves, once more: what ends it is another one from now
	 * on. May be NULL. Ends nothing. */
	void (*sent)(void *arg);
	void (*ringing)(bool has_early_media, void *arg); /* may be NULL */
	void (*answered)(void *arg); /* they did; not for incoming legs */
	void (*key)(char key, uint32_t duration_ms,
	            void *arg);                /* may be NULL */
	void (*held)(bool is_held, void *arg); /* may be NULL */
	void (*ended)(const struct phone_end *end, void *arg);
	void *arg;
};

struct phone_dial_prm {
	const char *number;    /* number_is_dialable() */
	const char *caller_id; /* NULL: the line's */
	const char *call_id; /* SIP Call-ID: durable before the INVITE leaves */
	uint32_t ring_ms;    /* CANCEL after that; 0: 30000 */
	const char *identity; /* phone_is_identity(), goes out as it is; NULL:
	                         the line signs, where it has a key */
	const struct phone_audio
		*audio; /* copied; ticks from the first media */
};

/* Whether it can be the value of an Identity header (RFC 8224), in its full
 * form: `token;info=<…>;…`. */
bool phone_is_identity(const char *text);

/* Sends the INVITE. Returns EINVAL (number, identity), EBUSY (line's
 * calls_max), ENOENT (line refused), or an errno of the socket; then the sink
 * is not called. mem_deref() of a leg hangs up silently: no sink call after it.
 */
int phone_dial(struct phone_leg **legp, struct phone_line *line,
               const struct phone_dial_prm *prm,
               const struct phone_leg_sink *sink);

/* For incoming legs. ring: 180, or 183 with audio where early; it returns
 * ENOTSUP where the caller has not said yet where audio goes. Where answer
 * fails (ENOTCONN: they hung up meanwhile), neither the audio nor the sink is
 * used, and the leg is still to be freed. retry_after_s: 0 = not said. */
int phone_leg_ring(struct phone_leg *leg, bool is_early,
                   const struct phone_audio *audio);
int phone_leg_answer(struct phone_leg *leg, const struct phone_audio *audio,
                     const struct phone_leg_sink *sink);
int phone_leg_refuse(struct phone_leg *leg, unsigned code, const char *reason,
                     uint32_t retry_after_s);

/* Ends the leg by BYE, CANCEL or a refusal; `ended` follows. */
void phone_leg_hangup(struct phone_leg *leg);

/* Sends keys as RFC 4733 events where negotiated, else as SIP INFO. */
int phone_leg_send_keys(struct phone_leg *leg, const char *keys);

int phone_leg_hold(struct phone_leg *leg, bool is_held);

/* Of its codec's samples, as a tick has them; 0: no audio agreed yet. */
uint32_t phone_leg_rate_hz(const struct phone_leg *leg);

/* What another process needs to end the call, should this one die; a text that
 * nobody else reads, another one when the INVITE was sent once more and when
 * they answered. Free with mem_deref(). ENOTCONN: nothing has left yet. */
int phone_leg_farewell(char **textp, const struct phone_leg *leg);

/* Ends a call of a process that is gone: the BYE or the CANCEL is on its way.
 * EINVAL: that is no such text. */
int phone_farewell(struct phone_line *line, const char *text);

/* The SIP Call-ID; lives as long as the leg. */
const char *phone_leg_call_id(const struct phone_leg *leg);

/* Which way sound went. */
enum phone_way {
	PHONE_BOTH_WAYS, /* or too short to tell */
	PHONE_DEAF,      /* we sent for seconds and nothing came */
	PHONE_MUTE,      /* they report, and have heard nothing of us */
};

struct phone_leg_stats {
	const char *codec; /* "" = none */
	uint32_t rate_hz;  /* of its samples */
	uint64_t packets_in, packets_out;
	uint64_t refused; /* wrong source */

	/* what we hear */
	uint64_t lost, late;
	uint64_t repaired; /* ticks that a later packet repeated (FEC) */
	uint64_t concealed;
	uint32_t concealed_ms; /* the same */
	uint32_t jitter_us;
	float loss_percent; /* that was heard: neither in time nor repaired */
	float mos;          /* estimated (media/quality.h); 0: nothing heard */
	enum phone_way way;

	/* what they report (RTCP) */
	uint64_t reports_in;
	uint32_t rtt_us; /* 0: unknown */
	uint64_t their_lost;
	uint32_t their_jitter_us;
};

/* Figures so far, a moment old. */
void phone_leg_stats(const struct phone_leg *leg,
                     struct phone_leg_stats *stats);

/* Of all media loops since the start: ticks, those later than 5 ms, and the
 * p99 of lateness. */
struct phone_load {
	uint64_t ticks, late_ticks;
	uint32_t late_p99_us;
	unsigned legs;
};
void phone_load(const struct phone *phone, struct phone_load *load);
