/*
 * flow/effect.c - what the caller of a session has to carry out
 *
 * An input's rows come first, then its warnings and notifications as they
 * happened, then the one thing that the robot does.
 */
#include <stdarg.h>
#include <stdio.h>
#include "base/mem.h"
#include "base/text.h"
#include "flow/session.h"

enum {
	EFFECTS_START = 2,
	WARNING_BYTES = 256,
};

struct flow_effect *effect_add(struct flow_session *sess,
                               enum flow_effect_kind kind)
{
	size_t room = sess->effect_room ? 2 * sess->effect_room : EFFECTS_START;
	struct flow_effect *effect;

	if (sess->effectc == sess->effect_room) {
		struct flow_effect *effectv =
			arena_array(sess->turn, room, sizeof(*effectv));

		/* Memory is out: the turn fails; what is filled in here is
		 * never seen. */
		if (!effectv)
			return &sess->act;
		if (sess->effectc)
			memcpy(effectv, sess->effectv,
			       sess->effectc * sizeof(*effectv));
		sess->effectv = effectv;
		sess->effect_room = room;
	}

	effect = &sess->effectv[sess->effectc++];
	effect->kind = kind;

	return effect;
}

void effect_warn(struct flow_session *sess, const char *format, ...)
{
	char warning[WARNING_BYTES];
	va_list ap;
	size_t len;

	va_start(ap, format);
	(void)vsnprintf(warning, sizeof(warning), format, ap);
	va_end(ap);

	/* What was cut may end inside a letter. */
	len = strlen(warning);
	while (!text_is_utf8(warning, len))
		len--;
	effect_add(sess, FLOW_DO_WARN)->warning =
		arena_text(sess->turn, warning, len);
}

struct flow_effect *effect_act(struct flow_session *sess,
                               enum flow_effect_kind kind)
{
	sess->has_act = true;
	sess->act = (struct flow_effect){.kind = kind};

	return &sess->act;
}

void effect_play(struct flow_session *sess, const struct items *items)
{
	const struct node *node = sess->node;

	effect_act(sess, FLOW_DO_PLAY)->play = (struct flow_play){
		.node = node->id,
		.itemv = items->v,
		.itemc = items->c,
		.interruptible_after = node->disablebreak,
		.has_quickresponse = node->quickresponse,
		.listen = &node->listen,
		.dtmf = node->dtmf,
	};
}

void effect_place(struct flow_session *sess)
{
	if (sess->has_act && !sess->is_quiet)
		*effect_add(sess, sess->act.kind) = sess->act;
	sess->has_act = false;

	for (; sess->effects_placed < sess->effectc; sess->effects_placed++)
		sess->effectv[sess->effects_placed].after_stepc = sess->stepc;
}
