/*
 * test/base/test_httpd_live.c - the HTTP server: TLS, and a thousand who wait
 */
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "httpd_rig.h"
#include "test_base.h"
#include "webcert.h"

enum {
	LISTENERS = 1000,
};

static const char ask_hello[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\n"
				"Connection: close\r\n\r\n";

/* --- those who wait ------------------------------------------------------- */

static int client_listeners(struct httpd_rig *rig)
{
	static const char request[] = "GET /idle HTTP/1.1\r\n"
				      "Host: localhost\r\n\r\n";
	static const char news[] = "4\r\nnews\r\n0\r\n\r\n";
	int *fdv = mem_zalloc(LISTENERS * sizeof(*fdv), NULL);
	char text[1024];
	int err = fdv ? 0 : ENOMEM;
	size_t count = 0;

	if (err)
		return err;

	for (; count < LISTENERS; count++) {
		fdv[count] = client_open(rig);
		CHECK(fdv[count] >= 0);
		CHECK_ERR(0, client_write(fdv[count], request,
		                          sizeof(request) - 1));
	}
	/* All of them have heard the first word; others are served meanwhile.
	 */
	for (size_t i = 0; i < LISTENERS; i++) {
		size_t used = 0;

		while (used < sizeof(text) - 1 && !strstr(text, "hello\r\n")) {
			size_t n = client_read(fdv[i], text + used,
			                       sizeof(text) - used, 1);

			CHECK(n == 1);
			used += n;
		}
		memset(text, 0, sizeof(text));
	}
	CHECK_ERR(0, client_ask(rig, ask_hello, text, sizeof(text)));
	CHECK(strstr(text, "hello you"));

	/* One of them goes; then all are told. */
	(void)close(fdv[0]);
	CHECK_ERR(0, client_ask(rig,
	                        "GET /tell HTTP/1.1\r\nHost: localhost\r\n"
	                        "Connection: close\r\n\r\n",
	                        text, sizeof(text)));
	CHECK(strstr(text, "200 OK"));
	for (size_t i = 1; i < LISTENERS; i++) {
		(void)client_read(fdv[i], text, sizeof(text), sizeof(news) - 1);
		CHECK_STR(news, text);
	}

out:
	for (size_t i = 1; i < count; i++)
		(void)close(fdv[i]);
	mem_deref(fdv);

	return err;
}

int test_httpd_listeners(void)
{
	struct httpd_rig rig = {.server = NULL};
	int err;

	err = httpd_rig_init(&rig);
	if (!err)
		err = httpd_rig_run(&rig, client_listeners);
	httpd_rig_end(&rig);

	return err;
}

/* --- TLS -------------------------------------------------------------------
 */

static size_t tls_talk(SSL *ssl, const char *request, size_t n, char *answer,
                       size_t size)
{
	size_t used = 0;
	int got;

	if (SSL_connect(ssl) != 1 || SSL_write(ssl, request, (int)n) != (int)n)
		return 0;
	while ((got = SSL_read(ssl, answer + used, (int)(size - 1 - used))) > 0)
		used += (size_t)got;
	answer[used] = '\0';

	return used;
}

/* With the highest version that the client may speak. */
static int tls_ask(const struct httpd_rig *rig, int version, char *answer,
                   size_t size)
{
	const struct timeval unlimited = {0};
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int fd = client_open(rig);
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	int err = ssl && fd >= 0 ? 0 : ENOMEM;

	*answer = '\0';
	if (!err) {
		/* With a limit a process that was frozen reads EINTR, for the
		 * library the end. */
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &unlimited,
		                 sizeof(unlimited));
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &unlimited,
		                 sizeof(unlimited));
		SSL_set_security_level(ssl, 0);
		(void)SSL_set_max_proto_version(ssl, version);
		(void)SSL_set_fd(ssl, fd);
		(void)tls_talk(ssl, ask_hello, sizeof(ask_hello) - 1, answer,
		               size);
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	if (fd >= 0)
		(void)close(fd);

	return err;
}

static int client_tls(struct httpd_rig *rig)
{
	char answer[1024];
	int err = 0;

	CHECK_ERR(0, tls_ask(rig, TLS1_3_VERSION, answer, sizeof(answer)));
	CHECK(strstr(answer, "hello you"));
	CHECK_ERR(0, tls_ask(rig, TLS1_2_VERSION, answer, sizeof(answer)));
	CHECK(strstr(answer, "hello you"));
	/* Old versions, and none at all, are not spoken. */
	CHECK_ERR(0, tls_ask(rig, TLS1_1_VERSION, answer, sizeof(answer)));
	CHECK_STR("", answer);
	CHECK_ERR(0, client_ask(rig, ask_hello, answer, sizeof(answer)));
	CHECK(!strstr(answer, "hello you"));

out:
	return err;
}

int test_httpd_tls(void)
{
	struct httpd_rig rig = {.server = NULL};
	char path[256];
	int err;

	(void)snprintf(path, sizeof(path), "%s/server.pem", test_dir());
	err = webcert_write(path, "IP:127.0.0.1", 0);
	if (err)
		return err;

	rig.prm.cert_file = rig.prm.key_file = path;
	err = httpd_rig_init(&rig);
	if (!err)
		err = httpd_rig_run(&rig, client_tls);
	httpd_rig_end(&rig);

	return err;
}

/* --- what cannot be ----------------------------------------------------------
 */

int test_httpd_refusals(void)
{
	static const struct {
		const char *why;
		struct httpd_prm prm;
		const char *fault;
	} rowv[] = {
		/* clang-format off */
		{"no address", {.address = "here"},
		 "no address of an interface"},
		{"an address of others", {.address = "192.0.2.1"},
		 "cannot listen on 192.0.2.1"},
		{"no certificate", {.cert_file = "/nowhere.pem",
				    .key_file = "/nowhere.pem"},
		 "/nowhere.pem: No such file"},
		/* clang-format on */
	};
	struct httpd_rig rig = {.server = NULL};
	struct httpd *other = NULL;
	struct httpd_prm prm;
	char fault[HTTPD_FAULT_SIZE];
	int err;

	err = httpd_rig_init(&rig);
	if (err)
		goto out;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		prm = rowv[i].prm;
		prm.home = rig.prm.home;
		CHECK(httpd_alloc(&other, &prm, fault));
		if (!strstr(fault, rowv[i].fault))
			fprintf(stderr, "row %zu: %s: %s\n", i, rowv[i].why,
			        fault);
		CHECK(strstr(fault, rowv[i].fault));
	}

	prm = (struct httpd_prm){.home = rig.prm.home, .port = rig.port};
	CHECK_ERR(EADDRINUSE, httpd_alloc(&other, &prm, fault));
	CHECK(strstr(fault, "another program is there"));
	CHECK(httpd_is_loopback("127.1.2.3") && httpd_is_loopback("::1"));
	CHECK(!httpd_is_loopback("0.0.0.0") && !httpd_is_loopback("::"));

out:
	mem_deref(other);
	httpd_rig_end(&rig);

	return err;
}
