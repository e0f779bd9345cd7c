/*
 * api/repeat.c - a request that is done once, however often it comes
 *
 * The store keeps the key with a hash of all that was asked for: path, query
 * and body. That of a file is made by a worker.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "api/api_parts.h"
#include "api/repeat.h"
#include "base/mem.h"
#include "base/text.h"

enum {
	KEY_MAX = 128,
	WHOLE_SIZE = KEY_MAX + 512,
	HASH_BYTES = 32,
	PIECE_BYTES = 64 << 10,
};

/* What is asked for, while its hash is made. */
struct repeating {
	struct ask *ask;
	EVP_MD_CTX *sum;
	int fd; /* the request's */
	int err;
	char hash[2 * HASH_BYTES + 1];
};

static void destructor(void *arg)
{
	struct repeating *repeating = arg;

	EVP_MD_CTX_free(repeating->sum);
	mem_deref(repeating->ask);
}

static void repeat_handler(int err, enum store_repeat repeat, unsigned status,
                           const char *reply, void *arg)
{
	struct ask *ask = arg;

	if (err) {
		ask->repeat = mem_deref(ask->repeat);
		ask_failed(ask, err, "the idempotency key");
		goto out;
	}

	switch (repeat) {

	case STORE_REPEAT_NEW:
		ask->route->handler(ask);
		break;

	case STORE_REPEAT_DONE:
		ask->repeat = mem_deref(ask->repeat);
		ask->is_answered = true;
		(void)httpd_set_header(ask->req, "Idempotent-Replayed", "true");
		if (status == 204)
			(void)httpd_reply(ask->req, 204, NULL, NULL, 0);
		else
			(void)httpd_reply_text(ask->req, status,
			                       "application/json", reply);
		break;

	case STORE_REPEAT_OTHER:
		ask->repeat = mem_deref(ask->repeat);
		ask_problem(ask, 409,
		            "this idempotency key stands for another request",
		            "use a key of its own for each request");
		break;

	case STORE_REPEAT_UNDER_WAY:
		ask->repeat = mem_deref(ask->repeat);
		ask_problem(ask, 409,
		            "the same request is under way, or we stopped in "
		            "the middle of it",
		            "look whether it was done before you use another "
		            "key");
		break;
	}

out:
	mem_deref(ask);
}

/* --- the hash ------------------------------------------------------------- */

static int add(struct repeating *repeating, const void *bytes, size_t n)
{
	return EVP_DigestUpdate(repeating->sum, bytes, n) ? 0 : ENOMEM;
}

/* With its end, so that no two texts make a third. */
static int add_text(struct repeating *repeating, const char *text)
{
	return add(repeating, text, strlen(text) + 1);
}

static int add_request(struct repeating *repeating)
{
	const struct ask *ask = repeating->ask;
	const char *name, *value, *body;
	size_t n;
	int err;

	err = add_text(repeating, httpd_path(ask->req));
	for (size_t i = 0; !err && httpd_query_at(ask->req, i, &name, &value);
	     i++) {
		err = add_text(repeating, name);
		if (!err)
			err = add_text(repeating, value);
	}
	if (err)
		return err;

	body = httpd_body(ask->req, &n);

	return add(repeating, body, n);
}

/* On a worker: the file may be large. */
static void file_job(void *arg)
{
	struct repeating *repeating = arg;
	char *piece = mem_alloc(PIECE_BYTES, NULL);
	off_t at = 0;
	ssize_t n = 1;

	if (!piece)
		repeating->err = ENOMEM;
	while (!repeating->err && n > 0) {
		n = pread(repeating->fd, piece, PIECE_BYTES, at);
		if (n < 0)
			repeating->err = errno;
		else
			repeating->err = add(repeating, piece, (size_t)n);
		at += n;
	}
	mem_deref(piece);
}

static int hash_end(struct repeating *repeating)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (!EVP_DigestFinal_ex(repeating->sum, digest, NULL))
		return ENOMEM;

	for (size_t i = 0; i < HASH_BYTES; i++)
		(void)snprintf(&repeating->hash[2 * i], 3, "%02x", digest[i]);

	return 0;
}

/* --- the store ------------------------------------------------------------ */

static void failed(struct ask *ask, int err)
{
	ask->repeat = mem_deref(ask->repeat);
	ask_failed(ask, err, "the idempotency key");
}

static void hashed(void *arg)
{
	struct repeating *repeating = arg;
	struct ask *ask = repeating->ask;
	int err = repeating->err;

	if (!err)
		err = hash_end(repeating);
	if (!err)
		err = store_repeat(ask->api->prm.store, ask->repeat,
		                   repeating->hash, repeat_handler, ask);
	if (err)
		failed(ask, err);
	else
		mem_ref(ask);
	mem_deref(repeating);
}

/* Each user has keys of their own, for each place. */
static int key_make(struct ask *ask, const char *key)
{
	char whole[WHOLE_SIZE];

	(void)snprintf(whole, sizeof(whole), "%s %s %s %s",
	               ask->person ? ask->person->user : "", ask->route->method,
	               key, httpd_path(ask->req));

	return str_dup(&ask->repeat, text_repair(whole));
}

static int repeating_alloc(struct repeating **repeatingp, struct ask *ask)
{
	struct repeating *repeating;
	int err;

	repeating = mem_zalloc(sizeof(*repeating), destructor);
	if (!repeating)
		return ENOMEM;

	repeating->ask = mem_ref(ask);
	repeating->fd = httpd_upload(ask->req).fd;
	repeating->sum = EVP_MD_CTX_new();
	err = repeating->sum && EVP_DigestInit_ex(repeating->sum, EVP_sha256(),
	                                          NULL)
	              ? add_request(repeating)
	              : ENOMEM;
	if (err)
		mem_deref(repeating);
	else
		*repeatingp = repeating;

	return err;
}

void repeat_begin(struct ask *ask, const char *key)
{
	struct repeating *repeating = NULL;
	int err;

	if (!*key || strlen(key) > KEY_MAX) {
		ask_wrong(ask, "Idempotency-Key",
		          "has to have 1 to 128 letters");
		return;
	}

	err = key_make(ask, key);
	if (!err)
		err = repeating_alloc(&repeating, ask);
	if (!err && repeating->fd >= 0)
		err = work_submit(ask->api->queue, file_job, hashed, repeating);
	else if (!err)
		hashed(repeating);
	if (err) {
		mem_deref(repeating);
		failed(ask, err);
	}
}
