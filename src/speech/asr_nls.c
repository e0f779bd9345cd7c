/*
 * speech/asr_nls.c - Alibaba Cloud NLS, the continuous transcriber, WebSocket
 *
 * Audio waits for TranscriptionStarted. A sentence is replaced while it grows
 * and whole with SentenceEnd; TranscriptionCompleted is the end. The token is
 * made from the access key (speech/nls_token.h), or is the key itself where no
 * secret is given.
 */
#include <stdio.h>
#include "base/mem.h"
#include "speech/hearing.h"
#include "speech/nls_token.h"
#include <re_sys.h>

enum {
	TASK_SIZE = 33,
	STATUS_OK = 20000000,
};

static int nls_setup(void **memoryp, struct service *service,
                     const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	struct nls_token *token;
	int err;

	if (!*service->app || !*service->key) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[service %s] app, key: the appkey of a project "
		               "at NLS and an access key (with its secret) are "
		               "wanted",
		               service->name);
		return EINVAL;
	}

	err = nls_token_alloc(&token, service, make->http);
	if (!err)
		*memoryp = token;

	return err;
}

static bool nls_refused(void *memory, uint64_t greeted_ms)
{
	return nls_token_refused(memory, greeted_ms);
}

static const char *nls_trouble(const void *memory)
{
	return nls_token_why(memory);
}

static int nls_greet(struct url *url, char headers[HEARING_HEADERS_SIZE],
                     const struct service *service, const struct asr_prm *prm,
                     void *memory)
{
	const char *token;
	int err;

	(void)url;
	(void)service;
	(void)prm;

	err = nls_token_get(memory, &token);
	if (!err)
		(void)snprintf(headers, HEARING_HEADERS_SIZE,
		               "X-NLS-Token: %s\r\n", token);

	return err;
}

static void task_make(char id[TASK_SIZE])
{
	(void)snprintf(id, TASK_SIZE, "%016llx%016llx",
	               (unsigned long long)rand_u64(),
	               (unsigned long long)rand_u64());
}

static json_t *envelope(const struct hearing_talk *talk, const char *name)
{
	char id[TASK_SIZE];

	task_make(id);

	return json_pack("{s:{s:s,s:s,s:s,s:s,s:s}}", "header", "message_id",
	                 id, "task_id", talk->memory, "namespace",
	                 "SpeechTranscriber", "name", name, "appkey",
	                 talk->service->app);
}

static int nls_begin(struct mbuf *mb, struct hearing_talk *talk,
                     const struct asr_prm *prm)
{
	json_t *msg, *payload;
	char *task;
	int err;

	(void)prm;

	talk->memory = task = mem_zalloc(TASK_SIZE, NULL);
	if (!task)
		return ENOMEM;

	task_make(task);
	msg = envelope(talk, "StartTranscription");
	payload = json_pack(
		"{s:s,s:i,s:b,s:b,s:b,s:b}", "format", "pcm", "sample_rate",
		(int)talk->rate_hz, "enable_intermediate_result", 1,
		"enable_punctuation_prediction", 1,
		"enable_inverse_text_normalization", 1, "enable_words", 1);
	/* What it calls a vocabulary is made there beforehand; the model of a
	 * project too. */
	if (payload && *talk->service->model)
		(void)json_object_set_new(payload, "customization_id",
		                          json_string(talk->service->model));
	err = msg && payload ? hearing_options(payload, talk->service) : ENOMEM;
	if (!err && json_object_set(msg, "payload", payload))
		err = ENOMEM;
	json_decref(payload);
	if (err) {
		json_decref(msg);
		return err;
	}

	return hearing_json(mb, msg);
}

static int nls_end(struct mbuf *mb, struct hearing_talk *talk)
{
	return hearing_json(mb, envelope(talk, "StopTranscription"));
}

static void fault(struct hearing_heard *heard, long status, const json_t *head)
{
	static const struct {
		long status;
		int err;
	} rowv[] = {
		{40000001, EACCES}, {40020105, EACCES}, {40020106, EACCES},
		{40000010, EDQUOT}, {40000005, EDQUOT}, {43040001, EBUSY},
		{40000002, EINVAL}, {40000003, EINVAL},
	};
	int err = EREMOTEIO;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (rowv[i].status == status)
			err = rowv[i].err;
	}
	hearing_fail_code(
		heard, err, status,
		json_string_value(json_object_get(head, "status_text")));
}

static double word_ms(const json_t *payload, bool is_last)
{
	const json_t *wordv = json_object_get(payload, "words");
	size_t n = json_array_size(wordv);
	const json_t *time;

	if (n)
		time = json_object_get(
			json_array_get(wordv, is_last ? n - 1 : 0),
			is_last ? "endTime" : "startTime");
	else
		time = json_object_get(payload,
		                       is_last ? "time" : "begin_time");

	return json_number_value(time);
}

static void sentence_take(struct hearing_talk *talk, const json_t *payload,
                          const char *text)
{
	hearing_score(talk, json_number_value(
				    json_object_get(payload, "confidence")));
	hearing_times(talk, word_ms(payload, false), word_ms(payload, true));
	hearing_final(talk, text);
	hearing_sentence(talk);
}

static void nls_hear(struct hearing_heard *heard, struct hearing_talk *talk,
                     const char *data, size_t n)
{
	json_t *msg = json_loadb(data, n, 0, NULL);
	const json_t *head = json_object_get(msg, "header");
	const json_t *payload = json_object_get(msg, "payload");
	const char *name = json_string_value(json_object_get(head, "name"));
	const char *text =
		json_string_value(json_object_get(payload, "result"));
	long status = (long)json_integer_value(json_object_get(head, "status"));

	if (!name)
		hearing_fail(heard, EPROTO, "not an answer of NLS");
	else if (!strcmp(name, "TaskFailed") || (status && status != STATUS_OK))
		fault(heard, status, head);
	else if (!strcmp(name, "TranscriptionStarted"))
		heard->is_ready = true;
	else if (!strcmp(name, "TranscriptionResultChanged") && text)
		hearing_partial(talk, text);
	else if (!strcmp(name, "SentenceEnd") && text)
		sentence_take(talk, payload, text);
	else if (!strcmp(name, "TranscriptionCompleted"))
		heard->is_over = true;
	json_decref(msg);
}

const struct hearing_dialect hearing_nls = {
	.kind = "nls",
	.url = "wss://nls-gateway.cn-shanghai.aliyuncs.com/ws/v1",
	.piece_ms = 40,
	.has_to_start = true,
	.is_paced = true,
	.setup = nls_setup,
	.refused = nls_refused,
	.greet = nls_greet,
	.trouble = nls_trouble,
	.begin = nls_begin,
	.end = nls_end,
	.hear = nls_hear,
};

static int nls_alloc(struct asr_engine **enginep, const struct asr_make *make,
                     char fault[CFG_FAULT_SIZE])
{
	return hearing_alloc(enginep, &hearing_nls, make, fault);
}

const struct asr_ops asr_nls = {
	.name = "nls",
	.is_service = true,
	.has_endpoints = true,
	.alloc = nls_alloc,
	.can = hearing_can,
	.prepare = hearing_prepare,
	.open = hearing_open,
	.feed = hearing_feed,
	.finish = hearing_finish,
};
