/*
 * campaign/import.c - a list file, slice by slice, into the store
 *
 * A slice is read and judged by a job, told on the loop, written by the
 * store, and only then the next one is read: memory stays flat however long
 * the file is, and calls go on meanwhile.
 *
 * Threads: while its job runs, the slice with all in it is the worker's. The
 * import may be freed at any time; the slice then finds it gone.
 */
#include <assert.h>
#include <stdio.h>
#include <sys/stat.h>
#include <jansson.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "campaign/intake.h"

enum {
	CHUNK_SIZE = 524288, /* one transaction each */
	PROGRESS_MS = 250,
	QUEUE_LIMIT = 2, /* a job, and one that is just coming back */
};

/* A good row, or a refusal, that outlives the parser's buffer. */
struct kept {
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
	char chunk[CHUNK_SIZE];

	uint64_t bytes; /* read so far */
	bool is_last;
	int err;
	struct list contactl; /* of struct kept */
	struct list refusedl;
	struct store_contact *contactv; /* what the store is given */
	size_t contactc;
};

struct import {
	struct store *store; /* NULL: dry and nothing is kept */
	struct work_queue *queue;
	struct slice *slice;
	struct import_sink sink;
	struct import_progress progress;
	bool is_dry;
	int64_t list_id;
	uint64_t told_ms;
	char *path;
	char *list;
};

static void import_destructor(void *arg)
{
	struct import *imp = arg;

	if (imp->slice)
		imp->slice->imp = NULL;
	mem_deref(imp->queue);
	mem_deref(imp->slice);
	mem_deref(imp->path);
	mem_deref(imp->list);
}

static void slice_clear(struct slice *slice)
{
	list_flush(&slice->contactl);
	list_flush(&slice->refusedl);
	slice->contactv = mem_deref(slice->contactv);
	slice->contactc = 0;
}

static void slice_destructor(void *arg)
{
	struct slice *slice = arg;

	slice_clear(slice);
	mem_deref(slice->intake);
	mem_deref(slice->country);
	mem_deref(slice->renames);
	if (slice->file)
		(void)fclose(slice->file);
}

static void kept_destructor(void *arg)
{
	struct kept *kept = arg;

	mem_deref(kept->text);
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

static void contact_handler(const struct store_contact *contact, void *arg)
{
	struct slice *slice = arg;
	size_t size = strlen(contact->number) + 1;
	struct store_var *varv;
	struct kept *kept;
	char *p;

	for (size_t i = 0; i < contact->varc; i++)
		size += strlen(contact->varv[i].value) + 1;

	/* One piece for all of a row: a list has millions. */
	kept = mem_zalloc(sizeof(*kept) +
	                          contact->varc * sizeof(*kept->contact.varv) +
	                          size,
	                  kept_destructor);
	if (!kept) {
		slice->err = ENOMEM;
		return;
	}
	varv = (struct store_var *)(kept + 1);
	p = (char *)(varv + contact->varc);

	/* The names are the header's, which stays. */
	kept->contact = *contact;
	kept->contact.number = put(&p, contact->number);
	kept->contact.varv = varv;
	for (size_t i = 0; i < contact->varc; i++) {
		varv[i].name = contact->varv[i].name;
		varv[i].value = put(&p, contact->varv[i].value);
	}
	list_append(&slice->contactl, &kept->le, kept);
	slice->contactc++;
}

static void refused_handler(const struct import_refusal *refusal, void *arg)
{
	struct slice *slice = arg;
	struct kept *kept;
	char *p;

	kept = mem_zalloc(sizeof(*kept), kept_destructor);
	if (!kept)
		goto nomem;

	kept->text = p = mem_zalloc(
		strlen(refusal->number) + strlen(refusal->reason) + 2, NULL);
	if (!p)
		goto nomem;

	kept->refusal.line = refusal->line;
	kept->refusal.number = put(&p, refusal->number);
	kept->refusal.reason = put(&p, refusal->reason);
	list_append(&slice->refusedl, &kept->le, kept);
	return;

nomem:
	mem_deref(kept);
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

static void slice_run(void *arg)
{
	struct slice *slice = arg;
	int err = chunk_read(slice);

	if (err)
		slice->err = err;
}

/* --- on the loop --------------------------------------------------------- */

/* The outbox hears of a list that was read. */
static void tell(const struct import *imp)
{
	const struct import_progress *progress = &imp->progress;
	char *data;

	jmem_forget();
	data = jmem_text(json_pack("{s:s, s:I, s:I, s:I}", "list", imp->list,
	                           "added", (json_int_t)progress->added,
	                           "duplicates",
	                           (json_int_t)progress->duplicates, "refused",
	                           (json_int_t)progress->refused));
	if (data) {
		const struct store_event event = {
			.type = "import.done",
			.key = imp->list,
			.data = data,
		};

		(void)store_event(imp->store, &event, NULL, NULL);
	}
	mem_deref(data);
}

static void finish(struct import *imp, const char *fault)
{
	if (!fault && !imp->is_dry && !imp->sink.keep)
		tell(imp);
	imp->sink.done(imp->list_id, &imp->progress, fault, imp->sink.arg);
}

static void fail(struct import *imp, int err)
{
	char fault[CFG_FAULT_SIZE];
	const char *words = strerror(err);

	if (err == EBADMSG && *intake_fault(imp->slice->intake))
		words = intake_fault(imp->slice->intake);
	(void)snprintf(fault, sizeof(fault), "%s: %s", imp->path, words);
	imp->progress.err = err;
	finish(imp, fault);
}

static void slice_done(void *arg);

static void slice_next(struct import *imp)
{
	struct slice *slice = imp->slice;
	int err;

	slice_clear(slice);
	err = work_submit(imp->queue, slice_run, slice_done, mem_ref(slice));
	if (err) {
		mem_deref(slice);
		fail(imp, err);
	}
}

static void progress(struct slice *slice)
{
	struct import *imp = slice->imp;
	uint64_t now_ms = clock_ms();

	if (!imp->sink.progress)
		return;
	if (!slice->is_last && now_ms < imp->told_ms + PROGRESS_MS)
		return;

	imp->told_ms = now_ms;
	imp->sink.progress(&imp->progress, imp->sink.arg);
}

/* What was read is in the store (or, dry, counted). */
static void slice_kept(struct slice *slice, uint32_t added, uint32_t duplicates)
{
	struct import *imp = slice->imp;

	imp->progress.added += added;
	imp->progress.duplicates += duplicates;
	progress(slice);
	if (!slice->imp)
		return;

	if (slice->is_last)
		finish(imp, NULL);
	else
		slice_next(imp);
}

static void added_handler(int err, uint32_t added, uint32_t duplicates,
                          void *arg)
{
	struct slice *slice = arg;

	if (!slice->imp)
		goto out;

	if (err)
		fail(slice->imp, err);
	else
		slice_kept(slice, added, duplicates);

out:
	mem_deref(slice);
}

static int slice_add(struct slice *slice)
{
	struct import *imp = slice->imp;
	struct store_contact *contact;
	struct le *le;
	int err;

	if ((!imp->store && !imp->sink.keep) || !slice->contactc) {
		slice_kept(slice, (uint32_t)slice->contactc, 0);
		return 0;
	}

	contact = mem_zalloc(slice->contactc * sizeof(*contact), NULL);
	if (!contact)
		return ENOMEM;

	slice->contactv = contact;
	LIST_FOREACH (&slice->contactl, le) {
		const struct kept *kept = le->data;

		*contact++ = kept->contact;
	}

	mem_ref(slice);
	if (imp->sink.keep)
		err = imp->sink.keep(slice->contactv, slice->contactc,
		                     added_handler, slice, imp->sink.keep_arg);
	else
		err = store_contacts_add(imp->store, imp->list_id,
		                         slice->contactv, slice->contactc,
		                         added_handler, slice);
	if (err)
		mem_deref(slice);

	return err;
}

/* Tells the rows of a slice; the import may be gone afterwards. */
static void tell_rows(struct slice *slice)
{
	struct le *le;

	LIST_FOREACH (&slice->refusedl, le) {
		const struct kept *kept = le->data;
		struct import *imp = slice->imp;

		imp->progress.refused++;
		imp->progress.rows++;
		if (imp->sink.refused)
			imp->sink.refused(&kept->refusal, imp->sink.arg);
		if (!slice->imp)
			return;
	}

	slice->imp->progress.rows += (uint32_t)slice->contactc;
	if (!slice->imp->is_dry || !slice->imp->sink.contact)
		return;

	LIST_FOREACH (&slice->contactl, le) {
		const struct kept *kept = le->data;
		struct import *imp = slice->imp;

		imp->sink.contact(&kept->contact, imp->sink.arg);
		if (!slice->imp)
			return;
	}
}

static void slice_done(void *arg)
{
	struct slice *slice = arg;
	int err;

	if (!slice->imp)
		goto out;

	slice->imp->progress.bytes = slice->bytes;
	tell_rows(slice);
	if (!slice->imp)
		goto out;

	err = slice->err;
	if (!err)
		err = slice_add(slice);
	if (err && slice->imp)
		fail(slice->imp, err);

out:
	mem_deref(slice);
}

static void list_handler(int err, int64_t list_id, void *arg)
{
	struct slice *slice = arg;
	struct import *imp = slice->imp;

	if (!imp)
		goto out;

	imp->list_id = list_id;
	if (err)
		fail(imp, err);
	else
		slice_next(imp);

out:
	mem_deref(slice);
}

/* --- the door ------------------------------------------------------------ */

static int open_file(struct import *imp)
{
	struct stat st;

	imp->slice->file = fopen(imp->path, "rb");
	if (!imp->slice->file)
		return errno;

	if (fstat(fileno(imp->slice->file), &st))
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (S_ISREG(st.st_mode))
		imp->progress.bytes_total = (uint64_t)st.st_size;

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

static int keep_texts(struct import *imp, const struct import_prm *prm)
{
	const char *slash = strrchr(prm->path, '/');
	const char *name = slash ? slash + 1 : prm->path;
	int err;

	err = str_dup(&imp->path, prm->path);
	if (err)
		return err;

	err = str_dup(&imp->slice->country, prm->country ? prm->country : "");
	if (err)
		return err;

	err = keep_renames(imp->slice, prm);
	if (err)
		return err;

	return str_dup(&imp->list, prm->list ? prm->list : name);
}

/* The first handler is called from the loop, never from in here. */
static int begin(struct import *imp)
{
	struct slice *slice = imp->slice;
	int err;

	mem_ref(slice);
	if (!imp->store || imp->sink.keep)
		err = work_submit(imp->queue, slice_run, slice_done, slice);
	else if (imp->is_dry)
		err = store_list_dry(imp->store, imp->list, list_handler,
		                     slice);
	else
		err = store_list(imp->store, imp->list, list_handler, slice);
	if (err)
		mem_deref(slice);

	return err;
}

int import_start(struct import **importp, struct store *store,
                 struct work_pool *pool, const struct import_prm *prm,
                 const struct import_sink *sink)
{
	struct import *imp;
	int err;

	assert(importp && pool && prm && prm->path && sink && sink->done);
	assert(store || prm->is_dry);

	imp = mem_zalloc(sizeof(*imp), import_destructor);
	if (!imp)
		return ENOMEM;

	imp->store = store;
	imp->is_dry = prm->is_dry;
	imp->sink = *sink;
	imp->list_id = STORE_LIST_DRY;
	imp->slice = mem_zalloc(sizeof(*imp->slice), slice_destructor);
	if (!imp->slice) {
		err = ENOMEM;
		goto out;
	}
	imp->slice->imp = imp;

	err = keep_texts(imp, prm);
	if (err)
		goto out;

	err = open_file(imp);
	if (err)
		goto out;

	err = open_rows(imp->slice, prm);
	if (err)
		goto out;

	err = work_queue_alloc(&imp->queue, pool, QUEUE_LIMIT);
	if (err)
		goto out;

	err = begin(imp);

out:
	if (err)
		mem_deref(imp);
	else
		*importp = imp;

	return err;
}
