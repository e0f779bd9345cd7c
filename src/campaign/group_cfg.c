/*
 * campaign/group_cfg.c - [group NAME]: which lines stand in for each other
 */
#include <assert.h>
#include <stdio.h>
#include "base/mem.h"
#include "campaign/campaign.h"

enum {
	NAME_SIZE = 64,
};

static const struct cfg_key keyv[] = {
	{"lines", CFG_TEXT, NULL, NULL,
         "Lines in tiers, \"main second, spare\": calls are spread over those "
         "before the first comma; the ones behind it are for when all of them "
         "fail."},
	{"redials", CFG_NUMBER, "3", "0..100",
         "How often one person is called at once again over another line of "
         "the group, where redial_on says so."},
	{"redial_on", CFG_TEXT, "", NULL,
         "SIP codes and Q.850 causes that are tried over another line, \"408 "
         "480 cause 41\", and calls by their length in seconds: "
         "\"duration<10\" from dialling on, \"talk<1\" of those that were "
         "answered, \">=\" the other way round. Failures of a line itself "
         "always are, and are no "
         "call to anybody."},
	{"no_redial_on", CFG_TEXT, "", NULL,
         "Codes and causes that are not, whatever redial_on says."},
};

const struct cfg_table group_cfg_table = {
	.section = "group",
	.is_named = true,
	.help = "Lines that stand in for each other; a campaign calls over a "
		"line or a group.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static int refuse(char fault[CFG_FAULT_SIZE], const char *group,
                  const char *what, const char *name)
{
	(void)snprintf(fault, CFG_FAULT_SIZE, "%s%s%s%s%.64s%s",
	               group ? "[group " : "", group ? group : "",
	               group ? "]: " : "", what, name ? name : "",
	               name ? "]" : "");

	return EINVAL;
}

static void line_of(struct dialer_line *line, const struct phone_line_prm *prm,
                    unsigned tier)
{
	*line = (struct dialer_line){
		.name = prm->name,
		.tier = tier,
		.calls_max = prm->calls_max,
		.calls_per_s = prm->calls_per_s,
		.rest_ms = prm->rest_ms,
		.fault_threshold = prm->fault_threshold,
		.options_back = prm->options_back,
		.ask_ms = prm->options_s * 1000,
		.fault_try_ms = prm->fault_try_s * 1000,
	};
}

static bool has_line(const struct dialer_group *lines, const char *name)
{
	for (size_t i = 0; i < lines->linec; i++) {
		if (!strcmp(lines->linev[i].name, name))
			return true;
	}

	return false;
}

static int lines_read(struct dialer_group *lines, const struct phone *phone,
                      const char *group, const char *text,
                      char fault[CFG_FAULT_SIZE])
{
	unsigned tier = 0;

	for (const char *p = text + strspn(text, " "); *p;) {
		size_t len = strcspn(p, " ,");
		struct phone_line *line;
		char name[NAME_SIZE];

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, p);
		p += len;
		line = len ? phone_line_find(phone, name) : NULL;
		if (!line)
			return refuse(fault, group, "there is no [line ", name);
		if (has_line(lines, name))
			return refuse(fault, group, "twice there is [line ",
			              name);
		if (lines->linec >= DIALER_LINES_MAX)
			return refuse(fault, group, "too many lines", NULL);
		line_of(&lines->linev[lines->linec++], phone_line_prm(line),
		        tier);

		p += strspn(p, " ");
		if (*p == ',') {
			tier++;
			p++;
			p += strspn(p, " ");
		}
	}

	return lines->linec ? 0 : refuse(fault, group, "name a line", NULL);
}

static int group_read(struct dialer_group *lines, const struct cfg *cfg,
                      const struct phone *phone, const char *group,
                      char fault[CFG_FAULT_SIZE])
{
	struct dialer_redial *redial = &lines->redial;
	const char *text;
	size_t i = 0;

	while (cfg_name(cfg, "group", i) &&
	       strcmp(cfg_name(cfg, "group", i), group) != 0)
		i++;
	if (!cfg_name(cfg, "group", i))
		return refuse(fault, NULL, "there is no [group ", group);

	redial->redials_max =
		(unsigned)cfg_named_number(cfg, "group", group, "redials");
	if (!redial_codes_parse(
		    &redial->codes,
		    cfg_named_text(cfg, "group", group, "redial_on")) ||
	    !redial_codes_parse(
		    &redial->not,
		    cfg_named_text(cfg, "group", group, "no_redial_on")))
		return refuse(fault, group,
		              "redial_on and no_redial_on are codes and "
		              "causes, as \"408 480 cause 41 talk<1\"",
		              NULL);

	text = cfg_named_text(cfg, "group", group, "lines");

	return lines_read(lines, phone, group, text ? text : "", fault);
}

int dialer_group_make(struct dialer_group *lines, const struct cfg *cfg,
                      const struct phone *phone, const char *group,
                      const char *text, char fault[CFG_FAULT_SIZE])
{
	struct phone_line *first;

	assert(lines && cfg && phone && fault);

	memset(lines, 0, sizeof(*lines));
	if (group)
		return group_read(lines, cfg, phone, group, fault);
	if (text)
		return lines_read(lines, phone, NULL, text, fault);

	first = phone_line_find(phone, NULL);
	if (!first)
		return refuse(
			fault, NULL,
			"no line is configured: put a [line main] with server, "
			"user and password into the configuration (see "
			"examples/dialwright.conf)",
			NULL);
	line_of(&lines->linev[lines->linec++], phone_line_prm(first), 0);

	return 0;
}
