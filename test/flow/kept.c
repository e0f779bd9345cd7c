/*
 * test/flow/kept.c - the rows of a conversation, kept as a store would
 */
#include <stddef.h>
#include "base/mem.h"
#include "kept.h"

enum {
	ROWS_MAX = 4096, /* more are left out: a torn call */
};

struct kept {
	struct flow_step stepv[ROWS_MAX];
	char *blockv[ROWS_MAX];
	size_t c;
};

static const size_t textv[] = {
	offsetof(struct flow_step, callid),
	offsetof(struct flow_step, current_appid),
	offsetof(struct flow_step, current_flowid),
	offsetof(struct flow_step, input_args),
	offsetof(struct flow_step, input_nlp_args),
	offsetof(struct flow_step, matching_condition),
	offsetof(struct flow_step, condition_id),
	offsetof(struct flow_step, matching_keyword),
	offsetof(struct flow_step, response_description),
	offsetof(struct flow_step, response_id),
	offsetof(struct flow_step, response_action),
	offsetof(struct flow_step, response_args),
	offsetof(struct flow_step, potential),
	offsetof(struct flow_step, record),
};

static void kept_destructor(void *arg)
{
	struct kept *kept = arg;

	for (size_t i = 0; i < kept->c; i++)
		mem_deref(kept->blockv[i]);
}

int kept_alloc(struct kept **keptp)
{
	*keptp = mem_zalloc(sizeof(**keptp), kept_destructor);

	return *keptp ? 0 : ENOMEM;
}

static int row_add(struct kept *kept, const struct flow_step *step)
{
	struct flow_step *row = &kept->stepv[kept->c];
	size_t size = 0;
	char *at;

	*row = *step;
	for (size_t i = 0; i < ARRAY_COUNT(textv); i++)
		size += strlen(*(const char **)((char *)row + textv[i])) + 1;
	at = mem_zalloc(size, NULL);
	if (!at)
		return ENOMEM;

	kept->blockv[kept->c++] = at;
	for (size_t i = 0; i < ARRAY_COUNT(textv); i++) {
		const char **text = (const char **)((char *)row + textv[i]);

		size = strlen(*text) + 1;
		*text = memcpy(at, *text, size);
		at += size;
	}

	return 0;
}

int kept_add(struct kept *kept, const struct flow_turn *turn)
{
	int err = 0;

	for (size_t i = 0; i < turn->stepc && kept->c < ROWS_MAX && !err; i++)
		err = row_add(kept, &turn->stepv[i]);

	return err;
}

struct flow_call kept_call(const struct kept *kept,
                           const struct flow_session *sess)
{
	struct flow_result result;

	flow_session_result(sess, &result);

	return (struct flow_call){
		.callid = kept->c ? kept->stepv[0].callid : "",
		.stepv = kept->stepv,
		.stepc = kept->c,
		.label = result.label,
		.class_letter = result.class_letter,
		.intention = result.intention,
		.inputs = result.inputs,
	};
}
