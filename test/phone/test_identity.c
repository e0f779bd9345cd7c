/*
 * test/phone/test_identity.c - PASSporTs: their bytes, their signature, the key
 *
 * Signatures are judged by the command `openssl`, which shares no code of ours;
 * what it is given is taken from the header by this file alone.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "oom.h"
#include "phone/sip/identity.h"
#include "test_phone.h"
#include "webcert.h"

#define CERT_URL "https://cert.example.org/passport.pem"

enum {
	PATH_SIZE = 512,
	TEXT_SIZE = 1024,
	RAW_SIZE = 64,
	DER_SIZE = 80,
	CERT_SIZE = 8192,
	TRIES_MAX = 6000, /* a number with a leading zero is one of 256 */
};

static const struct identity_call call_prm = {
	.orig = "15550100",
	.dest = "15550101",
	.origid = "019ff000-0000-7000-8000-000000000001",
	.at_s = 1443208345,
};

/* --- files and programs --------------------------------------------------- */

static const char *path_of(char path[PATH_SIZE], const char *name)
{
	(void)snprintf(path, PATH_SIZE, "%s/%s", test_dir(), name);

	return path;
}

static int file_write(const char *name, const void *bytes, size_t n)
{
	char path[PATH_SIZE];
	FILE *file = fopen(path_of(path, name), "w");
	size_t written;

	if (!file)
		return errno;
	written = fwrite(bytes, 1, n, file);

	return fclose(file) || written != n ? EIO : 0;
}

/* password NULL: none. */
static int key_write(const char *name, EVP_PKEY *key, const char *password)
{
	const int len = password ? (int)strlen(password) : 0;
	char path[PATH_SIZE];
	FILE *file = fopen(path_of(path, name), "w");
	int is_good;

	if (!file || fchmod(fileno(file), 0600))
		return errno;
	is_good = PEM_write_PKCS8PrivateKey(file, key,
	                                    password ? EVP_aes_128_cbc() : NULL,
	                                    password, len, NULL, NULL);

	return fclose(file) || !is_good ? EIO : 0;
}

static int public_write(const char *name, EVP_PKEY *key)
{
	char path[PATH_SIZE];
	FILE *file = fopen(path_of(path, name), "w");
	int is_good;

	if (!file || fchmod(fileno(file), 0600))
		return errno;
	is_good = PEM_write_PUBKEY(file, key);

	return fclose(file) || !is_good ? EIO : 0;
}

/* Returns the exit status, -1: it does not run. */
static int run(const char *const argv[])
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions))
		return -1;
	if (posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY,
	                                     0) ||
	    posix_spawn_file_actions_adddup2(&actions, 1, 2) ||
	    posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv,
	                 environ) ||
	    waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		status = -1;
	(void)posix_spawn_file_actions_destroy(&actions);

	return status < 0 ? -1 : WEXITSTATUS(status);
}

/* --- taking a header apart ------------------------------------------------ */

static int digit_of(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Up to a character that is none of base64url. Returns the bytes. */
static size_t decode(uint8_t *bytes, size_t size, const char **textp)
{
	unsigned bits = 0, held = 0;
	size_t n = 0;
	int digit;

	while ((digit = digit_of(**textp)) >= 0) {
		bits = bits << 6 | (unsigned)digit;
		held += 6;
		++*textp;
		if (held < 8)
			continue;
		held -= 8;
		if (n < size)
			bytes[n++] = (uint8_t)(bits >> held);
	}

	return n;
}

/* One INTEGER of DER; returns its length. */
static size_t der_number(uint8_t *der, const uint8_t *raw)
{
	size_t zeros = 0, n = 0;

	while (zeros < 31 && !raw[zeros])
		zeros++;
	der[n++] = 0x02;
	der[n++] = (uint8_t)(32 - zeros + (raw[zeros] >> 7));
	if (raw[zeros] >> 7)
		der[n++] = 0;
	memcpy(der + n, raw + zeros, 32 - zeros);

	return n + 32 - zeros;
}

static size_t der_write(uint8_t der[DER_SIZE], const uint8_t raw[RAW_SIZE])
{
	size_t n = 2;

	n += der_number(der + n, raw);
	n += der_number(der + n, raw + 32);
	der[0] = 0x30;
	der[1] = (uint8_t)(n - 2);

	return n;
}

/* Whether openssl takes the signature of the header's value for one made by
 * the key whose public half is in public.pem. */
static int judge(bool *is_goodp, const char *value)
{
	char sig[PATH_SIZE], text[PATH_SIZE], public[PATH_SIZE];
	const char *const argv[] = {"openssl",
	                            "dgst",
	                            "-sha256",
	                            "-verify",
	                            path_of(public, "public.pem"),
	                            "-signature",
	                            path_of(sig, "sig.der"),
	                            path_of(text, "signed.txt"),
	                            NULL};
	uint8_t raw[RAW_SIZE + 1], der[DER_SIZE];
	const char *pos = strchr(strchr(value, '.') + 1, '.') + 1;
	const size_t signed_len = (size_t)(pos - 1 - value);
	int err = 0, status;

	CHECK_U64(RAW_SIZE, decode(raw, sizeof(raw), &pos));
	err = file_write("sig.der", der, der_write(der, raw));
	CHECK_ERR(0, err);
	err = file_write("signed.txt", value, signed_len);
	CHECK_ERR(0, err);
	status = run(argv);
	CHECK(status == 0 || status == 1);
	*is_goodp = status == 0;

out:
	return err;
}

/* --- the bytes ------------------------------------------------------------ */

/* RFC 8225 section 9: keys in order, no blanks. */
int test_identity_bytes(void)
{
	const struct passport passport = {
		.attest = 'A',
		.cert_url = CERT_URL,
		.orig = call_prm.orig,
		.dest = call_prm.dest,
		.origid = call_prm.origid,
		.at_s = call_prm.at_s,
	};
	char *text = NULL, json[TEXT_SIZE];
	const char *pos;
	int err;

	err = passport_write(&text, &passport);
	CHECK_ERR(0, err);
	pos = text;
	json[decode((uint8_t *)json, sizeof(json) - 1, &pos)] = '\0';
	CHECK_STR("{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"passport\","
	          "\"x5u\":\"" CERT_URL "\"}",
	          json);
	CHECK(*pos++ == '.');
	json[decode((uint8_t *)json, sizeof(json) - 1, &pos)] = '\0';
	CHECK_STR("{\"attest\":\"A\",\"dest\":{\"tn\":[\"15550101\"]},"
	          "\"iat\":1443208345,\"orig\":{\"tn\":\"15550100\"},"
	          "\"origid\":\"019ff000-0000-7000-8000-000000000001\"}",
	          json);
	CHECK(!*pos);

	/* The alphabet of base64url, and no padding. */
	text = mem_deref(text);
	err = passport_base64url(&text, "\xff\xef\xbe\x3e", 4);
	CHECK_ERR(0, err);
	CHECK_STR("_---Pg", text);

out:
	mem_deref(text);

	return err;
}

/* --- the signature -------------------------------------------------------- */

static int signer_make(struct identity **identityp)
{
	char path[PATH_SIZE], fault[CFG_FAULT_SIZE] = "";
	const struct identity_prm prm = {
		.key = path_of(path, "key.pem"),
		.cert_url = CERT_URL,
		.attest = 'B',
	};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	int err = key ? key_write("key.pem", key, NULL) : ENOMEM;

	if (!err)
		err = public_write("public.pem", key);
	if (!err)
		err = identity_alloc(identityp, &prm, fault);
	if (err)
		fprintf(stderr, "%s\n", fault);
	EVP_PKEY_free(key);

	return err;
}

/* Whether r or s has a zero in front, which DER leaves out and JWS must not. */
static bool has_zero(const char *value)
{
	const char *pos = strchr(strchr(value, '.') + 1, '.') + 1;
	uint8_t raw[RAW_SIZE] = {1};

	(void)decode(raw, sizeof(raw), &pos);

	return !raw[0] || !raw[32];
}

int test_identity_signature(void)
{
	static const char tail[] =
		";info=<" CERT_URL ">;alg=ES256;ppt=\"shaken\"";
	struct identity *identity = NULL;
	char *value = NULL, *payload, words[CFG_FAULT_SIZE];
	unsigned tries = 0;
	bool is_good;
	int err;

	err = signer_make(&identity);
	CHECK_ERR(0, err);
	CHECK_ERR(0, identity_try(identity, words));
	CHECK_STR(
		"signs calls (attestation B), for the certificate at " CERT_URL,
		words);

	do {
		value = mem_deref(value);
		err = identity_sign(&value, identity, &call_prm);
		CHECK_ERR(0, err);
		if (!tries) {
			CHECK_ERR(0, judge(&is_good, value));
			CHECK(is_good);
		}
	} while (!has_zero(value) && ++tries < TRIES_MAX);
	CHECK(has_zero(value));
	CHECK_ERR(0, judge(&is_good, value));
	CHECK(is_good);
	CHECK_STR(tail, strchr(value, ';'));
	CHECK(passport_is_value(value));

	/* Somebody else's number under our signature. */
	payload = strchr(value, '.') + 30;
	*payload = *payload == 'A' ? 'B' : 'A';
	CHECK_ERR(0, judge(&is_good, value));
	CHECK(!is_good);

out:
	mem_deref(value);
	mem_deref(identity);

	return err;
}

int test_identity_no_memory(void)
{
	struct identity *identity = NULL;
	char *value = NULL;
	int err;

	/* libcrypto takes a key that it has no memory for as none. */
	oom_pause();
	err = signer_make(&identity);
	oom_resume();
	CHECK_ERR(0, err);
	err = identity_sign(&value, identity, &call_prm);
	CHECK_ERR(0, err);

out:
	mem_deref(value);
	mem_deref(identity);

	return err;
}

/* --- keys that cannot sign ------------------------------------------------ */

static int keys_make(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-384"),
		 *rsa = EVP_RSA_gen(2048);
	char path[PATH_SIZE];
	int err = key && other && rsa ? 0 : ENOMEM;

	if (!err)
		err = key_write("good.pem", key, NULL);
	if (!err)
		err = key_write("open.pem", key, NULL);
	if (!err)
		err = key_write("locked.pem", key, "secret");
	if (!err)
		err = key_write("p384.pem", other, NULL);
	if (!err)
		err = key_write("rsa.pem", rsa, NULL);
	if (!err)
		err = public_write("public.pem", key);
	if (!err)
		err = file_write("words.pem", "words", 5);
	if (!err && (chmod(path_of(path, "words.pem"), 0600) ||
	             chmod(path_of(path, "open.pem"), 0604) ||
	             mkdir(path_of(path, "folder.pem"), 0700)))
		err = errno;
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	EVP_PKEY_free(rsa);

	return err;
}

int test_identity_keys(void)
{
	/* %s is the path. */
	static const struct {
		const char *name, *url, *fault;
	} rowv[] = {
		/* clang-format off */
		{"good.pem", CERT_URL, NULL},
		{"none.pem", CERT_URL,
		 "stir_key: %s: No such file or directory"},
		{"folder.pem", CERT_URL, "stir_key: %s is no file"},
		{"open.pem", CERT_URL,
		 "stir_key: %s may be read by everybody: chmod 600"},
		{"locked.pem", CERT_URL,
		 "stir_key: %s is locked by a password: `openssl pkey` writes "
		 "it without one"},
		{"p384.pem", CERT_URL,
		 "stir_key: the key in %s is not of the curve P-256, which "
		 "STIR signs with (ES256)"},
		{"rsa.pem", CERT_URL,
		 "stir_key: the key in %s is not of the curve P-256, which "
		 "STIR signs with (ES256)"},
		{"public.pem", CERT_URL,
		 "stir_key: %s holds no private key in PEM form"},
		{"words.pem", CERT_URL,
		 "stir_key: %s holds no private key in PEM form"},
		{"good.pem", "http://cert.example.org/passport.pem",
		 "stir_cert_url = \"http://cert.example.org/passport.pem\" is "
		 "no https address: write the one where everybody may fetch "
		 "the certificate of stir_key"},
		{"good.pem", "",
		 "stir_cert_url = \"\" is no https address: write the one "
		 "where everybody may fetch the certificate of stir_key"},
		/* clang-format on */
	};
	char path[PATH_SIZE], fault[CFG_FAULT_SIZE], *expected = NULL;
	struct identity_prm prm = {.key = path, .attest = 'A'};
	struct identity *identity = NULL;
	int err;

	err = keys_make();
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		(void)path_of(path, rowv[i].name);
		prm.cert_url = rowv[i].url;
		err = identity_alloc(&identity, &prm, fault);
		identity = mem_deref(identity);
		if (!rowv[i].fault) {
			CHECK_ERR(0, err);
			continue;
		}
		CHECK(err);
		err = re_sdprintf(&expected, rowv[i].fault, path);
		CHECK_ERR(0, err);
		CHECK_STR(expected, fault);
		expected = mem_deref(expected);
	}

	prm.key = "";
	prm.cert_url = CERT_URL;
	CHECK_ERR(EINVAL, identity_alloc(&identity, &prm, fault));
	CHECK_STR("stir_key is missing: the file of the private key that "
	          "signs, or stir_attest = none",
	          fault);

out:
	mem_deref(expected);
	mem_deref(identity);

	return err;
}

/* --- its certificate ------------------------------------------------------ */

/* A key and its certificate in one file, valid from days ago for 2 days. */
static int cert_make(const char *name, int days_ago, char text[CERT_SIZE])
{
	char path[PATH_SIZE];
	FILE *file;
	size_t n;
	int err;

	err = webcert_write(path_of(path, name), "DNS:example.org", days_ago);
	if (err)
		return err;
	if (chmod(path, 0600))
		return errno;

	file = fopen(path, "r");
	if (!file)
		return errno;
	n = fread(text, 1, CERT_SIZE - 1, file);
	text[n] = '\0';

	return fclose(file) ? errno : 0;
}

int test_identity_certificate(void)
{
	static char own[CERT_SIZE], other[CERT_SIZE];
	static const struct {
		const char *why, *bytes;
		int days; /* from now */
		const char *words;
	} rowv[] = {
		/* clang-format off */
		{"its own", own, 0, "is that of stir_key, good until 20"},
		{"its own, of yesterday", own, 2, "has expired"},
		{"its own, of tomorrow", own, -1, "is not valid yet"},
		{"another's", other, 0, "is not that of stir_key"},
		{"a page", "<html>", 0, "there is no certificate at " CERT_URL},
		{"nothing", "", 0, "there is no certificate at " CERT_URL},
		/* clang-format on */
	};
	char path[PATH_SIZE], words[CFG_FAULT_SIZE] = "";
	const struct identity_prm prm = {
		.key = path_of(path, "own.pem"),
		.cert_url = CERT_URL,
		.attest = 'A',
	};
	const int64_t now_s = clock_wall_ms() / 1000 + 60;
	struct identity *identity = NULL;
	int err;

	err = cert_make("other.pem", 0, other);
	CHECK_ERR(0, err);
	err = cert_make("own.pem", 0, own);
	CHECK_ERR(0, err);
	err = identity_alloc(&identity, &prm, words);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_good = !identity_check_cert(
			identity, rowv[i].bytes, strlen(rowv[i].bytes),
			now_s + rowv[i].days * 86400, words);

		if (!strstr(words, rowv[i].words) || is_good != !i)
			CHECK_FAIL("row: %s: %s", rowv[i].why, words);
	}

out:
	mem_deref(identity);

	return err;
}
