/*
 * cli/alike.c - which answers of a script the recogniser cannot tell apart
 *
 * Each node is asked for itself: the script is loaded again with that node as
 * its start, so that the phrases in force and where each of them leads are
 * those of a real call.
 */
#include <jansson.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "cli/alike.h"
#include "cli/scriptat.h"
#include "cli/talk.h"
#include "speech/aloud.h"
#include "speech/said.h"
#include "speech/wordbook.h"

enum {
	LINE_HZ = 8000,
	PHRASES_MAX = 400, /* of one question */
	VOICES_MAX = 4,
	VOICE_SIZE = 48,
	PATH_SIZE = 64,
	TEXT_SIZE = 512,
	MESSAGE_SIZE = 1024,
	PAUSE_MS = 200, /* the line before and behind an answer */
	SHARE_MANY = 2, /* voices in three: then it is worth a warning */
	SHARE_ALL = 3,
};

struct alike {
	const struct alike_prm *prm;
	FILE *out;
	json_t *root;
	struct wordbook *book; /* NULL: none is configured */
	char voicev[VOICES_MAX][VOICE_SIZE];
	char soundv[VOICES_MAX][VOICE_SIZE]; /* that read sounds too */
	size_t voicec;
	size_t foundc;

	/* The question that is asked. */
	struct flow_script *script;
	const struct flow_listen *listen;
	const char *node;
	char path[PATH_SIZE];
	const char *const *phrasev;
	size_t phrasec;
	bool is_complete;
	json_t *seen; /* questions and answers that were tried */

	/* The answer that is waited for. */
	struct voice_sound *sound;
	char heard[TEXT_SIZE];
	int err;
};

/* --- saying and hearing ----------------------------------------------------
 */

static void voice_handler(struct voice_sound *sound, const char *fault,
                          void *arg)
{
	struct alike *alike = arg;

	alike->sound = mem_ref(sound);
	if (fault)
		fprintf(stderr, "dialwright: %s\n", fault);
	env_wake(alike->prm->env);
}

static int say(struct alike *alike, const char *text, size_t voice)
{
	const struct voice_prm prm = {
		.text = text,
		.lang = flow_script_language(alike->script),
		.name = strstr(text, "[[") ? alike->soundv[voice]
	                                   : alike->voicev[voice],
	};
	struct voice_request *request = NULL;
	int err;

	alike->sound = mem_deref(alike->sound);
	err = voices_get(&request, alike->prm->env->voices, &prm, LINE_HZ,
	                 voice_handler, alike);
	if (!err)
		err = env_wait(alike->prm->env);
	mem_deref(request);

	return err || alike->sound ? err : EIO;
}

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct alike *alike = arg;

	(void)snprintf(alike->heard, sizeof(alike->heard), "%s", phrase->text);
}

static void closed_handler(int err, void *arg)
{
	struct alike *alike = arg;

	alike->err = err;
	env_wake(alike->prm->env);
}

static int hear(struct alike *alike)
{
	static const int16_t pausev[LINE_HZ * PAUSE_MS / 1000];
	const struct asr_sink sink = {
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = alike,
	};
	const struct asr_prm prm = {
		.lang = flow_script_language(alike->script),
		.hintv = alike->phrasev,
		.hintc = alike->phrasec,
		.is_closed = alike->is_complete,
		.rate_hz = LINE_HZ,
		.params = alike->listen->asr_params.text,
		.hot_word = alike->listen->hot_word,
		.pronounce = alike->listen->pronounce,
	};
	struct asr *asr = alike->prm->env->asr;
	struct asr_stream *stream = NULL;
	int err;

	alike->heard[0] = '\0';
	err = asr_open(&stream, asr, &prm, &sink);
	if (!err)
		err = asr_feed(asr, stream, pausev, ARRAY_COUNT(pausev));
	if (!err)
		err = asr_feed(asr, stream, alike->sound->pcm,
		               alike->sound->count);
	if (!err)
		err = asr_feed(asr, stream, pausev, ARRAY_COUNT(pausev));
	if (!err)
		err = asr_finish(asr, stream, 0);
	if (!err)
		err = env_wait(alike->prm->env);
	mem_deref(stream);

	return err ? err : alike->err;
}

/* --- what an answer means ----------------------------------------------------
 */

static int begin(struct flow_session **sessp, struct alike *alike)
{
	struct flow_turn turn;
	int err;

	err = flow_session_alloc(sessp, alike->script, "check", NULL, 0);
	if (!err)
		err = flow_start(*sessp, &turn);
	if (err)
		return err;

	/* It is the script's own. */
	for (size_t i = 0; i < turn.effectc; i++) {
		if (turn.effectv[i].kind == FLOW_DO_PLAY)
			alike->listen = turn.effectv[i].play.listen;
	}

	return alike->listen ? 0 : EINVAL;
}

/* The condition that an answer meets, "" for none. One that the robot would
 * ask back about means what it says. */
static int meaning_of(char meaning[TEXT_SIZE], struct alike *alike,
                      const char *answer)
{
	struct flow_session *sess = NULL;
	char text[TEXT_SIZE + 1];
	struct flow_turn turn;
	int err;

	meaning[0] = '\0';
	answer += *answer == '?';
	if (!*answer)
		return 0;

	(void)snprintf(text, sizeof(text), "F%s", answer);
	err = begin(&sess, alike);
	if (!err)
		err = flow_feed(
			sess,
			&(struct flow_input){.kind = FLOW_TEXT, .args = text},
			0, &turn);
	if (!err && turn.stepc)
		(void)snprintf(meaning, TEXT_SIZE, "%s/%s",
		               turn.stepv[0].condition_id,
		               turn.stepv[0].response_id);
	mem_deref(sess);

	return err;
}

/* --- one question ------------------------------------------------------------
 */

static void warn(struct alike *alike, const char *message)
{
	const struct flow_fault fault = {
		.level = FLOW_WARNING,
		.path = alike->path,
		.node = alike->node,
		.message = message,
	};

	alike->foundc++;
	if (alike->prm->is_json)
		talkjson_fault(alike->out, &fault);
	else
		(void)fprintf(alike->out, "warning  %s  (%s)\n         %s\n",
		              fault.path, fault.node, message);
	(void)fflush(alike->out);
}

/* What is understood anywhere is tried at the first node that hears it. */
static bool is_tried(struct alike *alike, const char *phrase,
                     const char *meaning)
{
	char key[2 * TEXT_SIZE];
	bool is_old;

	(void)snprintf(key, sizeof(key), "%s\n%.500s", meaning, phrase);
	is_old = json_object_get(alike->seen, key) != NULL;
	(void)json_object_set_new(alike->seen, key, json_true());

	return is_old;
}

/* What became of an answer that all voices said. */
struct tried {
	size_t missedc;        /* not understood */
	size_t otherc;         /* taken for another */
	char other[TEXT_SIZE]; /* that one */
};

static int try_voices(struct tried *tried, struct alike *alike,
                      const char *text, const char *meant)
{
	char got[TEXT_SIZE];
	int err = 0;

	for (size_t i = 0; i < alike->voicec && !err; i++) {
		err = say(alike, text, i);
		if (!err)
			err = hear(alike);
		if (!err)
			err = meaning_of(got, alike, alike->heard);
		if (err)
			break;
		if (!*alike->heard) {
			tried->missedc++;
		}
		else if (strcmp(meant, got)) {
			tried->otherc++;
			(void)snprintf(tried->other, TEXT_SIZE, "%s",
			               alike->heard);
		}
	}

	return err;
}

static void judge(struct alike *alike, const char *phrase,
                  const struct tried *tried)
{
	char message[MESSAGE_SIZE];

	if (tried->otherc) {
		(void)snprintf(message, sizeof(message),
		               "\"%.200s\" sounds like \"%.200s\" to the "
		               "recogniser (%zu of %zu voices): word one of "
		               "them differently, or offer keys",
		               phrase, tried->other, tried->otherc,
		               alike->voicec);
		warn(alike, message);
	}
	else if (tried->missedc * SHARE_ALL >= alike->voicec * SHARE_MANY) {
		(void)snprintf(message, sizeof(message),
		               "\"%.200s\" is hardly understood (not by %zu of "
		               "%zu voices): a longer wording beside it is "
		               "heard better, keys always; if it sounds "
		               "otherwise than it is written, asr.pronounce "
		               "says how",
		               phrase, tried->missedc, alike->voicec);
		warn(alike, message);
	}
}

/* As its author says that it sounds. */
static int text_of(char **textp, struct alike *alike, const char *phrase)
{
	const char *lang = flow_script_language(alike->script);
	const struct said_prm prm = {
		.lang = lang,
		.listv = {alike->listen->pronounce,
	                  wordbook_list(alike->book, lang),
	                  wordbook_list(alike->book, "")},
	};

	return said_text(textp, phrase, &prm);
}

static int try_phrase(struct alike *alike, const char *phrase)
{
	struct tried tried = {0};
	char meant[TEXT_SIZE];
	char *text = NULL;
	int err;

	err = meaning_of(meant, alike, phrase);
	if (!err && is_tried(alike, phrase, meant))
		return 0;
	if (!err)
		err = text_of(&text, alike, phrase);
	/* Phones of English: no voice of another language has them. */
	if (err == ENOTSUP)
		return 0;
	if (!err)
		err = try_voices(&tried, alike, text, meant);
	mem_deref(text);
	if (err)
		return err;

	judge(alike, phrase, &tried);

	return 0;
}

/* The text is the caller's to mem_deref(). */
static int dump(char **textp, const json_t *json)
{
	size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
	char *text;

	text = len ? mem_zalloc(len + 1, NULL) : NULL;
	if (!text)
		return ENOMEM;
	(void)json_dumpb(json, text, len, JSON_COMPACT);
	*textp = text;

	return 0;
}

/* Whether the same phrases were asked for at another node. */
static bool is_seen(struct alike *alike)
{
	json_t *list = json_array();
	char *key = NULL;
	bool is_old;

	for (size_t i = 0; i < alike->phrasec; i++)
		(void)json_array_append_new(list,
		                            json_string(alike->phrasev[i]));
	is_old = dump(&key, list) || json_object_get(alike->seen, key);
	if (key)
		(void)json_object_set_new(alike->seen, key, json_true());
	mem_deref(key);
	json_decref(list);

	return is_old;
}

static int ask(struct alike *alike)
{
	struct flow_session *sess = NULL;
	int err;

	err = begin(&sess, alike);
	if (!err)
		err = flow_session_phrases(sess, &alike->phrasev,
		                           &alike->phrasec, &alike->is_complete,
		                           PHRASES_MAX);
	if (err || !alike->phrasec || is_seen(alike))
		goto out;

	for (size_t i = 0; i < alike->phrasec && !err; i++) {
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r\033[K%s: %zu of %zu answers",
			        alike->node, i + 1, alike->phrasec);
		/* A gap may be filled with anything. */
		if (!strchr(alike->phrasev[i], '*'))
			err = try_phrase(alike, alike->phrasev[i]);
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);

out:
	mem_deref(sess);

	return err;
}

static int ask_all(struct alike *alike)
{
	const json_t *flow = json_object_get(alike->root, "flow");
	size_t i;
	json_t *node;
	int err = 0;

	json_array_foreach(flow, i, node)
	{
		const json_t *action = json_object_get(node, "action");
		const json_t *id = json_object_get(node, "id");

		if (!json_is_string(id) ||
		    strcmp(json_string_value(action) ? json_string_value(action)
		                                     : "",
		           "playback"))
			continue;
		alike->node = json_string_value(id);
		(void)snprintf(alike->path, sizeof(alike->path),
		               "flow[%zu].children", i);
		alike->script = mem_deref(alike->script);
		err = scriptat_load(&alike->script, alike->root, alike->node);
		if (!err)
			err = ask(alike);
		if (err)
			break;
	}

	return err;
}

/* Voices that differ: people will differ more. */
static void choose_voices(struct alike *alike, const char *lang)
{
	static const char *const englishv[] = {"flite:slt", "flite:rms",
	                                       "espeak:en-us+f2"};
	static const char *const variantv[] = {"", "+f2", "+m3"};

	alike->voicec = ARRAY_COUNT(variantv);
	for (size_t i = 0; i < alike->voicec; i++) {
		bool is_english = aloud_is_english(lang);

		(void)snprintf(alike->soundv[i], VOICE_SIZE, "espeak:%.20s%s",
		               is_english ? "en-us" : lang, variantv[i]);
		(void)snprintf(alike->voicev[i], VOICE_SIZE, "%s",
		               is_english ? englishv[i] : alike->soundv[i]);
	}
}

int alike_run(FILE *out, size_t *foundp, const struct alike_prm *prm)
{
	struct alike alike = {.prm = prm, .out = out};
	const char *book = cfg_text(prm->env->cfg, "sphinx", "pronounce");
	char fault[CFG_FAULT_SIZE];
	const json_t *language;
	int err;

	alike.root = json_load_file(prm->path, 0, NULL);
	alike.seen = json_object();
	if (!alike.root || !alike.seen) {
		err = EINVAL;
		goto out;
	}

	language = json_object_get(alike.root, "language");
	choose_voices(&alike, json_is_string(language)
	                              ? json_string_value(language)
	                              : "en");
	/* The recogniser has read it without a fault. */
	err = *book ? wordbook_alloc(&alike.book, book, fault) : 0;
	if (!err)
		err = ask_all(&alike);
	*foundp = alike.foundc;

out:
	mem_deref(alike.sound);
	mem_deref(alike.script);
	mem_deref(alike.book);
	json_decref(alike.root);
	json_decref(alike.seen);

	return err;
}
