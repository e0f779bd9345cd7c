/*
 * test/base/httpd_rig.c - a server with routes for everything, and clients
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/loop.h"
#include "httpd_rig.h"

enum {
	PATIENCE_S = 60,
	LOOK_US = 5000,
	STREAM_BYTES = 3 << 20,
	ENDLESS_BYTES = 1 << 30, /* more than all buffers take */
	UPLOAD_LIMIT = 12 << 20,
};

/* --- handlers
 * -------------------------------------------------------------------- */

static void hello(struct httpd_request *req, void *arg)
{
	struct httpd_rig *rig = arg;
	const char *name = httpd_query(req, "name");
	char text[200];

	rig->asked++;
	(void)snprintf(text, sizeof(text), "hello %s\n", name ? name : "you");
	(void)httpd_reply_text(req, 200, "text/plain", text);
}

static void item(struct httpd_request *req, void *arg)
{
	const char *rest = httpd_param(req, "rest");
	char text[300];

	(void)arg;
	(void)snprintf(text, sizeof(text), "id=%s rest=%s",
	               httpd_param(req, "id"), rest ? rest : "-");
	(void)httpd_set_header(req, "X-Path", httpd_path(req));
	(void)httpd_reply_text(req, 200, "text/plain", text);
}

static void later_handler(void *arg)
{
	struct httpd_rig *rig = arg;

	for (size_t i = 0; i < rig->heldc; i++) {
		(void)httpd_reply_text(rig->heldv[i], 200, "text/plain",
		                       "later");
		mem_deref(rig->heldv[i]);
	}
	rig->heldc = 0;
}

/* Answers all that wait, a moment later. */
static void later(struct httpd_request *req, void *arg)
{
	struct httpd_rig *rig = arg;

	rig->asked++;
	if (rig->heldc == HTTPD_RIG_HELD)
		return;
	rig->heldv[rig->heldc++] = mem_ref(req);
	tmr_start(&rig->tmr, 50, later_handler, rig);
}

static void never(struct httpd_request *req, void *arg)
{
	struct httpd_rig *rig = arg;

	rig->asked++;
	if (rig->heldc < HTTPD_RIG_HELD)
		rig->heldv[rig->heldc++] = mem_ref(req);
}

static void forget(struct httpd_request *req, void *arg)
{
	(void)req;
	(void)arg;
}

static void echo(struct httpd_request *req, void *arg)
{
	size_t n;
	const char *body = httpd_body(req, &n);

	(void)arg;
	(void)httpd_reply(req, 200, "application/octet-stream", body, n);
}

static void upload(struct httpd_request *req, void *arg)
{
	struct httpd_file file = httpd_upload(req);
	char text[400] = "", first[8] = "";
	const char *name, *value;
	size_t used = 0;

	(void)arg;
	for (size_t i = 0; httpd_field_at(req, i, &name, &value); i++) {
		(void)snprintf(text + used, sizeof(text) - used, "%s=%s;", name,
		               value);
		used = strlen(text);
	}
	if (file.fd >= 0 && pread(file.fd, first, 4, 0) < 0)
		first[0] = '?';
	(void)snprintf(text + used, sizeof(text) - used,
	               "file %s/%s %" PRIu64 " %s", file.field, file.name,
	               file.size, first);
	(void)httpd_reply_text(req, 200, "text/plain", text);
}

static void digits(struct httpd_request *req, void *arg)
{
	(void)arg;
	if (!httpd_has_etag(req, "v1"))
		(void)httpd_reply_bytes(req, "text/plain", "0123456789", 10);
}

static void file(struct httpd_request *req, void *arg)
{
	int fd = open(test_source("LICENSE"), O_RDONLY | O_CLOEXEC);

	(void)arg;
	if (fd >= 0)
		(void)httpd_reply_file(req, "text/plain", fd);
}

static void stream_more(void *arg)
{
	struct httpd_rig *rig = arg;
	char piece[4096];

	memset(piece, 'x', sizeof(piece));
	while (rig->stream && rig->stream_left) {
		int err = httpd_stream_write(rig->stream, piece, sizeof(piece));

		if (err == ENOBUFS) {
			rig->chokes++;
			return;
		}
		if (err)
			return;
		rig->stream_left -= sizeof(piece);
	}
	if (rig->stream)
		httpd_stream_end(rig->stream);
	rig->stream = mem_deref(rig->stream);
}

static void stream_drained(void *arg)
{
	struct httpd_rig *rig = arg;

	rig->drained++;
	stream_more(rig);
}

static void stream_gone(void *arg)
{
	struct httpd_rig *rig = arg;

	rig->gone++;
	rig->stream = mem_deref(rig->stream);
}

static void stream(struct httpd_request *req, void *arg)
{
	struct httpd_rig *rig = arg;
	const struct httpd_stream_sink sink = {
		.drained = stream_drained,
		.gone = stream_gone,
		.arg = rig,
	};

	if (httpd_stream(req, 200, "application/octet-stream", &sink))
		return;
	rig->stream_left =
		httpd_query(req, "endless") ? ENDLESS_BYTES : STREAM_BYTES;
	rig->stream = mem_ref(req);
	stream_more(rig);
}

static void idle(struct httpd_request *req, void *arg)
{
	struct httpd_rig *rig = arg;
	const struct httpd_stream_sink sink = {.gone = NULL};

	if (rig->idlec == HTTPD_RIG_IDLE ||
	    httpd_stream(req, 200, "text/event-stream", &sink))
		return;
	(void)httpd_stream_write(req, "hello", 5);
	rig->idlev[rig->idlec++] = mem_ref(req);
}

/* Tells all who wait, and lets them go. */
static void tell(struct httpd_request *req, void *arg)
{
	struct httpd_rig *rig = arg;

	for (size_t i = 0; i < rig->idlec; i++) {
		(void)httpd_stream_write(rig->idlev[i], "news", 4);
		httpd_stream_end(rig->idlev[i]);
		mem_deref(rig->idlev[i]);
	}
	rig->idlec = 0;
	(void)httpd_reply_text(req, 200, "text/plain", "told");
}

/* Says a word and breaks off. */
static void half(struct httpd_request *req, void *arg)
{
	const struct httpd_stream_sink sink = {.drained = NULL};

	(void)arg;
	if (!httpd_stream(req, 200, "text/plain", &sink))
		(void)httpd_stream_write(req, "half", 4);
}

/* One WebSocket; the rig's list owns it. */
struct talk {
	struct le le;
	struct httpd_rig *rig;
	struct httpd_ws *ws;
};

static void talk_destructor(void *arg)
{
	struct talk *talk = arg;

	list_unlink(&talk->le);
	mem_deref(talk->ws);
}

static void ws_message(const struct ws_message *message, void *arg)
{
	struct talk *talk = arg;

	if (message->n == 3 && !memcmp(message->data, "bye", 3))
		httpd_ws_close(talk->ws, 1000, "as you wish");
	else if (message->n == 3 && !memcmp(message->data, "cut", 3))
		mem_deref(talk);
	else
		(void)httpd_ws_send(talk->ws, message->kind, message->data,
		                    message->n);
}

static void ws_closed(unsigned code, void *arg)
{
	struct talk *talk = arg;

	talk->rig->closed++;
	talk->rig->closed_code = code;
	mem_deref(talk);
}

static void socket_handler(struct httpd_request *req, void *arg)
{
	struct talk *talk = mem_zalloc(sizeof(*talk), talk_destructor);
	const struct httpd_ws_sink sink = {
		.message = ws_message,
		.closed = ws_closed,
		.arg = talk,
	};

	if (!talk)
		return;
	talk->rig = arg;
	list_append(&talk->rig->talkl, &talk->le, talk);
	if (httpd_upgrade(&talk->ws, req, &sink,
	                  httpd_query(req, "quiet") ? 200 : 0))
		mem_deref(talk);
	else
		(void)httpd_ws_send(talk->ws, WS_TEXT, "welcome", 7);
}

bool httpd_rig_is_cut(const struct httpd_rig *rig)
{
	const struct le *le = list_head(&rig->talkl);
	const struct talk *talk = le ? le->data : NULL;

	return talk && httpd_ws_send(talk->ws, WS_TEXT, "x", 1) == ENOTCONN;
}

static void problem(struct httpd_request *req, void *arg)
{
	const struct httpd_trouble trouble = {
		.status = 409,
		.detail = "It is \"there\" already.",
		.remedy = "Take another name.",
		.field = "name",
	};

	(void)arg;
	(void)httpd_problem(req, &trouble);
}

static bool check(struct httpd_request *req, void *arg)
{
	static const struct httpd_trouble refused = {
		.status = 401,
		.detail = "A token is needed.",
	};
	struct httpd_rig *rig = arg;
	const char *token;

	rig->checked++;
	(void)httpd_set_header(req, "X-Checked", "yes");
	if (strncmp(httpd_path(req), "/secret", 7) != 0)
		return true;

	token = httpd_bearer(req);
	if (token && httpd_same(token, "s3cret"))
		return true;
	(void)httpd_problem(req, &refused);

	return false;
}

static const struct httpd_route routev[] = {
	{.method = "GET", .pattern = "/hello", .handler = hello},
	{.method = "GET", .pattern = "/items/{id}", .handler = item},
	{.method = "DELETE", .pattern = "/items/{id}", .handler = item},
	{.method = "GET", .pattern = "/items/{id}/of/{rest*}", .handler = item},
	{.method = "GET", .pattern = "/later", .handler = later},
	{.method = "GET", .pattern = "/never", .handler = never},
	{.method = "GET", .pattern = "/forget", .handler = forget},
	{.method = "GET", .pattern = "/digits", .handler = digits},
	{.method = "GET", .pattern = "/file", .handler = file},
	{.method = "GET", .pattern = "/stream", .handler = stream},
	{.method = "GET", .pattern = "/idle", .handler = idle},
	{.method = "GET", .pattern = "/tell", .handler = tell},
	{.method = "GET", .pattern = "/half", .handler = half},
	{.method = "GET", .pattern = "/socket", .handler = socket_handler},
	{.method = "GET", .pattern = "/problem", .handler = problem},
	{.method = "POST",
         .pattern = "/echo",
         .handler = echo,
         .body = HTTPD_BODY_MEMORY,
         .body_limit = 1000},
	{.method = "PATCH",
         .pattern = "/echo",
         .handler = echo,
         .body = HTTPD_BODY_MEMORY,
         .body_limit = 1000},
	{.method = "PUT",
         .pattern = "/upload",
         .handler = upload,
         .body = HTTPD_BODY_FILE,
         .body_limit = UPLOAD_LIMIT},
	{.method = "POST",
         .pattern = "/form",
         .handler = upload,
         .body = HTTPD_BODY_FORM,
         .body_limit = UPLOAD_LIMIT},
	{.method = "POST",
         .pattern = "/secret",
         .handler = echo,
         .body = HTTPD_BODY_MEMORY},
	{.method = "GET", .pattern = "/secret", .handler = hello},
};

/* --- the server
 * ---------------------------------------------------------------------- */

int httpd_rig_init(struct httpd_rig *rig)
{
	int err;

	err = loop_init();
	if (err)
		return err;

	tmr_init(&rig->tmr);
	rig->prm.routev = routev;
	rig->prm.routec = ARRAY_COUNT(routev);
	rig->prm.check = check;
	rig->prm.arg = rig;
	rig->prm.home = loop_mailbox();
	rig->prm.temp_dir = test_dir();
	err = httpd_alloc(&rig->server, &rig->prm, rig->fault);
	if (err)
		fprintf(stderr, "%s\n", rig->fault);
	else
		rig->port = httpd_port(rig->server);

	return err;
}

void httpd_rig_end(struct httpd_rig *rig)
{
	tmr_cancel(&rig->tmr);
	rig->server = mem_deref(rig->server);
	for (size_t i = 0; i < rig->heldc; i++)
		mem_deref(rig->heldv[i]);
	for (size_t i = 0; i < rig->idlec; i++)
		mem_deref(rig->idlev[i]);
	mem_deref(rig->stream);
	list_flush(&rig->talkl);
	loop_close();
}

/* --- clients
 * ----------------------------------------------------------------------------
 */

static void stop_handler(void *arg)
{
	(void)arg;
	loop_stop();
}

static void *client_thread(void *arg)
{
	struct httpd_rig *rig = arg;

	rig->err = rig->client(rig);
	(void)mailbox_post(loop_mailbox(), stop_handler, NULL);

	return NULL;
}

int httpd_rig_run(struct httpd_rig *rig, int (*client)(struct httpd_rig *rig))
{
	pthread_t thread;
	int err;

	rig->client = client;
	err = pthread_create(&thread, NULL, client_thread, rig);
	if (err)
		return err;

	err = loop_run();
	(void)pthread_join(thread, NULL);

	return err ? err : rig->err;
}

void client_release(struct httpd_rig *rig)
{
	(void)mailbox_post(rig->prm.home, later_handler, rig);
}

bool client_sees(const _Atomic unsigned *count, unsigned n)
{
	uint64_t until_ms = clock_ms() + PATIENCE_S * 1000;

	while (*count < n && clock_ms() < until_ms)
		clock_wait_until_us(clock_us() + LOOK_US);

	return *count >= n;
}

int client_open(const struct httpd_rig *rig)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(rig->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		(void)close(fd);
		return -1;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	                 sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	                 sizeof(patience));

	return fd;
}

/* With a limit of time, both end with EINTR where the process was frozen. */
static ssize_t send_some(int fd, const char *data, size_t n)
{
	ssize_t sent;

	do
		sent = send(fd, data, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);

	return sent;
}

ssize_t client_recv(int fd, char *text, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, text, size, 0);
	while (n < 0 && errno == EINTR);

	return n;
}

int client_write(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t sent = send_some(fd, data, n);

		if (sent < 0)
			return errno;
		data += sent;
		n -= (size_t)sent;
	}

	return 0;
}

size_t client_read(int fd, char *text, size_t size, size_t n)
{
	size_t used = 0;

	if (!n || n > size - 1)
		n = size - 1;
	while (used < n) {
		ssize_t got = client_recv(fd, text + used, n - used);

		if (got <= 0)
			break;
		used += (size_t)got;
	}
	text[used] = '\0';

	return used;
}

int client_ask(const struct httpd_rig *rig, const char *request, char *answer,
               size_t size)
{
	int fd = client_open(rig), err;

	*answer = '\0';
	if (fd < 0)
		return ECONNREFUSED;

	err = client_write(fd, request, strlen(request));
	(void)client_read(fd, answer, size, 0);
	(void)close(fd);

	return err == EPIPE || err == ECONNRESET ? 0 : err;
}
