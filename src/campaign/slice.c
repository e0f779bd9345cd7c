/*
 * campaign/slice.c - bytes of a list file become rows for the store
 *
 * Threads: slice_run() is a job; the rest is the loop's.
 */
#include <assert.h>
#include "campaign/slice.h"

static void row_destructor(void *arg)
{
	struct slice_row *row = arg;

	mem_deref(row->text);
}

static void destructor(void *arg)
{
	struct slice *slice = arg;

	list_flush(&slice->contactl);
	list_flush(&slice->refusedl);
	mem_deref(slice->contactv);
	mem_deref(slice->pile);
	mem_deref(slice->intake);
	mem_deref(slice->country);
	mem_deref(slice->renames);
	if (slice->file)
		(void)fclose(slice->file);
}

void slice_clear(struct slice *slice)
{
	list_flush(&slice->contactl);
	list_flush(&slice->refusedl);
	slice->contactv = mem_deref(slice->contactv);
	slice->contactc = 0;
	if (slice->pile)
		store_pile_clear(slice->pile);
}

/* --- on the worker ------------------------------------------------------- */

static const char *put(char **pp, const char *text)
{
	size_t size = strlen(text) + 1;
	char *p = *pp;

	memcpy(p, text, size);
	*pp += size;

	return p;
}

static int contact_keep(struct slice *slice,
                        const struct store_contact *contact)
{
	size_t size = strlen(contact->number) + 1;
	struct store_var *varv;
	struct slice_row *row;
	char *p;

	for (size_t i = 0; i < contact->varc; i++)
		size += strlen(contact->varv[i].value) + 1;

	/* One piece for all of a row: a list has millions. */
	row = mem_zalloc(sizeof(*row) +
	                         contact->varc * sizeof(*row->contact.varv) +
	                         size,
	                 row_destructor);
	if (!row)
		return ENOMEM;

	varv = (struct store_var *)(row + 1);
	p = (char *)(varv + contact->varc);

	/* The names are the header's, which stays. */
	row->contact = *contact;
	row->contact.number = put(&p, contact->number);
	row->contact.varv = varv;
	for (size_t i = 0; i < contact->varc; i++) {
		varv[i].name = contact->varv[i].name;
		varv[i].value = put(&p, contact->varv[i].value);
	}
	list_append(&slice->contactl, &row->le, row);

	return 0;
}

static void contact_handler(const struct store_contact *contact, void *arg)
{
	struct slice *slice = arg;
	int err = 0;

	if (slice->pile)
		err = store_pile_put(slice->pile, contact);
	if (!err && slice->is_kept)
		err = contact_keep(slice, contact);
	if (err)
		slice->err = err;
	slice->contactc++;
}

static void refused_handler(const struct import_refusal *refusal, void *arg)
{
	struct slice *slice = arg;
	struct slice_row *row;
	char *p;

	row = mem_zalloc(sizeof(*row), row_destructor);
	if (!row)
		goto nomem;

	row->text = p = mem_zalloc(
		strlen(refusal->number) + strlen(refusal->reason) + 2, NULL);
	if (!p)
		goto nomem;

	row->refusal.line = refusal->line;
	row->refusal.number = put(&p, refusal->number);
	row->refusal.reason = put(&p, refusal->reason);
	list_append(&slice->refusedl, &row->le, row);
	return;

nomem:
	mem_deref(row);
	slice->err = ENOMEM;
}

static int chunk_read(struct slice *slice)
{
	size_t n;

	n = fread(slice->chunk, 1, sizeof(slice->chunk), slice->file);
	slice->bytes += n;
	slice->is_last = feof(slice->file) != 0;
	if (ferror(slice->file))
		return EIO;

	return intake_feed(slice->intake, slice->chunk, n, slice->is_last);
}

void slice_run(void *arg)
{
	struct slice *slice = arg;
	int err = chunk_read(slice);

	if (err)
		slice->err = err;
}

/* --- on the loop --------------------------------------------------------- */

int slice_gather(struct slice *slice)
{
	struct store_contact *contact;
	struct le *le;

	contact = mem_zalloc(slice->contactc * sizeof(*contact), NULL);
	if (!contact)
		return ENOMEM;

	slice->contactv = contact;
	LIST_FOREACH (&slice->contactl, le) {
		const struct slice_row *row = le->data;

		*contact++ = row->contact;
	}

	return 0;
}

static int open_rows(struct slice *slice, const struct import_prm *prm)
{
	const struct sheet_prm sheet = {
		.country = slice->country,
		.may_be_extension = prm->may_be_extension,
		.renamev = slice->renamev,
		.renamec = slice->renamec,
		.contact = contact_handler,
		.refused = refused_handler,
		.arg = slice,
	};

	return intake_alloc(&slice->intake, prm->name ? prm->name : prm->path,
	                    prm->encoding, &sheet);
}

/* In one block. */
static int keep_renames(struct slice *slice, const struct import_prm *prm)
{
	size_t size = 1;
	char *p;

	assert(prm->renamec <= IMPORT_RENAMES_MAX);

	for (size_t i = 0; i < prm->renamec; i++)
		size += strlen(prm->renamev[i].to) +
		        strlen(prm->renamev[i].from) + 2;
	slice->renames = p = mem_zalloc(size, NULL);
	if (!p)
		return ENOMEM;

	for (size_t i = 0; i < prm->renamec; i++) {
		slice->renamev[i].to = put(&p, prm->renamev[i].to);
		slice->renamev[i].from = put(&p, prm->renamev[i].from);
	}
	slice->renamec = prm->renamec;

	return 0;
}

int slice_alloc(struct slice **slicep, const struct import_prm *prm,
                bool is_piled, bool is_kept)
{
	struct slice *slice;
	int err;

	assert(slicep && prm);

	slice = mem_zalloc(sizeof(*slice), destructor);
	if (!slice)
		return ENOMEM;

	slice->is_kept = is_kept;
	err = is_piled ? store_pile_alloc(&slice->pile) : 0;
	if (err)
		goto out;

	err = str_dup(&slice->country, prm->country ? prm->country : "");
	if (err)
		goto out;

	err = keep_renames(slice, prm);
	if (err)
		goto out;

	err = open_rows(slice, prm);

out:
	if (err)
		mem_deref(slice);
	else
		*slicep = slice;

	return err;
}
