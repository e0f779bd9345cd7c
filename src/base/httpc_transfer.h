/*
 * base/httpc_transfer.h - one transfer of the HTTP client; private to httpc.c
 *
 * The client's list owns it; a request only points to it, so that a body
 * handler may free the request while libcurl runs.
 */
#pragma once

#include <curl/curl.h>
#include "base/httpc.h"
#include "base/mem.h"
#include <re_tmr.h>

enum {
	HTTPC_HOST_SIZE = 280, /* name and port */
	HTTPC_REASON_SIZE = 384,
};

struct httpc {
	CURLM *multi;
	struct tmr tmr; /* when libcurl wants to be called */
	struct list transferl;
	struct list watchl;
	bool is_inside; /* libcurl is running */
	bool has_dropped, has_new;

	uint32_t connect_ms, whole_ms;
	size_t limit_bytes;
	char *proxy, *no_proxy, *ca_file, *user_agent;
};

struct httpc_transfer {
	struct le le;
	struct httpc *client;
	struct httpc_request *req; /* NULL: nobody waits for it */
	struct httpc_sink sink;
	bool is_warming;
	bool is_added; /* to the client's multi handle */
	bool has_head; /* all of it */
	bool is_too_large;
	bool is_private; /* an address that may not be asked */
	bool is_https;

	CURL *easy;
	struct curl_slist *headers;
	char *method;
	struct mbuf *question; /* NULL without body */
	struct mbuf *body;     /* what no handler took */
	uint32_t whole_ms;
	size_t limit_bytes, taken_bytes;

	struct tmr tmr;
	uint64_t start_ms;
	char host[HTTPC_HOST_SIZE];
	char reason[HTTPC_REASON_SIZE];
	struct httpc_answer answer;
};

/* Checks and copies. Returns EINVAL or ENOMEM. */
int httpc_transfer_alloc(struct httpc_transfer **transferp,
                         struct httpc *client, const struct httpc_prm *prm);

/* Takes it from the client and fills in the answer. */
void httpc_transfer_end(struct httpc_transfer *transfer, CURLcode code);

/* "https://host:port/" of a URL, for curl_free(); NULL when it is none. */
char *httpc_transfer_root(const char *url);
