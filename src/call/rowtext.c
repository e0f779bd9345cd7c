/*
 * call/rowtext.c - what a call's row in the store says as JSON
 */
#include <jansson.h>
#include "base/jmem.h"
#include "call/rowtext.h"

char *rowtext_variables(const struct flow_var *varv, size_t varc)
{
	json_t *json = json_object();

	for (size_t i = 0; i < varc; i++)
		(void)json_object_set_new(json, varv[i].name,
		                          json_string(varv[i].value));

	return jmem_text(json);
}

char *rowtext_counters(const struct flow_counters *c)
{
	return jmem_text(json_pack(
		"{si si si si si si si si si}", "talk_time", (int)c->talk_time,
		"respond_count", (int)c->respond_count,
		"positive_respond_count", (int)c->positive_respond_count,
		"passive_respond_count", (int)c->passive_respond_count,
		"intentional_count", (int)c->intentional_count,
		"unintentional_count", (int)c->unintentional_count,
		"trigger_global_flow", (int)c->trigger_global_flow,
		"trigger_kb", (int)c->trigger_kb, "proactively_hangup",
		(int)c->proactively_hangup));
}

char *rowtext_services(const struct asr_usage *usage,
                       const struct voice_usage *voices)
{
	json_t *json = json_object();

	for (size_t i = 0; i < voices->rowc; i++) {
		const struct voice_used *used = &voices->rowv[i];

		(void)json_object_set_new(
			json, used->service,
			json_pack("{si sI sI}", "requests", (int)used->requests,
		                  "characters", (json_int_t)used->chars,
		                  "audio_ms", (json_int_t)used->audio_ms));
	}

	for (size_t i = 0; i < usage->rowc; i++) {
		const struct asr_used *used = &usage->rowv[i];

		(void)json_object_set_new(
			json, used->service,
			json_pack("{si sI}", "requests", (int)used->requests,
		                  "audio_ms", (json_int_t)used->audio_ms));
	}

	return jmem_text(json);
}
