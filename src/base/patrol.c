/*
 * base/patrol.c - a question that is asked again every few seconds
 */
#include <assert.h>
#include "base/mem.h"
#include "base/patrol.h"
#include <re_tmr.h>

/* Its owner's, and the question's while one is under way. */
struct patrol {
	struct tmr tmr;
	uint64_t every_ms;
	patrol_ask_h *ask;
	void *owner; /* NULL: gone */
	bool is_asking;
};

static void destructor(void *arg)
{
	struct patrol *patrol = arg;

	tmr_cancel(&patrol->tmr);
}

static void ask(void *arg)
{
	struct patrol *patrol = mem_ref(arg);

	patrol->is_asking = true;
	if (patrol->ask(patrol, patrol->owner))
		patrol_answered(patrol);
}

int patrol_alloc(struct patrol **patrolp, uint64_t every_ms, patrol_ask_h *askh,
                 void *owner)
{
	struct patrol *patrol;

	assert(patrolp && askh && owner);

	patrol = mem_zalloc(sizeof(*patrol), destructor);
	if (!patrol)
		return ENOMEM;

	tmr_init(&patrol->tmr);
	patrol->every_ms = every_ms;
	patrol->ask = askh;
	patrol->owner = owner;
	patrol->is_asking = true;
	tmr_start(&patrol->tmr, 0, ask, patrol);
	*patrolp = patrol;

	return 0;
}

void *patrol_owner(const struct patrol *patrol)
{
	return patrol->owner;
}

void patrol_answered(struct patrol *patrol)
{
	patrol->is_asking = false;
	if (patrol->owner)
		tmr_start(&patrol->tmr, patrol->every_ms, ask, patrol);
	mem_deref(patrol);
}

bool patrol_is_asking(const struct patrol *patrol)
{
	return patrol->is_asking;
}

void patrol_end(struct patrol *patrol)
{
	if (!patrol)
		return;

	patrol->owner = NULL;
	tmr_cancel(&patrol->tmr);
	mem_deref(patrol);
}
