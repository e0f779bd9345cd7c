/*
 * speech/variants.h - pure: <recognitionResults> of the old Yandex interface
 *
 * <recognitionResults success="1"><variant confidence="0.7">…</variant>…, the
 * best first. A document type is refused, and with it every entity of its own;
 * depth and length have ceilings.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	VARIANTS_TEXT_SIZE = 2048,
};

/* The best of them. */
struct variants {
	bool is_heard;                 /* success="1" */
	char text[VARIANTS_TEXT_SIZE]; /* "" without */
	bool has_confidence;
	double confidence; /* as it was said: 0 and above 1 occur */
};

/* Returns EPROTO for what is no such answer, ENOMEM. */
int variants_parse(struct variants *variants, const char *xml, size_t n);
