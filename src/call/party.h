/*
 * call/party.h - one of several people in a call: a leg, what it hears
 *
 * Dialled, joined with others by a bridge, spoken to by a mouth while they are
 * not there. It listens to nobody and knows no script. Embedded in whoever owns
 * the call; private to call/.
 *
 * Threads: the control loop; audio_tick() runs on the media loop.
 */
#pragma once

#include "call/audio.h"
#include "call/calls.h"
#include "call/prompt.h"

enum {
	PARTY_REASON_SIZE = 128,
};

/* All may be followed by the end of the party, but don't free it. */
struct party_sink {
	void (*sent)(void *arg); /* its INVITE leaves once more */
	void (*ringing)(bool has_early_media, void *arg); /* once each */
	void (*answered)(void *arg);
	void (*key)(char key, void *arg);
	void (*said)(void *arg); /* all of party_say(), or it failed */
	/* The leg has ended, at most once: party.end says how. */
	void (*ended)(void *arg);
	/* Nothing of it moves any more; last. */
	void (*gone)(void *arg);
	void *arg;
};

struct party {
	struct calls *calls;
	struct party_sink sink;
	struct phone_leg *leg; /* NULL before and after it */
	struct audio audio;
	bool has_audio; /* the media loop holds it */
	bool is_ringing, has_early_media;
	bool is_up;       /* answered */
	bool is_over;     /* will not be there (again) */
	uint32_t rate_hz; /* of its conversation, 0: not known yet */

	struct prompt *prompt;
	struct voice_prm voice;
	const char *item; /* what is said, NULL: nothing */
	bool is_repeating;

	struct phone_end end;
	char reason[PARTY_REASON_SIZE];
	struct phone_leg_stats stats; /* at its end */
};

/* Zeroed before; on failure too party_clear() has to follow. lang: of what is
 * said, a text that outlives it. */
int party_init(struct party *party, struct calls *calls, const char *lang,
               const struct party_sink *sink);

/* After `gone`, or before it was dialled. */
void party_clear(struct party *party);

/* dial->audio is the party's own. Returns what phone_dial() returns. */
int party_dial(struct party *party, struct phone_line *line,
               const struct phone_dial_prm *dial);

/* As soon as it rings with early media or has answered: joins it with whoever
 * is at the bridge's other end. Once. */
void party_join(struct party *party, struct bridge *bridge,
                enum bridge_end end);

/* Says an item of a prompt (a text that outlives it), in place of another;
 * again and again where is_repeating. */
void party_say(struct party *party, const char *item, bool is_repeating);
void party_hush(struct party *party);

/* `ended` and `gone` follow; of one that was never dialled `gone` alone. */
void party_hangup(struct party *party);

/* It could not be dialled: as if it had been refused, but `gone` alone is
 * called. */
void party_fail(struct party *party, enum outcome outcome, const char *reason);
