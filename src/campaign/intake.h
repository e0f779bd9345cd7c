/*
 * campaign/intake.h - pure: a list file of any form, piece by piece
 *
 * CSV or, by the file's name, JSON lines; UTF-8 or the encoding that is named
 * or that the first bytes show.
 */
#pragma once

#include "campaign/sheet.h"

struct intake;

/* EINVAL: nobody knows the encoding (NULL: UTF-8, or UTF-16 where a byte order
 * mark says so). Free with mem_deref(). */
int intake_alloc(struct intake **intakep, const char *path,
                 const char *encoding, const struct sheet_prm *prm);

/* The next bytes; is_last: there are no more. EBADMSG: see intake_fault(). */
int intake_feed(struct intake *intake, const char *bytes, size_t size,
                bool is_last);

/* What is wrong with the file as a whole; "" = nothing. */
const char *intake_fault(const struct intake *intake);
