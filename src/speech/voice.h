/*
 * speech/voice.h - text to speech: what a voice must offer, and the cache
 *
 * A provider is in this machine, one `const struct voice_ops` whose synthesis
 * blocks and runs as a job of the worker pool; or it is a service of the
 * configuration (speaking.h), whose sound can be played while it arrives. The
 * voices object chooses the provider by order, language and name, keeps what
 * was made on disk by content (provider, voice, settings, text) and hands out
 * sounds.
 *
 * Threads: voices_* on the control loop; voice_ops.say on a worker.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cfg.h"
#include "base/work.h"

struct httpc;
struct voices;

enum {
	VOICE_PROVIDERS_MAX = 8, /* in one list of voices */
	VOICE_NAME_SIZE = 33,
};

/* What a call cost: characters, requests and seconds of speech, by service.
 * What was in the cache costs nothing. */
struct voice_usage {
	struct voice_used {
		char service[VOICE_NAME_SIZE];
		unsigned requests;
		uint64_t chars;
		uint64_t audio_ms;
	} rowv[VOICE_PROVIDERS_MAX];
	size_t rowc;
};

struct voice_prm {
	const char *text;
	const char *lang;   /* BCP 47 */
	const char *name;   /* "flite:slt", "espeak:ru", "slt", "SERVICE:VOICE";
	                     * "": by order and language */
	const char *config; /* which keys, and which engine, where a service */
	const char *engine; /* has several; NULL or "": as configured */
	const char *url;    /* the script's `tts.url`: the service that is
	                     * configured there speaks, where no name leaves
	                     * another choice; NULL, "": as configured */
	int volume;         /* 0 = default = 50, to 100 = twice as loud */
	int speechrate;     /* 0 = default = 50, to 100 = twice as fast */
	int pitchrate;      /* 0 = default = 50, to 100 = an octave up  */

	/* Somebody waits: when the provider fails, or has not spoken within
	 * its part of the time, another one that speaks the language does.
	 * 0 = it may take as long as it takes, and nobody else is asked. */
	uint32_t limit_ms;

	/* Where voices take turns: whose it is. One call keeps its number. */
	unsigned turn;

	struct voice_usage *usage; /* where work is counted, may be NULL */
};

struct voice_ops {
	const char *name;    /* "flite" */
	const char *version; /* part of the cache's key: another one makes
	                      * every sound anew */

	/* It understands SSML; others get the words alone. */
	bool knows_ssml;

	/* NULL, or one sentence with the remedy: why it cannot speak at all.
	 * Fast; the control loop asks. */
	const char *(*missing)(void);

	/* Whether it can speak this language, and with that voice if one is
	 * named ("slt", "" = any). */
	bool (*can)(const char *lang, const char *voice);

	/* Makes 16-bit mono with prm->name being the bare voice ("slt") and a
	 * text that is not empty; the volume is the caller's business. *pcmp
	 * is the caller's to mem_deref(). Any worker thread, one at a time per
	 * voice_ops. fault: what is missing and the remedy. */
	int (*say)(int16_t **pcmp, size_t *countp, uint32_t *rate_hzp,
	           const struct voice_prm *prm, char fault[CFG_FAULT_SIZE]);

	/* The names of its voices for `dialwright doctor` and --help, NULL at
	 * the end. */
	const char *const *(*list)(void);
};

extern const struct voice_ops voice_flite;  /* English, in the process  */
extern const struct voice_ops voice_espeak; /* others, its own process  */

extern const struct cfg_table voice_cfg_table; /* [voice] */

/* A sound ready to play. Referenced by mem_ref() on the control loop; other
 * threads may read it while a reference is held for them there. */
struct voice_sound {
	int16_t *pcm;
	size_t count; /* of one that grows: once it is whole */
	uint32_t rate_hz;
	char by[VOICE_NAME_SIZE]; /* who made it, "": no voice */

	/* The beginning of a sound whose rest is on its way: of the samples at
	 * pcm so many may be read, by any thread. `ready` may become less with
	 * is_whole: silence at the end is not worth playing. */
	bool is_growing;
	atomic_size_t ready;
	atomic_bool is_whole;
};

enum {
	VOICE_TEXT_MAX = 10000, /* bytes of one text; longer ones are refused */
};

/* `http` is for services, NULL where none is configured. `cache_dir` (created)
 * holds the sounds made so far as WAV files. When it cannot be used, a warning
 * says so and sounds are made again each time. */
int voices_alloc(struct voices **voicesp, const struct cfg *cfg,
                 const char *cache_dir, struct work_pool *pool,
                 struct httpc *http, char fault[CFG_FAULT_SIZE]);

/* The same with another list of names, as voice.voices; cache_dir NULL: nothing
 * is kept as files. */
struct voices_prm {
	const struct cfg *cfg;
	const char *names; /* NULL: voice.voices */
	const char *cache_dir;
	struct work_pool *pool;
	struct httpc *http;
};
int voices_open(struct voices **voicesp, const struct voices_prm *prm,
                char fault[CFG_FAULT_SIZE]);

/* The service of voice.voices that is at the address; NULL: none is. */
const char *voices_service_at(const struct cfg *cfg, const char *url);

/* "mine, flite": who is asked for the texts of a script with that url, lang and
 * name, in this order, as far as the configuration tells. */
void voices_asked(char *text, size_t size, const struct cfg *cfg,
                  const struct voice_prm *prm);

/* How many providers take turns; 1: the first that works speaks always. */
unsigned voices_turns(const struct voices *voices);

/* One sentence with the remedy when no provider speaks the language with the
 * voice, else NULL. */
const char *voices_missing(const struct voices *voices, const char *lang,
                           const char *name);

/* Fetches from memory, from disk, or makes it, at rate_hz. done is called on
 * the control loop, never from inside; with sound = NULL and fault set on
 * failure. Identical requests under way are made once. Free *reqp with
 * mem_deref() to be silent. */
struct voice_request;
typedef void(voice_done_h)(struct voice_sound *sound, const char *fault,
                           void *arg);
int voices_get(struct voice_request **reqp, struct voices *voices,
               const struct voice_prm *prm, uint32_t rate_hz,
               voice_done_h *done, void *arg);

/* The same for who plays: the sound of a service is handed over with its first
 * samples and grows. `begun` comes at most once and before `done`, which then
 * has the same sound, whole, or a fault. A service whose sound nobody waits
 * for any more is not asked to the end. */
struct voice_sink {
	void (*begun)(struct voice_sound *sound, void *arg);
	voice_done_h *done;
	void *arg;
};
int voices_get_live(struct voice_request **reqp, struct voices *voices,
                    const struct voice_prm *prm, uint32_t rate_hz,
                    const struct voice_sink *sink);

/* A call begins: services connect before anything is to be spoken. */
void voices_warm(struct voices *voices);

/* The i-th of the list; NULL behind the last. */
const char *voices_provider_name(const struct voices *voices, size_t i);

/* For rehearsals: what a provider does instead of making a sound. */
enum voice_break {
	VOICE_BREAK_NONE,
	VOICE_BREAK_FAIL,
	VOICE_BREAK_STALL,  /* for 3 s, then it fails */
	VOICE_BREAK_DIE,    /* begins, and the sound never arrives */
	VOICE_BREAK_REFUSE, /* takes no text at all */
};

/* From now on those of the list whose bit is set in `which` break like that
 * and the others work; `first` is asked first where a script names no voice.
 * Sounds made before are still found. */
int voices_break(struct voices *voices, unsigned which, size_t first,
                 enum voice_break how);

/* How many requests under way or waiting, identical ones counted once. */
size_t voices_pending(const struct voices *voices);
