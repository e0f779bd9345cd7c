/*
 * phone/sip/digest.c - answers to 401 and 407 (RFC 3261 22, RFC 8760)
 */
#include <assert.h>
#include <openssl/evp.h>
#include "phone/sip/digest.h"
#include "phone/sip/ua.h"
#include <re_httpauth.h>
#include <re_sys.h>

enum {
	REALMS_MAX = 4, /* proxies in a row that want credentials */
	HEX_SIZE = 2 * EVP_MAX_MD_SIZE + 1,
};

struct algorithm {
	const char *name;
	const EVP_MD *(*md)(void);
};

/* The better one last. */
static const struct algorithm algorithmv[] = {
	{"MD5", EVP_md5},
	{"SHA-256", EVP_sha256},
};

struct realm {
	struct le le;
	char *name;
	char *nonce;
	char *opaque; /* NULL: none */
	const struct algorithm *algorithm;
	enum sip_hdrid header; /* the challenge's */
	bool has_qop;
	bool is_fresh;    /* challenged by the message at hand */
	bool is_answered; /* and by this request before */
	uint32_t uses;    /* of the nonce */
};

struct digest {
	char *user;
	char *password;
	struct list realml;
};

static void realm_destructor(void *arg)
{
	struct realm *realm = arg;

	list_unlink(&realm->le);
	mem_deref(realm->name);
	mem_deref(realm->nonce);
	mem_deref(realm->opaque);
}

static void digest_destructor(void *arg)
{
	struct digest *digest = arg;

	list_flush(&digest->realml);
	mem_deref(digest->user);
	mem_deref(digest->password);
}

int digest_alloc(struct digest **digestp, const char *user,
                 const char *password)
{
	struct digest *digest;
	int err;

	assert(user && password);

	digest = mem_zalloc(sizeof(*digest), digest_destructor);
	if (!digest)
		return ENOMEM;

	err = str_dup(&digest->user, user);
	if (err)
		goto out;
	err = str_dup(&digest->password, password);

out:
	if (err)
		mem_deref(digest);
	else
		*digestp = digest;

	return err;
}

static const struct algorithm *algorithm_find(const struct pl *name)
{
	if (!pl_isset(name))
		return &algorithmv[0];

	for (size_t i = 0; i < ARRAY_COUNT(algorithmv); i++) {
		if (!pl_strcasecmp(name, algorithmv[i].name))
			return &algorithmv[i];
	}

	return NULL;
}

static struct realm *realm_find(const struct digest *digest,
                                enum sip_hdrid header, const struct pl *name)
{
	for (struct le *le = list_head(&digest->realml); le; le = le->next) {
		struct realm *realm = le->data;

		if (realm->header == header && !pl_strcmp(name, realm->name))
			return realm;
	}

	return NULL;
}

static int realm_take(struct realm *realm,
                      const struct httpauth_digest_chall *challenge,
                      const struct algorithm *algorithm)
{
	int err;

	realm->nonce = mem_deref(realm->nonce);
	realm->opaque = mem_deref(realm->opaque);

	err = pl_strdup(&realm->nonce, &challenge->nonce);
	if (err)
		return err;

	if (pl_isset(&challenge->opaque)) {
		err = pl_strdup(&realm->opaque, &challenge->opaque);
		if (err)
			return err;
	}

	/* Servers offer "auth,auth-int"; the plain one is in all of them. */
	realm->has_qop = pl_isset(&challenge->qop);
	realm->algorithm = algorithm;
	realm->is_fresh = true;
	realm->is_answered = true;
	realm->uses = 0;

	return 0;
}

struct challenges {
	struct digest *digest;
	int err;
};

static int realm_add(struct realm **realmp, struct digest *digest,
                     enum sip_hdrid header, const struct pl *name)
{
	struct realm *realm;
	int err;

	realm = mem_zalloc(sizeof(*realm), realm_destructor);
	if (!realm)
		return ENOMEM;

	realm->header = header;
	list_append(&digest->realml, &realm->le, realm);
	err = pl_strdup(&realm->name, name);
	if (err)
		mem_deref(realm);
	else
		*realmp = realm;

	return err;
}

static bool challenge_handler(const struct sip_hdr *header,
                              const struct sip_msg *msg, void *arg)
{
	struct challenges *challenges = arg;
	struct digest *digest = challenges->digest;
	struct httpauth_digest_chall challenge;
	const struct algorithm *algorithm;
	struct realm *realm;

	(void)msg;

	if (httpauth_digest_challenge_decode(&challenge, &header->val))
		return false;
	algorithm = algorithm_find(&challenge.algorithm);
	if (!algorithm)
		return false;

	realm = realm_find(digest, header->id, &challenge.realm);
	if (realm && realm->is_fresh) {
		/* The same realm with several algorithms: the better. */
		if (algorithm <= realm->algorithm)
			return false;
	}
	else if (realm && realm->is_answered &&
	         (!pl_isset(&challenge.stale) ||
	          pl_strcasecmp(&challenge.stale, "true"))) {
		challenges->err = EACCES;
		return true;
	}
	else if (!realm) {
		if (list_count(&digest->realml) >= REALMS_MAX)
			return false;

		challenges->err =
			realm_add(&realm, digest, header->id, &challenge.realm);
		if (challenges->err)
			return true;
	}

	challenges->err = realm_take(realm, &challenge, algorithm);
	if (challenges->err)
		mem_deref(realm);

	return challenges->err != 0;
}

void digest_renew(struct digest *digest)
{
	struct le *le;

	for (le = list_head(&digest->realml); le; le = le->next)
		((struct realm *)le->data)->is_answered = false;
}

int digest_challenge(struct digest *digest, const struct sip_msg *msg)
{
	struct challenges challenges = {digest, ENOTSUP};
	struct le *le;

	for (le = list_head(&digest->realml); le; le = le->next)
		((struct realm *)le->data)->is_fresh = false;

	if (!sip_msg_hdr_apply(msg, true, SIP_HDR_WWW_AUTHENTICATE,
	                       challenge_handler, &challenges))
		(void)sip_msg_hdr_apply(msg, true, SIP_HDR_PROXY_AUTHENTICATE,
		                        challenge_handler, &challenges);

	return challenges.err;
}

static int hash_print(char hex[HEX_SIZE], const struct algorithm *algorithm,
                      const char *format, ...)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned hash_len = 0;
	char *text = NULL;
	va_list ap;
	int err;

	va_start(ap, format);
	err = re_vsdprintf(&text, format, ap);
	va_end(ap);
	if (err)
		return err;

	if (!EVP_Digest(text, strlen(text), hash, &hash_len, algorithm->md(),
	                NULL))
		err = ENOTSUP;
	else if (re_snprintf(hex, HEX_SIZE, "%w", hash, (size_t)hash_len) < 0)
		err = ENOMEM;

	mem_deref(text);

	return err;
}

static int realm_write(struct digest *digest, struct realm *realm,
                       struct mbuf *mb, const char *method, const char *uri)
{
	char ha1[HEX_SIZE], ha2[HEX_SIZE], response[HEX_SIZE];
	const uint64_t cnonce = rand_u64();
	int err;

	realm->uses++;

	err = hash_print(ha1, realm->algorithm, "%s:%s:%s", digest->user,
	                 realm->name, digest->password);
	if (err)
		return err;
	err = hash_print(ha2, realm->algorithm, "%s:%s", method, uri);
	if (err)
		return err;
	err = realm->has_qop
	              ? hash_print(response, realm->algorithm,
	                           "%s:%s:%08x:%016llx:auth:%s", ha1,
	                           realm->nonce, realm->uses, cnonce, ha2)
	              : hash_print(response, realm->algorithm, "%s:%s:%s", ha1,
	                           realm->nonce, ha2);
	if (err)
		return err;

	err = mbuf_printf(mb,
	                  "%s: Digest username=\"%s\", realm=\"%s\", "
	                  "nonce=\"%s\", uri=\"%s\", response=\"%s\", "
	                  "algorithm=%s",
	                  realm->header == SIP_HDR_WWW_AUTHENTICATE
	                          ? "Authorization"
	                          : "Proxy-Authorization",
	                  digest->user, realm->name, realm->nonce, uri,
	                  response, realm->algorithm->name);
	if (!err && realm->opaque)
		err = mbuf_printf(mb, ", opaque=\"%s\"", realm->opaque);
	if (!err && realm->has_qop)
		err = mbuf_printf(mb, ", cnonce=\"%016llx\", qop=auth, nc=%08x",
		                  cnonce, realm->uses);

	return err ? err : mbuf_write_str(mb, "\r\n");
}

int digest_write(struct digest *digest, struct mbuf *mb, const char *method,
                 const char *uri)
{
	struct le *le;

	for (le = list_head(&digest->realml); le; le = le->next) {
		int err = realm_write(digest, le->data, mb, method, uri);

		if (err)
			return err;
	}

	return 0;
}
