/*
 * wire.c - the joints between folders of one floor
 *
 * campaign wishes to place calls and does not know call: the port below makes
 * a call of each contact that the dialer hands over.
 */
#include <assert.h>
#include <stdio.h>
#include "api/api.h"
#include "autocall/autocall.h"
#include "base/httpc.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/vault.h"
#include "notify/notify.h"
#include "proxy/proxy.h"
#include "speech/service.h"
#include "wire.h"

enum {
	NAME_SIZE = 64, /* of the contact's name in a live transcript */
	VARS_MAX = 200, /* variables of a contact that reach the script */
};

struct wire_port {
	struct dialer_port port; /* first: what the dialer sees */
	struct cli_dial_prm prm;
	struct list livel;
};

struct live {
	struct le le;
	struct wire_port *owner;
	struct call *call;
	char number[64];
	char name[NAME_SIZE];
	void (*ended)(const struct dialer_end *end, void *arg);
	void *ended_arg;
};

static void live_destructor(void *arg)
{
	struct live *live = arg;

	list_unlink(&live->le);
}

static const char *var_find(const struct flow_var *varv, size_t varc,
                            const char *name)
{
	for (size_t i = 0; i < varc; i++) {
		if (!strcmp(varv[i].name, name))
			return varv[i].value;
	}

	return "";
}

static void moment_handler(const struct call_moment *moment, void *arg)
{
	struct live *live = arg;
	const struct cli_watch *watch = &live->owner->prm.watch;

	if (watch->moment)
		watch->moment(live->number, live->name, moment, watch->arg);
}

static void ended_handler(const struct call_result *result, void *arg)
{
	struct live *live = arg;
	struct dialer_end end = {
		.end = result->end,
		.label = "",
		.talk_ms = result->talk_ms,
		.is_opt_out = result->is_opt_out,
		.is_dropped = result->is_dropped,
	};

	if (result->flow) {
		end.label = result->flow->label;
		end.callback_at = var_find(result->flow->varv,
		                           result->flow->varc, "callback_at");
	}

	list_unlink(&live->le);
	live->ended(&end, live->ended_arg);
	mem_deref(live);
}

static size_t vars_copy(struct flow_var *varv, const struct store_contact *c)
{
	size_t n = c->varc < VARS_MAX ? c->varc : VARS_MAX;

	for (size_t i = 0; i < n; i++) {
		varv[i].name = c->varv[i].name;
		varv[i].value = c->varv[i].value;
	}

	return n;
}

static int place(const struct dialer_call *dial,
                 void (*ended)(const struct dialer_end *end, void *arg),
                 void *ended_arg, void *arg)
{
	struct wire_port *owner = arg;
	struct flow_var varv[VARS_MAX];
	struct call_sink sink = {
		.moment = moment_handler,
		.ended = ended_handler,
	};
	struct call_prm prm = {
		.callid = dial->call_id,
		.script = owner->prm.script,
		.varv = varv,
		.varc = vars_copy(varv, dial->contact),
		.line = phone_line_find(owner->prm.phone, dial->line),
		.number = dial->contact->number,
		.caller_id = *dial->caller_id ? dial->caller_id : NULL,
		.ring_ms = owner->prm.ring_ms,
		.attempt_id = dial->attempt_id,
		.others = dial->others,
	};
	struct live *live;
	int err;

	live = mem_zalloc(sizeof(*live), live_destructor);
	if (!live)
		return ENOMEM;

	live->owner = owner;
	live->ended = ended;
	live->ended_arg = ended_arg;
	(void)text_copy(live->number, sizeof(live->number), prm.number);
	(void)text_copy(live->name, sizeof(live->name),
	                var_find(varv, prm.varc, "name"));

	sink.arg = live;
	err = call_place(&live->call, owner->prm.calls, &prm, &sink);
	if (err) {
		mem_deref(live);
		return err;
	}

	/* The call has the robot now that was kept for it. */
	calls_release(owner->prm.calls);
	list_append(&owner->livel, &live->le, live);

	return 0;
}

static int reserve(void *arg)
{
	const struct wire_port *owner = arg;

	return calls_reserve(owner->prm.calls);
}

static void release(void *arg)
{
	const struct wire_port *owner = arg;

	calls_release(owner->prm.calls);
}

static int probe(const char *line,
                 void (*done)(int err, const char *words, void *arg),
                 void *done_arg, void *arg)
{
	const struct wire_port *owner = arg;

	return phone_line_probe(phone_line_find(owner->prm.phone, line), done,
	                        done_arg);
}

static void part(const char *line, const char *farewell, void *arg)
{
	const struct wire_port *owner = arg;
	struct phone_line *way = phone_line_find(owner->prm.phone, line);
	int err = way ? phone_farewell(way, farewell) : ENOENT;

	if (err)
		log_warning("campaign",
		            "a call of a process that died is not hung up: %s; "
		            "the other side's time limit ends it",
		            strerror(err));
}

static void hangup_all(void *arg)
{
	struct wire_port *owner = arg;
	struct le *le, *next;

	for (le = list_head(&owner->livel); le; le = next) {
		struct live *live = list_ledata(le);

		next = le->next;
		call_hangup(live->call);
	}
}

static void port_destructor(void *arg)
{
	struct wire_port *owner = arg;

	assert(list_isempty(&owner->livel));
	(void)owner;
}

static int dialer_port_alloc(struct dialer_port **portp,
                             const struct cli_dial_prm *prm)
{
	struct wire_port *owner;

	owner = mem_zalloc(sizeof(*owner), port_destructor);
	if (!owner)
		return ENOMEM;

	owner->prm = *prm;
	owner->port = (struct dialer_port){
		.place = place,
		.hangup_all = hangup_all,
		.reserve = reserve,
		.release = release,
		.probe = probe,
		.part = part,
		.arg = owner,
	};
	*portp = &owner->port;

	return 0;
}

static const struct cfg_table *const tablev[] = {
	&cli_cfg_table,        &phone_cfg_table,       &phone_line_cfg_table,
	&campaign_cfg_table,   &rules_cfg_table,       &group_cfg_table,
	&tolls_cfg_table,      &toll_cfg_table,        &call_cfg_table,
	&answer_cfg_table,     &complaint_cfg_table,   &voice_cfg_table,
	&asr_sphinx_cfg_table, &service_cfg_table,     &store_cfg_table,
	&httpc_cfg_table,      &proxy_cfg_table,       &asr_group_cfg_table,
	&notify_cfg_table,     &notify_sink_cfg_table, &api_cfg_table,
	&vault_cfg_table,      &autocall_cfg_table,    &autocall_file_cfg_table,
};

const struct cli_wire wire = {
	.tablev = tablev,
	.tablec = ARRAY_COUNT(tablev),
	.dialer_port = dialer_port_alloc,
};
