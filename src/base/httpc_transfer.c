/*
 * base/httpc_transfer.c - one transfer of the HTTP client
 */
#include <assert.h>
#include <ctype.h>
#include <fcntl.h>
#include "base/clock.h"
#include "base/httpc_public.h"
#include "base/httpc_transfer.h"
#include "base/text.h"

enum {
	HEADERS_MAX = 64,
	HEADER_SIZE = 8192, /* name, value and what is between */
	BODY_START_BYTES = 4096,
};

static void destructor(void *arg)
{
	struct httpc_transfer *transfer = arg;

	tmr_cancel(&transfer->tmr);
	list_unlink(&transfer->le);
	if (transfer->is_added)
		(void)curl_multi_remove_handle(transfer->client->multi,
		                               transfer->easy);
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	mem_deref(transfer->method);
	mem_deref(transfer->question);
	mem_deref(transfer->body);
}

/* A token of RFC 9110 section 5.6.2. */
static bool is_token(const char *text)
{
	if (!*text)
		return false;

	for (; *text; text++) {
		if (!isalnum((unsigned char)*text) &&
		    !strchr("!#$%&'*+-.^_`|~", *text))
			return false;
	}

	return true;
}

/* Nothing that would end the line. */
static bool is_value(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}

	return true;
}

/* NULL when it is no URL of ours. */
static CURLU *parse(const char *url)
{
	CURLU *parsed = curl_url();
	char *scheme = NULL;
	bool is_ours;

	if (!parsed)
		return NULL;

	is_ours = !curl_url_set(parsed, CURLUPART_URL, url,
	                        CURLU_DISALLOW_USER) &&
	          !curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) &&
	          (!strcmp(scheme, "http") || !strcmp(scheme, "https"));
	curl_free(scheme);
	if (is_ours)
		return parsed;

	curl_url_cleanup(parsed);

	return NULL;
}

bool httpc_is_url(const char *url)
{
	CURLU *parsed;

	assert(url);

	/* Blanks and control characters would end the request's line. */
	for (const char *p = url; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	}

	parsed = parse(url);
	curl_url_cleanup(parsed);

	return parsed != NULL;
}

char *httpc_transfer_root(const char *url)
{
	CURLU *parsed = httpc_is_url(url) ? parse(url) : NULL;
	char *root = NULL;

	if (parsed && !curl_url_set(parsed, CURLUPART_PATH, "/", 0) &&
	    !curl_url_set(parsed, CURLUPART_QUERY, NULL, 0) &&
	    !curl_url_set(parsed, CURLUPART_FRAGMENT, NULL, 0))
		(void)curl_url_get(parsed, CURLUPART_URL, &root, 0);
	curl_url_cleanup(parsed);

	return root;
}

bool httpc_escape(char *text, size_t size, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	assert(text && size && value);

	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;
		bool is_plain = c < 0x80 && (isalnum(c) || strchr("-._~", c));

		if (n + (is_plain ? 1 : 3) >= size)
			return false;
		if (is_plain) {
			text[n++] = (char)c;
			continue;
		}
		text[n++] = '%';
		text[n++] = hex[c >> 4];
		text[n++] = hex[c & 15];
	}
	text[n] = '\0';

	return true;
}

/* For sentences: the host and, where it is told, the port. */
static void note_host(struct httpc_transfer *transfer, const char *url)
{
	CURLU *parsed = parse(url);
	char *host = NULL, *port = NULL;

	if (parsed) {
		(void)curl_url_get(parsed, CURLUPART_HOST, &host, 0);
		(void)curl_url_get(parsed, CURLUPART_PORT, &port, 0);
	}
	(void)snprintf(transfer->host, sizeof(transfer->host), "%.255s%s%.5s",
	               host ? host : "the server", port ? ":" : "",
	               port ? port : "");
	transfer->is_https = !strncasecmp(url, "https:", 6);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parsed);
}

static int add_header(struct httpc_transfer *transfer, const char *name,
                      const char *value)
{
	char line[HEADER_SIZE];
	struct curl_slist *headers;
	int n;

	if (!is_token(name) || !is_value(value))
		return EINVAL;

	/* libcurl sends an empty header only when it ends in a semicolon. */
	n = snprintf(line, sizeof(line), *value ? "%s: %s" : "%s;%s", name,
	             value);
	if (n < 0 || (size_t)n >= sizeof(line))
		return EINVAL;

	headers = curl_slist_append(transfer->headers, line);
	if (!headers)
		return ENOMEM;
	transfer->headers = headers;

	return 0;
}

static int add_headers(struct httpc_transfer *transfer,
                       const struct httpc_prm *prm)
{
	struct curl_slist *headers;
	int err = 0;

	if (prm->headerc > HEADERS_MAX)
		return EINVAL;

	for (size_t i = 0; i < prm->headerc && !err; i++)
		err = add_header(transfer, prm->headerv[i].name,
		                 prm->headerv[i].value);
	if (!err && prm->content_type)
		err = add_header(transfer, "Content-Type", prm->content_type);
	else if (!err && prm->body)
		err = add_header(transfer, "Content-Type",
		                 "application/octet-stream");
	if (err)
		return err;

	/* Without it libcurl waits a second for "100 Continue" in front of a
	 * body. */
	headers = curl_slist_append(transfer->headers, "Expect:");
	if (!headers)
		return ENOMEM;
	transfer->headers = headers;

	return 0;
}

/* libcurl made a socket: no child of ours inherits it. */
static int socket_handler(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	(void)arg;
	(void)purpose;

	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);

	return CURL_SOCKOPT_OK;
}

static int collect(struct httpc_transfer *transfer, const uint8_t *piece,
                   size_t len)
{
	if (!transfer->body) {
		transfer->body = mbuf_alloc(BODY_START_BYTES);
		if (!transfer->body)
			return ENOMEM;
	}

	return mbuf_write_mem(transfer->body, piece, len);
}

static void note_head(struct httpc_transfer *transfer)
{
	struct httpc_answer *answer = &transfer->answer;
	long status = 0;
	char *text = NULL;

	(void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE,
	                        &status);
	answer->status = (unsigned)status;
	(void)curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &text);
	answer->content_type = text ? text : "";
	text = NULL;
	(void)curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &text);
	answer->url = text ? text : "";
}

/* A line of a header. The empty one ends it; libcurl itself takes a
 * connection that closes before for a whole answer without body. */
static size_t header_handler(char *line, size_t size, size_t n, void *arg)
{
	struct httpc_transfer *transfer = arg;

	n *= size;
	transfer->has_head = n > 0 && (line[0] == '\r' || line[0] == '\n');

	return n;
}

/* A piece of the body came. Another return value than n ends the transfer. */
static size_t body_handler(char *piece, size_t size, size_t n, void *arg)
{
	struct httpc_transfer *transfer = arg;
	struct httpc_answer *answer = &transfer->answer;
	bool is_good;

	n *= size;
	if (!transfer->req && !transfer->is_warming)
		return CURL_WRITEFUNC_ERROR;

	if (!transfer->taken_bytes) {
		note_head(transfer);
		answer->first_ms = (uint32_t)(clock_ms() - transfer->start_ms);
	}
	if (n > transfer->limit_bytes - transfer->taken_bytes) {
		transfer->is_too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	transfer->taken_bytes += n;

	is_good = answer->status >= 200 && answer->status < 300;
	if (is_good && transfer->sink.body)
		transfer->sink.body(answer, (const uint8_t *)piece, n,
		                    transfer->sink.arg);
	else if (collect(transfer, (const uint8_t *)piece, n))
		return CURL_WRITEFUNC_ERROR;

	return n;
}

static CURLcode set_proxy(CURL *easy, const struct httpc *client,
                          const struct httpc_prm *prm)
{
	const char *ca_file = prm->ca_file ? prm->ca_file : client->ca_file;
	CURLcode code;

	/* "" also keeps libcurl from looking into the environment. */
	code = curl_easy_setopt(easy, CURLOPT_PROXY, client->proxy);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_NOPROXY,
		                        client->no_proxy);
	if (!code && *ca_file)
		code = curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_USERAGENT,
		                        client->user_agent);

	return code;
}

static CURLcode set_limits(struct httpc_transfer *transfer,
                           const struct httpc_prm *prm)
{
	const struct httpc *client = transfer->client;
	CURL *easy = transfer->easy;
	const char *schemes = transfer->is_https ? "https" : "http,https";
	uint32_t connect_ms = prm->connect_ms;
	CURLcode code;

	connect_ms = connect_ms ? connect_ms : client->connect_ms;
	transfer->whole_ms = prm->whole_ms ? prm->whole_ms : client->whole_ms;
	transfer->limit_bytes =
		prm->limit_bytes ? prm->limit_bytes : client->limit_bytes;

	/* These only store numbers. */
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	                       (long)connect_ms);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(easy, CURLOPT_SSLVERSION,
	                       (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION,
	                       prm->redirectc ? 1L : 0L);
	(void)curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)prm->redirectc);
	if (prm->is_public_only)
		httpc_public_set(easy, &transfer->is_private);

	code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR,
		                        schemes);

	return code;
}

static CURLcode set_question(struct httpc_transfer *transfer,
                             const struct httpc_prm *prm)
{
	const struct mbuf *question = transfer->question;
	CURL *easy = transfer->easy;
	CURLcode code;

	code = curl_easy_setopt(easy, CURLOPT_URL, prm->url);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
		                        transfer->headers);
	if (!code && question) {
		(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		                       (curl_off_t)question->end);
		code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
		                        question->buf);
	}
	if (code || !transfer->method)
		return code;

	if (!strcmp(transfer->method, "HEAD"))
		return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);

	return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, transfer->method);
}

static void set_handlers(struct httpc_transfer *transfer)
{
	CURL *easy = transfer->easy;

	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_handler);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_handler);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	(void)curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, socket_handler);
}

static int take_prm(struct httpc_transfer *transfer,
                    const struct httpc_prm *prm)
{
	int err;

	if (!httpc_is_url(prm->url))
		return EINVAL;
	note_host(transfer, prm->url);

	if (prm->method) {
		if (!is_token(prm->method))
			return EINVAL;
		err = str_dup(&transfer->method, prm->method);
		if (err)
			return err;
	}
	if (prm->body) {
		transfer->question = mbuf_alloc(prm->body_len + 1);
		if (!transfer->question)
			return ENOMEM;
		err = mbuf_write_mem(transfer->question, prm->body,
		                     prm->body_len);
		if (err)
			return err;
	}

	return add_headers(transfer, prm);
}

int httpc_transfer_alloc(struct httpc_transfer **transferp,
                         struct httpc *client, const struct httpc_prm *prm)
{
	struct httpc_transfer *transfer;
	int err;

	transfer = mem_zalloc(sizeof(*transfer), destructor);
	if (!transfer)
		return ENOMEM;

	tmr_init(&transfer->tmr);
	transfer->client = client;
	transfer->start_ms = clock_ms();

	err = take_prm(transfer, prm);
	if (err)
		goto out;

	transfer->easy = curl_easy_init();
	if (!transfer->easy) {
		err = ENOMEM;
		goto out;
	}

	set_handlers(transfer);
	if (set_proxy(transfer->easy, client, prm) ||
	    set_limits(transfer, prm) || set_question(transfer, prm))
		err = ENOMEM;

out:
	if (err)
		mem_deref(transfer);
	else
		*transferp = transfer;

	return err;
}

/* A sentence for the record: host and what happened, no path, no query. */
static int explain(struct httpc_transfer *transfer, CURLcode code)
{
	/* clang-format off */
	static const struct {
		CURLcode code;
		int err;
		const char *format;
	} rowv[] = {
		{CURLE_OPERATION_TIMEDOUT, ETIMEDOUT,
		 "no whole answer of %s within its time limit"},
		{CURLE_COULDNT_RESOLVE_HOST, EHOSTUNREACH,
		 "no address is known of %s"},
		{CURLE_COULDNT_RESOLVE_PROXY, EHOSTUNREACH,
		 "no address is known of the proxy to %s"},
		{CURLE_COULDNT_CONNECT, ECONNREFUSED, "cannot connect to %s"},
		{CURLE_PEER_FAILED_VERIFICATION, EPERM,
		 "the certificate of %s is not trusted or not its own"},
		{CURLE_SSL_CONNECT_ERROR, EPROTO,
		 "no secure connection to %s comes about"},
		{CURLE_TOO_MANY_REDIRECTS, ELOOP,
		 "%s sends from one place to the next without end"},
		{CURLE_PARTIAL_FILE, ECONNRESET,
		 "%s ended its answer too early"},
		{CURLE_RECV_ERROR, ECONNRESET, "%s broke the connection"},
		{CURLE_SEND_ERROR, ECONNRESET, "%s broke the connection"},
		{CURLE_GOT_NOTHING, ECONNRESET,
		 "%s ended the connection without an answer"},
		{CURLE_HTTP2_STREAM, ECONNRESET, "%s broke the connection"},
		{CURLE_UNSUPPORTED_PROTOCOL, EPROTO,
		 "%s sends elsewhere than to http or https"},
		{CURLE_OUT_OF_MEMORY, ENOMEM, "no memory for the answer of %s"},
		{CURLE_WRITE_ERROR, ENOMEM, "no memory for the answer of %s"},
	};
	/* clang-format on */

	if (transfer->is_private) {
		(void)snprintf(transfer->reason, sizeof(transfer->reason),
		               "%s is in a private network", transfer->host);
		return EACCES;
	}
	if (transfer->is_too_large) {
		(void)snprintf(transfer->reason, sizeof(transfer->reason),
		               "the answer of %s is larger than %zu bytes",
		               transfer->host, transfer->limit_bytes);
		return EFBIG;
	}

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (rowv[i].code != code)
			continue;
		(void)re_snprintf(transfer->reason, sizeof(transfer->reason),
		                  rowv[i].format, transfer->host);
		return rowv[i].err;
	}

	(void)snprintf(transfer->reason, sizeof(transfer->reason), "%s: %s",
	               transfer->host, curl_easy_strerror(code));

	return EPROTO;
}

void httpc_transfer_end(struct httpc_transfer *transfer, CURLcode code)
{
	struct httpc_answer *answer = &transfer->answer;

	tmr_cancel(&transfer->tmr);
	list_unlink(&transfer->le);
	if (transfer->is_added)
		(void)curl_multi_remove_handle(transfer->client->multi,
		                               transfer->easy);
	transfer->is_added = false;

	note_head(transfer);
	answer->origin = transfer->easy;
	answer->whole_ms = (uint32_t)(clock_ms() - transfer->start_ms);
	if (!transfer->taken_bytes)
		answer->first_ms = answer->whole_ms;

	if (!code && !transfer->has_head)
		code = CURLE_PARTIAL_FILE;

	/* The NUL behind the body. */
	if (!code && collect(transfer, (const uint8_t *)"", 1))
		code = CURLE_OUT_OF_MEMORY;
	if (code) {
		answer->err = explain(transfer, code);
		transfer->body = mem_deref(transfer->body);
	}
	answer->reason = transfer->reason;
	answer->body = transfer->body ? transfer->body->buf : (uint8_t *)"";
	answer->body_len = transfer->body ? transfer->body->end - 1 : 0;
}

const char *httpc_answer_header(const struct httpc_answer *answer,
                                const char *name)
{
	struct curl_header *header;

	assert(answer && name);

	if (!answer->origin || curl_easy_header((CURL *)answer->origin, name, 0,
	                                        CURLH_HEADER, -1, &header))
		return NULL;

	return header->value;
}
