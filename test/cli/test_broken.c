/*
 * test/cli/test_broken.c - test/broken, a script for each thing that can be
 * wrong with one
 *
 * NAME.json is checked; NAME.expect is what `dialwright check NAME.json
 * --format json` says of it, and its exit status: 1 for errors, 3 where there
 * are warnings only. Every fault has a path (but where the file is no JSON)
 * and words; those of warnings have a remedy.
 */
#include <dirent.h>
#include <stdlib.h>
#include <jansson.h>
#include "cli/check.h"
#include "harness.h"
#include "test_cli.h"

enum {
	KINDS_MIN = 40,
	TEXT_SIZE = 16 * 1024,
	PATH_SIZE = 512,
};

static int text_read(char text[TEXT_SIZE], const char *path)
{
	FILE *file = fopen(path, "r");
	size_t len;

	if (!file)
		return errno;

	len = fread(text, 1, TEXT_SIZE - 1, file);
	text[len] = '\0';

	return fclose(file) ? errno : 0;
}

/* Checks a script; what is said, and the exit status, becomes text. */
static int check_one(char text[TEXT_SIZE], const char *path, bool is_json)
{
	FILE *out = tmpfile();
	size_t len;
	int status;

	if (!out)
		return errno;

	status = check_run(
		out, &(struct check_prm){.path = path, .is_json = is_json});
	rewind(out);
	len = fread(text, 1, TEXT_SIZE - 32, out);
	(void)snprintf(text + len, 32, "exit %d\n", status);

	return fclose(out) ? errno : 0;
}

/* One line of the check. */
static int fault_check(const char *line, size_t len, const char *name)
{
	json_t *fault = json_loadb(line, len, 0, NULL);
	const char *path = json_string_value(json_object_get(fault, "path"));
	const char *words =
		json_string_value(json_object_get(fault, "message"));
	const char *level = json_string_value(json_object_get(fault, "level"));
	int err = 0;

	CHECK(path && words && level);
	CHECK(json_is_string(json_object_get(fault, "node")));
	CHECK(*words);
	if (!*path && strncmp(words, "no JSON", 7) != 0 &&
	    strncmp(words, "a script is", 11) != 0 &&
	    strncmp(words, "nested", 6) != 0)
		CHECK_FAIL("%s: without a path: %s", name, words);

out:
	json_decref(fault);

	return err;
}

static int script_check(const char *name)
{
	static char said[TEXT_SIZE], expected[TEXT_SIZE], plain[TEXT_SIZE];
	char script[PATH_SIZE], expect[PATH_SIZE];
	int stem = (int)strlen(name) - 5;
	int err;

	(void)snprintf(script, sizeof(script), "%s/%s",
	               test_source("test/broken"), name);
	(void)snprintf(expect, sizeof(expect), "%s/%.*s.expect",
	               test_source("test/broken"), stem, name);
	err = text_read(expected, expect);
	CHECK_ERR(0, err);
	err = check_one(said, script, true);
	CHECK_ERR(0, err);
	if (strcmp(expected, said) != 0)
		CHECK_FAIL("%s: said\n%sexpected\n%s", name, said, expected);
	CHECK(strcmp(said, "exit 0\n") != 0);

	for (const char *at = said; *at == '{'; at = strchr(at, '\n') + 1) {
		err = fault_check(at, strcspn(at, "\n"), name);
		CHECK_ERR(0, err);
	}

	/* For people, the same in other words. */
	err = check_one(plain, script, false);
	CHECK_ERR(0, err);
	CHECK_STR(strstr(said, "exit "), strstr(plain, "exit "));

out:
	return err;
}

int test_check_broken(void)
{
	DIR *dir = opendir(test_source("test/broken"));
	struct dirent *entry;
	unsigned kinds = 0;
	int err = 0, failed = 0;

	CHECK(dir);
	while ((entry = readdir(dir))) {
		const char *end = strrchr(entry->d_name, '.');

		if (!end || strcmp(end, ".json") != 0)
			continue;
		kinds++;
		if (script_check(entry->d_name))
			failed = EPROTO;
	}
	CHECK(kinds >= KINDS_MIN);
	err = failed;

out:
	if (dir)
		(void)closedir(dir);

	return err;
}

/* No file, a folder: words, and the status of errors. */
int test_check_no_file(void)
{
	static char said[TEXT_SIZE];
	int err;

	err = check_one(said, test_source("test/broken/none.json"), false);
	CHECK_ERR(0, err);
	CHECK(strstr(said, "No such file"));
	CHECK(strstr(said, "exit 1"));
	err = check_one(said, test_source("test/broken"), false);
	CHECK_ERR(0, err);
	CHECK(strstr(said, "exit 1"));

	/* A script without any fault: not a word, and 0. */
	err = check_one(said, test_source("examples/debt.json"), true);
	CHECK_ERR(0, err);
	CHECK_STR("exit 0\n", said);

out:
	return err;
}
