/*
 * campaign/toll.c - pure: what calls cost, and where they may go at all
 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "campaign/campaign.h"
#include "campaign/toll.h"

enum {
	MILLION = 1000000,
	AMOUNT_MAX = 1000000,
	DECIMALS = 6,
};

struct toll {
	char prefix[TOLL_PREFIX_SIZE]; /* digits */
	int64_t price;
};

struct tolls {
	int64_t hour_spend;
	struct toll *tollv; /* the longest prefix first */
	size_t tollc;
};

static const struct cfg_key tolls_keyv[] = {
	{"hour_spend", CFG_TEXT, "0", NULL,
         "Nobody is called while calls of the last hour cost that much, \"25\" "
         "or \"12.50\", those under way counted; 0: any. Campaigns cannot "
         "raise it."},
};

const struct cfg_table tolls_cfg_table = {
	.section = "tolls",
	.help = "What calls may cost.",
	.keyv = tolls_keyv,
	.keyc = ARRAY_COUNT(tolls_keyv),
};

static const struct cfg_key toll_keyv[] = {
	{"minute", CFG_TEXT, NULL, NULL,
         "What a minute costs, \"0.015\", or \"no\": numbers that begin so "
         "are never called."},
};

const struct cfg_table toll_cfg_table = {
	.section = "toll",
	.is_named = true,
	.help = "The price of numbers by how they begin: [toll 7], [toll "
		"7495], the longest one counts. As soon as there is one, "
		"numbers that none of them fits are never called.",
	.keyv = toll_keyv,
	.keyc = ARRAY_COUNT(toll_keyv),
};

static void destructor(void *arg)
{
	struct tolls *tolls = arg;

	mem_deref(tolls->tollv);
}

bool toll_amount_parse(int64_t *amountp, const char *text)
{
	int64_t amount = 0, unit = MILLION;
	const char *p = text;

	for (; isdigit((unsigned char)*p) && amount < AMOUNT_MAX; p++)
		amount = amount * 10 + (*p - '0');
	if (p == text || amount > AMOUNT_MAX)
		return false;

	amount *= MILLION;
	if (*p == '.') {
		for (p++; isdigit((unsigned char)*p) && unit > 1; p++) {
			unit /= 10;
			amount += (*p - '0') * unit;
		}
	}
	if (*p)
		return false;

	*amountp = amount;

	return true;
}

static int longest_first(const void *a, const void *b)
{
	const struct toll *one = a, *two = b;

	return (int)strlen(two->prefix) - (int)strlen(one->prefix);
}

static int toll_read(struct toll *toll, const struct cfg *cfg, const char *name,
                     char fault[CFG_FAULT_SIZE])
{
	const char *text = cfg_named_text(cfg, "toll", name, "minute");
	size_t len = strlen(name);

	if (!len || len >= TOLL_PREFIX_SIZE ||
	    strspn(name, "0123456789") != len) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[toll %s]: write the first digits of the "
		               "numbers, with the country and without +, as "
		               "[toll 7495]",
		               name);
		return EINVAL;
	}

	memcpy(toll->prefix, name, len + 1);
	if (text && !strcmp(text, "no")) {
		toll->price = TOLL_REFUSED;
		return 0;
	}
	if (!text || !toll_amount_parse(&toll->price, text)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[toll %s] minute: write a price, as 0.015, or "
		               "no",
		               name);
		return EINVAL;
	}

	return 0;
}

static int all_read(struct tolls *tolls, const struct cfg *cfg,
                    char fault[CFG_FAULT_SIZE])
{
	const char *name;
	int err = 0;

	while (cfg_name(cfg, "toll", tolls->tollc) && tolls->tollc < TOLLS_MAX)
		tolls->tollc++;
	tolls->tollv =
		mem_zalloc((tolls->tollc + 1) * sizeof(*tolls->tollv), NULL);
	if (!tolls->tollv)
		return ENOMEM;

	for (size_t i = 0; i < tolls->tollc && !err; i++) {
		name = cfg_name(cfg, "toll", i);
		err = toll_read(&tolls->tollv[i], cfg, name, fault);
	}
	qsort(tolls->tollv, tolls->tollc, sizeof(*tolls->tollv), longest_first);

	return err;
}

int tolls_alloc(struct tolls **tollsp, const struct cfg *cfg,
                char fault[CFG_FAULT_SIZE])
{
	const char *spend = cfg_text(cfg, "tolls", "hour_spend");
	struct tolls *tolls;
	int err;

	assert(tollsp && cfg && fault);

	tolls = mem_zalloc(sizeof(*tolls), destructor);
	if (!tolls)
		return ENOMEM;

	err = all_read(tolls, cfg, fault);
	if (!err && !toll_amount_parse(&tolls->hour_spend, spend)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[tolls] hour_spend = \"%.32s\" is no amount: "
		               "write 25 or 12.50, 0 for any",
		               spend);
		err = EINVAL;
	}
	if (!err && tolls->hour_spend && !tolls->tollc) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[tolls] hour_spend needs prices: write what a "
		               "minute costs, as minute = 0.015 in a section "
		               "[toll 7]");
		err = EINVAL;
	}

	if (err)
		mem_deref(tolls);
	else
		*tollsp = tolls;

	return err;
}

int64_t toll_price(const struct tolls *tolls, const char *number)
{
	if (!tolls || !tolls->tollc)
		return 0;
	if (*number != '+')
		return TOLL_REFUSED;

	for (size_t i = 0; i < tolls->tollc; i++) {
		const struct toll *toll = &tolls->tollv[i];

		if (!strncmp(number + 1, toll->prefix, strlen(toll->prefix)))
			return toll->price;
	}

	return TOLL_REFUSED;
}

int64_t toll_hour_spend(const struct tolls *tolls)
{
	return tolls ? tolls->hour_spend : 0;
}
