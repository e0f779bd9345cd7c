/*
 * call/calls.c - what all calls share, and getting ready for a script
 */
#include <assert.h>
#include <stdio.h>
#include "base/log.h"
#include "call/calls.h"
#include "call/audio.h"

enum {
	PREPARE_MAX = 16, /* texts asked for at a time */
};

static const struct cfg_key keyv[] = {
	/* clang-format off */
	{"fade_ms", CFG_NUMBER, "20", "0..40",
	 "Fade of a prompt that is cut or paused."},
	{"preroll_ms", CFG_NUMBER, "300", "0..400",
	 "Sound from before the first voice that the recogniser gets too."},
	{"answer_ms", CFG_NUMBER, "5000", "500..60000",
	 "A recogniser that has not answered so long after the end of a "
	 "sentence has failed."},
	{"digit_ms", CFG_NUMBER, "3000", "100..60000",
	 "Keys without a terminator are taken after so long without another."},
	{"margin_db", CFG_NUMBER, "8", "3..40",
	 "Voice is so much louder than the floor of the line."},
	{"echo_db", CFG_NUMBER, "20", "0..60",
	 "Our own voice comes back at least so much weaker; what is below "
	 "that interrupts no prompt."},
	{"files_mb", CFG_NUMBER, "64", "0..4096",
	 "Sound files of prompts kept in memory, the latest used."},
	/* clang-format on */
};

const struct cfg_table call_cfg_table = {
	.section = "talk",
	.help = "How the robot listens and speaks; what a script decides is "
		"not here.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static void destructor(void *arg)
{
	struct calls *calls = arg;

	assert(list_isempty(&calls->livel));
	reception_prm_clear(&calls->reception);
	mem_deref(calls->clips);
	mem_deref(calls->recordings);
}

int calls_alloc(struct calls **callsp, const struct calls_prm *prm)
{
	char fault[CFG_FAULT_SIZE] = "";
	struct calls *calls;
	int err;

	assert(callsp && prm && prm->cfg && prm->pool && prm->asr &&
	       prm->voices && prm->http);

	calls = mem_zalloc(sizeof(*calls), destructor);
	if (!calls)
		return ENOMEM;

	calls->prm = *prm;
	calls->fade_ms = (uint32_t)cfg_number(prm->cfg, "talk", "fade_ms");
	calls->preroll_ms =
		(uint32_t)cfg_number(prm->cfg, "talk", "preroll_ms");
	calls->answer_ms = (uint32_t)cfg_number(prm->cfg, "talk", "answer_ms");
	calls->digit_ms = (uint32_t)cfg_number(prm->cfg, "talk", "digit_ms");
	calls->margin_db = (float)cfg_number(prm->cfg, "talk", "margin_db");
	calls->echo_db = (float)cfg_number(prm->cfg, "talk", "echo_db");

	err = clips_alloc(&calls->clips, prm->pool,
	                  cfg_number(prm->cfg, "talk", "files_mb") << 20);
	if (!err && prm->recordings)
		err = str_dup(&calls->recordings, prm->recordings);
	if (!err)
		err = reception_prm_read(&calls->reception, prm->cfg, fault);
	if (err && *fault)
		log_error("call", "%s", fault);

	if (err)
		mem_deref(calls);
	else
		*callsp = calls;

	return err;
}

void calls_voice(struct calls *calls, const struct flow_script *script,
                 struct voice_prm *prm)
{
	const struct flow_voice *voice = flow_script_voice(script);

	*prm = (struct voice_prm){
		.text = "",
		.lang = flow_script_language(script),
		.name = voice->voice,
		.volume = voice->volume,
		.speechrate = voice->speechrate,
		.pitchrate = voice->pitchrate,
	};
	if (!*voice->voice && voice->voicec)
		prm->name = voice->voicev[calls->voice_turn++ % voice->voicec];
}

void calls_expect(const struct flow_script *script, struct flow_session *sess,
                  struct asr_prm *prm)
{
	prm->lang = flow_script_language(script);

	/* Without memory for the phrases the recogniser hears no words. */
	if (flow_session_phrases(sess, &prm->hintv, &prm->hintc,
	                         &prm->is_closed, CALLS_PHRASES_MAX))
		prm->hintc = 0;
}

/* --- getting ready ----------------------------------------------------------
 */

struct text {
	struct prepare *prepare;
	struct voice_request *request;
	char *words;
	size_t voice; /* index into voicev of the script */
};

struct prepare {
	struct calls *calls;
	struct flow_script *script;
	uint32_t rate_hz;
	void (*progress)(size_t made, size_t of, void *arg);
	call_ready_h *done;
	void *arg;
	struct text *textv;
	size_t textc, size;
	size_t asked, made;
	const char *hintv[RECEPTION_HINTS_MAX];
	char fault[CFG_FAULT_SIZE];
	int err;
};

static void prepare_destructor(void *arg)
{
	struct prepare *prepare = arg;

	for (size_t i = 0; i < prepare->textc; i++) {
		mem_deref(prepare->textv[i].request);
		mem_deref(prepare->textv[i].words);
	}
	mem_deref(prepare->textv);
	mem_deref(prepare->script);
}

static void text_add(struct prepare *prepare, const char *words, size_t voice)
{
	struct text *textv = prepare->textv;

	if (prepare->textc == prepare->size) {
		size_t size = prepare->size ? 2 * prepare->size : 64;

		textv = mem_reallocarray(textv, size, sizeof(*textv), NULL);
		if (!textv) {
			prepare->err = ENOMEM;
			return;
		}
		prepare->textv = textv;
		prepare->size = size;
	}

	textv += prepare->textc;
	memset(textv, 0, sizeof(*textv));
	textv->prepare = prepare;
	textv->voice = voice;
	prepare->err = str_dup(&textv->words, words);
	prepare->textc++;
}

/* In every voice that the calls of this script may get. */
static void literal_handler(const char *words, void *arg)
{
	struct prepare *prepare = arg;
	const struct flow_voice *voice = flow_script_voice(prepare->script);
	size_t voices = *voice->voice || !voice->voicec ? 1 : voice->voicec;

	for (size_t i = 0; i < voices && !prepare->err; i++)
		text_add(prepare, words, i);
}

static void ask(struct prepare *prepare);

static void ready(struct prepare *prepare)
{
	prepare->done(*prepare->fault ? prepare->fault : NULL, prepare->arg);
	mem_deref(prepare);
}

static void made_handler(struct voice_sound *sound, const char *fault,
                         void *arg)
{
	struct text *text = arg;
	struct prepare *prepare = text->prepare;

	prepare->made++;
	if (!sound && !*prepare->fault)
		(void)snprintf(prepare->fault, sizeof(prepare->fault),
		               "\"%.60s\": %s", text->words, fault);
	if (prepare->progress)
		prepare->progress(prepare->made, prepare->textc, prepare->arg);

	ask(prepare);
	if (prepare->made == prepare->asked)
		ready(prepare);
}

static int text_ask(struct text *text)
{
	struct prepare *prepare = text->prepare;
	const struct flow_voice *voice = flow_script_voice(prepare->script);
	struct voice_prm prm;

	calls_voice(prepare->calls, prepare->script, &prm);
	prm.text = text->words;
	if (!*voice->voice && voice->voicec)
		prm.name = voice->voicev[text->voice];

	return voices_get(&text->request, prepare->calls->prm.voices, &prm,
	                  prepare->rate_hz, made_handler, text);
}

/* As many at a time as keep the voices busy; none after the first fault. */
static void ask(struct prepare *prepare)
{
	while (!*prepare->fault && prepare->asked < prepare->textc &&
	       prepare->asked - prepare->made < PREPARE_MAX) {
		int err = text_ask(&prepare->textv[prepare->asked]);

		if (err) {
			(void)snprintf(prepare->fault, sizeof(prepare->fault),
			               "prompts: %s", strerror(err));
			return;
		}
		prepare->asked++;
	}
}

static void begin_handler(void *arg)
{
	struct prepare *prepare = arg;

	ask(prepare);
	if (prepare->made == prepare->asked)
		ready(prepare);
}

/* The grammar of the first question; the others follow while it is asked. */
static void grammar_prepare(struct prepare *prepare)
{
	struct asr_prm prm = {.rate_hz = prepare->rate_hz, .params = ""};
	struct flow_session *sess = NULL;
	struct flow_turn turn;

	if (flow_session_alloc(&sess, prepare->script, "prepare", NULL, 0))
		return;
	if (!flow_start(sess, &turn) && !turn.is_over) {
		calls_expect(prepare->script, sess, &prm);
		if (prepare->calls->reception.is_on)
			reception_hints(&prepare->calls->reception, &prm, false,
			                prepare->hintv);
		asr_prepare(prepare->calls->prm.asr, &prm);
	}
	mem_deref(sess);
}

int calls_prepare(struct calls *calls, struct flow_script *script,
                  uint32_t rate_hz,
                  void (*progress)(size_t made, size_t of, void *arg),
                  call_ready_h *done, void *arg)
{
	const struct flow_voice *voice = flow_script_voice(script);
	const char *missing;
	struct prepare *prepare;
	int err;

	assert(calls && script && done);

	prepare = mem_zalloc(sizeof(*prepare), prepare_destructor);
	if (!prepare)
		return ENOMEM;

	prepare->calls = calls;
	prepare->script = mem_ref(script);
	prepare->rate_hz = audio_rate_for(rate_hz);
	prepare->progress = progress;
	prepare->done = done;
	prepare->arg = arg;

	missing = voices_missing(calls->prm.voices,
	                         flow_script_language(script), voice->voice);
	if (missing)
		(void)snprintf(prepare->fault, sizeof(prepare->fault), "%s",
		               missing);
	flow_script_literals(script, literal_handler, prepare);
	grammar_prepare(prepare);

	err = prepare->err;
	if (!err)
		err = tickbox_report(begin_handler, prepare);
	if (err)
		mem_deref(prepare);

	return err;
}
