/*
 * cli/cmd_listen.c - dialwright listen: a sound file through a recogniser
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/resample.h"
#include "base/text.h"
#include "base/wav.h"
#include "cli/commands.h"
#include "cli/scriptat.h"
#include "cli/trials.h"

enum {
	NARROW_HZ = 8000,
	WIDE_HZ = 16000,
	HINTS_MAX = 400,
	HINTS_SIZE = 4096,
	LIMIT_MS = 10000,
};

/* What the recogniser is told to expect. */
struct expected {
	const char *lang;
	const char *const *hintv;
	size_t hintc;
	bool is_closed;
	const struct flow_listen *listen; /* of the script; NULL: none */
	const char *ownv[HINTS_MAX];
	char text[HINTS_SIZE];
	json_t *root;
	struct flow_script *script;
	struct flow_session *sess;
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"with", "NAME", "the recogniser: sphinx or a [service NAME] (default: "
	 "program.recogniser)", false},
	{"language", "LANG", "of the speech, as en or zh-CN (default: en, or "
	 "the script's)", false},
	{"hints", "A,B", "phrases that are likely", false},
	{"script", "FILE", "expect what this script does ...", false},
	{"node", "ID", "... at this node (default: its start)", false},
	{"limit", "MS", "for the text, from the last sound on (default: 10000)",
	 false},
	{"json", NULL, "print the result as JSON", false},
	/* clang-format on */
};

static int sound_read(int16_t **pcmp, size_t *countp, uint32_t *rate_hzp,
                      const char *path)
{
	uint32_t rate_hz, to_hz;
	int16_t *pcm = NULL;
	size_t count;
	int err;

	err = wav_read(&pcm, &count, &rate_hz, path);
	if (err) {
		fprintf(stderr, "dialwright listen: %s: %s\n", path,
		        err == EBADMSG
		                ? "no sound file: WAV, MP3, FLAC and Ogg are"
		                : strerror(err));
		return err;
	}

	to_hz = rate_hz < WIDE_HZ ? NARROW_HZ : WIDE_HZ;
	err = resample_all(pcmp, countp, to_hz, pcm, count, rate_hz);
	mem_deref(pcm);
	if (err)
		fprintf(stderr,
		        "dialwright listen: %s: %u samples a second: "
		        "%s\n",
		        path, rate_hz, strerror(err));
	*rate_hzp = to_hz;

	return err;
}

/* --- what is expected -------------------------------------------------------
 */

static int hints_take(struct expected *expected, const char *list)
{
	char *at = expected->text;

	if (strlen(list) >= sizeof(expected->text))
		return E2BIG;

	(void)text_copy(at, sizeof(expected->text), list);
	while (*at && expected->hintc < HINTS_MAX) {
		size_t n;

		at += strspn(at, ", ");
		n = strcspn(at, ",");
		if (n)
			expected->ownv[expected->hintc++] = at;
		at += n;
		if (*at)
			*at++ = '\0';
	}
	expected->hintv = expected->ownv;
	expected->is_closed = true;

	return 0;
}

static int script_take(struct expected *expected, const struct args *args,
                       const char *path)
{
	const char *node = args_text(args, "node", NULL);
	struct flow_turn turn;
	int err;

	expected->root = json_load_file(path, 0, NULL);
	if (!expected->root || !node)
		expected->script = env_script(path);
	else if (scriptat_load(&expected->script, expected->root, node))
		fprintf(stderr,
		        "dialwright listen: %s: it does not load with "
		        "\"%s\" as its start; is there such a node?\n",
		        path, node);
	if (!expected->script)
		return EINVAL;

	err = flow_session_alloc(&expected->sess, expected->script, "listen",
	                         NULL, 0);
	if (!err)
		err = flow_start(expected->sess, &turn);
	if (!err)
		err = flow_session_phrases(expected->sess, &expected->hintv,
		                           &expected->hintc,
		                           &expected->is_closed, HINTS_MAX);
	expected->lang = flow_script_language(expected->script);
	for (size_t i = 0; !err && i < turn.effectc; i++) {
		if (turn.effectv[i].kind == FLOW_DO_PLAY)
			expected->listen = turn.effectv[i].play.listen;
	}

	return err;
}

static int expected_take(struct expected *expected, const struct args *args)
{
	const char *hints = args_text(args, "hints", NULL);
	const char *script = args_text(args, "script", NULL);
	int err = 0;

	expected->lang = "en";
	if (hints && script) {
		fprintf(stderr, "dialwright listen: --hints or --script, not "
		                "both\n");
		return EINVAL;
	}
	if (script)
		err = script_take(expected, args, script);
	else if (hints)
		err = hints_take(expected, hints);
	expected->lang = args_text(args, "language", expected->lang);

	return err;
}

/* --- the result
 * --------------------------------------------------------------- */

static json_t *ms_json(int ms)
{
	return ms == TRIAL_NEVER ? json_null() : json_integer(ms);
}

static void json_print(const struct trial_heard *heard, uint32_t audio_ms,
                       int err)
{
	json_t *object;

	if (err)
		object = json_pack("{s:s}", "error", heard->why);
	else
		object = json_pack("{s:s,s:i,s:s,s:i,s:o,s:o,s:o}", "text",
		                   heard->text, "score", (int)heard->score,
		                   "service", heard->service, "audio_ms",
		                   (int)audio_ms, "connect_ms",
		                   ms_json(heard->connect_ms), "partial_ms",
		                   ms_json(heard->partial_ms), "final_ms",
		                   ms_json(heard->final_ms));
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void time_print(const char *what, int ms, const char *since)
{
	if (ms != TRIAL_NEVER)
		printf("  %-14s %d ms%s\n", what, ms, since);
}

static void text_print(const struct trial_heard *heard, uint32_t audio_ms)
{
	if (*heard->text)
		printf("%s\n", heard->text);
	else
		printf("(nothing was understood)\n");
	printf("  %-14s %s, %u %%\n", "heard by", heard->service, heard->score);
	printf("  %-14s %.1f s\n", "sound", (double)audio_ms / 1000);
	time_print("connection", heard->connect_ms, "");
	time_print("first partial", heard->partial_ms,
	           " from the first sound on");
	time_print("final text", heard->final_ms, " behind the last sound");
}

static int listen(struct env *env, const int16_t *pcm, size_t count,
                  uint32_t rate_hz)
{
	struct trial_hear_prm prm = {
		.names = args_text(env->args, "with",
	                           cfg_text(env->cfg, "program", "recogniser")),
		.pcm = pcm,
		.count = count,
	};
	struct expected expected = {.lang = NULL};
	struct trial_heard heard;
	uint32_t audio_ms = (uint32_t)(count * 1000ULL / rate_hz);
	long limit_ms;
	int err;

	err = args_number(env->args, "limit", LIMIT_MS, &limit_ms);
	if (!err)
		err = expected_take(&expected, env->args);
	if (err)
		goto out;

	prm.limit_ms = (uint32_t)limit_ms;
	prm.hear = (struct asr_prm){
		.lang = expected.lang,
		.hintv = expected.hintv,
		.hintc = expected.hintc,
		.is_closed = expected.is_closed,
		.rate_hz = rate_hz,
		.params = "",
	};
	if (expected.listen) {
		prm.hear.params = expected.listen->asr_params.text;
		prm.hear.hot_word = expected.listen->hot_word;
		prm.hear.pronounce = expected.listen->pronounce;
	}
	err = trials_hear(env, &prm, &heard);
	if (args_has(env->args, "json"))
		json_print(&heard, audio_ms, err);
	else if (err)
		fprintf(stderr, "dialwright listen: %s\n", heard.why);
	else
		text_print(&heard, audio_ms);

out:
	mem_deref(expected.sess);
	mem_deref(expected.script);
	json_decref(expected.root);

	return err;
}

static int listen_to_file(struct env *env)
{
	int16_t *pcm = NULL;
	uint32_t rate_hz;
	size_t count;
	int err;

	err = sound_read(&pcm, &count, &rate_hz, env->args->wordv[0]);
	if (!err)
		err = listen(env, pcm, count, rate_hz);
	mem_deref(pcm);

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	return env_run(args, wire, env_open_http, listen_to_file);
}

const struct args_command listen_command = {
	.name = "listen",
	.words = "FILE",
	.summary = "Let a recogniser hear a sound file, and how long it takes.",
	.help = "The whole file is one phrase, told at the pace it was spoken. "
		"The local recogniser\nhears what it is told to expect: "
		"--hints, or --script and --node.",
	.words_min = 1,
	.words_max = 1,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
