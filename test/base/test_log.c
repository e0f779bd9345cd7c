/*
 * test/base/test_log.c - what the operator reads, and what not
 */
#include <stdio.h>
#include <jansson.h>
#include "base/clock.h"
#include "base/log.h"
#include "harness.h"
#include "test_base.h"

int test_log_lines(void)
{
	static const char stranger[] = "Bob\r\n2026 error phone: fire\x1b[31m";
	char shown[TEST_SHOWN_SIZE], *line;
	struct test_capture capture;
	int err;

	err = test_capture_open(&capture);
	CHECK_ERR(0, err);
	log_debug("test", "not shown");
	log_info("test", "one of %d", 2);
	log_warning("test", "from %s", stranger);
	log_set_level(LOG_ERROR);
	log_warning("test", "not shown either");
	log_error("test", "cut \xd0\xb4\xd0 here");
	log_set_level(LOG_INFO);
	test_capture_close(&capture, shown);

	/* Behind the time: "2026-11-21T10:00:00.000Z ". */
	line = shown;
	CHECK(strlen(line) > 25 && line[10] == 'T' && line[23] == 'Z');
	CHECK(!strncmp(line + 25, "info    test: one of 2\n", 23));
	line += 25 + 23;
	CHECK(strstr(line, "warning test: from Bob  2026 error phone: fire "
	                   "[31m\n"));
	line = strchr(line, '\n') + 1;
	CHECK_STR("error   test: cut \xd0\xb4 here\n", line + 25);

out:
	return err;
}

int test_log_json(void)
{
	char shown[TEST_SHOWN_SIZE], text[2000];
	struct test_capture capture;
	json_t *line = NULL;
	char *next;
	int err;

	memset(text, '"', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';

	err = test_capture_open(&capture);
	CHECK_ERR(0, err);
	log_set_json(true);
	log_warning("phone", "call %s: %s", "0a-1", "they said \"no\"\n\\");
	log_info("test", "call us");
	log_info("test", "%s", text);
	log_set_json(false);
	test_capture_close(&capture, shown);

	line = json_loads(shown, JSON_DISABLE_EOF_CHECK, NULL);
	CHECK(line);
	CHECK_STR("warning", json_string_value(json_object_get(line, "level")));
	CHECK_STR("phone", json_string_value(json_object_get(line, "folder")));
	CHECK_STR("0a-1", json_string_value(json_object_get(line, "call")));
	CHECK_STR("they said \"no\" \\",
	          json_string_value(json_object_get(line, "text")));
	json_decref(line);

	next = strchr(shown, '\n') + 1;
	line = json_loads(next, JSON_DISABLE_EOF_CHECK, NULL);
	CHECK_STR("call us", json_string_value(json_object_get(line, "text")));
	CHECK(!json_object_get(line, "call"));
	json_decref(line);

	/* However long: a line of JSON. */
	next = strchr(next, '\n') + 1;
	line = json_loads(next, JSON_DISABLE_EOF_CHECK, NULL);
	CHECK(line && strlen(next) < 1025);

out:
	json_decref(line);

	return err;
}

int test_log_long(void)
{
	char shown[TEST_SHOWN_SIZE], text[2000];
	struct test_capture capture;
	int err;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';

	err = test_capture_open(&capture);
	CHECK_ERR(0, err);
	log_info("test", "%s", text);
	test_capture_close(&capture, shown);

	/* Cut, and still one line. */
	CHECK(strlen(shown) > 1000 && strlen(shown) <= 1024);
	CHECK(strchr(shown, '\n') == shown + strlen(shown) - 1);

out:
	return err;
}

int test_log_mask(void)
{
	static const struct {
		const char *number;
		const char *masked;
	} rowv[] = {
		{"+79990001234", "+7999*****34"},
		{"+15550100", "*******00"},
		{"101", "***"},
		{"12345", "*****"},
		{"123456", "****56"},
		{"1234567890", "12345***90"},
		{"", ""},
	};
	char masked[LOG_MASK_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++)
		CHECK_STR(rowv[i].masked, log_mask(masked, rowv[i].number));

	/* As long as the room is. */
	CHECK_U64(LOG_MASK_SIZE - 1,
	          strlen(log_mask(masked, "0123456789012345678901234567890123"
	                                  "4567890123456789")));

out:
	return err;
}

int test_log_level(void)
{
	enum log_level level = LOG_ERROR;
	int err = 0;

	CHECK(log_level_parse(&level, "debug") && level == LOG_DEBUG);
	CHECK(log_level_parse(&level, "warning") && level == LOG_WARNING);
	CHECK(!log_level_parse(&level, "loud"));
	CHECK(!log_level_parse(&level, ""));
	CHECK(level == LOG_WARNING);

out:
	return err;
}

int test_clock_text(void)
{
	char text[CLOCK_TEXT_SIZE];
	uint64_t before_us = clock_us();
	int err = 0;

	CHECK_STR("1970-01-01T00:00:00.000Z", clock_text(text, 0));
	CHECK_STR("2024-02-29T23:59:59.007Z", clock_text(text, 1709251199007));
	CHECK_STR("2038-01-19T03:14:08.000Z", clock_text(text, 2147483648000));

	clock_wait_until_us(before_us + 2000);
	CHECK(clock_us() >= before_us + 2000);
	CHECK(clock_ms() >= before_us / 1000);

out:
	return err;
}
