/*
 * campaign/rules_keys.c - the keys of the rules, for [rules] and for docs
 */
#include "base/mem.h"
#include "campaign/campaign.h"
#include "campaign/rules.h"

/* The fallbacks are the rules of a campaign that names none: what `run` does
 * without a word is what it is told to do. */
const struct cfg_key rules_keyv[] = {
	{
		.name = "hours",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "When people may be called, by their own clock: "
			"\"mon-fri 09:00-20:00, sat 10:00-18:00\"; empty: at "
			"any time.",
	},
	{
		.name = "holidays",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "Days without calls, by the callee's date: "
			"\"2026-12-25, 2027-01-01..2027-01-08\"; with times "
			"by the callee's clock, the last one outside: "
			"\"2026-12-24T14:00..2026-12-27T09:00\".",
	},
	{
		.name = "zone",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "The time zone of numbers that do not tell theirs, as "
			"Europe/Moscow; it also stands for the zones of a "
			"large country. Empty: all zones of the country must "
			"agree, and nobody is called where it is unknown.",
	},
	{
		.name = "zone_by",
		.type = CFG_TEXT,
		.fallback = "area",
		.help = "What tells the time zone of a number: \"area\", its "
			"area code (US, Canada, Brazil, Russia's "
			"landlines), else its country; or "
			"\"country\" alone, since whoever moves may keep a "
			"mobile number.",
	},
	{
		.name = "zone_column",
		.type = CFG_TEXT,
		.fallback = "timezone",
		.help = "The column of the list that names a contact's zone.",
	},
	{
		.name = "start",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "No call before: \"2026-11-23T09:00Z\".",
	},
	{
		.name = "stop",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "No call from then on.",
	},
	{
		.name = "day_calls",
		.type = CFG_NUMBER,
		.fallback = "0",
		.range = "0..1000",
		.help = "Calls to one number within 24 hours, those of all "
			"campaigns counted; 0: any.",
	},
	{
		.name = "week_calls",
		.type = CFG_NUMBER,
		.fallback = "0",
		.range = "0..1000",
		.help = "The same within 7 days.",
	},
	{
		.name = "month_calls",
		.type = CFG_NUMBER,
		.fallback = "0",
		.range = "0..1000",
		.help = "The same within 31 days: no month has more.",
	},
	{
		.name = "gap",
		.type = CFG_TEXT,
		.fallback = "0",
		.help = "At least so long between two calls to one number: "
			"\"90s\", \"30m\", \"1h\", \"2d\".",
	},
	{
		.name = "pack",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "What a law says about calls, beside the other rules: "
			"\"230-fz\" (debts, Russia: 1 call in 24 hours, 2 in "
			"7 days, 8 in 31 days, its hours) or \"tsr\" "
			"(telemarketing, US: its hours).",
	},
	{
		.name = "drop_gap",
		.type = CFG_TEXT,
		.fallback = "72h",
		.help = "Nobody is called again so soon after a talk that "
			"broke off by no will of theirs: the line, or this "
			"program; at most 31d, 0: as any other call.",
	},
	{
		.name = "block_on",
		.type = CFG_TEXT,
		.fallback = "unwanted, label complaint",
		.help = "Ends of calls that put the number on the do-not-call "
			"list: outcomes, labels of the script, and \"hangup<3 "
			"x2\": hung up by them within 3 s of the answer, for "
			"the second time in 31 days.",
	},
	{
		.name = "registries",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "Published lists that must have been imported before "
			"anybody is called: \"nation, operator\". None that "
			"is there may be older than it allows, named or not.",
	},
	{
		.name = "disclosure",
		.type = CFG_TEXT,
		.fallback = "no",
		.help = "yes: only scripts are called with that say first who "
			"calls and that it is a machine: the node that speaks "
			"first is marked \"disclosure\": 1.",
	},
	{
		.name = "consent",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "Call only who agreed to this purpose.",
	},
	{
		.name = "client",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "On whose behalf; their calls are counted together.",
	},
	{
		.name = "client_day_calls",
		.type = CFG_NUMBER,
		.fallback = "200",
		.range = "0..1000000",
		.help = "Calls within 24 hours for one client; 0: any.",
	},
	{
		.name = "line_calls",
		.type = CFG_NUMBER,
		.fallback = "0",
		.range = "0..100000",
		.help = "Calls at once over the line, those of all processes "
			"counted; 0: any.",
	},
	{
		.name = "countries",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "Call only numbers that begin so: \"+7, +375\", or "
			"any; empty: those of campaign.country, where one is "
			"set.",
	},
	{
		.name = "caller_ids",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "The numbers that are shown, one for each call: the "
			"one that a contact was called from before, else the "
			"one with the fewest calls. One that the network "
			"blocks (608) again and again rests for a day. Empty: "
			"the line's.",
	},
	{
		.name = "caller_hour_calls",
		.type = CFG_NUMBER,
		.fallback = "0",
		.range = "0..100000",
		.help = "Calls that show one of caller_ids within an hour, "
			"those of all campaigns counted; 0: any.",
	},
	{
		.name = "caller_day_calls",
		.type = CFG_NUMBER,
		.fallback = "0",
		.range = "0..100000",
		.help = "The same within 24 hours.",
	},
	{
		.name = "retry",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "Whom to call again: outcome, after how long, how "
			"often in all, as \"busy 5m x3, no_answer 2h x4\"; "
			"with \"other\" behind it at the next number of the "
			"contact: \"bad_number 1m x3 other\".",
	},
	{
		.name = "other_numbers",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "The columns of the list with other numbers of a "
			"contact, in their order: \"mobile, office\". Only "
			"retries with \"other\" call them. Who says stop at "
			"one "
			"of them is called at none.",
	},
};
const size_t rules_keyc = ARRAY_COUNT(rules_keyv);

const struct cfg_table rules_cfg_table = {
	.section = "rules",
	.help = "When and how often people may be called, for every campaign "
		"that does not say otherwise.",
	.keyv = rules_keyv,
	.keyc = ARRAY_COUNT(rules_keyv),
};
