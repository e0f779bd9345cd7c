/*
 * bench/bench_speech.c - what services of speech cost
 *
 * speech.core_pct        processor time of this process for each of --streams
 *                        phrases at a time that are heard by a Vosk server over
 *                        WebSockets, of one core; the server is on the last one
 * speech.first_audio_ms  from the first byte of a voice's sound to the tick of
 *                        20 ms that plays the first of its samples, 95 of 100
 *
 * bench_speech [--streams N] [--seconds N]
 */
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/httpc.h"
#include "base/loop.h"
#include "base/mem.h"
#include "child.h"
#include "fakes/fake_voice.h"
#include "speech/asr.h"
#include "speech/service.h"
#include "speech/voice.h"
#include <re_tmr.h>

enum {
	RATE_HZ = 8000,
	TICK_MS = 20,
	FRAME = RATE_HZ * TICK_MS / 1000,
	STREAMS = 1000,
	STREAMS_MAX = 4000,
	SECONDS = 8,
	OPEN_PER_TICK = 10,
	WARM_MS = 2000, /* behind the last of them */
	TEXTS = 100,
	TEXT_LIMIT_MS = 5000,
	PATH_SIZE = 256,
	TEXT_SIZE = 512,
	WORDS_PER_S = 5, /* of the fake */
};

/* What is late here is found by its figure, not by an error. */
#define PART_READ   0.9 /* of its answers at least */
#define PATIENCE_MS "10000"

struct bench {
	struct cfg *cfg;
	struct work_pool *pool;
	struct httpc *http;
	struct child vosk;
	struct asr *asr;
	struct asr_stream *streamv[STREAMS_MAX];
	size_t streamc;
	unsigned long streams, seconds;
	unsigned failed, partials;
	struct tmr tmr;
	uint64_t next_ms, until_ms, warm_ms;
	double begin_us; /* of processor time */
	double cpu_us;
	uint64_t wall_us;

	struct fake_voice *fake;
	struct voices *voices;
	struct voice_request *request;
	double first_msv[TEXTS];
	double ready_msv[TEXTS]; /* till it can be played */
	size_t textc;
	char fault[CFG_FAULT_SIZE];
};

static double cpu_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);

	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* --- recognition ---------------------------------------------------------- */

static void partial_handler(const char *text, void *arg)
{
	(void)text;

	((struct bench *)arg)->partials++;
}

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	(void)phrase;
	(void)arg;
}

static void trouble_handler(const char *why, void *arg)
{
	struct bench *bench = arg;

	if (!bench->failed++)
		fprintf(stderr, "bench_speech: %s\n", why);
}

static void closed_handler(int err, void *arg)
{
	(void)err;
	(void)arg;
}

/* A few more, as calls come. */
static int streams_open(struct bench *bench)
{
	const struct asr_sink sink = {
		.partial = partial_handler,
		.phrase = phrase_handler,
		.trouble = trouble_handler,
		.closed = closed_handler,
		.arg = bench,
	};
	const struct asr_prm prm = {
		.lang = "en", .rate_hz = RATE_HZ, .params = ""};
	int err = 0;

	for (unsigned i = 0; i < OPEN_PER_TICK; i++) {
		if (err || bench->streamc == bench->streams)
			break;
		err = asr_open(&bench->streamv[bench->streamc], bench->asr,
		               &prm, &sink);
		bench->streamc += !err;
	}

	return err;
}

static void measure_handler(void *arg)
{
	struct bench *bench = arg;
	uint64_t now_ms = clock_ms();
	int16_t pcm[FRAME];

	if (!bench->begin_us && now_ms >= bench->warm_ms) {
		bench->begin_us = cpu_us();
		bench->wall_us = clock_us();
		bench->partials = 0;
	}
	if (now_ms >= bench->until_ms) {
		bench->cpu_us = cpu_us() - bench->begin_us;
		bench->wall_us = clock_us() - bench->wall_us;
		loop_stop();
		return;
	}

	if (streams_open(bench))
		bench->failed++;
	for (size_t i = 0; i < FRAME; i++)
		pcm[i] = (int16_t)(i / 8 % 2 ? -1000 : 1000);
	for (size_t i = 0; i < bench->streamc; i++)
		(void)asr_feed(bench->asr, bench->streamv[i], pcm, FRAME);
	bench->next_ms += TICK_MS;
	tmr_start(&bench->tmr,
	          bench->next_ms > now_ms ? bench->next_ms - now_ms : 0,
	          measure_handler, bench);
}

/* A word comes after each fifth of a second, so answers that are read change
 * that often. */
static void words_make(char words[TEXT_SIZE])
{
	size_t n = 0;

	while (n < TEXT_SIZE - 3) {
		words[n++] = 'a';
		words[n++] = ' ';
	}
	words[n] = '\0';
}

static int listen_measure(struct bench *bench)
{
	char url[PATH_SIZE], text[TEXT_SIZE];
	const char *argv[] = {NULL, "vosk", "text", text, NULL};
	double seconds, wanted;
	int err;

	words_make(text);

	err = child_start(&bench->vosk, "../test/fakes/fake_speech", argv);
	(void)snprintf(url, sizeof(url), "ws://127.0.0.1:%u/",
	               bench->vosk.port);
	if (!err)
		err = cfg_set(bench->cfg, "service.vosk.url", url,
		              bench->fault);
	if (!err)
		err = cfg_set(bench->cfg, "service.vosk.connect_ms",
		              PATIENCE_MS, bench->fault);
	if (!err)
		err = cfg_set(bench->cfg, "service.vosk.stall_ms", PATIENCE_MS,
		              bench->fault);
	if (!err)
		err = asr_alloc(&bench->asr, "vosk", bench->cfg, bench->pool,
		                bench->http, bench->fault);
	if (err)
		return err;

	bench->next_ms = clock_ms();
	bench->warm_ms = bench->next_ms + WARM_MS +
	                 bench->streams / OPEN_PER_TICK * TICK_MS;
	bench->until_ms = bench->warm_ms + bench->seconds * 1000;
	tmr_start(&bench->tmr, 0, measure_handler, bench);
	(void)loop_run();

	seconds = (double)bench->wall_us / 1e6;
	wanted = (double)bench->streamc * WORDS_PER_S * PART_READ;
	printf("# %zu streams, %.0f new texts a second, %u failed\n",
	       bench->streamc, bench->partials / seconds, bench->failed);
	printf("speech.core_pct %.4f %%\n",
	       bench->cpu_us / (double)bench->wall_us * 100 /
	               (double)bench->streamc);
	printf("limit speech.core_pct 0.08 %%\n");

	/* Or the server did not keep up, and the figure says nothing. */
	return bench->failed || bench->partials / seconds < wanted ? EPROTO : 0;
}

static void listen_close(struct bench *bench)
{
	for (size_t i = 0; i < bench->streamc; i++)
		mem_deref(bench->streamv[i]);
	mem_deref(bench->asr);
	child_end(&bench->vosk);
}

/* --- voices --------------------------------------------------------------- */

/* The tick that plays it is the next one of a media loop. */
static void begun_handler(struct voice_sound *sound, void *arg)
{
	struct bench *bench = arg;
	uint64_t now_us = clock_us(), first_us, tick_us = TICK_MS * 1000;

	(void)sound;

	first_us = fake_voice_seen(bench->fake)->first_us;
	bench->ready_msv[bench->textc] = (double)(now_us - first_us) / 1000;
	now_us += tick_us - now_us % tick_us;
	bench->first_msv[bench->textc++] = (double)(now_us - first_us) / 1000;
}

static void done_handler(struct voice_sound *sound, const char *fault,
                         void *arg)
{
	(void)arg;

	if (!sound)
		fprintf(stderr, "bench_speech: %s\n", fault);
	loop_stop();
}

static int text_say(struct bench *bench, size_t i)
{
	const struct voice_sink sink = {begun_handler, done_handler, bench};
	char text[64];
	const struct voice_prm prm = {.text = text,
	                              .lang = "en",
	                              .name = "",
	                              .limit_ms = TEXT_LIMIT_MS};
	size_t before = bench->textc;
	int err;

	(void)snprintf(text, sizeof(text), "this is the text number %zu", i);
	err = voices_get_live(&bench->request, bench->voices, &prm, RATE_HZ,
	                      &sink);
	if (err)
		return err;

	(void)loop_run();
	bench->request = mem_deref(bench->request);

	return bench->textc > before ? 0 : EPROTO;
}

static int by_size(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

static int speak_measure(struct bench *bench, const char *folder)
{
	const struct fake_voice_prm prm = {.kind = "http-tts",
	                                   .rate_hz = RATE_HZ};
	char url[PATH_SIZE];
	int err;

	err = fake_voice_open(&bench->fake, &prm);
	if (err)
		return err;

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/tts",
	               fake_voice_port(bench->fake));
	err = cfg_set(bench->cfg, "service.http-tts.url", url, bench->fault);
	if (!err)
		err = cfg_set(bench->cfg, "voice.voices", "http-tts",
		              bench->fault);
	if (!err)
		err = voices_alloc(&bench->voices, bench->cfg, folder,
		                   bench->pool, bench->http, bench->fault);
	for (size_t i = 0; i < TEXTS && !err; i++)
		err = text_say(bench, i);
	if (err)
		return err;

	qsort(bench->first_msv, bench->textc, sizeof(bench->first_msv[0]),
	      by_size);
	qsort(bench->ready_msv, bench->textc, sizeof(bench->ready_msv[0]),
	      by_size);
	printf("# ready for the tick within %.2f ms, half of them %.2f ms; the "
	       "rest is the wait for it, 0 to 20 ms\n",
	       bench->ready_msv[bench->textc * 95 / 100],
	       bench->ready_msv[bench->textc / 2]);
	printf("# half of them within %.1f ms\n",
	       bench->first_msv[bench->textc / 2]);
	printf("speech.first_audio_ms %.1f ms\n",
	       bench->first_msv[bench->textc * 95 / 100]);
	printf("limit speech.first_audio_ms 20 ms\n");

	return 0;
}

static void speak_close(struct bench *bench)
{
	mem_deref(bench->request);
	mem_deref(bench->voices);
	mem_deref(bench->fake);
}

/* --- all together --------------------------------------------------------- */

static int bench_open(struct bench *bench)
{
	static const struct cfg_table *const tablev[] = {
		&asr_sphinx_cfg_table, &voice_cfg_table, &service_cfg_table,
		&httpc_cfg_table};
	int err;

	err = loop_init();
	if (!err)
		err = work_pool_alloc(&bench->pool, 1, loop_mailbox());
	if (!err)
		err = cfg_load(&bench->cfg, NULL, tablev, ARRAY_COUNT(tablev),
		               bench->fault);
	if (!err)
		err = httpc_alloc(&bench->http, bench->cfg);

	return err;
}

static void bench_close(struct bench *bench)
{
	tmr_cancel(&bench->tmr);
	listen_close(bench);
	speak_close(bench);
	mem_deref(bench->http);
	if (bench->pool)
		work_pool_finish(bench->pool);
	mailbox_drain(loop_mailbox());
	mem_deref(bench->pool);
	mem_deref(bench->cfg);
	loop_close();
}

static void folder_remove(const char *folder)
{
	const struct dirent *entry;
	DIR *dir = opendir(folder);

	while (dir && (entry = readdir(dir)))
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		(void)closedir(dir);
	(void)rmdir(folder);
}

static void options_read(struct bench *bench, int argc, char **argv)
{
	bench->streams = STREAMS;
	bench->seconds = SECONDS;
	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned long value = strtoul(argv[i + 1], NULL, 10);

		if (!strcmp(argv[i], "--streams"))
			bench->streams = value;
		else if (!strcmp(argv[i], "--seconds"))
			bench->seconds = value;
	}
	if (bench->streams < 1 || bench->streams > STREAMS_MAX)
		bench->streams = STREAMS_MAX;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	char folder[] = "/tmp/dialwright-bench-XXXXXX";
	cpu_set_t one;
	int err;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
	options_read(&bench, argc, argv);
	tmr_init(&bench.tmr);
	if (!mkdtemp(folder))
		return 1;

	err = bench_open(&bench);
	if (!err)
		err = speak_measure(&bench, folder);
	if (!err)
		err = listen_measure(&bench);
	if (err)
		fprintf(stderr, "bench_speech: %s\n",
		        *bench.fault ? bench.fault : strerror(err));
	bench_close(&bench);
	folder_remove(folder);

	return err ? 1 : 0;
}
