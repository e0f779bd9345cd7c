/*
 * call/reception_cfg.c - the keys of [answer]
 */
#include <stdio.h>
#include "base/mem.h"
#include "call/call.h"
#include "call/reception_cfg.h"

static const struct cfg_key keyv[] = {
	/* clang-format off */
	{"detect", CFG_BOOL, "yes", NULL,
	 "Find out who answered the calls that we make."},
	{"wait_ms", CFG_NUMBER, "0", "0..10000",
	 "The first prompt waits until it is known who answered, at most so "
	 "long; 0: it is said at once, and cut when a machine is found."},
	{"on_machine", CFG_CHOICE, "script", "script|hangup|talk",
	 "An answering machine: the script's global flow for MACHINE when the "
	 "machine listens (without such a flow: hang up); hang up; or talk as "
	 "to a human."},
	{"on_fax", CFG_CHOICE, "hangup", "hangup|talk",
	 "A fax or a modem: hang up, or talk all the same."},
	{"on_announcement", CFG_CHOICE, "hangup", "hangup|talk",
	 "A network's announcement or tone, before the answer or behind it."},
	{"on_screening", CFG_CHOICE, "script", "script|hangup|talk",
	 "An assistant that asks who calls and why: the script's global flow "
	 "for SCREENING (without such a flow: talk); hang up; or talk."},
	{"phrases", CFG_TEXT, "", NULL,
	 "JSON file with what machines, assistants and networks say; empty: "
	 "the built-in table (examples/sayings.json)."},
	{"countries", CFG_TEXT, "", NULL,
	 "Whose busy, congestion and ringing tones to know: of cn, de, ru, "
	 "uk, us; empty: all."},
	{"confirm_ms", CFG_NUMBER, "2200", "500..20000",
	 "So much voice without a pause of after_greeting_silence_ms is "
	 "surely a greeting."},
	{"end_silence_ms", CFG_NUMBER, "2000", "200..20000",
	 "A machine without a beep listens after so much silence."},
	{"watch_s", CFG_NUMBER, "40", "5..300",
	 "Beeps and tones count for so long after the answer."},
	{"greeting_ms", CFG_NUMBER, "1500", "100..20000",
	 "AMD: so much voice makes a machine likely."},
	{"after_greeting_silence_ms", CFG_NUMBER, "800", "100..10000",
	 "AMD: silence behind the first words that makes a human."},
	{"total_analysis_time_ms", CFG_NUMBER, "5000", "500..20000",
	 "AMD: then it gives up; who is there counts as human."},
	{"initial_silence_ms", CFG_NUMBER, "2500", "100..20000",
	 "AMD: silence at the beginning; only kept with the decision, since "
	 "people listen to what we say."},
	{"min_word_length_ms", CFG_NUMBER, "100", "20..2000",
	 "AMD: shorter sounds are no words."},
	{"between_words_silence_ms", CFG_NUMBER, "50", "20..2000",
	 "AMD: silence that ends a word."},
	{"maximum_word_length_ms", CFG_NUMBER, "5000", "100..20000",
	 "AMD: a longer word makes a machine likely."},
	{"maximum_number_of_words", CFG_NUMBER, "2", "1..100",
	 "AMD: more words make a machine likely."},
	{"silence_threshold", CFG_NUMBER, "256", "1..32767",
	 "AMD: mean of |sample| below which a frame is silent."},
	/* clang-format on */
};

const struct cfg_table answer_cfg_table = {
	.section = "answer",
	.help = "Who answered a call that we make, and what follows; the keys "
		"marked AMD are those of Asterisk's app_amd with its defaults.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static uint32_t number(const struct cfg *cfg, const char *key)
{
	return (uint32_t)cfg_number(cfg, "answer", key);
}

static enum reception_do deed(const struct cfg *cfg, const char *key)
{
	const char *word = cfg_text(cfg, "answer", key);

	if (!strcmp(word, "script"))
		return RECEPTION_SCRIPT;

	return strcmp(word, "hangup") ? RECEPTION_TALK : RECEPTION_HANGUP;
}

static void who_read(struct who_prm *who, const struct cfg *cfg)
{
	*who = who_defaults;
	who->amd = (struct amd_prm){
		.initial_silence_ms = number(cfg, "initial_silence_ms"),
		.greeting_ms = number(cfg, "greeting_ms"),
		.after_greeting_ms = number(cfg, "after_greeting_silence_ms"),
		.total_analysis_ms = number(cfg, "total_analysis_time_ms"),
		.min_word_ms = number(cfg, "min_word_length_ms"),
		.between_words_ms = number(cfg, "between_words_silence_ms"),
		.words_max = number(cfg, "maximum_number_of_words"),
		.word_max_ms = number(cfg, "maximum_word_length_ms"),
		.silence_threshold = number(cfg, "silence_threshold"),
	};
	who->confirm_ms = number(cfg, "confirm_ms");
	who->end_silence_ms = number(cfg, "end_silence_ms");
	who->watch_ms = 1000 * number(cfg, "watch_s");
	who->countries = cfg_text(cfg, "answer", "countries");
	who->vad.margin_db = (float)cfg_number(cfg, "talk", "margin_db");
	who->vad.echo_db = (float)cfg_number(cfg, "talk", "echo_db");
}

int reception_prm_read(struct reception_prm *prm, const struct cfg *cfg,
                       char fault[CFG_FAULT_SIZE])
{
	struct who *who = NULL;
	int err;

	prm->is_on = cfg_bool(cfg, "answer", "detect");
	prm->wait_ms = number(cfg, "wait_ms");
	prm->on_machine = deed(cfg, "on_machine");
	prm->on_fax = deed(cfg, "on_fax");
	prm->on_announcement = deed(cfg, "on_announcement");
	prm->on_screening = deed(cfg, "on_screening");
	who_read(&prm->who, cfg);

	/* Only a country can be wrong. */
	err = who_alloc(&who, &prm->who, false);
	mem_deref(who);
	if (err == EINVAL)
		(void)snprintf(
			fault, CFG_FAULT_SIZE,
			"answer.countries: \"%.100s\": known are cn, de, "
			"ru, uk, us",
			prm->who.countries);
	if (err)
		return err;

	return sayings_alloc(&prm->sayings, cfg_text(cfg, "answer", "phrases"),
	                     fault);
}

void reception_prm_clear(struct reception_prm *prm)
{
	prm->sayings = mem_deref(prm->sayings);
}

void reception_hints(const struct reception_prm *prm, struct asr_prm *asr,
                     bool is_early, const char **hintv)
{
	const struct saying *sayingv;
	size_t sayingc, n = 0;

	sayingv = sayings_rows(prm->sayings, asr->lang, &sayingc);
	for (size_t i = 0; i < asr->hintc && n < RECEPTION_HINTS_MAX; i++)
		hintv[n++] = asr->hintv[i];
	for (size_t i = 0; i < sayingc && n < RECEPTION_HINTS_MAX; i++) {
		if (saying_counts(&sayingv[i], is_early))
			hintv[n++] = sayingv[i].phrase;
	}
	asr->hintv = hintv;
	asr->hintc = n;
}
