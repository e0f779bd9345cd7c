/*
 * cli/drill_rows.c - what a drill breaks: each recogniser and voice in turn,
 * all of a kind, and both
 *
 * Who takes over is the next in the order. Where a configuration has one
 * recogniser, a stand-in for a service is put before it (cmd_drill.c), so that
 * falling back to it is tried too.
 */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"
#include "cli/drill.h"

enum {
	ALL = ~0U,
};

static const struct {
	const char *name;
	enum asr_break asr;
	enum voice_break voice;
} howv[] = {
	{"stalls", ASR_BREAK_STALL, VOICE_BREAK_STALL},
	{"errors", ASR_BREAK_ERROR, VOICE_BREAK_FAIL},
	{"dies", ASR_BREAK_DIE, VOICE_BREAK_DIE},
	{"refuses", ASR_BREAK_REFUSE, VOICE_BREAK_REFUSE},
};

static bool is_stand_in(const struct asr *asr, size_t i)
{
	const char *name = asr_provider_name(asr, i);

	return name && !strcmp(name, asr_broken_refuse.name);
}

const char *drill_asr_name(char text[DRILL_WHO_SIZE], const struct asr *asr,
                           size_t i)
{
	(void)text_copy(text, DRILL_WHO_SIZE,
	                is_stand_in(asr, i) ? "service-before"
	                                    : asr_provider_name(asr, i));

	return text;
}

static size_t asr_count(const struct asr *asr)
{
	size_t n = 0;

	while (asr_provider_name(asr, n))
		n++;

	return n;
}

static size_t voice_count(const struct voices *voices)
{
	size_t n = 0;

	while (voices_provider_name(voices, n))
		n++;

	return n;
}

/* NULL: there is no more room. */
static struct drill_row *row_add(struct drill_rows *rows, const char *kind,
                                 const char *who, const char *how)
{
	struct drill_row *row = &rows->rowv[rows->rowc];

	if (rows->rowc == DRILL_ROWS_MAX)
		return NULL;

	rows->rowc++;
	*row = (struct drill_row){.ending = DRILL_UNDERSTOOD};
	(void)snprintf(row->name, sizeof(row->name), "%s/%s/%s", kind, who,
	               how);

	return row;
}

/* The one who hears where nothing is broken: the stand-in is none. */
static size_t healthy(const struct asr *asr)
{
	return is_stand_in(asr, 0) ? 1 : 0;
}

static void heir_set(struct drill_row *row, const struct asr *asr, size_t i)
{
	(void)drill_asr_name(row->heard_by, asr, i);
}

static void asr_rows(struct drill_rows *rows, const struct asr *asr)
{
	const size_t n = asr_count(asr);
	char who[DRILL_WHO_SIZE];

	for (size_t i = 0; i < n; i++) {
		/* Who is alone has nobody to take over: a row of "all". */
		if (i && is_stand_in(asr, 0))
			break;
		for (size_t k = 0; k < ARRAY_COUNT(howv); k++) {
			struct drill_row *row;

			row = row_add(rows, "recogniser",
			              drill_asr_name(who, asr, i),
			              howv[k].name);
			if (!row)
				return;
			row->asr_broken = 1U << i;
			row->asr_first = i;
			row->asr_how = howv[k].asr;
			heir_set(row, asr, (i + 1) % n);
		}
	}
}

static void voice_rows(struct drill_rows *rows, const struct asr *asr,
                       const struct voices *voices)
{
	const char *name;

	for (size_t i = 0; (name = voices_provider_name(voices, i)); i++) {
		for (size_t k = 0; k < ARRAY_COUNT(howv); k++) {
			struct drill_row *row;

			row = row_add(rows, "voice", name, howv[k].name);
			if (!row)
				return;
			row->asr_first = healthy(asr);
			row->words = DRILL_NEW_GREETING;
			row->voice_broken = 1U << i;
			row->voice_first = i;
			row->voice_how = howv[k].voice;
			heir_set(row, asr, row->asr_first);
			if (voice_count(voices) == 1)
				row->ending = DRILL_APOLOGISED;
		}
	}
}

static void all_rows(struct drill_rows *rows, const struct asr *asr)
{
	static const struct {
		const char *kind;
		bool has_asr, has_voice;
	} kindv[] = {
		{"recognisers", true, false},
		{"voices", false, true},
		{"both", true, true},
	};

	for (size_t i = 0; i < ARRAY_COUNT(kindv); i++) {
		for (size_t k = 0; k < ARRAY_COUNT(howv); k++) {
			struct drill_row *row;

			row = row_add(rows, kindv[i].kind, "all", howv[k].name);
			if (!row)
				return;
			row->asr_first = healthy(asr);
			row->ending = DRILL_APOLOGISED;
			if (kindv[i].has_asr) {
				row->asr_broken = ALL;
				row->asr_how = howv[k].asr;
			}
			if (kindv[i].has_voice) {
				row->voice_broken = ALL;
				row->voice_how = howv[k].voice;
			}
			if (kindv[i].has_voice)
				row->words = kindv[i].has_asr
				                     ? DRILL_NEW_APOLOGY
				                     : DRILL_NEW_GREETING;
		}
	}
}

void drill_rows_make(struct drill_rows *rows, const struct asr *asr,
                     const struct voices *voices, bool is_own_script)
{
	struct drill_row *row;

	rows->rowc = 0;
	row = row_add(rows, "nothing", "is", "broken");
	row->asr_first = healthy(asr);
	heir_set(row, asr, row->asr_first);
	asr_rows(rows, asr);
	voice_rows(rows, asr, voices);
	all_rows(rows, asr);

	for (size_t i = 0; is_own_script && i < rows->rowc; i++)
		rows->rowv[i].ending = DRILL_SOMEHOW;
}
