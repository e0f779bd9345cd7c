/*
 * campaign/rules.c - pure: the rules of a campaign, read from texts
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <jansson.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "campaign/rules.h"

#define SECOND_MS INT64_C(1000)
#define DAY_MS    (86400 * SECOND_MS)

enum {
	ITEM_SIZE = 64,
	TRIES_MAX = 100,
};

static void destructor(void *arg)
{
	struct rules *rules = arg;

	mem_deref(rules->atlas_ref);
	mem_deref(rules->tolls);
}

int rules_alloc(struct rules **rulesp, struct atlas *atlas)
{
	char reason[RULES_REASON_SIZE];
	struct rules *rules;
	int err = 0;

	assert(rulesp);

	rules = mem_zalloc(sizeof(*rules), destructor);
	if (!rules)
		return ENOMEM;

	rules->atlas = atlas;
	rules->atlas_ref = mem_ref(atlas);
	for (size_t i = 0; i < rules_keyc && !err; i++)
		err = rules_set(rules, rules_keyv[i].name,
		                rules_keyv[i].fallback, reason);
	assert(!err);
	*rulesp = rules;

	return 0;
}

/* --- values -------------------------------------------------------------- */

static int refuse(char reason[RULES_REASON_SIZE], const char *text,
                  const char *right)
{
	(void)snprintf(reason, RULES_REASON_SIZE,
	               "\"%.64s\" is not understood: %s", text, right);

	return EINVAL;
}

/* "90s", "5m", "2h", "1d"; a plain number is seconds. */
static bool read_duration(int64_t *msp, const char *text)
{
	char *end;
	long long n;
	int64_t unit_ms = SECOND_MS;

	if (!isdigit((unsigned char)*text))
		return false;

	n = strtoll(text, &end, 10);
	switch (*end) {

	case 's':
	case '\0':
		break;

	case 'm':
		unit_ms = 60 * SECOND_MS;
		break;

	case 'h':
		unit_ms = 3600 * SECOND_MS;
		break;

	case 'd':
		unit_ms = DAY_MS;
		break;

	default:
		return false;
	}
	if ((*end && end[1]) || n > 366 * DAY_MS / unit_ms)
		return false;

	*msp = n * unit_ms;

	return true;
}

static int set_number(uint32_t *numberp, const char *text,
                      char reason[RULES_REASON_SIZE])
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || n > 1000000)
		return refuse(reason, text, "write a number, 0 for any");

	*numberp = (uint32_t)n;

	return 0;
}

static int set_gap(struct rules *rules, const char *text,
                   char reason[RULES_REASON_SIZE])
{
	if (!read_duration(&rules->gap_ms, text))
		return refuse(reason, text, "write it as \"30m\" or \"1h\"");

	return 0;
}

/* "2026-11-23T09:00Z" */
static int set_instant(int64_t *msp, const char *text,
                       char reason[RULES_REASON_SIZE])
{
	unsigned month, day, hour, minute;
	int year, n = 0;

	*msp = 0;
	if (!*text)
		return 0;

	if (sscanf(text, "%4d-%2u-%2uT%2u:%2uZ%n", &year, &month, &day, &hour,
	           &minute, &n) != 5 ||
	    !n || text[n] || month < 1 || month > 12 || day < 1 || day > 31 ||
	    hour > 23 || minute > 59)
		return refuse(reason, text,
		              "write it as \"2026-11-23T09:00Z\"");

	*msp = zone_day(year, month, day) * DAY_MS +
	       ((int64_t)hour * 60 + minute) * 60 * SECOND_MS;

	return 0;
}

static int set_drop_gap(struct rules *rules, const char *text,
                        char reason[RULES_REASON_SIZE])
{
	if (!read_duration(&rules->drop_gap_ms, text) ||
	    rules->drop_gap_ms > 31 * DAY_MS)
		return refuse(reason, text,
		              "write it as \"72h\", at most \"31d\"");

	return 0;
}

static int set_disclosure(struct rules *rules, const char *text,
                          char reason[RULES_REASON_SIZE])
{
	rules->needs_disclosure = !strcmp(text, "yes");
	if (!rules->needs_disclosure && strcmp(text, "no") != 0)
		return refuse(reason, text, "write yes or no");

	return 0;
}

static int set_block_on(struct rules *rules, const char *text,
                        char reason[RULES_REASON_SIZE])
{
	if (!grievance_parse(&rules->grievance, text))
		return refuse(reason, text,
		              "write outcomes, \"label NAME\" or "
		              "\"hangup<3 x2\", with commas between");

	return 0;
}

static int set_zone(struct rules *rules, const char *text,
                    char reason[RULES_REASON_SIZE])
{
	rules->zone = NULL;
	if (!*text)
		return 0;
	if (rules->atlas)
		rules->zone = atlas_zone(rules->atlas, text);
	if (!rules->zone)
		return refuse(reason, text,
		              "write the name of a time zone, as "
		              "\"Europe/Moscow\"");

	return 0;
}

static int set_zone_by(struct rules *rules, const char *text,
                       char reason[RULES_REASON_SIZE])
{
	rules->is_by_country = !strcmp(text, "country");
	if (!rules->is_by_country && strcmp(text, "area") != 0)
		return refuse(reason, text, "write area or country");

	return 0;
}

static int set_text(char *dst, size_t size, const char *text,
                    char reason[RULES_REASON_SIZE])
{
	if (strlen(text) >= size)
		return refuse(reason, text, "it is too long");
	(void)text_copy(dst, size, text);

	return 0;
}

/* --- lists --------------------------------------------------------------- */

static const char *item_next(char item[ITEM_SIZE], const char *p)
{
	size_t len;

	p += strspn(p, ", ");
	if (!*p)
		return NULL;

	len = strcspn(p, ",");
	(void)snprintf(item, ITEM_SIZE, "%.*s", (int)len, p);

	return p + len;
}

static int set_countries(struct rules *rules, const char *text,
                         char reason[RULES_REASON_SIZE])
{
	char item[ITEM_SIZE];

	rules->countryc = 0;
	rules->is_any_country = !strcmp(text, "any");
	if (rules->is_any_country)
		return 0;

	while ((text = item_next(item, text))) {
		size_t len = strcspn(item, " ");

		item[len] = '\0';
		if (item[0] != '+' || len < 2 || len >= RULES_CODE_SIZE ||
		    strspn(item + 1, "0123456789") != len - 1)
			return refuse(reason, item, "write it as \"+7\"");
		if (rules->countryc >= RULES_COUNTRIES_MAX)
			return refuse(reason, item, "there are too many");
		memcpy(rules->countryv[rules->countryc++], item, len + 1);
	}

	return 0;
}

static int set_callers(struct rules *rules, const char *text,
                       char reason[RULES_REASON_SIZE])
{
	char item[ITEM_SIZE];

	rules->callerc = 0;
	while ((text = item_next(item, text))) {
		char *caller;

		item[strcspn(item, " ")] = '\0';
		if (!number_is_dialable(item) ||
		    strlen(item) >= RULES_CALLER_SIZE)
			return refuse(reason, item,
			              "write it as \"+15550100\"");
		if (rules->callerc >= STORE_CALLERS_MAX)
			return refuse(reason, item, "there are too many");
		caller = rules->callerv[rules->callerc];
		memcpy(caller, item, strlen(item) + 1);
		rules->caller_textv[rules->callerc++] = caller;
	}

	return 0;
}

static int set_others(struct rules *rules, const char *text,
                      char reason[RULES_REASON_SIZE])
{
	const char *p = text;
	char item[ITEM_SIZE];
	unsigned n = 0;

	while ((p = item_next(item, p))) {
		if (++n > RULES_OTHERS_MAX)
			return refuse(reason, item, "there are too many");
	}

	return set_text(rules->other_numbers, sizeof(rules->other_numbers),
	                text, reason);
}

static int set_retry(struct rules *rules, const char *text,
                     char reason[RULES_REASON_SIZE])
{
	static const char right[] =
		"write outcome, delay and how often, as \"busy 5m x3\", and "
		"\"other\" behind it for the next number of the contact";
	char item[ITEM_SIZE], name[ITEM_SIZE], delay[ITEM_SIZE];
	char word[ITEM_SIZE];

	memset(rules->retryv, 0, sizeof(rules->retryv));
	while ((text = item_next(item, text))) {
		struct rules_retry retry = {0};
		enum outcome outcome;
		int n = sscanf(item, "%63s %63s x%3u %63[^\n]", name, delay,
		               &retry.tries_max, word);

		retry.is_other = n == 4 && !strcmp(word, "other");
		if (n != 3 + retry.is_other || !outcome_parse(&outcome, name) ||
		    !read_duration(&retry.delay_ms, delay) ||
		    !retry.tries_max || retry.tries_max > TRIES_MAX)
			return refuse(reason, item, right);

		/* Our own trouble is no attempt: the line's own rules say
		 * when it is tried again. */
		if (outcome_is_our_fault(outcome))
			return refuse(reason, item,
			              "this outcome is repeated anyway");
		rules->retryv[outcome] = retry;
	}

	return 0;
}

/* --- the keys ------------------------------------------------------------ */

static int set_hours(struct rules *rules, const char *text,
                     char reason[RULES_REASON_SIZE])
{
	if (*text && !rules->atlas)
		return refuse(reason, text,
		              "time zones are not installed (tzdata)");

	return window_parse(&rules->window, text, reason);
}

static int set_holidays(struct rules *rules, const char *text,
                        char reason[RULES_REASON_SIZE])
{
	if (*text && !rules->atlas)
		return refuse(reason, text,
		              "time zones are not installed (tzdata)");

	return window_parse_holidays(&rules->window, text, reason);
}

static int set_pack(struct rules *rules, const char *text,
                    char reason[RULES_REASON_SIZE])
{
	rules->pack = pack_find(text);
	if (*text && !rules->pack)
		return refuse(reason, text,
		              "there is no such pack; docs/campaigns.md has "
		              "them");
	if (rules->pack && !rules->atlas)
		return refuse(reason, text,
		              "time zones are not installed (tzdata)");

	return window_parse(&rules->pack_window,
	                    rules->pack ? rules->pack->hours : "", reason);
}

static uint32_t *number_of(struct rules *rules, const char *key)
{
	const struct {
		const char *key;
		uint32_t *number;
	} rowv[] = {
		{"day_calls", &rules->day_calls},
		{"week_calls", &rules->week_calls},
		{"month_calls", &rules->month_calls},
		{"client_day_calls", &rules->client_day_calls},
		{"line_calls", &rules->line_calls},
		{"caller_hour_calls", &rules->caller_hour_calls},
		{"caller_day_calls", &rules->caller_day_calls},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (!strcmp(rowv[i].key, key))
			return rowv[i].number;
	}

	return NULL;
}

int rules_set(struct rules *rules, const char *key, const char *text,
              char reason[RULES_REASON_SIZE])
{
	static const struct {
		const char *key;
		int (*set)(struct rules *rules, const char *text,
		           char reason[RULES_REASON_SIZE]);
	} rowv[] = {
		{"hours", set_hours},
		{"holidays", set_holidays},
		{"zone", set_zone},
		{"zone_by", set_zone_by},
		{"gap", set_gap},
		{"countries", set_countries},
		{"retry", set_retry},
		{"caller_ids", set_callers},
		{"pack", set_pack},
		{"drop_gap", set_drop_gap},
		{"block_on", set_block_on},
		{"disclosure", set_disclosure},
		{"other_numbers", set_others},
	};
	uint32_t *number = number_of(rules, key);

	if (number)
		return set_number(number, text, reason);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (!strcmp(rowv[i].key, key))
			return rowv[i].set(rules, text, reason);
	}

	if (!strcmp(key, "start"))
		return set_instant(&rules->start_ms, text, reason);
	if (!strcmp(key, "stop"))
		return set_instant(&rules->stop_ms, text, reason);
	if (!strcmp(key, "zone_column"))
		return set_text(rules->zone_column, sizeof(rules->zone_column),
		                text, reason);
	if (!strcmp(key, "registries"))
		return set_text(rules->registries, sizeof(rules->registries),
		                text, reason);
	if (!strcmp(key, "consent"))
		return set_text(rules->consent, sizeof(rules->consent), text,
		                reason);
	if (!strcmp(key, "client"))
		return set_text(rules->client, sizeof(rules->client), text,
		                reason);

	return refuse(reason, key, "there is no such rule");
}

static int set_json_value(struct rules *rules, const char *key,
                          const json_t *value, char reason[RULES_REASON_SIZE])
{
	char why[RULES_REASON_SIZE], number[ITEM_SIZE];
	const char *text = json_string_value(value);
	int err;

	if (json_is_integer(value)) {
		(void)snprintf(number, sizeof(number), "%lld",
		               (long long)json_integer_value(value));
		text = number;
	}
	if (!text)
		return refuse(reason, key, "its value is a text or a number");

	err = rules_set(rules, key, text, why);
	if (err)
		(void)snprintf(reason, RULES_REASON_SIZE, "%s: %.200s", key,
		               why);

	return err;
}

int rules_set_json(struct rules *rules, const char *json,
                   char reason[RULES_REASON_SIZE])
{
	json_t *object = NULL;
	const char *key;
	json_t *value;
	int err;

	err = jmem_read(&object, json, strlen(json), JSON_REJECT_DUPLICATES,
	                NULL);
	if (err == ENOMEM) {
		(void)snprintf(reason, RULES_REASON_SIZE, "out of memory");
		return ENOMEM;
	}

	err = 0;
	if (!json_is_object(object))
		err = refuse(reason, json, "the rules are a JSON object");

	json_object_foreach(object, key, value)
	{
		if (!err)
			err = set_json_value(rules, key, value, reason);
	}
	json_decref(object);

	return err;
}
