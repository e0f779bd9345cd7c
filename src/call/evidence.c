/*
 * call/evidence.c - what a decision of who answered was made of, as JSON
 */
#include "base/mem.h"
#include "call/evidence.h"

static const char *verdict_name(enum amd_verdict verdict)
{
	switch (verdict) {
	case AMD_HUMAN:
		return "human";
	case AMD_MACHINE:
		return "machine";
	case AMD_NOT_SURE:
		return "not sure";
	default:
		return "";
	}
}

/* Whole numbers throughout: they are written the same everywhere. */
json_t *evidence_json(const struct who_features *f)
{
	json_t *json =
		json_pack("{ss ss si si si si si ss si}", "class",
	                  who_name(f->class), "cause", f->cause,
	                  "confidence_pct", (int)(100 * f->confidence + 0.5F),
	                  "decide_ms", (int)f->decide_ms, "initial_silence_ms",
	                  (int)f->initial_silence_ms, "voice_ms",
	                  (int)f->voice_ms, "words", (int)f->words, "amd",
	                  verdict_name(f->amd), "amd_ms", (int)f->amd_ms);

	if (!json)
		return NULL;

	if (f->tone >= 0)
		(void)json_object_set_new(
			json, "tone",
			json_string(tones_name((enum tones_kind)f->tone)));
	if (f->beep_ms) {
		(void)json_object_set_new(json, "beep_ms",
		                          json_integer(f->beep_ms));
		(void)json_object_set_new(
			json, "beep_hz",
			json_integer((json_int_t)(f->beep_hz + 0.5F)));
		(void)json_object_set_new(json, "beep_end_ms",
		                          json_integer(f->beep_end_ms));
	}
	if (f->words_class != WHO_UNKNOWN) {
		(void)json_object_set_new(
			json, "words_class",
			json_string(who_name(f->words_class)));
		(void)json_object_set_new(json, "words_ms",
		                          json_integer(f->words_ms));
	}

	return json;
}
