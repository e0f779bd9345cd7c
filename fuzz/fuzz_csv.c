/*
 * fuzz/fuzz_csv.c - list files: any bytes, contacts and refusals
 *
 * The first byte says in which pieces the rest comes and whether extensions
 * are taken. What is claimed: however it comes, it is judged the same; every
 * contact can be dialled and every refusal has a line and a reason.
 */
#include <stdlib.h>
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "campaign/sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Order and content of everything that came out, as one number. */
struct seen {
	uint64_t sum;
	uint32_t line;
};

static void add(struct seen *seen, const char *text)
{
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
		const char *value = contact->varv[i].value;

		if (!text_is_utf8(value, strlen(value)))
			abort();
		add(seen, contact->varv[i].name);
		add(seen, value);
	}
}

static void refused_handler(const struct import_refusal *refusal, void *arg)
{
	struct seen *seen = arg;

	if (!*refusal->reason || refusal->line <= seen->line ||
	    !text_is_utf8(refusal->number, strlen(refusal->number)))
		abort();

	seen->line = refusal->line;
	add(seen, refusal->number);
	add(seen, refusal->reason);
}

static int read_all(struct seen *seen, const char *bytes, size_t size,
                    size_t piece, bool may_be_extension)
{
	const struct sheet_prm prm = {
		.country = "US",
		.may_be_extension = may_be_extension,
		.contact = contact_handler,
		.refused = refused_handler,
		.arg = seen,
	};
	struct sheet *sheet;
	size_t at = 0;
	int err;

	*seen = (struct seen){0};
	if (sheet_alloc(&sheet, &prm))
		abort();

	do {
		size_t n = size - at < piece ? size - at : piece;

		err = sheet_feed(sheet, bytes + at, n, at + n == size);
		at += n;
	} while (!err && at < size);

	if (err == EBADMSG && !*sheet_fault(sheet))
		abort();
	mem_deref(sheet);

	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;
	struct seen whole, pieces;
	bool may_be_extension;
	int err;

	if (!size)
		return 0;

	may_be_extension = data[0] & 1;
	err = read_all(&whole, bytes, size - 1, SIZE_MAX, may_be_extension);
	if (err != read_all(&pieces, bytes, size - 1, 1 + data[0] / 2,
	                    may_be_extension) ||
	    whole.sum != pieces.sum)
		abort();

	return 0;
}
