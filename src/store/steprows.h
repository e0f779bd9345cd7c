/*
 * store/steprows.h - the rows of one call, read whole
 */
#pragma once

#include "store/db.h"
#include "store/store.h"

struct steprows {
	struct store_step *stepv;
	size_t stepc;
	char **blockv; /* of their texts */
	size_t room;
};

/* In the order they were written; further ones than 20,000 are not read. */
int steprows_read(struct steprows *rows, struct db *db, const char *callid);
void steprows_clear(struct steprows *rows);
