/*
 * phone/sip/identity.c - who signs the calls of a line (STIR: RFC 8224)
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "phone/sip/identity.h"
#include "base/mem.h"
#include "base/seal.h"

enum {
	PEM_SIZE = 8192, /* of the key's file */
	DER_SIZE = 80,   /* a signature of P-256 has at most 72 */
	HALF_SIZE = 32,  /* of r and of s */
	GROUP_SIZE = 32,
	CERT_MAX = 1 << 20,
};

struct identity {
	EVP_PKEY *key;
	char *cert_url;
	char attest;
};

static void destructor(void *arg)
{
	struct identity *identity = arg;

	EVP_PKEY_free(identity->key);
	mem_deref(identity->cert_url);
}

/* --- signing ------------------------------------------------------------- */

/* What libcrypto notes of a failure would be read as one of the next TLS
 * connection. */
static int failed(void)
{
	ERR_clear_error();

	return ENOMEM;
}

static int der_sign(unsigned char der[DER_SIZE], size_t *lenp, EVP_PKEY *key,
                    const char *text)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int is_good;

	*lenp = DER_SIZE;
	is_good = ctx &&
	          EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) > 0 &&
	          EVP_DigestSign(ctx, der, lenp, (const unsigned char *)text,
	                         strlen(text)) > 0;
	EVP_MD_CTX_free(ctx);

	return is_good ? 0 : failed();
}

static int der_verify(const unsigned char *der, size_t len, EVP_PKEY *key,
                      const char *text)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int is_good;

	is_good =
		ctx &&
		EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) > 0 &&
		EVP_DigestVerify(ctx, der, len, (const unsigned char *)text,
	                         strlen(text)) > 0;
	EVP_MD_CTX_free(ctx);
	if (is_good)
		return 0;

	(void)failed();

	return EBADMSG;
}

/* JWS wants the two numbers at their full length (RFC 7518 section 3.4),
 * libcrypto makes DER of them. */
static int raw_of_der(uint8_t raw[2 * HALF_SIZE], const unsigned char *der,
                      size_t len)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	bool is_good;

	is_good = sig &&
	          BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, HALF_SIZE) > 0 &&
	          BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + HALF_SIZE,
	                       HALF_SIZE) > 0;
	ECDSA_SIG_free(sig);

	return is_good ? 0 : failed();
}

int identity_sign(char **valuep, const struct identity *identity,
                  const struct identity_call *call)
{
	const struct passport passport = {
		.attest = identity->attest,
		.cert_url = identity->cert_url,
		.orig = call->orig,
		.dest = call->dest,
		.origid = call->origid,
		.at_s = call->at_s,
	};
	char *text = NULL, *signature = NULL;
	unsigned char der[DER_SIZE];
	uint8_t raw[2 * HALF_SIZE];
	size_t len;
	int err;

	err = passport_write(&text, &passport);
	if (err)
		return err;

	err = der_sign(der, &len, identity->key, text);
	if (!err)
		err = raw_of_der(raw, der, len);
	if (!err)
		err = passport_base64url(&signature, raw, sizeof(raw));
	if (!err)
		err = re_sdprintf(valuep,
		                  "%s.%s;info=<%s>;alg=ES256;ppt=\"shaken\"",
		                  text, signature, identity->cert_url);
	mem_deref(text);
	mem_deref(signature);

	return err;
}

int identity_try(const struct identity *identity, char words[CFG_FAULT_SIZE])
{
	static const char text[] = "dialwright";
	unsigned char der[DER_SIZE];
	size_t len;
	int err;

	err = der_sign(der, &len, identity->key, text);
	if (!err)
		err = der_verify(der, len, identity->key, text);
	if (err)
		(void)snprintf(words, CFG_FAULT_SIZE,
		               "stir_key: the key does not sign: make a new "
		               "one");
	else
		(void)snprintf(words, CFG_FAULT_SIZE,
		               "signs calls (attestation %c), for the "
		               "certificate at %s",
		               identity->attest, identity->cert_url);

	return err;
}

/* --- its certificate ----------------------------------------------------- */

const char *identity_cert_url(const struct identity *identity)
{
	return identity->cert_url;
}

/* NULL: it is none. */
static X509 *cert_parse(const void *bytes, size_t n)
{
	BIO *bio = n && n <= CERT_MAX ? BIO_new_mem_buf(bytes, (int)n) : NULL;
	X509 *cert = NULL;

	if (bio)
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	if (bio && !cert && BIO_reset(bio) == 1)
		cert = d2i_X509_bio(bio, NULL);
	BIO_free(bio);
	ERR_clear_error();

	return cert;
}

/* What is wrong with it; NULL: nothing. */
static const char *cert_fault(const X509 *cert, EVP_PKEY *key, time_t now_s)
{
	const int begin = X509_cmp_time(X509_get0_notBefore(cert), &now_s);
	const int end = X509_cmp_time(X509_get0_notAfter(cert), &now_s);

	if (EVP_PKEY_eq(X509_get0_pubkey(cert), key) != 1)
		return "is not that of stir_key";
	if (!begin || !end)
		return "has no readable dates";
	if (begin > 0)
		return "is not valid yet";

	return end < 0 ? "has expired" : NULL;
}

int identity_check_cert(const struct identity *identity, const void *bytes,
                        size_t n, int64_t now_s, char words[CFG_FAULT_SIZE])
{
	X509 *cert = cert_parse(bytes, n);
	char day[16] = "";
	const char *fault;
	struct tm tm;

	if (!cert) {
		(void)snprintf(words, CFG_FAULT_SIZE,
		               "there is no certificate at %s",
		               identity->cert_url);
		return EBADMSG;
	}

	fault = cert_fault(cert, identity->key, (time_t)now_s);
	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm))
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	X509_free(cert);
	ERR_clear_error();
	if (fault)
		(void)snprintf(words, CFG_FAULT_SIZE,
		               "the certificate at %s %s", identity->cert_url,
		               fault);
	else
		(void)snprintf(words, CFG_FAULT_SIZE,
		               "the certificate at %s is that of stir_key, "
		               "good until %s",
		               identity->cert_url, day);

	return fault ? EKEYREJECTED : 0;
}

/* --- its key ------------------------------------------------------------- */

/* Reads the file, which ends with NUL then. */
static int pem_read(char pem[PEM_SIZE], const char *path,
                    char fault[CFG_FAULT_SIZE])
{
	struct stat st;
	ssize_t n;
	int fd, err = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		err = errno;
		(void)snprintf(fault, CFG_FAULT_SIZE, "stir_key: %s: %s", path,
		               strerror(err));
		return err;
	}

	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		err = EINVAL;
		(void)snprintf(fault, CFG_FAULT_SIZE, "stir_key: %s is no file",
		               path);
		goto out;
	}
	if (st.st_mode & 07) {
		err = EACCES;
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "stir_key: %s may be read by everybody: "
		               "chmod 600",
		               path);
		goto out;
	}
	n = read(fd, pem, PEM_SIZE - 1);
	if (n < 0 || n == PEM_SIZE - 1) {
		err = n < 0 ? errno : EFBIG;
		(void)snprintf(fault, CFG_FAULT_SIZE, "stir_key: %s: %s", path,
		               strerror(err));
		goto out;
	}
	pem[n] = '\0';

out:
	(void)close(fd);

	return err;
}

/* Nobody is there who could be asked for it. */
static int password_handler(char *buf, int size, int is_for_writing, void *arg)
{
	bool *is_locked = arg;

	(void)buf;
	(void)size;
	(void)is_for_writing;

	*is_locked = true;

	return -1;
}

static bool is_p256(EVP_PKEY *key)
{
	char group[GROUP_SIZE];

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) > 0 &&
	       !strcmp(group, "prime256v1");
}

static int key_parse(struct identity *identity, const char *pem,
                     const char *path, char fault[CFG_FAULT_SIZE])
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	bool is_locked = false;

	if (!bio)
		return failed();

	identity->key = PEM_read_bio_PrivateKey(bio, NULL, password_handler,
	                                        &is_locked);
	BIO_free(bio);
	ERR_clear_error();
	if (identity->key && is_p256(identity->key))
		return 0;

	if (is_locked)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "stir_key: %s is locked by a password: "
		               "`openssl pkey` writes it without one",
		               path);
	else if (!identity->key)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "stir_key: %s holds no private key in PEM form",
		               path);
	else
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "stir_key: the key in %s is not of the curve "
		               "P-256, which STIR signs with (ES256)",
		               path);

	return EINVAL;
}

static int key_load(struct identity *identity, const char *path,
                    char fault[CFG_FAULT_SIZE])
{
	char pem[PEM_SIZE];
	int err;

	err = pem_read(pem, path, fault);
	if (!err)
		err = key_parse(identity, pem, path, fault);
	seal_wipe(pem, sizeof(pem));

	return err;
}

int identity_alloc(struct identity **identityp, const struct identity_prm *prm,
                   char fault[CFG_FAULT_SIZE])
{
	struct identity *identity;
	int err;

	assert(identityp && prm->key && prm->cert_url && prm->attest >= 'A' &&
	       prm->attest <= 'C');

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	if (!*prm->key) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "stir_key is missing: the file of the private "
		               "key that signs, or stir_attest = none");
		return EINVAL;
	}
	if (!passport_is_url(prm->cert_url)) {
		(void)snprintf(
			fault, CFG_FAULT_SIZE,
			"stir_cert_url = \"%.128s\" is no https address: "
			"write the one where everybody may fetch the "
			"certificate of stir_key",
			prm->cert_url);
		return EINVAL;
	}

	identity = mem_zalloc(sizeof(*identity), destructor);
	if (!identity)
		return ENOMEM;

	identity->attest = prm->attest;
	err = str_dup(&identity->cert_url, prm->cert_url);
	if (!err)
		err = key_load(identity, prm->key, fault);
	if (!err)
		err = identity_try(identity, fault);
	if (err)
		mem_deref(identity);
	else
		*identityp = identity;

	return err;
}
