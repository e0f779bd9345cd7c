/*
 * campaign/settings.c - the section [campaign] of the configuration
 */
#include "base/mem.h"
#include "campaign/campaign.h"

static const struct cfg_key keyv[] = {
	{
		.name = "calls",
		.type = CFG_NUMBER,
		.fallback = "10",
		.range = "1..5000",
		.help = "Calls at once.",
	},
	{
		.name = "calls_per_s",
		.type = CFG_NUMBER,
		.fallback = "0",
		.range = "0..1000",
		.help = "New calls per second; 0: as many as the line takes. "
			"A line that refuses for congestion is slowed down "
			"by itself.",
	},
	{
		.name = "ring_s",
		.type = CFG_NUMBER,
		.fallback = "30",
		.range = "5..180",
		.help = "How long it may ring before we give up.",
	},
	{
		.name = "country",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "Country of the numbers that name none: RU, US, CN, "
			"…; empty: such numbers are refused.",
	},
	{
		.name = "extensions",
		.type = CFG_BOOL,
		.fallback = "no",
		.help = "Take \"101\" and \"anna\" as numbers of a PBX.",
	},
};

const struct cfg_table campaign_cfg_table = {
	.section = "campaign",
	.help = "How a list is read and called.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};
