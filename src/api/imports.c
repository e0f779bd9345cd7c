/*
 * api/imports.c - lists that come in over the API
 */
#include <errno.h>
#include <stdio.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/imports.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/jmem.h"
#include "base/mem.h"

enum {
	REMEMBERED = 100,
	UNDER_WAY_MAX = 8,
	REFUSED_MAX = 1000, /* of one import */
	PATH_SIZE = 32,
};

struct imports {
	struct api *api;
	struct list l; /* the latest first */
	unsigned under_way;
};

struct entry {
	struct le le;
	struct imports *imports; /* NULL: they are gone */
	struct import *import;
	struct ask *ask; /* waits for the end; NULL: answered */
	struct imports_goal goal;
	char id[ID_SIZE];
	char *list;
	const char *state;        /* "running", "done", "failed" */
	int64_t start_ms, end_ms; /* wall; end 0: it goes on */
	struct import_progress progress;
	json_t *refused;
	char fault[CFG_FAULT_SIZE];
};

static void entry_destructor(void *arg)
{
	struct entry *entry = arg;

	list_unlink(&entry->le);
	mem_deref(entry->import);
	mem_deref(entry->ask);
	mem_deref(entry->list);
	mem_deref(entry->goal.arg);
	json_decref(entry->refused);
}

static void destructor(void *arg)
{
	struct imports *imports = arg;
	struct le *le;

	/* One that waits for the store lives until it has heard. */
	LIST_FOREACH (&imports->l, le) {
		((struct entry *)le->data)->imports = NULL;
	}
	list_flush(&imports->l);
}

int imports_alloc(struct imports **importsp, struct api *api)
{
	struct imports *imports;

	imports = mem_zalloc(sizeof(*imports), destructor);
	if (!imports)
		return ENOMEM;

	imports->api = api;
	*importsp = imports;

	return 0;
}

/* --- one of them ---------------------------------------------------------- */

static json_t *entry_json(const struct entry *entry)
{
	const struct import_progress *progress = &entry->progress;

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:i, s:i, s:i, s:i,"
		" s:s}",
		"id", entry->id, "kind", entry->goal.kind, "list", entry->list,
		"state", entry->state, "started",
		fields_time_json(entry->start_ms), "ended",
		fields_time_json(entry->end_ms), "bytes",
		(json_int_t)progress->bytes, "bytes_total",
		(json_int_t)progress->bytes_total, "rows", (int)progress->rows,
		"added", (int)progress->added, "duplicates",
		(int)progress->duplicates, "refused", (int)progress->refused,
		"fault", entry->fault);
}

static void progress_handler(const struct import_progress *progress, void *arg)
{
	struct entry *entry = arg;

	entry->progress = *progress;
}

static void refused_handler(const struct import_refusal *refusal, void *arg)
{
	struct entry *entry = arg;

	if (json_array_size(entry->refused) == REFUSED_MAX)
		return;
	(void)json_array_append_new(entry->refused,
	                            json_pack("{s:i, s:s, s:s}", "line",
	                                      (int)refusal->line, "number",
	                                      refusal->number, "reason",
	                                      refusal->reason));
}

/* Whoever waited hears what came of it. */
static void answer(struct entry *entry)
{
	struct ask *ask = entry->ask;

	entry->ask = NULL;
	jmem_forget();
	if (*entry->fault && entry->progress.err &&
	    entry->progress.err != EBADMSG)
		ask_failed(ask, entry->progress.err, "the list");
	else if (*entry->fault)
		ask_problem(ask, 422, entry->fault, "mend the rows");
	else
		ask_reply(ask, 0,
		          json_pack("{s:i, s:i, s:O}", "added",
		                    (int)entry->progress.added, "duplicates",
		                    (int)entry->progress.duplicates, "refused",
		                    entry->refused));
	mem_deref(ask);
}

static void finish(struct entry *entry, const char *fault)
{
	entry->end_ms = clock_wall_ms();
	entry->state = fault ? "failed" : "done";
	if (fault)
		(void)snprintf(entry->fault, sizeof(entry->fault), "%s", fault);
	if (entry->imports)
		entry->imports->under_way--;
	if (entry->ask)
		answer(entry);
}

/* What the goal has to say of it, else what went wrong. */
static const char *words_of(const struct entry *entry, const char *otherwise)
{
	const struct imports_goal *goal = &entry->goal;
	const char *words = goal->fault ? goal->fault(goal->arg) : "";

	return *words ? words : otherwise;
}

static void counted_handler(int err, void *arg)
{
	struct entry *entry = arg;

	finish(entry, err ? words_of(entry, strerror(err)) : NULL);
	mem_deref(entry);
}

/* Who sent the file knows no path of ours. */
static const char *without_path(const char *fault)
{
	const char *colon = strstr(fault, ": ");

	return colon && !strncmp(fault, "/proc/", 6) ? colon + 2 : fault;
}

static void done_handler(int64_t list_id,
                         const struct import_progress *progress,
                         const char *fault, void *arg)
{
	struct entry *entry = arg;
	const struct imports_goal *goal = &entry->goal;
	int err;

	(void)list_id;
	entry->progress = *progress;
	if (fault) {
		finish(entry, words_of(entry, without_path(fault)));
	}
	else if (goal->end) {
		err = goal->end(progress->added, counted_handler,
		                mem_ref(entry), goal->arg);
		if (err)
			counted_handler(err, entry);
	}
	else {
		finish(entry, NULL);
	}
	entry->import = mem_deref(entry->import);
}

/* Those under way are never forgotten. */
static void forget(struct imports *imports)
{
	struct le *le = list_tail(&imports->l);

	while (le && list_count(&imports->l) > REMEMBERED) {
		struct entry *entry = le->data;

		le = le->prev;
		if (entry->end_ms)
			mem_deref(entry);
	}
}

static int entry_alloc(struct entry **entryp, struct imports *imports,
                       const char *list, struct imports_goal *goal)
{
	struct entry *entry;
	int err;

	entry = mem_zalloc(sizeof(*entry), entry_destructor);
	if (!entry)
		return ENOMEM;

	entry->imports = imports;
	entry->goal = *goal;
	goal->arg = NULL;
	entry->state = "running";
	entry->start_ms = clock_wall_ms();
	(void)id_make(entry->id);
	entry->refused = json_array();
	err = entry->refused ? str_dup(&entry->list, list) : ENOMEM;
	if (err)
		mem_deref(entry);
	else
		*entryp = entry;

	return err;
}

static int begin(struct entry **entryp, struct imports *imports, int fd,
                 struct import_prm *prm, struct imports_goal *goal)
{
	struct api_prm *with = &imports->api->prm;
	struct import_sink sink = {
		.progress = progress_handler,
		.refused = refused_handler,
		.done = done_handler,
		.keep = goal->keep,
		.keep_arg = goal->arg,
	};
	char path[PATH_SIZE];
	struct entry *entry;
	int err;

	if (imports->under_way == UNDER_WAY_MAX)
		return ENOBUFS;

	err = entry_alloc(&entry, imports, prm->list, goal);
	if (err)
		return err;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	prm->path = path;
	prm->may_be_extension = cfg_bool(with->cfg, "campaign", "extensions");
	sink.arg = entry;
	err = import_start(&entry->import, with->store, with->pool, prm, &sink);
	if (err) {
		mem_deref(entry);
		return err;
	}

	imports->under_way++;
	list_prepend(&imports->l, &entry->le, entry);
	forget(imports);
	*entryp = entry;

	return 0;
}

static void refuse(struct ask *ask, int err)
{
	if (err == EINVAL)
		ask_wrong(ask, "encoding", "is not known");
	else
		ask_failed(ask, err, "the import");
}

void imports_begin(struct imports *imports, struct ask *ask, int fd,
                   struct import_prm *prm, bool is_waited)
{
	struct imports_goal list = {.kind = "list"};
	struct entry *entry;
	int err = begin(&entry, imports, fd, prm, &list);

	if (err)
		refuse(ask, err);
	else if (is_waited)
		entry->ask = mem_ref(ask);
	else
		ask_reply(ask, 0, entry_json(entry));
}

void imports_begin_for(struct imports *imports, struct ask *ask, int fd,
                       struct import_prm *prm, const struct imports_goal *goal)
{
	struct imports_goal own = *goal;
	struct entry *entry;
	int err = begin(&entry, imports, fd, prm, &own);

	mem_deref(own.arg);
	if (err)
		refuse(ask, err);
	else
		ask_reply(ask, 0, entry_json(entry));
}

bool imports_fill(const struct imports *imports, const char *kind,
                  const char *name)
{
	struct le *le;

	LIST_FOREACH (&imports->l, le) {
		const struct entry *entry = le->data;

		if (!entry->end_ms && !strcmp(entry->goal.kind, kind) &&
		    !strcmp(entry->list, name))
			return true;
	}

	return false;
}

/* --- looking -------------------------------------------------------------- */

static const struct entry *find(const struct imports *imports, const char *id)
{
	struct le *le;

	LIST_FOREACH (&imports->l, le) {
		const struct entry *entry = le->data;

		if (!strcmp(entry->id, id))
			return entry;
	}

	return NULL;
}

json_t *imports_json(const struct imports *imports, size_t i)
{
	struct le *le;

	LIST_FOREACH (&imports->l, le) {
		if (!i--)
			return entry_json(le->data);
	}

	return NULL;
}

json_t *imports_find(const struct imports *imports, const char *id)
{
	const struct entry *entry = find(imports, id);

	return entry ? entry_json(entry) : NULL;
}

json_t *imports_refused(const struct imports *imports, const char *id)
{
	const struct entry *entry = find(imports, id);

	return entry ? json_incref(entry->refused) : NULL;
}
