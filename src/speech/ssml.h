/*
 * speech/ssml.h - pure: marked-up text (SSML 1.1), and what of it is words
 */
#pragma once

#include <stdbool.h>

/* Whether a text is marked up: it begins with <speak>, blanks and an XML
 * declaration aside. */
bool ssml_is(const char *text);

/* The words alone, for voices that do not know the marks: entities are
 * written out, breaks and the ends of sentences and paragraphs become pauses
 * that any voice makes, an alias stands for what it replaces, descriptions
 * are left out. Takes any bytes; *plainp is to be mem_deref()'ed. ENOMEM. */
int ssml_plain(char **plainp, const char *text);
