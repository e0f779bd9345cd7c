/*
 * api/r_services.c - the routes of speech services: how they are, what they
 * did, and a trial
 *
 * No key is shown, and of an address the host alone. A trial asks the service,
 * which costs: few at a time, short texts and sounds.
 */
#include <errno.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "base/resample.h"
#include "base/text.h"
#include "base/wav.h"
#include "speech/service.h"
#include "speech/speaking.h"
#include "speech/tally.h"
#include "speech/trial.h"

enum {
	TRIALS_MAX = 2, /* at a time */
	TEXT_CHARS_MAX = 500,
	SOUND_S_MAX = 60,
	LIMIT_MS = 15000, /* for an answer, behind the last sound */
	NARROW_HZ = 8000,
	WIDE_HZ = 16000,
	HINTS_MAX = 100,
	HINTS_SIZE = 4096,
	TIMING_SIZE = 128,
	DAYS = 31,
};

static const int64_t day_ms = 86400000;

/* --- how they are --------------------------------------------------------- */

static const char *role_of(const char *kind)
{
	return speaking_find(kind) ? "speaks" : "hears";
}

static json_t *keys_json(const struct tally *tally)
{
	json_t *items = json_array();
	struct keys_look look;

	for (unsigned i = 0;
	     tally && tally->keys &&
	     keys_look(tally->keys, i, clock_ms(), clock_wall_ms(), &look);
	     i++)
		(void)json_array_append_new(
			items,
			json_pack("{s:I, s:I, s:i, s:i, s:I}", "asked",
		                  (json_int_t)look.asked, "day_max",
		                  (json_int_t)look.day_max, "used",
		                  (int)look.used, "use_max", (int)look.use_max,
		                  "rests_ms", (json_int_t)look.rests_ms));

	return items;
}

static const char *state_of(const struct tally *tally)
{
	if (!tally || (!tally->worked_ms && !tally->failed_ms))
		return "unused";

	return tally->worked_ms >= tally->failed_ms ? "works" : "fails";
}

static void host_of(char host[URL_HOST_SIZE], const struct cfg *cfg,
                    const char *name)
{
	struct url url;

	(void)text_copy(host, URL_HOST_SIZE, "");
	if (!url_parse(&url, cfg_named_text(cfg, "service", name, "url")))
		(void)text_copy(host, URL_HOST_SIZE, url.host);
}

static json_t *service_json(const struct cfg *cfg, const char *name)
{
	const struct tally *tally = tally_find(name);
	const char *kind = service_kind(cfg, name);
	const struct tally_sum sum = tally_all(tally);
	char host[URL_HOST_SIZE];

	host_of(host, cfg, name);

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I, "
		"s:I, s:o}",
		"name", name, "kind", kind, "role", role_of(kind), "language",
		cfg_named_text(cfg, "service", name, "lang"), "host", host,
		"state", state_of(tally), "error", tally ? tally->why : "",
		"failed", fields_time_json(tally ? tally->failed_ms : 0),
		"worked", fields_time_json(tally ? tally->worked_ms : 0),
		"failures", (json_int_t)(tally ? tally->failures : 0),
		"requests", (json_int_t)sum.requests, "characters",
		(json_int_t)sum.chars, "audio_ms", (json_int_t)sum.audio_ms,
		"keys", keys_json(tally));
}

void r_services(struct ask *ask)
{
	const struct cfg *cfg = ask_prm(ask)->cfg;
	json_t *items = json_array();
	const char *name;

	jmem_forget();
	for (size_t i = 0; (name = cfg_name(cfg, "service", i)); i++)
		(void)json_array_append_new(items, service_json(cfg, name));
	ask_page(ask, items, 0);
}

/* --- what they did -------------------------------------------------------- */

struct usage_page {
	struct ask *ask;
	json_t *items;
};

static void usage_destructor(void *arg)
{
	struct usage_page *page = arg;

	json_decref(page->items);
	mem_deref(page->ask);
}

static void usage_handler(const struct store_usage *usage, void *arg)
{
	const struct usage_page *page = arg;

	(void)json_array_append_new(
		page->items,
		json_pack("{s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "day",
	                  fields_time_json(usage->day_ms), "service",
	                  usage->service, "requests",
	                  (json_int_t)usage->all.requests, "characters",
	                  (json_int_t)usage->all.chars, "audio_ms",
	                  (json_int_t)usage->all.audio_ms, "beside_requests",
	                  (json_int_t)usage->beside.requests,
	                  "beside_characters", (json_int_t)usage->beside.chars,
	                  "beside_audio_ms",
	                  (json_int_t)usage->beside.audio_ms));
}

static void usage_done(int err, void *arg)
{
	struct usage_page *page = arg;

	if (err) {
		ask_failed(page->ask, err, "the usage");
	}
	else {
		ask_page(page->ask, page->items, 0);
		page->items = NULL;
	}
	mem_deref(page);
}

void r_services_usage(struct ask *ask)
{
	int64_t days = ask_query_number(ask, "days", DAYS);
	int64_t today_ms = clock_wall_ms() / day_ms * day_ms;
	struct usage_page *page = mem_zalloc(sizeof(*page), usage_destructor);
	int err;

	if (!page) {
		ask_failed(ask, ENOMEM, "the usage");
		return;
	}

	jmem_forget();
	page->ask = mem_ref(ask);
	page->items = json_array();
	err = store_usages(ask_prm(ask)->store, today_ms - (days - 1) * day_ms,
	                   usage_handler, usage_done, page);
	if (err) {
		ask_failed(ask, err, "the usage");
		mem_deref(page);
	}
}

/* --- a trial -------------------------------------------------------------- */

/* One of a service; it lives until it is answered, or the server ends. */
struct trying {
	struct le le; /* of the server, which owns it */
	struct ask *ask;
	const char *name; /* of the configuration */
	struct trial_say *say;
	struct trial_hear *hear;
	char *hints; /* the texts of hintv */
	const char *hintv[HINTS_MAX];
	size_t hintc;
	int16_t *pcm;
	size_t count;
	uint32_t rate_hz;
	int err; /* of reading it */
};

static void trying_destructor(void *arg)
{
	struct trying *trying = arg;

	list_unlink(&trying->le);
	mem_deref(trying->say);
	mem_deref(trying->hear);
	mem_deref(trying->hints);
	mem_deref(trying->pcm);
	mem_deref(trying->ask);
}

static struct trial_make make_of(const struct ask *ask)
{
	const struct api_prm *prm = ask_prm(ask);

	return (struct trial_make){
		.cfg = prm->cfg,
		.pool = prm->pool,
		.http = prm->http,
	};
}

/* The name as the configuration has it, which outlives the request. */
static const char *service_find(const struct ask *ask)
{
	const char *name;

	for (size_t i = 0; (name = cfg_name(ask_prm(ask)->cfg, "service", i));
	     i++) {
		if (!strcmp(name, ask_param(ask, "name")))
			return name;
	}

	return NULL;
}

/* NULL: that has been answered. */
static struct trying *trying_alloc(struct ask *ask, const char *role)
{
	const char *name = service_find(ask);
	struct trying *trying = NULL;

	if (!name)
		ask_failed(ask, ENOENT, "the service");
	else if (strcmp(role_of(service_kind(ask_prm(ask)->cfg, name)), role))
		ask_problem(ask, 422, "this service does the other thing",
		            "`role` of GET /api/v1/services says which hears "
		            "and which speaks");
	else if (list_count(&ask->api->tryingl) >= TRIALS_MAX)
		ask_failed(ask, ENOBUFS, "a trial");
	else
		trying = mem_zalloc(sizeof(*trying), trying_destructor);
	if (!trying) {
		if (!ask->is_answered)
			ask_failed(ask, ENOMEM, "a trial");
		return NULL;
	}

	trying->ask = mem_ref(ask);
	trying->name = name;
	list_append(&ask->api->tryingl, &trying->le, trying);

	return trying;
}

static void refused(struct trying *trying, const char *why)
{
	ask_problem(trying->ask, 502, why,
	            "dialwright doctor tries all of them; docs/speech has a "
	            "page for each kind");
	mem_deref(trying);
}

/* "connect;dur=3, first;dur=120, whole;dur=300" (W3C Server Timing). */
static void timing_set(struct trying *trying, const struct trial_said *said)
{
	char text[TIMING_SIZE];
	size_t n = 0;

	if (said->connect_ms != TRIAL_NEVER)
		n = (size_t)snprintf(text, sizeof(text), "connect;dur=%d, ",
		                     said->connect_ms);
	(void)snprintf(text + n, sizeof(text) - n, "first;dur=%d, whole;dur=%d",
	               said->first_ms, said->whole_ms);
	(void)httpd_set_header(trying->ask->req, "Server-Timing", text);
}

static void said_handler(int err, const struct trial_said *said, void *arg)
{
	struct trying *trying = arg;
	size_t bytes = said->sound ? said->sound->count * sizeof(int16_t) : 0;
	uint8_t *wav;

	if (err) {
		refused(trying, said->why);
		return;
	}

	wav = mem_zalloc(WAV_HEADER_SIZE + bytes, NULL);
	if (wav) {
		wav_header(wav, said->sound->rate_hz, 1, (uint32_t)bytes);
		memcpy(wav + WAV_HEADER_SIZE, said->sound->pcm, bytes);
		timing_set(trying, said);
		ask_bytes(trying->ask, "audio/wav", wav,
		          WAV_HEADER_SIZE + bytes);
	}
	else {
		ask_failed(trying->ask, ENOMEM, "a trial");
	}
	mem_deref(wav);
	mem_deref(trying);
}

void r_service_say(struct ask *ask)
{
	const struct trial_make make = make_of(ask);
	const char *lang = ask_text(ask, "language");
	struct trial_say_prm prm = {
		.say = {.text = ask_text(ask, "text"),
	                .lang = *lang ? lang : "en",
	                .name = ask_text(ask, "voice")},
		.rate_hz = ask_number(ask, "rate", NARROW_HZ) > NARROW_HZ
	                           ? WIDE_HZ
	                           : NARROW_HZ,
		.limit_ms = LIMIT_MS,
	};
	struct trying *trying;
	int err;

	if (!*prm.say.text || text_length(prm.say.text) > TEXT_CHARS_MAX) {
		ask_wrong(ask, "text", "has to have 1 to 500 characters");
		return;
	}

	trying = trying_alloc(ask, "speaks");
	if (!trying)
		return;

	prm.names = trying->name;
	err = trial_say(&trying->say, &make, &prm, said_handler, trying);
	if (err) {
		ask_failed(ask, err, "a trial");
		mem_deref(trying);
	}
}

/* --- ... of a recogniser -------------------------------------------------- */

static json_t *ms_json(int ms)
{
	return ms == TRIAL_NEVER ? json_null() : json_integer(ms);
}

static void heard_handler(int err, const struct trial_heard *heard, void *arg)
{
	struct trying *trying = arg;

	if (err) {
		refused(trying, heard->why);
		return;
	}

	jmem_forget();
	ask_reply(
		trying->ask, 0,
		json_pack("{s:s, s:i, s:I, s:o, s:o, s:o}", "text", heard->text,
	                  "score", (int)heard->score, "audio_ms",
	                  (json_int_t)(trying->count * 1000 / trying->rate_hz),
	                  "connect_ms", ms_json(heard->connect_ms),
	                  "partial_ms", ms_json(heard->partial_ms), "final_ms",
	                  ms_json(heard->final_ms)));
	mem_deref(trying);
}

static int hints_take(struct trying *trying, const char *list)
{
	char *at;
	int err;

	if (!list || !*list)
		return 0;
	if (strlen(list) >= HINTS_SIZE)
		return E2BIG;

	err = str_dup(&trying->hints, list);
	if (err)
		return err;

	for (at = trying->hints; at && trying->hintc < HINTS_MAX;) {
		char *comma = strchr(at, ',');

		if (comma)
			*comma++ = '\0';
		at += strspn(at, " ");
		if (*at)
			trying->hintv[trying->hintc++] = at;
		at = comma;
	}

	return 0;
}

static int hear(struct trying *trying)
{
	const struct trial_make make = make_of(trying->ask);
	const char *lang = ask_query(trying->ask, "language");
	const struct trial_hear_prm prm = {
		.names = trying->name,
		.hear = {.lang = lang && *lang ? lang : "en",
	                 .hintv = trying->hintv,
	                 .hintc = trying->hintc,
	                 .is_closed = trying->hintc > 0,
	                 .rate_hz = trying->rate_hz,
	                 .params = ""},
		.pcm = trying->pcm,
		.count = trying->count,
		.limit_ms = LIMIT_MS,
	};

	return trial_hear(&trying->hear, &make, &prm, heard_handler, trying);
}

/* On a worker: the file, as recognisers take it. */
static void read_job(void *arg)
{
	struct trying *trying = arg;
	int16_t *pcm = NULL;
	size_t count = 0;
	uint32_t rate_hz = 0;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d",
	               httpd_upload(trying->ask->req).fd);
	trying->err = wav_read(&pcm, &count, &rate_hz, path);
	if (!trying->err && !count)
		trying->err = EBADMSG;
	if (!trying->err && count / rate_hz > SOUND_S_MAX)
		trying->err = EFBIG;
	trying->rate_hz = rate_hz < WIDE_HZ ? NARROW_HZ : WIDE_HZ;
	if (!trying->err)
		trying->err =
			resample_all(&trying->pcm, &trying->count,
		                     trying->rate_hz, pcm, count, rate_hz);
	mem_deref(pcm);
}

static void read_done(void *arg)
{
	struct trying *trying = arg;
	struct ask *ask = trying->ask;
	int err = trying->err;
	bool is_there = trying->le.list != NULL;

	/* The job's own reference: the server may have ended meanwhile. */
	mem_deref(trying);
	if (!is_there)
		return;

	if (!err)
		err = hear(trying);
	if (!err)
		return;

	if (err == EBADMSG)
		ask_problem(ask, 422, "this is no sound that can be read",
		            "send a WAV, MP3, FLAC or Ogg file as the body");
	else if (err == EFBIG)
		ask_problem(ask, 422, "this sound is longer than a minute",
		            "one phrase is enough for a trial");
	else
		ask_failed(ask, err, "a trial");
	mem_deref(trying);
}

void r_service_listen(struct ask *ask)
{
	struct trying *trying;
	int err;

	if (httpd_upload(ask->req).fd < 0) {
		ask_problem(ask, 422, "a sound is wanted",
		            "send a WAV, MP3, FLAC or Ogg file as the body");
		return;
	}

	trying = trying_alloc(ask, "hears");
	if (!trying)
		return;

	err = hints_take(trying, ask_query(ask, "hints"));
	if (err == E2BIG) {
		ask_wrong(ask, "hints", "has to be shorter than 4096 bytes");
		mem_deref(trying);
		return;
	}
	if (!err) {
		err = work_submit(ask->api->queue, read_job, read_done,
		                  mem_ref(trying));
		if (err)
			mem_deref(trying);
	}
	if (err) {
		ask_failed(ask, err, "a trial");
		mem_deref(trying);
	}
}
