/*
 * autocall/note.h - events of a call as a 1C database knows them
 *
 * {"Действия":"Asterisk_AutoCall_Event","Данные":{…,"name":…}} of a robot call,
 * "Asterisk_Event" of a user's, into the outbox. Private to autocall/.
 */
#pragma once

#include <jansson.h>
#include "autocall/ami.h"
#include "autocall/autocall_parts.h"

/* Whose call it is. */
struct note_about {
	const char *id_ext; /* ours */
	const char *id;     /* the task's, as it was given */
	const char *user; /* whose telephone rings first; NULL: a robot call */
	const char *number; /* whom it is about: whose texts these are */
};

enum note_raw {
	NOTE_HTTP_EVENT,   /* a method of the gate */
	NOTE_CLIENT_EVENT, /* an event for a user */
	NOTE_SOCKET_SEND,  /* a text for the softphones of a user */
	NOTE_USER_AUTH,    /* one is there, the text is its address */
	NOTE_USER_UNAUTH,
};

/* The event as text; free with mem_deref(). fields is dropped; NULL: memory
 * was lacking. */
char *note_make(const struct autocall *ac, const struct note_about *about,
                const char *name, json_t *fields);

/* Puts a message into the outbox; the order is kept for each `whose`. number:
 * whom it is about, NULL: nobody. What could not be put is logged. */
void note_put(struct autocall *ac, enum note_raw kind, const char *whose,
              const char *key, const char *number, const char *text);

/* An event that is to be told. */
struct note {
	const char *name;
	json_t *fields; /* are dropped with it; NULL: memory was lacking */
};

/* What the answers of a robot call mean: for those who read events, and for
 * those who read what the dialplan has set. */
struct note note_verdict(enum verdict verdict, const char *comment);
struct note note_code(const struct ami_channel *channel, enum verdict verdict);

/* The last events of a call that had a will (heir.h), at most STORE_LAST_MAX;
 * it goes with them: told once, whoever tells them first. */
void note_last(struct autocall *ac, const struct note_about *about,
               const struct note *notev, size_t notec);

/* Both: for the gate, or for the user and their softphones. Of nobody ("")
 * nothing is told. */
void note_tell(struct autocall *ac, const struct note_about *about,
               const char *name, json_t *fields);
