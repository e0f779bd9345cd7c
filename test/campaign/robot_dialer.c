/*
 * test/campaign/robot_dialer.c - a dialer over real SIP, to be killed
 *
 *   robot_dialer DATABASE CAMPAIGN SIP_PORT PEOPLE [SHIFT_MS RATE RULES
 * ZONE...] calls the people of the campaign, made at the first start, over
 *       127.0.0.1:SIP_PORT; ends with 0 when nobody is left. With more words
 *       by a wall clock that is shifted, so many calls a second, by rules as
 *       JSON; the people live in the zones by turns. At SIGUSR1 the clock
 *       jumps ahead by an hour, at SIGUSR2 back. With a "+" behind SHIFT_MS
 *       says "ready" once the people are there, and is told on its standard
 *       input how its clock is shifted from then on
 *   robot_dialer --server   starts a PostgreSQL server, prints the URL of a
 *       database, ends with its standard input, whose "-" kills the server and
 *       "+" starts it again, whose "<" freezes it and ">" lets it go on
 *
 * No speech: it starts in milliseconds, so script/crash can kill it thousands
 * of times. A busy number is tried once more.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "campaign/atlas.h"
#include "campaign/campaign.h"
#include "campaign/legs.h"
#include "campaign/rules.h"
#include "pgserver.h"

enum {
	CALLS_MAX = 20,
	NUMBER_TEXT_SIZE = 16,
	SHIFT_TEXT_SIZE = 32,
	PEOPLE_MAX = 5000,
	ARG_SHIFT = 5,
	ARG_RATE,
	ARG_RULES,
	ARG_ZONES,
	JUMP_MS = 3600000,
};

static const char twice_json[] = "{\"retry\": \"busy 0 x2\"}";

struct robot {
	struct work_pool *pool;
	struct store *store;
	struct phone *phone;
	struct phone_line *line;
	struct dialer *dialer;
	struct rules *rules;
	struct atlas *atlas;
	char **zonev; /* by turns */
	unsigned zonec;
	double calls_per_s; /* 0: any number */
	bool is_held;       /* until it is told how its clock is shifted */
	struct store_campaign campaign;
	const char *name;
	unsigned people;
	int64_t list_id;
	int err;
};

static void fail(const char *what, int err)
{
	fprintf(stderr, "robot_dialer: %s: %s\n", what, strerror(err));
	exit(2);
}

/* --- calls --------------------------------------------------------------- */

static void dial_done(const struct dialer_progress *progress, const char *fault,
                      void *arg)
{
	struct robot *robot = arg;

	(void)progress;

	if (fault) {
		fprintf(stderr, "robot_dialer: %s\n", fault);
		robot->err = EIO;
	}
	loop_stop();
}

static void dial(struct robot *robot)
{
	const struct dialer_port port = legs_port(robot->line);
	const struct dialer_sink sink = {.done = dial_done, .arg = robot};
	const struct dialer_prm prm = {
		.line = "main",
		.calls_max = CALLS_MAX,
		.calls_per_s = robot->calls_per_s,
		.port = &port,
		.rules = robot->rules,
	};
	int err;

	err = dialer_start(&robot->dialer, robot->store, &robot->campaign, &prm,
	                   &sink);
	if (err)
		fail("dial", err);
	(void)loop_run();
	robot->dialer = mem_deref(robot->dialer);
}

/* --- the campaign -------------------------------------------------------- */

static void list_handler(int err, int64_t list_id, void *arg)
{
	struct robot *robot = arg;

	robot->err = err;
	robot->list_id = list_id;
	loop_stop();
}

static void added_handler(int err, uint32_t added, uint32_t duplicates,
                          void *arg)
{
	struct robot *robot = arg;

	(void)added;
	(void)duplicates;

	robot->err = err;
	loop_stop();
}

static void campaign_handler(int err, const struct store_campaign *campaign,
                             void *arg)
{
	struct robot *robot = arg;

	robot->err = err;
	if (!err)
		robot->campaign = *campaign;
	loop_stop();
}

static void await(struct robot *robot, const char *what, int err)
{
	if (err)
		fail(what, err);
	(void)loop_run();
	if (robot->err)
		fail(what, robot->err);
}

static void people_add(struct robot *robot)
{
	static struct store_contact contactv[PEOPLE_MAX];
	static char numberv[PEOPLE_MAX][NUMBER_TEXT_SIZE];
	static struct store_var varv[PEOPLE_MAX];

	for (unsigned i = 0; i < robot->people; i++) {
		(void)snprintf(numberv[i], NUMBER_TEXT_SIZE, "+7999000%04u", i);
		contactv[i].number = numberv[i];
		if (!robot->zonec)
			continue;
		varv[i].name = "timezone";
		varv[i].value = robot->zonev[i % robot->zonec];
		contactv[i].varv = &varv[i];
		contactv[i].varc = 1;
	}
	await(robot, "contacts",
	      store_contacts_add(robot->store, robot->list_id, contactv,
	                         robot->people, added_handler, robot));
}

/* --- opening ------------------------------------------------------------- */

static void rules_open(struct robot *robot, const char *json)
{
	char reason[RULES_REASON_SIZE] = "";
	int err = 0;

	if (robot->zonec)
		err = atlas_load(&robot->atlas);
	if (!err)
		err = rules_alloc(&robot->rules, robot->atlas);
	if (!err)
		err = rules_set_json(robot->rules, json, reason);
	if (err)
		fail(*reason ? reason : "rules", err);
}

static void parts_open(struct robot *robot, const char *url, const char *port)
{
	const struct phone_prm prm = {.bind = "127.0.0.1", .media_loops = 1};
	char fault[CFG_FAULT_SIZE], server[32];
	const struct phone_line_prm line = {
		.name = "main",
		.server = server,
		.user = "100",
	};
	int err;

	(void)snprintf(server, sizeof(server), "127.0.0.1:%s", port);
	err = loop_init();
	if (!err)
		err = work_pool_alloc(&robot->pool, 1, loop_mailbox());
	if (err)
		fail("start", err);

	err = store_open(&robot->store, url, robot->pool, fault);
	if (!err)
		err = phone_alloc(&robot->phone, &prm, fault);
	if (err) {
		fprintf(stderr, "robot_dialer: %s\n", fault);
		exit(2);
	}
	err = phone_line_add(&robot->line, robot->phone, &line);
	if (err)
		fail("line", err);
}

static void phone_closed(void *arg)
{
	(void)arg;

	loop_stop();
}

static void parts_close(struct robot *robot)
{
	phone_close(robot->phone, phone_closed, NULL);
	(void)loop_run();
	store_close(robot->store);
	mem_deref(robot->phone);
	mem_deref(robot->rules);
	mem_deref(robot->atlas);
	work_pool_finish(robot->pool);
	mem_deref(robot->pool);
	loop_close();
}

/* --- the clock ------------------------------------------------------------ */

static _Atomic int64_t shift_ms;

static void jump(int number)
{
	atomic_fetch_add(&shift_ms, number == SIGUSR1 ? JUMP_MS : -JUMP_MS);
	clock_shift(atomic_load(&shift_ms));
}

static void clock_open(int64_t ms)
{
	const struct sigaction act = {.sa_handler = jump,
	                              .sa_flags = SA_RESTART};

	atomic_store(&shift_ms, ms);
	clock_shift(ms);
	(void)sigaction(SIGUSR1, &act, NULL);
	(void)sigaction(SIGUSR2, &act, NULL);
}

/* The clocks of several are shifted at once. */
static void await_shift(void)
{
	char text[SHIFT_TEXT_SIZE];

	puts("ready");
	(void)fflush(stdout);
	if (!fgets(text, sizeof(text), stdin))
		exit(2);
	clock_open(strtoll(text, NULL, 10));
}

/* --- a life -------------------------------------------------------------- */

static int run(struct robot *robot, const char *url, const char *port,
               const char *rules)
{
	rules_open(robot, rules);
	parts_open(robot, url, port);
	await(robot, "list",
	      store_list(robot->store, robot->name, list_handler, robot));
	people_add(robot);
	await(robot, "campaign",
	      store_campaign(robot->store, robot->name, robot->list_id, "none",
	                     campaign_handler, robot));
	if (robot->is_held)
		await_shift();
	dial(robot);
	parts_close(robot);

	return robot->err ? 1 : 0;
}

static int serve(void)
{
	const char *url = pgserver_open(false) ? NULL : pgserver_database();
	char byte;

	if (!url)
		return 2;

	puts(url);
	(void)fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0) {
		if (byte == '-')
			pgserver_stop();
		else if (byte == '+' && pgserver_start())
			return 2;
		else if (byte == '<' && pgserver_freeze())
			return 2;
		else if (byte == '>' && pgserver_thaw())
			return 2;
		puts("done");
		(void)fflush(stdout);
	}

	return 0;
}

int main(int argc, char *argv[])
{
	static struct robot robot;

	if (argc == 2 && !strcmp(argv[1], "--server"))
		return serve();
	if (argc != ARG_SHIFT && argc < ARG_ZONES) {
		fprintf(stderr, "usage: see the head of %s.c\n", argv[0]);
		return 2;
	}

	robot.name = argv[2];
	robot.people = (unsigned)strtoul(argv[4], NULL, 10);
	if (!robot.people || robot.people > PEOPLE_MAX)
		fail("PEOPLE", EINVAL);

	if (argc == ARG_SHIFT)
		return run(&robot, argv[1], argv[3], twice_json);

	robot.is_held = strchr(argv[ARG_SHIFT], '+') != NULL;
	clock_open(strtoll(argv[ARG_SHIFT], NULL, 10));
	robot.calls_per_s = strtod(argv[ARG_RATE], NULL);
	robot.zonev = argv + ARG_ZONES;
	robot.zonec = (unsigned)(argc - ARG_ZONES);

	return run(&robot, argv[1], argv[3], argv[ARG_RULES]);
}
