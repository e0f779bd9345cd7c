/*
 * autocall/heir.c - what is told of a call whose process died
 *
 * Whoever asked for a call waits for its Hangup. What that needs is in the
 * store while the call lasts (its will); the event is written where the will
 * goes, in one transaction, by the process of the call or by its heir: once.
 */
#include "autocall/heir.h"
#include "base/jmem.h"
#include "base/log.h"
#include "call/call.h"

char *heir_will(const struct note_about *about,
                const struct ami_channel *channel)
{
	json_t *will = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", about->id,
	                         "channel", channel->name, "uniqueid",
	                         channel->uniqueid, "caller", channel->caller,
	                         "caller_name", channel->caller_name);

	if (will && about->user)
		(void)json_object_set_new(will, "user",
		                          json_string(about->user));

	return jmem_text(will);
}

static const char *text_of(const json_t *will, const char *key)
{
	const char *text = json_string_value(json_object_get(will, key));

	return text ? text : "";
}

/* Erased, or the key is not here: nobody is told. */
static void carry_out(struct autocall *ac, const struct store_leg *leg,
                      const json_t *will)
{
	const struct note_about about = {
		.id_ext = leg->callid,
		.id = text_of(will, "id"),
		.user = json_string_value(json_object_get(will, "user")),
		.number = leg->number,
	};
	const struct ami_channel channel = {
		.name = text_of(will, "channel"),
		.uniqueid = text_of(will, "uniqueid"),
		.caller = text_of(will, "caller"),
		.caller_name = text_of(will, "caller_name"),
	};
	enum outcome outcome = OUTCOME_IN_DOUBT;
	struct ami_said said;

	(void)outcome_parse(&outcome, leg->outcome);
	said = ami_said(outcome, 0);
	if (*channel.name)
		note_last(ac, &about, ami_hangup(&channel, &said));
	else
		(void)store_legs_over(ac->prm.store, leg->callid, NULL, NULL,
		                      NULL);
}

static void heir_handler(const struct store_leg *leg, void *arg)
{
	json_t *will;

	jmem_forget();
	will = json_loads(leg->will, 0, NULL);
	/* Without memory it is for the next look of somebody. */
	if (jmem_has_failed())
		log_warning("autocall",
		            "the Hangup of call %s is told by the next start: "
		            "out of memory",
		            leg->callid);
	else
		carry_out(arg, leg, will);
	json_decref(will);
}

void heir_begin(struct autocall *ac)
{
	calls_heir(ac->prm.calls, heir_handler, ac);
}

void heir_end(struct autocall *ac)
{
	calls_heir(ac->prm.calls, NULL, NULL);
}
