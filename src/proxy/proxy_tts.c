/*
 * proxy/proxy_tts.c - GET /tts: a text as WAV, from the cache or as it is made
 *
 * The interface of seed installations (C011, C012, C015-C020): config chooses
 * the group, 0 is the default of volume, rate and pitch. `engine` is taken and
 * changes nothing: none of our voices has two ways to speak.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/wav.h"
#include "proxy/proxy_parts.h"

enum {
	POLL_MS = 10, /* how often a sound that grows is looked at */
	PIECE_SAMPLES = 4096,
	SCALE_MAX = 100,
	VOICE_SIZE = 96,
};

struct speech {
	struct le le; /* of the proxy, which owns it */
	struct httpd_request *req;
	struct voice_request *request;
	struct voice_sound *sound; /* that grows */
	size_t sent;               /* samples of it */
	struct tmr tmr;
	uint32_t rate_hz;
	bool is_done;
};

static void destructor(void *arg)
{
	struct speech *speech = arg;

	tmr_cancel(&speech->tmr);
	list_unlink(&speech->le);
	mem_deref(speech->request);
	mem_deref(speech->sound);
	mem_deref(speech->req);
}

/* --- a sound that grows -----------------------------------------------------
 */

/* Sends what is there; whether the client takes more. */
static bool pieces_send(struct speech *speech, size_t ready)
{
	while (speech->sent < ready) {
		size_t n = ready - speech->sent;
		int err;

		if (n > PIECE_SAMPLES)
			n = PIECE_SAMPLES;
		err = httpd_stream_write(speech->req,
		                         speech->sound->pcm + speech->sent,
		                         n * sizeof(int16_t));
		if (err)
			return false;
		speech->sent += n;
	}

	return true;
}

static void poll_handler(void *arg)
{
	struct speech *speech = arg;
	bool is_whole = speech->is_done;
	size_t ready = atomic_load(&speech->sound->ready);

	if (pieces_send(speech, ready) && is_whole) {
		httpd_stream_end(speech->req);
		mem_deref(speech);
		return;
	}
	tmr_start(&speech->tmr, POLL_MS, poll_handler, speech);
}

static void gone_handler(void *arg)
{
	mem_deref(arg);
}

static void begun_handler(struct voice_sound *sound, void *arg)
{
	struct speech *speech = arg;
	const struct httpd_stream_sink sink = {
		.gone = gone_handler,
		.arg = speech,
	};
	uint8_t header[WAV_HEADER_SIZE];

	speech->sound = mem_ref(sound);
	wav_header(header, speech->rate_hz, 1, UINT32_MAX);
	if (httpd_stream(speech->req, 200, "audio/wav", &sink) ||
	    httpd_stream_write(speech->req, header, sizeof(header)))
		mem_deref(speech);
	else
		poll_handler(speech);
}

/* --- a whole one
 * -------------------------------------------------------------- */

static void whole_send(struct speech *speech, const struct voice_sound *sound)
{
	size_t bytes = sound->count * sizeof(int16_t);
	uint8_t *wav = mem_zalloc(WAV_HEADER_SIZE + bytes, NULL);

	if (wav) {
		wav_header(wav, sound->rate_hz, 1, (uint32_t)bytes);
		memcpy(wav + WAV_HEADER_SIZE, sound->pcm, bytes);
		(void)httpd_reply_bytes(speech->req, "audio/wav", wav,
		                        WAV_HEADER_SIZE + bytes);
	}
	mem_deref(wav);
}

static void done_handler(struct voice_sound *sound, const char *fault,
                         void *arg)
{
	struct speech *speech = arg;

	if (speech->sound && sound) {
		speech->is_done = true;
		return;
	}

	/* What began and failed is broken off, so that it is not taken for the
	 * whole. */
	if (sound)
		whole_send(speech, sound);
	else if (!speech->sound)
		proxy_refuse(speech->req, 502, NULL, fault,
		             "Try again, another voice, or another config.");
	mem_deref(speech);
}

/* --- what is asked
 * -------------------------------------------------------------- */

/* 0 to 100; without, 0. */
static bool scale_take(int *valuep, struct httpd_request *req, const char *name)
{
	const char *text = httpd_query(req, name);
	char *end = NULL;
	long value;

	*valuep = 0;
	if (!text || !*text)
		return true;

	value = strtol(text, &end, 10);
	if (!*end && value >= 0 && value <= SCALE_MAX) {
		*valuep = (int)value;
		return true;
	}
	proxy_refuse(req, 400, name, "This is a number from 0 to 100.",
	             "0 is the default, 50 as well, 100 the most.");

	return false;
}

/* "SERVICE:VOICE": the group's voice, and of it the one asked for. */
static void voice_join(char name[VOICE_SIZE], const struct proxy_group *group,
                       const char *voice)
{
	const char *own = group->voice;

	if (!voice || !*voice)
		(void)snprintf(name, VOICE_SIZE, "%s", own);
	else if (!*own || strchr(voice, ':'))
		(void)snprintf(name, VOICE_SIZE, "%s", voice);
	else
		(void)snprintf(name, VOICE_SIZE, "%.*s:%s",
		               (int)strcspn(own, ":"), own, voice);
}

static bool text_check(struct httpd_request *req, const char *text)
{
	if (!text || !text[strspn(text, " \t\r\n")]) {
		proxy_refuse(req, 400, "text", "There is nothing to say.",
		             "Send text=… as UTF-8, URL-encoded.");
		return false;
	}
	if (strlen(text) > VOICE_TEXT_MAX) {
		proxy_refuse(req, 413, "text", "The text is too long.",
		             "Send at most 10000 bytes, or several texts.");
		return false;
	}

	return true;
}

static bool prm_take(struct voice_prm *prm, struct httpd_request *req,
                     const struct proxy_group *group, char name[VOICE_SIZE])
{
	const char *lang = httpd_query(req, "lang");

	prm->text = httpd_query(req, "text");
	if (!text_check(req, prm->text) ||
	    !scale_take(&prm->volume, req, "volume") ||
	    !scale_take(&prm->speechrate, req, "speechrate") ||
	    !scale_take(&prm->pitchrate, req, "pitchrate"))
		return false;

	prm->lang = lang && *lang ? lang : group->lang;
	voice_join(name, group, httpd_query(req, "voice"));
	prm->name = name;

	return true;
}

static bool rate_take(uint32_t *ratep, struct httpd_request *req,
                      const struct proxy *proxy)
{
	const char *text = httpd_query(req, "rate");

	*ratep = text && *text ? (uint32_t)strtoul(text, NULL, 10)
	                       : proxy->rate_hz;
	if (*ratep == 8000 || *ratep == 16000)
		return true;
	proxy_refuse(req, 400, "rate", "Voices speak at 8000 or 16000.",
	             "Leave it out, or take one of these.");

	return false;
}

static int speech_begin(struct proxy *proxy, struct httpd_request *req,
                        const struct voice_prm *prm, uint32_t rate_hz)
{
	struct voice_sink sink = {
		.begun = begun_handler,
		.done = done_handler,
	};
	struct speech *speech = mem_zalloc(sizeof(*speech), destructor);
	int err;

	if (!speech)
		return ENOMEM;

	tmr_init(&speech->tmr);
	speech->rate_hz = rate_hz;
	speech->req = mem_ref(req);
	list_append(&proxy->clientl, &speech->le, speech);
	sink.arg = speech;
	err = voices_get_live(&speech->request, proxy->voices, prm, rate_hz,
	                      &sink);
	if (err)
		mem_deref(speech);

	return err;
}

void proxy_tts(struct httpd_request *req, void *arg)
{
	struct proxy *proxy = arg;
	const struct proxy_group *group;
	struct voice_prm prm = {.limit_ms = proxy->answer_ms};
	char name[VOICE_SIZE];
	const char *missing;
	uint32_t rate_hz;
	int err;

	group = proxy_admit(proxy, req, httpd_query(req, "config"));
	if (!group || !prm_take(&prm, req, group, name) ||
	    !rate_take(&rate_hz, req, proxy))
		return;

	missing = voices_missing(proxy->voices, prm.lang, name);
	if (missing) {
		proxy_refuse(req, 422, "voice", missing, NULL);
		return;
	}

	err = speech_begin(proxy, req, &prm, rate_hz);
	if (err)
		proxy_refuse(req, err == ENOBUFS ? 503 : 500, NULL,
		             "The voices take no more for now.",
		             "Try again in a moment.");
}
