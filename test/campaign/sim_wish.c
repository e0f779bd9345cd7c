/*
 * test/campaign/sim_wish.c - who is not to be called, as people say
 *
 * A wish is on its way to the database, then until no call that it forbids can
 * leave any more.
 */
#include <stdio.h>
#include "campaign/sim.h"

struct wish {
	struct le le;
	struct tmr tmr;
	struct sim_process *process;
	struct sim_ban *ban; /* so many, or */
	unsigned banc;
	struct sim_number *number; /* whose consent changes */
	bool is_given;
};

static void wish_destructor(void *arg)
{
	struct wish *wish = arg;

	tmr_cancel(&wish->tmr);
	list_unlink(&wish->le);
	if (wish->number)
		wish->number->is_asked = false;
}

static struct wish *wish_new(struct sim_process *process)
{
	struct wish *wish = mem_zalloc(sizeof(*wish), wish_destructor);

	if (wish) {
		tmr_init(&wish->tmr);
		wish->process = process;
		list_append(&process->sim->wishl, &wish->le, wish);
	}

	return wish;
}

/* --- do not call ---------------------------------------------------------- */

static void settle_timer(void *arg);

static void settled(int err, uint32_t wait_ms, void *arg)
{
	struct wish *wish = arg;

	if (!err && wait_ms) {
		tmr_start(&wish->tmr, wait_ms, settle_timer, wish);
		return;
	}
	if (!err) {
		wish->ban->is_settled = true;
		sim_log(wish->process->sim, "%s is settled", wish->ban->text);
	}
	mem_deref(wish);
}

static void settle_timer(void *arg)
{
	struct wish *wish = arg;
	const struct sim_ban *ban = wish->ban;

	if (store_settle(wish->process->store,
	                 ban->campaign ? ban->campaign->name : NULL, ban->text,
	                 settled, wish))
		mem_deref(wish);
}

static void blocked(int err, void *arg)
{
	struct wish *wish = arg;

	if (err) {
		mem_deref(wish);
		return;
	}

	sim_log(wish->process->sim, "%s is blocked", wish->ban->text);
	for (unsigned i = 0; i < wish->banc; i++)
		wish->ban[i].at_ms = sim_now();
	/* Later, for the process may just be ending. */
	tmr_start(&wish->tmr, 0, settle_timer, wish);
}

struct sim_ban *sim_ban_add(struct sim *sim, const char *text)
{
	struct sim_ban *ban;

	if (sim->banc == SIM_BANS_MAX)
		return NULL;

	ban = &sim->banv[sim->banc++];
	*ban = (struct sim_ban){0};
	(void)snprintf(ban->text, SIM_NUMBER_SIZE, "%s", text);

	return ban;
}

/* The one at which they said so is the first. */
struct sim_ban *sim_ban_person(struct sim *sim, const struct sim_call *call,
                               unsigned *countp)
{
	const struct sim_person *person = call->person;
	struct sim_ban *first = &sim->banv[sim->banc];

	if (sim->banc + SIM_NUMBERS > SIM_BANS_MAX)
		return NULL;

	(void)sim_ban_add(sim, call->number->text);
	*countp = 1;
	for (unsigned i = 0;
	     call->dialer->campaign->has_others && i < person->numberc; i++) {
		if (person->numberv[i] == call->number)
			continue;
		(void)sim_ban_add(sim, person->numberv[i]->text);
		++*countp;
	}

	return first;
}

static void wish_block(struct sim_process *process,
                       const struct store_block_prm *prm, struct sim_ban *ban,
                       unsigned banc)
{
	struct wish *wish = wish_new(process);

	if (!wish)
		return;

	wish->ban = ban;
	wish->banc = banc;
	if (store_block_scoped(process->store, prm, blocked, wish))
		mem_deref(wish);
}

void sim_wish_block(struct sim_process *process, const char *text,
                    bool is_prefix, const struct sim_campaign *campaign)
{
	const struct store_block_prm prm = {
		.number = text,
		.reason = "asked for it",
		.campaign_id = campaign ? campaign->id : 0,
		.is_prefix = is_prefix,
	};
	struct sim_ban *ban = sim_ban_add(process->sim, text);

	if (!ban)
		return;

	ban->is_prefix = is_prefix;
	ban->campaign = campaign;
	wish_block(process, &prm, ban, 1);
}

void sim_wish_stop(struct sim_process *process, const struct sim_call *call)
{
	const struct store_block_prm prm = {
		.number = call->number->text,
		.reason = "said so",
		.others = *call->others ? call->others : NULL,
		.callid = call->call_id,
	};
	struct sim *sim = process->sim;
	struct sim_ban *ban;
	unsigned count;

	sim->stops++;
	sim_log(sim, "%s says stop", call->number->text);
	ban = sim_ban_person(sim, call, &count);
	if (ban)
		wish_block(process, &prm, ban, count);
}

/* --- consent -------------------------------------------------------------- */

static void changed(int err, void *arg)
{
	struct wish *wish = arg;

	if (!err && !wish->is_given) {
		wish->number->consent_end_ms = sim_now();
		sim_log(wish->process->sim, "%s has taken it back",
		        wish->number->text);
	}
	mem_deref(wish);
}

/* Whether they agree again is known before anybody can see it. */
void sim_wish_consent(struct sim_process *process, struct sim_number *number)
{
	const struct store_consent consent = {
		.number = number->text,
		.purpose = "news",
		.source = "form",
		.text = "yes",
		.given_ms = sim_now(),
	};
	struct wish *wish;
	int err;

	wish = number->is_asked ? NULL : wish_new(process);
	if (!wish)
		return;

	wish->number = number;
	wish->is_given = !number->has_consent || number->consent_end_ms;
	number->is_asked = number->was_consent_ended = true;
	if (wish->is_given) {
		number->has_consent = true;
		number->consent_end_ms = 0;
		err = store_consent(process->store, &consent, changed, wish);
	}
	else {
		err = store_consent_end(process->store, number->text, "news",
		                        changed, wish);
	}
	if (err)
		mem_deref(wish);
}

/* --- a process ends ------------------------------------------------------- */

/* A wish that waits asks a store that is gone. */
void sim_wish_forget(struct sim_process *process)
{
	struct le *le = list_head(&process->sim->wishl);

	while (le) {
		struct wish *wish = le->data;

		le = le->next;
		if (wish->process == process && tmr_isrunning(&wish->tmr))
			mem_deref(wish);
	}
}
