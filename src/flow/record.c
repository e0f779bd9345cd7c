/*
 * flow/record.c - step records: one row of `conversation` per input or jump
 *
 * Texts are cut to the code points that their column holds. What comes from
 * the script stays where it is; what the caller brought is copied.
 */
#include <stdio.h>
#include "base/mem.h"
#include "base/text.h"
#include "flow/session.h"

enum {
	ROWS_START = 4,
	/* code points of the columns */
	ID_MAX = 50,
	CONDITION_MAX = 256,
	RESPONSE_MAX = 2048,
	RECORD_MAX = 260,
};

/* Text cut to max code points; a copy only where it is cut. */
static const char *cut(struct flow_session *sess, const char *text, size_t max)
{
	size_t len = strlen(text), span;

	if (len <= max)
		return text;

	span = text_span(text, max);

	return span == len ? text : arena_text(sess->turn, text, span);
}

/* A copy, cut. */
static const char *keep(struct flow_session *sess, const char *text, size_t max)
{
	size_t len = strlen(text);

	if (!len)
		return "";
	if (len > max)
		len = text_span(text, max);

	return arena_text(sess->turn, text, len);
}

struct flow_step *record_row(struct flow_session *sess, size_t i)
{
	return i < sess->stepc ? &sess->stepv[i] : &sess->spare;
}

static bool has_room(struct flow_session *sess)
{
	size_t room = sess->step_room ? 2 * sess->step_room : ROWS_START;
	struct flow_step *stepv;

	if (sess->stepc < sess->step_room)
		return true;

	stepv = arena_array(sess->turn, room, sizeof(*stepv));
	if (!stepv)
		return false;
	if (sess->stepc)
		memcpy(stepv, sess->stepv, sess->stepc * sizeof(*stepv));
	sess->stepv = stepv;
	sess->step_room = room;

	return true;
}

size_t record_add(struct flow_session *sess, const struct heard *heard)
{
	bool is_kept = has_room(sess);
	struct flow_step *step =
		is_kept ? &sess->stepv[sess->stepc] : &sess->spare;

	*step = (struct flow_step){
		.createtime_ms = sess->now_ms,
		.callid = cut(sess, sess->callid, ID_MAX),
		.current_appid = keep(sess, sess->appid, ID_MAX),
		.sequence = sess->sequence,
		.current_flowid =
			sess->node ? cut(sess, sess->node->id, ID_MAX) : "",
		.input_type = heard->type,
		.input_args = keep(sess, heard->args, RECORD_ARGS_MAX),
		.input_nlp_args = "",
		.input_start_ms = heard->start_ms,
		.input_duration_ms = heard->duration_ms,
		.input_play_ms = heard->play_ms,
		.matching_condition = "",
		.condition_id = "",
		.matching_keyword = "",
		.response_description = "",
		.response_id = "",
		.response_action = "",
		.response_args = "",
		.potential = "",
		.record = "",
	};
	if (heard->record)
		step->record = keep(sess, heard->record, RECORD_MAX);
	if (heard->nlp_keyword)
		step->input_nlp_args = keep(sess, heard->nlp_keyword, ID_MAX);
	if (heard->nlp_description)
		step->response_description =
			keep(sess, heard->nlp_description, ID_MAX);

	return is_kept ? sess->stepc++ : SIZE_MAX;
}

void record_args(struct flow_session *sess, size_t i, const char *args)
{
	record_row(sess, i)->input_args = cut(sess, args, RECORD_ARGS_MAX);
}

void record_hit(struct flow_session *sess, size_t i, const struct hit *hit)
{
	struct flow_step *step = record_row(sess, i);
	size_t len = hit->keyword_len;

	step->matching_method = hit->method;
	step->matching_condition = cut(sess, hit->condition, CONDITION_MAX);

	if (len > ID_MAX) {
		const char *whole = arena_text(sess->turn, hit->keyword, len);

		len = text_span(whole, ID_MAX);
	}
	step->matching_keyword = arena_text(sess->turn, hit->keyword, len);

	if (hit->kind == HIT_ENTRY) {
		step->condition_id = cut(sess, hit->entry->id, ID_MAX);
		return;
	}
	step->condition_weight = hit->link->keywordweight;
	step->condition_id =
		cut(sess,
	            hit->kind == HIT_GLOBAL ? global_of(hit->link)->id
	                                    : hit->link->flow,
	            ID_MAX);
}

/* Items joined by `|`, cut to the column. */
static const char *join(struct flow_session *sess, const struct items *items)
{
	size_t len = 0;
	char *text, *at;

	if (!items || !items->c)
		return "";
	if (items->c == 1)
		return cut(sess, items->v[0], RESPONSE_MAX);

	for (size_t i = 0; i < items->c; i++)
		len += strlen(items->v[i]) + 1;
	text = arena_get(sess->turn, len + 1);
	if (!text)
		return "";

	at = text;
	for (size_t i = 0; i < items->c; i++) {
		size_t n = strlen(items->v[i]);

		if (i)
			*at++ = '|';
		memcpy(at, items->v[i], n);
		at += n;
	}
	*at = '\0';
	text[text_span(text, RESPONSE_MAX)] = '\0';

	return text;
}

void record_response(struct flow_session *sess, size_t i, int type,
                     const char *id, const char *action,
                     const struct items *args)
{
	struct flow_step *step = record_row(sess, i);

	step->response_type = type;
	step->response_id = cut(sess, id, ID_MAX);
	step->response_action = action;
	step->response_args = join(sess, args);
}

void record_counts(struct flow_session *sess, size_t i, uint32_t repetition,
                   const char *potential)
{
	struct flow_step *step = record_row(sess, i);

	step->repetition = repetition;
	step->potential = cut(sess, potential, ID_MAX);
}

void record_error(struct flow_session *sess, const char *id, const char *why)
{
	struct heard heard = {
		.type = INPUT_ERROR,
		.args = sess->node ? sess->node->id : "",
		.start_ms = sess->now_ms,
	};
	size_t i = record_add(sess, &heard);
	struct flow_step *step = record_row(sess, i);

	step->matching_condition = cut(sess, id, CONDITION_MAX);
	step->response_description = cut(sess, why, ID_MAX);
}
