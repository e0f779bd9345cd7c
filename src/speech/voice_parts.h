/*
 * speech/voice_parts.h - the parts of the voices; private to voice*.c
 *
 * voice.c chooses who speaks, voice_ask.c falls to another provider,
 * voice_make.c gets one sound from memory, from disk, or made; voice_flow.c
 * lets a service make it, and hands it over while it grows.
 */
#pragma once

#include "base/mem.h"
#include "speech/sounds.h"
#include "speech/speaking.h"
#include "speech/voice.h"

enum {
	VOICE_PAUSE_MS = 80, /* left standing around speech */

	/* So long others are asked first, or it gets little time, as with
	 * recognisers that failed. */
	VOICE_REST_MS = 10000,
};

/* In this machine (ops, and a queue of its own) or a service (engine). */
struct voice_provider {
	char name[VOICE_NAME_SIZE];
	const struct voice_ops *ops;
	struct work_queue *queue;
	struct speaking_engine *engine;
	enum voice_break broken;
	uint64_t paused_ms; /* it stalled: until then it gets little time */
	uint64_t rests_ms;  /* its key was refused: until then it is not asked
	                     * where another one speaks */
	uint64_t told_ms;   /* until then that was said */
};

struct voices {
	struct voice_provider providerv[VOICE_PROVIDERS_MAX]; /* by choice */
	size_t providerc;
	bool is_rotating;
	size_t first; /* of them; another one only in rehearsals */
	struct work_pool *pool;
	struct work_queue *disk;
	struct mailbox *home;
	struct sounds *sounds;
	struct list makingl;
	char *dir;          /* NULL: no files */
	uint64_t dir_bytes; /* ceiling of the files */
	unsigned writec;
	bool has_warned;
	bool has_missed; /* of a script's address: none is there */
};

/* Who waits for a sound that is under way. */
struct voice_waiter {
	struct le le;
	struct making *making;
	struct voice_sink sink; /* begun: NULL where it wants all at once */
	struct voice_sound *begun;
};

/* One sound on its way, and who waits for it. The worker sees what stands
 * above the line, and only while a job of it is under way. */
struct making {
	char key[SOUNDS_KEY_SIZE];
	const struct voice_ops *ops;
	char who[VOICE_NAME_SIZE]; /* speaks */
	char *text;
	char *lang;
	char *name;
	char *config;
	char *engine_name;
	enum voice_break broken;
	struct voice_prm prm; /* its texts are the five above */
	uint32_t rate_hz;
	char *dir;
	atomic_bool is_unwanted;
	int16_t *pcm;
	size_t count;
	int err;       /* of reading or making */
	int write_err; /* of keeping it on disk */
	char fault[CFG_FAULT_SIZE];

	/* ---- */
	struct le le;
	struct voices *voices; /* NULL: they are gone */
	struct work_queue *queue;
	struct voice_sound *sound;
	struct list waiterl;
	uint64_t made_ms; /* since when it is made, 0: it came from a file */

	/* of a service */
	struct speaking_engine *engine;
	struct speaking *speaking; /* NULL: it is not asked now */
	struct voice_usage *usage;
	struct voice_sound *growing;
	size_t filled;   /* samples in it; less are `ready` before its speech */
	size_t capacity; /* of it */
};

/* What this machine lacks for it, in words; NULL: nothing. */
const char *voice_missing(const struct voice_provider *provider);

/* Who speaks, and with which voice: "flite:slt", "flite", "slt" or "". A name
 * in front of the voice leaves no choice; one of this machine that is not in
 * the list is spoken for by those who are. */
const struct voice_provider *voice_choose(const char **voicep,
                                          const struct voices *voices,
                                          const struct voice_prm *prm);

/* Gets the sound under way, or joins who waits for the same. provider NULL:
 * nobody speaks that; the waiter is told so. prm->name is the bare voice. */
int voice_make(struct voice_waiter *waiter, struct voices *voices,
               const struct voice_provider *provider,
               const struct voice_prm *prm, uint32_t rate_hz);

/* The waiter does not wait any more; it may not have waited. */
void voice_unwait(struct voice_waiter *waiter);

/* All that is under way ends unheard; before the queues are freed. */
void voice_make_unwant(struct voices *voices);

/* It goes on without its voices; behind the queues. */
void voice_make_leave(struct voices *voices);

/* voice.voices, or what it is where that is empty. */
const char *voice_names(const struct cfg *cfg);

/* Behind "NAME" or "NAME:"; NULL: another name. */
const char *voice_behind(const char *name, const char *provider);

/* The provider that is at the address of a script; false: none is. */
bool voice_at(const struct voices *voices, const char *url, size_t *ip);
void voice_at_warn(struct voices *voices, const char *url);

/* Says once that prompts cannot be kept. */
void voice_make_warn(struct voices *voices, const char *dir, int err);

/* Whether it knows the language, and has that voice ("": any). */
bool voice_can(const struct voice_provider *provider, const char *lang,
               const char *voice);

/* --- who rests (voice_rest.c) --------------------------------------------- */

bool voice_rests(const struct voice_provider *provider);

/* What the service made of it says whether its key is good. */
void voice_rest_judge(const struct making *making);

/* It is not asked now: it rests, and another one speaks for who waits. What
 * its cache has was looked for. */
bool voice_is_spared(const struct making *making);

/* --- between voice_make.c and voice_flow.c -------------------------------- */

/* 1 to 100 around 50 as a tenth to double. */
double voice_gain(int volume);

/* Asks the service; voice_make_finish() follows, now or later. */
void voice_flow_start(struct making *making);

/* Nobody waits for what the service is saying. */
void voice_flow_cancel(struct making *making);

/* The service has said all, or failed. */
void voice_make_finish(struct making *making);

/* Keeps making->pcm on disk, then finishes. */
void voice_make_keep(struct making *making);
