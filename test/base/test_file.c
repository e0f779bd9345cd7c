/*
 * test/base/test_file.c - whole files at once
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "harness.h"
#include "test_base.h"

enum {
	LIMIT = 8,
};

static int put(char path[512], const char *bytes, size_t len)
{
	FILE *file;
	size_t n;

	(void)snprintf(path, 512, "%s/whole", test_dir());
	file = fopen(path, "wb");
	if (!file)
		return errno;
	n = fwrite(bytes, 1, len, file);

	return fclose(file) || n != len ? EIO : 0;
}

int test_file_read(void)
{
	static const struct {
		const char *why;
		const char *bytes;
		size_t len;
		int err;
	} rowv[] = {
		{"nothing is a text too", "", 0, 0},
		{"a NUL is a byte", "a\0b", 3, 0},
		{"as much as may be", "12345678", LIMIT, 0},
		{"one more is too much", "123456789", LIMIT + 1, EFBIG},
	};
	char path[512], *text = NULL;
	size_t len = 0;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(0, put(path, rowv[i].bytes, rowv[i].len));
		err = file_read(&text, &len, path, LIMIT);
		if (err == ENOMEM)
			goto out;
		if (err != rowv[i].err)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(rowv[i].err, err);
		err = 0;
		if (rowv[i].err)
			continue;
		CHECK_U64(rowv[i].len, len);
		CHECK(!memcmp(text, rowv[i].bytes, len + 1));
		text = mem_deref(text);
	}

out:
	mem_deref(text);

	return err;
}

int test_file_refused(void)
{
	char path[512], *text = NULL;
	size_t len;
	int err = 0;

	(void)snprintf(path, sizeof(path), "%s/nothing", test_dir());
	CHECK_ERR(ENOENT, file_read(&text, &len, path, LIMIT));
	CHECK_ERR(EISDIR, file_read(&text, &len, test_dir(), LIMIT));
	CHECK(!text);

out:
	return err;
}

/* A pipe does not say how much comes. */
int test_file_pipe(void)
{
	static const struct {
		const char *bytes;
		int err;
	} rowv[] = {{"", 0}, {"12345678", 0}, {"123456789", EFBIG}};
	char *text = NULL;
	FILE *file = NULL;
	size_t len = 0;
	int err = 0, fdv[2];

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		size_t n = strlen(rowv[i].bytes);

		CHECK(!pipe(fdv));
		CHECK(write(fdv[1], rowv[i].bytes, n) == (ssize_t)n);
		(void)close(fdv[1]);
		file = fdopen(fdv[0], "r");
		CHECK(file);
		CHECK_ERR(rowv[i].err,
		          file_read_open(&text, &len, file, LIMIT));
		if (!rowv[i].err)
			CHECK_STR(rowv[i].bytes, text);
		text = mem_deref(text);
		(void)fclose(file);
		file = NULL;
	}

out:
	mem_deref(text);
	if (file)
		(void)fclose(file);

	return err;
}
