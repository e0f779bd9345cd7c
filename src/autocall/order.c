/*
 * autocall/order.c - a call that a user ordered: their telephone first, then
 * the client's
 *
 * Asked, allowed, placed, told step by step to the user who asked: what is told
 * is what Asterisk says of the operator's channel alone, so the client shows
 * only as DIALSTATUS. An order is in the list of its service while it lasts,
 * and kept by whoever is to call it back: the store, then the call.
 */
#include <errno.h>
#include <stdio.h>
#include "autocall/heir.h"
#include "autocall/order.h"
#include "autocall/target.h"
#include "base/id.h"
#include "base/jmem.h"
#include "base/text.h"

enum {
	CHANNEL_SIZE = 128,
	CHANNEL_TAIL = 8,  /* of the call's id, as Asterisk numbers channels */
	USER_BYTES = 64,   /* a GUID, and room */
	CALLER_BYTES = 80, /* of a name that is shown */
	EXTENSION_SIZE = 33,
};

struct order {
	struct le le;
	struct autocall *owner;    /* NULL: the service is gone */
	struct httpd_request *req; /* NULL: it has its answer */
	struct call_pair *pair;    /* NULL before and after it */
	char id_ext[ID_SIZE];
	char *id, *user, *asked, *caller_name; /* asked: channel= */
	struct target to;
	char extension[EXTENSION_SIZE]; /* of the operator, as it is dialled */
	char caller_id[TARGET_SIZE];    /* that the operator sees, "" */
	char channel[CHANNEL_SIZE];
	bool is_missed; /* and that was told */
};

static void destructor(void *arg)
{
	struct order *order = arg;

	list_unlink(&order->le);
	mem_deref(order->req);
	mem_deref(order->id);
	mem_deref(order->user);
	mem_deref(order->asked);
	mem_deref(order->caller_name);
}

static const char *text_of(const struct order *order, const char *key)
{
	return cfg_text(order->owner->prm.cfg, "autocall", key);
}

/* --- what is told --------------------------------------------------------- */

static struct ami_channel channel_of(const struct order *order)
{
	return (struct ami_channel){
		.name = order->channel,
		.uniqueid = order->id_ext,
		.caller = order->caller_id,
		.caller_name = order->caller_name,
	};
}

static struct note_about about(const struct order *order)
{
	return (struct note_about){
		.id_ext = order->id_ext,
		.id = order->id,
		.user = order->user,
		.number = order->to.number,
	};
}

static void tell(struct order *order, const char *name, json_t *fields)
{
	const struct note_about whose = about(order);

	note_tell(order->owner, &whose, name, fields);
}

static void tell_var(struct order *order, const char *variable,
                     const char *value)
{
	const struct ami_channel channel = channel_of(order);

	tell(order, "VarSet", ami_var(&channel, variable, value));
}

static void accept(struct order *order)
{
	char *text = jmem_text(json_pack("{s:s, s:s}", "status", "ok", "id_ext",
	                                 order->id_ext));

	/* Without memory the request is answered with 500 by itself. */
	if (text)
		autocall_say(order->req, 200, "application/json", text);
	mem_deref(text);
	order->req = mem_deref(order->req);
}

/* --- how it goes ---------------------------------------------------------- */

static void moment_handler(enum call_pair_moment moment, void *arg)
{
	struct order *order = arg;
	const struct ami_channel channel = channel_of(order);

	if (!order->owner)
		return;

	switch (moment) {

	case CALL_PAIR_DIALLED:
		accept(order);
		break;

	case CALL_PAIR_FIRST_RINGING:
		tell(order, "Newstate", ami_ringing(&channel));
		break;

	case CALL_PAIR_FIRST_ANSWERED:
		tell(order, "Newstate", ami_up(&channel));
		break;

	case CALL_PAIR_ANSWERED:
		tell_var(order, "DIALSTATUS", "ANSWER");
		break;

	default:
		break;
	}
}

static void missed_handler(const struct phone_end *end, void *arg)
{
	struct order *order = arg;

	order->is_missed = true;
	if (order->owner)
		tell_var(order, "DIALSTATUS",
		         ami_said(end->outcome, end->q850).dialstatus);
}

/* Why it is over: of the client's call, if it came to that. */
static struct ami_said last_said(const struct call_pair_result *result)
{
	const struct phone_end *end =
		result->second ? result->second : result->first;

	return ami_said(end->outcome, end->q850);
}

static void tell_end(struct order *order, const struct call_pair_result *result)
{
	const struct ami_channel channel = channel_of(order);
	const struct note_about whose = about(order);
	const struct ami_said said = last_said(result);
	const struct note hangup = {"Hangup", ami_hangup(&channel, &said)};

	if (result->second && !result->answer_ms && !order->is_missed)
		tell_var(order, "DIALSTATUS", said.dialstatus);
	if (*result->recording)
		tell_var(order, "MIXMONITOR_FILENAME", result->recording);
	note_last(order->owner, &whose, &hangup, 1);
}

/* It is nobody's any more, and nothing more is told of it. */
static void refuse(struct order *order, unsigned status, const char *error)
{
	(void)store_legs_over(order->owner->prm.store, order->id_ext, NULL, 0,
	                      NULL, NULL);
	autocall_fail(order->req, status, error);
	mem_deref(order);
}

static void ended_handler(const struct call_pair_result *result, void *arg)
{
	struct order *order = arg;

	order->pair = NULL;
	if (order->owner && order->req)
		refuse(order, 200,
		       result->err ? autocall_fault(result->err)
		                   : "the service ends");
	else if (order->owner) {
		tell_end(order, result);
		mem_deref(order);
	}
	else {
		mem_deref(order);
	}
}

/* --- how it begins -------------------------------------------------------- */

static struct phone_line *line_of(const struct order *order, const char *key)
{
	const char *name = text_of(order, key);

	if (!*name)
		name = text_of(order, "line");

	return phone_line_find(order->owner->prm.phone, *name ? name : NULL);
}

static int pair_place(struct order *order, const char *will)
{
	const struct autocall_prm *prm = &order->owner->prm;
	const struct call_pair_sink sink = {moment_handler, missed_handler,
	                                    ended_handler, order};
	const struct call_pair_prm pair = {
		.callid = order->id_ext,
		.first =
			{
				.line = line_of(order, "operator_line"),
				.number = order->extension,
				.caller_id = *order->caller_id
	                                             ? order->caller_id
	                                             : NULL,
				.ring_ms = (uint32_t)cfg_number(
					prm->cfg, "autocall",
					"operator_ring_ms"),
			},
		.second =
			{
				.line = line_of(order, "line"),
				.number = order->to.number,
				.ring_ms = (uint32_t)cfg_number(
					prm->cfg, "autocall", "client_ring_ms"),
			},
		.language = text_of(order, "language"),
		.ring_sound = text_of(order, "ring_sound"),
		.busy_sound = text_of(order, "busy_sound"),
		.missed_sound = text_of(order, "missed_sound"),
		.will = will,
	};

	if (!pair.first.line || !pair.second.line)
		return ENOENT;

	return call_pair_place(&order->pair, prm->calls, &pair, &sink);
}

static int pair_begin(struct order *order)
{
	const struct note_about whose = about(order);
	const struct ami_channel channel = channel_of(order);
	char *will = heir_will(&whose, &channel, NULL);
	int err = will ? pair_place(order, will) : ENOMEM;

	mem_deref(will);

	return err;
}

static void blocked_handler(int err, const char *reason, void *arg)
{
	struct order *order = arg;

	if (!order->owner) {
		mem_deref(order);
		return;
	}
	if (err || reason) {
		refuse(order, 200,
		       err ? "the database does not answer"
		           : "the number is on the do-not-call list");
		return;
	}

	err = pair_begin(order);
	if (err)
		refuse(order, 200, autocall_fault(err));
}

/* The 101 of "SIP/101" or "Local/101@from-internal/n". */
static size_t extension_find(const char *channel, const char **extensionp)
{
	static const char chars[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz/@+*#._-";
	const char *slash = strchr(channel, '/');
	const char *name = slash ? slash + 1 : channel;
	size_t n = strcspn(name, "@/");

	/* Of "SIP/trunk/101" it is not clear who is meant. */
	if (channel[strspn(channel, chars)] || name[n] == '/')
		return 0;
	*extensionp = name;

	return n;
}

/* Nobody outside is called as an operator: the do-not-call list is not asked
 * for them. */
static bool extension_take(struct order *order, const char *channel)
{
	const struct cfg *cfg = order->owner->prm.cfg;
	const char *name = "";
	size_t n = extension_find(channel, &name);

	if (!n || n >= EXTENSION_SIZE)
		return false;
	if (strspn(name, "+0123456789*#") >= n &&
	    n > cfg_number(cfg, "autocall", "operator_digits"))
		return false;

	n = (size_t)snprintf(order->extension, sizeof(order->extension),
	                     "%s%.*s", text_of(order, "operator_prefix"),
	                     (int)n, name);
	(void)snprintf(order->channel, sizeof(order->channel), "%.100s-%s",
	               channel,
	               order->id_ext + strlen(order->id_ext) - CHANNEL_TAIL);

	return n < sizeof(order->extension) &&
	       number_is_dialable(order->extension);
}

/* What cannot be shown is not: the line's own number is. */
static void caller_take(struct order *order, const char *caller_id)
{
	if (strlen(caller_id) < sizeof(order->caller_id) &&
	    number_is_dialable(caller_id))
		(void)text_copy(order->caller_id, sizeof(order->caller_id),
		                caller_id);
}

static int texts_take(struct order *order, const struct httpd_request *req)
{
	int err;

	err = str_dup(&order->id, autocall_query(req, "id"));
	if (!err)
		err = str_dup(&order->user, autocall_query(req, "user"));
	if (!err)
		err = str_dup(&order->asked, autocall_query(req, "channel"));
	if (!err)
		err = str_dup(&order->caller_name,
		              autocall_query(req, "caller_id_name"));

	return err;
}

static void begin(struct autocall *ac, struct httpd_request *req)
{
	struct order *order = mem_zalloc(sizeof(*order), destructor);
	int err;

	if (!order || texts_take(order, req)) {
		mem_deref(order);
		autocall_fail(req, 200, strerror(ENOMEM));
		return;
	}

	order->owner = ac;
	order->req = mem_ref(req);
	(void)id_make(order->id_ext);
	list_append(&ac->orderl, &order->le, order);
	if (!extension_take(order, order->asked)) {
		refuse(order, 400,
		       "channel: an extension is wanted, like SIP/101");
		return;
	}
	if (!target_take(&order->to, ac->prm.cfg,
	                 autocall_query(req, "exten"))) {
		refuse(order, 400, "exten: digits are wanted");
		return;
	}

	caller_take(order, autocall_query(req, "caller_id"));
	err = store_blocked(ac->prm.store, order->to.number, blocked_handler,
	                    order);
	if (err)
		refuse(order, 200, strerror(err));
}

/* The same user's telephone and the same client, asked again because the answer
 * was late: nobody is called twice. */
static struct order *order_find(const struct autocall *ac, const char *channel,
                                const char *exten)
{
	for (struct le *le = ac->orderl.head; le; le = le->next) {
		struct order *order = le->data;

		if (!strcmp(order->asked, channel) &&
		    !strcmp(order->to.exten, exten))
			return order;
	}

	return NULL;
}

static void repeat(struct httpd_request *req, const struct order *order)
{
	char *text;

	if (order->req || !order->pair) {
		autocall_fail(req, 200, "this call is being begun or ended");
		return;
	}
	text = jmem_text(json_pack("{s:s, s:s}", "status", "ok", "id_ext",
	                           order->id_ext));
	if (text)
		autocall_say(req, 200, "application/json", text);
	mem_deref(text);
}

void order_handler(struct httpd_request *req, void *arg)
{
	struct autocall *ac = arg;
	const char *channel = autocall_query(req, "channel");
	const char *exten = autocall_query(req, "exten");
	const struct order *same = order_find(ac, channel, exten);

	if (!*exten)
		autocall_fail(req, 400, "exten: is missing");
	else if (!*channel)
		autocall_fail(req, 400, "channel: is missing");
	else if (strlen(autocall_query(req, "id")) > AUTOCALL_ID_BYTES)
		autocall_fail(req, 400, "id: is too long");
	else if (strlen(autocall_query(req, "user")) > USER_BYTES)
		autocall_fail(req, 400, "user: is too long");
	else if (strlen(autocall_query(req, "caller_id_name")) > CALLER_BYTES)
		autocall_fail(req, 400, "caller_id_name: is too long");
	else if (same)
		repeat(req, same);
	else if (autocall_is_full(ac))
		autocall_fail(req, 200, "all channels are busy");
	else
		begin(ac, req);
}

/* --- from outside --------------------------------------------------------- */

void order_hangup_all(struct autocall *ac)
{
	struct le *le = ac->orderl.head;

	while (le) {
		struct order *order = le->data;

		le = le->next;
		if (order->pair)
			call_pair_hangup(order->pair);
	}
}

void order_orphan_all(struct autocall *ac)
{
	struct le *le = ac->orderl.head;

	while (le) {
		struct order *order = le->data;

		le = le->next;
		list_unlink(&order->le);
		order->owner = NULL;
		order->req = mem_deref(order->req);
	}
}
