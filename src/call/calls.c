/*
 * call/calls.c - what all calls share, and getting ready for a script
 */
#include <assert.h>
#include <stdio.h>
#include "base/log.h"
#include "call/calls.h"
#include "call/audio.h"

enum {
	USUAL_HZ = 8000,     /* before a call was answered */
	ROTATIONS_MAX = 256, /* scripts whose turn is remembered */
};

/* Whose turn it is among the voices of a script. */
struct rotation {
	struct le le;
	char *script;
	size_t turn;
};

static const struct cfg_key keyv[] = {
	/* clang-format off */
	{"fade_ms", CFG_NUMBER, "20", "0..40",
	 "Fade of a prompt that is cut or paused."},
	{"preroll_ms", CFG_NUMBER, "300", "0..400",
	 "Sound from before the first voice that the recogniser gets too."},
	{"answer_ms", CFG_NUMBER, "1600", "500..60000",
	 "So long after the last sound of a sentence its text must be there; "
	 "all recognisers of the list share it, then the script gets "
	 "ERROR(). More than 1600 may be heard as two seconds of silence. "
	 "Where this machine's recogniser is the only one it has two seconds "
	 "more, which it needs on an overloaded machine alone."},
	{"slow_ms", CFG_NUMBER, "300", "0..60000",
	 "A text that comes later than this behind the end of its sentence is "
	 "counted as slow (dialwright_recognition_slow_total)."},
	{"late_percent", CFG_NUMBER, "60", "0..100",
	 "A text that needs longer than this part of answer_ms behind the end "
	 "of its sentence is late, as is one that never comes. Where most "
	 "are, or most ticks of the sound, this machine has too much to do: "
	 "fewer calls at a time are begun until they are in time again, those "
	 "in hand go on. 0: never fewer."},
	{"late_s", CFG_NUMBER, "30", "1..3600",
	 "So long they have to be late, without a pause, before the calls at a "
	 "time are halved."},
	{"voice_ms", CFG_NUMBER, "1200", "100..60000",
	 "So long a sentence that is spoken for the first time may take to "
	 "be made; all voices that speak the language share it. A sound of "
	 "the web that somebody waits for has as long."},
	{"offline_prompt", CFG_TEXT, "", NULL,
	 "Sound file (\"we will call back\") that is played once in a call "
	 "when no voice can speak, before the script gets ERROR()."},
	{"digit_ms", CFG_NUMBER, "3000", "100..60000",
	 "Keys without a terminator are taken after so long without another."},
	{"margin_db", CFG_NUMBER, "8", "3..40",
	 "Voice is so much louder than the floor of the line."},
	{"echo_db", CFG_NUMBER, "20", "0..60",
	 "Our own voice comes back at least so much weaker; what is below "
	 "that interrupts no prompt."},
	{"ahead", CFG_NUMBER, "4", "1..64",
	 "Prompts made at a time before they are needed: as many as the voices "
	 "speak at once."},
	{"web_cache_mb", CFG_NUMBER, "200", "1..1000000",
	 "Sounds of the web kept as files; the oldest are removed."},
	{"web_ms", CFG_NUMBER, "5000", "100..60000",
	 "How long the web may take for a sound that is fetched before it is "
	 "needed."},
	{"recogniser_calls", CFG_NUMBER, "0", "0..10000",
	 "Calls at once that the recogniser can listen to; 0: any. A campaign "
	 "calls nobody whom no robot could talk to."},
	{"voice_calls", CFG_NUMBER, "0", "0..10000",
	 "Calls at once that the voices can speak in; 0: any."},
	{"media_calls", CFG_NUMBER, "0", "0..10000",
	 "Calls at once whose sound this machine carries; 0: any."},
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

	assert(list_isempty(&calls->livel) && list_isempty(&calls->pairl));
	mem_deref(calls->relief);
	reception_prm_clear(&calls->reception);
	mem_deref(calls->partings);
	mem_deref(calls->ahead);
	mem_deref(calls->web);
	mem_deref(calls->offline);
	mem_deref(calls->clips);
	mem_deref(calls->recordings);
	list_flush(&calls->rotationl);
}

/* The scarcest of what a talk needs; 0: any number of them. */
static unsigned robots_max(const struct cfg *cfg)
{
	static const char *const keyv_of_limits[] = {
		"recogniser_calls", "voice_calls", "media_calls"};
	uint64_t least = 0;

	for (size_t i = 0; i < ARRAY_COUNT(keyv_of_limits); i++) {
		uint64_t limit = cfg_number(cfg, "talk", keyv_of_limits[i]);

		if (limit && (!least || limit < least))
			least = limit;
	}

	return (unsigned)least;
}

int calls_reserve(struct calls *calls)
{
	if (calls->robots_max &&
	    list_count(&calls->livel) + calls->reserved >= calls->robots_max)
		return EBUSY;
	if (!relief_has_room(calls->relief))
		return EAGAIN;

	calls->reserved++;

	return 0;
}

void calls_release(struct calls *calls)
{
	assert(calls->reserved);

	calls->reserved--;
}

unsigned calls_limit(const struct calls *calls)
{
	return relief_limit(calls->relief);
}

static int web_open(struct calls *calls)
{
	const struct cfg *cfg = calls->prm.cfg;
	const struct webcache_prm prm = {
		.http = calls->prm.http,
		.pool = calls->prm.pool,
		.folder = calls->prm.web_sounds,
		.bytes_max = cfg_number(cfg, "talk", "web_cache_mb") << 20,
		.whole_ms = (uint32_t)cfg_number(cfg, "talk", "web_ms"),
	};

	return webcache_alloc(&calls->web, &prm);
}

int calls_alloc(struct calls **callsp, const struct calls_prm *prm)
{
	char fault[CFG_FAULT_SIZE] = "";
	struct calls *calls;
	int err;

	assert(callsp && prm && prm->cfg && prm->pool && prm->asr &&
	       prm->voices && prm->http && prm->web_sounds);

	calls = mem_zalloc(sizeof(*calls), destructor);
	if (!calls)
		return ENOMEM;

	calls->prm = *prm;
	calls->rate_hz = USUAL_HZ;
	calls->robots_max = robots_max(prm->cfg);
	calls->fade_ms = (uint32_t)cfg_number(prm->cfg, "talk", "fade_ms");
	calls->preroll_ms =
		(uint32_t)cfg_number(prm->cfg, "talk", "preroll_ms");
	calls->answer_ms = (uint32_t)cfg_number(prm->cfg, "talk", "answer_ms");
	calls->slow_ms = (uint32_t)cfg_number(prm->cfg, "talk", "slow_ms");
	calls->voice_ms = (uint32_t)cfg_number(prm->cfg, "talk", "voice_ms");
	calls->digit_ms = (uint32_t)cfg_number(prm->cfg, "talk", "digit_ms");
	calls->margin_db = (float)cfg_number(prm->cfg, "talk", "margin_db");
	calls->echo_db = (float)cfg_number(prm->cfg, "talk", "echo_db");

	err = relief_alloc(&calls->relief, calls);
	if (!err)
		err = clips_alloc(&calls->clips, prm->pool,
		                  cfg_number(prm->cfg, "talk", "files_mb")
		                          << 20);
	if (!err)
		err = web_open(calls);
	if (!err)
		err = ahead_alloc(
			&calls->ahead,
			(unsigned)cfg_number(prm->cfg, "talk", "ahead"));
	if (!err && prm->recordings)
		err = str_dup(&calls->recordings, prm->recordings);
	if (!err)
		complaint_read(&calls->complaint, prm->cfg);
	if (!err)
		err = reception_prm_read(&calls->reception, prm->cfg, fault);
	if (!err)
		err = offline_alloc(
			&calls->offline,
			cfg_text(prm->cfg, "talk", "offline_prompt"), fault);
	if (err && *fault)
		log_error("call", "%s", fault);

	if (err)
		mem_deref(calls);
	else
		*callsp = calls;

	return err;
}

/* All but the text, and the voice where several take turns. */
static void voice_of(const struct flow_script *script, struct voice_prm *prm)
{
	const struct flow_voice *voice = flow_script_voice(script);

	*prm = (struct voice_prm){
		.text = "",
		.lang = flow_script_language(script),
		.name = voice->voice,
		.config = voice->config,
		.engine = voice->engine,
		.url = voice->url,
		.volume = voice->volume,
		.speechrate = voice->speechrate,
		.pitchrate = voice->pitchrate,
	};
}

static void rotation_destructor(void *arg)
{
	struct rotation *rotation = arg;

	list_unlink(&rotation->le);
	mem_deref(rotation->script);
}

/* By name: a script that was read again goes on where it was. NULL without
 * memory. */
static struct rotation *rotation_of(struct calls *calls, const char *script)
{
	struct rotation *rotation;
	struct le *le;

	LIST_FOREACH (&calls->rotationl, le) {
		rotation = le->data;
		if (!strcmp(rotation->script, script))
			return rotation;
	}

	rotation = mem_zalloc(sizeof(*rotation), rotation_destructor);
	if (!rotation)
		return NULL;
	if (str_dup(&rotation->script, script))
		return mem_deref(rotation);

	if (list_count(&calls->rotationl) == ROTATIONS_MAX)
		mem_deref(list_ledata(list_head(&calls->rotationl)));
	list_append(&calls->rotationl, &rotation->le, rotation);

	return rotation;
}

void calls_voice(struct calls *calls, const struct flow_script *script,
                 struct voice_prm *prm)
{
	const struct flow_voice *voice = flow_script_voice(script);
	struct rotation *rotation;

	voice_of(script, prm);
	prm->turn = calls->voice_turn++;
	if (*voice->voice || !voice->voicec)
		return;

	rotation = rotation_of(calls, flow_script_name(script));
	prm->name =
		voice->voicev[rotation ? rotation->turn++ % voice->voicec : 0];
}

void calls_warm(struct calls *calls, const struct flow_script *script)
{
	const struct asr_prm prm = {
		.rate_hz = calls->rate_hz,
		.lang = flow_script_language(script),
		.params = "",
	};

	asr_warm(calls->prm.asr, &prm);
	voices_warm(calls->prm.voices);
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

struct prepare {
	struct calls *calls;
	struct flow_script *script;
	uint32_t rate_hz;
	const char *hintv[RECEPTION_HINTS_MAX];
	struct ahead_batch *batch;
	struct ahead_sink sink; /* the caller's */
	char fault[CFG_FAULT_SIZE];
	int err;
};

static void prepare_destructor(void *arg)
{
	struct prepare *prepare = arg;

	mem_deref(prepare->batch);
	mem_deref(prepare->script);
}

/* In every voice that the calls of this script may get. */
static void literal_handler(const char *item, void *arg)
{
	struct prepare *prepare = arg;
	const struct flow_voice *voice = flow_script_voice(prepare->script);
	enum prompt_kind kind = prompt_kind(item, &item);
	size_t voices = *voice->voice || !voice->voicec ? 1 : voice->voicec;
	size_t turns = voices_turns(prepare->calls->prm.voices);
	struct voice_prm prm;

	if (kind == PROMPT_HTTP)
		voices = turns = 1;
	else if (kind != PROMPT_TEXT)
		return;

	voice_of(prepare->script, &prm);
	for (size_t i = 0; i < voices * turns && !prepare->err; i++) {
		if (!*voice->voice && voice->voicec)
			prm.name = voice->voicev[i / turns];
		prm.turn = (unsigned)(i % turns);
		prepare->err = ahead_add(prepare->batch, item, &prm);
	}
}

static void progress_handler(size_t made, size_t of, void *arg)
{
	struct prepare *prepare = arg;

	if (prepare->sink.progress)
		prepare->sink.progress(made, of, prepare->sink.arg);
}

static void ready_handler(const char *fault, void *arg)
{
	struct prepare *prepare = arg;

	prepare->sink.done(*prepare->fault ? prepare->fault : fault,
	                   prepare->sink.arg);
	mem_deref(prepare);
}

/* How the first question listens; NULL: nothing is asked. */
static const struct flow_listen *first_listen(const struct flow_turn *turn)
{
	for (size_t i = 0; i < turn->effectc; i++) {
		if (turn->effectv[i].kind == FLOW_DO_PLAY)
			return turn->effectv[i].play.listen;
	}

	return NULL;
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
		const struct flow_listen *listen = first_listen(&turn);

		if (listen) {
			prm.hot_word = listen->hot_word;
			prm.pronounce = listen->pronounce;
		}
		calls_expect(prepare->script, sess, &prm);
		if (prepare->calls->reception.is_on)
			reception_hints(&prepare->calls->reception, &prm, false,
			                prepare->hintv);
		asr_prepare(prepare->calls->prm.asr, &prm);
	}
	mem_deref(sess);
}

int calls_batch(struct ahead_batch **batchp, struct calls *calls,
                const struct flow_script *script, uint32_t rate_hz,
                const struct ahead_sink *sink)
{
	const struct prompt_prm prm = {
		.voices = calls->prm.voices,
		.clips = calls->clips,
		.web = calls->web,
		.recordings = flow_script_recordings(script),
		.rate_hz = rate_hz,
	};

	return ahead_batch_alloc(batchp, calls->ahead, &prm, sink);
}

/* What is to be made; nothing when it is clear that it cannot be. */
static int prepare_fill(struct prepare *prepare)
{
	const struct ahead_sink sink = {progress_handler, ready_handler,
	                                prepare};
	const struct flow_voice *voice = flow_script_voice(prepare->script);
	struct calls *calls = prepare->calls;
	const char *missing;
	int err;

	err = calls_batch(&prepare->batch, calls, prepare->script,
	                  prepare->rate_hz, &sink);
	if (err)
		return err;

	missing = voices_missing(calls->prm.voices,
	                         flow_script_language(prepare->script),
	                         voice->voice);
	if (missing)
		(void)snprintf(prepare->fault, sizeof(prepare->fault), "%s",
		               missing);
	else
		flow_script_literals(prepare->script, literal_handler, prepare);
	grammar_prepare(prepare);

	return prepare->err;
}

int calls_prepare(struct calls *calls, struct flow_script *script,
                  uint32_t rate_hz,
                  void (*progress)(size_t made, size_t of, void *arg),
                  call_ready_h *done, void *arg)
{
	struct prepare *prepare;
	int err;

	assert(calls && script && done);

	prepare = mem_zalloc(sizeof(*prepare), prepare_destructor);
	if (!prepare)
		return ENOMEM;

	prepare->calls = calls;
	prepare->script = mem_ref(script);
	prepare->rate_hz = audio_rate_for(rate_hz);
	prepare->sink = (struct ahead_sink){progress, done, arg};

	err = prepare_fill(prepare);
	if (!err)
		err = ahead_start(prepare->batch);
	if (err)
		mem_deref(prepare);

	return err;
}
