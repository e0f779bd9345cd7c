/*
 * test/call/rig.c - a robot and a person, each with a telephone
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/loop.h"
#include "harness.h"
#include "media/level.h"
#include "media/tone.h"
#include "oom.h"
#include "rig.h"
#include "speech/service.h"

enum {
	TONE_RATE_HZ = 8000,
	STARVE_MS = 1200, /* longer than anything waits before it tries again */
};

static const float LOUD_DB = -40.0F;

/* --- waiting ----------------------------------------------------------------
 */

struct watch {
	struct tmr tmr;
	const unsigned *number;
	unsigned n;
	uint64_t until_ms;
};

static void watch_handler(void *arg)
{
	struct watch *watch = arg;

	if (*watch->number >= watch->n || clock_ms() >= watch->until_ms)
		loop_stop();
	else
		tmr_start(&watch->tmr, 2, watch_handler, watch);
}

int rig_until(const unsigned *number, unsigned n)
{
	struct watch watch = {
		.number = number,
		.n = n,
		.until_ms = clock_ms() + RIG_LIMIT_MS,
	};

	tmr_init(&watch.tmr);
	tmr_start(&watch.tmr, 0, watch_handler, &watch);
	(void)loop_run();
	tmr_cancel(&watch.tmr);

	return *number >= n ? 0 : ETIMEDOUT;
}

/* --- the person --------------------------------------------------------------
 */

/* A wide line gets each sample twice. */
static void tone_play(struct rig *rig, struct phone_tick *tick)
{
	size_t step = tick->rate_hz / TONE_RATE_HZ;

	for (size_t k = 0; k < tick->n && rig->tone_at < rig->tonec; k++) {
		tick->out[k] = rig->tone[rig->tone_at];
		rig->tone_at += k % step == step - 1;
	}
}

static void person_tick(struct phone_tick *tick, void *arg)
{
	struct rig *rig = arg;
	const struct rig_person *person = &rig->person;
	unsigned i = atomic_load(&rig->ticks);
	uint32_t ms = i * PHONE_TICK_MS;

	if (i < RIG_TICKS_MAX && tick->in)
		rig->loudv[i] = level_db(tick->in, tick->n) > LOUD_DB;
	atomic_store(&rig->ticks, i + 1);

	if (rig->tone && ms >= person->tone_ms)
		tone_play(rig, tick);
	if (ms < person->speak_from_ms || ms >= person->speak_until_ms)
		return;
	for (size_t k = 0; k < tick->n; k++) {
		rig->noise = rig->noise * 1664525 + 1013904223;
		tick->out[k] =
			(int16_t)((int32_t)(rig->noise >> 17) - 16384) / 4;
	}
}

static void person_detached(void *arg)
{
	struct rig *rig = arg;

	rig->detached++;
}

static void person_answered(void *arg)
{
	(void)arg;
}

static void person_ended(const struct phone_end *end, void *arg)
{
	struct rig *rig = arg;

	(void)end;

	rig->blocked_at_bye = rig_number("select count(*) from do_not_call");
	tmr_cancel(&rig->key_tmr);
	tmr_cancel(&rig->hangup_tmr);
	tmr_cancel(&rig->ring_tmr);
	rig->leg = mem_deref(rig->leg);
}

static void key_handler(void *arg)
{
	struct rig *rig = arg;

	(void)phone_leg_send_keys(rig->leg, rig->person.keys);
}

static void hangup_handler(void *arg)
{
	struct rig *rig = arg;

	phone_leg_hangup(rig->leg);
}

static void pick_up(void *arg)
{
	struct rig *rig = arg;
	const struct phone_audio audio = {person_tick, person_detached, rig};
	const struct phone_leg_sink sink = {
		.answered = person_answered,
		.ended = person_ended,
		.arg = rig,
	};

	if (phone_leg_answer(rig->leg, &audio, &sink)) {
		rig->leg = mem_deref(rig->leg);
		return;
	}
	if (rig->person.key_ms)
		tmr_start(&rig->key_tmr, rig->person.key_ms, key_handler, rig);
	if (rig->person.hangup_ms)
		tmr_start(&rig->hangup_tmr, rig->person.hangup_ms,
		          hangup_handler, rig);
}

static void incoming(struct phone_leg *leg, struct phone_line *line,
                     const char *from, const char *to, void *arg)
{
	struct rig *rig = arg;
	const struct phone_audio audio = {person_tick, person_detached, rig};

	if (rig->incoming) {
		rig->incoming(leg, line, from, to, rig);
		return;
	}
	if (rig->person.refuse_code) {
		(void)phone_leg_refuse(leg, rig->person.refuse_code, "No", 0);
		mem_deref(leg);
		return;
	}

	rig->leg = leg;
	if (rig->person.is_ringing)
		(void)phone_leg_ring(leg, true, &audio);
	else if (rig->person.ring_ms)
		tmr_start(&rig->ring_tmr, rig->person.ring_ms, pick_up, rig);
	else
		pick_up(rig);
}

/* --- the robot ------------------------------------------------------- */

static void fed(void *arg)
{
	struct rig *rig = arg;

	(void)oom_disarm();
	rig->starved_ended = rig->ended;
}

static void moment(const struct call_moment *moment, void *arg)
{
	static const char *const namev[] = {
		"DIALLING", "RINGING", "ANSWERED", "SAYING",   "HEARD",
		"KEYS",     "QUIET",   "STEP",     "ANSWERER", "TROUBLE",
	};
	struct rig *rig = arg;
	size_t len = strlen(rig->notes);

	if (moment->kind == CALL_ANSWERED)
		rig->answered_ms = clock_ms();
	if (moment->kind == CALL_STEP) {
		if (++rig->steps == rig->starve_step) {
			tmr_start(&rig->starve_tmr, STARVE_MS, fed, rig);
			oom_refuse();
		}
		return;
	}
	(void)snprintf(rig->notes + len, sizeof(rig->notes) - len, "%s%s %s\n",
	               namev[moment->kind], moment->is_interruption ? "!" : "",
	               moment->text);
}

static void ended(const struct call_result *result, void *arg)
{
	struct rig *rig = arg;

	rig->outcome = result->end.outcome;
	rig->talk_ms = result->talk_ms;
	rig->lasted_ms = rig->answered_ms ? clock_ms() - rig->answered_ms : 0;
	(void)snprintf(rig->label, sizeof(rig->label), "%s",
	               result->flow ? result->flow->label : "");
	(void)snprintf(rig->heard, sizeof(rig->heard), "%s", result->heard);
	(void)snprintf(rig->recording, sizeof(rig->recording), "%s",
	               result->recording);
	rig->ended++;
}

int rig_line(struct rig *rig, const char *name, const char *codecs)
{
	struct phone_line_prm line = {
		.name = name,
		.user = "100",
		.caller_id = "+15550100",
		.codecs = codecs,
	};
	char server[64];

	(void)snprintf(server, sizeof(server), "127.0.0.1:%u",
	               phone_sip_port(rig->phone));
	line.server = server;

	return phone_line_add(&rig->line, rig->robot, &line);
}

static int phones_open(struct rig *rig)
{
	struct phone_prm prm = {.bind = "127.0.0.1", .media_loops = 1};
	int err;

	err = phone_alloc(&rig->robot, &prm, rig->fault);
	if (err)
		return err;
	prm.incoming = incoming;
	prm.arg = rig;
	err = phone_alloc(&rig->phone, &prm, rig->fault);
	if (err)
		return err;

	return rig_line(rig, "main", NULL);
}

/* The one voice is a service at that address. */
static int voice_set(struct rig *rig, const char *url)
{
	const char *const rowv[][2] = {
		{"voice.voices", "served"},
		{"service.served.kind", "http-tts"},
		{"service.served.url", url},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv) && !err; i++)
		err = cfg_set(rig->cfg, rowv[i][0], rowv[i][1], rig->fault);

	return err;
}

static int services_open(struct rig *rig, const char *recognisers,
                         const char *offline_prompt, const char *voice_url)
{
	static const struct cfg_table *const tablev[] = {
		&asr_sphinx_cfg_table, &voice_cfg_table,   &store_cfg_table,
		&call_cfg_table,       &answer_cfg_table,  &complaint_cfg_table,
		&httpc_cfg_table,      &service_cfg_table,
	};
	char path[512];
	int err;

	err = cfg_load(&rig->cfg, NULL, tablev, ARRAY_COUNT(tablev),
	               rig->fault);
	if (err)
		return err;
	err = cfg_set(rig->cfg, "talk.answer_ms", "1800", rig->fault);
	if (!err)
		err = cfg_set(rig->cfg, "talk.voice_ms", "4000", rig->fault);
	if (!err)
		err = cfg_set(rig->cfg, "complaint.abuse",
		              "idiot*, урод*, 他妈", rig->fault);
	if (err)
		return err;
	err = cfg_set(rig->cfg, "talk.offline_prompt", offline_prompt,
	              rig->fault);
	if (err)
		return err;
	err = voice_url ? voice_set(rig, voice_url) : 0;
	if (err)
		return err;
	err = work_pool_alloc(&rig->pool, 2, loop_mailbox());
	if (err)
		return err;
	err = httpc_alloc(&rig->http, rig->cfg);
	if (err)
		return err;
	err = asr_alloc(&rig->asr, recognisers, rig->cfg, rig->pool, rig->http,
	                rig->fault);
	if (err)
		return err;
	(void)snprintf(path, sizeof(path), "%s/voices", test_dir());
	err = voices_alloc(&rig->voices, rig->cfg, path, rig->pool, rig->http,
	                   rig->fault);
	if (err)
		return err;
	(void)snprintf(path, sizeof(path), "%s/calls.db", test_dir());

	return store_open(&rig->store, path, rig->pool, rig->fault);
}

static int open_in(struct rig *rig, const char *folder, const char *recognisers,
                   const char *offline_prompt, const char *voice_url)
{
	struct calls_prm prm;
	char path[512], web[512];
	int err;

	memset(rig, 0, sizeof(*rig));
	tmr_init(&rig->key_tmr);
	tmr_init(&rig->hangup_tmr);
	tmr_init(&rig->ring_tmr);
	tmr_init(&rig->starve_tmr);
	err = loop_init();
	if (err)
		return err;
	err = services_open(rig, recognisers, offline_prompt, voice_url);
	if (!err)
		err = phones_open(rig);
	if (err) {
		fprintf(stderr, "%s\n", rig->fault);
		return err;
	}

	(void)snprintf(path, sizeof(path), "%s/%s", test_dir(),
	               folder ? folder : "recordings");
	if (!folder)
		(void)mkdir(path, 0700);
	(void)snprintf(web, sizeof(web), "%s/web", test_dir());
	prm = (struct calls_prm){
		.cfg = rig->cfg,
		.pool = rig->pool,
		.asr = rig->asr,
		.voices = rig->voices,
		.http = rig->http,
		.web_sounds = web,
		.store = rig->store,
		.recordings = path,
	};

	return calls_alloc(&rig->calls, &prm);
}

int rig_open(struct rig *rig, const char *folder)
{
	return open_in(rig, folder, "mock", "", NULL);
}

int rig_open_with(struct rig *rig, const char *recognisers,
                  const char *offline_prompt)
{
	return open_in(rig, NULL, recognisers, offline_prompt, NULL);
}

int rig_open_voice(struct rig *rig, const char *voice_url)
{
	return open_in(rig, NULL, "mock", "", voice_url);
}

static void closed(void *arg)
{
	++*(unsigned *)arg;
}

void rig_close(struct rig *rig)
{
	unsigned done = 0, wanted = 0;

	(void)oom_disarm();
	tmr_cancel(&rig->starve_tmr);
	rig->leg = mem_deref(rig->leg);
	if (rig->robot && ++wanted)
		phone_close(rig->robot, closed, &done);
	if (rig->phone && ++wanted)
		phone_close(rig->phone, closed, &done);
	(void)rig_until(&done, wanted);
	mem_deref(rig->robot);
	mem_deref(rig->phone);
	mem_deref(rig->calls);
	mem_deref(rig->script);
	mem_deref(rig->tone);
	mem_deref(rig->voices);
	mem_deref(rig->http);
	mem_deref(rig->asr);
	if (rig->store)
		store_close(rig->store);
	mem_deref(rig->pool);
	mem_deref(rig->cfg);
	loop_close();
}

int rig_script(struct flow_script **scriptp, const char *json)
{
	struct flow_faults *faults;
	int err;

	err = flow_faults_alloc(&faults);
	if (err)
		return err;

	err = flow_load(scriptp, "test", json, strlen(json), faults);
	for (size_t i = 0; i < flow_faults_count(faults); i++)
		fprintf(stderr, "%s: %s\n", flow_faults_at(faults, i)->path,
		        flow_faults_at(faults, i)->message);
	mem_deref(faults);

	return err;
}

int rig_call(struct rig *rig, const char *json, const struct rig_person *person)
{
	struct call_prm prm = {
		.number = "+15550101",
		.line = rig->line,
		.others = person->others,
	};
	const struct call_sink sink = {moment, ended, rig};
	struct call *call;
	struct tone tone;
	int err;

	rig->person = *person;
	if (person->tone && tone_parse(&tone, person->tone))
		return EINVAL;
	if (person->tone) {
		rig->tonec = tone_samples(&tone, TONE_RATE_HZ);
		rig->tone = mem_zalloc(rig->tonec * sizeof(int16_t), NULL);
		if (!rig->tone)
			return ENOMEM;
		tone_render(&tone, TONE_RATE_HZ, rig->tone);
	}
	err = rig_script(&rig->script, json);
	if (err)
		return err;

	prm.script = rig->script;
	err = call_place(&call, rig->calls, &prm, &sink);
	if (err)
		return err;

	return rig_until(&rig->ended, 1);
}

unsigned rig_loud_ms(const struct rig *rig, uint32_t from_ms, uint32_t until_ms)
{
	unsigned ms = 0;

	for (uint32_t i = from_ms / PHONE_TICK_MS;
	     i < until_ms / PHONE_TICK_MS && i < RIG_TICKS_MAX; i++)
		ms += rig->loudv[i] ? PHONE_TICK_MS : 0;

	return ms;
}

int rig_text(char *text, size_t size, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	char path[512];
	int err = ENOENT;

	(void)snprintf(path, sizeof(path), "%s/calls.db", test_dir());
	if (!sqlite3_open(path, &db) &&
	    !sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		(void)snprintf(text, size, "%s", sqlite3_column_text(stmt, 0));
		err = 0;
	}
	else {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
	}
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);

	return err;
}

int64_t rig_number(const char *sql)
{
	char text[64];

	return rig_text(text, sizeof(text), sql) ? -1 : strtoll(text, NULL, 10);
}
