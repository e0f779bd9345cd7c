/*
 * base/vault_text.c - short texts about a person, sealed
 *
 * "sealed:" and in base64: version, person, nonce, text. The key is not that
 * of the recordings, so a random nonce for each text is safe for far more texts
 * than one person has.
 */
#include <assert.h>
#include "base/vault_parts.h"
#include <re_base64.h>

enum {
	VERSION = 1,
	NONCE_AT = 1 + VAULT_ID_SIZE,
	TEXT_AT = NONCE_AT + SEAL_NONCE_SIZE,
	AROUND = TEXT_AT + SEAL_TAG_SIZE,
};

static const char prefix[] = "sealed:";

bool vault_text_is_sealed(const char *text)
{
	return !strncmp(text, prefix, sizeof(prefix) - 1);
}

static int key_for(const struct vault *vault, const char *person, bool is_new,
                   uint8_t key[SEAL_KEY_SIZE])
{
	static const uint8_t salt[SEAL_SALT_SIZE];
	int err = vault_key(vault, person, is_new, key);

	return err ? err : seal_derive(key, key, salt, "text");
}

static int printed(char **textp, const uint8_t *bytes, size_t n)
{
	size_t room = 4 * ((n + 2) / 3), size = room + sizeof(prefix);
	char *text = mem_alloc(size, NULL);
	int err;

	if (!text)
		return ENOMEM;

	memcpy(text, prefix, sizeof(prefix));
	err = base64_encode(bytes, n, text + sizeof(prefix) - 1, &room);
	if (err) {
		mem_deref(text);
		return err;
	}
	text[sizeof(prefix) - 1 + room] = '\0';
	*textp = text;

	return 0;
}

int vault_text_seal(const struct vault *vault, const char *person,
                    const char *clear, char **sealedp)
{
	size_t n = strlen(clear);
	uint8_t key[SEAL_KEY_SIZE], *bytes;
	struct seal seal;
	int err;

	assert(vault && person && sealedp);

	bytes = mem_zalloc(n + AROUND, NULL);
	if (!bytes)
		return ENOMEM;

	bytes[0] = VERSION;
	err = key_for(vault, person, true, key);
	if (!err && !vault_unhex(bytes + 1, VAULT_ID_SIZE, person))
		err = EINVAL;
	if (!err)
		err = seal_random(bytes + NONCE_AT, SEAL_NONCE_SIZE);
	if (err)
		goto out;

	seal = (struct seal){key, bytes + NONCE_AT, bytes, NONCE_AT};
	err = seal_close(bytes + TEXT_AT, clear, n, &seal);
	if (!err)
		err = printed(sealedp, bytes, n + AROUND);

out:
	seal_wipe(key, sizeof(key));
	mem_deref(bytes);

	return err;
}

static int unprinted(uint8_t **bytesp, size_t *np, const char *text)
{
	size_t len = strlen(text), room = 3 * (len / 4) + 3;
	uint8_t *bytes = mem_zalloc(room, NULL);
	int err;

	if (!bytes)
		return ENOMEM;

	err = base64_decode(text, len, bytes, &room);
	if (err || room < AROUND || bytes[0] != VERSION) {
		mem_deref(bytes);
		return EBADMSG;
	}
	*bytesp = bytes;
	*np = room;

	return 0;
}

int vault_text_open(const struct vault *vault, const char *sealed,
                    char **clearp)
{
	char person[VAULT_PERSON_SIZE], *clear = NULL;
	uint8_t key[SEAL_KEY_SIZE], *bytes;
	struct seal seal;
	size_t n;
	int err;

	assert(vault && sealed && clearp);

	if (!vault_text_is_sealed(sealed))
		return EBADMSG;
	err = unprinted(&bytes, &n, sealed + sizeof(prefix) - 1);
	if (err)
		return err;

	vault_hex(person, bytes + 1, VAULT_ID_SIZE);
	err = key_for(vault, person, false, key);
	if (err)
		goto out;

	clear = mem_zalloc(n - AROUND + 1, NULL);
	if (!clear) {
		err = ENOMEM;
		goto out;
	}
	seal = (struct seal){key, bytes + NONCE_AT, bytes, NONCE_AT};
	err = seal_open(clear, bytes + TEXT_AT, n - TEXT_AT, &seal);

out:
	seal_wipe(key, sizeof(key));
	mem_deref(bytes);
	if (err)
		mem_deref(clear);
	else
		*clearp = clear;

	return err;
}
