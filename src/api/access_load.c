/*
 * api/access_load.c - what the store has of users and tokens
 */
#include "api/access_parts.h"
#include "base/text.h"

enum {
	RELOAD_MS = 5000, /* other processes change things too */
};

static void waiting_destructor(void *arg)
{
	struct waiting *waiting = arg;

	list_unlink(&waiting->le);
	mem_deref(waiting->access);
}

static void user_handler(const struct store_user *user, void *arg)
{
	struct access *access = arg;
	struct user_row *row = mem_zalloc(sizeof(*row), NULL);

	/* A role that nobody knows may nothing. */
	if (!row || !role_parse(&row->role, user->role)) {
		mem_deref(row);
		return;
	}

	(void)text_copy(row->name, sizeof(row->name), user->name);
	(void)text_copy(row->kept, sizeof(row->kept), user->password);
	row->created_ms = user->created_ms;
	list_append(&access->new_userl, &row->le, row);
}

static void token_handler(const struct store_token *token, void *arg)
{
	struct access *access = arg;
	struct token_row *row = mem_zalloc(sizeof(*row), NULL);

	if (!row)
		return;

	(void)text_copy(row->id, sizeof(row->id), token->id);
	(void)text_copy(row->user, sizeof(row->user), token->user);
	(void)text_copy(row->name, sizeof(row->name), token->name);
	(void)text_copy(row->hash, sizeof(row->hash), token->hash);
	(void)text_copy(row->scopes, sizeof(row->scopes), token->scopes);
	row->created_ms = token->created_ms;
	row->expires_ms = token->expires_ms;
	list_append(&access->new_tokenl, &row->le, row);
}

static void list_take(struct list *to, struct list *from)
{
	struct le *le;

	list_flush(to);
	while ((le = list_head(from))) {
		void *row = le->data;

		list_unlink(le);
		list_append(to, le, row);
	}
}

static void reload_timer(void *arg)
{
	access_load(arg);
}

static void tell(struct access *access, int err)
{
	struct list nowl = LIST_INIT;
	struct le *le;

	list_take(&nowl, &access->waitl);
	while ((le = list_head(&nowl))) {
		struct waiting *waiting = le->data;

		list_unlink(le);
		waiting->done(err, waiting->arg);
		mem_deref(waiting);
	}
}

static void loaded(int err, void *arg)
{
	struct access *access = arg;

	access->is_loading = false;
	if (access->is_closed)
		goto out;

	if (!err) {
		list_take(&access->userl, &access->new_userl);
		list_take(&access->tokenl, &access->new_tokenl);
	}
	if (!err && access->userl.head)
		access->setup_word[0] = '\0';
	else if (!err && !access->setup_word[0])
		err = access_word_make(access->setup_word);
	tmr_start(&access->tmr, RELOAD_MS, reload_timer, access);
	tell(access, err);

out:
	mem_deref(access);
}

void access_load(struct access *access)
{
	const struct store_access_sink sink = {
		.user = user_handler,
		.token = token_handler,
		.done = loaded,
		.arg = access,
	};

	if (access->is_loading)
		return;

	list_flush(&access->new_userl);
	list_flush(&access->new_tokenl);
	if (store_access(access->store, &sink)) {
		tmr_start(&access->tmr, RELOAD_MS, reload_timer, access);
		return;
	}
	access->is_loading = true;
	mem_ref(access);
}

struct waiting *access_waiting(struct access *access, store_done_h *done,
                               void *arg)
{
	struct waiting *waiting;

	waiting = mem_zalloc(sizeof(*waiting), waiting_destructor);
	if (!waiting)
		return NULL;

	*waiting = (struct waiting){
		.access = mem_ref(access),
		.done = done,
		.arg = arg,
	};

	return waiting;
}

/* A write is through: what is in memory follows, then who waits is told. */
void access_written(int err, void *arg)
{
	struct waiting *waiting = arg;
	struct access *access = waiting->access;

	if (access->is_closed) {
		mem_deref(waiting);
		return;
	}
	if (err) {
		waiting->done(err, waiting->arg);
		mem_deref(waiting);
		return;
	}

	list_append(&access->waitl, &waiting->le, waiting);
	access_load(access);
}
