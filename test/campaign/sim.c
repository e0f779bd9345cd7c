/*
 * test/campaign/sim.c - the clock, the lots and the log of a simulation
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/timers.h"
#include "campaign/atlas.h"
#include "campaign/sim.h"

enum {
	PATH_SIZE = 256,
	ATTEMPTS_MAX = 1 << 20,
	KILL_OF = 2000, /* steps: a process dies behind one of them */
	LAST_DAYS = 120,
};

#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

/* Thursdays of 2026, some with a change of clocks in the week. */
static const int64_t begin_sv[] = {
	1772668800, 1774483200, 1775088000, 1780531200,
	1790812800, 1792627200, 1793232000,
};

int64_t sim_now(void)
{
	return clock_wall_ms();
}

/* --- lots ----------------------------------------------------------------- */

/* Splitmix64 (Steele, Lea, Flood 2014). */
uint64_t sim_lot(struct sim *sim, uint64_t n)
{
	uint64_t z = sim->lots += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);

	return (z ^ z >> 31) % n;
}

bool sim_one_of(struct sim *sim, uint64_t n)
{
	return !sim_lot(sim, n);
}

int64_t sim_between(struct sim *sim, int64_t from, int64_t to)
{
	return from + (int64_t)sim_lot(sim, (uint64_t)(to - from + 1));
}

/* --- the log -------------------------------------------------------------- */

void sim_log(struct sim *sim, const char *fmt, ...)
{
	char text[2 * SIM_TEXT_SIZE], clock[CLOCK_TEXT_SIZE];
	va_list ap;
	int n;

	n = snprintf(text, sizeof(text), "%s ", clock_text(clock, sim_now()));
	va_start(ap, fmt);
	(void)vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);

	for (const char *p = text; *p; p++)
		sim->hash = (sim->hash ^ (unsigned char)*p) * FNV_PRIME;
	if (sim->is_told)
		puts(text);
}

void sim_wrong(struct sim *sim, const char *fmt, ...)
{
	char clock[CLOCK_TEXT_SIZE];
	va_list ap;
	int n;

	if (sim->wrong[0])
		return;

	n = snprintf(sim->wrong, sizeof(sim->wrong),
	             "%s: ", clock_text(clock, sim_now()));
	va_start(ap, fmt);
	(void)vsnprintf(sim->wrong + n, sizeof(sim->wrong) - (size_t)n, fmt,
	                ap);
	va_end(ap);
	sim_log(sim, "WRONG: %s", sim->wrong);
}

/* --- a run ---------------------------------------------------------------- */

/* Until the next instant at which anything happens. */
static void step(struct sim *sim)
{
	uint64_t next_ms;

	for (unsigned i = 0; i <= sim->processc; i++)
		sim_process_look(&sim->processv[i]);

	next_ms = timers_next_ms();
	if (next_ms == UINT64_MAX) {
		sim_wrong(sim, "nothing will ever happen");
		return;
	}
	if ((int64_t)next_ms > sim_now())
		clock_set((int64_t)next_ms);
	(void)timers_step();
	sim->steps++;
	if (sim_now() < sim->heal_ms && sim_one_of(sim, KILL_OF))
		sim_process_kill(
			&sim->processv[sim_between(sim, 1, sim->processc)]);
}

static int world_make(struct sim *sim, const char *path)
{
	int err;

	sim->hash = FNV_BASIS;
	sim->lots = sim->seed * UINT64_C(0x2545f4914f6cdd1d);
	sim->begin_ms =
		SIM_SECOND_MS * begin_sv[sim_lot(sim, ARRAY_COUNT(begin_sv))];
	sim->heal_ms = sim->begin_ms + SIM_WEEK_MS;
	sim->end_ms = sim->heal_ms + LAST_DAYS * SIM_DAY_MS;
	clock_set(sim->begin_ms);
	sim->processc = (unsigned)sim_between(sim, 1, SIM_PROCESSES);
	for (unsigned i = 0; i <= SIM_PROCESSES; i++)
		sim_process_init(&sim->processv[i], sim, i);
	tmr_init(&sim->operator_tmr);
	tmr_init(&sim->outage_tmr);
	tmr_init(&sim->look_tmr);
	tmr_init(&sim->registry.tmr);

	sim->attempt_size = ATTEMPTS_MAX;
	sim->attemptv = mem_zalloc(ATTEMPTS_MAX, NULL);
	sim->costv = mem_zalloc(SIM_MARKS_KEPT * sizeof(*sim->costv), NULL);
	err = sim->attemptv && sim->costv ? sim_db_init(path) : ENOMEM;
	if (!err)
		err = sim_lines_make(sim);
	if (!err)
		err = sim_people_make(sim);
	if (!err)
		err = sim_campaigns_make(sim);
	if (!err)
		err = sim_people_write(sim);
	if (!err)
		err = sim_process_open(&sim->processv[SIM_OPERATOR]);
	if (!err)
		err = sim_judge_watch();

	return err;
}

static void world_end(struct sim *sim)
{
	sim_operator_end(sim);

	/* As it is, also where it is wrong. */
	for (unsigned i = 0; i <= SIM_PROCESSES; i++) {
		sim_db_set(i, SIM_DB_AWAY);
		sim_process_end(&sim->processv[i]);
	}
	sim_db_close();
	for (unsigned i = 0; i < SIM_CAMPAIGNS; i++) {
		mem_deref(sim->campaignv[i].rules);
		mem_deref(sim->campaignv[i].client.markv);
	}
	for (unsigned i = 0; i < SIM_CALLERS; i++)
		mem_deref(sim->callerv[i].calls.markv);
	mem_deref(sim->tolls);
	mem_deref(sim->costv);
	mem_deref(sim->personv);
	mem_deref(sim->numberv);
	mem_deref(sim->attemptv);
	clock_set(0);
}

static void files_remove(const char *path)
{
	static const char *const endv[] = {"", "-wal", "-shm", ".lock"};
	char file[PATH_SIZE + 8];

	for (size_t i = 0; i < ARRAY_COUNT(endv); i++) {
		(void)snprintf(file, sizeof(file), "%s%s", path, endv[i]);
		(void)unlink(file);
	}
}

int sim_run(struct sim *sim)
{
	const char *tmp = getenv("TMPDIR");
	char path[PATH_SIZE];
	int err;

	/* Memory is quicker than a disk, whose crashes are no matter here. */
	if (!access("/dev/shm", W_OK))
		tmp = "/dev/shm";
	(void)snprintf(path, sizeof(path), "%s/dialwright-sim-%d.db",
	               tmp ? tmp : "/tmp", (int)getpid());
	files_remove(path);

	err = world_make(sim, path);
	if (!err)
		err = sim_operator_begin(sim);
	while (!err && !sim->is_over && !sim->wrong[0]) {
		if (*sim->is_cut)
			err = EINTR;
		step(sim);
		if (sim_now() > sim->end_ms)
			sim_wrong(sim, "it never ends");
	}
	if (!err && !sim->wrong[0])
		sim_judge_last(sim);
	world_end(sim);
	if (sim->wrong[0] && sim->is_told)
		printf("the database is %s\n", path);
	else
		files_remove(path);

	return err;
}
