/*
 * cli/cmd_say.c - dialwright say: a text through a voice
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/wav.h"
#include "cli/commands.h"
#include "cli/trials.h"

enum {
	LINE_HZ = 8000,
	WIDE_HZ = 16000,
	SCALE_MAX = 100,
	LIMIT_MS = 30000,
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"with", "NAME", "the voice: flite, espeak or a [service NAME] "
	 "(default: voice.voices)", false},
	{"out", "FILE.wav", "keep the sound there", false},
	{"voice", "VOICE", "which of its voices, as slt", false},
	{"language", "LANG", "of the text, as en or zh-CN (default: en)",
	 false},
	{"volume", "N", "0 to 100 (default: 0, the usual)", false},
	{"speechrate", "N", "0 to 100", false},
	{"pitchrate", "N", "0 to 100", false},
	{"rate", "HZ", "8000 or 16000 samples a second (default: 8000)", false},
	{"limit", "MS", "for all of it (default: 30000)", false},
	{"json", NULL, "print the result as JSON", false},
	/* clang-format on */
};

static json_t *ms_json(int ms)
{
	return ms == TRIAL_NEVER ? json_null() : json_integer(ms);
}

static void json_print(const struct trial_said *said, uint32_t rate_hz, int err)
{
	json_t *object;

	if (err)
		object = json_pack("{s:s}", "error", said->why);
	else
		object = json_pack("{s:i,s:o,s:o,s:o}", "audio_ms",
		                   (int)(said->sound->count * 1000 / rate_hz),
		                   "connect_ms", ms_json(said->connect_ms),
		                   "first_ms", ms_json(said->first_ms),
		                   "whole_ms", ms_json(said->whole_ms));
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void text_print(const struct trial_said *said, uint32_t rate_hz)
{
	printf("%.1f s of speech\n", (double)said->sound->count / rate_hz);
	if (said->connect_ms != TRIAL_NEVER)
		printf("  %-14s %d ms\n", "connection", said->connect_ms);
	printf("  %-14s %d ms\n", "first sound", said->first_ms);
	printf("  %-14s %d ms\n", "all of it", said->whole_ms);
}

static int scale(const struct args *args, const char *name, int *valuep)
{
	long value;
	int err = args_number(args, name, 0, &value);

	if (!err && (value < 0 || value > SCALE_MAX)) {
		fprintf(stderr, "dialwright say: --%s is 0 to 100\n", name);
		err = EINVAL;
	}
	*valuep = (int)value;

	return err;
}

static int prm_take(struct trial_say_prm *prm, const struct args *args,
                    const struct cfg *cfg)
{
	long rate_hz, limit_ms;
	int err;

	prm->names = args_text(args, "with", cfg_text(cfg, "voice", "voices"));
	prm->say.text = args->wordv[0];
	prm->say.lang = args_text(args, "language", "en");
	prm->say.name = args_text(args, "voice", "");
	err = scale(args, "volume", &prm->say.volume);
	if (!err)
		err = scale(args, "speechrate", &prm->say.speechrate);
	if (!err)
		err = scale(args, "pitchrate", &prm->say.pitchrate);
	if (!err)
		err = args_number(args, "rate", LINE_HZ, &rate_hz);
	if (!err && rate_hz != LINE_HZ && rate_hz != WIDE_HZ) {
		fprintf(stderr, "dialwright say: --rate is 8000 or 16000\n");
		err = EINVAL;
	}
	if (!err)
		err = args_number(args, "limit", LIMIT_MS, &limit_ms);
	if (err)
		return err;

	prm->rate_hz = (uint32_t)rate_hz;
	prm->limit_ms = (uint32_t)limit_ms;

	return 0;
}

static int keep(const struct trial_said *said, const char *path)
{
	int err = wav_write(path, said->sound->pcm, said->sound->count,
	                    said->sound->rate_hz);

	if (err)
		fprintf(stderr, "dialwright say: %s: %s\n", path,
		        strerror(err));

	return err;
}

static int say(struct env *env)
{
	const char *out = args_text(env->args, "out", NULL);
	struct trial_say_prm prm = {.names = NULL};
	struct trial_said said = {.sound = NULL};
	int err;

	err = prm_take(&prm, env->args, env->cfg);
	if (err)
		return err;

	err = trials_say(env, &prm, &said);
	if (args_has(env->args, "json"))
		json_print(&said, prm.rate_hz, err);
	else if (err)
		fprintf(stderr, "dialwright say: %s\n", said.why);
	else
		text_print(&said, prm.rate_hz);
	if (!err && out)
		err = keep(&said, out);
	mem_deref(said.sound);

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	return env_run(args, wire, env_open_http, say);
}

const struct args_command say_command = {
	.name = "say",
	.words = "TEXT",
	.summary = "Let a voice speak a text, and how long it takes.",
	.help = "Nothing comes from the cache or goes there: the voice is "
		"asked "
		"each time.",
	.words_min = 1,
	.words_max = 1,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
