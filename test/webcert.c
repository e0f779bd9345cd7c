/*
 * test/webcert.c - a certificate for a server of the tests
 */
#include <errno.h>
#include <stdio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include "webcert.h"

enum {
	DAY_S = 86400,
};

static int fill(X509 *cert, EVP_PKEY *key, const char *subject, int days_ago)
{
	const unsigned char *cn = (const unsigned char *)"test";
	X509_NAME *name = X509_get_subject_name(cert);
	X509_EXTENSION *ext;
	int is_good;

	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, subject);
	if (!ext)
		return ENOMEM;

	is_good = X509_set_version(cert, 2) &&
	          ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) &&
	          X509_gmtime_adj(X509_getm_notBefore(cert),
	                          -(long)days_ago * DAY_S) &&
	          X509_gmtime_adj(X509_getm_notAfter(cert),
	                          (2L - days_ago) * DAY_S) &&
	          X509_set_pubkey(cert, key) &&
	          X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, cn, -1,
	                                     -1, 0) &&
	          X509_set_issuer_name(cert, name) &&
	          X509_add_ext(cert, ext, -1) &&
	          X509_sign(cert, key, EVP_sha256());
	X509_EXTENSION_free(ext);

	return is_good ? 0 : ENOMEM;
}

int webcert_write(const char *path, const char *subject, int days_ago)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	FILE *file = fopen(path, "w");
	int err = ENOMEM;

	if (!key || !cert || !file)
		goto out;

	err = fill(cert, key, subject, days_ago);
	if (err)
		goto out;

	if (!PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) ||
	    !PEM_write_X509(file, cert))
		err = EIO;

out:
	if (file && fclose(file))
		err = err ? err : errno;
	X509_free(cert);
	EVP_PKEY_free(key);

	return err;
}
