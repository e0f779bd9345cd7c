/*
 * test/rehearse/rig.c - people behind one phone and robots that call them
 */
#include <math.h>
#include "base/id.h"
#include "base/loop.h"
#include "harness.h"
#include "rig.h"

enum {
	LIMIT_MS = 60000, /* of one run of the loop: something hangs */
	RING_MS = 8000,   /* a call with an answer takes longer */
	VOICE_RMS = 1000, /* above the noise of the persons */
	TONE_LEVEL = 6000,
	TONE_HZ = 400,
};

struct rig {
	struct work_pool *pool;
	struct cfg *cfg;
	struct voices *voices;
	struct people *people;
	struct phone *exchange; /* of the people */
	struct phone *caller;
	struct phone_line *line;

	struct tmr limit;
	bool is_late;
	size_t pending; /* what the loop waits for */
	int err;
};

/* --- the loop ------------------------------------------------------------ */

static void limit_handler(void *arg)
{
	struct rig *rig = arg;

	rig->is_late = true;
	loop_stop();
}

static int run(struct rig *rig)
{
	int err = 0;

	tmr_start(&rig->limit, LIMIT_MS, limit_handler, rig);
	if (rig->pending)
		err = loop_run();
	tmr_cancel(&rig->limit);
	if (rig->is_late) {
		fprintf(stderr, "still waiting for %zu after %d s\n",
		        rig->pending, LIMIT_MS / 1000);
		return ETIMEDOUT;
	}

	return err ? err : rig->err;
}

static void one_less(struct rig *rig)
{
	if (!--rig->pending)
		loop_stop();
}

/* --- opening and closing ------------------------------------------------- */

static void prepared(const char *fault, void *arg)
{
	struct rig *rig = arg;

	if (fault) {
		fprintf(stderr, "%s\n", fault);
		rig->err = EPROTO;
	}
	one_less(rig);
}

static int open_people(struct rig *rig, const char *path,
                       char fault[CFG_FAULT_SIZE])
{
	static const struct cfg_table *const tablev[] = {&voice_cfg_table};
	int err;

	err = work_pool_alloc(&rig->pool, 2, loop_mailbox());
	if (err)
		return err;
	err = cfg_load(&rig->cfg, NULL, tablev, ARRAY_COUNT(tablev), fault);
	if (err)
		return err;
	err = voices_alloc(&rig->voices, rig->cfg, test_dir(), rig->pool, NULL,
	                   fault);
	if (err)
		return err;

	return people_alloc(&rig->people, path, rig->voices, fault);
}

static int open_phones(struct rig *rig, char fault[CFG_FAULT_SIZE])
{
	struct phone_prm prm = {
		.bind = "127.0.0.1",
		.media_loops = 1,
		.incoming = people_incoming,
		.arg = rig->people,
	};
	struct phone_line_prm line = {.name = "people", .user = "robot"};
	char server[32];
	int err;

	err = phone_alloc(&rig->exchange, &prm, fault);
	if (err)
		return err;

	prm.incoming = NULL;
	err = phone_alloc(&rig->caller, &prm, fault);
	if (err)
		return err;

	(void)snprintf(server, sizeof(server), "127.0.0.1:%u",
	               phone_sip_port(rig->exchange));
	line.server = server;

	return phone_line_add(&rig->line, rig->caller, &line);
}

int rig_open(struct rig **rigp, const char *path)
{
	char fault[CFG_FAULT_SIZE] = "";
	struct rig *rig;
	int err;

	err = loop_init();
	if (err)
		return err;

	rig = mem_zalloc(sizeof(*rig), NULL);
	if (!rig)
		return ENOMEM;
	tmr_init(&rig->limit);

	err = open_people(rig, path, fault);
	if (!err)
		err = open_phones(rig, fault);
	if (!err) {
		rig->pending = 1;
		err = people_prepare(rig->people, 8000, prepared, rig);
	}
	if (!err)
		err = run(rig);

	if (err) {
		fprintf(stderr, "%s: %s\n", strerror(err), fault);
		rig_close(rig);
	}
	else {
		*rigp = rig;
	}

	return err;
}

struct people *rig_people(struct rig *rig)
{
	return rig->people;
}

int rig_write(char *path, const char *text)
{
	FILE *file;

	(void)snprintf(path, RIG_PATH_SIZE, "%s/people.json", test_dir());
	file = fopen(path, "w");
	if (!file)
		return errno;
	(void)fputs(text, file);

	return fclose(file) ? errno : 0;
}

static void closed(void *arg)
{
	one_less(arg);
}

void rig_close(struct rig *rig)
{
	if (!rig)
		return;

	rig->err = 0;
	rig->pending = (rig->caller ? 1 : 0) + (rig->exchange ? 1 : 0);
	if (rig->caller)
		phone_close(rig->caller, closed, rig);
	if (rig->exchange)
		phone_close(rig->exchange, closed, rig);
	(void)run(rig);

	mem_deref(rig->caller);
	mem_deref(rig->exchange);
	mem_deref(rig->people);
	mem_deref(rig->voices);
	mem_deref(rig->cfg);
	mem_deref(rig->pool);
	mem_deref(rig);
	loop_close();
}

int rig_refusal(const char *json, char fault[CFG_FAULT_SIZE])
{
	char path[RIG_PATH_SIZE];
	struct rig *rig;
	int err;

	err = rig_write(path, json);
	if (!err)
		err = loop_init();
	if (err)
		return err;

	rig = mem_zalloc(sizeof(*rig), NULL);
	if (!rig)
		return ENOMEM;
	tmr_init(&rig->limit);
	err = open_people(rig, path, fault);
	rig_close(rig);

	return err;
}

/* --- a robot ------------------------------------------------------------- */

static bool is_prompt(uint32_t now_ms)
{
	return now_ms < RIG_PROMPT_MS ||
	       (now_ms >= RIG_SECOND_FROM_MS && now_ms < RIG_SECOND_TO_MS);
}

static unsigned crossings(const struct phone_tick *tick)
{
	unsigned n = 0;

	for (size_t i = 1; i < tick->n; i++)
		n += (tick->in[i - 1] < 0) != (tick->in[i] < 0);

	return n;
}

static void note_voice(struct rig_robot *robot, const struct phone_tick *tick)
{
	const unsigned expected = 2 * 1000 * PHONE_TICK_MS / 1000;
	unsigned n = crossings(tick);

	if (robot->first_ms == RIG_NEVER_MS)
		robot->first_ms = robot->now_ms;
	if (robot->second_ms == RIG_NEVER_MS &&
	    robot->now_ms >= RIG_SECOND_TO_MS)
		robot->second_ms = robot->now_ms;
	robot->voiced_ms += PHONE_TICK_MS;

	robot->beeping_ms = n + 2 >= expected && n <= expected + 2
	                            ? robot->beeping_ms + PHONE_TICK_MS
	                            : 0;
	if (robot->beeping_ms > robot->beep_ms)
		robot->beep_ms = robot->beeping_ms;
}

static void robot_tick(struct phone_tick *tick, void *arg)
{
	struct rig_robot *robot = arg;
	double sum = 0;

	robot->now_ms = (uint32_t)tick->at_ms;
	for (size_t i = 0; tick->in && i < tick->n; i++)
		sum += (double)tick->in[i] * tick->in[i];
	if (robot->now_ms < 1000)
		robot->noise_sum += sum;
	if (sum >= (double)VOICE_RMS * VOICE_RMS * (double)tick->n)
		note_voice(robot, tick);

	for (size_t i = 0; is_prompt(robot->now_ms) && i < tick->n; i++) {
		size_t at = robot->now_ms * tick->rate_hz / 1000 + i;

		tick->out[i] =
			(int16_t)(TONE_LEVEL * sin(2 * M_PI * TONE_HZ *
		                                   (double)at / tick->rate_hz));
	}
}

static void hangup_handler(void *arg)
{
	struct rig_robot *robot = arg;

	phone_leg_hangup(robot->leg);
}

/* Of a machine that stood still no audio was heard meanwhile. */
static void talk_handler(void *arg)
{
	struct rig_robot *robot = arg;
	uint32_t now_ms = robot->now_ms;

	if (now_ms >= RIG_HANGUP_MS)
		phone_leg_hangup(robot->leg);
	else
		tmr_start(&robot->tmr, RIG_HANGUP_MS - now_ms, talk_handler,
		          robot);
}

static void answered(void *arg)
{
	struct rig_robot *robot = arg;

	tmr_start(&robot->tmr, RIG_HANGUP_MS, talk_handler, robot);
}

static void key_pressed(char key, uint32_t duration_ms, void *arg)
{
	struct rig_robot *robot = arg;
	size_t n = strlen(robot->keys);

	(void)duration_ms;
	if (n + 1 < sizeof(robot->keys))
		robot->keys[n] = key;
}

static void detached(void *arg)
{
	struct rig_robot *robot = arg;

	one_less(robot->rig);
}

static void ended(const struct phone_end *end, void *arg)
{
	struct rig_robot *robot = arg;

	tmr_cancel(&robot->tmr);
	robot->end = *end;
	robot->end.reason = NULL;
	robot->leg = mem_deref(robot->leg);
	one_less(robot->rig);
}

static int dial(struct rig *rig, struct rig_robot *robot)
{
	const struct phone_audio audio = {
		.tick = robot_tick,
		.detached = detached,
		.arg = robot,
	};
	const struct phone_leg_sink sink = {
		.answered = answered,
		.key = key_pressed,
		.ended = ended,
		.arg = robot,
	};
	struct phone_dial_prm prm = {
		.number = robot->number,
		.ring_ms = RING_MS,
		.audio = &audio,
	};
	char call_id[ID_SIZE];

	prm.call_id = id_make(call_id);
	robot->rig = rig;
	robot->first_ms = RIG_NEVER_MS;
	robot->second_ms = RIG_NEVER_MS;
	tmr_init(&robot->tmr);
	if (robot->cancel_ms)
		tmr_start(&robot->tmr, robot->cancel_ms, hangup_handler, robot);

	return phone_dial(&robot->leg, rig->line, &prm, &sink);
}

int rig_call(struct rig *rig, struct rig_robot *robotv, size_t robotc)
{
	for (size_t i = 0; i < robotc; i++) {
		int err = dial(rig, &robotv[i]);

		if (err) {
			fprintf(stderr, "%s: %s\n", robotv[i].number,
			        strerror(err));
			return err;
		}
		rig->pending += 2;
	}

	return run(rig);
}
