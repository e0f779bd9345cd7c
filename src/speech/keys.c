/*
 * speech/keys.c - pure: several keys of one service, in turn, within limits
 */
#include <assert.h>
#include "base/mem.h"
#include "speech/keys.h"

static const int64_t day_ms = 86400000;

struct key {
	char *text;
	uint64_t asked; /* today */
	uint64_t fresh; /* of them, not handed over yet */
	unsigned used;  /* now */
	uint64_t rest_until_ms;
};

struct keys {
	struct key keyv[KEYS_MAX];
	unsigned keyc, next;
	uint64_t day_max;
	unsigned use_max;
	int64_t day; /* since 1970, UTC */
};

struct keys_lease {
	struct keys *keys;
	struct key *key;
};

static void keys_destructor(void *arg)
{
	struct keys *keys = arg;

	for (unsigned i = 0; i < keys->keyc; i++)
		mem_deref(keys->keyv[i].text);
}

static void lease_destructor(void *arg)
{
	struct keys_lease *lease = arg;

	if (lease->key)
		lease->key->used--;
	mem_deref(lease->keys);
}

static int key_add(struct keys *keys, const char *text, size_t n)
{
	struct key *key = &keys->keyv[keys->keyc];

	if (keys->keyc == KEYS_MAX)
		return E2BIG;

	key->text = mem_zalloc(n + 1, NULL);
	if (!key->text)
		return ENOMEM;

	memcpy(key->text, text, n);
	keys->keyc++;

	return 0;
}

static int list_read(struct keys *keys, const char *at)
{
	int err = 0;

	while (!err && *at) {
		size_t n;

		at += strspn(at, ", ");
		n = strcspn(at, ", ");
		if (n)
			err = key_add(keys, at, n);
		at += n;
	}

	return err || keys->keyc ? err : key_add(keys, "", 0);
}

int keys_alloc(struct keys **keysp, const struct keys_prm *prm)
{
	struct keys *keys = mem_zalloc(sizeof(*keys), keys_destructor);
	int err;

	if (!keys)
		return ENOMEM;

	keys->day_max = prm->day_max;
	keys->use_max = prm->use_max;
	err = list_read(keys, prm->list);
	if (err)
		mem_deref(keys);
	else
		*keysp = keys;

	return err;
}

int keys_renew(struct keys *keys, const char *list, bool *changedp)
{
	struct keys *other = mem_zalloc(sizeof(*other), keys_destructor);
	int err;

	*changedp = false;
	if (!other)
		return ENOMEM;

	err = list_read(other, list);
	if (!err && other->keyc != keys->keyc)
		err = EINVAL;
	for (unsigned i = 0; !err && i < keys->keyc; i++) {
		struct key *key = &keys->keyv[i];
		char *text = key->text;

		if (!strcmp(text, other->keyv[i].text))
			continue;
		key->text = other->keyv[i].text;
		other->keyv[i].text = text;
		key->rest_until_ms = 0;
		*changedp = true;
	}
	mem_deref(other);

	return err;
}

const char *keys_first(const struct keys *keys)
{
	return keys->keyv[0].text;
}

const char *keys_at(const struct keys *keys, unsigned i)
{
	return i < keys->keyc ? keys->keyv[i].text : NULL;
}

static bool has_room(const struct keys *keys, const struct key *key)
{
	return (!keys->day_max || key->asked < keys->day_max) &&
	       (!keys->use_max || key->used < keys->use_max);
}

bool keys_look(const struct keys *keys, unsigned i, uint64_t now_ms,
               int64_t wall_ms, struct keys_look *look)
{
	const struct key *key;

	if (i >= keys->keyc)
		return false;

	key = &keys->keyv[i];
	*look = (struct keys_look){
		.asked = keys->day == wall_ms / day_ms ? key->asked : 0,
		.day_max = keys->day_max,
		.used = key->used,
		.use_max = keys->use_max,
		.rests_ms = key->rest_until_ms > now_ms
	                            ? key->rest_until_ms - now_ms
	                            : 0,
	};

	return true;
}

bool keys_are_left(const struct keys *keys, uint64_t now_ms)
{
	for (unsigned i = 0; i < keys->keyc; i++) {
		const struct key *key = &keys->keyv[i];

		if (has_room(keys, key) && now_ms >= key->rest_until_ms)
			return true;
	}

	return false;
}

/* One that rests is better than none. */
static struct key *choose(struct keys *keys, uint64_t now_ms)
{
	struct key *resting = NULL;

	for (unsigned i = 0; i < keys->keyc; i++) {
		unsigned at = (keys->next + i) % keys->keyc;
		struct key *key = &keys->keyv[at];

		if (!has_room(keys, key))
			continue;
		if (now_ms >= key->rest_until_ms) {
			keys->next = (at + 1) % keys->keyc;
			return key;
		}
		if (!resting)
			resting = key;
	}

	return resting;
}

static void day_begin(struct keys *keys, int64_t day)
{
	if (keys->day == day)
		return;

	keys->day = day;
	for (unsigned i = 0; i < keys->keyc; i++)
		keys->keyv[i].asked = keys->keyv[i].fresh = 0;
}

bool keys_fresh(struct keys *keys, int64_t *dayp, uint64_t askedv[KEYS_MAX])
{
	bool is_any = false;

	*dayp = keys->day;
	for (unsigned i = 0; i < KEYS_MAX; i++) {
		askedv[i] = keys->keyv[i].fresh;
		keys->keyv[i].fresh = 0;
		is_any |= askedv[i] != 0;
	}

	return is_any;
}

void keys_set_asked(struct keys *keys, int64_t day,
                    const uint64_t askedv[KEYS_MAX])
{
	if (day < keys->day)
		return;

	day_begin(keys, day);
	for (unsigned i = 0; i < keys->keyc; i++)
		keys->keyv[i].asked = askedv[i] + keys->keyv[i].fresh;
}

int keys_take(struct keys_lease **leasep, struct keys *keys, uint64_t now_ms,
              int64_t wall_ms)
{
	struct keys_lease *lease;
	struct key *key;

	assert(leasep && keys);

	day_begin(keys, wall_ms / day_ms);
	key = choose(keys, now_ms);
	if (!key)
		return EDQUOT;

	lease = mem_zalloc(sizeof(*lease), lease_destructor);
	if (!lease)
		return ENOMEM;

	key->asked++;
	key->fresh++;
	key->used++;
	lease->key = key;
	lease->keys = mem_ref(keys);
	*leasep = lease;

	return 0;
}

const char *keys_lease_key(const struct keys_lease *lease)
{
	return lease->key->text;
}

void keys_refused(struct keys_lease *lease, uint64_t now_ms)
{
	if (lease)
		lease->key->rest_until_ms = now_ms + KEYS_REST_MS;
}
