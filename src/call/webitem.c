/*
 * call/webitem.c - pure: a prompt's item from the web, and how long it is fresh
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "call/webitem.h"

enum {
	NAME_SIZE = 32,
	MS_PER_S = 1000,
};

static const int64_t LIFETIME_MAX_S = INT32_MAX; /* as C151 writes it */

static bool is_true(const char *value, size_t len)
{
	return (len == 4 && !strncasecmp(value, "true", len)) ||
	       (len == 1 && *value == '1');
}

/* Digits alone; what is too large is very large. */
static bool seconds_read(int64_t *secondsp, const char *text, size_t len)
{
	int64_t seconds = 0;

	if (!len || strspn(text, "0123456789") < len)
		return false;

	for (size_t i = 0; i < len && seconds < LIFETIME_MAX_S; i++)
		seconds = 10 * seconds + (text[i] - '0');
	*secondsp = seconds < LIFETIME_MAX_S ? seconds : LIFETIME_MAX_S;

	return true;
}

static int option_take(struct webitem *web, const char *name, size_t name_len,
                       const char *value, size_t len)
{
	if (name_len == 6 && !strncmp(name, "nohead", 6)) {
		web->has_nohead = is_true(value, len);
	}
	else if (name_len == 5 && !strncmp(name, "cache", 5)) {
		web->is_kept = is_true(value, len);
	}
	else if (name_len == 17 && !strncmp(name, "abs_cache_control", 17)) {
		if (!seconds_read(&web->lifetime_s, value, len))
			return EINVAL;
	}
	else if (name_len == 6 && !strncmp(name, "unique", 6)) {
		if (len >= sizeof(web->unique))
			return E2BIG;
		memcpy(web->unique, value, len);
		web->unique[len] = '\0';
	}

	return 0;
}

/* From behind '('; *restp: behind ')'. */
static int options_read(struct webitem *web, const char *at, const char **restp)
{
	while (*at && *at != ')') {
		size_t name_len, len;
		const char *value;
		int err;

		at += strspn(at, " ");
		name_len = strcspn(at, "=,)");
		if (at[name_len] != '=')
			return EINVAL;
		value = at + name_len + 1;
		len = strcspn(value, ",)");
		err = option_take(web, at, name_len, value, len);
		if (err)
			return err;
		at = value + len;
		at += *at == ',';
	}
	if (*at != ')')
		return EINVAL;

	*restp = at + 1;

	return 0;
}

/* Copies the rest of the URL; what may not stand in one, and is no control
 * character, is encoded: names of files with blanks or in Cyrillic. */
static int url_add(struct webitem *web, const char *rest)
{
	size_t n = strlen(web->url);

	for (; *rest; rest++) {
		unsigned char c = (unsigned char)*rest;
		bool is_odd = c >= 0x7f || strchr(" \"<>\\^`{|}", c);

		if (c < ' ' || c == 0x7f)
			return EINVAL;
		if (n + 4 > sizeof(web->url))
			return E2BIG;
		if (is_odd)
			n += (size_t)snprintf(web->url + n, 4, "%%%02X", c);
		else
			web->url[n++] = (char)c;
	}
	web->url[n] = '\0';

	return 0;
}

int webitem_parse(struct webitem *web, const char *item)
{
	static const char *const schemev[] = {"http://", "https://"};
	const char *rest = NULL;
	int err;

	assert(web && item);

	memset(web, 0, sizeof(*web));
	web->is_kept = true;
	web->lifetime_s = WEBITEM_UNSET;
	for (size_t i = 0; i < 2 && !rest; i++) {
		size_t len = strlen(schemev[i]);

		if (strncasecmp(item, schemev[i], len) != 0)
			continue;
		rest = item + len;
		memcpy(web->url, schemev[i], len + 1);
	}
	if (!rest)
		return EINVAL;

	if (*rest == '(') {
		err = options_read(web, rest + 1, &rest);
		if (err)
			return err;
	}

	return *rest ? url_add(web, rest) : EINVAL;
}

/* --- freshness ----------------------------------------------------------- */

/* RFC 9110 section 5.6.7, the form that is to be sent. */
static bool date_read(int64_t *wall_sp, const char *text)
{
	struct tm tm = {0};
	const char *end;

	if (!text)
		return false;
	end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (!end || *end)
		return false;

	*wall_sp = timegm(&tm);

	return true;
}

static void directive_take(struct webitem_terms *terms, const char *name,
                           size_t len, int64_t *max_age_sp)
{
	static const char max_age[] = "max-age=";
	const size_t n = strlen(max_age);

	if (len == 8 && !strncasecmp(name, "no-store", len))
		terms->is_kept = false;
	else if (len == 15 && !strncasecmp(name, "must-revalidate", len))
		terms->must_be_fresh = true;
	else if (len >= 8 && !strncasecmp(name, "no-cache", 8))
		*max_age_sp = 0;
	else if (len > n && !strncasecmp(name, max_age, n) &&
	         *max_age_sp == WEBITEM_UNSET)
		(void)seconds_read(max_age_sp, name + n, len - n);
}

void webitem_terms_read(struct webitem_terms *terms,
                        const struct webitem_head *head, int64_t wall_ms)
{
	int64_t max_age_s = WEBITEM_UNSET, expires_s, date_s, age_s = 0;
	const char *at = head->cache_control;

	*terms = (struct webitem_terms){.is_kept = true};
	while (at && *at) {
		size_t len;

		at += strspn(at, ", \t");
		len = strcspn(at, ", \t");
		directive_take(terms, at, len, &max_age_s);
		at += len;
	}

	if (max_age_s == WEBITEM_UNSET &&
	    date_read(&expires_s, head->expires)) {
		if (!date_read(&date_s, head->date))
			date_s = wall_ms / MS_PER_S;
		max_age_s = expires_s - date_s;
	}
	if (head->age)
		(void)seconds_read(&age_s, head->age, strlen(head->age));
	if (max_age_s > LIFETIME_MAX_S)
		max_age_s = LIFETIME_MAX_S;
	if (max_age_s > age_s)
		terms->fresh_s = max_age_s - age_s;
}
