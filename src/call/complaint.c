/*
 * call/complaint.c - pure: who complains has said that they want no calls, and
 * who abuses the robot may be told so
 */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/phrase.h"
#include "base/text.h"
#include "call/call.h"
#include "call/complaint.h"

/* clang-format off */
static const struct cfg_key keyv[] = {
	{"phrases", CFG_TEXT,
	 "i will complain, i'll complain, file a complaint, make a complaint, "
	 "lodge a complaint, report you, i will sue, i'll sue, sue you, "
	 "my lawyer, this is harassment, stop harassing, "
	 "пожалуюсь, пожалуемся, буду жаловаться, напишу жалобу, "
	 "подам жалобу, жалобу на вас, подам в суд, подаю в суд, "
	 "в прокуратуру, в роскомнадзор, заявление в полицию, "
	 "投诉, 举报, 起诉, 报警, 骚扰", NULL,
	 "Who says one of these, wherever the script is, goes on the "
	 "do-not-call list at once: phrases of whole words, * for any ending; "
	 "file:PATH for a longer list; empty: nobody does."},
	{"abuse", CFG_TEXT, "", NULL,
	 "Words that call the robot names, like \"idiot*, go to hell, урод*, "
	 "混蛋\". A sentence with one of them reaches the script with an "
	 "exclamation mark behind its letter (\"F!you idiot\"), for a global "
	 "flow on ^F!; empty: as it was said."},
	{"negators", CFG_TEXT, "not, t, no, never, не, нет, ни, 不, 没, 别",
	 NULL, "Words that turn the phrase behind them round (t: won't)."},
	{"softeners", CFG_TEXT,
	 "going, gonna, to, want, any, ever, буду, собираюсь, стану, хочу, "
	 "никаких, 有, 会, 想, 要, 是", NULL,
	 "Words that may stand between."},
};
/* clang-format on */

const struct cfg_table complaint_cfg_table = {
	.section = "complaint",
	.help = "What counts as a complaint, and as abuse. Ends of calls that "
		"are a complaint are rules.block_on.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

void complaint_read(struct complaint *complaint, const struct cfg *cfg)
{
	*complaint = (struct complaint){
		.phrases = cfg_text(cfg, "complaint", "phrases"),
		.abuse = cfg_text(cfg, "complaint", "abuse"),
		.negators = cfg_text(cfg, "complaint", "negators"),
		.softeners = cfg_text(cfg, "complaint", "softeners"),
	};
}

/* The one of the phrases that was said and meant; NULL: none. */
static const char *find(const struct complaint *complaint, const char *phrases,
                        const char *text)
{
	struct phrase_sentence sentence;
	const char *phrase;

	if (!*phrases)
		return NULL;

	phrase_read(&sentence, text);
	for (size_t at = 0; at < sentence.wordc; at++) {
		if (phrase_match(&phrase, phrases, &sentence, at) &&
		    !phrase_is_negated(&sentence, at, 0, complaint->negators,
		                       complaint->softeners))
			return phrase;
	}

	return NULL;
}

bool complaint_is(const struct complaint *complaint, const char *text,
                  char found[COMPLAINT_SIZE])
{
	const char *phrase = find(complaint, complaint->phrases, text);

	if (!phrase)
		return false;

	phrase += strspn(phrase, " ");
	(void)snprintf(found, COMPLAINT_SIZE, "%.*s",
	               (int)strcspn(phrase, ",\n"), phrase);
	(void)text_repair(found);

	return true;
}

bool complaint_is_abuse(const struct complaint *complaint, const char *text)
{
	return find(complaint, complaint->abuse, text) != NULL;
}
