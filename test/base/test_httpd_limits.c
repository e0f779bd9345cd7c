/*
 * test/base/test_httpd_limits.c - the HTTP server: who is large, slow, many,
 * gone, or there when it ends
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/loop.h"
#include "base/ws_frame.h"
#include "httpd_rig.h"
#include "test_base.h"

enum {
	MEGABYTE = 1 << 20,
	MANY = 30,
	PLACES = 20,
	TRIES = 20,
};

static const char ask_never[] =
	"GET /never HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

static int run(struct httpd_rig *rig, int (*client)(struct httpd_rig *rig))
{
	int err = httpd_rig_init(rig);

	if (!err)
		err = httpd_rig_run(rig, client);

	return err;
}

/* --- large
 * ------------------------------------------------------------------------ */

static int chunks_send(int fd, size_t bytes)
{
	static char chunk[8 + 4096 + 2] = "1000\r\n";
	int err = 0;

	memset(chunk + 6, 'y', 4096);
	memcpy(chunk + 6 + 4096, "\r\n", 2);
	for (size_t sent = 0; !err && sent < bytes; sent += 4096)
		err = client_write(fd, chunk, 6 + 4096 + 2);
	if (!err)
		err = client_write(fd, "0\r\n\r\n", 5);

	return err;
}

static int client_large(struct httpd_rig *rig)
{
	static const char head[] =
		" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		"Transfer-Encoding: chunked\r\n\r\n";
	static const struct {
		const char *why;
		const char *target;
		size_t bytes;
		const char *status; /* "": cut without a word */
		const char *has;
	} rowv[] = {
		/* clang-format off */
		{"ten megabytes to a file", "PUT /upload", 10 * MEGABYTE,
		 "HTTP/1.1 200", "file / 10485760 yyyy"},
		{"a little more than allowed, nobody knew", "POST /echo", 8192,
		 "HTTP/1.1 413", "larger than 1000"},
		{"very much more: cut", "POST /echo", 8 * MEGABYTE, "", NULL},
		/* clang-format on */
	};
	char answer[2048];
	int err = 0, fd = -1;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		fd = client_open(rig);
		CHECK(fd >= 0);
		(void)client_write(fd, rowv[i].target, strlen(rowv[i].target));
		(void)client_write(fd, head, sizeof(head) - 1);
		(void)chunks_send(fd, rowv[i].bytes);
		(void)client_read(fd, answer, sizeof(answer), 0);
		(void)close(fd);
		fd = -1;
		if (strncmp(answer, rowv[i].status, strlen(rowv[i].status)))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(!strncmp(answer, rowv[i].status, strlen(rowv[i].status)));
		CHECK(*rowv[i].status || !*answer);
		CHECK(!rowv[i].has || strstr(answer, rowv[i].has));
	}

	/* A head that does not end. */
	fd = client_open(rig);
	CHECK(fd >= 0);
	(void)client_write(fd, "GET /hello HTTP/1.1\r\n", 21);
	for (unsigned i = 0; i < 3000 && !err; i++)
		err = client_write(fd, "X-More: 0123456789abcdef\r\n", 26);
	err = 0;
	(void)client_read(fd, answer, sizeof(answer), 0);
	CHECK(strncmp(answer, "HTTP/1.1 2", 10) != 0);

out:
	if (fd >= 0)
		(void)close(fd);

	return err;
}

int test_httpd_large(void)
{
	struct httpd_rig rig = {.server = NULL};
	int err = run(&rig, client_large);

	httpd_rig_end(&rig);

	return err;
}

/* --- slow
 * ---------------------------------------------------------------------------
 */

/* Sends a byte whenever the server has said nothing for 20 ms, until it closes.
 * Returns whether it did within a minute. */
static bool drip(struct httpd_rig *rig, const char *first)
{
	const struct timeval step = {.tv_usec = 20000};
	uint64_t until_ms = clock_ms() + 60000;
	char answer[512];
	int fd = client_open(rig);
	bool is_closed = false;

	if (fd < 0)
		return false;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &step, sizeof(step));
	(void)client_write(fd, first, strlen(first));
	while (!is_closed && clock_ms() < until_ms) {
		ssize_t n = client_recv(fd, answer, sizeof(answer));

		is_closed = !n || (n < 0 && errno != EAGAIN) ||
		            client_write(fd, "a", 1) != 0;
	}
	(void)close(fd);

	return is_closed;
}

static int client_slow(struct httpd_rig *rig)
{
	int err = 0;

	CHECK(drip(rig, "GET /hel"));
	CHECK(drip(rig, "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
	                "Content-Length: 900\r\n\r\n"));
	/* The first request was good, unless the machine stood still within
	 * it; the second is slow. */
	for (unsigned i = 0; i < TRIES && !rig->asked; i++)
		CHECK(drip(rig, "GET /hello HTTP/1.1\r\n"
		                "Host: localhost\r\n\r\n"));
	CHECK_U64(1, rig->asked);

out:
	return err;
}

int test_httpd_slow(void)
{
	struct httpd_rig rig = {
		.prm = {.head_ms = 300, .body_ms = 300, .idle_ms = 1000}};
	int err = run(&rig, client_slow);

	httpd_rig_end(&rig);

	return err;
}

/* --- many
 * ---------------------------------------------------------------------------
 */

static int client_many(struct httpd_rig *rig)
{
	uint64_t until_ms = clock_ms() + 60000;
	char answer[1024];
	int fdv[MANY], err = 0;

	for (size_t i = 0; i < MANY; i++)
		fdv[i] = client_open(rig);
	for (size_t i = 0; i < MANY; i++)
		(void)client_write(fdv[i], ask_never, sizeof(ask_never) - 1);

	/* Who came first is heard, and keeps the place until the answer. */
	CHECK(client_sees(&rig->asked, PLACES));
	for (size_t i = PLACES; i < MANY; i++)
		CHECK_U64(0, client_read(fdv[i], answer, sizeof(answer), 0));
	CHECK_U64(PLACES, rig->asked);
	client_release(rig);
	for (size_t i = 0; i < PLACES; i++) {
		(void)client_read(fdv[i], answer, sizeof(answer), 0);
		CHECK(strstr(answer, "200 OK"));
		(void)close(fdv[i]);
		fdv[i] = -1;
	}

	/* The places are free again, once the server has seen them go. */
	do {
		err = client_ask(rig,
		                 "GET /hello HTTP/1.1\r\nHost: localhost\r\n"
		                 "Connection: close\r\n\r\n",
		                 answer, sizeof(answer));
		CHECK_ERR(0, err);
	} while (!strstr(answer, "200 OK") && clock_ms() < until_ms);
	CHECK(strstr(answer, "200 OK"));

out:
	for (size_t i = 0; i < MANY; i++) {
		if (fdv[i] >= 0)
			(void)close(fdv[i]);
	}

	return err;
}

int test_httpd_many(void)
{
	struct httpd_rig rig = {.prm = {.clients_per_address = PLACES}};
	int err = run(&rig, client_many);

	httpd_rig_end(&rig);

	return err;
}

/* --- streams
 * -------------------------------------------------------------------------- */

/* The bytes of a body in chunks; SIZE_MAX when it does not end well. */
static size_t chunked_size(const char *answer)
{
	const char *at = strstr(answer, "\r\n\r\n");
	size_t bytes = 0;

	while (at) {
		char *end;
		size_t n = strtoul(at + (bytes ? 2 : 4), &end, 16);

		if (!n)
			return strcmp(end, "\r\n\r\n") ? SIZE_MAX : bytes;
		if (strlen(end) < n + 2)
			return SIZE_MAX;
		bytes += n;
		at = end + 2 + n;
	}

	return SIZE_MAX;
}

static int client_stream(struct httpd_rig *rig)
{
	static const char request[] = "GET /stream HTTP/1.1\r\n"
				      "Host: localhost\r\n"
				      "Connection: close\r\n\r\n";
	static const char endless[] = "GET /stream?endless=1 HTTP/1.1\r\n"
				      "Host: localhost\r\n\r\n";
	size_t size = 4 * MEGABYTE;
	char *answer = mem_zalloc(size, NULL);
	int err = answer ? 0 : ENOMEM, fd = -1;

	if (err)
		return err;

	err = client_ask(rig, request, answer, size);
	CHECK_ERR(0, err);
	CHECK(strstr(answer, "Transfer-Encoding: chunked"));
	CHECK_U64(3 * MEGABYTE, chunked_size(answer));
	CHECK(rig->chokes > 0 && rig->drained > 0);
	CHECK_U64(0, rig->gone);

	/* Broken off: the client can tell. */
	err = client_ask(rig,
	                 "GET /half HTTP/1.1\r\nHost: localhost\r\n"
	                 "Connection: close\r\n\r\n",
	                 answer, size);
	CHECK_ERR(0, err);
	CHECK(strncmp(answer, "HTTP/1.1 200", 12) != 0 ||
	      chunked_size(answer) == SIZE_MAX);

	/* The client goes in the middle. */
	fd = client_open(rig);
	CHECK(fd >= 0);
	(void)client_write(fd, endless, sizeof(endless) - 1);
	(void)client_read(fd, answer, size, 1000);
	(void)close(fd);
	fd = -1;
	CHECK(client_sees(&rig->gone, 1));

out:
	if (fd >= 0)
		(void)close(fd);
	mem_deref(answer);

	return err;
}

int test_httpd_stream(void)
{
	struct httpd_rig rig = {.server = NULL};
	int err = run(&rig, client_stream);

	httpd_rig_end(&rig);

	return err;
}

/* --- WebSockets
 * ------------------------------------------------------------------------ */

#define HELLO(target, more)                                                    \
	"GET " target " HTTP/1.1\r\nHost: localhost\r\n"                       \
	"Upgrade: websocket\r\nConnection: Upgrade\r\n"                        \
	"Sec-WebSocket-Version: 13\r\n"                                        \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" more "\r\n"

/* Reads until the text is there, for a while. */
static bool wait_for(int fd, char *text, size_t size, const char *word,
                     size_t word_n)
{
	size_t used = 0;

	while (used + 1 < size) {
		ssize_t n = client_recv(fd, text + used, size - 1 - used);

		if (n <= 0)
			return false;
		used += (size_t)n;
		text[used] = '\0';
		if (memmem(text, used, word, word_n))
			return true;
	}

	return false;
}

static int frame_send(int fd, enum ws_kind kind, const void *data, size_t n)
{
	struct mbuf *mb = mbuf_alloc(n + WS_HEAD_MAX);
	int err = mb ? ws_frame_write(mb, kind, data, n, 0x01020304) : ENOMEM;

	if (!err)
		err = client_write(fd, (const char *)mb->buf, mb->end);
	mem_deref(mb);

	return err;
}

static int client_socket(struct httpd_rig *rig)
{
	static const struct {
		const char *why;
		const char *hello;
		enum ws_kind kind;
		const char *text;
		size_t n;
		const char *answer;
		size_t answer_n;
	} rowv[] = {
		/* clang-format off */
		{"a word comes back", HELLO("/socket", ""), WS_TEXT, "hi", 2,
		 "\x81\x02hi", 4},
		{"of a page of ours",
		 HELLO("/socket", "Origin: http://localhost\r\n"), WS_TEXT,
		 "hi", 2, "\x81\x02hi", 4},
		{"of another page",
		 HELLO("/socket", "Origin: http://evil.example\r\n"), WS_TEXT,
		 "hi", 2, "HTTP/1.1 403", 12},
		{"a ping", HELLO("/socket", ""), WS_PING, "are you", 7,
		 "\x8a\x07" "are you", 9},
		{"our goodbye", HELLO("/socket", ""), WS_TEXT, "bye", 3,
		 "\x88\x0d\x03\xe8" "as you wish", 15},
		{"their goodbye", HELLO("/socket", ""), WS_CLOSE, "\x03\xe8", 2,
		 "\x88\x02\x03\xe8", 4},
		{"the owner lets go", HELLO("/socket", ""), WS_TEXT, "cut", 3,
		 "\x88\x02\x03\xe9", 4},
		{"no UTF-8", HELLO("/socket", ""), WS_TEXT, "\xff", 1,
		 "\x88\x0b\x03\xef" "not UTF-8", 13},
		{"silence: a ping, then the end", HELLO("/socket?quiet=1", ""),
		 WS_TEXT, "x", 1, "\x88\x15\x03\xe9silent for too long", 23},
		/* clang-format on */
	};
	char text[2048];
	int err = 0, fd = -1;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_there;

		fd = client_open(rig);
		CHECK(fd >= 0);
		/* Not waiting for the 101: it may come behind the head. */
		(void)client_write(fd, rowv[i].hello, strlen(rowv[i].hello));
		(void)frame_send(fd, rowv[i].kind, rowv[i].text, rowv[i].n);
		is_there = wait_for(fd, text, sizeof(text), rowv[i].answer,
		                    rowv[i].answer_n);
		if (!is_there)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(is_there);
		(void)close(fd);
		fd = -1;
	}
	CHECK(client_sees(&rig->closed, 4));

out:
	if (fd >= 0)
		(void)close(fd);

	return err;
}

int test_httpd_socket(void)
{
	struct httpd_rig rig = {.server = NULL};
	int err = run(&rig, client_socket);

	httpd_rig_end(&rig);

	return err;
}

/* --- the end
 * -----------------------------------------------------------------------------
 */

/* It leaves with a request that waits, a stream, a WebSocket and half a head.
 */
static int client_leaves(struct httpd_rig *rig)
{
	static const char half_body[] = "POST /echo HTTP/1.1\r\n"
					"Host: localhost\r\n"
					"Content-Length: 900\r\n\r\nabc";
	static const char *const requestv[] = {
		"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n",
		HELLO("/socket", ""),
		"GET /hel",
		half_body,
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(requestv); i++) {
		int fd = client_open(rig);
		char text[64];

		CHECK(fd >= 0);
		(void)client_write(fd, requestv[i], strlen(requestv[i]));
		if (i == 1 || i == 2)
			(void)client_read(fd, text, sizeof(text), 40);
		rig->fdv[rig->fdc++] = fd;
	}
	CHECK(client_sees(&rig->asked, 1));

out:
	return err;
}

int test_httpd_stopped_while_busy(void)
{
	struct httpd_rig rig = {.server = NULL};
	int err = run(&rig, client_leaves);

	if (!err && httpd_busy(rig.server) < 3)
		err = EPROTO;

	/* Everything is under way; nobody is told, nothing leaks, what is still
	 * held does nothing. */
	rig.server = mem_deref(rig.server);
	if (!err && rig.heldc)
		(void)httpd_reply_text(rig.heldv[0], 200, "text/plain", "late");
	if (!err && rig.stream &&
	    httpd_stream_write(rig.stream, "x", 1) != ENOTCONN)
		err = EPROTO;
	if (!err && !httpd_rig_is_cut(&rig))
		err = EPROTO;
	for (size_t i = 0; i < rig.fdc; i++)
		(void)close(rig.fdv[i]);
	httpd_rig_end(&rig);

	return err;
}

static void drained_handler(void *arg)
{
	struct httpd_rig *rig = arg;

	rig->is_drained = true;
	loop_stop();
}

static void drain_begin(void *arg)
{
	struct httpd_rig *rig = arg;

	httpd_drain(rig->server, 60000, drained_handler, rig);
}

static int client_drain(struct httpd_rig *rig)
{
	static const char request[] =
		"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n";
	char answer[1024];
	int err = 0, fd;

	fd = client_open(rig);
	CHECK(fd >= 0);
	(void)client_write(fd, request, sizeof(request) - 1);
	CHECK(client_sees(&rig->asked, 1));
	(void)mailbox_post(rig->prm.home, drain_begin, rig);
	client_release(rig);
	/* What is under way is answered, and then the connection ends. */
	(void)client_read(fd, answer, sizeof(answer), 0);
	(void)close(fd);
	CHECK(strstr(answer, "200 OK"));
	CHECK(strstr(answer, "Connection: close"));
	/* Nobody listens any more. */
	fd = client_open(rig);
	CHECK(fd < 0);

out:
	return err;
}

int test_httpd_drained(void)
{
	struct httpd_rig rig = {.server = NULL};
	int err = run(&rig, client_drain);

	if (!err && !rig.is_drained)
		err = loop_run();
	if (!err && (!rig.is_drained || httpd_busy(rig.server)))
		err = EPROTO;
	httpd_rig_end(&rig);

	return err;
}
