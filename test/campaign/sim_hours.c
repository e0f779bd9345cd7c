/*
 * test/campaign/sim_hours.c - the judge's clocks
 *
 * Tables of its own: nothing of the windows and the zones that it judges.
 */
#include "campaign/sim.h"

enum {
	HOUR_S = 3600,
	DAY_S = 86400,
};

const struct sim_hours sim_hoursv[] = {
	{"mon-fri 09:00-20:00, sat 10:00-18:00",
         {{0x3e, 540, 1200}, {0x40, 600, 1080}},
         true},
	{"09:00-21:00", {{0x7f, 540, 1260}}, true},
	{"10:00-12:30, 14:00-19:00",
         {{0x7f, 600, 750}, {0x7f, 840, 1140}},
         false},
	{"tue-thu 08:00-22:00, sun 12:00-18:00",
         {{0x1c, 480, 1320}, {0x01, 720, 1080}},
         true},
};
const size_t sim_hoursc = ARRAY_COUNT(sim_hoursv);

const struct sim_pack sim_packv[SIM_PACKS] = {
	{.name = NULL},
	{.name = "230-fz",
         .hours = {.spanv = {{0x3e, 480, 1320}, {0x41, 540, 1200}}},
         .day_calls = 1,
         .week_calls = 2,
         .month_calls = 8},
	{.name = "tsr", .hours = {.spanv = {{0x7f, 480, 1260}}}},
};

/* --- clocks --------------------------------------------------------------- */

/* Seconds east of Greenwich: before, and from each change of 2026 on. */
static const struct {
	int first_s;
	struct {
		int64_t at_s;
		int then_s;
	} changev[2];
} clockv[SIM_ZONE_RUSSIA] = {
	/* clang-format off */
	/* New York */
	{-5 * HOUR_S, {{1772953200, -4 * HOUR_S}, {1793512800, -5 * HOUR_S}}},
	/* Los Angeles */
	{-8 * HOUR_S, {{1772964000, -7 * HOUR_S}, {1793523600, -8 * HOUR_S}}},
	/* Berlin */
	{1 * HOUR_S, {{1774746000, 2 * HOUR_S}, {1792890000, 1 * HOUR_S}}},
	/* Sydney */
	{11 * HOUR_S, {{1775318400, 10 * HOUR_S}, {1791043200, 11 * HOUR_S}}},
	/* Moscow, Kolkata, Shanghai */
	{3 * HOUR_S, {{0, 0}}},
	{5 * HOUR_S + HOUR_S / 2, {{0, 0}}},
	{8 * HOUR_S, {{0, 0}}},
	/* clang-format on */
};

enum {
	RUSSIA_WEST = 2,
	RUSSIA_EAST = 12,
};

static int offset_s(unsigned zone, int64_t now_s)
{
	int offset = clockv[zone].first_s;

	for (int i = 0; i < 2; i++) {
		if (clockv[zone].changev[i].at_s &&
		    now_s >= clockv[zone].changev[i].at_s)
			offset = clockv[zone].changev[i].then_s;
	}

	return offset;
}

static bool is_within(const struct sim_hours *hours, int64_t local_s)
{
	unsigned weekday = (unsigned)((local_s / DAY_S + 4) % 7);
	unsigned minute = (unsigned)(local_s % DAY_S / 60);

	for (size_t i = 0; i < ARRAY_COUNT(hours->spanv); i++) {
		if (hours->spanv[i].days & (1u << weekday) &&
		    minute >= hours->spanv[i].from &&
		    minute < hours->spanv[i].to)
			return true;
	}

	return false;
}

static bool is_open_at(const struct sim_campaign *camp, int64_t local_s)
{
	const struct sim_pack *pack = &sim_packv[camp->pack];

	return local_s / DAY_S != camp->holiday_day &&
	       is_within(&sim_hoursv[camp->hours], local_s) &&
	       (!pack->name || is_within(&pack->hours, local_s));
}

unsigned sim_zone_of(const struct sim_person *person,
                     const struct sim_number *number)
{
	if (person->has_zone)
		return person->zone;

	return !strncmp(number->text, "+86", 3) ? SIM_ZONE_SHANGHAI
	                                        : SIM_ZONE_RUSSIA;
}

bool sim_is_open(const struct sim_campaign *camp, unsigned zone, int64_t now_s)
{
	if (zone == SIM_ZONE_NOWHERE)
		return false;
	if (zone != SIM_ZONE_RUSSIA)
		return is_open_at(camp, now_s + offset_s(zone, now_s));

	for (int i = RUSSIA_WEST; i <= RUSSIA_EAST; i++) {
		if (!is_open_at(camp, now_s + i * HOUR_S))
			return false;
	}

	return true;
}

int64_t sim_next_clock_ms(unsigned zone, unsigned minute)
{
	int64_t now_s = sim_now() / SIM_SECOND_MS;

	if (zone >= SIM_ZONE_RUSSIA)
		return 0;

	for (int64_t at_s = now_s - now_s % 60 + 60;
	     at_s < now_s + DAY_S + 2 * HOUR_S; at_s += 60) {
		int64_t local_s = at_s + offset_s(zone, at_s);

		if ((unsigned)(local_s % DAY_S / 60) == minute)
			return at_s * SIM_SECOND_MS;
	}

	/* Tomorrow it is skipped: clocks change. */
	return now_s * SIM_SECOND_MS + SIM_SECOND_MS;
}
