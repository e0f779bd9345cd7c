/*
 * store/write.c - one statement on its way through the store
 */
#include <assert.h>
#include "store/write.h"

struct write_task {
	struct task task;
	const char *sql;
	bool must_touch;
	size_t argc;
	struct db_arg argv[]; /* the texts behind it */
};

static int run(struct task *task, struct db *db)
{
	const struct write_task *wt = (const struct write_task *)task;
	int err;

	err = db_run(db, wt->sql, wt->argv, wt->argc);
	if (!err && wt->must_touch && !db_changes(db))
		err = ENOENT;

	return err;
}

int write_submit(struct store *store, const struct write_prm *prm,
                 store_done_h *done, void *arg)
{
	size_t size = sizeof(struct write_task);
	struct write_task *wt;
	char *p;

	assert(store && prm && prm->sql && prm->argc <= DB_ARGS_MAX);

	size += prm->argc * sizeof(struct db_arg);
	for (size_t i = 0; i < prm->argc; i++)
		size += prm->argv[i].text ? strlen(prm->argv[i].text) + 1 : 0;
	wt = mem_zalloc(size, NULL);
	if (!wt)
		return task_lacking(store, done);

	p = (char *)&wt->argv[prm->argc];
	for (size_t i = 0; i < prm->argc; i++) {
		size_t n;

		wt->argv[i] = prm->argv[i];
		if (!prm->argv[i].text)
			continue;
		n = strlen(prm->argv[i].text) + 1;
		memcpy(p, prm->argv[i].text, n);
		wt->argv[i].text = p;
		p += n;
	}
	wt->argc = prm->argc;
	wt->sql = prm->sql;
	wt->must_touch = prm->must_touch;
	wt->task.run = run;
	wt->task.told = done;
	wt->task.arg = arg;

	return task_submit(store, &wt->task);
}
