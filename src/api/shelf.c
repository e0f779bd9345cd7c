/*
 * api/shelf.c - scripts of the store, checked and loaded
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "api/shelf.h"
#include "base/mem.h"
#include "base/text.h"
#include "call/call.h"

enum {
	LOADED_MAX = 64,
	CHECKS_MAX = 64, /* waiting for the worker */
	PATH_SIZE = 1024,
};

/* Referenced by its owner and by each question under way. */
struct shelf {
	struct store *store;
	const struct cfg *cfg;
	struct work_queue *queue;
	char sounds[PATH_SIZE];
	struct list loadedl; /* the latest used last */
};

struct loaded {
	struct le le;
	char name[SHELF_NAME_SIZE];
	int64_t version;
	struct flow_script *script;
};

/* One text with the worker. */
struct check {
	char *name, *body;
	const struct cfg *cfg; /* nobody changes it any more */
	char sounds[PATH_SIZE];
	struct flow_script *script;
	struct flow_faults *faults;
	int err;
	shelf_checked_h *done;
	void *arg;
};

/* One question under way. */
struct getting {
	struct shelf *shelf;
	char name[SHELF_NAME_SIZE];
	int64_t version;
	char *body;
	int err;
	shelf_h *done;
	void *arg;
};

static void destructor(void *arg)
{
	struct shelf *shelf = arg;

	mem_deref(shelf->queue);
	list_flush(&shelf->loadedl);
}

static void loaded_destructor(void *arg)
{
	struct loaded *loaded = arg;

	list_unlink(&loaded->le);
	mem_deref(loaded->script);
}

static void check_destructor(void *arg)
{
	struct check *check = arg;

	mem_deref(check->name);
	mem_deref(check->body);
	mem_deref(check->script);
	mem_deref(check->faults);
}

static void getting_destructor(void *arg)
{
	struct getting *getting = arg;

	mem_deref(getting->shelf);
	mem_deref(getting->body);
}

int shelf_alloc(struct shelf **shelfp, struct store *store,
                const struct cfg *cfg, struct work_pool *pool,
                const char *sounds)
{
	struct shelf *shelf;
	int err;

	assert(shelfp && store && cfg && pool && sounds);

	shelf = mem_zalloc(sizeof(*shelf), destructor);
	if (!shelf)
		return ENOMEM;

	shelf->store = store;
	shelf->cfg = cfg;
	(void)text_copy(shelf->sounds, sizeof(shelf->sounds), sounds);
	err = work_queue_alloc(&shelf->queue, pool, CHECKS_MAX);
	if (err)
		mem_deref(shelf);
	else
		*shelfp = shelf;

	return err;
}

void shelf_close(struct shelf *shelf)
{
	list_flush(&shelf->loadedl);
	mem_deref(shelf);
}

bool shelf_is_name(const char *name)
{
	size_t len = strlen(name);

	return len && len < SHELF_NAME_SIZE && *name != '.' &&
	       !strpbrk(name, "/\\@") && text_is_utf8(name, len);
}

bool shelf_parse(const char *text, char name[SHELF_NAME_SIZE],
                 int64_t *versionp)
{
	const char *at = strchr(text, '@');
	size_t len = at ? (size_t)(at - text) : strlen(text);
	char *end;

	if (len >= SHELF_NAME_SIZE)
		return false;

	memcpy(name, text, len);
	name[len] = '\0';
	*versionp = STORE_SCRIPT_LATEST;
	if (at) {
		errno = 0;
		*versionp = strtoll(at + 1, &end, 10);
		if (errno || *end || *versionp < 1)
			return false;
	}

	return shelf_is_name(name);
}

/* --- checking ------------------------------------------------------------- */

static void check_job(void *arg)
{
	struct check *check = arg;

	check->err = flow_faults_alloc(&check->faults);
	if (!check->err)
		check->err = flow_load(&check->script, check->name, check->body,
		                       strlen(check->body), check->faults);
	if (!check->err)
		check->err = flow_script_set_recordings(check->script,
		                                        check->sounds);
	if (!check->err)
		check->err = flow_lint(check->script, check->faults);
	if (!check->err) {
		call_check_sounds(check->script, check->faults);
		call_check_voice(check->script, check->cfg, check->faults);
	}
}

static void check_done(void *arg)
{
	struct check *check = arg;
	bool is_refused = check->faults && flow_faults_errors(check->faults);

	if (is_refused)
		check->done(0, NULL, check->faults, check->arg);
	else if (check->err)
		check->done(check->err, NULL, NULL, check->arg);
	else
		check->done(0, check->script, check->faults, check->arg);
	mem_deref(check);
}

int shelf_check(struct shelf *shelf, const char *name, const char *body,
                shelf_checked_h *done, void *arg)
{
	struct check *check;
	int err;

	assert(name && body && done);

	check = mem_zalloc(sizeof(*check), check_destructor);
	if (!check)
		return ENOMEM;

	check->done = done;
	check->arg = arg;
	check->cfg = shelf->cfg;
	(void)text_copy(check->sounds, sizeof(check->sounds), shelf->sounds);
	err = str_dup(&check->name, name);
	if (!err)
		err = str_dup(&check->body, body);
	if (!err)
		err = work_submit(shelf->queue, check_job, check_done, check);
	if (err)
		mem_deref(check);

	return err;
}

/* --- getting -------------------------------------------------------------- */

static struct loaded *find(struct shelf *shelf, const char *name,
                           int64_t version)
{
	struct le *le;

	LIST_FOREACH (&shelf->loadedl, le) {
		struct loaded *loaded = le->data;

		if (loaded->version == version && !strcmp(loaded->name, name)) {
			list_unlink(&loaded->le);
			list_append(&shelf->loadedl, &loaded->le, loaded);
			return loaded;
		}
	}

	return NULL;
}

/* Without memory it is loaded again next time. */
static void keep(const struct getting *getting, struct flow_script *script)
{
	struct shelf *shelf = getting->shelf;
	struct loaded *loaded;

	if (getting->version == STORE_SCRIPT_DRAFT ||
	    find(shelf, getting->name, getting->version))
		return;

	loaded = mem_zalloc(sizeof(*loaded), loaded_destructor);
	if (!loaded)
		return;

	(void)text_copy(loaded->name, sizeof(loaded->name), getting->name);
	loaded->version = getting->version;
	loaded->script = mem_ref(script);
	list_append(&shelf->loadedl, &loaded->le, loaded);
	if (list_count(&shelf->loadedl) > LOADED_MAX)
		mem_deref(list_ledata(list_head(&shelf->loadedl)));
}

static void answer(struct getting *getting, int err, struct flow_script *script)
{
	getting->done(err, script, getting->version, getting->arg);
	mem_deref(getting);
}

static void loaded_handler(int err, struct flow_script *script,
                           const struct flow_faults *faults, void *arg)
{
	struct getting *getting = arg;

	(void)faults;

	if (!err && !script)
		err = EINVAL;
	if (!err)
		keep(getting, script);
	answer(getting, err, script);
}

static void row_handler(const struct store_script *row, void *arg)
{
	struct getting *getting = arg;

	getting->version = row->version;
	getting->err = str_dup(&getting->body, row->body);
}

static void row_done(int err, void *arg)
{
	struct getting *getting = arg;
	struct loaded *loaded;

	if (!err)
		err = getting->err;
	loaded = err ? NULL
	             : find(getting->shelf, getting->name, getting->version);
	if (loaded) {
		answer(getting, 0, loaded->script);
		return;
	}

	if (!err)
		err = shelf_check(getting->shelf, getting->name, getting->body,
		                  loaded_handler, getting);
	if (err)
		answer(getting, err, NULL);
}

int shelf_get(struct shelf *shelf, const char *name, int64_t version,
              shelf_h *done, void *arg)
{
	struct getting *getting;
	int err;

	assert(name && done);

	getting = mem_zalloc(sizeof(*getting), getting_destructor);
	if (!getting)
		return ENOMEM;

	getting->shelf = mem_ref(shelf);
	(void)text_copy(getting->name, sizeof(getting->name), name);
	getting->done = done;
	getting->arg = arg;
	err = store_script(shelf->store, name, version, row_handler, row_done,
	                   getting);
	if (err)
		mem_deref(getting);

	return err;
}
