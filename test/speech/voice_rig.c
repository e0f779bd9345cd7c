/*
 * test/speech/voice_rig.c - voices of services, in a loop of the test
 */
#include <math.h>
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/text.h"
#include "harness.h"
#include "speech/service.h"
#include "voice_rig.h"
#include <re_tmr.h>

enum {
	WAIT_MS = 90000,     /* longer than any limit of a service */
	NEVER_MS = 10000000, /* longer than that */
	STEP_MS = 10,
	SETTLE_STEPS = 10,
	GOODBYE_MS = 30,
	EDGE_MS = 100,
};

static const char *const servicev[VOICE_RIG_FAKES] = {"first", "second"};

/* A machine that stands still for a while must not reach a limit. */
static int patience(struct voice_rig *rig, const char *name)
{
	static const char *const keyv[] = {"connect_ms", "stall_ms",
	                                   "answer_ms"};
	char path[64];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(keyv) && !err; i++) {
		(void)snprintf(path, sizeof(path), "service.%s.%s", name,
		               keyv[i]);
		err = voice_rig_set(rig, path, "60000");
	}

	return err;
}

static int fake_add(struct voice_rig *rig, size_t i, const char *kind)
{
	const struct fake_voice_prm prm = {
		.kind = kind,
		.key = "s3cret-key",
		.secret = "s3cret-half",
		.app = "the-app",
		.late_ms = NEVER_MS,
	};
	char path[64], value[128];
	int err;

	err = fake_voice_open(&rig->fakev[i], &prm);
	if (err)
		return err;

	(void)snprintf(path, sizeof(path), "service.%s.url", servicev[i]);
	(void)snprintf(value, sizeof(value), "http://127.0.0.1:%u%s",
	               fake_voice_port(rig->fakev[i]),
	               fake_voice_path(rig->fakev[i]));
	err = voice_rig_set(rig, path, value);
	if (!err)
		err = patience(rig, servicev[i]);
	(void)snprintf(path, sizeof(path), "service.%s.kind", servicev[i]);
	if (!err)
		err = voice_rig_set(rig, path, kind);
	(void)snprintf(path, sizeof(path), "service.%s.key", servicev[i]);
	if (!err)
		err = voice_rig_set(rig, path, prm.key);
	(void)snprintf(path, sizeof(path), "service.%s.secret", servicev[i]);
	if (!err)
		err = voice_rig_set(rig, path, prm.secret);
	(void)snprintf(path, sizeof(path), "service.%s.token_url", servicev[i]);
	(void)snprintf(value, sizeof(value), "http://127.0.0.1:%u/token",
	               fake_voice_port(rig->fakev[i]));
	if (!err)
		err = voice_rig_set(rig, path, value);
	(void)snprintf(path, sizeof(path), "service.%s.app", servicev[i]);
	if (!err)
		err = voice_rig_set(rig, path, prm.app);

	return err;
}

int voice_rig_open(struct voice_rig *rig, const char *kind, const char *second)
{
	static const struct cfg_table *const tablev[] = {
		&voice_cfg_table,
		&service_cfg_table,
		&httpc_cfg_table,
	};
	static unsigned rigs;
	int err;

	*rig = (struct voice_rig){0};
	(void)snprintf(rig->folder, sizeof(rig->folder), "%s/voices-%u",
	               test_dir(), rigs++);
	err = loop_init();
	if (err)
		return err;

	rig->is_open = true;
	rig->usage = mem_zalloc(sizeof(*rig->usage), NULL);
	err = work_pool_alloc(&rig->pool, 2, loop_mailbox());
	if (!err)
		err = cfg_load(&rig->cfg, NULL, tablev, ARRAY_COUNT(tablev),
		               rig->fault);
	if (!err)
		err = httpc_alloc(&rig->http, rig->cfg);
	if (!err)
		err = fake_add(rig, 0, kind);
	if (!err && second)
		err = fake_add(rig, 1, second);

	return err;
}

void voice_rig_close(struct voice_rig *rig)
{
	if (!rig->is_open)
		return;

	rig->voices = mem_deref(rig->voices);
	rig->http = mem_deref(rig->http);
	/* Both sides say goodbye. */
	voice_rig_run_ms(GOODBYE_MS);
	for (size_t i = 0; i < VOICE_RIG_FAKES; i++)
		rig->fakev[i] = mem_deref(rig->fakev[i]);
	rig->usage = mem_deref(rig->usage);
	if (rig->pool)
		work_pool_finish(rig->pool);
	mailbox_drain(loop_mailbox());
	rig->pool = mem_deref(rig->pool);
	rig->cfg = mem_deref(rig->cfg);
	loop_close();
	rig->is_open = false;
}

int voice_rig_set(struct voice_rig *rig, const char *path, const char *value)
{
	return cfg_set(rig->cfg, path, value, rig->fault);
}

int voice_rig_voices(struct voice_rig *rig, const char *names)
{
	int err;

	err = voice_rig_set(rig, "voice.voices", names);
	rig->voices = mem_deref(rig->voices);
	if (!err)
		err = voices_alloc(&rig->voices, rig->cfg, rig->folder,
		                   rig->pool, rig->http, rig->fault);

	return err;
}

static void stop_handler(void *arg)
{
	(void)arg;

	loop_stop();
}

void voice_rig_run_ms(uint64_t ms)
{
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, ms, stop_handler, NULL);
	(void)loop_run();
	tmr_cancel(&tmr);
}

bool voice_rig_wait(const unsigned *count, unsigned n)
{
	for (unsigned i = 0; *count < n && i < WAIT_MS / STEP_MS; i++)
		voice_rig_run_ms(STEP_MS);

	return *count >= n;
}

void voice_rig_settle(void)
{
	for (unsigned i = 0; i < SETTLE_STEPS; i++)
		voice_rig_run_ms(STEP_MS);
}

static void begun_handler(struct voice_sound *sound, void *arg)
{
	struct voice_rig_said *said = arg;

	said->begun = mem_ref(sound);
	said->begun_ms = clock_ms();
}

static void done_handler(struct voice_sound *sound, const char *fault,
                         void *arg)
{
	struct voice_rig_said *said = arg;

	said->sound = mem_ref(sound);
	(void)text_copy(said->fault, sizeof(said->fault), fault ? fault : "");
	said->is_done = true;
	said->done_ms = clock_ms();
	loop_stop();
}

int voice_rig_say(struct voice_rig *rig, struct voice_rig_said *said,
                  const struct voice_prm *prm, bool is_live)
{
	const struct voice_sink sink = {is_live ? begun_handler : NULL,
	                                done_handler, said};
	struct voice_request *req;
	int err;

	*said = (struct voice_rig_said){0};
	err = voices_get_live(&req, rig->voices, prm, VOICE_RIG_HZ, &sink);
	if (err)
		return err;

	voice_rig_run_ms(WAIT_MS);
	mem_deref(req);

	return said->is_done ? 0 : ETIMEDOUT;
}

static size_t edge_of(const struct voice_sound *sound)
{
	size_t edge = (size_t)sound->rate_hz * EDGE_MS / 1000;

	return sound->count > 3 * edge ? edge : 0;
}

double voice_rig_level(const struct voice_sound *sound)
{
	size_t edge = edge_of(sound);
	double sum = 0;

	for (size_t i = edge; i < sound->count - edge; i++)
		sum += (double)sound->pcm[i] * sound->pcm[i];

	return sqrt(sum / (double)(sound->count - 2 * edge + 1));
}

double voice_rig_tone_hz(const struct voice_sound *sound)
{
	size_t edge = edge_of(sound), n = sound->count - 2 * edge, turns = 0;

	for (size_t i = edge + 1; i < edge + n; i++)
		turns += (sound->pcm[i] < 0) != (sound->pcm[i - 1] < 0);

	return (double)turns * sound->rate_hz / 2 / (double)(n + 1);
}
