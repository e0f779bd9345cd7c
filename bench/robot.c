/*
 * bench/robot.c - a robot that holds many whole conversations, measured
 */
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/wav.h"
#include "child.h"
#include "crowd_child.h"
#include "robot.h"
#include "wire.h"
#include <re_tmr.h>

enum {
	PATH_SIZE = 512,
	WORKERS = 2,
	PACE_MS = 10,
	PHRASE_MIN = 1000, /* of 32768: where the phrase begins */
	TONE_S = 20,
	END_LIMIT_MS = 60000,
	RATE_HZ = 8000,
};

#define DELAY_MS "20" /* of the recogniser, before each answer */

static const char phrase_text[] = "Yes, that is fine.";

struct talk {
	struct le le;
	struct robot *robot;
	struct call *call; /* NULL: free */
	unsigned number;
};

struct robot {
	struct robot_prm prm;
	struct cfg *cfg;
	struct work_pool *pool;
	struct asr *asr;
	struct voices *voices;
	struct httpc *http;
	struct store *store;
	struct phone *phone;
	struct phone_line *line;
	struct flow_script *script;
	struct calls *calls;
	struct crowd_child *crowd;
	struct child recogniser;
	char dir[PATH_SIZE];

	struct list talkl; /* under way */
	unsigned live;     /* of them */
	unsigned wanted, per_s, talking, failed, placed;
	struct tmr pace_tmr, run_tmr;
	uint64_t pace_ms;
	bool is_ending;
	bool is_waiting; /* for what follows */
	int err;
};

/* --- waiting ------------------------------------------------------------- */

static void over_handler(void *arg)
{
	(void)arg;

	loop_stop();
}

void robot_run_ms(struct robot *robot, uint32_t ms)
{
	tmr_start(&robot->run_tmr, ms, over_handler, robot);
	(void)loop_run();
}

static void woken(struct robot *robot, int err)
{
	robot->err = err;
	if (robot->is_waiting)
		loop_stop();
	robot->is_waiting = false;
}

static int wait_ms(struct robot *robot, uint32_t limit_ms)
{
	robot->is_waiting = true;
	robot->err = ETIMEDOUT;
	robot_run_ms(robot, limit_ms);
	tmr_cancel(&robot->run_tmr);
	robot->is_waiting = false;

	return robot->err;
}

/* --- calls --------------------------------------------------------------- */

static void talk_destructor(void *arg)
{
	struct talk *talk = arg;

	list_unlink(&talk->le);
}

static void moment_handler(const struct call_moment *moment, void *arg)
{
	struct talk *talk = arg;
	struct robot *robot = talk->robot;

	if (moment->kind == CALL_ANSWERED &&
	    ++robot->talking == robot->wanted && !robot->is_ending)
		woken(robot, 0);
	if (robot->prm.moment)
		robot->prm.moment(talk->number, moment, robot->prm.arg);
}

static void ended_handler(const struct call_result *result, void *arg)
{
	struct talk *talk = arg;
	struct robot *robot = talk->robot;

	if (result->answer_ms)
		robot->talking--;
	if (result->end.outcome != OUTCOME_ANSWERED && !robot->is_ending) {
		robot->failed++;
		fprintf(stderr, "robot: a call failed: %s %s\n",
		        outcome_name(result->end.outcome), result->end.reason);
	}
	mem_deref(talk);
	robot->live--;
	if (robot->is_ending && !robot->live)
		woken(robot, 0);
}

static int dial(struct robot *robot)
{
	const struct call_prm prm = {
		.script = robot->script,
		.line = robot->line,
		.number = "+15550101",
	};
	char id[32];
	struct call_prm with_id = prm;
	struct talk *talk = mem_zalloc(sizeof(*talk), talk_destructor);
	const struct call_sink sink = {moment_handler, ended_handler, talk};
	int err;

	if (!talk)
		return ENOMEM;

	talk->robot = robot;
	talk->number = robot->placed++;
	(void)snprintf(id, sizeof(id), "bench-%u-%u", (unsigned)getpid(),
	               talk->number);
	with_id.callid = id;
	list_append(&robot->talkl, &talk->le, talk);
	err = call_place(&talk->call, robot->calls, &with_id, &sink);
	if (err) {
		robot->failed++;
		mem_deref(talk);
	}
	else {
		robot->live++;
	}

	return err;
}

static void pace_handler(void *arg)
{
	struct robot *robot = arg;
	uint64_t now_ms = clock_ms();
	uint64_t due = (now_ms - robot->pace_ms) * robot->per_s / 1000;

	if (due)
		robot->pace_ms = now_ms;
	for (; due && robot->live < robot->wanted; due--)
		(void)dial(robot);
	tmr_start(&robot->pace_tmr, PACE_MS, pace_handler, robot);
}

int robot_fill(struct robot *robot, unsigned n, unsigned per_s,
               uint32_t limit_ms)
{
	robot->is_ending = false;
	robot->wanted = n;
	robot->per_s = per_s;
	robot->pace_ms = clock_ms();
	pace_handler(robot);

	return robot->talking >= n ? 0 : wait_ms(robot, limit_ms);
}

int robot_empty(struct robot *robot)
{
	struct le *le = list_head(&robot->talkl);

	robot->is_ending = true;
	robot->wanted = 0;
	tmr_cancel(&robot->pace_tmr);
	while (le) {
		struct talk *talk = le->data;

		le = le->next;
		call_hangup(talk->call);
	}

	return robot->live ? wait_ms(robot, END_LIMIT_MS) : 0;
}

void robot_parts(const struct robot *robot, struct robot_parts *parts)
{
	*parts = (struct robot_parts){
		.store = robot->store,
		.pool = robot->pool,
		.http = robot->http,
		.phone = robot->phone,
		.calls = robot->calls,
		.dir = robot->dir,
	};
}

unsigned robot_placed(const struct robot *robot)
{
	return robot->placed;
}

unsigned robot_failed(const struct robot *robot)
{
	return robot->failed;
}

/* --- the crowd's figures -------------------------------------------------- */

void robot_crowd_zero(struct robot *robot)
{
	crowd_child_write(robot->crowd, "z\n");
}

static void counted_handler(void *arg)
{
	woken(arg, 0);
}

int robot_crowd_count(struct robot *robot, struct robot_crowd *crowd)
{
	int err;

	crowd_child_count(robot->crowd, crowd, counted_handler, robot);
	err = wait_ms(robot, END_LIMIT_MS);
	crowd_child_count(robot->crowd, NULL, NULL, NULL);

	return err;
}

/* --- opening ------------------------------------------------------------- */

static void path_of(char path[PATH_SIZE], const struct robot *robot,
                    const char *name)
{
	(void)snprintf(path, PATH_SIZE, "%.400s/%s", robot->dir, name);
}

/* What the crowd says, from its first sound to its last. */
static int phrase_write(const struct robot *robot,
                        const struct voice_sound *sound)
{
	size_t begin = 0, end = sound->count;
	char path[PATH_SIZE];
	FILE *file;

	while (begin < end && abs(sound->pcm[begin]) < PHRASE_MIN)
		begin++;
	while (end > begin && abs(sound->pcm[end - 1]) < PHRASE_MIN)
		end--;

	path_of(path, robot, "phrase.pcm");
	file = fopen(path, "wb");
	if (!file)
		return errno;
	(void)fwrite(sound->pcm + begin, sizeof(int16_t), end - begin, file);

	return fclose(file) ? errno : 0;
}

static void phrase_handler(struct voice_sound *sound, const char *fault,
                           void *arg)
{
	struct robot *robot = arg;

	if (!sound)
		fprintf(stderr, "robot: %s\n", fault);
	woken(robot, sound ? phrase_write(robot, sound) : ENOENT);
}

static int phrase_make(struct robot *robot)
{
	const struct voice_prm prm = {
		.text = phrase_text, .lang = "en-US", .name = ""};
	struct voice_request *request = NULL;
	int err;

	err = voices_get(&request, robot->voices, &prm, RATE_HZ, phrase_handler,
	                 robot);
	if (!err)
		err = wait_ms(robot, END_LIMIT_MS);
	mem_deref(request);

	return err;
}

/* Sound without a pause, so that its end is the end of the prompt. */
static int tone_write(const struct robot *robot)
{
	static int16_t pcm[TONE_S * RATE_HZ];
	char path[PATH_SIZE];

	for (size_t i = 0; i < ARRAY_COUNT(pcm); i++)
		pcm[i] = i % 16 < 8 ? 6000 : -6000;
	path_of(path, robot, "tone.wav");

	return wav_write(path, pcm, ARRAY_COUNT(pcm), RATE_HZ);
}

static int script_write(const struct robot *robot, char path[PATH_SIZE])
{
	FILE *file;

	path_of(path, robot, "script.json");
	file = fopen(path, "wb");
	if (!file)
		return errno;
	(void)fputs(robot->prm.script, file);

	return fclose(file) ? errno : 0;
}

static int script_open(struct robot *robot)
{
	struct flow_faults *faults;
	char path[PATH_SIZE];
	int err;

	err = script_write(robot, path);
	if (err)
		return err;
	err = flow_faults_alloc(&faults);
	if (err)
		return err;

	err = flow_load_file(&robot->script, path, faults);
	for (size_t i = 0; i < flow_faults_count(faults); i++)
		fprintf(stderr, "%s: %s\n", flow_faults_at(faults, i)->path,
		        flow_faults_at(faults, i)->message);
	mem_deref(faults);

	return err;
}

/* A server that understands "yes" whatever it hears. */
static int recogniser_start(struct robot *robot, char fault[CFG_FAULT_SIZE])
{
	const char *argv[] = {NULL,   "vosk", "delay_ms", DELAY_MS,
	                      "text", "yes",  NULL};
	char url[64], spares[16];
	int err;

	(void)snprintf(spares, sizeof(spares), "%u", robot->prm.spares);
	err = child_start(&robot->recogniser, "../test/fakes/fake_speech",
	                  argv);
	if (err)
		return err;

	(void)snprintf(url, sizeof(url), "ws://127.0.0.1:%u/",
	               robot->recogniser.port);
	err = cfg_set(robot->cfg, "service.vosk.url", url, fault);
	if (!err)
		err = cfg_set(robot->cfg, "service.vosk.reuse",
		              robot->prm.spares ? "yes" : "no", fault);
	if (!err)
		err = cfg_set(robot->cfg, "service.vosk.spares", spares, fault);

	return err;
}

static int services_open(struct robot *robot, char fault[CFG_FAULT_SIZE])
{
	char path[PATH_SIZE];
	int err;

	err = cfg_load(&robot->cfg, NULL, wire.tablev, wire.tablec, fault);
	if (!err)
		err = recogniser_start(robot, fault);
	if (!err)
		err = httpc_alloc(&robot->http, robot->cfg);
	if (!err)
		err = work_pool_alloc(&robot->pool, WORKERS, loop_mailbox());
	if (!err)
		err = asr_alloc(&robot->asr, "vosk", robot->cfg, robot->pool,
		                robot->http, fault);
	path_of(path, robot, "voices");
	if (!err)
		err = voices_alloc(&robot->voices, robot->cfg, path,
		                   robot->pool, NULL, fault);
	path_of(path, robot, "calls.db");
	if (!err)
		err = store_open(&robot->store, path, robot->pool, fault);

	return err;
}

static void crowd_heard(const char *what, const char *id, uint64_t us,
                        void *arg)
{
	const struct robot *robot = arg;
	const char *number = strrchr(id, '-');

	if (robot->prm.heard && number)
		robot->prm.heard(what, (unsigned)strtoul(number + 1, NULL, 10),
		                 us, robot->prm.arg);
}

static int phone_open(struct robot *robot, char fault[CFG_FAULT_SIZE])
{
	const struct phone_prm prm = {.bind = "127.0.0.1", .media_loops = 1};
	char server[64], path[PATH_SIZE];
	struct phone_line_prm line = {
		.name = "bench",
		.server = server,
		.user = "100",
		.caller_id = "+15550100",
	};
	uint16_t port;
	int err;

	path_of(path, robot, "phrase.pcm");
	err = crowd_child_start(&robot->crowd, path, robot->prm.manner,
	                        crowd_heard, robot);
	if (err)
		return err;
	port = crowd_child_port(robot->crowd);
	err = phone_alloc(&robot->phone, &prm, fault);
	if (err)
		return err;

	(void)snprintf(server, sizeof(server), "127.0.0.1:%u", port);

	return phone_line_add(&robot->line, robot->phone, &line);
}

static void ready_handler(const char *fault, void *arg)
{
	if (fault)
		fprintf(stderr, "robot: %s\n", fault);
	woken(arg, fault ? ENOENT : 0);
}

static int calls_open(struct robot *robot)
{
	char path[PATH_SIZE], web[PATH_SIZE];
	struct calls_prm prm = {
		.cfg = robot->cfg,
		.pool = robot->pool,
		.asr = robot->asr,
		.voices = robot->voices,
		.http = robot->http,
		.web_sounds = web,
		.store = robot->store,
		.recordings = path,
	};
	int err;

	path_of(web, robot, "web");
	path_of(path, robot, "recordings");
	(void)mkdir(path, 0700);
	err = calls_alloc(&robot->calls, &prm);
	if (!err)
		err = calls_prepare(robot->calls, robot->script, RATE_HZ, NULL,
		                    ready_handler, robot);

	return err ? err : wait_ms(robot, END_LIMIT_MS);
}

static int folder_make(struct robot *robot)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(robot->dir, sizeof(robot->dir),
	               "%.300s/dialwright-bench-XXXXXX", tmp ? tmp : "/tmp");

	return mkdtemp(robot->dir) ? 0 : errno;
}

static void pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
}

int robot_open(struct robot **robotp, const struct robot_prm *prm)
{
	char fault[CFG_FAULT_SIZE] = "";
	struct robot *robot = mem_zalloc(sizeof(*robot), NULL);
	int err;

	if (!robot)
		return ENOMEM;

	robot->prm = *prm;
	tmr_init(&robot->pace_tmr);
	tmr_init(&robot->run_tmr);
	pin();
	log_set_level(LOG_ERROR);
	err = loop_init();
	if (!err)
		err = folder_make(robot);
	if (!err)
		err = services_open(robot, fault);
	if (!err)
		err = phrase_make(robot);
	if (!err)
		err = tone_write(robot);
	if (!err)
		err = script_open(robot);
	if (!err)
		err = phone_open(robot, fault);
	if (!err)
		err = calls_open(robot);

	if (err) {
		fprintf(stderr, "robot: %s %s\n", strerror(err), fault);
		robot_close(robot);
	}
	else {
		*robotp = robot;
	}

	return err;
}

/* --- closing ------------------------------------------------------------- */

static int entry_remove(const char *path, const struct stat *st, int type,
                        struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;

	return remove(path);
}

static void closed_handler(void *arg)
{
	woken(arg, 0);
}

void robot_close(struct robot *robot)
{
	(void)robot_empty(robot);
	if (robot->phone) {
		phone_close(robot->phone, closed_handler, robot);
		(void)wait_ms(robot, END_LIMIT_MS);
	}
	mem_deref(robot->phone);
	mem_deref(robot->crowd);
	mem_deref(robot->calls);
	mem_deref(robot->script);
	mem_deref(robot->voices);
	mem_deref(robot->asr);
	mem_deref(robot->http);
	child_end(&robot->recogniser);
	if (robot->store)
		store_close(robot->store);
	mem_deref(robot->pool);
	mem_deref(robot->cfg);
	if (robot->dir[0])
		(void)nftw(robot->dir, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
	tmr_cancel(&robot->run_tmr);
	tmr_cancel(&robot->pace_tmr);
	mem_deref(robot);
	loop_close();
}
