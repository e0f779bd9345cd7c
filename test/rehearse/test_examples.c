/*
 * test/rehearse/test_examples.c - the files of examples/ belong together
 */
#include <stdlib.h>
#include "base/number.h"
#include "harness.h"
#include "phone/phone.h"
#include "rehearse/roster.h"
#include "tests.h"

enum {
	GOOD_ROWS = 24,
	BROKEN_ROWS = 6,
	LINE_SIZE = 256,
};

static bool is_new(char (*seenv)[NUMBER_SIZE], size_t seenc, const char *number)
{
	for (size_t i = 0; i < seenc; i++) {
		if (!strcmp(seenv[i], number))
			return false;
	}

	return true;
}

/* The list of which the README promises: 24 are called, 6 are refused. */
int test_examples_list(void)
{
	char line[LINE_SIZE], seenv[GOOD_ROWS][NUMBER_SIZE];
	char fault[CFG_FAULT_SIZE], number[NUMBER_SIZE];
	struct roster *roster = NULL;
	size_t good = 0, broken = 0;
	FILE *file = NULL;
	int err;

	err = roster_load_file(&roster, test_source("examples/people.json"),
	                       fault);
	CHECK_ERR(0, err);

	file = fopen(test_source("examples/list.csv"), "r");
	CHECK(file);
	CHECK(fgets(line, sizeof(line), file));
	CHECK_STR("number,name,day,time\n", line);

	while (fgets(line, sizeof(line), file)) {
		const struct person *person;

		line[strcspn(line, ",")] = '\0';
		if (number_normalise(number, line, "")) {
			broken++;
			continue;
		}

		CHECK(good < GOOD_ROWS);
		CHECK(is_new(seenv, good, number));
		memcpy(seenv[good++], number, NUMBER_SIZE);

		/* Somebody is there, and answers. */
		person = roster_find(roster, number);
		CHECK(person);
		CHECK(!person->refuse && !person->is_never_answering);
	}
	CHECK_U64(GOOD_ROWS, good);
	CHECK_U64(BROKEN_ROWS, broken);

out:
	if (file)
		(void)fclose(file);
	mem_deref(roster);

	return err;
}

int test_examples_conf(void)
{
	static const struct cfg_table *const tablev[] = {
		&phone_cfg_table,
		&phone_line_cfg_table,
	};
	char fault[CFG_FAULT_SIZE] = "";
	struct cfg *cfg = NULL;
	int err;

	(void)setenv("TRUNK_PASSWORD", "secret", 1);
	err = cfg_load(&cfg, test_source("examples/dialwright.conf"), tablev,
	               ARRAY_COUNT(tablev), fault);
	if (err)
		CHECK_FAIL("%s", fault);

	CHECK_STR("main", cfg_name(cfg, "line", 0));
	CHECK(!cfg_name(cfg, "line", 1));
	CHECK_STR("secret", cfg_named_text(cfg, "line", "main", "password"));

out:
	(void)unsetenv("TRUNK_PASSWORD");
	mem_deref(cfg);

	return err;
}

static bool has_line(FILE *file, const char *start)
{
	char line[LINE_SIZE];

	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, start, strlen(start)))
			return true;
	}

	return false;
}

/* The table of docs/people.md tells of each built-in person. */
int test_examples_docs(void)
{
	struct roster *roster = NULL;
	char fault[CFG_FAULT_SIZE];
	FILE *file = NULL;
	int err;

	err = roster_load_file(&roster, test_source("examples/people.json"),
	                       fault);
	CHECK_ERR(0, err);
	file = fopen(test_source("docs/people.md"), "r");
	CHECK(file);

	for (size_t i = 0; i < roster->personc; i++) {
		const struct person *person = &roster->personv[i];
		char row[LINE_SIZE];

		if (roster_is_pattern(person->number))
			continue;
		(void)snprintf(row, sizeof(row), "| %s | %s | %s | %s | %s |",
		               person->number, person->name, person->about,
		               person->truth[0] ? person->truth : "–",
		               person->outcome);
		if (!has_line(file, row))
			CHECK_FAIL("docs/people.md has no row \"%s\"", row);
	}

out:
	if (file)
		(void)fclose(file);
	mem_deref(roster);

	return err;
}
