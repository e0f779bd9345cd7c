/*
 * flow/alert.c - intention, and telling the agents
 */
#include <stdio.h>
#include "base/mem.h"
#include "flow/session.h"

void alert_potential(struct flow_session *sess,
                     const struct potential *potential, bool is_node)
{
	struct flow_counters *counters = &sess->counters;
	int32_t value = potential->value;

	switch (potential->kind) {
	case POTENTIAL_NONE:
		break;
	case POTENTIAL_ADD:
		sess->intention += value;
		if (is_node && value > 0)
			counters->intentional_count += (uint32_t)value;
		if (is_node && value < 0)
			counters->unintentional_count -= (uint32_t)value;
		break;
	case POTENTIAL_SET:
		sess->intention = value;
		break;
	case POTENTIAL_CLASS:
		sess->class_letter = potential->text;
		break;
	}
}

/* Whether notify_condition is met now. What is not set is never met. */
static bool is_met(const struct flow_session *sess)
{
	const struct intention_prm *prm = &sess->script->intention;
	bool is_interested, is_long;

	is_interested =
		(prm->intention_threshold.is_set &&
	         (double)sess->intention > prm->intention_threshold.value) ||
		(*prm->intention_label &&
	         !strcmp(prm->intention_label, sess->class_letter));
	is_long = prm->calltime_threshold.is_set &&
	          (double)sess->now_ms > prm->calltime_threshold.value * 1000.0;

	return prm->notify_condition ? is_interested && is_long
	                             : is_interested || is_long;
}

static const char *trigger_make(struct flow_session *sess, const char *id)
{
	const char *name = sess->script->name;
	size_t size = strlen(name) + strlen(id) + 3;
	char *trigger = arena_get(sess->turn, size);

	if (!trigger)
		return "";
	(void)snprintf(trigger, size, "%s[%s]", name, id);

	return trigger;
}

void alert_test(struct flow_session *sess, const char *id, uint32_t key,
                const struct alert_prm *prm)
{
	const struct intention_prm *script = &sess->script->intention;
	struct tally_row *tally = tally_row(sess->tally, key);
	bool is_forced = prm->is_set && tally && !tally->has_notified;
	bool is_first = !sess->has_notified && is_met(sess);
	struct flow_notify *notify;
	const char *trigger;

	if (!is_forced && !is_first)
		return;

	sess->has_notified = sess->has_notified || is_first;
	if (is_forced)
		tally->has_notified = true;

	/* For the texts and addresses behind it, and the call's row. */
	trigger = trigger_make(sess, id);
	enter_set_var(sess, "trigger_flow", trigger);

	notify = &effect_add(sess, FLOW_DO_NOTIFY)->notify;
	*notify = (struct flow_notify){
		.trigger = trigger,
		.http = script->notify_http,
		.linegroup = script->notify_linegroup,
		.human_answer_stop_robot = script->human_answer_stop_robot,
		.beep_time_ms = script->beep_time_ms,
		.rest_time_ms = script->rest_time_ms,
	};
	if (is_forced && *prm->linegroup)
		notify->linegroup = prm->linegroup;
	if (is_forced && prm->human_answer_stop_robot >= 0)
		notify->human_answer_stop_robot = prm->human_answer_stop_robot;
}
