/*
 * store/sealing.h - texts of a row, sealed with the key of whose they are
 *
 * A row of `calls` or `conversation` whose column `sealed` is not empty has its
 * texts there, as one JSON object, and nothing in their own columns; an event's
 * data is sealed as a whole. Whoever reads those columns opens them by these.
 * What cannot be opened (erased, no key here) stays empty.
 *
 * Threads: as for db.h.
 */
#pragma once

#include <jansson.h>
#include "store/db.h"
#include "store/store.h"

enum {
	SEALING_NAME_SIZE = VAULT_PERSON_SIZE + 8, /* "erased:" and the hash */
};

/* Whether texts about this number (NULL: nobody) are to be sealed. */
bool sealing_is_on(const struct db *db, const char *number);

/* What stands where the number of an erased person stood. Nobody can dial it.
 */
int sealing_name(char name[SEALING_NAME_SIZE], const struct vault *vault,
                 const char *number);

/* The same, where that number is erased; else *is_erasedp is false. */
int sealing_erased(struct db *db, const char *number,
                   char name[SEALING_NAME_SIZE], bool *is_erasedp);

/* What to write: empties the texts of the row and gives them sealed. *sealedp
 * stays NULL where there is nothing to keep: the person is erased, or the key
 * is away (which is logged). Free it with mem_deref(). Returns ENOMEM. */
int sealing_step(struct db *db, struct store_step *step, char **sealedp);

/* The same; of an erased person the number goes too, and the recording. */
struct sealing_call {
	char *sealed;
	char name[SEALING_NAME_SIZE];
};
int sealing_call(struct db *db, struct store_call *call,
                 struct sealing_call *texts);

/* What was read: fills in the texts, which *jsonp holds (json_decref). Returns
 * ENOMEM. */
int sealing_step_open(struct db *db, const char *sealed,
                      struct store_step *step, json_t **jsonp);
int sealing_call_open(struct db *db, const char *sealed,
                      struct store_call *call, json_t **jsonp);

/* The data of an event. *sealedp stays NULL as above. */
int sealing_event(struct db *db, const char *number, const char *data,
                  char **sealedp);

/* The other way round: *clearp stays NULL where data is in clear or the person
 * is erased. Returns ENOKEY where the keys are not here, ENOMEM. */
int sealing_event_open(struct db *db, const char *data, char **clearp);
extern const char sealing_nothing[]; /* data of an erased person's event */
