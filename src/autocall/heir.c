/*
 * autocall/heir.c - what is told of a call whose process died
 *
 * Whoever asked for a call waits for its Hangup, and for the code of a robot
 * call that somebody answered. What that needs is in the store while the call
 * lasts (its will); the events are written where the will goes, in one
 * transaction, by the process of the call or by its heir: once.
 */
#include "autocall/heir.h"
#include "base/jmem.h"
#include "base/log.h"
#include "call/call.h"

/* People look at a call that broke off, whatever its code is. */
static const char broken_comment[] = "автообзвон. звонок прерван";

char *heir_will(const struct note_about *about,
                const struct ami_channel *channel,
                const struct heir_answer *answer)
{
	json_t *will = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", about->id,
	                         "channel", channel->name, "uniqueid",
	                         channel->uniqueid, "caller", channel->caller,
	                         "caller_name", channel->caller_name);

	if (will && about->user)
		(void)json_object_set_new(will, "user",
		                          json_string(about->user));
	if (will && answer &&
	    json_object_update_new(will, json_pack("{s:i, s:s}", "code",
	                                           answer->verdict, "heard",
	                                           answer->heard))) {
		json_decref(will);
		return NULL;
	}

	return jmem_text(will);
}

static const char *text_of(const json_t *will, const char *key)
{
	const char *text = json_string_value(json_object_get(will, key));

	return text ? text : "";
}

/* What comes before the Hangup of a call that somebody answered. */
static int answer_notes(struct note notev[2], const json_t *will,
                        const struct ami_channel *channel)
{
	int code = (int)json_integer_value(json_object_get(will, "code"));
	const char *heard = text_of(will, "heard");
	char *comment;
	int err;

	err = re_sdprintf(&comment, "%s%s%s", heard, *heard ? " | " : "",
	                  broken_comment);
	if (err)
		return err;

	notev[0] = note_verdict((enum verdict)code, comment);
	notev[1] = note_code(channel, (enum verdict)code);
	mem_deref(comment);

	return 0;
}

static void say_late(const struct store_leg *leg)
{
	log_warning("autocall",
	            "the end of call %s is told by the next start: out of "
	            "memory",
	            leg->callid);
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
	struct note notev[3];
	struct ami_said said;
	size_t n = 0;

	(void)outcome_parse(&outcome, leg->outcome);
	if (!*channel.name) {
		(void)store_legs_over(ac->prm.store, leg->callid, NULL, 0, NULL,
		                      NULL);
		return;
	}

	if (json_object_get(will, "code")) {
		if (answer_notes(notev, will, &channel)) {
			say_late(leg);
			return;
		}
		n = 2;
		if (*about.id)
			(void)store_missed_forget(ac->prm.store, about.id);
	}
	said = ami_said(outcome, 0);
	notev[n++] = (struct note){"Hangup", ami_hangup(&channel, &said)};
	note_last(ac, &about, notev, n);
}

static void heir_handler(const struct store_leg *leg, void *arg)
{
	json_t *will;

	jmem_forget();
	will = json_loads(leg->will, 0, NULL);
	/* Without memory it is for the next look of somebody. */
	if (jmem_has_failed())
		say_late(leg);
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
