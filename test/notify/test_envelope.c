/*
 * test/notify/test_envelope.c - the envelope and its signature
 */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "harness.h"
#include "notify/envelope.h"
#include "notify/signature.h"
#include "notify/test_notify.h"

int test_envelope_cloudevent(void)
{
	static const struct notify_event event = {
		.seq = 7,
		.id = "01930000-0000-7000-8000-000000000001",
		.type = "call.ended",
		.key = "c-1",
		.n = 3,
		.at_ms = 1795168800123,
		.data = "{\"label\": \"да\"}",
	};
	static const struct {
		const char *name, *value;
	} rowv[] = {
		{"specversion", "1.0"},
		{"id", "01930000-0000-7000-8000-000000000001"},
		{"source", "/clinic"},
		{"type", "dialwright.call.ended"},
		{"subject", "call/c-1"},
		{"time", "2026-11-20T10:00:00.123Z"},
		{"datacontenttype", "application/json"},
		{"partitionkey", "c-1"},
		{"sequence", "3"},
	};
	json_t *json = NULL;
	char *text = NULL;
	int err;

	err = envelope_make(&text, &event, "/clinic");
	if (err == ENOMEM)
		goto out;
	CHECK_ERR(0, err);
	jmem_forget();
	json = json_loads(text, 0, NULL);
	if (!json || jmem_has_failed())
		err = ENOMEM;
	if (err)
		goto out;
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++)
		CHECK_STR(rowv[i].value, json_string_value(json_object_get(
						 json, rowv[i].name)));
	CHECK_U64(ARRAY_COUNT(rowv) + 1, json_object_size(json));
	CHECK_STR("да", json_string_value(json_object_get(
				json_object_get(json, "data"), "label")));

out:
	json_decref(json);
	mem_deref(text);

	return err;
}

/* Raw events are sent as they are; data that is none is refused. */
int test_envelope_raw(void)
{
	static const struct {
		const char *why, *data;
		int err;
	} rowv[] = {
		/* clang-format off */
		{"a message", "{\"key\":\"m\",\"text\":\"{\\\"a\\\":1}\"}", 0},
		{"no key", "{\"text\":\"x\"}", EBADMSG},
		{"no text", "{\"key\":\"m\"}", EBADMSG},
		{"no JSON", "x", EBADMSG},
		/* clang-format on */
	};
	struct notify_event event = {.type = "ones_http_event", .key = "c-1"};
	char *key = NULL, *text = NULL;
	int err = 0;

	CHECK(envelope_is_raw(&event));
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int got;

		event.data = rowv[i].data;
		got = envelope_raw(&key, &text, &event);
		if (got == ENOMEM) {
			err = ENOMEM;
			goto out;
		}
		if (got != rowv[i].err)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(rowv[i].err, got);
		if (!got) {
			CHECK_STR("m", key);
			CHECK_STR("{\"a\":1}", text);
		}
		key = mem_deref(key);
		text = mem_deref(text);
	}
	event.type = "call.ended";
	CHECK(!envelope_is_raw(&event));

out:
	mem_deref(key);
	mem_deref(text);

	return err;
}

/* The vector that the specification's own tests use. */
int test_signature_vector(void)
{
	char text[SIGNATURE_SIZE];
	int err;

	err = signature_make(text, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	                     "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
	                     "{\"test\": 2432232314}");
	CHECK_ERR(0, err);
	CHECK_STR("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", text);

out:
	return err;
}

int test_signature_rotation(void)
{
	static const char both[] = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw "
				   "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
	char text[SIGNATURE_SIZE];
	int err;

	err = signature_make(text, both, "msg_p5jXN8AQM9LWM0D4loKWxJek",
	                     1614265330, "{\"test\": 2432232314}");
	CHECK_ERR(0, err);
	CHECK(!strncmp(text,
	               "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,",
	               51));
	CHECK_U64(2 * 47 + 1, strlen(text));

out:
	return err;
}

int test_signature_refusals(void)
{
	static const struct {
		const char *why, *secret;
	} rowv[] = {
		{"not base64", "whsec_!!!!"},
		{"23 bytes", "AAECAwQFBgcICQoLDA0ODxAREhMUFRY="},
		{"the second one", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw x"},
		{"far too long",
	         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXAAECAwQFBgcICQoLDA0ODxAR"
	         "EhMUFRYXAAECAwQFBgcICQoLDA0ODxAREhMUFRYXAAECAwQFBgcICQoL"},
	};
	char text[SIGNATURE_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int got = signature_make(text, rowv[i].secret, "", 0, "");

		if (got != EINVAL)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(EINVAL, got);
	}

out:
	return err;
}
