/*
 * campaign/intake.c - pure: a list file of any form, piece by piece
 */
#include <assert.h>
#include <strings.h>
#include "base/mem.h"
#include "campaign/charset.h"
#include "campaign/jsonl.h"
#include "campaign/intake.h"

struct intake {
	struct sheet *sheet;     /* of CSV, or */
	struct jsonl *jsonl;     /* of JSON lines */
	struct charset *charset; /* NULL: it is UTF-8 */
	bool has_begun;
};

static void destructor(void *arg)
{
	struct intake *intake = arg;

	mem_deref(intake->sheet);
	mem_deref(intake->jsonl);
	mem_deref(intake->charset);
}

static bool ends_in(const char *path, const char *end)
{
	size_t len = strlen(path), n = strlen(end);

	return len >= n && !strcasecmp(path + len - n, end);
}

int intake_alloc(struct intake **intakep, const char *path,
                 const char *encoding, const struct sheet_prm *prm)
{
	struct intake *intake;
	int err = 0;

	assert(intakep && path && prm);

	intake = mem_zalloc(sizeof(*intake), destructor);
	if (!intake)
		return ENOMEM;

	if (encoding)
		err = charset_alloc(&intake->charset, encoding);
	if (err)
		goto out;

	if (ends_in(path, ".jsonl") || ends_in(path, ".ndjson"))
		err = jsonl_alloc(&intake->jsonl, prm);
	else
		err = sheet_alloc(&intake->sheet, prm);

out:
	if (err)
		mem_deref(intake);
	else
		*intakep = intake;

	return err;
}

static int rows_feed(const char *bytes, size_t size, void *arg)
{
	struct intake *intake = arg;

	if (intake->jsonl)
		return jsonl_feed(intake->jsonl, bytes, size, false);

	return sheet_feed(intake->sheet, bytes, size, false);
}

static int rows_end(struct intake *intake)
{
	if (intake->jsonl)
		return jsonl_feed(intake->jsonl, "", 0, true);

	return sheet_feed(intake->sheet, "", 0, true);
}

/* A spreadsheet says by its first bytes that it is UTF-16. */
static bool is_utf16(const char *bytes, size_t size)
{
	return size >= 2 &&
	       (!memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2));
}

int intake_feed(struct intake *intake, const char *bytes, size_t size,
                bool is_last)
{
	int err = 0;

	if (!intake->has_begun && !intake->charset && is_utf16(bytes, size))
		err = charset_alloc(&intake->charset, "UTF-16");
	if (err)
		return err;

	intake->has_begun = true;
	if (intake->charset)
		err = charset_feed(intake->charset, bytes, size, is_last,
		                   rows_feed, intake);
	else
		err = rows_feed(bytes, size, intake);
	if (!err && is_last)
		err = rows_end(intake);

	return err;
}

const char *intake_fault(const struct intake *intake)
{
	return intake->sheet ? sheet_fault(intake->sheet) : "";
}
