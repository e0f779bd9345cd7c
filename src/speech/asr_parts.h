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

/* --- asr_prm.c -------------------------------------------------------------
 */

/* A copy of asr_prm with all its texts; zeroed before. */
struct asr_kept {
	struct asr_prm prm;
	char lang[ASR_LANG_SIZE];
	char *params;
	char *hot_word;
	char *hints; /* the texts of prm.hintv */
};

int asr_keep(struct asr_kept *kept, const struct asr_prm *prm);
void asr_kept_clear(struct asr_kept *kept);
