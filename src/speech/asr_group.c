/*
 * speech/asr_group.c - groups: who listens, chosen by a name (C041)
 *
 * A script writes "asr_params": {"group": "NAME"}, a client of the speech proxy
 * group=NAME; what is behind the name is the configuration's business.
 */
#include <jansson.h>
#include "base/jmem.h"
#include "base/log.h"
#include "base/text.h"
#include "speech/asr_parts.h"

/* clang-format off */
static const struct cfg_key keyv[] = {
	{"recogniser", CFG_TEXT, "", NULL,
	 "Who listens, as program.recogniser; empty: the same."},
	{"voice", CFG_TEXT, "", NULL,
	 "For the speech proxy: who speaks, one of voice.voices, with its "
	 "voice (\"flite:slt\"); empty: by language."},
	{"lang", CFG_TEXT, "en", NULL,
	 "For the speech proxy: the language where a client names none."},
	{"phrases", CFG_TEXT, "", NULL,
	 "For the speech proxy: what is likely to be said where a client does "
	 "not tell (\"yes, no thank you\"); the local recogniser hears nothing "
	 "else."},
};
/* clang-format on */

const struct cfg_table asr_group_cfg_table = {
	.section = "speech_group",
	.is_named = true,
	.help = "A choice of recogniser and voice that scripts (asr_params "
		"{\"group\": NAME}) and clients of the speech proxy (group= "
		"and config=) name.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static const char group_default[] = "default";

static bool is_there(const struct cfg *cfg, const char *group)
{
	const char *name;

	for (size_t i = 0; (name = cfg_name(cfg, "speech_group", i)); i++) {
		if (!strcmp(name, group))
			return true;
	}

	return false;
}

static bool group_read(char group[ASR_NAME_SIZE], const char *params)
{
	const char *name;
	json_t *json;

	jmem_pool_open();
	json = json_loads(params, 0, NULL);
	name = json_string_value(json_object_get(json, "group"));
	(void)text_copy(group, ASR_NAME_SIZE, name ? name : "");
	json_decref(json);
	jmem_pool_close();

	return *group != '\0';
}

const char *asr_services(struct asr *asr, const char *services,
                         const char *params)
{
	const struct cfg *cfg = asr->make.cfg;
	char group[ASR_NAME_SIZE];

	if (services && *services)
		return services;
	if (!params || !*params || !group_read(group, params))
		return "";
	if (is_there(cfg, group))
		return cfg_named_text(cfg, "speech_group", group, "recogniser");

	/* Once is enough: every sentence of the node asks. */
	if (strcmp(group, group_default) != 0 && strcmp(group, asr->unknown)) {
		(void)text_copy(asr->unknown, sizeof(asr->unknown), group);
		log_warning("speech",
		            "a script wants the group \"%s\": there is no "
		            "[speech_group %s]; \"%s\" listens",
		            group, group, asr_name(asr));
	}

	return "";
}
