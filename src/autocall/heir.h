/*
 * autocall/heir.h - what is told of a call whose process died; private to
 * autocall/
 */
#pragma once

#include "autocall/ami.h"
#include "autocall/note.h"

/* How far an answered robot call has come. */
struct heir_answer {
	enum verdict verdict;
	const char *heard; /* that it was made of, "": nothing with a meaning */
};

/* What the store keeps of a call while it lasts, so that another process can
 * tell its end; answer is NULL as long as there is none. Free with
 * mem_deref(). NULL without memory. */
char *heir_will(const struct note_about *about,
                const struct ami_channel *channel,
                const struct heir_answer *answer);

/* Tells the ends that are due from processes that died; is silent again with
 * the service. */
void heir_begin(struct autocall *ac);
void heir_end(struct autocall *ac);
