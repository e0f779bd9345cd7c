/*
 * test/call/test_prompts.c - prompts of mixed items, sample by sample
 *
 * All that a prompt can be made of, through the fetching, the mouth and the
 * ticks: what leaves has to be what its parts are, one behind another.
 */
#include <stdio.h>
#include <sys/stat.h>
#include "base/loop.h"
#include "base/text.h"
#include "base/wav.h"
#include "call/ahead.h"
#include "call/calls.h"
#include "call/mouth.h"
#include "call/prompt.h"
#include "harness.h"
#include "media/tone.h"
#include "tests.h"
#include "web.h"
#include <re_tmr.h>

enum {
	RATE_HZ = 8000,
	FRAME = RATE_HZ / AUDIO_TICKS_S,
	FILE_SAMPLES = 1237, /* odd ones: no item ends with a tick */
	WEB_SAMPLES = 777,
	SILENCE_MS = 13,
	SOUNDS_MAX = 16,
	SAMPLES_MAX = 10 * RATE_HZ,
	PATH_SIZE = 512,
	BYTES_MAX = 8192,
	PATIENCE_MS = 60000,
};

static const char tone_text[] = "%(37,5,440);%(21,0,950,1400)";
static const char spoken_text[] = "Good morning.";

struct desk {
	struct cfg *cfg;
	struct work_pool *pool;
	struct httpc *http;
	struct web *web;
	struct webcache *cache;
	struct clips *clips;
	struct voices *voices;
	struct tmr tmr;
	char folder[PATH_SIZE], fault[CFG_FAULT_SIZE];
	char page[BYTES_MAX];

	struct voice_sound *soundv[SOUNDS_MAX]; /* of the prompt */
	size_t soundc;
	unsigned over;

	int16_t wantedv[SAMPLES_MAX], playedv[SAMPLES_MAX];
	size_t wantedc, playedc;
};

static void patience_handler(void *arg)
{
	(void)arg;
	loop_stop();
}

static int desk_wait(struct desk *desk)
{
	tmr_start(&desk->tmr, PATIENCE_MS, patience_handler, NULL);
	(void)loop_run();
	tmr_cancel(&desk->tmr);

	return desk->over ? 0 : ETIMEDOUT;
}

static int parts_open(struct desk *desk)
{
	struct webcache_prm web = {.bytes_max = 1 << 20, .whole_ms = 5000};
	char path[PATH_SIZE];
	int err;

	web.http = desk->http;
	web.pool = desk->pool;
	(void)snprintf(path, sizeof(path), "%s/web", test_dir());
	web.folder = path;
	err = webcache_alloc(&desk->cache, &web);
	if (!err)
		err = clips_alloc(&desk->clips, desk->pool, 1 << 20);
	(void)snprintf(path, sizeof(path), "%s/voices", test_dir());

	return err ? err
	           : voices_alloc(&desk->voices, desk->cfg, path, desk->pool,
	                          desk->http, desk->fault);
}

static int desk_open(struct desk *desk)
{
	static const struct cfg_table *const tablev[] = {&httpc_cfg_table,
	                                                 &voice_cfg_table};
	int err;

	tmr_init(&desk->tmr);
	(void)snprintf(desk->folder, sizeof(desk->folder), "%s/recorded",
	               test_dir());
	(void)mkdir(desk->folder, 0700);
	err = loop_init();
	if (!err)
		err = cfg_load(&desk->cfg, NULL, tablev, ARRAY_COUNT(tablev),
		               desk->fault);
	if (!err)
		err = httpc_alloc(&desk->http, desk->cfg);
	if (!err)
		err = work_pool_alloc(&desk->pool, 2, loop_mailbox());
	if (!err)
		err = web_alloc(&desk->web, NULL);

	return err ? err : parts_open(desk);
}

static void desk_close(struct desk *desk)
{
	tmr_cancel(&desk->tmr);
	for (size_t i = 0; i < desk->soundc; i++)
		mem_deref(desk->soundv[i]);
	mem_deref(desk->clips);
	mem_deref(desk->voices);
	mem_deref(desk->cache);
	mem_deref(desk->http);
	mem_deref(desk->web);
	mem_deref(desk->pool);
	mem_deref(desk->cfg);
	loop_close();
}

/* --- what should come ----------------------------------------------------- */

static void want(struct desk *desk, const int16_t *pcm, size_t n)
{
	memcpy(desk->wantedv + desk->wantedc, pcm, n * sizeof(*pcm));
	desk->wantedc += n;
}

/* Samples that tell where they are from, into a file and into what is
 * wanted. */
static int file_want(struct desk *desk, const char *name, size_t n, int16_t at)
{
	int16_t pcm[FILE_SAMPLES];
	char path[PATH_SIZE + 64];

	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)(at + (int16_t)i);
	(void)snprintf(path, sizeof(path), "%s/%s", desk->folder, name);
	want(desk, pcm, n);

	return wav_write(path, pcm, n, RATE_HZ);
}

static int tone_want(struct desk *desk)
{
	struct tone tone;
	int err;

	err = tone_parse(&tone, tone_text);
	if (err)
		return err;
	tone_render(&tone, RATE_HZ, desk->wantedv + desk->wantedc);
	desk->wantedc += tone_samples(&tone, RATE_HZ);

	return 0;
}

static void spoken_handler(struct voice_sound *sound, const char *fault,
                           void *arg)
{
	struct desk *desk = arg;

	(void)fault;
	if (sound && sound->count < SAMPLES_MAX / 2)
		want(desk, sound->pcm, sound->count);
	desk->over += sound != NULL;
	loop_stop();
}

static int speech_want(struct desk *desk)
{
	const struct voice_prm prm = {
		.text = spoken_text, .lang = "en", .name = ""};
	struct voice_request *request = NULL;
	int err;

	desk->over = 0;
	err = voices_get(&request, desk->voices, &prm, RATE_HZ, spoken_handler,
	                 desk);
	if (!err)
		err = desk_wait(desk);
	mem_deref(request);

	return err;
}

static int web_want(struct desk *desk)
{
	struct web_page page = {.path = "/1.wav", .body = desk->page};
	char path[PATH_SIZE + 64];
	FILE *file;
	int err;

	err = file_want(desk, "web.wav", WEB_SAMPLES, 5000);
	if (err)
		return err;

	(void)snprintf(path, sizeof(path), "%s/web.wav", desk->folder);
	file = fopen(path, "rb");
	if (!file)
		return errno;
	page.body_len = fread(desk->page, 1, sizeof(desk->page), file);
	(void)fclose(file);

	return web_put(desk->web, &page);
}

static int all_want(struct desk *desk)
{
	const int16_t nothing[SILENCE_MS * RATE_HZ / 1000] = {0};
	int err;

	err = file_want(desk, "1.wav", FILE_SAMPLES, 100);
	if (!err)
		err = tone_want(desk);
	if (!err)
		err = speech_want(desk);
	want(desk, nothing, ARRAY_COUNT(nothing));
	if (!err)
		err = web_want(desk);

	return err ? err : file_want(desk, "2.wav", 1, 9999);
}

/* --- what comes ----------------------------------------------------------- */

static void sound_handler(struct voice_sound *sound, void *arg)
{
	struct desk *desk = arg;

	if (desk->soundc < SOUNDS_MAX)
		desk->soundv[desk->soundc++] = mem_ref(sound);
}

static void done_handler(const char *fault, void *arg)
{
	struct desk *desk = arg;

	(void)text_copy(desk->fault, sizeof(desk->fault), fault ? fault : "");
	desk->over++;
	loop_stop();
}

static int all_fetch(struct desk *desk)
{
	const struct voice_prm voice = {.lang = "en", .name = ""};
	const struct prompt_sink sink = {sound_handler, done_handler, desk};
	const struct prompt_prm prm = {
		.voices = desk->voices,
		.clips = desk->clips,
		.web = desk->cache,
		.recordings = desk->folder,
		.rate_hz = RATE_HZ,
		.voice = &voice,
		.voice_ms = PATIENCE_MS,
	};
	char tone[64], silence[64], web[PATH_SIZE];
	const char *const itemv[] = {"1.wav", tone, spoken_text,
	                             silence, web,  "file://2.wav"};
	struct prompt *prompt = NULL;
	int err;

	(void)snprintf(tone, sizeof(tone), "tone_stream://%s", tone_text);
	(void)snprintf(silence, sizeof(silence), "silence_stream://%d",
	               SILENCE_MS);
	(void)snprintf(web, sizeof(web), "http://(nohead=true)%s",
	               web_url(desk->web, "/1.wav") + strlen("http://"));
	desk->over = 0;
	err = prompt_fetch(&prompt, &prm, itemv, ARRAY_COUNT(itemv), &sink);
	if (!err)
		err = desk_wait(desk);
	mem_deref(prompt);

	return err;
}

static void nothing_started(uint64_t clock_ms, void *arg)
{
	(void)clock_ms;
	(void)arg;
}

static void nothing_finished(void *arg)
{
	(void)arg;
}

static int all_play(struct desk *desk)
{
	const struct mouth_sink sink = {nothing_started, nothing_finished,
	                                NULL};
	struct mouth *mouth = NULL;
	struct tickbox *box = NULL;
	int err;

	err = tickbox_alloc(&box);
	if (!err)
		err = mouth_alloc(&mouth, box, 20, &sink);
	if (!err)
		err = mouth_begin(mouth);
	for (size_t i = 0; i < desk->soundc && !err; i++)
		err = mouth_add(mouth, desk->soundv[i]);
	if (!err)
		err = mouth_close(mouth);
	while (!err && desk->playedc < desk->wantedc + FRAME) {
		tickbox_drain(box);
		memset(desk->playedv + desk->playedc, 0,
		       FRAME * sizeof(int16_t));
		mouth_tick(mouth, desk->playedv + desk->playedc, FRAME);
		desk->playedc += FRAME;
	}
	if (box)
		tickbox_drain(box);
	mailbox_drain(loop_mailbox());
	mem_deref(mouth);
	mem_deref(box);

	return err;
}

int test_prompts_joins(void)
{
	struct desk *desk = mem_zalloc(sizeof(*desk), NULL);
	int err;

	if (!desk)
		return ENOMEM;

	err = desk_open(desk);
	CHECK_ERR(0, err);
	err = all_want(desk);
	CHECK_ERR(0, err);
	err = all_fetch(desk);
	CHECK_ERR(0, err);
	CHECK_STR("", desk->fault);
	CHECK_U64(6, desk->soundc);
	err = all_play(desk);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < desk->playedc; i++) {
		int wanted = i < desk->wantedc ? desk->wantedv[i] : 0;

		if (wanted != desk->playedv[i])
			fprintf(stderr, "sample %zu of %zu\n", i,
			        desk->wantedc);
		CHECK_I64(wanted, desk->playedv[i]);
	}

out:
	desk_close(desk);
	mem_deref(desk);

	return err;
}

/* --- so many at a time ---------------------------------------------------- */

enum {
	AT_ONCE = 3,
	WORDS = 8,
};

struct count {
	struct desk *desk;
	struct tmr tmr;
	size_t most;
};

static void count_handler(void *arg)
{
	struct count *count = arg;
	size_t now = voices_pending(count->desk->voices);

	if (now > count->most)
		count->most = now;
	tmr_start(&count->tmr, 1, count_handler, count);
}

static void progress_handler(size_t made, size_t of, void *arg)
{
	(void)made;
	(void)of;
	count_handler(arg);
}

static void ahead_handler(const char *fault, void *arg)
{
	struct count *count = arg;

	done_handler(fault, count->desk);
}

/* WORDS sentences, the first of them so long that it is made in pieces. */
static int batch_fill(struct ahead_batch *batch)
{
	static const char *const wordv[WORDS] = {
		"one", "two", "three", "four", "five", "six", "seven", "eight"};
	const struct voice_prm voice = {.lang = "en", .name = ""};
	char text[2048] = "";
	int err = 0;

	for (size_t i = 0; i < 20; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
		               "This is sentence %zu of a long text. ", i);
	err = ahead_add(batch, text, &voice);
	for (size_t i = 0; i < WORDS && !err; i++)
		err = ahead_add(batch, wordv[i], &voice);

	return err ? err : ahead_start(batch);
}

int test_prompts_ahead_at_most(void)
{
	struct desk *desk = mem_zalloc(sizeof(*desk), NULL);
	struct count count = {.desk = desk};
	const struct ahead_sink sink = {progress_handler, ahead_handler,
	                                &count};
	struct prompt_prm prm = {.rate_hz = RATE_HZ, .recordings = ""};
	struct ahead_batch *batch = NULL;
	struct ahead *ahead = NULL;
	int err;

	if (!desk)
		return ENOMEM;

	tmr_init(&count.tmr);
	err = desk_open(desk);
	CHECK_ERR(0, err);
	prm.voices = desk->voices;
	prm.clips = desk->clips;
	prm.web = desk->cache;
	err = ahead_alloc(&ahead, AT_ONCE);
	CHECK_ERR(0, err);
	err = ahead_batch_alloc(&batch, ahead, &prm, &sink);
	CHECK_ERR(0, err);
	err = batch_fill(batch);
	CHECK_ERR(0, err);
	count_handler(&count);
	err = desk_wait(desk);
	CHECK_ERR(0, err);
	CHECK_STR("", desk->fault);
	CHECK_U64(AT_ONCE, count.most);

out:
	tmr_cancel(&count.tmr);
	mem_deref(batch);
	mem_deref(ahead);
	desk_close(desk);
	mem_deref(desk);

	return err;
}
