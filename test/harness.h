/*
 * test/harness.h - the tests of a folder: a table of functions
 *
 * A test returns 0 or an errno; the CHECK macros say what was expected and
 * what came, and jump to `out:` of a function with `int err = 0`. The runner
 * prints one line per failure and ends with "N passed, N failed".
 *
 * Options of every test program: --only TEXT (names that contain it), --part
 * I/N (every N-th test, from the I-th on), --list,
 * --oom (each test of TEST_OOM again and again with the first, the second, …
 * allocation failing, those of libraries too; see oom.h: a test must end with
 * ENOMEM or do without), --seed N (for tests that draw lots; printed on
 * failure).
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

struct test {
	const char *name;
	int (*run)(void);
	bool is_oom_safe; /* takes part in --oom */
};

/* Defined by the folder's main file. */
extern const struct test testv[];
extern const size_t testc;

/* A number from --seed, else from the kernel; the same through one run. */
uint32_t test_seed(void);

/* A fresh directory below $TMPDIR that is removed after the test. */
const char *test_dir(void);

/* The full path of a file of the source tree ("examples/x.json"). */
const char *test_source(const char *path);

enum {
	TEST_SHOWN_SIZE = 4096,
};

/* Standard error while a test looks at it; what comes after TEST_SHOWN_SIZE is
 * not shown. Closing one that is not open does nothing. */
struct test_capture {
	FILE *file;
	int before;
};
int test_capture_open(struct test_capture *capture);
void test_capture_close(struct test_capture *capture,
                        char shown[TEST_SHOWN_SIZE]);

#define TEST(function)                                                         \
	{                                                                      \
		.name = #function, .run = function                             \
	}
#define TEST_OOM(function)                                                     \
	{                                                                      \
		.name = #function, .run = function, .is_oom_safe = true        \
	}

#define CHECK_FAIL(...)                                                        \
	do {                                                                   \
		fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                \
		fprintf(stderr, __VA_ARGS__);                                  \
		fputc('\n', stderr);                                           \
		err = err ? err : EPROTO;                                      \
		goto out;                                                      \
	} while (0)

#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			CHECK_FAIL("not so: %s", #condition);                  \
	} while (0)

#define CHECK_ERR(expected, actual)                                            \
	do {                                                                   \
		int check_e = (expected), check_a = (actual);                  \
		if (check_e != check_a) {                                      \
			err = check_a == ENOMEM ? ENOMEM : EPROTO;             \
			CHECK_FAIL("%s: expected %d (%s), got %d (%s)",        \
			           #actual, check_e, strerror(check_e),        \
			           check_a, strerror(check_a));                \
		}                                                              \
	} while (0)

#define CHECK_U64(expected, actual)                                            \
	do {                                                                   \
		uint64_t check_e = (expected), check_a = (actual);             \
		if (check_e != check_a)                                        \
			CHECK_FAIL("%s: expected %" PRIu64 ", got %" PRIu64,   \
			           #actual, check_e, check_a);                 \
	} while (0)

#define CHECK_I64(expected, actual)                                            \
	do {                                                                   \
		int64_t check_e = (expected), check_a = (actual);              \
		if (check_e != check_a)                                        \
			CHECK_FAIL("%s: expected %" PRId64 ", got %" PRId64,   \
			           #actual, check_e, check_a);                 \
	} while (0)

#define CHECK_STR(expected, actual)                                            \
	do {                                                                   \
		const char *check_e = (expected), *check_a = (actual);         \
		if (!check_a || strcmp(check_e, check_a))                      \
			CHECK_FAIL("%s: expected \"%s\", got \"%s\"", #actual, \
			           check_e, check_a ? check_a : "(null)");     \
	} while (0)
