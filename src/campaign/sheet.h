/*
 * campaign/sheet.h - pure: bytes of a CSV file to contacts and refusals
 *
 * Bytes come in pieces of any size; rows are judged as soon as they are
 * whole. What is wrong with one row costs that row alone: a quote that nobody
 * closes does not swallow the rows behind it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/number.h"
#include "campaign/campaign.h"

enum {
	SHEET_ROW_MAX = 65536, /* bytes of one row, its lines together */
	SHEET_COLUMNS_MAX = 200,
};

struct sheet;

struct sheet_prm {
	const char *country;
	bool may_be_extension;
	const struct import_rename *renamev; /* live as long as the sheet */
	size_t renamec;
	/* Both get what is valid during the call only. */
	void (*contact)(const struct store_contact *contact, void *arg);
	void (*refused)(const struct import_refusal *refusal, void *arg);
	void *arg;
};

/* Free with mem_deref(). */
int sheet_alloc(struct sheet **sheetp, const struct sheet_prm *prm);

/* The next bytes; is_last: there are no more. Returns EBADMSG when the file as
 * a whole cannot be read (header, encoding): see sheet_fault(). */
int sheet_feed(struct sheet *sheet, const char *bytes, size_t size,
               bool is_last);

/* *textp as it is dialled, in number or as it stands. */
enum number_fault sheet_number(const struct sheet_prm *prm,
                               char number[NUMBER_SIZE], const char **textp);

/* What is wrong with the file and what would be right; "" = nothing. */
const char *sheet_fault(const struct sheet *sheet);
