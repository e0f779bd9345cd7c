/*
 * phone/sip/leg.h - one connection to one person, what both kinds share
 *
 * Private to phone/. struct phone_leg, which the door hands out, is only a
 * grip on a leg: the leg lives on after it until SIP is done with it (a CANCEL
 * that waits for its answer, a BYE on its way).
 *
 * dial.c makes legs to them, accept.c legs from them; final.c keeps our 2xx
 * alive until its ACK; modify.c changes a call that is up; leg_keys.c is DTMF.
 *
 * Ownership: the phone's table, until LEG_GONE; the grip holds a second one.
 * Threads:   control loop.
 */
#pragma once

#include "phone/sip/dialog.h"
#include "phone/sip/digest.h"
#include "phone/sip/leg_state.h"
#include "phone/sip/line.h"
#include "phone/sip/offer.h"
#include "phone/sip/request.h"
#include "phone/sip/session_timer.h"
#include "phone/sip/ua.h"
#include "phone/stream.h"

enum {
	LEG_REASON_SIZE = 64,
	LEG_KEYS_MAX = 64,
	LEG_CANCEL_WAIT_MS = 3000, /* until we stop waiting for the 487 */
};

/* Our 2xx to an INVITE of theirs, sent again until the ACK comes. */
struct leg_final {
	struct mbuf *mb;
	struct sip_msg *msg; /* what it answers */
	struct sa dst;
	struct tmr tmr;
	unsigned sendings;
};

struct leg_end {
	enum outcome outcome;
	unsigned sip_code;
	unsigned q850;
	uint32_t retry_after_s;
	bool is_by_them;
	char reason[LEG_REASON_SIZE];
};

struct leg {
	struct le he; /* phone->legs */
	struct phone *phone;
	struct phone_line *line; /* NULL: a phone without lines */
	enum leg_state state;

	/* The owner's side. */
	struct phone_leg *grip; /* NULL: let go, tell nothing more */
	struct phone_leg_sink sink;
	bool has_sink;
	bool is_counted; /* in line->calls */
	bool is_doubted; /* our identity, by an answer */
	struct leg_end end;

	/* SIP. */
	struct dialog dialog;
	struct digest *digest;
	struct request *invite; /* ours, on its way */
	struct request *bye;
	struct request *info;
	struct request_ack ack;
	struct sip_strans *strans; /* their INVITE */
	struct sip_msg *msg;       /* the same */
	struct leg_final final;
	struct tmr tmr; /* ring limit, then the session timer */
	uint64_t ring_until_ms;
	uint64_t reply_until_ms; /* for the first answer of any kind */
	struct udp_sock *knock;  /* asks the kernel whether anybody listens */
	unsigned redirects;
	char *caller_id; /* shown to them */
	char *identity;  /* header lines of the INVITE, NULL: none */

	/* Audio. */
	struct offer *offer;
	struct sa peer; /* who sent the SDP that was read last */
	struct stream *stream;
	bool is_offer_ours; /* the answer is still to come */
	bool has_audio;
	bool has_media;               /* the stream knows its remote side */
	bool is_held;                 /* by them */
	struct phone_leg_stats stats; /* once the stream is closed */

	/* Changes of a call that is up. */
	struct session_timer timer;
	uint32_t session_s;     /* what we ask for */
	uint32_t session_min_s; /* the least the other side takes */
	bool is_holding;
	bool is_modify_due;
	bool has_knocked;
	bool is_hangup_due; /* as soon as the ACK is here */
	bool is_bye_late;   /* it waits for memory */
	unsigned byes;      /* tried since */

	/* Keys waiting to go out by INFO. */
	char keys[LEG_KEYS_MAX + 1];
	size_t key_next;
};

/* Not in the table yet. line may be NULL. */
int leg_alloc(struct leg **legp, struct phone *phone, struct phone_line *line);

/* Makes the grip that the door hands out. */
int leg_grip(struct phone_leg **gripp, struct leg *leg);

/* Frees the grip of a leg that nothing was sent for. */
void leg_let_go(struct phone_leg *grip);

/* Into the table; needs the dialog's Call-ID. Counts at phone and line. */
void leg_insert(struct leg *leg);

struct leg *leg_find(struct phone *phone, const struct sip_msg *msg);

/* A request of theirs within the dialog. */
void leg_request(struct leg *leg, const struct sip_msg *msg);

/* Steps the table; true: the state changed. */
bool leg_step(struct leg *leg, enum leg_event event);

/* Ends it from our side, whatever the state; the outcome counts only while
 * none was set. */
void leg_hangup(struct leg *leg, enum outcome outcome);

/* All SIP is done: tells the end if that was not yet, leaves the table. The
 * leg may be freed by it. */
void leg_gone(struct leg *leg);

void leg_end_from(struct leg *leg, const struct sip_msg *msg,
                  enum outcome outcome);
void leg_tell_end(struct leg *leg);

/* Sends BYE and closes the audio. */
void leg_bye(struct leg *leg);

/* --- leg_media.c --------------------------------------------------------- */

/* Socket and the offer that names it. */
int leg_media_open(struct leg *leg);

/* The other side's SDP, offer or answer. */
int leg_media_read(struct leg *leg, const struct sip_msg *msg, bool is_offer);

/* After an answer was read or written: the stream learns its remote side.
 * Returns ENOTSUP when nothing is in common. */
int leg_media_apply(struct leg *leg);
int leg_media_audio(struct leg *leg, const struct phone_audio *audio);
void leg_media_close(struct leg *leg);

/* --- leg_identity.c ------------------------------------------------------ */

/* Makes the header lines that say who calls, once for all INVITEs of the leg:
 * given (may be NULL) as it is, else signed by its line. Needs dialog and
 * caller_id; number is the one called. */
int leg_identity_make(struct leg *leg, const char *number, const char *given);

/* An answer to an INVITE of ours, of any kind: what it says of our identity. */
void leg_identity_heard(struct leg *leg, const struct sip_msg *msg);

/* --- dial.c, accept.c, final.c, modify.c, leg_keys.c -------------------------
 */

/* Common lines of INVITE and its 2xx: Contact, Allow, Supported. */
int leg_write_common(const struct leg *leg, struct mbuf *mb,
                     const struct request_path *path);

int leg_ring(struct leg *leg, bool is_early, const struct phone_audio *audio);
int leg_answer(struct leg *leg, const struct phone_audio *audio,
               const struct phone_leg_sink *sink);
int leg_refuse(struct leg *leg, unsigned code, const char *reason,
               uint32_t retry_after_s);

void accept_invite(struct phone *phone, const struct sip_msg *msg);

/* A response without a transaction: a 2xx that came again. */
void dial_repeated(struct leg *leg, const struct sip_msg *msg);

/* Answers msg with 200 and our SDP; takes strans. */
int final_send(struct leg *leg, struct sip_strans **stransp,
               const struct sip_msg *msg);
/* Whether the ACK was waited for. */
bool final_acknowledged(struct leg *leg, const struct sip_msg *msg);
void final_clear(struct leg_final *final);

/* Our re-INVITE: for holding and for the session timer. */
int modify_send(struct leg *leg);
void modify_request(struct leg *leg, const struct sip_msg *msg);

/* (Re)starts the session timer after both sides agreed. */
void modify_timer_start(struct leg *leg);
void modify_timer_answered(struct leg *leg, const struct sip_msg *msg);
bool modify_min_raised(struct leg *leg, const struct sip_msg *msg);

void leg_keys_request(struct leg *leg, const struct sip_msg *msg);
int leg_keys_send(struct leg *leg, const char *keys);
