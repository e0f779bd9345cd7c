/*
 * flow/ask.c - asking a service which keyword was meant
 *
 * The text waits until the answer is there, until another input shows that
 * none will come in time, or until the caller gives up. Its row is written
 * then.
 */
#include <jansson.h>
#include "base/mem.h"
#include "flow/inputs.h"
#include "flow/percent.h"
#include "flow/session.h"

/* The request as JSON text. */
static const char *request_make(struct flow_session *sess, const char *text)
{
	const struct node *node = sess->node;
	json_t *request;
	char *body;
	size_t size;

	request = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", /* E049 */
	                    "flowid", node->id, "nlpid", node->nlpid, "callid",
	                    sess->callid, "flowkeywords", node->flowkeywords,
	                    "kbkeywords", node->kbkeywords, "input", "text",
	                    "text", percent_encode(sess->turn, text));
	size = json_dumpb(request, NULL, 0, JSON_COMPACT);
	body = arena_get(sess->turn, size + 1);
	if (!request)
		arena_fail(sess->turn);
	if (body)
		(void)json_dumpb(request, body, size, JSON_COMPACT);
	json_decref(request);

	return body ? body : "";
}

static char *keep(struct flow_session *sess, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = mem_alloc(size, NULL);

	if (copy)
		memcpy(copy, text, size);
	else
		arena_fail(sess->turn);

	return copy;
}

void ask_start(struct flow_session *sess, const struct heard *heard)
{
	sess->asked = keep(sess, heard->args);
	if (heard->record)
		sess->asked_record = keep(sess, heard->record);
	sess->asked_heard = *heard;

	effect_act(sess, FLOW_DO_NLP)->request = (struct flow_request){
		.url = sess->script->nlp.url,
		.method = "POST",
		.body = request_make(sess, heard->args),
		.timeout_ms = sess->script->nlp.timeout_ms,
	};
}

void ask_finish(struct flow_session *sess, const char *keyword,
                const char *description)
{
	struct heard heard = sess->asked_heard;
	char *asked = sess->asked, *record = sess->asked_record;

	sess->asked = NULL;
	sess->asked_record = NULL;

	heard.args = asked;
	heard.record = record;
	heard.nlp_keyword = keyword;
	heard.nlp_description = description;
	inputs_keep_nlp(sess, heard.at_ms, keyword, description);
	hear_match(sess, &heard);

	/* Keywords of this row point into the text until it was recorded;
	 * records are copies. */
	mem_deref(asked);
	mem_deref(record);
}
