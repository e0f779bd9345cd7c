/*
 * autocall/heir.h - what is told of a call whose process died; private to
 * autocall/
 */
#pragma once

#include "autocall/ami.h"
#include "autocall/note.h"

/* What the store keeps of a call while it lasts, so that another process can
 * tell its Hangup; free with mem_deref(). NULL without memory. */
char *heir_will(const struct note_about *about,
                const struct ami_channel *channel);

/* Tells the Hangups that are due from processes that died; is silent again with
 * the service. */
void heir_begin(struct autocall *ac);
void heir_end(struct autocall *ac);
