/*
 * test/base/test_httpc_conn.c - streams, cancelling, connections, certificates
 */
#include "base/clock.h"
#include "httpc_rig.h"
#include "test_base.h"
#include "webcert.h"

enum {
	MANY = 40,
	LATE_MS = 50000,
};

int test_httpc_streams(void)
{
	static const struct web_page slow = {
		.path = "/slow",
		.headers = "Content-Type: audio/wav\r\n",
		.body = "seven bytes and seven and seven",
		.trick = WEB_SLOW,
		.delay_ms = 20,
	};
	static const struct web_page plain = {.path = "/plain", .body = "p"};
	static const struct web_page bad = {
		.path = "/bad",
		.status = 500,
		.body = "broken",
	};
	struct httpc_sink sink = {.body = rig_body, .done = rig_done};
	struct httpc_request *req = NULL;
	struct httpc_prm prm = {0};
	struct rig rig;
	int err;

	err = rig_init(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_client(&rig);
	CHECK_ERR(0, err);
	sink.arg = &rig;
	err = web_put(rig.web, &slow);
	CHECK_ERR(0, err);
	err = web_put(rig.web, &plain);
	CHECK_ERR(0, err);
	err = web_put(rig.web, &bad);
	CHECK_ERR(0, err);

	/* Pieces come before the whole is there; one of them asks on. */
	rig.sends_in_piece = true;
	prm.url = web_url(rig.web, "/slow");
	err = httpc_send(&req, rig.client, &prm, &sink);
	CHECK_ERR(0, err);
	rig.waiting = 1;
	err = rig_run(&rig);
	CHECK_ERR(0, err);
	CHECK_U64(2, rig.answers);
	CHECK(rig.pieces > 1);
	CHECK_U64(strlen(slow.body), rig.piece_bytes);
	CHECK_U64(0, rig.body_len);
	CHECK_STR("audio/wav", rig.type);

	/* What is no sound is not played. */
	rig.pieces = 0;
	req = mem_deref(req);
	prm.url = web_url(rig.web, "/bad");
	err = httpc_send(&req, rig.client, &prm, &sink);
	CHECK_ERR(0, err);
	rig.waiting = 1;
	err = rig_run(&rig);
	CHECK_ERR(0, err);
	CHECK_U64(0, rig.pieces);
	CHECK_STR("broken", rig.body);

	/* Freed by its own handler: no word more. */
	rig.frees_in_piece = true;
	rig.answers = 0;
	rig.req = mem_deref(rig.req);
	prm.url = web_url(rig.web, "/slow");
	err = httpc_send(&rig.req, rig.client, &prm, &sink);
	CHECK_ERR(0, err);
	rig.waiting = 1;
	err = rig_run(&rig);
	CHECK_ERR(0, err);
	CHECK(!rig.req);
	CHECK_U64(1, rig.pieces);
	CHECK_U64(0, rig.answers);

out:
	mem_deref(req);
	rig_end(&rig);

	return err;
}

int test_httpc_cancelled(void)
{
	static const struct web_page silent = {
		.path = "/silent",
		.trick = WEB_SILENT,
	};
	static const struct web_page plain = {
		.path = "/plain",
		.body = "p",
		.delay_ms = 100,
	};
	struct httpc_sink sink = {.done = rig_done};
	struct httpc_request *reqv[3] = {NULL};
	struct httpc_prm prm = {0};
	struct rig rig;
	int err;

	err = rig_init(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_client(&rig);
	CHECK_ERR(0, err);
	sink.arg = &rig;
	err = web_put(rig.web, &silent);
	CHECK_ERR(0, err);
	err = web_put(rig.web, &plain);
	CHECK_ERR(0, err);

	/* Before it went out, and while the server thinks. */
	prm.url = web_url(rig.web, "/silent");
	for (size_t i = 0; i < ARRAY_COUNT(reqv); i++) {
		err = httpc_send(&reqv[i], rig.client, &prm, &sink);
		CHECK_ERR(0, err);
	}
	reqv[0] = mem_deref(reqv[0]);
	prm.url = web_url(rig.web, "/plain");
	err = rig_ask(&rig, &prm);
	CHECK_ERR(0, err);
	CHECK_U64(1, rig.answers);
	reqv[1] = mem_deref(reqv[1]);
	err = rig_ask(&rig, &prm);
	CHECK_ERR(0, err);
	CHECK_U64(2, rig.answers);
	CHECK_U64(4, web_requests(rig.web));

out:
	for (size_t i = 0; i < ARRAY_COUNT(reqv); i++)
		mem_deref(reqv[i]);
	rig_end(&rig);

	return err;
}

int test_httpc_connections(void)
{
	static const struct web_page plain = {
		.path = "/plain",
		.body = "p",
		.delay_ms = 2,
	};
	static const struct web_page last = {
		.path = "/last",
		.body = "p",
		.is_last = true,
	};
	struct httpc_sink sink = {.done = rig_done};
	struct httpc_request *reqv[MANY] = {NULL};
	struct httpc_prm prm = {0};
	struct rig rig;
	int err;

	err = rig_init(&rig, NULL);
	CHECK_ERR(0, err);
	err = cfg_set(rig.cfg, "http.connections_per_host", "4", rig.fault);
	CHECK_ERR(0, err);
	err = rig_client(&rig);
	CHECK_ERR(0, err);
	sink.arg = &rig;
	err = web_put(rig.web, &plain);
	CHECK_ERR(0, err);
	err = web_put(rig.web, &last);
	CHECK_ERR(0, err);

	/* Opened before need; the first request finds it. */
	httpc_warm(rig.client, web_url(rig.web, "/plain?x=1"), NULL);
	err = rig_settle(&rig);
	CHECK_ERR(0, err);
	CHECK_U64(1, web_connections(rig.web));
	CHECK_STR("/", web_request(rig.web, 0)->target);
	prm.url = web_url(rig.web, "/plain");
	err = rig_ask(&rig, &prm);
	CHECK_ERR(0, err);
	CHECK_U64(1, web_connections(rig.web));

	/* Many at once share what the configuration grants. */
	for (size_t i = 0; i < MANY; i++) {
		err = httpc_send(&reqv[i], rig.client, &prm, &sink);
		CHECK_ERR(0, err);
		rig.waiting++;
	}
	err = rig_run(&rig);
	CHECK_ERR(0, err);
	CHECK_U64(MANY + 1, rig.answers);
	CHECK(web_connections(rig.web) <= 4);

	/* One that the server closed is not used again. */
	prm.url = web_url(rig.web, "/last");
	for (size_t i = 0; i < 3; i++) {
		err = rig_ask(&rig, &prm);
		CHECK_ERR(0, err);
		CHECK_ERR(0, rig.err);
	}

out:
	for (size_t i = 0; i < MANY; i++)
		mem_deref(reqv[i]);
	rig_end(&rig);

	return err;
}

int test_httpc_waits_its_turn(void)
{
	static const struct web_page silent = {.trick = WEB_SILENT};
	struct httpc_sink sink = {.done = rig_done};
	struct httpc_request *reqv[3] = {NULL};
	struct httpc_prm prm = {.whole_ms = 300};
	uint64_t start_ms;
	struct rig rig;
	int err;

	err = rig_init(&rig, NULL);
	CHECK_ERR(0, err);
	err = cfg_set(rig.cfg, "http.connections_per_host", "1", rig.fault);
	CHECK_ERR(0, err);
	err = rig_client(&rig);
	CHECK_ERR(0, err);
	sink.arg = &rig;
	err = web_put(rig.web, &silent);
	CHECK_ERR(0, err);

	/* The limit is the patience of who asks, not of the connection. */
	start_ms = clock_ms();
	prm.url = web_url(rig.web, "/");
	for (size_t i = 0; i < ARRAY_COUNT(reqv); i++) {
		err = httpc_send(&reqv[i], rig.client, &prm, &sink);
		CHECK_ERR(0, err);
		rig.waiting++;
	}
	err = rig_run(&rig);
	CHECK_ERR(0, err);
	CHECK_ERR(ETIMEDOUT, rig.err);
	CHECK(clock_ms() - start_ms < LATE_MS);

out:
	for (size_t i = 0; i < ARRAY_COUNT(reqv); i++)
		mem_deref(reqv[i]);
	rig_end(&rig);

	return err;
}

int test_httpc_certificates(void)
{
	static const struct {
		const char *why;
		const char *subject;
		int days_ago;
		bool is_trusted, is_asked_for;
		int err;
	} rowv[] = {
		/* clang-format off */
		{"trusted and its own", "IP:127.0.0.1", 1, true, false, 0},
		{"trusted by this request", "IP:127.0.0.1", 1, false, true, 0},
		{"signed by nobody we know", "IP:127.0.0.1", 1, false, false,
		 EPERM},
		{"of another host", "DNS:example.org", 1, true, false, EPERM},
		{"run out", "IP:127.0.0.1", 9, true, false, EPERM},
		/* clang-format on */
	};
	char pem[RIG_TEXT_SIZE];
	struct rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct web_page page = {.body = "safe"};
		struct httpc_prm prm = {0};

		(void)snprintf(pem, sizeof(pem), "%s/%zu.pem", test_dir(), i);
		err = webcert_write(pem, rowv[i].subject, rowv[i].days_ago);
		CHECK_ERR(0, err);
		err = rig_init(&rig, pem);
		CHECK_ERR(0, err);
		if (rowv[i].is_trusted) {
			err = cfg_set(rig.cfg, "http.ca_file", pem, rig.fault);
			CHECK_ERR(0, err);
		}
		err = rig_client(&rig);
		CHECK_ERR(0, err);
		err = web_put(rig.web, &page);
		CHECK_ERR(0, err);

		prm.url = web_url(rig.web, "/");
		prm.ca_file = rowv[i].is_asked_for ? pem : NULL;
		err = rig_ask(&rig, &prm);
		if (err || rowv[i].err != rig.err)
			fprintf(stderr, "row %zu: %s: %s\n", i, rowv[i].why,
			        rig.reason);
		CHECK_ERR(0, err);
		CHECK_ERR(rowv[i].err, rig.err);
		CHECK_STR(rig.err ? "" : "safe", rig.body);
		if (i + 1 < ARRAY_COUNT(rowv))
			rig_end(&rig);
	}

out:
	rig_end(&rig);

	return err;
}
