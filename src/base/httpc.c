/*
 * base/httpc.c - the HTTP client of the program, over libcurl
 *
 * libcurl says which descriptors and which instant it waits for; the control
 * loop watches them and calls curl_multi_socket_action(). While libcurl runs
 * it may not be called for other transfers: what body handlers start or free
 * meanwhile is carried out in settle(), behind it.
 */
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include <curl/curl.h>
#include "base/cfg.h"
#include "base/httpc.h"
#include "base/httpc_transfer.h"
#include "base/mem.h"
#include "base/text.h"
#include <re_main.h>

/* A descriptor that libcurl wants watched; libcurl keeps the pointer. */
struct watch {
	struct le le;
	struct httpc *client;
	int fd;
};

struct httpc_request {
	struct httpc *client;
	struct httpc_transfer *transfer; /* NULL once it is over */
};

/* clang-format off */
static const struct cfg_key keyv[] = {
	{"connect_ms", CFG_NUMBER, "3000", "1..600000",
	 "How long a server may take to accept a connection."},
	{"whole_ms", CFG_NUMBER, "10000", "1..3600000",
	 "How long a request may take as a whole, where who asks sets no limit "
	 "of its own."},
	{"limit_kb", CFG_NUMBER, "8192", "1..1000000",
	 "The largest body of an answer that is taken."},
	{"connections_per_host", CFG_NUMBER, "64", "1..10000",
	 "Connections to one server at a time; further requests wait."},
	{"connections", CFG_NUMBER, "512", "1..10000",
	 "Connections at a time in all, those kept open for later included."},
	{"proxy", CFG_TEXT, "", NULL,
	 "The proxy (\"http://proxy.example.org:3128\"), \"\" for none. The "
	 "environment's is not used."},
	{"no_proxy", CFG_TEXT, "localhost,127.0.0.1,::1", NULL,
	 "Hosts that are asked directly, with commas between."},
	{"ca_file", CFG_TEXT, "", NULL,
	 "Certificates (PEM) of the authorities that are trusted; \"\" for the "
	 "system's."},
	{"user_agent", CFG_TEXT, "dialwright/" DIALWRIGHT_VERSION, NULL,
	 "How requests name the program."},
};
/* clang-format on */

const struct cfg_table httpc_cfg_table = {
	.section = "http",
	.help = "Requests to services: scripts, prompts, voices, recognisers.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static unsigned clients; /* for libcurl's own start and end */

static void timer_handler(void *arg);

static void client_destructor(void *arg)
{
	struct httpc *client = arg;

	tmr_cancel(&client->tmr);
	list_flush(&client->transferl);
	if (client->multi)
		(void)curl_multi_cleanup(client->multi);
	list_flush(&client->watchl);
	mem_deref(client->proxy);
	mem_deref(client->no_proxy);
	mem_deref(client->ca_file);
	mem_deref(client->user_agent);

	if (!--clients)
		curl_global_cleanup();
}

static void watch_destructor(void *arg)
{
	struct watch *watch = arg;

	list_unlink(&watch->le);
	fd_close(watch->fd);
}

static void request_destructor(void *arg)
{
	struct httpc_request *req = arg;

	if (req->transfer) {
		req->transfer->req = NULL;
		if (req->client->is_inside)
			req->client->has_dropped = true;
		else
			mem_deref(req->transfer);
	}
	mem_deref(req->client);
}

static void report(struct httpc_transfer *transfer, CURLcode code)
{
	struct httpc_request *req = transfer->req;
	struct httpc *client = mem_ref(transfer->client);

	httpc_transfer_end(transfer, code);
	transfer->req = NULL;
	if (req) {
		req->transfer = NULL;
		transfer->sink.done(&transfer->answer, transfer->sink.arg);
	}

	mem_deref(transfer);
	mem_deref(client);
}

static void limit_handler(void *arg)
{
	report(arg, CURLE_OPERATION_TIMEDOUT);
}

static void memory_handler(void *arg)
{
	report(arg, CURLE_OUT_OF_MEMORY);
}

static void begin(struct httpc_transfer *transfer)
{
	struct tmr *tmr = &transfer->tmr;

	if (curl_multi_add_handle(transfer->client->multi, transfer->easy)) {
		tmr_start(tmr, 0, memory_handler, transfer);
		return;
	}

	/* libcurl's own limit does not run while a transfer waits for its
	 * turn on a connection. */
	transfer->is_added = true;
	tmr_start(tmr, transfer->whole_ms, limit_handler, transfer);
}

/* What may not be done from inside libcurl. */
static void settle(struct httpc *client)
{
	struct le *le, *next;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(client->multi, &left))) {
		struct httpc_transfer *transfer = NULL;
		CURLcode code = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE,
		                        (char **)&transfer);
		report(transfer, code);
	}

	if (!client->has_dropped && !client->has_new)
		return;

	client->has_dropped = client->has_new = false;
	for (le = list_head(&client->transferl); le; le = next) {
		struct httpc_transfer *transfer = le->data;

		next = le->next;
		if (!transfer->req && !transfer->is_warming)
			mem_deref(transfer);
		else if (!transfer->is_added)
			begin(transfer);
	}
}

static void act(struct httpc *client, curl_socket_t fd, int events)
{
	int running;

	(void)mem_ref(client);
	client->is_inside = true;
	(void)curl_multi_socket_action(client->multi, fd, events, &running);
	client->is_inside = false;
	settle(client);
	mem_deref(client);
}

static void timer_handler(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void ready_handler(int flags, void *arg)
{
	const struct watch *watch = arg;
	int events = 0;

	events |= flags & FD_READ ? CURL_CSELECT_IN : 0;
	events |= flags & FD_WRITE ? CURL_CSELECT_OUT : 0;
	events |= flags & FD_EXCEPT ? CURL_CSELECT_ERR : 0;
	act(watch->client, watch->fd, events);
}

/* libcurl: this descriptor shall be watched for that. */
static int watch_handler(CURL *easy, curl_socket_t fd, int what, void *arg,
                         void *data)
{
	struct httpc *client = arg;
	struct watch *watch = data;
	int flags = 0;

	(void)easy;

	if (what == CURL_POLL_REMOVE) {
		mem_deref(watch);
		return 0;
	}

	if (!watch) {
		watch = mem_zalloc(sizeof(*watch), watch_destructor);
		if (!watch)
			return -1;
		watch->client = client;
		watch->fd = fd;
		list_append(&client->watchl, &watch->le, watch);
		(void)curl_multi_assign(client->multi, fd, watch);
	}

	flags |= what & CURL_POLL_IN ? FD_READ : 0;
	flags |= what & CURL_POLL_OUT ? FD_WRITE : 0;

	return fd_listen(fd, flags, ready_handler, watch) ? -1 : 0;
}

/* libcurl: call me then. */
static int instant_handler(CURLM *multi, long timeout_ms, void *arg)
{
	struct httpc *client = arg;

	(void)multi;

	if (timeout_ms < 0)
		tmr_cancel(&client->tmr);
	else
		tmr_start(&client->tmr, (uint64_t)timeout_ms, timer_handler,
		          client);

	return 0;
}

static int read_cfg(struct httpc *client, const struct cfg *cfg)
{
	const struct {
		const char *key;
		char **textp;
	} rowv[] = {
		{"proxy", &client->proxy},
		{"no_proxy", &client->no_proxy},
		{"ca_file", &client->ca_file},
		{"user_agent", &client->user_agent},
	};

	client->connect_ms = (uint32_t)cfg_number(cfg, "http", "connect_ms");
	client->whole_ms = (uint32_t)cfg_number(cfg, "http", "whole_ms");
	client->limit_bytes = cfg_number(cfg, "http", "limit_kb") * 1024;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int err = str_dup(rowv[i].textp,
		                  cfg_text(cfg, "http", rowv[i].key));

		if (err)
			return err;
	}

	if (client->ca_file[0] && access(client->ca_file, R_OK))
		return EINVAL;

	return 0;
}

static int open_multi(struct httpc *client, const struct cfg *cfg)
{
	long hosts = (long)cfg_number(cfg, "http", "connections_per_host");
	long all = (long)cfg_number(cfg, "http", "connections");
	CURLM *multi;

	multi = client->multi = curl_multi_init();
	if (!multi)
		return ENOMEM;

	/* These only store what they are given. */
	(void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_handler);
	(void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, client);
	(void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, instant_handler);
	(void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, client);
	(void)curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, hosts);
	(void)curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, all);
	(void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, all);

	return 0;
}

int httpc_alloc(struct httpc **clientp, const struct cfg *cfg)
{
	struct httpc *client;
	int err;

	assert(clientp && cfg);

	if (!clients && curl_global_init(CURL_GLOBAL_DEFAULT))
		return ENOMEM;

	client = mem_zalloc(sizeof(*client), client_destructor);
	if (!client) {
		if (!clients)
			curl_global_cleanup();
		return ENOMEM;
	}
	clients++;
	tmr_init(&client->tmr);

	err = read_cfg(client, cfg);
	if (err)
		goto out;

	err = open_multi(client, cfg);

out:
	if (err)
		mem_deref(client);
	else
		*clientp = client;

	return err;
}

static void hand_over(struct httpc *client, struct httpc_transfer *transfer)
{
	list_append(&client->transferl, &transfer->le, transfer);
	if (client->is_inside)
		client->has_new = true;
	else
		begin(transfer);
}

int httpc_send(struct httpc_request **reqp, struct httpc *client,
               const struct httpc_prm *prm, const struct httpc_sink *sink)
{
	struct httpc_transfer *transfer;
	struct httpc_request *req;
	int err;

	assert(reqp && client && prm && prm->url && sink && sink->done);

	req = mem_zalloc(sizeof(*req), request_destructor);
	if (!req)
		return ENOMEM;
	req->client = mem_ref(client);

	err = httpc_transfer_alloc(&transfer, client, prm);
	if (err)
		goto out;

	transfer->sink = *sink;
	transfer->req = req;
	req->transfer = transfer;
	hand_over(client, transfer);

out:
	if (err)
		mem_deref(req);
	else
		*reqp = req;

	return err;
}

void httpc_warm(struct httpc *client, const char *url, const char *ca_file)
{
	struct httpc_prm prm = {
		.method = "HEAD",
		.limit_bytes = 1,
		.ca_file = ca_file,
	};
	struct httpc_transfer *transfer;
	char *root;

	assert(client && url);

	root = httpc_transfer_root(url);
	if (!root)
		return;

	prm.url = root;
	if (!httpc_transfer_alloc(&transfer, client, &prm)) {
		transfer->is_warming = true;
		hand_over(client, transfer);
	}
	curl_free(root);
}
