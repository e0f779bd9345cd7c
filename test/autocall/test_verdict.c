/*
 * test/autocall/test_verdict.c - what answers mean
 */
#include "autocall/verdict.h"
#include "base/cfg.h"
#include "base/mem.h"
#include "autocall/autocall.h"
#include "autocall/test_autocall.h"
#include "harness.h"

static int words_take(struct verdict_words *words, struct cfg **cfgp)
{
	static const struct cfg_table *const tablev[] = {&autocall_cfg_table};
	char fault[CFG_FAULT_SIZE];
	int err;

	err = cfg_load(cfgp, NULL, tablev, ARRAY_COUNT(tablev), fault);
	if (err)
		return err;

	*words = (struct verdict_words){
		.yes = cfg_text(*cfgp, "autocall", "yes"),
		.no = cfg_text(*cfgp, "autocall", "no"),
		.again = cfg_text(*cfgp, "autocall", "again"),
		.negators = cfg_text(*cfgp, "autocall", "negators"),
		.softeners = cfg_text(*cfgp, "autocall", "softeners"),
	};

	return 0;
}

/* The lists that stand in the configuration by default. */
int test_verdict_table(void)
{
	static const struct {
		const char *why, *text;
		enum verdict verdict;
	} rowv[] = {
		/* clang-format off */
		{"nothing recognised is never yes", "", VERDICT_UNCLEAR},
		{"noise of a recogniser", " ... ", VERDICT_UNCLEAR},
		{"yes", "да", VERDICT_YES},
		{"a capital letter", "Да", VERDICT_YES},
		{"all capitals, punctuation", "ДА!", VERDICT_YES},
		{"a word that contains yes", "когда", VERDICT_UNCLEAR},
		{"another", "никогда", VERDICT_UNCLEAR},
		{"and another", "неправда", VERDICT_UNCLEAR},
		{"in a sentence", "а когда это будет", VERDICT_UNCLEAR},
		{"colloquial yes", "ага", VERDICT_YES},
		{"a woman agrees", "согласна", VERDICT_YES},
		{"a man agrees", "я согласен", VERDICT_YES},
		{"heard with a Latin c", "соглаcна", VERDICT_YES},
		{"who does not agree", "не согласен", VERDICT_NO},
		{"nor does she", "я не согласна", VERDICT_NO},
		{"not quite", "не очень согласен", VERDICT_NO},
		{"comes", "приеду", VERDICT_YES},
		{"does not come", "не приеду", VERDICT_NO},
		{"no and does come: no wins", "нет приеду", VERDICT_NO},
		{"yes and no", "да нет наверное", VERDICT_NO},
		{"yes, but does not come", "да я не приеду", VERDICT_NO},
		{"not against is for", "я не против", VERDICT_YES},
		{"against", "против", VERDICT_NO},
		{"why not", "почему бы и нет", VERDICT_YES},
		{"cannot", "не смогу", VERDICT_NO},
		{"a not for something else", "не знаю", VERDICT_UNCLEAR},
		{"the not belongs to another word", "не знаю да", VERDICT_YES},
		{"once more", "перезапишите", VERDICT_AGAIN},
		{"once more wins over yes", "да перезаписать", VERDICT_AGAIN},
		{"and over no", "нет, перезапись", VERDICT_AGAIN},
		{"letters with two dots", "всё верно", VERDICT_YES},
		{"without", "все верно", VERDICT_YES},
		{"an open end", "подтверждаю", VERDICT_YES},
		{"another end", "подтверждаем", VERDICT_YES},
		{"another robot", "оставьте сообщение после сигнала",
		 VERDICT_UNCLEAR},
		{"mumbling", "м э-э хм", VERDICT_UNCLEAR},
		{"half a letter", "да \xd0", VERDICT_UNCLEAR},
		{"another alphabet", "是的", VERDICT_UNCLEAR},
		/* clang-format on */
	};
	struct verdict_words words;
	struct cfg *cfg = NULL;
	int err;

	err = words_take(&words, &cfg);
	if (err)
		goto out;
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		enum verdict verdict = verdict_of(rowv[i].text, &words);

		if (verdict != rowv[i].verdict)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_I64(rowv[i].verdict, verdict);
	}

out:
	mem_deref(cfg);

	return err;
}

/* Lists as operators write them. */
int test_verdict_lists(void)
{
	static const struct {
		const char *why, *yes, *text;
		enum verdict verdict;
	} rowv[] = {
		/* clang-format off */
		{"an empty list", "", "да", VERDICT_UNCLEAR},
		{"nothing but commas", " ,, ", "да", VERDICT_UNCLEAR},
		{"a lone star is no word", "*", "да", VERDICT_UNCLEAR},
		{"the list of seed 000, typed with a Latin c",
		 "да, приеду, согласен, соглаcна", "согласна", VERDICT_YES},
		{"keys", "1, да", "1", VERDICT_YES},
		{"another key", "1, да", "12", VERDICT_UNCLEAR},
		{"a phrase of several words", "так и есть", "так, и есть",
		 VERDICT_YES},
		{"half of it", "так и есть", "так и", VERDICT_UNCLEAR},
		{"English", "yes", "Yes, I will", VERDICT_YES},
		{"Latin words stay Latin", "ok", "ок", VERDICT_UNCLEAR},
		{"one a line, as in a file", "да\nага\n", "ага", VERDICT_YES},
		{"each its own", "да\nага\n", "да ага", VERDICT_YES},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct verdict_words words = {
			.yes = rowv[i].yes,
			.no = "",
			.again = "",
			.negators = "не",
			.softeners = "",
		};
		enum verdict verdict = verdict_of(rowv[i].text, &words);

		if (verdict != rowv[i].verdict)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_I64(rowv[i].verdict, verdict);
	}

out:
	return err;
}

/* Whoever talks without end is heard as far as it goes. */
int test_verdict_long(void)
{
	static const struct verdict_words words = {
		.yes = "да",
		.no = "нет",
		.again = "",
		.negators = "не",
		.softeners = "очень",
	};
	static const char word[] = "очень ";
	static char text[100000];
	size_t n = 0;
	int err = 0;

	n += (size_t)snprintf(text, sizeof(text), "да ");
	while (n + sizeof(word) < sizeof(text)) {
		memcpy(&text[n], word, sizeof(word));
		n += sizeof(word) - 1;
	}
	CHECK_I64(VERDICT_YES, verdict_of(text, &words));
	memset(text, 'a', sizeof(text) - 1);
	CHECK_I64(VERDICT_UNCLEAR, verdict_of(text, &words));

out:
	return err;
}
