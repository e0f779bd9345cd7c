/*
 * flow/inputs.c - what the rows of a call do not hold whole
 */
#include "base/mem.h"
#include "base/text.h"
#include "flow/inputs.h"

enum {
	BYTES_MAX = 256 * 1024, /* of one call; what comes later is not kept */
};

/* Takes the reference. Writes over the closing bracket. */
static int append(struct flow_session *sess, json_t *what)
{
	size_t size = json_dumpb(what, NULL, 0, JSON_COMPACT);
	size_t len = sess->inputs_len ? sess->inputs_len - 1 : 0;
	size_t need = len + 1 + size + 2;
	char *text;
	int err = 0;

	if (!what)
		return ENOMEM;
	if (need > BYTES_MAX)
		goto out;

	text = sess->inputs ? mem_realloc(sess->inputs, need)
	                    : mem_alloc(need, NULL);
	if (!text) {
		err = ENOMEM;
		goto out;
	}

	text[len] = len ? ',' : '[';
	(void)json_dumpb(what, text + len + 1, size, JSON_COMPACT);
	text[len + 1 + size] = ']';
	text[need - 1] = '\0';
	sess->inputs = text;
	sess->inputs_len = need - 1;

out:
	json_decref(what);

	return err;
}

static void keep(struct flow_session *sess, json_t *what)
{
	if (append(sess, what))
		arena_fail(sess->turn);
}

static json_int_t row_of(const struct flow_session *sess)
{
	return (json_int_t)(sess->rows_before + sess->stepc);
}

void inputs_keep_args(struct flow_session *sess, const struct heard *heard)
{
	size_t len = strlen(heard->args);

	if (len <= RECORD_ARGS_MAX ||
	    text_span(heard->args, RECORD_ARGS_MAX) == len)
		return;

	keep(sess,
	     json_pack("{s:I, s:s}", "row", row_of(sess), "args", heard->args));
}

void inputs_keep_nlp(struct flow_session *sess, uint64_t at_ms,
                     const char *keyword, const char *description)
{
	keep(sess, json_pack("{s:I, s:I, s:s?, s:s?}", "row", row_of(sess),
	                     "at", (json_int_t)at_ms, "keyword", keyword,
	                     "description", description));
}

void inputs_keep_http(struct flow_session *sess, const struct flow_input *in)
{
	const char *body = in->args;
	int status = in->status;

	/* What is no text was no answer either. */
	if (body && !text_is_utf8(body, strlen(body))) {
		body = NULL;
		status = 0;
	}

	keep(sess, json_pack("{s:I, s:i, s:s?}", "row", row_of(sess), "status",
	                     status, "body", body));
}

const json_t *inputs_of_row(const json_t *inputs, size_t row)
{
	const json_t *what;
	size_t i;

	json_array_foreach(inputs, i, what)
	{
		if (json_integer_value(json_object_get(what, "row")) ==
		    (json_int_t)row)
			return what;
	}

	return NULL;
}
