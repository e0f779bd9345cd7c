/*
 * campaign/rules_make.c - rules from the configuration
 */
#include <assert.h>
#include <stdio.h>
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "campaign/campaign.h"
#include "campaign/rules.h"

enum {
	NUMBER_TEXT_SIZE = 24,
};

static int set_key(struct rules *rules, const struct cfg *cfg,
                   const struct cfg_key *key, char reason[RULES_REASON_SIZE])
{
	char number[NUMBER_TEXT_SIZE];

	if (key->type != CFG_NUMBER)
		return rules_set(rules, key->name,
		                 cfg_text(cfg, "rules", key->name), reason);

	(void)snprintf(number, sizeof(number), "%" PRIu64,
	               cfg_number(cfg, "rules", key->name));

	return rules_set(rules, key->name, number, reason);
}

/* Without a word about it only the country that the lists are of. */
static int home_set(struct rules *rules, const struct cfg *cfg,
                    char reason[RULES_REASON_SIZE])
{
	const char *country = cfg_text(cfg, "campaign", "country");
	const char *code = number_code(country);
	char prefix[RULES_CODE_SIZE];

	(void)text_copy(rules->country, sizeof(rules->country), country);

	if (rules->countryc || rules->is_any_country || !code)
		return 0;

	(void)snprintf(prefix, sizeof(prefix), "+%s", code);
	rules->is_home_country = true;

	return rules_set(rules, "countries", prefix, reason);
}

int rules_make(struct rules **rulesp, const struct cfg *cfg, const char *json,
               char fault[CFG_FAULT_SIZE])
{
	char reason[RULES_REASON_SIZE] = "out of memory";
	struct atlas *atlas = NULL;
	struct rules *rules = NULL;
	const char *name = "";
	int err;

	assert(rulesp && cfg && fault);

	/* Without time zones only rules that need none are taken. */
	err = atlas_load(&atlas);
	if (err == ENOMEM) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "[rules]: %s", reason);
		goto out;
	}

	err = rules_alloc(&rules, atlas);
	for (size_t i = 0; i < rules_keyc && !err; i++) {
		name = rules_keyv[i].name;
		err = set_key(rules, cfg, &rules_keyv[i], reason);
	}
	if (!err && json) {
		name = "(of the campaign)";
		err = rules_set_json(rules, json, reason);
	}
	if (!err)
		err = home_set(rules, cfg, reason);
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "[rules] %s: %s", name,
		               reason);
		goto out;
	}

	(void)snprintf(fault, CFG_FAULT_SIZE, "[tolls]: out of memory");
	err = tolls_alloc(&rules->tolls, cfg, fault);

out:
	mem_deref(atlas);
	if (err) {
		mem_deref(rules);
	}
	else {
		*rulesp = rules;
	}

	return err;
}

int rules_check(const char *json, char fault[CFG_FAULT_SIZE])
{
	char reason[RULES_REASON_SIZE] = "out of memory";
	struct atlas *atlas = NULL;
	struct rules *rules = NULL;
	int err;

	assert(json && fault);

	err = atlas_load(&atlas);
	if (err != ENOMEM)
		err = rules_alloc(&rules, atlas);
	if (!err)
		err = rules_set_json(rules, json, reason);
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", reason);
	mem_deref(rules);
	mem_deref(atlas);

	return err;
}

const char *rules_client(const struct rules *rules)
{
	return rules->client;
}
