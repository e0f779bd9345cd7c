/*
 * base/number.h - telephone numbers
 */
#pragma once

enum {
	NUMBER_SIZE = 17, /* '+', up to 15 digits (E.164), the end */
};

/* What was wrong with a number; NUMBER_OK is 0. */
enum number_fault {
	NUMBER_OK,
	NUMBER_EMPTY,
	NUMBER_LETTER, /* something that is no digit or separator */
	NUMBER_SHORT,
	NUMBER_LONG,
	NUMBER_COUNTRY, /* no country given and none to take as default */
	NUMBER_FAULTS,
};

/* Brings "8 (916) 123-45-67", "+7 916…", "007916…" to "+7916…". The default
 * country is ISO 3166 ("RU", "US", "CN", …) or "" for none; its trunk prefix
 * (8 in RU, 0 in most of Europe, none in US) and its international prefix
 * are taken off. Short internal numbers ("101", up to 6 digits) and SIP user
 * names are refused here: see number_is_dialable(). */
enum number_fault number_normalise(char number[NUMBER_SIZE], const char *text,
                                   const char *country);

/* The calling code of a country, "7" of "RU"; NULL: not in our table. */
const char *number_code(const char *country);

/* One sentence: what is wrong and what would be right. */
const char *number_fault_text(enum number_fault fault);

/* Whether text may be put into a SIP request: 1 to 32 characters of
 * [0-9A-Za-z+*#._-] and nothing else; extensions and user names included. */
int number_is_dialable(const char *text);
