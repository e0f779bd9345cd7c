/*
 * flow/scalar.c - one number, text or choice of a script's JSON
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "flow/scalar.h"

void scalar_wrong(struct reader *reader, const struct trail *trail,
                  const char *what)
{
	faults_add(reader->faults, FLOW_ERROR, trail, reader->node,
	           "must be %s", what);
}

const char *scalar_text_of(struct reader *reader, json_t *value)
{
	return arena_text(reader->arena, json_string_value(value),
	                  json_string_length(value));
}

/* A whole number, also where it was written as 1.0. */
static bool whole(json_t *value, double *numberp)
{
	double number = json_number_value(value);

	if (!json_is_number(value) || number != floor(number) ||
	    fabs(number) > 9e15)
		return false;

	*numberp = number;

	return true;
}

void scalar_number(struct reader *reader, const struct key *key, void *at,
                   json_t *value, const struct trail *trail)
{
	double number;

	if (key->type == KEY_REAL ? !json_is_number(value)
	                          : !whole(value, &number)) {
		scalar_wrong(reader, trail,
		             key->type == KEY_REAL ? "a number"
		                                   : "a whole number");
		return;
	}

	number = json_number_value(value);
	if (number < key->min || number > key->max) {
		faults_add(reader->faults, FLOW_ERROR, trail, reader->node,
		           "must be from %.15g to %.15g", key->min, key->max);
		return;
	}

	if (key->type == KEY_INT)
		memcpy(at, &(int32_t){(int32_t)number}, sizeof(int32_t));
	else if (key->type == KEY_LONG)
		memcpy(at, &(uint64_t){(uint64_t)number}, sizeof(uint64_t));
	else
		memcpy(at, &number, sizeof(number));
}

void scalar_maybe(struct reader *reader, struct maybe *maybe, json_t *value,
                  const struct trail *trail)
{
	if (!json_is_number(value)) {
		scalar_wrong(reader, trail, "a number");
		return;
	}

	maybe->is_set = true;
	maybe->value = json_number_value(value);
}

/* Digits of text up to end as a number; false for anything else. */
static bool digits(const char *text, const char *end, uint32_t *numberp)
{
	uint64_t number = 0;

	if (text == end)
		return false;

	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > INT32_MAX)
			return false;
	}
	*numberp = (uint32_t)number;

	return true;
}

void scalar_limit(struct reader *reader, const struct key *key,
                  struct limit *limit, json_t *value, const struct trail *trail)
{
	bool is_seconds = false, is_good;
	uint32_t number = 0;
	double d;

	if (json_is_string(value)) {
		const char *text = json_string_value(value);
		const char *end = text + json_string_length(value);

		is_seconds = key->type == KEY_SECONDS && end > text &&
		             end[-1] == 's';
		is_good = digits(text, end - is_seconds, &number);
	}
	else {
		is_good = whole(value, &d) && d >= 0 && d <= INT32_MAX;
		number = is_good ? (uint32_t)d : 0;
	}

	if (!is_good)
		scalar_wrong(reader, trail,
		             key->type == KEY_SECONDS
		                     ? "a count, or seconds like \"10s\""
		                     : "a count");
	else if (number && is_seconds)
		limit->seconds = number;
	else if (number)
		limit->times = number;
}

void scalar_potential(struct reader *reader, struct potential *potential,
                      json_t *value, const struct trail *trail)
{
	const char *text = json_string_value(value);
	const char *digit;
	uint32_t number;
	bool is_set;

	if (!text) {
		scalar_wrong(reader, trail,
		             "a text: \"3\", \"-2\", \"=5\" or one letter");
		return;
	}

	potential->text = scalar_text_of(reader, value);
	if (!*text)
		return;

	is_set = *text == '=';
	digit = text + is_set;
	digit += *digit == '+' || *digit == '-';
	if (digits(digit, digit + strlen(digit), &number)) {
		potential->kind = is_set ? POTENTIAL_SET : POTENTIAL_ADD;
		potential->value = digit > text && digit[-1] == '-'
		                           ? -(int32_t)number
		                           : (int32_t)number;
	}
	else if (text_length(text) == 1 && ((*text >= 'A' && *text <= 'Z') ||
	                                    (*text >= 'a' && *text <= 'z') ||
	                                    (unsigned char)*text >= 0x80)) {
		potential->kind = POTENTIAL_CLASS;
	}
	else {
		scalar_wrong(reader, trail,
		             "\"3\", \"-2\", \"=5\" or one letter");
	}
}

/* The JSON text of a value. */
static const char *dump(struct reader *reader, json_t *value)
{
	size_t size = json_dumpb(value, NULL, 0, JSON_COMPACT);
	char *text = arena_get(reader->arena, size + 1);

	if (!text)
		return "";
	(void)json_dumpb(value, text, size, JSON_COMPACT);

	return text;
}

void scalar_choice(struct reader *reader, const struct key *key, void *at,
                   json_t *value, const struct trail *trail)
{
	const char *word = json_string_value(value);
	int choice = word ? shape_choose(key->choice, word) : -1;

	if (choice < 0) {
		faults_add(reader->faults, FLOW_ERROR, trail, reader->node,
		           "must be one of %s", key->choice);
		return;
	}

	if (key->type == KEY_ACTION) {
		enum action action = (enum action)choice;

		reader->action = 1u << choice;
		memcpy(at, &action, sizeof(action));
	}
	else {
		word = scalar_text_of(reader, value);
		memcpy(at, &word, sizeof(word));
	}
}

/* Seconds as digits, or the word. */
static const char *wait_of(struct reader *reader, json_t *value)
{
	const char *text = json_string_value(value);
	char number[24];
	uint32_t seconds;
	double d;

	if (text && (!*text || strstr(text, "${") || !strcmp(text, "nowait") ||
	             digits(text, text + strlen(text), &seconds)))
		return scalar_text_of(reader, value);
	if (!whole(value, &d) || d < 0)
		return NULL;

	(void)snprintf(number, sizeof(number), "%.0f", d);

	return arena_text(reader->arena, number, strlen(number));
}

void scalar_params(struct reader *reader, struct flow_params *params,
                   json_t *value, const struct trail *trail)
{
	if (json_is_object(value))
		*params = (struct flow_params){dump(reader, value), true};
	else if (json_is_string(value))
		*params = (struct flow_params){scalar_text_of(reader, value),
		                               false};
	else
		scalar_wrong(reader, trail, "a text or an object");
}

void scalar_text(struct reader *reader, const struct key *key, void *at,
                 json_t *value, const struct trail *trail)
{
	const char *text = NULL;
	const char *what = "a text";

	switch (key->type) {
	case KEY_WAIT:
		what = "seconds, or \"nowait\"";
		text = wait_of(reader, value);
		break;
	case KEY_ENGINE:
		what = "a text or a whole number";
		if (json_is_integer(value))
			text = dump(reader, value);
		break;
	case KEY_BODY:
		what = "an object";
		if (json_is_object(value))
			text = dump(reader, value);
		break;
	default:
		break;
	}
	if (!text && json_is_string(value) && key->type != KEY_WAIT &&
	    key->type != KEY_BODY)
		text = scalar_text_of(reader, value);

	if (text)
		memcpy(at, &text, sizeof(text));
	else
		scalar_wrong(reader, trail, what);
}
