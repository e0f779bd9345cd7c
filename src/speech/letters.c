/*
 * speech/letters.c - how an English word that no dictionary has may sound
 */
#include <ctype.h>
#include <flite/flite.h>
#include "base/mem.h"
#include "speech/letters.h"

/* No header of flite declares it. */
cst_lexicon *cmu_lex_init(void);

enum {
	LETTERS_MAX = 64,
	PHONE_SIZE = 8,
};

static cst_lexicon *lexicon;

void letters_init(void)
{
	lexicon = cmu_lex_init();
}

/* flite writes "ax", "ah1"; the model has "AH". */
static void rename_phone(char name[PHONE_SIZE], const char *flite_name)
{
	size_t n = 0;

	for (const char *p = flite_name; *p && n < PHONE_SIZE - 1; p++) {
		if (isalpha((unsigned char)*p))
			name[n++] = (char)toupper((unsigned char)*p);
	}
	name[n] = '\0';

	if (!strcmp(name, "AX"))
		memcpy(name, "AH", 3);
}

bool letters_phones(char *phones, size_t size, const char *word)
{
	char letters[LETTERS_MAX + 1];
	size_t n = 0, used = 0;
	bool is_done = true;
	cst_val *list;

	for (const char *p = word; *p; p++) {
		if (*p < 'a' || *p > 'z')
			continue;
		if (n == LETTERS_MAX)
			return false;
		letters[n++] = *p;
	}
	letters[n] = '\0';
	if (!n)
		return false;

	phones[0] = '\0';
	list = lts_apply(letters, "", lexicon->lts_rule_set);
	for (const cst_val *v = list; v && is_done; v = val_cdr(v)) {
		char name[PHONE_SIZE];
		int len;

		rename_phone(name, val_string(val_car(v)));
		if (!strcmp(name, "EPSILON"))
			continue;
		len = snprintf(phones + used, size - used, "%s%s",
		               used ? " " : "", name);
		is_done = len > 0 && (size_t)len < size - used;
		used += is_done ? (size_t)len : 0;
	}
	delete_val(list);

	return is_done && used;
}
