/*
 * call/webitem.h - pure: a prompt's item from the web, and how long it is fresh
 *
 * The item is "http(s)://(option=value,…)host/path" (checklist C151-C152).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WEBITEM_URL_SIZE = 4096,
	WEBITEM_UNIQUE_SIZE = 512,
	WEBITEM_UNSET = -1,
};

struct webitem {
	char url[WEBITEM_URL_SIZE];       /* without options, blanks encoded */
	char unique[WEBITEM_UNIQUE_SIZE]; /* what it is kept by; "": the URL */
	bool is_kept;                     /* false: cache=false */
	bool has_nohead;                  /* it is not asked for changes */
	int64_t lifetime_s;               /* abs_cache_control, or unset */
};

/* Returns EINVAL for what is no item of the web, has an option without a
 * value or a control character; E2BIG for one that is too long. Options that
 * nobody knows are passed over. `ext` is not needed: the format is recognised
 * by the sound itself. */
int webitem_parse(struct webitem *web, const char *item);

/* What a server says about keeping its answer (RFC 9111). Texts may be NULL. */
struct webitem_head {
	const char *cache_control, *expires, *date, *age;
};

struct webitem_terms {
	int64_t fresh_s;    /* from now on; 0: to be asked for each time */
	bool is_kept;       /* not "no-store" */
	bool must_be_fresh; /* rather nothing than what is out of date */
};

void webitem_terms_read(struct webitem_terms *terms,
                        const struct webitem_head *head, int64_t wall_ms);
