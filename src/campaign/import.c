/*
 * campaign/import.c - a list file, slice by slice, into the store
 *
 * A slice is read and judged by a job, told on the loop, written by the
 * store, and only then the next one is read: memory stays flat however long
 * the file is, and calls go on meanwhile.
 *
 * The import may be freed at any time; its slice then finds it gone.
 */
#include <assert.h>
#include <stdio.h>
#include <sys/stat.h>
#include <jansson.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "campaign/slice.h"

enum {
	PROGRESS_MS = 250,
	QUEUE_LIMIT = 2, /* a job, and one that is just coming back */
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
	int err = 0;

	if ((!slice->pile && !imp->sink.keep) || !slice->contactc) {
		slice_kept(slice, (uint32_t)slice->contactc, 0);
		return 0;
	}

	mem_ref(slice);
	if (slice->pile) {
		err = store_pile_add(imp->store, imp->list_id, slice->pile,
		                     added_handler, slice);
		goto out;
	}

	err = slice_gather(slice);
	if (!err)
		err = imp->sink.keep(slice->contactv, slice->contactc,
		                     added_handler, slice, imp->sink.keep_arg);

out:
	if (err)
		mem_deref(slice);

	return err;
}

/* Tells the rows of a slice; the import may be gone afterwards. */
static void tell_rows(struct slice *slice)
{
	struct le *le;

	LIST_FOREACH (&slice->refusedl, le) {
		const struct slice_row *row = le->data;
		struct import *imp = slice->imp;

		imp->progress.refused++;
		imp->progress.rows++;
		if (imp->sink.refused)
			imp->sink.refused(&row->refusal, imp->sink.arg);
		if (!slice->imp)
			return;
	}

	slice->imp->progress.rows += (uint32_t)slice->contactc;
	if (!slice->imp->is_dry || !slice->imp->sink.contact)
		return;

	LIST_FOREACH (&slice->contactl, le) {
		const struct slice_row *row = le->data;
		struct import *imp = slice->imp;

		imp->sink.contact(&row->contact, imp->sink.arg);
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

static int keep_texts(struct import *imp, const struct import_prm *prm)
{
	const char *slash = strrchr(prm->path, '/');
	const char *name = slash ? slash + 1 : prm->path;
	int err;

	err = str_dup(&imp->path, prm->path);
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
	err = slice_alloc(&imp->slice, prm, store && !sink->keep,
	                  sink->keep || (prm->is_dry && sink->contact));
	if (err)
		goto out;
	imp->slice->imp = imp;

	err = keep_texts(imp, prm);
	if (err)
		goto out;

	err = open_file(imp);
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
