/*
 * notify/sink.c - the kinds of sinks, and what an answer over HTTP means
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "base/httpc.h"
#include "base/mem.h"
#include "base/text.h"
#include "notify/sink.h"

enum {
	SAID_MAX = 200, /* bytes of the other side's words in a fault */
	SECONDS_MAX = 86400,
};

static const struct sink_ops *const opsv[] = {
	&sink_webhook,
	&sink_kafka,
	&sink_onec,
};

const struct sink_ops *sink_find(const char *kind)
{
	for (size_t i = 0; i < ARRAY_COUNT(opsv); i++) {
		if (!strcmp(opsv[i]->kind, kind))
			return opsv[i];
	}

	return NULL;
}

/* Seconds; dates are not heeded. */
static uint32_t retry_after_ms(const struct httpc_answer *answer)
{
	const char *text = httpc_answer_header(answer, "Retry-After");
	unsigned long s = text ? strtoul(text, NULL, 10) : 0;

	return s > SECONDS_MAX ? SECONDS_MAX * 1000 : (uint32_t)s * 1000;
}

static enum sink_result result_of(unsigned status)
{
	switch (status) {

	case 401:
	case 403:
	case 404: /* the configuration of either side; somebody will mend it */
	case 408:
	case 425:
	case 429:
		return SINK_LATER;

	case 410:
		return SINK_GONE;

	default:
		break;
	}
	if (status >= 200 && status < 300)
		return SINK_DELIVERED;

	return status >= 500 ? SINK_LATER : SINK_REFUSED;
}

void sink_judge(struct sink_end *end, const struct httpc_answer *answer,
                char fault[CFG_FAULT_SIZE])
{
	int said = (int)answer->body_len;

	fault[0] = '\0';
	*end = (struct sink_end){.fault = fault};
	if (answer->err) {
		end->result = SINK_LATER;
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", answer->reason);
		return;
	}

	end->result = result_of(answer->status);
	if (end->result == SINK_DELIVERED)
		return;

	end->wait_ms = retry_after_ms(answer);
	if (said > SAID_MAX)
		said = SAID_MAX;
	(void)snprintf(fault, CFG_FAULT_SIZE, "status %u%s%.*s", answer->status,
	               said ? ": " : "", said,
	               said ? (const char *)answer->body : "");
	(void)text_repair(fault);
	for (char *p = fault; *p; p++) {
		if ((unsigned char)*p < ' ')
			*p = ' ';
	}
}
