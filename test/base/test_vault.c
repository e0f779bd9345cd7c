/*
 * test/base/test_vault.c - keys of persons, texts sealed with them
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/vault.h"
#include "harness.h"
#include "test_base.h"
#include "vault_rig.h"

static size_t unhex(uint8_t *bytes, const char *text)
{
	size_t n = strlen(text) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		(void)sscanf(text + 2 * i, "%2x", &byte);
		bytes[i] = (uint8_t)byte;
	}

	return n;
}

int test_seal_vectors(void)
{
	static const struct {
		const char *why, *key, *nonce, *head, *clear, *sealed;
	} rowv[] = {
		/* clang-format off */
		{"NIST gcmEncryptExtIV256, no text",
		 "b52c505a37d78eda5dd34f20c22540ea"
		 "1b58963cf8e5bf8ffa85f9f2492505b4",
		 "516c33929df5a3284ff463d7", "", "",
		 "bdc1ac884d332457a1d2664f168c76f0"},
		{"GCM specification, test case 14",
		 "00000000000000000000000000000000"
		 "00000000000000000000000000000000",
		 "000000000000000000000000", "",
		 "00000000000000000000000000000000",
		 "cea7403d4d606b6e074ec5d3baf39d18"
		 "d0d1c8a799996bf0265b98b5d48ab919"},
		{"GCM specification, test case 16, with a head",
		 "feffe9928665731c6d6a8f9467308308"
		 "feffe9928665731c6d6a8f9467308308",
		 "cafebabefacedbaddecaf888",
		 "feedfacedeadbeeffeedfacedeadbeefabaddad2",
		 "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d"
		 "8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
		 "ba637b39",
		 "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd"
		 "2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
		 "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
		/* clang-format on */
	};
	uint8_t key[SEAL_KEY_SIZE], nonce[SEAL_NONCE_SIZE], head[32], clear[64];
	uint8_t sealed[96], made[96], again[64];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct seal seal = {.key = key, .nonce = nonce, .head = head};
		size_t n, m;

		(void)unhex(key, rowv[i].key);
		(void)unhex(nonce, rowv[i].nonce);
		seal.head_len = unhex(head, rowv[i].head);
		n = unhex(clear, rowv[i].clear);
		m = unhex(sealed, rowv[i].sealed);

		CHECK_ERR(0, seal_close(made, clear, n, &seal));
		CHECK(m == n + SEAL_TAG_SIZE && !memcmp(made, sealed, m));
		CHECK_ERR(0, seal_open(again, sealed, m, &seal));
		CHECK(!memcmp(again, clear, n));

		/* No bit of it may be another one. */
		for (size_t bit = 0; bit < 8 * m; bit++) {
			made[bit / 8] ^= (uint8_t)(1 << bit % 8);
			CHECK_ERR(EBADMSG, seal_open(again, made, m, &seal));
			made[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	CHECK_ERR(EBADMSG, seal_open(again, sealed, SEAL_TAG_SIZE - 1,
	                             &(struct seal){key, nonce, head, 1}));

out:
	return err;
}

/* Against Python's hmac module, by RFC 5869. */
int test_seal_derive(void)
{
	uint8_t key[SEAL_KEY_SIZE], salt[SEAL_SALT_SIZE], right[SEAL_KEY_SIZE];
	uint8_t made[SEAL_KEY_SIZE], other[SEAL_KEY_SIZE];
	int err = 0;

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (uint8_t)(100 + i);

	(void)unhex(right, "4f0123c9229a48d377b3461bf5b5c0b2"
	                   "59869ff21565a02bc581233eda132ac0");
	CHECK_ERR(0, seal_derive(made, key, salt, "recording"));
	CHECK(!memcmp(made, right, sizeof(made)));
	CHECK_ERR(0, seal_derive(other, key, salt, "text"));
	CHECK(memcmp(other, right, sizeof(made)) != 0);

	(void)unhex(right, "6b0622b16494dda7e28dfc8336382ca2"
	                   "8a7173b989e7dcc2e594c681f0b025c8");
	CHECK_ERR(0, seal_hash(made, sizeof(made), key, "+15550100"));
	CHECK(!memcmp(made, right, sizeof(made)));

out:
	return err;
}

int test_vault_keys(void)
{
	char one[VAULT_PERSON_SIZE], two[VAULT_PERSON_SIZE];
	uint8_t first[SEAL_KEY_SIZE], key[SEAL_KEY_SIZE];
	struct vault *vault = NULL, *again = NULL;
	char fault[CFG_FAULT_SIZE];
	struct stat st;
	int err;

	err = vault_rig_open(&vault, fault);
	CHECK_ERR(0, err);
	CHECK(!stat(vault_rig_path("master"), &st));
	CHECK_U64(0600, st.st_mode & 0777);
	CHECK_ERR(EEXIST, vault_master_first(vault_rig_path("master")));

	CHECK_ERR(0, vault_person(vault, "+15550100", one));
	CHECK_ERR(0, vault_person(vault, "+15550101", two));
	CHECK(strcmp(one, two) != 0);

	err = vault_key(vault, one, false, first);
	CHECK_ERR(ENOENT, err);
	err = vault_key(vault, one, true, first);
	CHECK_ERR(0, err);
	err = vault_key(vault, two, true, key);
	CHECK_ERR(0, err);
	CHECK(memcmp(first, key, sizeof(key)) != 0);

	/* Another process sees the same. */
	err = vault_rig_open(&again, fault);
	CHECK_ERR(0, err);
	CHECK_ERR(0, vault_person(again, "+15550100", two));
	CHECK_STR(one, two);
	err = vault_key(again, one, false, key);
	CHECK_ERR(0, err);
	CHECK(!memcmp(first, key, sizeof(key)));

out:
	mem_deref(vault);
	mem_deref(again);

	return err;
}

int test_vault_refused(void)
{
	static const struct {
		const char *why, *text, *words;
	} rowv[] = {
		/* clang-format off */
		{"nothing", "", "has no key in it"},
		{"no number", "abc", "line 1"},
		{"too short", "1 00ff\n", "line 1"},
		{"no digit", "# x\n\n1 "
		 "zz00000000000000000000000000000000000000000000000000000000000000"
		 "\n", "line 3"},
		{"not rising", "2 "
		 "0000000000000000000000000000000000000000000000000000000000000000"
		 ",1 "
		 "0000000000000000000000000000000000000000000000000000000000000001",
		 "line 2"},
		/* clang-format on */
	};
	struct vault_prm prm = {vault_rig_path("none"), "",
	                        vault_rig_path("keys")};
	char fault[CFG_FAULT_SIZE];
	struct vault *vault = NULL;
	FILE *file;
	int err;

	vault_rig_warm();
	err = vault_open(&vault, &prm, fault);
	CHECK_ERR(ENOENT, err);
	CHECK(strstr(fault, "dialwright vault init"));

	prm.key_file = "";
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		prm.key = rowv[i].text;
		if (!*prm.key)
			prm.key = "# nothing";
		err = vault_open(&vault, &prm, fault);
		if (err != EINVAL || !strstr(fault, rowv[i].words))
			fprintf(stderr, "%s: %s\n", rowv[i].why, fault);
		CHECK_ERR(EINVAL, err);
		CHECK(strstr(fault, rowv[i].words));
	}

	/* What others may read is no secret. */
	prm.key_file = vault_rig_path("open");
	file = fopen(prm.key_file, "w");
	CHECK(file);
	(void)fclose(file);
	CHECK(!chmod(prm.key_file, 0644));
	err = vault_open(&vault, &prm, fault);
	CHECK_ERR(EACCES, err);
	CHECK(strstr(fault, "chmod 600"));

	/* The folder belongs to the master key that made it. */
	err = vault_rig_open(&vault, fault);
	CHECK_ERR(0, err);
	vault = mem_deref(vault);
	CHECK(!unlink(vault_rig_path("master")));
	err = vault_rig_open(&vault, fault);
	CHECK_ERR(ENOKEY, err);
	CHECK(strstr(fault, "another master key"));
	err = 0;

out:
	mem_deref(vault);

	return err;
}

static int gone_count(const char *person, int64_t at_ms, void *arg)
{
	(void)person;
	*(unsigned *)arg += at_ms > 0;

	return 0;
}

/* Whether a file anywhere in the folder of keys still has these bytes. */
static bool is_on_disk(const char *person)
{
	char path[600];
	uint8_t bytes[256];
	struct stat st;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%.2s/%s", vault_rig_path("keys"),
	               person, person);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		return false;
	n = read(fd, bytes, sizeof(bytes));
	(void)close(fd);

	return n > 5 && !memcmp(bytes, "DWKEY", 5);
}

int test_vault_destroy(void)
{
	char one[VAULT_PERSON_SIZE], two[VAULT_PERSON_SIZE];
	uint8_t key[SEAL_KEY_SIZE];
	char fault[CFG_FAULT_SIZE], *sealed = NULL, *clear = NULL;
	struct vault *vault = NULL;
	unsigned gone = 0;
	enum vault_was was;
	int err;

	err = vault_rig_open(&vault, fault);
	CHECK_ERR(0, err);
	CHECK_ERR(0, vault_person(vault, "+15550100", one));
	CHECK_ERR(0, vault_person(vault, "+15550101", two));
	err = vault_text_seal(vault, one, "Fyes please", &sealed);
	CHECK_ERR(0, err);
	CHECK(vault_text_is_sealed(sealed) && !strstr(sealed, "yes"));
	err = vault_text_open(vault, sealed, &clear);
	CHECK_ERR(0, err);
	CHECK_STR("Fyes please", clear);
	clear = mem_deref(clear);
	CHECK(is_on_disk(one));

	err = vault_destroy(vault, one, &was);
	CHECK_ERR(0, err);
	CHECK_U64(VAULT_WAS_KEY, was);
	CHECK(!is_on_disk(one));
	err = vault_text_open(vault, sealed, &clear);
	CHECK_ERR(EKEYREVOKED, err);

	/* For ever: no new one takes its place. */
	err = vault_key(vault, one, true, key);
	CHECK_ERR(EKEYREVOKED, err);
	err = vault_destroy(vault, one, &was);
	CHECK_ERR(0, err);
	CHECK_U64(VAULT_WAS_GONE, was);

	/* Nor for who never had one. */
	err = vault_destroy(vault, two, &was);
	CHECK_ERR(0, err);
	CHECK_U64(VAULT_WAS_NEVER, was);
	err = vault_key(vault, two, true, key);
	CHECK_ERR(EKEYREVOKED, err);

	err = vault_gone(vault, gone_count, &gone);
	CHECK_ERR(0, err);
	CHECK_U64(2, gone);

out:
	mem_deref(sealed);
	mem_deref(clear);
	mem_deref(vault);

	return err;
}

int test_vault_rotate(void)
{
	char person[VAULT_PERSON_SIZE], gone[VAULT_PERSON_SIZE];
	uint8_t key[SEAL_KEY_SIZE], after[SEAL_KEY_SIZE];
	struct vault *vault = NULL, *other = NULL;
	char fault[CFG_FAULT_SIZE];
	struct vault_tally tally;
	enum vault_was was;
	uint32_t id = 0;
	int err;

	err = vault_rig_open(&vault, fault);
	CHECK_ERR(0, err);
	err = vault_rig_open(&other, fault);
	CHECK_ERR(0, err);
	CHECK_ERR(0, vault_person(vault, "+15550100", person));
	CHECK_ERR(0, vault_person(vault, "+15550101", gone));
	err = vault_key(vault, person, true, key);
	CHECK_ERR(0, err);
	err = vault_destroy(vault, gone, &was);
	CHECK_ERR(0, err);

	err = vault_master_next(vault, &id);
	CHECK_ERR(0, err);
	CHECK_U64(2, id);
	err = vault_rewrap(vault, &tally, NULL, NULL);
	CHECK_ERR(0, err);
	CHECK_U64(1, tally.keys);
	CHECK_U64(1, tally.rewrapped);
	CHECK_U64(1, tally.gone);
	CHECK_U64(0, tally.lost);

	/* Once is enough, and the old master key is not needed any more, not
	 * by a process either that was there before. */
	err = vault_rewrap(vault, &tally, NULL, NULL);
	CHECK_ERR(0, err);
	CHECK_U64(0, tally.rewrapped);
	err = vault_master_forget(vault);
	CHECK_ERR(0, err);
	err = vault_key(other, person, false, after);
	CHECK_ERR(0, err);
	CHECK(!memcmp(key, after, sizeof(key)));
	err = vault_key(other, gone, true, after);
	CHECK_ERR(EKEYREVOKED, err);
	other = mem_deref(other);
	err = vault_rig_open(&other, fault);
	CHECK_ERR(0, err);

	/* The number of a key is never used again. */
	err = vault_master_next(vault, &id);
	CHECK_ERR(0, err);
	CHECK_U64(3, id);

out:
	mem_deref(vault);
	mem_deref(other);

	return err;
}
