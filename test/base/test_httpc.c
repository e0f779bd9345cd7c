/*
 * test/base/test_httpc.c - requests to servers that behave and that do not
 */
#include "httpc_rig.h"
#include "test_base.h"

int test_httpc_answers(void)
{
	static const char big[] = "forty-two bytes of text, more than a piece";
	static const struct {
		const char *why;
		struct web_page page;
		int err;
		unsigned status;
		const char *body;
	} rowv[] = {
		/* clang-format off */
		{"a length and a body", {.body = "hello"}, 0, 200, "hello"},
		{"no body at all", {.status = 204}, 0, 204, ""},
		{"in chunks", {.body = big, .trick = WEB_CHUNKED},
		 0, 200, big},
		{"byte by byte", {.body = big, .trick = WEB_SLOW,
		 .delay_ms = 5}, 0, 200, big},
		{"late, within the limit", {.body = "x", .delay_ms = 200},
		 0, 200, "x"},
		{"an error keeps its body", {.status = 503, .body = "busy"},
		 0, 503, "busy"},
		{"a redirect is an answer", {.status = 302, .body = "go",
		 .headers = "Location: /elsewhere\r\n"}, 0, 302, "go"},
		{"later than the limit", {.body = "x", .delay_ms = 60000},
		 ETIMEDOUT, 0, ""},
		{"never", {.trick = WEB_SILENT}, ETIMEDOUT, 0, ""},
		{"slower than the limit", {.body = big, .trick = WEB_SLOW,
		 .delay_ms = 900}, ETIMEDOUT, 200, ""},
		{"cut in the body", {.body = big, .trick = WEB_CUT},
		 ECONNRESET, 200, ""},
		{"cut in the header", {.trick = WEB_HALF_HEAD},
		 ECONNRESET, 200, ""},
		{"closed at once", {.trick = WEB_CLOSE}, ECONNRESET, 0, ""},
		{"endless", {.trick = WEB_ENDLESS}, EFBIG, 200, ""},
		{"not HTTP", {.trick = WEB_GARBAGE}, EPROTO, 0, ""},
		/* clang-format on */
	};
	struct rig rig;
	int err;

	err = rig_init(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_client(&rig);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct httpc_prm prm = {
			.url = web_url(rig.web, "/key=secret"),
			/* Whoever shall answer has time to. */
			.whole_ms = rowv[i].err == ETIMEDOUT ? 2000 : 0,
			.limit_bytes = 100000,
		};
		struct web_page page = rowv[i].page;

		err = web_put(rig.web, &page);
		CHECK_ERR(0, err);
		err = rig_ask(&rig, &prm);
		if (err || rig.err != rowv[i].err)
			fprintf(stderr, "row %zu: %s: %s\n", i, rowv[i].why,
			        rig.reason);
		CHECK_ERR(0, err);
		CHECK_ERR(rowv[i].err, rig.err);
		CHECK_U64(i + 1, rig.answers);
		CHECK_STR(rowv[i].body, rig.body);
		if (!rig.err)
			CHECK_U64(rowv[i].status, rig.status);
		CHECK(!rig.err == !rig.reason[0]);
		CHECK(!strstr(rig.reason, "secret"));
		CHECK(!rig.err || strstr(rig.reason, "127.0.0.1"));
	}

out:
	rig_end(&rig);

	return err;
}

int test_httpc_question(void)
{
	static const struct httpc_header headerv[] = {
		{"Authorization", "Bearer secret"},
		{"X-Empty", ""},
	};
	static const struct web_page page = {
		.path = "/say",
		.headers = "ETag: \"7\"\r\nContent-Type: text/plain\r\n",
		.body = "ok",
	};
	const struct web_request *request;
	struct httpc_prm prm = {
		.method = "PUT",
		.headerv = headerv,
		.headerc = ARRAY_COUNT(headerv),
		.body = "{\"a\":1}",
		.body_len = 7,
		.content_type = "application/json",
	};
	struct rig rig;
	int err;

	err = rig_init(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_client(&rig);
	CHECK_ERR(0, err);
	err = web_put(rig.web, &page);
	CHECK_ERR(0, err);

	prm.url = web_url(rig.web, "/say?text=%D0%B4%D0%B0&n=1");
	err = rig_ask(&rig, &prm);
	CHECK_ERR(0, err);
	CHECK_ERR(0, rig.err);
	CHECK_STR("\"7\"", rig.etag);
	CHECK_STR("text/plain", rig.type);

	request = web_request(rig.web, 0);
	CHECK(request);
	CHECK_STR("PUT", request->method);
	CHECK_STR("/say?text=%D0%B4%D0%B0&n=1", request->target);
	CHECK_STR("{\"a\":1}", request->body);
	CHECK(web_has_header(request, "Authorization: Bearer secret"));
	CHECK(web_has_header(request, "X-Empty:"));
	CHECK(web_has_header(request, "Content-Type: application/json"));
	CHECK(web_has_header(request,
	                     "User-Agent: dialwright/" DIALWRIGHT_VERSION));
	CHECK(!strstr(request->headers, "Expect"));

	/* A HEAD has no body, whatever length is announced. */
	prm = (struct httpc_prm){
		.method = "HEAD",
		.url = web_url(rig.web, "/say"),
	};
	err = rig_ask(&rig, &prm);
	CHECK_ERR(0, err);
	CHECK_U64(200, rig.status);

	/* A body makes it a POST. */
	prm = (struct httpc_prm){
		.url = web_url(rig.web, "/say"),
		.body = "x",
		.body_len = 1,
	};
	err = rig_ask(&rig, &prm);
	CHECK_ERR(0, err);
	CHECK_STR("POST", web_request(rig.web, 2)->method);

out:
	rig_end(&rig);

	return err;
}

int test_httpc_refused(void)
{
	static const struct {
		const char *why;
		const char *url, *method, *name, *value;
	} rowv[] = {
		/* clang-format off */
		{"no URL", "hello", NULL, "A", "b"},
		{"another scheme", "file:///etc/passwd", NULL, "A", "b"},
		{"another scheme", "ftp://example.org/x", NULL, "A", "b"},
		{"a password inside", "http://me:pw@example.org/", NULL, "A",
		 "b"},
		{"a line break inside", "http://example.org/a\r\nB: c", NULL,
		 "A", "b"},
		{"a blank inside", "http://example.org/a b", NULL, "A", "b"},
		{"two words as method", "http://example.org/", "GET /x", "A",
		 "b"},
		{"no method", "http://example.org/", "", "A", "b"},
		{"a header's name with a colon", "http://example.org/", NULL,
		 "A: b\r\nC", "b"},
		{"a header's value with a line break", "http://example.org/",
		 NULL, "A", "b\r\nC: d"},
		/* clang-format on */
	};
	struct httpc_sink sink = {.done = rig_done};
	struct rig rig;
	int err;

	err = rig_init(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_client(&rig);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct httpc_header header = {rowv[i].name, rowv[i].value};
		struct httpc_prm prm = {
			.url = rowv[i].url,
			.method = rowv[i].method,
			.headerv = &header,
			.headerc = 1,
		};

		err = httpc_send(&rig.req, rig.client, &prm, &sink);
		if (err != EINVAL)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(EINVAL, err);
		err = 0;
	}

	err = cfg_set(rig.cfg, "http.ca_file", "/nowhere/ca.pem", rig.fault);
	CHECK_ERR(0, err);
	mem_deref(rig.client);
	rig.client = NULL;
	err = rig_client(&rig);
	CHECK_ERR(EINVAL, err);
	err = 0;

out:
	rig_end(&rig);

	return err;
}

int test_httpc_unreachable(void)
{
	static const struct {
		const char *url;
		int err;
	} rowv[] = {
		{"http://127.0.0.1:1/x", ECONNREFUSED},
		{"http://nobody.invalid/x", EHOSTUNREACH},
	};
	struct rig rig;
	int err;

	err = rig_init(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_client(&rig);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct httpc_prm prm = {.url = rowv[i].url};

		err = rig_ask(&rig, &prm);
		CHECK_ERR(0, err);
		CHECK_ERR(rowv[i].err, rig.err);
		CHECK_U64(0, rig.status);
	}

out:
	rig_end(&rig);

	return err;
}

int test_httpc_redirects(void)
{
	static const struct web_page pagev[] = {
		{.path = "/end", .body = "end"},
		{.path = "/one",
	         .status = 302,
	         .headers = "Location: /end\r\n"},
		{.path = "/round",
	         .status = 302,
	         .headers = "Location: /round\r\n"},
		{.path = "/file",
	         .status = 302,
	         .headers = "Location: file:///etc/hostname\r\n"},
	};
	static const struct {
		const char *path;
		int err;
		const char *body;
	} rowv[] = {
		{"/one", 0, "end"},
		{"/round", ELOOP, ""},
		{"/file", EPROTO, ""},
	};
	struct rig rig;
	int err;

	err = rig_init(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_client(&rig);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(pagev); i++) {
		err = web_put(rig.web, &pagev[i]);
		CHECK_ERR(0, err);
	}

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct httpc_prm prm = {
			.url = web_url(rig.web, rowv[i].path),
			.redirectc = 3,
		};

		err = rig_ask(&rig, &prm);
		CHECK_ERR(0, err);
		CHECK_ERR(rowv[i].err, rig.err);
		CHECK_STR(rowv[i].body, rig.body);
	}

out:
	rig_end(&rig);

	return err;
}

int test_httpc_escape(void)
{
	char text[RIG_TEXT_SIZE], small[6];
	int err = 0;

	CHECK(httpc_escape(text, sizeof(text), "a-b._~Z9"));
	CHECK_STR("a-b._~Z9", text);
	CHECK(httpc_escape(text, sizeof(text), "a b&c=/?#\r\n\"%да"));
	CHECK_STR("a%20b%26c%3D%2F%3F%23%0D%0A%22%25%D0%B4%D0%B0", text);
	CHECK(!httpc_escape(small, sizeof(small), "aaaa&"));
	CHECK(httpc_escape(small, sizeof(small), "aa&"));
	CHECK_STR("aa%26", small);

out:
	return err;
}
