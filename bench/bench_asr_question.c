/*
 * bench/bench_asr_question.c - a question of the corpus as a recogniser has it
 */
#include <string.h>
#include "bench_asr_question.h"

void question_read(struct question *q, const struct corpus_question *from)
{
	*q = (struct question){.from = from};
	for (size_t i = 0; i < from->answerc; i++) {
		const char *const *phrase = from->answerv[i].phrasev;

		for (; *phrase && q->hintc < QUESTION_HINTS_MAX; phrase++) {
			q->meaningv[q->hintc] = (int)i;
			q->hintv[q->hintc++] = *phrase;
		}
	}
}

int question_meaning(const struct question *q, const char *heard)
{
	int meaning = CORPUS_NONE;
	size_t longest = 0;

	for (size_t i = 0; i < q->hintc; i++) {
		size_t len = strlen(q->hintv[i]);

		if (len > longest && !strncmp(heard, q->hintv[i], len) &&
		    (!heard[len] || heard[len] == ' ')) {
			meaning = q->meaningv[i];
			longest = len;
		}
	}

	return meaning;
}

bool question_is_large(const struct question *q)
{
	return strstr(q->from->name, "many") != NULL;
}
