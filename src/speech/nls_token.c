/*
 * speech/nls_token.c - the token of Alibaba Cloud NLS, made from an access key
 */
#include <jansson.h>
#include "base/clock.h"
#include "base/httpc.h"
#include "base/id.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "base/text.h"
#include "speech/nls_token.h"
#include "speech/sign.h"

enum {
	TOKEN_SIZE = 256,
	TIME_SIZE = 32,
	PART_SIZE = 256,
	EARLY_MS = 600000, /* it is made anew before it expires */
	NEW_MS = 1000,     /* so long a refusal means something else */
	PAUSE_MS = 5000,   /* after the key was refused */
	WHOLE_MS = 3000,
	STATUS_OK = 200,
};

static const char usual_url[] = "https://nls-meta.cn-shanghai.aliyuncs.com/";

struct nls_token {
	struct service *service;
	struct httpc *httpc; /* NULL: the key is the token */
	struct httpc_request *request;
	char text[TOKEN_SIZE];
	int64_t expires_ms; /* wall */
	uint64_t made_ms;
	bool is_used;
	uint64_t paused_ms;
	int err; /* of the last try */
	char why[SERVICE_WHY_SIZE];
};

static void destructor(void *arg)
{
	struct nls_token *token = arg;

	token->service->token = "";
	mem_deref(token->request);
	mem_deref(token->httpc);
}

int nls_token_alloc(struct nls_token **tokenp, struct service *service,
                    struct httpc *http)
{
	struct nls_token *token;

	token = mem_zalloc(sizeof(*token), destructor);
	if (!token)
		return ENOMEM;

	token->service = service;
	service->token = token->text;
	if (*service->secret)
		token->httpc = mem_ref(http);
	*tokenp = token;

	return 0;
}

/* EPROTO: there is none in the answer. */
static int token_take(struct nls_token *token, const json_t *msg)
{
	const json_t *part = json_object_get(msg, "Token");
	const char *id = json_string_value(json_object_get(part, "Id"));
	json_int_t expires =
		json_integer_value(json_object_get(part, "ExpireTime"));

	if (!id || !*id || strlen(id) >= sizeof(token->text) ||
	    strpbrk(id, "\r\n"))
		return EPROTO;

	(void)text_copy(token->text, sizeof(token->text), id);
	token->expires_ms = (int64_t)expires * 1000;
	token->made_ms = clock_ms();
	token->is_used = false;
	token->why[0] = '\0';

	return 0;
}

/* It says 400 and 404 to a key that it does not know. */
static bool is_key(const char *code)
{
	return code && (strstr(code, "AccessKey") || strstr(code, "Signature"));
}

static void token_failed(struct nls_token *token,
                         const struct httpc_answer *answer, const json_t *msg)
{
	const char *code = json_string_value(json_object_get(msg, "Code"));
	const char *said = json_string_value(json_object_get(msg, "Message"));
	char text[SERVICE_WHY_SIZE], means[SERVICE_WHY_SIZE];

	(void)snprintf(text, sizeof(text), "%s%s%s", code ? code : "",
	               code ? ": " : "",
	               said                ? said
	               : answer->reason[0] ? answer->reason
	                                   : "an answer without a token");
	(void)service_why(token->service, is_key(code) ? 401 : answer->status,
	                  text, means);
	(void)snprintf(token->why, sizeof(token->why), "no token: %.250s",
	               means);
	(void)text_repair(token->why);
	token->paused_ms = clock_ms() + PAUSE_MS;
}

static void answer_handler(const struct httpc_answer *answer, void *arg)
{
	struct nls_token *token = arg;
	json_t *msg;

	jmem_forget();
	jmem_pool_open();
	msg = json_loadb((const char *)answer->body, answer->body_len, 0, NULL);
	token->err = answer->err;
	if (!token->err)
		token->err = answer->status == STATUS_OK
		                     ? token_take(token, msg)
		                     : EACCES;
	if (jmem_has_failed())
		token->err = ENOMEM;
	if (token->err)
		token_failed(token, answer, msg);
	json_decref(msg);
	jmem_pool_close();
	token->request = mem_deref(token->request);
}

/* The parameters in the order of their names, as they are signed. */
static void query_make(char *query, size_t size, const struct service *service)
{
	char stamp[CLOCK_TEXT_SIZE], nonce[ID_SIZE], time[TIME_SIZE];
	char key[PART_SIZE], at[PART_SIZE];

	(void)clock_text(stamp, clock_wall_ms());
	(void)snprintf(time, sizeof(time), "%.19sZ", stamp);
	(void)snprintf(query, size,
	               "AccessKeyId=%s&Action=CreateToken&Format=JSON"
	               "&RegionId=cn-shanghai&SignatureMethod=HMAC-SHA1"
	               "&SignatureNonce=%s&SignatureVersion=1.0&Timestamp=%s"
	               "&Version=2019-02-28",
	               url_encode(key, sizeof(key), service->key),
	               id_make(nonce), url_encode(at, sizeof(at), time));
}

static int token_ask(struct nls_token *token)
{
	const struct service *service = token->service;
	const struct httpc_sink sink = {.done = answer_handler, .arg = token};
	char query[1024], url[2048], signature[SIGN_SIZE], encoded[PART_SIZE];
	const struct httpc_prm prm = {.url = url, .whole_ms = WHOLE_MS};
	int err;

	query_make(query, sizeof(query), service);
	err = sign_alibaba(signature, service->secret, "GET", query);
	if (err)
		return err;

	(void)snprintf(url, sizeof(url), "%.400s?%s&Signature=%s",
	               *service->token_url ? service->token_url : usual_url,
	               query, url_encode(encoded, sizeof(encoded), signature));

	return httpc_send(&token->request, token->httpc, &prm, &sink);
}

int nls_token_get(struct nls_token *token, const char **textp)
{
	int err;

	if (!token->httpc) {
		*textp = token->service->key;
		return 0;
	}
	/* Each is tried once, whatever its time: the wrong clock may be ours.
	 */
	if (token->text[0] &&
	    (!token->is_used ||
	     clock_wall_ms() < token->expires_ms - EARLY_MS)) {
		token->is_used = true;
		*textp = token->text;
		return 0;
	}
	if (token->request)
		return EINPROGRESS;
	if (token->err && clock_ms() < token->paused_ms)
		return token->err;

	err = token_ask(token);

	return err ? err : EINPROGRESS;
}

bool nls_token_refused(struct nls_token *token, uint64_t got_ms)
{
	bool is_former = got_ms < token->made_ms;

	/* The text stays until there is another: it is taken out of what the
	 * service says about it. */
	if (!is_former && clock_ms() > token->made_ms + NEW_MS)
		token->expires_ms = 0;

	return token->httpc != NULL;
}

const char *nls_token_why(const struct nls_token *token)
{
	return token->why;
}
