/*
 * campaign/again.c - pure: who is called again, when, and at which number
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"
#include "campaign/rules.h"

enum {
	NAME_SIZE = 64,
};

const struct rules_retry *rules_retry(const struct rules *rules,
                                      enum outcome outcome, uint32_t tries)
{
	const struct rules_retry *retry = &rules->retryv[outcome];

	assert(outcome < OUTCOMES);

	return tries < retry->tries_max ? retry : NULL;
}

uint32_t rules_rounds(const struct rules *rules)
{
	uint32_t rounds = 1;

	for (size_t i = 0; i < OUTCOMES; i++) {
		if (rules->retryv[i].tries_max > rounds)
			rounds = rules->retryv[i].tries_max;
	}

	return rounds;
}

int64_t rules_round_ms(const struct rules *rules, uint32_t tries)
{
	int64_t longest_ms = rules->gap_ms;

	for (size_t i = 0; i < OUTCOMES; i++) {
		const struct rules_retry *retry = &rules->retryv[i];

		if (tries < retry->tries_max && retry->delay_ms > longest_ms)
			longest_ms = retry->delay_ms;
	}

	return longest_ms;
}

const char *rules_variable(const struct store_contact *contact,
                           const char *name)
{
	for (size_t i = 0; i < contact->varc; i++) {
		if (!strcmp(contact->varv[i].name, name))
			return contact->varv[i].value;
	}

	return "";
}

/* What stands in the columns, as it is dialled. A cell that is no number is
 * passed over. */
static bool number_next(const struct rules *rules,
                        const struct store_contact *contact,
                        char number[NUMBER_SIZE], const char **columnsp)
{
	const char *p = *columnsp;
	char name[NAME_SIZE];

	while (*(p += strspn(p, ", "))) {
		size_t len = strcspn(p, ",");

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, p);
		p += len;
		for (size_t n = strlen(name); n && name[n - 1] == ' '; n--)
			name[n - 1] = '\0';
		if (number_normalise(number, rules_variable(contact, name),
		                     rules->country) == NUMBER_OK) {
			*columnsp = p;
			return true;
		}
	}

	return false;
}

bool rules_other_number(const struct rules *rules,
                        const struct store_contact *contact, const char *first,
                        char number[NUMBER_SIZE])
{
	const char *columns = rules->other_numbers;
	bool is_first = !strcmp(contact->number, first), is_behind = is_first;
	char at[NUMBER_SIZE];

	/* The first one has had its turn, wherever else it stands. */
	number[0] = '\0';
	while (number_next(rules, contact, at, &columns)) {
		bool is_same = !strcmp(at, contact->number);

		if (is_behind && !is_same && strcmp(at, first) != 0) {
			memcpy(number, at, sizeof(at));
			return true;
		}
		is_behind = is_behind || is_same;
	}

	/* Behind the last one comes the first of the contact. */
	return !is_first;
}

static void number_add(char text[RULES_NUMBERS_SIZE], const char *number,
                       const struct store_contact *contact)
{
	size_t n = strlen(text);

	if (strcmp(number, contact->number) != 0 &&
	    !text_is_listed(text, number))
		(void)snprintf(text + n, RULES_NUMBERS_SIZE - n, "%s%s",
		               n ? " " : "", number);
}

void rules_numbers(const struct rules *rules,
                   const struct store_contact *contact, const char *first,
                   char text[RULES_NUMBERS_SIZE])
{
	const char *columns = rules->other_numbers;
	char at[NUMBER_SIZE];

	text[0] = '\0';
	number_add(text, first, contact);
	while (number_next(rules, contact, at, &columns))
		number_add(text, at, contact);
}
