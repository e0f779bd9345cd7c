/*
 * call/soundcheck.c - whether the recogniser can take what a script says of
 * how its words sound, and whether the voice that it names will speak; blocks,
 * any thread
 */
#include <stdio.h>
#include <string.h>
#include "call/call.h"
#include "flow/flow.h"
#include "speech/said.h"
#include "speech/voice.h"

enum {
	NAMES_SIZE = 300,
	WORDS_SIZE = 800,
};

struct soundcheck {
	const char *lang;
	struct flow_faults *faults;
};

static void sound_handler(const struct flow_sound *sound, void *arg)
{
	char why[PRONOUNCE_FAULT_SIZE];
	struct soundcheck *check = arg;
	const struct flow_fault fault = {
		.level = FLOW_WARNING,
		.path = sound->path,
		.node = sound->node,
		.message = why,
	};

	if (!said_check(why, sound->way, check->lang))
		flow_faults_add(check->faults, &fault);
}

void call_check_sounds(const struct flow_script *script,
                       struct flow_faults *faults)
{
	struct soundcheck check = {
		.lang = flow_script_language(script),
		.faults = faults,
	};

	flow_script_sounds(script, sound_handler, &check);
}

/* --- the voice ------------------------------------------------------------ */

void call_voices(char *text, size_t size, const struct flow_script *script,
                 const struct cfg *cfg)
{
	const struct flow_voice *voice = flow_script_voice(script);
	const struct voice_prm prm = {
		.lang = flow_script_language(script),
		.name = !*voice->voice && voice->voicec ? voice->voicev[0]
	                                                : voice->voice,
		.url = voice->url,
	};

	voices_asked(text, size, cfg, &prm);
}

void call_check_voice(const struct flow_script *script, const struct cfg *cfg,
                      struct flow_faults *faults)
{
	const char *url = flow_script_voice(script)->url;
	const char *service = voices_service_at(cfg, url);
	char asked[NAMES_SIZE], words[WORDS_SIZE];
	const struct flow_fault fault = {
		.level = FLOW_WARNING,
		.path = "tts.url",
		.node = "",
		.message = words,
	};
	size_t n = service ? strlen(service) : 0;

	if (!*url)
		return;

	call_voices(asked, sizeof(asked), script, cfg);
	if (!service)
		(void)snprintf(
			words, sizeof(words),
			"no service of voice.voices is at this address, and "
			"hosts are those of the configuration only: the "
			"configured voices speak (%s). To have it speak: "
			"[service NAME] with kind = http-tts and this url, and "
			"NAME in voices of [voice]",
			asked);
	else if (strncmp(asked, service, n) != 0 ||
	         (asked[n] && asked[n] != ','))
		(void)snprintf(
			words, sizeof(words),
			"[service %s] is at this address, but is not asked "
			"first: the script's voice names another one, or "
			"`lang` of the "
			"service lacks the script's language. Asked: %s",
			service, *asked ? asked : "nobody");
	else
		return;

	flow_faults_add(faults, &fault);
}
