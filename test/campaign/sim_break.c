/*
 * test/campaign/sim_break.c - laws that are broken on purpose
 *
 * A law that nobody can break is not judged. Each has a rule here: the dialers
 * are not told of it, their lines and people are not as they believe, or the
 * database is spoilt behind their back, once a minute. The judge must see it.
 */
#include <assert.h>
#include <stdio.h>
#include "campaign/sim.h"

static const struct {
	const char *rule;
	const char *sql; /* that spoils the database; NULL: nothing does */
} rulev[] = {
	/* The number. */
	{"hours", NULL},
	{"zones", NULL},
	{"holidays", NULL},
	{"pack", NULL},
	{"gap", NULL},
	{"day_calls", NULL},
	{"week_calls", NULL},
	{"month_calls", NULL},
	{"drop_gap", NULL},
	{"block_on", NULL},
	{"countries", NULL},
	{"consent", NULL},
	{"revoke", "UPDATE consents SET ended_ms = 0"},
	{"block", "DELETE FROM do_not_call"},
	{"whole_person", "DELETE FROM do_not_call WHERE reason LIKE 'at +%'"},
	{"prefix", "DELETE FROM blocks WHERE is_prefix = 1"},
	{"campaign_block", "DELETE FROM blocks WHERE is_prefix = 0"},
	{"registry", "DELETE FROM registry_numbers"},
	{"registry_named", NULL},
	{"stale", "UPDATE registries SET max_age_ms = 0, imported_ms = 1"},

	/* The contact. */
	{"member", NULL},
	{"other", NULL},
	{"lists", NULL},
	{"tries", NULL},
	{"delay", NULL},
	{"redials", NULL},
	{"promise", NULL},
	{"promised_time", NULL},
	{"line_fault", NULL},
	{"forgotten", "UPDATE targets SET state = 'done' WHERE"
                      " state = 'ready' AND attempts = 0"},
	{"put_off", "UPDATE targets SET due_ms = 9999999999999 WHERE"
                    " state = 'ready' AND attempts = 0"},

	/* The campaign. */
	{"start", NULL},
	{"stop", NULL},
	{"pause", "UPDATE campaigns SET state = 'running' WHERE"
                  " state = 'paused'"},
	{"client", NULL},
	{"calls", NULL},
	{"robots", NULL},
	{"campaign_pace", NULL},
	{"priority", NULL},

	/* The line. */
	{"line_calls", NULL},
	{"channels", NULL},
	{"pace", NULL},
	{"rest", NULL},
	{"retry_after", NULL},
	{"tiers", NULL},
	{"fault", NULL},
	{"callers", NULL},
	{"caller_hour", NULL},
	{"caller_day", NULL},
	{"caller_blocked", "DELETE FROM tallies WHERE kind = 'blocked'"},
	{"sticky", "UPDATE attempts SET caller_id = '' WHERE"
                   " state = 'ended' AND caller_id <> ''"},
	{"tolls", NULL},
	{"hour_spend", NULL},

	/* What is written. */
	{"twice", NULL},
	{"late", NULL},
	{"written", NULL},
	{"claimed", "UPDATE targets SET state = 'ready' WHERE"
                    " state = 'claimed'"},
	{"done", "UPDATE targets SET state = 'ready' WHERE state = 'done'"
                 " AND attempts > 0"},
	{"ended", "UPDATE attempts SET state = 'intent' WHERE"
                  " state = 'ended'"},
	{"order", "CREATE TRIGGER IF NOT EXISTS sim_order"
                  " BEFORE INSERT ON attempts BEGIN"
                  " UPDATE targets SET attempts = attempts + 1"
                  " WHERE campaign_id = NEW.campaign_id"
                  " AND contact_id = NEW.contact_id; END"},
	{"lost", "DELETE FROM targets WHERE state = 'ready' AND"
                 " attempts = 0"},
	{"attempt_lost", "DELETE FROM attempts WHERE state = 'ended'"},
	{"link", "DELETE FROM unlinked"},
	{"link_twice", "INSERT INTO unlinked (callid, why) SELECT callid,"
                       " 'ended' FROM links ORDER BY seq DESC LIMIT 1;"
                       "UPDATE links SET record = ''"
                       " WHERE seq = (SELECT max(seq) FROM links)"},
};

bool sim_is_rule(const char *rule)
{
	for (size_t i = 0; i < ARRAY_COUNT(rulev); i++) {
		if (!strcmp(rulev[i].rule, rule))
			return true;
	}

	return false;
}

void sim_rules_print(void)
{
	for (size_t i = 0; i < ARRAY_COUNT(rulev); i++)
		puts(rulev[i].rule);
}

bool sim_is_told(const struct sim *sim, const char *rule)
{
	assert(sim_is_rule(rule));

	return !sim->broken || strcmp(sim->broken, rule) != 0;
}

void sim_spoil(struct sim *sim)
{
	for (size_t i = 0; i < ARRAY_COUNT(rulev); i++) {
		if (rulev[i].sql && !sim_is_told(sim, rulev[i].rule) &&
		    sim_db_script(rulev[i].sql))
			sim_wrong(sim, "the database cannot be spoilt");
	}
}
