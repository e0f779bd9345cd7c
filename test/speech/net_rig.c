/*
 * test/speech/net_rig.c - recognisers over the network, in a loop of the test
 */
#include "base/clock.h"
#include "base/httpc.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/text.h"
#include "net_rig.h"
#include "speech/service.h"
#include <re_tmr.h>

enum {
	PIECE_MS = 100,
	EVERY_MS = 10,       /* a piece; faster than life */
	WAIT_MS = 90000,     /* longer than any limit of a service */
	NEVER_MS = 10000000, /* longer than that */
	STEP_MS = 10,
	SETTLE_STEPS = 10,
	GOODBYE_MS = 30,
	RATE_HZ = 8000,
};

const char *const net_textv[] = {
	"yes please",
	"да, конечно",
	"不用了",
	"call me later",
};
const unsigned net_textc = ARRAY_COUNT(net_textv);

static int open_all(struct net_rig *rig, const char *kind, const char *second,
                    const char *certificate)
{
	static const struct cfg_table *const tablev[] = {
		&asr_sphinx_cfg_table,
		&service_cfg_table,
		&httpc_cfg_table,
	};
	const char *const wantedv[NET_FAKES] = {kind, second};
	int err;

	*rig = (struct net_rig){0};
	err = loop_init();
	if (err)
		return err;

	rig->is_open = true;
	rig->every_ms = EVERY_MS;
	rig->usage = mem_zalloc(sizeof(*rig->usage), NULL);
	err = work_pool_alloc(&rig->pool, 2, loop_mailbox());
	if (!err)
		err = cfg_load(&rig->cfg, NULL, tablev, ARRAY_COUNT(tablev),
		               rig->fault);
	if (!err)
		err = httpc_alloc(&rig->http, rig->cfg);
	for (size_t i = 0; i < NET_FAKES && !err; i++) {
		struct fake_prm prm = {
			.kind = wantedv[i],
			.textv = net_textv,
			.textc = net_textc,
			.late_ms = NEVER_MS,
			.key = NET_KEY,
			.secret = NET_SECRET,
			.certificate = certificate,
		};

		rig->kindv[i] = wantedv[i];
		if (wantedv[i])
			err = fake_open(&rig->fakev[i], &prm);
	}

	return err;
}

int net_open(struct net_rig *rig, const char *kind, const char *second)
{
	return open_all(rig, kind, second, NULL);
}

int net_open_secure(struct net_rig *rig, const char *kind,
                    const char *certificate)
{
	return open_all(rig, kind, NULL, certificate);
}

void net_close(struct net_rig *rig)
{
	if (!rig->is_open)
		return;

	rig->asr = mem_deref(rig->asr);
	/* Both sides say goodbye. */
	net_run_ms(rig, GOODBYE_MS);
	for (size_t i = 0; i < NET_FAKES; i++)
		rig->fakev[i] = mem_deref(rig->fakev[i]);
	rig->usage = mem_deref(rig->usage);
	if (rig->pool)
		work_pool_finish(rig->pool);
	mailbox_drain(loop_mailbox());
	rig->pool = mem_deref(rig->pool);
	rig->http = mem_deref(rig->http);
	rig->cfg = mem_deref(rig->cfg);
	loop_close();
	rig->is_open = false;
}

int net_set(struct net_rig *rig, const char *name, const char *key,
            const char *value)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "service.%s.%s", name, key);

	return cfg_set(rig->cfg, path, value, rig->fault);
}

/* What the templates of the recogniser http are for its fake. */
static int templates_set(struct net_rig *rig, const char *name)
{
	static const char *const pairv[][2] = {
		{"method", "PUT"},
		{"headers", "X-Key: ${key} | X-Model: ${model}"},
		{"body", "{\"audio\":\"${audio}\",\"words\":\"${hot_word}\"}"},
		{"text_at", "/results/*/said"},
		{"score_at", "/results/0/sure"},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(pairv) && !err; i++)
		err = net_set(rig, name, pairv[i][0], pairv[i][1]);

	return err;
}

int net_patience(struct net_rig *rig, const char *name)
{
	static const char *const keyv[] = {"connect_ms", "stall_ms",
	                                   "answer_ms"};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(keyv) && !err; i++)
		err = net_set(rig, name, keyv[i], "60000");

	return err;
}

int net_service(struct net_rig *rig, const char *name, size_t fake,
                const char *key, const char *value)
{
	char url[128];
	int err;

	(void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u%s",
	               fake_is_http(rig->kindv[fake]) ? "http" : "ws",
	               fake_port(rig->fakev[fake]),
	               fake_path(rig->fakev[fake]));
	err = net_set(rig, name, "url", url);
	if (!err)
		err = net_patience(rig, name);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/token",
	               fake_port(rig->fakev[fake]));
	if (!err)
		err = net_set(rig, name, "token_url", url);
	if (!err)
		err = net_set(rig, name, "key", NET_KEY);
	if (!err)
		err = net_set(rig, name, "secret", NET_SECRET);
	if (!err)
		err = net_set(rig, name, "app", "app-1");
	if (!err)
		err = net_set(rig, name, "kind", rig->kindv[fake]);
	if (!err && !strcmp(rig->kindv[fake], "http"))
		err = templates_set(rig, name);
	if (!err && key)
		err = net_set(rig, name, key, value);

	return err;
}

int net_asr(struct net_rig *rig, const char *names)
{
	return asr_alloc(&rig->asr, names, rig->cfg, rig->pool, rig->http,
	                 rig->fault);
}

static void stop_handler(void *arg)
{
	(void)arg;

	loop_stop();
}

void net_run_ms(struct net_rig *rig, uint64_t ms)
{
	struct tmr tmr;

	(void)rig;
	tmr_init(&tmr);
	tmr_start(&tmr, ms, stop_handler, NULL);
	(void)loop_run();
	tmr_cancel(&tmr);
}

bool net_wait(struct net_rig *rig, const unsigned *count, unsigned n)
{
	for (unsigned i = 0; *count < n && i < WAIT_MS / STEP_MS; i++)
		net_run_ms(rig, STEP_MS);

	return *count >= n;
}

/* However late a loop is, with each of its ends it has looked at all sockets.
 */
void net_settle(struct net_rig *rig)
{
	for (unsigned i = 0; i < SETTLE_STEPS; i++)
		net_run_ms(rig, STEP_MS);
}

/* --- a phrase --------------------------------------------------------------
 */

struct speaking {
	struct net_rig *rig;
	struct net_heard *heard;
	struct asr_stream *stream;
	struct tmr tmr;
	unsigned index;
	uint32_t left_ms;
	uint64_t end_ms;
};

static void partial_handler(const char *text, void *arg)
{
	struct net_heard *heard = ((struct speaking *)arg)->heard;

	heard->partials++;
	(void)text_copy(heard->partial, sizeof(heard->partial), text);
}

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct speaking *speaking = arg;
	struct net_heard *heard = speaking->heard;

	heard->phrases++;
	heard->score = phrase->score;
	heard->begin_ms = phrase->begin_ms;
	heard->end_ms = phrase->end_ms;
	heard->answer_ms = (uint32_t)(clock_ms() - speaking->end_ms);
	(void)text_copy(heard->text, sizeof(heard->text), phrase->text);
	(void)text_copy(heard->service, sizeof(heard->service),
	                phrase->service);
}

static void trouble_handler(const char *why, void *arg)
{
	struct net_heard *heard = ((struct speaking *)arg)->heard;

	(void)text_copy(heard->why, sizeof(heard->why), why);
}

static void closed_handler(int err, void *arg)
{
	struct speaking *speaking = arg;

	speaking->heard->err = err;
	speaking->heard->is_closed = true;
	tmr_cancel(&speaking->tmr);
	loop_stop();
}

static void speak_timer(void *arg)
{
	struct speaking *speaking = arg;
	int16_t pcm[PIECE_MS * RATE_HZ / 1000];
	size_t n = speaking->left_ms < PIECE_MS ? speaking->left_ms : PIECE_MS;

	if (!n) {
		speaking->end_ms = clock_ms();
		if (asr_finish(speaking->rig->asr, speaking->stream, 0))
			closed_handler(EPROTO, speaking);
		return;
	}

	n *= RATE_HZ / 1000;
	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)((i / 8 % 2 ? -1000 : 1000) *
		                   (int)(speaking->index + 1));
	(void)asr_feed(speaking->rig->asr, speaking->stream, pcm, n);
	speaking->left_ms -= (uint32_t)(n / (RATE_HZ / 1000));
	tmr_start(&speaking->tmr, speaking->rig->every_ms, speak_timer,
	          speaking);
}

int net_say(struct net_rig *rig, struct net_heard *heard, unsigned i,
            uint32_t ms)
{
	struct speaking speaking = {
		.rig = rig,
		.heard = heard,
		.index = i,
		.left_ms = ms,
	};
	const struct asr_sink sink = {
		.partial = partial_handler,
		.phrase = phrase_handler,
		.trouble = trouble_handler,
		.closed = closed_handler,
		.arg = &speaking,
	};
	const struct asr_prm prm = {
		.lang = rig->lang ? rig->lang : "en",
		.hot_word = rig->hot_word,
		.rate_hz = RATE_HZ,
		.params = "",
		.usage = rig->usage,
	};
	struct tmr limit;
	int err;

	memset(heard, 0, sizeof(*heard));
	tmr_init(&speaking.tmr);
	err = asr_open(&speaking.stream, rig->asr, &prm, &sink);
	if (err)
		return err;

	tmr_init(&limit);
	tmr_start(&limit, WAIT_MS, stop_handler, NULL);
	tmr_start(&speaking.tmr, 0, speak_timer, &speaking);
	(void)loop_run();
	tmr_cancel(&limit);
	tmr_cancel(&speaking.tmr);
	mem_deref(speaking.stream);

	return heard->is_closed ? 0 : ETIMEDOUT;
}
