/*
 * store/q_erase.c - a person who wants to be forgotten
 *
 * The key first: from then on nothing sealed can be read, whatever comes after.
 * Then files and rows, all or nothing; whoever is killed in between asks again,
 * or the next start finishes it (store_erase_again).
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/log.h"
#include "store/erase.h"
#include "store/sealing.h"
#include "store/task.h"

enum {
	AGAIN_MAX = 100000, /* persons of one round */
};

void store_vault(struct store *store, const struct vault *vault, bool has_texts)
{
	db_vault_set(store->db, vault, has_texts);
}

struct erase_task {
	struct task task;
	const struct vault *vault;
	const char *number, *by;
	const char *key; /* what became of it, at the first run */
	bool is_dry;
	char *receipt;
	store_erase_h *done;
};

static const size_t textv[] = {
	offsetof(struct erase_task, number),
	offsetof(struct erase_task, by),
};

static void release(struct task *task)
{
	mem_deref(((struct erase_task *)task)->receipt);
}

/* --- the receipt ---------------------------------------------------------- */

static const char *key_words(enum vault_was was)
{
	switch (was) {
	case VAULT_WAS_KEY:
		return "destroyed";
	case VAULT_WAS_GONE:
		return "destroyed before";
	default:
		return "there was none";
	}
}

/* Takes count. */
static char *receipt_make(const struct erase_task *et, const char *name,
                          json_t *count)
{
	char at[CLOCK_TEXT_SIZE];

	return jmem_text(json_pack(
		"{s:s, s:s, s:s, s:b, s:s, s:o, s:s}", "person", name, "at",
		clock_text(at, clock_wall_ms()), "by", et->by, "dry_run",
		et->is_dry, "key", et->key, "made_unreadable", count, "kept",
		"times, outcomes and labels of the calls under this name, "
		"which is on the do-not-call list"));
}

static const char kept_sql[] = "SELECT receipt FROM erasures WHERE person = ?";

/* The one of the first time; NULL: there is none. */
static int receipt_find(struct db *db, const char *name, char **receiptp)
{
	const struct db_arg arg = db_text(name);
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, kept_sql, &arg, 1);
	if (!db_fetch(stmt, &err))
		return err;

	err = str_dup(receiptp, db_text_at(stmt, 0));
	db_rest(stmt);

	return err;
}

/* --- one person ----------------------------------------------------------- */

/* Its files are not the database: a failure of theirs is no outage, for which
 * everything else would wait. */
static int of_the_keys(int err)
{
	if (!err || err == ENOMEM)
		return err;

	log_error("store", "the keys of [vault] cannot be written: %s",
	          strerror(err));

	return ENOKEY;
}

static int key_destroy(struct erase_task *et)
{
	char person[VAULT_PERSON_SIZE];
	enum vault_was was;
	int err;

	if (et->is_dry) {
		et->key = "not touched";
		return 0;
	}

	err = vault_person(et->vault, et->number, person);
	if (!err)
		err = of_the_keys(vault_destroy(et->vault, person, &was));
	if (!err && !et->key)
		et->key = key_words(was);

	return err;
}

static int run(struct task *task, struct db *db)
{
	struct erase_task *et = (struct erase_task *)task;
	char name[SEALING_NAME_SIZE];
	json_t *count = NULL;
	uint64_t all;
	int err;

	et->receipt = mem_deref(et->receipt);
	jmem_forget();
	err = sealing_name(name, et->vault, et->number);
	if (!err)
		err = key_destroy(et);
	if (!err)
		err = erase_count(db, et->number, &count, &all);
	if (err)
		return err;

	/* Asked for again, with nothing new: the receipt is the old one. */
	if (!all && !et->is_dry)
		err = receipt_find(db, name, &et->receipt);
	if (err || et->receipt) {
		json_decref(count);
		return err;
	}

	et->receipt = receipt_make(et, name, count);
	if (!et->receipt)
		return ENOMEM;
	if (et->is_dry)
		return 0;

	err = erase_rows(db, et->number, name);
	if (!err)
		err = erase_mark(db, name, et->by, et->receipt);

	return err;
}

static void done_handler(struct task *task, struct store *store)
{
	struct erase_task *et = (struct erase_task *)task;

	(void)store;

	et->done(task->err, task->err ? NULL : et->receipt, task->arg);
}

int store_erase(struct store *store, const struct store_erase_prm *prm,
                store_erase_h *done, void *arg)
{
	const struct erase_task et = {
		.task = {.is_compound = true,
	                 .run = run,
	                 .done = done_handler,
	                 .arg = arg,
	                 .release = release},
		.vault = db_vault(store->db),
		.number = prm->number,
		.by = prm->by,
		.is_dry = prm->is_dry,
		.done = done,
	};

	assert(prm->number && prm->by && done);

	if (!et.vault)
		return ENOTSUP;

	return task_send(store, &et.task, sizeof(et), textv,
	                 ARRAY_COUNT(textv));
}

/* --- after a copy came back ----------------------------------------------- */

static const char numbers_sql[] =
	"SELECT number FROM contacts UNION SELECT number FROM calls"
	" UNION SELECT number FROM attempts UNION SELECT number FROM "
	"do_not_call"
	" UNION SELECT number FROM consents"
	" UNION SELECT number FROM blocks WHERE is_prefix = 0";

struct again_task {
	struct task task;
	struct db *db;
	char (*personv)[VAULT_PERSON_SIZE]; /* erased, and not in here */
	size_t personc, room;
	char (*numberv)[64];
	size_t numberc, number_room;
	uint32_t count;
	store_count_done_h *done;
};

static void again_release(struct task *task)
{
	struct again_task *at = (struct again_task *)task;

	mem_deref(at->personv);
	mem_deref(at->numberv);
}

static int gone_handler(const char *person, int64_t at_ms, void *arg)
{
	struct again_task *at = arg;
	char name[SEALING_NAME_SIZE], *receipt = NULL;
	int err;

	(void)at_ms;
	(void)snprintf(name, sizeof(name), "erased:%s", person);
	err = receipt_find(at->db, name, &receipt);
	if (err || receipt || at->personc == AGAIN_MAX)
		goto out;

	if (at->personc == at->room) {
		size_t room = at->room ? 2 * at->room : 16;
		void *personv = mem_reallocarray(at->personv, room,
		                                 sizeof(*at->personv), NULL);

		if (!personv) {
			err = ENOMEM;
			goto out;
		}
		at->personv = personv;
		at->room = room;
	}
	(void)snprintf(at->personv[at->personc++], VAULT_PERSON_SIZE, "%s",
	               person);

out:
	mem_deref(receipt);

	return err;
}

static int person_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int number_keep(struct again_task *at, const char *number)
{
	char person[VAULT_PERSON_SIZE];
	int err;

	err = vault_person(db_vault(at->db), number, person);
	if (err || !bsearch(person, at->personv, at->personc,
	                    sizeof(*at->personv), person_compare))
		return err;

	if (at->numberc == at->number_room) {
		size_t room = at->number_room ? 2 * at->number_room : 16;
		void *numberv = mem_reallocarray(at->numberv, room,
		                                 sizeof(*at->numberv), NULL);

		if (!numberv)
			return ENOMEM;
		at->numberv = numberv;
		at->number_room = room;
	}
	(void)snprintf(at->numberv[at->numberc++], sizeof(*at->numberv), "%s",
	               number);

	return 0;
}

static int numbers_find(struct again_task *at)
{
	struct db_stmt *stmt;
	int err;

	err = db_ask(at->db, &stmt, numbers_sql, NULL, 0);
	while (db_fetch(stmt, &err))
		err = number_keep(at, db_text_at(stmt, 0));

	return err;
}

static int again_erase(struct again_task *at)
{
	static const char by[] = "a copy from before";
	char name[SEALING_NAME_SIZE];
	enum vault_was was;
	int err = 0;

	for (size_t i = 0; i < at->numberc && !err; i++) {
		err = sealing_name(name, db_vault(at->db), at->numberv[i]);
		if (!err)
			err = erase_rows(at->db, at->numberv[i], name);
	}
	for (size_t i = 0; i < at->personc && !err; i++) {
		(void)snprintf(name, sizeof(name), "erased:%s", at->personv[i]);
		err = of_the_keys(
			vault_destroy(db_vault(at->db), at->personv[i], &was));
		if (!err)
			err = erase_mark(at->db, name, by, "{}");
	}

	return err;
}

static int again_run(struct task *task, struct db *db)
{
	struct again_task *at = (struct again_task *)task;
	int err;

	at->db = db;
	at->personc = at->numberc = 0;
	err = vault_gone(db_vault(db), gone_handler, at);
	if (err == EACCES || err == EIO || err == EMFILE)
		err = of_the_keys(err);
	if (err || !at->personc)
		return err;

	qsort(at->personv, at->personc, sizeof(*at->personv), person_compare);
	err = numbers_find(at);
	if (!err)
		err = again_erase(at);
	if (!err)
		at->count = (uint32_t)at->personc;

	return err;
}

static void again_done(struct task *task, struct store *store)
{
	struct again_task *at = (struct again_task *)task;

	(void)store;

	if (!task->err && at->count)
		log_warning("store",
		            "%" PRIu32 " persons who were erased came back "
		            "with a copy of the database and are erased again",
		            at->count);
	at->done(task->err, at->count, task->arg);
}

int store_erase_again(struct store *store, store_count_done_h *done, void *arg)
{
	const struct again_task at = {
		.task = {.is_compound = true,
	                 .run = again_run,
	                 .done = again_done,
	                 .arg = arg,
	                 .release = again_release},
		.done = done,
	};

	assert(store && done);

	if (!db_vault(store->db))
		return ENOTSUP;

	return task_send(store, &at.task, sizeof(at), NULL, 0);
}
