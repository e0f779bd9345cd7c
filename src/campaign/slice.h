/*
 * campaign/slice.h - a piece of a list file, read and judged
 *
 * It is read by a job, told and stored on the loop, and only then read again
 * as the next one: memory stays flat however long the file is. While its job
 * runs, the slice with all in it is the worker's.
 */
#pragma once

#include <stdio.h>
#include "base/mem.h"
#include "campaign/intake.h"

enum {
	SLICE_SIZE = 524288, /* bytes of the file; one transaction each */
};

struct import;

/* A good row, or a refusal, that outlives the parser's buffer. */
struct slice_row {
	struct le le;
	struct store_contact contact;
	struct import_refusal refusal;
	char *text;
};

struct slice {
	struct import *imp; /* NULL: freed */
	struct intake *intake;
	FILE *file;
	char *country;
	struct import_rename renamev[IMPORT_RENAMES_MAX];
	size_t renamec;
	char *renames; /* texts of them */
	char chunk[SLICE_SIZE];

	uint64_t bytes; /* read so far */
	bool is_last;
	int err;
	struct store_pile *pile; /* for the store; NULL: it gets nothing */
	struct list contactl;    /* of struct slice_row, where is_kept */
	struct list refusedl;    /* of struct slice_row */
	struct store_contact *contactv; /* of slice_gather() */
	size_t contactc;
	bool is_kept;
};

/* is_piled, is_kept: where its contacts go. Without a file yet. */
int slice_alloc(struct slice **slicep, const struct import_prm *prm,
                bool is_piled, bool is_kept);
void slice_clear(struct slice *slice);

/* The job: reads on. */
void slice_run(void *arg);

/* Its contacts as an array, contactv. */
int slice_gather(struct slice *slice);
