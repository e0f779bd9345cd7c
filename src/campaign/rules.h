/*
 * campaign/rules.h - pure: the rules of a campaign, and their word on a call
 *
 * Rules are texts by key, the same in the configuration, in JSON and in the
 * database: rules_set() reads one, rules_describe() lists them. Once made they
 * never change; the gate of the store asks rules_judge() on a worker.
 */
#pragma once

#include <stdbool.h>
#include "base/cfg.h"
#include "base/number.h"
#include "campaign/atlas.h"
#include "campaign/grievance.h"
#include "campaign/pack.h"
#include "campaign/toll.h"
#include "phone/phone.h"
#include "store/store.h"

enum {
	RULES_TEXT_SIZE = 256,
	RULES_COUNTRIES_MAX = 64,
	RULES_CODE_SIZE = 17,
	RULES_CALLER_SIZE = 33,
	RULES_REASON_SIZE = WINDOW_REASON_SIZE + 64,
	RULES_OTHERS_MAX = 16, /* numbers of a contact beside its first */
	/* of all of them, and a first one that is an extension */
	RULES_NUMBERS_SIZE = RULES_OTHERS_MAX * NUMBER_SIZE + 64,
};

struct rules_retry {
	uint32_t tries_max; /* in all; 0: no retry */
	int64_t delay_ms;
	bool is_other; /* at the next number of the contact */
};

struct rules {
	const struct atlas *atlas; /* NULL: only while there are no hours */
	void *atlas_ref;

	struct window window;
	struct window pack_window; /* holds beside it */
	const struct zone *zone;   /* where neither column nor number tells */
	char zone_column[ZONE_NAME_SIZE];
	bool is_by_country;        /* area codes say nothing: people move */
	int64_t start_ms, stop_ms; /* wall, 0 = none */

	uint32_t day_calls, week_calls, month_calls; /* to a number; 0: any */
	int64_t gap_ms;
	int64_t drop_gap_ms;     /* behind a talk that broke off */
	const struct pack *pack; /* NULL: none */
	struct grievance grievance;
	char registries[RULES_TEXT_SIZE]; /* that must be there */
	bool needs_disclosure;            /* of the script */
	char consent[RULES_TEXT_SIZE];    /* purpose */
	char client[RULES_TEXT_SIZE];
	uint32_t client_day_calls;
	uint32_t line_calls; /* at once over the line, of all processes */
	char countryv[RULES_COUNTRIES_MAX][RULES_CODE_SIZE]; /* "+7" */
	size_t countryc;                                     /* 0: any */
	bool is_any_country;                                 /* by word */
	bool is_home_country; /* by default: numbers of a PBX are in it */
	char callerv[STORE_CALLERS_MAX][RULES_CALLER_SIZE];
	const char *caller_textv[STORE_CALLERS_MAX]; /* the same */
	size_t callerc;
	uint32_t caller_hour_calls, caller_day_calls;
	char other_numbers[RULES_TEXT_SIZE]; /* columns, "mobile, office" */
	char country[RULES_CODE_SIZE];       /* of numbers without one */
	struct tolls *tolls;                 /* the operator's; NULL: none */
	struct rules_retry retryv[OUTCOMES];
};

/* The keys, for docs and for reading sections of the configuration. */
extern const struct cfg_key rules_keyv[];
extern const size_t rules_keyc;

/* Everything is allowed but what the fallbacks of the keys say. */
int rules_alloc(struct rules **rulesp, struct atlas *atlas);

/* EINVAL with a reason that says what would be right. */
int rules_set(struct rules *rules, const char *key, const char *text,
              char reason[RULES_REASON_SIZE]);

/* From the object that the database keeps, {"hours": "mon-fri 09:00-20:00"}. */
int rules_set_json(struct rules *rules, const char *json,
                   char reason[RULES_REASON_SIZE]);

/* For struct store_gate. */
void rules_judge(struct store_verdict *verdict, const struct store_facts *facts,
                 const void *rules);

/* Fills gate, which refers to rules. */
void rules_gate(struct store_gate *gate, struct rules *rules);

/* The hours of the campaign and of its pack, as window.h has them. */
bool rules_have_hours(const struct rules *rules);
bool rules_are_open(const struct rules *rules, const struct zone *const *zonev,
                    size_t zonec, int64_t unix_s);
int64_t rules_next_s(const struct rules *rules, const struct zone *const *zonev,
                     size_t zonec, int64_t unix_s);
int64_t rules_left_s(const struct rules *rules, const struct zone *const *zonev,
                     size_t zonec, int64_t unix_s);

/* The clocks that may be a contact's; 0: nobody knows. */
size_t rules_zones(const struct rules *rules,
                   const struct store_contact *contact,
                   const struct zone *zonev[WINDOW_ZONES_MAX]);

/* The one clock of a contact; NULL: nobody knows, or one of several. */
const struct zone *rules_zone(const struct rules *rules,
                              const struct store_contact *contact);

/* How somebody who was tried so often, this time included, is called again
 * after that outcome; NULL: not at all. */
const struct rules_retry *rules_retry(const struct rules *rules,
                                      enum outcome outcome, uint32_t tries);

/* The text in that column; "" = there is none. */
const char *rules_variable(const struct store_contact *contact,
                           const char *name);

/* How often one contact may be called in all by the retries, and the longest
 * time between the call after which it is tries and the next one. */
uint32_t rules_rounds(const struct rules *rules);
int64_t rules_round_ms(const struct rules *rules, uint32_t tries);

/* The number of a contact that follows the one it stands with: "" is its
 * first, which the list has. False: it has no other. */
bool rules_other_number(const struct rules *rules,
                        const struct store_contact *contact, const char *first,
                        char number[NUMBER_SIZE]);

/* All numbers of the contact but the one it stands with, blanks between. */
void rules_numbers(const struct rules *rules,
                   const struct store_contact *contact, const char *first,
                   char text[RULES_NUMBERS_SIZE]);
