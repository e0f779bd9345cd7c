/*
 * store/q_consent.c - who agreed to be called, to what, and who no longer does
 */
#include <assert.h>
#include "base/clock.h"
#include "base/texts.h"
#include "store/store_lists.h"
#include "store/task.h"

/* Given again after it was taken back, it counts again. */
static const char give_sql[] =
	"INSERT INTO consents (number, purpose, source, evidence, given_ms)"
	" VALUES (?, ?, ?, ?, ?) ON CONFLICT (number, purpose) DO UPDATE SET"
	" source = excluded.source, evidence = excluded.evidence,"
	" given_ms = excluded.given_ms, ended_ms = 0";

static const char end_sql[] =
	"UPDATE consents SET ended_ms = ?3"
	" WHERE number = ?1 AND purpose = ?2 AND ended_ms = 0";

#define CONSENTS                                                               \
	"SELECT number, purpose, source, evidence, given_ms, ended_ms"         \
	" FROM consents"
#define IN_ORDER                                                               \
	" AND (purpose = ?3 OR ?3 IS NULL) ORDER BY number, purpose LIMIT ?4"

/* Two, so that each is read from where it begins. */
static const char all_sql[] =
	CONSENTS " WHERE (number, purpose) > (?1, ?2)" IN_ORDER;
static const char of_number_sql[] =
	CONSENTS " WHERE number = ?1 AND purpose > ?2" IN_ORDER;

struct consent_task {
	struct task task;
	struct store_consent consent;
};

static const size_t textv[] = {
	offsetof(struct consent_task, consent.number),
	offsetof(struct consent_task, consent.purpose),
	offsetof(struct consent_task, consent.source),
	offsetof(struct consent_task, consent.text),
};

static int give(struct db *db, const struct store_consent *c)
{
	const struct db_arg argv[] = {
		db_text(c->number), db_text(c->purpose), db_text(c->source),
		db_text(c->text),   db_int(c->given_ms),
	};

	return db_run(db, give_sql, argv, ARRAY_COUNT(argv));
}

static int give_run(struct task *task, struct db *db)
{
	return give(db, &((struct consent_task *)task)->consent);
}

static int end_run(struct task *task, struct db *db)
{
	const struct store_consent *c = &((struct consent_task *)task)->consent;
	const struct db_arg argv[] = {
		db_text(c->number),
		db_text(c->purpose),
		db_int(clock_wall_ms()),
	};

	return db_run(db, end_sql, argv, ARRAY_COUNT(argv));
}

static int submit(struct store *store, const struct consent_task *ct)
{
	return task_send(store, &ct->task, sizeof(*ct), textv,
	                 ARRAY_COUNT(textv));
}

int store_consent(struct store *store, const struct store_consent *consent,
                  store_done_h *done, void *arg)
{
	const struct consent_task ct = {
		.task = {.run = give_run, .told = done, .arg = arg},
		.consent = *consent,
	};

	assert(store && consent->number && consent->purpose);
	assert(consent->source && consent->text);

	return submit(store, &ct);
}

int store_consent_end(struct store *store, const char *number,
                      const char *purpose, store_done_h *done, void *arg)
{
	const struct consent_task ct = {
		.task = {.run = end_run, .told = done, .arg = arg},
		.consent = {.number = number, .purpose = purpose},
	};

	assert(store && number && purpose);

	return submit(store, &ct);
}

/* --- many at once ---------------------------------------------------------
 */

struct many_task {
	struct task task;
	struct store_consent *consentv; /* texts are owned */
	size_t consentc;
	char **blockv;
	store_added_h *done;
	void *arg;
};

static const size_t many_textv[] = {
	offsetof(struct store_consent, number),
	offsetof(struct store_consent, purpose),
	offsetof(struct store_consent, source),
	offsetof(struct store_consent, text),
};

static void many_destructor(void *arg)
{
	struct many_task *mt = arg;

	for (size_t i = 0; mt->blockv && i < mt->consentc; i++)
		mem_deref(mt->blockv[i]);
	mem_deref(mt->blockv);
	mem_deref(mt->consentv);
}

static int many_run(struct task *task, struct db *db)
{
	struct many_task *mt = (struct many_task *)task;
	int err = 0;

	for (size_t i = 0; i < mt->consentc && !err; i++)
		err = give(db, &mt->consentv[i]);

	return err;
}

static void many_done(struct task *task, struct store *store)
{
	struct many_task *mt = (struct many_task *)task;

	(void)store;

	mt->done(task->err, task->err ? 0 : (uint32_t)mt->consentc, 0, mt->arg);
}

int store_consents_add(struct store *store,
                       const struct store_consent *consentv, size_t consentc,
                       store_added_h *done, void *arg)
{
	struct many_task *mt;
	int err = ENOMEM;

	assert(store && (consentv || !consentc) && done);

	mt = mem_zalloc(sizeof(*mt), many_destructor);
	if (!mt)
		return ENOMEM;

	mt->consentc = consentc;
	mt->consentv = mem_zalloc((consentc + 1) * sizeof(*consentv), NULL);
	mt->blockv = mem_zalloc((consentc + 1) * sizeof(char *), NULL);
	if (mt->consentv && mt->blockv)
		err = 0;
	for (size_t i = 0; i < consentc && !err; i++) {
		mt->consentv[i] = consentv[i];
		err = texts_keep(&mt->blockv[i], &mt->consentv[i], many_textv,
		                 ARRAY_COUNT(many_textv));
	}
	if (err) {
		mem_deref(mt);
		return err;
	}

	mt->task.is_compound = true;
	mt->task.run = many_run;
	mt->task.done = many_done;
	mt->done = done;
	mt->arg = arg;

	return task_submit(store, &mt->task);
}

/* --- looking --------------------------------------------------------------
 */

struct row {
	struct le le;
	struct store_consent consent;
};

struct look_task {
	struct task task;
	struct store_consents_prm prm;
	store_consent_h *handler;
};

static const size_t row_textv[] = {
	offsetof(struct row, consent.number),
	offsetof(struct row, consent.purpose),
	offsetof(struct row, consent.source),
	offsetof(struct row, consent.text),
};

static const size_t look_textv[] = {
	offsetof(struct look_task, prm.number),
	offsetof(struct look_task, prm.purpose),
	offsetof(struct look_task, prm.after_number),
	offsetof(struct look_task, prm.after_purpose),
};

static int row_read(struct task *task, struct db_stmt *stmt)
{
	const struct row row = {
		.consent = {.number = db_text_at(stmt, 0),
	                    .purpose = db_text_at(stmt, 1),
	                    .source = db_text_at(stmt, 2),
	                    .text = db_text_at(stmt, 3),
	                    .given_ms = db_int_at(stmt, 4),
	                    .ended_ms = db_int_at(stmt, 5)},
	};

	return task_row(task, &row, sizeof(row), row_textv,
	                ARRAY_COUNT(row_textv));
}

static int look_run(struct task *task, struct db *db)
{
	const struct store_consents_prm *prm = &((struct look_task *)task)->prm;
	const struct db_arg argv[] = {
		db_text(prm->number ? prm->number : prm->after_number),
		db_text(prm->after_purpose),
		db_text(prm->purpose),
		db_int(prm->limit),
	};
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, prm->number ? of_number_sql : all_sql, argv,
	             ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = row_read(task, stmt);

	return err;
}

static void look_each(struct task *task, const void *row)
{
	((struct look_task *)task)
		->handler(&((const struct row *)row)->consent, task->arg);
}

int store_consents(struct store *store, const struct store_consents_prm *prm,
                   store_consent_h *handler, store_done_h *done, void *arg)
{
	const struct look_task lt = {
		.task = {.is_read = true,
	                 .run = look_run,
	                 .each = look_each,
	                 .told = done,
	                 .arg = arg},
		.prm = *prm,
		.handler = handler,
	};

	assert(store && handler && done);
	assert(prm->after_number && prm->after_purpose);
	assert(prm->limit <= STORE_PAGE_MAX);

	return task_send(store, &lt.task, sizeof(lt), look_textv,
	                 ARRAY_COUNT(look_textv));
}
