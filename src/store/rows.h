/*
 * store/rows.h - what was read, in a form that outlives the statement
 */
#pragma once

#include <jansson.h>
#include "base/mem.h"
#include "store/db.h"
#include "store/store.h"

/* A contact with its variables. Free with mem_deref(). */
struct rows_contact {
	struct store_contact contact;
	char *number;
	json_t *json; /* holds the texts of the variables */
	struct store_var *varv;
};

/* From the columns id, number, row, variables that begin at `column`.
 * Returns EPROTO when variables is no JSON object of texts. */
int rows_contact(struct rows_contact **rowp, struct db_stmt *stmt, int column);

/* Other variables for it, a JSON object. */
int rows_contact_vars(struct rows_contact *row, const char *text);

/* All texts of a row move into a block of their own; NULL stays NULL. */
int rows_keep_call(char **blockp, struct store_call *call);
int rows_keep_step(char **blockp, struct store_step *step);
