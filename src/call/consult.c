/*
 * call/consult.c - what a session asks of services: NLP and http nodes
 *
 * Whatever comes back, or does not, becomes one input. An NLP service that
 * fails stands in the record by what it did ("TIMEOUT()", "ERROR(status
 * 503)"), which is no keyword of any condition: the script's own decide.
 */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "base/text.h"
#include "call/call.h"

enum {
	NLP_BYTES_MAX = 64 * 1024,
	HTTP_BYTES_MAX = 1024 * 1024,
	SHORT_SIZE = 48, /* what stands in the record */
};

struct call_service {
	enum flow_effect_kind kind;
	struct httpc_request *request;
	call_service_h *handler;
	void *arg;
};

static void destructor(void *arg)
{
	struct call_service *service = arg;

	mem_deref(service->request);
}

/* The body as text: without the mark of UTF-8 that some put in front. NULL
 * when it is none. */
static const char *text_of(const struct httpc_answer *answer)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *text = (const char *)answer->body;
	size_t len = answer->body_len;

	if (!text_is_utf8(text, len))
		return NULL;

	return strncmp(text, mark, strlen(mark)) ? text : text + strlen(mark);
}

/* Why an answer says nothing, short; NULL: it may. */
static const char *failure(const struct httpc_answer *answer,
                           char words[SHORT_SIZE])
{
	if (answer->err == ETIMEDOUT)
		return "TIMEOUT()";
	if (answer->err == EFBIG)
		return "ERROR(too large)";
	if (answer->err == EPERM)
		return "ERROR(certificate)";
	if (answer->err == EHOSTUNREACH || answer->err == ECONNREFUSED)
		return "ERROR(not reached)";
	if (answer->err)
		return "ERROR(no whole answer)";
	if (answer->status < 200 || answer->status > 299) {
		(void)snprintf(words, SHORT_SIZE, "ERROR(status %u)",
		               answer->status);
		return words;
	}

	return text_of(answer) ? NULL : "ERROR(not UTF-8)";
}

static void report(struct call_service *service,
                   const struct httpc_answer *answer,
                   const struct flow_input *input, const char *why)
{
	char fault[CFG_FAULT_SIZE];

	(void)snprintf(fault, sizeof(fault), "%s: %s%s%s",
	               service->kind == FLOW_DO_NLP ? "the NLP service"
	                                            : "an http node",
	               answer->reason, answer->err ? "" : why,
	               service->kind == FLOW_DO_NLP
	                       ? "; the script's own conditions decide"
	                       : "; the script goes on with ERROR()");

	service->handler(input, why ? fault : NULL, service->arg);
}

/* The object of an NLP answer; NULL with why. */
static json_t *nlp_parse(const char *text, const char **whyp)
{
	json_t *root;

	if (!text[strspn(text, " \t\r\n")]) {
		*whyp = "ERROR(empty)";
		return NULL;
	}

	jmem_forget();
	root = json_loads(text, 0, NULL);
	if (jmem_has_failed() || !json_is_object(root)) {
		json_decref(root);
		root = NULL;
		*whyp = "ERROR(no JSON object)";
	}

	return root;
}

static bool is_text_or_absent(const json_t *value)
{
	return !value || json_is_null(value) || json_is_string(value);
}

static void nlp_handler(const struct httpc_answer *answer, void *arg)
{
	struct call_service *service = arg;
	struct flow_input input = {.kind = FLOW_NLP};
	char words[SHORT_SIZE];
	const char *why = failure(answer, words), *keyword;
	json_t *root = NULL;

	if (!why)
		root = nlp_parse(text_of(answer), &why);
	if (root && !is_text_or_absent(json_object_get(root, "keyword")))
		why = "ERROR(keyword is no text)";

	keyword = json_string_value(json_object_get(root, "keyword"));
	input.description =
		json_string_value(json_object_get(root, "description"));
	/* No keyword is an honest answer: it knows no better than we. */
	input.args = why ? why : keyword && *keyword ? keyword : NULL;
	report(service, answer, &input, why);
	json_decref(root);
}

static void http_handler(const struct httpc_answer *answer, void *arg)
{
	struct call_service *service = arg;
	struct flow_input input = {.kind = FLOW_HTTP};
	char words[SHORT_SIZE];
	const char *why = failure(answer, words), *text;

	if (!why) {
		text = text_of(answer);
		input.status = (int)answer->status;
		input.args = *text ? text : NULL;
	}
	else if (!answer->err) {
		input.status = (int)answer->status;
	}
	/* A body that is no text is no answer. */
	if (why && input.status >= 200 && input.status <= 299)
		input.status = 0;
	report(service, answer, &input, why);
}

int call_service_ask(struct call_service **servicep, struct httpc *http,
                     const struct flow_effect *effect, call_service_h *handler,
                     void *arg)
{
	bool is_nlp = effect->kind == FLOW_DO_NLP;
	const struct flow_request *asked = &effect->request;
	struct httpc_prm prm = {
		.url = asked->url,
		.method = asked->method,
		.body = asked->body,
		.body_len = asked->body ? strlen(asked->body) : 0,
		.content_type =
			asked->body ? "application/json; charset=utf-8" : NULL,
		.connect_ms = asked->timeout_ms,
		.whole_ms = asked->timeout_ms,
		.limit_bytes = is_nlp ? NLP_BYTES_MAX : HTTP_BYTES_MAX,
	};
	struct httpc_sink sink = {
		.done = is_nlp ? nlp_handler : http_handler,
	};
	struct call_service *service;
	int err;

	assert(servicep && http && handler);
	assert(is_nlp || effect->kind == FLOW_DO_HTTP);

	service = mem_zalloc(sizeof(*service), destructor);
	if (!service)
		return ENOMEM;

	service->kind = effect->kind;
	service->handler = handler;
	service->arg = arg;
	sink.arg = service;
	err = httpc_send(&service->request, http, &prm, &sink);

	if (err)
		mem_deref(service);
	else
		*servicep = service;

	return err;
}
