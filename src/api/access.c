/*
 * api/access.c - users, tokens, and what they may
 */
#include <assert.h>
#include <ctype.h>
#include <openssl/rand.h>
#include <stdio.h>
#include "api/access_parts.h"
#include "base/clock.h"
#include "base/httpd.h"
#include "base/text.h"
#include <re_base64.h>

enum {
	JOBS_MAX = 64,
	RANDOM_SIZE = 32,
};

/* Something slow with a password. */
struct job {
	struct access *access;
	char user[ACCESS_NAME_MAX + 1];
	char address[HTTPD_ADDRESS_SIZE];
	enum role role;
	char *password;
	char kept[PASSWORD_KEPT_SIZE];
	bool is_login;
	int err;
	store_done_h *done;
	void *arg;
};

static void destructor(void *arg)
{
	struct access *access = arg;

	tmr_cancel(&access->tmr);
	list_flush(&access->userl);
	list_flush(&access->tokenl);
	list_flush(&access->new_userl);
	list_flush(&access->new_tokenl);
	list_flush(&access->waitl);
	mem_deref(access->queue);
}

static void job_destructor(void *arg)
{
	struct job *job = arg;

	if (job->password)
		memset(job->password, 0, strlen(job->password));
	mem_deref(job->password);
	mem_deref(job->access);
}

/* --- secrets ------------------------------------------------------------- */

static int hash_make(char hash[ACCESS_HASH_SIZE], const char *token)
{
	return sum_make(hash, ACCESS_HASH_SIZE, token, strlen(token));
}

int access_word_make(char word[ACCESS_TOKEN_SIZE])
{
	static const char prefix[] = "dw_";
	uint8_t bytes[RANDOM_SIZE];
	size_t n = ACCESS_TOKEN_SIZE - sizeof(prefix);

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return EIO;

	memcpy(word, prefix, strlen(prefix));
	if (base64_encode(bytes, sizeof(bytes), word + strlen(prefix), &n))
		return ENOMEM;

	/* Good in a URL: the padding goes. */
	word[strlen(prefix) + 43] = '\0';
	for (char *p = word; *p; p++) {
		if (*p == '+')
			*p = '-';
		if (*p == '/')
			*p = '.';
	}

	return 0;
}

int access_alloc(struct access **accessp, struct store *store,
                 struct work_pool *pool, store_done_h *ready, void *arg)
{
	struct waiting *waiting = NULL;
	struct access *access;
	int err;

	assert(accessp && store && pool && ready);

	access = mem_zalloc(sizeof(*access), destructor);
	if (!access)
		return ENOMEM;

	tmr_init(&access->tmr);
	access->store = store;
	err = work_queue_alloc(&access->queue, pool, JOBS_MAX);
	if (!err)
		waiting = access_waiting(access, ready, arg);
	if (!err && !waiting)
		err = ENOMEM;
	if (err) {
		mem_deref(access);
		return err;
	}

	list_append(&access->waitl, &waiting->le, waiting);
	access_load(access);
	*accessp = access;

	return 0;
}

void access_close(struct access *access)
{
	access->is_closed = true;
	tmr_cancel(&access->tmr);
	list_flush(&access->waitl);
	access->queue = mem_deref(access->queue);
	mem_deref(access);
}

/* --- questions ----------------------------------------------------------- */

static struct user_row *user_find(const struct access *access, const char *name)
{
	struct le *le;

	LIST_FOREACH (&access->userl, le) {
		struct user_row *row = le->data;

		if (!strcmp(row->name, name))
			return row;
	}

	return NULL;
}

const char *access_setup_word(const struct access *access)
{
	return access->setup_word[0] ? access->setup_word : NULL;
}

bool access_is_name(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > ACCESS_NAME_MAX)
		return false;
	for (; *name; name++) {
		if (!isalnum((unsigned char)*name) && !strchr("._@-", *name))
			return false;
	}

	return true;
}

bool person_may(const struct person *person, const char *scope)
{
	return scope_is_granted(scope, person->role, person->scopes);
}

struct person *access_person(const struct access *access, const char *token)
{
	const struct user_row *user = NULL;
	const struct token_row *row = NULL;
	struct person *person;
	char hash[ACCESS_HASH_SIZE];
	struct le *le;

	if (hash_make(hash, token))
		return NULL;
	LIST_FOREACH (&access->tokenl, le) {
		const struct token_row *each = le->data;

		if (!strcmp(each->hash, hash))
			row = each;
	}
	if (row)
		user = user_find(access, row->user);
	if (!user || (row->expires_ms && row->expires_ms <= clock_wall_ms()))
		return NULL;

	person = mem_zalloc(sizeof(*person), NULL);
	if (!person)
		return NULL;

	(void)text_copy(person->user, sizeof(person->user), user->name);
	(void)text_copy(person->scopes, sizeof(person->scopes), row->scopes);
	(void)text_copy(person->token_id, sizeof(person->token_id), row->id);
	person->role = user->role;

	return person;
}

bool access_user_at(const struct access *access, size_t i,
                    struct store_user *user)
{
	struct le *le;

	LIST_FOREACH (&access->userl, le) {
		const struct user_row *row = le->data;

		if (i--)
			continue;
		*user = (struct store_user){
			.name = row->name,
			.role = role_name(row->role),
			.created_ms = row->created_ms,
		};
		return true;
	}

	return false;
}

bool access_token_at(const struct access *access, size_t i,
                     struct store_token *token)
{
	struct le *le;

	LIST_FOREACH (&access->tokenl, le) {
		const struct token_row *row = le->data;

		if (i--)
			continue;
		*token = (struct store_token){
			.id = row->id,
			.user = row->user,
			.name = row->name,
			.scopes = row->scopes,
			.created_ms = row->created_ms,
			.expires_ms = row->expires_ms,
		};
		return true;
	}

	return false;
}

/* --- passwords, on a worker -----------------------------------------------
 */

static void job_run(void *arg)
{
	struct job *job = arg;

	if (job->is_login)
		job->err = password_is(job->password, job->kept) ? 0 : EPERM;
	else
		job->err = password_keep(job->kept, job->password);
}

static int user_write(struct access *access, const char *name, enum role role,
                      const char *kept, struct waiting *waiting)
{
	const struct store_user user = {
		.name = name,
		.role = role_name(role),
		.password = kept,
	};

	return store_user_put(access->store, &user, access_written, waiting);
}

static void job_done(void *arg)
{
	struct job *job = arg;
	struct access *access = job->access;
	struct waiting *waiting;
	int err = job->err;

	if (access->is_closed)
		goto out;

	if (job->is_login) {
		if (err)
			throttle_failed(&access->throttle, job->user,
			                job->address, clock_ms());
		else
			throttle_passed(&access->throttle, job->user);
		job->done(err, job->arg);
		goto out;
	}

	waiting = access_waiting(access, job->done, job->arg);
	if (!err && !waiting)
		err = ENOMEM;
	if (!err)
		err = user_write(access, job->user, job->role, job->kept,
		                 waiting);
	if (err) {
		job->done(err, job->arg);
		mem_deref(waiting);
	}

out:
	mem_deref(job);
}

static int job_start(struct access *access, const struct job *from,
                     const char *password)
{
	struct job *job;
	int err;

	job = mem_zalloc(sizeof(*job), job_destructor);
	if (!job)
		return ENOMEM;

	*job = *from;
	job->access = mem_ref(access);
	err = str_dup(&job->password, password);
	if (!err)
		err = work_submit(access->queue, job_run, job_done, job);
	if (err)
		mem_deref(job);

	return err;
}

int access_setup(struct access *access, const char *word, const char *user,
                 const char *password, store_done_h *done, void *arg)
{
	struct job job = {.role = ROLE_ADMIN, .done = done, .arg = arg};

	if (!access->setup_word[0] || !httpd_same(word, access->setup_word))
		return EPERM;

	/* Good once, also while the first is under way. */
	access->setup_word[0] = '\0';
	(void)text_copy(job.user, sizeof(job.user), user);

	return job_start(access, &job, password);
}

int access_login(struct access *access, const struct access_login *login,
                 uint32_t *wait_sp, store_done_h *done, void *arg)
{
	const struct user_row *user = user_find(access, login->user);
	struct job job = {.is_login = true, .done = done, .arg = arg};
	uint64_t wait_ms;

	wait_ms = throttle_wait_ms(&access->throttle, login->user,
	                           login->address, clock_ms());
	*wait_sp = (uint32_t)((wait_ms + 999) / 1000);
	if (wait_ms)
		return EAGAIN;

	(void)text_copy(job.user, sizeof(job.user), login->user);
	(void)text_copy(job.address, sizeof(job.address), login->address);
	if (user)
		memcpy(job.kept, user->kept, sizeof(job.kept));

	return job_start(access, &job, login->password);
}

int access_change(struct access *access, const struct access_change *change,
                  store_done_h *done, void *arg)
{
	const struct user_row *user = user_find(access, change->user);
	struct job job = {.role = change->role, .done = done, .arg = arg};
	struct waiting *waiting;
	int err;

	if (!user && !change->password)
		return ENOENT;

	if (change->password) {
		(void)text_copy(job.user, sizeof(job.user), change->user);
		return job_start(access, &job, change->password);
	}

	waiting = access_waiting(access, done, arg);
	if (!waiting)
		return ENOMEM;

	err = user_write(access, user->name, change->role, user->kept, waiting);
	if (err)
		mem_deref(waiting);

	return err;
}

/* --- other changes ------------------------------------------------------- */

static unsigned admins(const struct access *access)
{
	unsigned count = 0;
	struct le *le;

	LIST_FOREACH (&access->userl, le) {
		const struct user_row *row = le->data;

		count += row->role == ROLE_ADMIN;
	}

	return count;
}

int access_dismiss(struct access *access, const char *name, store_done_h *done,
                   void *arg)
{
	const struct user_row *user = user_find(access, name);
	struct waiting *waiting;
	int err;

	if (!user)
		return ENOENT;
	if (user->role == ROLE_ADMIN && admins(access) == 1)
		return EBUSY;

	waiting = access_waiting(access, done, arg);
	if (!waiting)
		return ENOMEM;

	err = store_user_end(access->store, name, access_written, waiting);
	if (err)
		mem_deref(waiting);

	return err;
}

int access_grant(struct access *access, char token[ACCESS_TOKEN_SIZE],
                 char id[ID_SIZE], const struct access_grant *grant,
                 store_done_h *done, void *arg)
{
	struct waiting *waiting;
	char hash[ACCESS_HASH_SIZE];
	int err;

	if (!user_find(access, grant->user))
		return ENOENT;

	err = access_word_make(token);
	if (!err)
		err = hash_make(hash, token);
	if (err)
		return err;

	waiting = access_waiting(access, done, arg);
	if (!waiting)
		return ENOMEM;

	const struct store_token row = {
		.id = id_make(id),
		.user = grant->user,
		.name = grant->name,
		.hash = hash,
		.scopes = grant->scopes,
		.expires_ms = grant->expires_ms,
	};

	err = store_token_put(access->store, &row, access_written, waiting);
	if (err)
		mem_deref(waiting);

	return err;
}

int access_revoke(struct access *access, const char *id, const char *user,
                  store_done_h *done, void *arg)
{
	struct waiting *waiting = access_waiting(access, done, arg);
	int err;

	if (!waiting)
		return ENOMEM;

	err = store_token_end(access->store, id, user, access_written, waiting);
	if (err)
		mem_deref(waiting);

	return err;
}
