/*
 * call/relief.c - fewer calls are begun while people are understood late
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "call/calls.h"
#include "call/headroom.h"
#include "call/relief.h"
#include <re_tmr.h>

struct relief {
	const struct calls *calls;
	const struct phone *phone;
	struct headroom room;
	uint32_t late_ms; /* 0: never fewer calls */
	struct tmr tmr;
};

static struct metric metric_late = {
	.name = "dialwright_recognition_late_total",
	.help = "Texts that came later than talk.late_percent allows, or "
		"never.",
};

static struct metric metric_less = {
	.name = "dialwright_calls_limit_falls_total",
	.help = "How often fewer calls at a time were allowed because people "
		"were understood late.",
};

static unsigned live(const struct relief *relief)
{
	return (unsigned)list_count(&relief->calls->livel) +
	       relief->calls->reserved;
}

static void tell(const struct relief *relief, enum headroom_news news,
                 bool is_first)
{
	const struct headroom *room = &relief->room;

	if (news == HEADROOM_LESS)
		metric_add(&metric_less, NULL);
	if (news == HEADROOM_LESS && is_first)
		log_warning("call",
		            "this machine understands people late, for %u s by "
		            "now: at most %u calls at a time are begun until "
		            "it keeps up; those in hand go on",
		            (HEADROOM_STREAK * room->period_ms + 999) / 1000,
		            room->limit);
	else if (news == HEADROOM_BACK)
		log_info("call", "people are understood in time again: as "
		                 "many calls as configured are begun");
}

static void look(struct relief *relief)
{
	struct headroom *room = &relief->room;
	const bool is_first = !room->limit;
	struct phone_load load;

	if (relief->phone) {
		phone_load(relief->phone, &load);
		headroom_ticks(room, load.ticks, load.late_ticks);
	}
	tell(relief, headroom_look(room, live(relief), clock_ms()), is_first);
}

/* As long as there is anything to see: a limit ends where nobody calls. */
static void look_handler(void *arg)
{
	struct relief *relief = arg;

	look(relief);
	if (relief->room.limit || live(relief))
		tmr_start(&relief->tmr, relief->room.period_ms, look_handler,
		          relief);
}

static void watch(struct relief *relief)
{
	if (!tmr_isrunning(&relief->tmr))
		tmr_start(&relief->tmr, relief->room.period_ms, look_handler,
		          relief);
}

static void destructor(void *arg)
{
	struct relief *relief = arg;

	tmr_cancel(&relief->tmr);
}

int relief_alloc(struct relief **reliefp, const struct calls *calls)
{
	const struct cfg *cfg = calls->prm.cfg;
	uint64_t percent = cfg_number(cfg, "talk", "late_percent");
	uint64_t late_s = cfg_number(cfg, "talk", "late_s");
	struct relief *relief;

	relief = mem_zalloc(sizeof(*relief), destructor);
	if (!relief)
		return ENOMEM;

	relief->calls = calls;
	relief->late_ms = (uint32_t)(calls->answer_ms * percent / 100);
	headroom_init(&relief->room,
	              (uint32_t)(late_s * 1000 / HEADROOM_STREAK));
	tmr_init(&relief->tmr);
	*reliefp = relief;

	return 0;
}

void relief_phone(struct relief *relief, const struct phone *phone)
{
	relief->phone = phone;
}

/* Where the recogniser finds the end of a sentence nobody knows how much of the
 * time was silence: all that is known then is that it gave up. One that fails
 * at once is broken, which fewer calls would not mend. */
static bool is_judged(const struct flow_listen *set,
                      const struct ears_sentence *sentence)
{
	if (sentence->err)
		return sentence->err == ETIMEDOUT;

	return set->vad_mode == EARS_LOCAL && sentence->end_ms;
}

static bool is_late(const struct relief *relief, const struct flow_listen *set,
                    const struct ears_sentence *sentence)
{
	uint64_t due_ms = sentence->end_ms + relief->late_ms;

	if (!sentence->is_too_long)
		due_ms += set->vad_max_end_silence_time_ms;

	return sentence->err || clock_ms() > due_ms;
}

void relief_heard(struct relief *relief, const struct flow_listen *set,
                  const struct ears_sentence *sentence)
{
	bool late;

	if (!relief->late_ms || !is_judged(set, sentence))
		return;

	/* Of the period that is over by now it tells nothing. */
	look(relief);
	late = is_late(relief, set, sentence);
	if (late)
		metric_add(&metric_late, NULL);
	headroom_text(&relief->room, late);
	watch(relief);
}

bool relief_has_room(struct relief *relief)
{
	if (!relief->late_ms)
		return true;

	look(relief);
	watch(relief);

	return !relief->room.limit || live(relief) < relief->room.limit;
}

unsigned relief_limit(const struct relief *relief)
{
	return relief->room.limit;
}
