/*
 * fuzz/fuzz_intake.c - list files in any encoding, and JSON lines
 *
 * The first byte says which form the rest has and in which pieces it comes.
 * What is claimed: however it comes, it is judged the same; every contact can
 * be dialled and is UTF-8; every refusal has a line and a reason.
 */
#include <stdlib.h>
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "campaign/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	const char *path, *encoding;
} formv[] = {
	{"a.csv", NULL},     {"a.csv", "cp1251"},    {"a.csv", "GBK"},
	{"a.csv", "UTF-16"}, {"a.csv", "SHIFT_JIS"}, {"a.jsonl", NULL},
	{"a.jsonl", "GBK"},  {"a.jsonl", "UTF-16"},
};

/* Order and content of everything that came out, as one number. */
struct seen {
	uint64_t sum;
	uint32_t line;
};

static void add(struct seen *seen, const char *text)
{
	if (!text_is_utf8(text, strlen(text)))
		abort();
	for (; *text; text++)
		seen->sum = (seen->sum ^ (uint8_t)*text) * 1099511628211u;
	seen->sum = (seen->sum ^ 0x100) * 1099511628211u;
}

static void contact_handler(const struct store_contact *contact, void *arg)
{
	struct seen *seen = arg;

	if (!number_is_dialable(contact->number) || contact->row <= seen->line)
		abort();

	seen->line = contact->row;
	add(seen, contact->number);
	for (size_t i = 0; i < contact->varc; i++) {
		add(seen, contact->varv[i].name);
		add(seen, contact->varv[i].value);
	}
}

static void refused_handler(const struct import_refusal *refusal, void *arg)
{
	struct seen *seen = arg;

	if (!*refusal->reason || refusal->line <= seen->line)
		abort();

	seen->line = refusal->line;
	add(seen, refusal->number);
	add(seen, refusal->reason);
}

/* A byte order mark is looked for in the first piece, so that has two. */
static int read_all(struct seen *seen, unsigned form, const char *bytes,
                    size_t size, size_t piece)
{
	const struct sheet_prm prm = {
		.country = "US",
		.contact = contact_handler,
		.refused = refused_handler,
		.arg = seen,
	};
	struct intake *intake;
	size_t at = 0;
	int err;

	*seen = (struct seen){0};
	if (intake_alloc(&intake, formv[form].path, formv[form].encoding, &prm))
		abort();

	do {
		size_t n = at || piece > 1 ? piece : 2;

		n = size - at < n ? size - at : n;
		err = intake_feed(intake, bytes + at, n, at + n == size);
		at += n;
	} while (!err && at < size);

	if (err == EBADMSG && !*intake_fault(intake))
		abort();
	mem_deref(intake);

	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;
	struct seen whole, pieces;
	unsigned form;
	int err;

	if (!size)
		return 0;

	form = data[0] % ARRAY_COUNT(formv);
	err = read_all(&whole, form, bytes, size - 1, SIZE_MAX);
	if (err != read_all(&pieces, form, bytes, size - 1,
	                    1 + data[0] / ARRAY_COUNT(formv)) ||
	    whole.sum != pieces.sum)
		abort();

	return 0;
}
