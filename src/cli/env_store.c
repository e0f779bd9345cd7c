/*
 * cli/env_store.c - the database of a command
 *
 * Who begins work makes it. Whoever only looks, or changes what is there, does
 * not: behind a wrong --data an empty database would answer that there is
 * nothing, or take the word that was meant for another one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "cli/env.h"
#include "cli/metering.h"

typedef int(store_open_h)(struct store **storep, const char *path,
                          struct work_pool *pool, char fault[CFG_FAULT_SIZE]);

static int database_place(struct env *env)
{
	const char *name = cfg_text(env->cfg, "store", "path");
	const char *url = cfg_text(env->cfg, "store", "url");
	int n;

	if (*url)
		n = snprintf(env->database, sizeof(env->database), "%s", url);
	else if (*name == '/')
		n = snprintf(env->database, sizeof(env->database), "%s", name);
	else
		n = snprintf(env->database, sizeof(env->database), "%s/%s",
		             env->data, name);
	if (n >= 0 && n < ENV_PATH_SIZE)
		return 0;

	fprintf(stderr, "dialwright: store.path or store.url is too long\n");

	return ENAMETOOLONG;
}

/* Of a server its driver says so. */
static int data_need(const struct env *env)
{
	if (*cfg_text(env->cfg, "store", "url") ||
	    !access(env->database, F_OK) ||
	    (errno != ENOENT && errno != ENOTDIR))
		return 0;

	fprintf(stderr,
	        "dialwright: there is no data here, %s is missing: name the "
	        "right folder with --data, or begin a new one with "
	        "`dialwright run`, `campaign create` or `serve`\n",
	        env->database);

	return ENOENT;
}

static int database_open(struct env *env, store_open_h *open, bool is_begun)
{
	char fault[CFG_FAULT_SIZE];
	int err;

	err = database_place(env);
	if (!err)
		err = is_begun ? env_make_dir(env->data) : data_need(env);
	if (!err)
		err = env_open_vault(env);
	if (err)
		return err;

	err = open(&env->store, env->database, env->pool, fault);
	if (err)
		fprintf(stderr, "dialwright: %s\n", fault);
	else
		store_vault(env->store, env->vault,
		            cfg_bool(env->cfg, "vault", "texts"));

	return err;
}

int env_open_store(struct env *env)
{
	int err = database_open(env, store_open, true);

	return err ? err : env_keep(env);
}

/* That of an older version is there as well. */
static int own(struct store **storep, const char *url, struct work_pool *pool,
               char fault[CFG_FAULT_SIZE])
{
	struct store *store = NULL;
	int err = store_open_guest(&store, url, pool, fault);

	store_close(store);
	if (err && err != EPROTO)
		return err;

	return store_open(storep, url, pool, fault);
}

int env_open_store_own(struct env *env)
{
	int err = database_open(env, own, false);

	return err ? err : env_keep(env);
}

int env_open_store_guest(struct env *env)
{
	return database_open(env, store_open_guest, false);
}

static int guest_or_make(struct store **storep, const char *url,
                         struct work_pool *pool, char fault[CFG_FAULT_SIZE])
{
	int err = store_open_guest(storep, url, pool, fault);

	if (err != ENOENT)
		return err;

	err = store_open(storep, url, pool, fault);
	if (!err)
		fprintf(stderr,
		        "dialwright: %s is new: nobody was called from there "
		        "before\n",
		        store_name(*storep));

	return err;
}

int env_open_store_first(struct env *env)
{
	return database_open(env, guest_or_make, true);
}

int env_open_store_reader(struct env *env)
{
	return database_open(env, store_open_reader, false);
}

/* Never the owner for long: a daemon may begin beside us. */
static int guest_always(struct store **storep, const char *url,
                        struct work_pool *pool, char fault[CFG_FAULT_SIZE])
{
	struct store *store;
	int err = store_open_guest(storep, url, pool, fault);

	if (err != ENOENT)
		return err;

	err = store_open(&store, url, pool, fault);
	if (err)
		return err;
	store_close(store);

	return store_open_guest(storep, url, pool, fault);
}

void env_open_usage(struct env *env)
{
	int err = database_open(env, guest_always, true);

	if (!err)
		err = metering_alloc(&env->metering, env->store);
	if (err)
		fputs("dialwright: usage is not kept: going on without\n",
		      stderr);
}
