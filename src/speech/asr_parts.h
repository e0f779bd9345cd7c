/*
 * speech/asr_parts.h - recognisers in an order, and the phrases they hear;
 * private to asr*.c
 */
#pragma once

#include "base/mem.h"
#include "speech/asr.h"

enum {
	ASR_PROVIDERS_MAX = 32, /* of all lists together */
	ASR_LISTS_MAX = 64,     /* of all scripts */
	ASR_LANG_SIZE = 36,
};

struct asr_provider {
	const struct asr_ops *ops;
	struct asr_engine *engine;
	char name[ASR_NAME_SIZE];
	uint64_t paused_ms; /* until then others are better */
	uint64_t
		usual_ms; /* from the end of a phrase to its text; 0: unknown */
	unsigned lates;   /* in a row: another one's text was taken */

	/* In its place while it is broken on purpose; NULL: it works. */
	const struct asr_ops *broken_ops;
	struct asr_engine *broken_engine;
};

/* An order: the configured one, or a script's own. */
struct asr_list {
	struct le le;
	char *names; /* as written */
	bool is_rotating;
	size_t next; /* whose turn it is */
	struct asr_provider *providerv[ASR_SERVICES_MAX];
	size_t providerc;
};

struct asr {
	struct asr_make make; /* but the name */
	struct asr_provider providerv[ASR_PROVIDERS_MAX];
	size_t providerc;
	struct list listl;           /* the configured one first */
	char unknown[ASR_NAME_SIZE]; /* group that was missed last */
};

/* The order that a script names, "" = the configured one. One that cannot be
 * had is said once, and the configured one takes its place. */
struct asr_list *asr_list_of(struct asr *asr, const char *names);

/* Its operations and engine as they are just now. */
const struct asr_ops *asr_provider_ops(const struct asr_provider *provider);
struct asr_engine *asr_provider_engine(const struct asr_provider *provider);

/* --- asr_choice.c ----------------------------------------------------------
 */

/* Who of an order is left for a phrase. */
struct asr_choice {
	const struct asr_list *list;
	const char *lang;
	size_t at;        /* whose turn it is */
	unsigned tried;   /* a bit for each */
	unsigned helping; /* the bit of who listens beside; 0: nobody */
};

/* This machine's own: costs nothing, and works at the end of a phrase. */
bool asr_provider_is_local(const struct asr_provider *provider);

/* How long it takes is known better now. */
void asr_provider_answered(struct asr_provider *provider, uint64_t took_ms);

/* The one that hears the phrase next, and its place in the list; NULL when all
 * have tried. One that failed a moment ago is better than none. */
struct asr_provider *asr_choice_next(const struct asr_choice *choice,
                                     size_t *atp);

/* Who would listen beside: this machine beside a service, a service beside
 * this machine; NULL: nobody, or both are services and each costs. */
struct asr_provider *asr_choice_helper(const struct asr_choice *choice,
                                       size_t *atp);

/* The part of the time that is left for the one whose turn it is: the others
 * need theirs, but for those who failed a moment ago, and who helps does so
 * meanwhile. This machine alone has more than that: unlike a service it is
 * never away, and what it is about to say is worth more than having heard
 * nothing. */
uint64_t asr_choice_turn_ms(const struct asr_choice *choice, uint64_t left_ms);

/* --- asr_aid.c -------------------------------------------------------------
 */

enum {
	ASR_AID_TEXT_SIZE = 1024,
};

typedef void(asr_aid_over_h)(void *arg);

struct asr_aid {
	struct asr_provider *provider;
	const struct asr_ops *ops;
	struct asr_stream *inner;
	asr_aid_over_h *overh;
	void *arg;
	bool is_over; /* nothing more comes */
	int err;      /* it failed */
	bool has_phrase;
	struct asr_phrase phrase;
	char text[ASR_AID_TEXT_SIZE]; /* of it */
};

/* overh is called from the loop when it has said all, or failed; it may free
 * the aid. */
int asr_aid_open(struct asr_aid **aidp, struct asr_provider *provider,
                 const struct asr_prm *prm, asr_aid_over_h *overh, void *arg);
int asr_aid_feed(struct asr_aid *aid, const int16_t *pcm, size_t n);
void asr_aid_pause(struct asr_aid *aid);
int asr_aid_finish(struct asr_aid *aid);

/* --- asr_prm.c -------------------------------------------------------------
 */

/* A copy of asr_prm with all its texts; zeroed before. */
struct asr_kept {
	struct asr_prm prm;
	char lang[ASR_LANG_SIZE];
	char *params;
	char *hot_word;
	char *pronounce;
	char *hints; /* the texts of prm.hintv */
};

int asr_keep(struct asr_kept *kept, const struct asr_prm *prm);
void asr_kept_clear(struct asr_kept *kept);

/* Adds to what another provider may have to hear. */
void asr_heard_keep(struct mbuf *heard, const struct asr_prm *prm,
                    const int16_t *pcm, size_t n);

/* --- asr_usage.c -----------------------------------------------------------
 */

/* usage: of a call; NULL: none. */
void asr_usage_count(struct asr_usage *usage, const char *service,
                     uint64_t audio_ms);
