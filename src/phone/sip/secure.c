/*
 * phone/sip/secure.c - TLS that checks whom it talks to
 */
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include "phone/sip/secure.h"
#include "base/log.h"
#include "phone/sip/line.h"
#include <re_tls.h>
/* Not declared by libre's header unless it is built with OpenSSL. */
struct ssl_ctx_st *tls_openssl_context(const struct tls *tls);

static int phone_index = -1;

static bool is_named(X509 *certificate, const struct phone_line *line)
{
	struct sa addr;

	if (line->prm.transport != PHONE_TLS)
		return false;
	if (!sa_set_str(&addr, line->host, 0))
		return X509_check_ip_asc(certificate, line->host, 0) == 1;

	return X509_check_host(certificate, line->host, 0, 0, NULL) == 1;
}

/* One context serves all lines, so the name may be that of any of them: each
 * is a server we trust with calls. */
static int verify_handler(int is_good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
		store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct phone *phone =
		SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), phone_index);
	X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (SSL_is_server(ssl))
		return 1;
	if (!is_good) {
		log_warning("phone",
		            "TLS: the server's certificate is refused (%s): "
		            "set phone.tls_ca to the file of its authority",
		            X509_verify_cert_error_string(
				    X509_STORE_CTX_get_error(store)));
		return 0;
	}
	if (X509_STORE_CTX_get_error_depth(store) > 0)
		return 1;

	for (struct le *le = list_head(&phone->linel); le; le = le->next) {
		if (is_named(certificate, le->data))
			return 1;
	}

	log_warning("phone", "TLS: the server's certificate names none of our "
	                     "lines' servers: connection refused");

	return 0;
}

int secure_alloc(struct tls **tlsp, struct phone *phone,
                 char fault[CFG_FAULT_SIZE])
{
	struct tls *tls = NULL;
	SSL_CTX *ctx;
	int err;

	err = tls_alloc(&tls, TLS_METHOD_SSLV23, phone->tls_cert, NULL);
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "certificate %s cannot be read: set "
		               "phone.tls_cert to a PEM file with the "
		               "certificate and its key",
		               phone->tls_cert ? phone->tls_cert : "(none)");
		return err;
	}

	ctx = tls_openssl_context(tls);
	if (phone->tls_ca ? tls_add_ca(tls, phone->tls_ca) != 0
	                  : SSL_CTX_set_default_verify_paths(ctx) != 1) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "certificates of authorities %s cannot be "
		               "read: set phone.tls_ca to a PEM file",
		               phone->tls_ca ? phone->tls_ca : "of the system");
		mem_deref(tls);
		return EINVAL;
	}

	if (phone_index < 0)
		phone_index =
			SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	(void)SSL_CTX_set_ex_data(ctx, phone_index, phone);
	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, verify_handler);
	*tlsp = tls;

	return 0;
}
