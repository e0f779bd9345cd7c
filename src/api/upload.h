/*
 * api/upload.h - a table that is sent as a body; private to api/
 */
#pragma once

#include "api/ask.h"
#include "campaign/campaign.h"

struct upload {
	struct import_prm prm; /* its texts live as long as this and the ask */
	int fd;                /* the request's */
	struct import_rename renamev[IMPORT_RENAMES_MAX];
	char *names;
};

/* By the query's format, encoding, country and columns; list is what
 * prm.list says. A memory object; NULL: something is wrong with it, and that
 * was answered. */
struct upload *upload_take(struct ask *ask, const char *list);
