/*
 * rehearse/roster.c - who can be called: the people file
 */
#include <assert.h>
#include <stdio.h>
#include "base/file.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "rehearse/keys.h"
#include "rehearse/roster.h"

static void roster_destructor(void *arg)
{
	struct roster *roster = arg;

	for (size_t i = 0; i < roster->personc; i++)
		person_clear(&roster->personv[i]);
	mem_deref(roster->personv);
}

static const char *digits_of(const char *number)
{
	return number[0] == '+' ? number + 1 : number;
}

static int double_check(struct keys_reader *reader, const struct roster *roster,
                        size_t i)
{
	const char *digits = digits_of(roster->personv[i].number);

	for (size_t k = 0; k < i; k++) {
		if (!strcmp(digits_of(roster->personv[k].number), digits))
			return keys_fault(reader,
			                  "has the number of people[%zu]: "
			                  "each person needs an own one",
			                  k);
	}

	return 0;
}

static bool is_column(const struct roster *roster, const char *name)
{
	for (size_t i = 0; i < roster->columnc; i++) {
		if (!strcmp(roster->columnv[i], name))
			return true;
	}

	return false;
}

static int columns_collect(struct keys_reader *reader, struct roster *roster)
{
	for (size_t i = 0; i < roster->personc; i++) {
		const struct person *person = &roster->personv[i];

		for (size_t k = 0; k < person->varc; k++) {
			const char *name = person->varv[k].name;

			if (is_column(roster, name))
				continue;
			if (roster->columnc == PERSON_VARS_MAX)
				return keys_fault(reader,
				                  "more than %d different "
				                  "variables in all",
				                  PERSON_VARS_MAX);
			roster->columnv[roster->columnc++] = name;
		}
	}

	return 0;
}

static int read_people(struct keys_reader *reader, const struct keys_row *row,
                       const json_t *value, void *obj)
{
	struct roster *roster = obj;
	size_t n = json_array_size(value);
	int err;

	(void)row;
	err = keys_array(reader, value, ROSTER_PEOPLE_MAX);
	if (err)
		return err;
	if (!n)
		return keys_fault(reader, "is empty: describe at least one "
		                          "person");

	roster->personv = mem_zalloc(n * sizeof(*roster->personv), NULL);
	if (!roster->personv)
		return ENOMEM;
	roster->personc = n;

	for (size_t i = 0; !err && i < n; i++) {
		size_t mark = keys_enter_index(reader, i);

		err = person_read(reader, json_array_get(value, i),
		                  &roster->personv[i]);
		if (!err)
			err = double_check(reader, roster, i);
		keys_leave(reader, mark);
	}
	if (!err)
		err = columns_collect(reader, roster);

	return err;
}

/* Kept by nobody: it is for the people who read the file. */
static int read_words(struct keys_reader *reader, const struct keys_row *row,
                      const json_t *value, void *obj)
{
	(void)row;
	(void)obj;

	return json_is_string(value) ? 0 : keys_fault(reader, "must be a text");
}

static const struct keys_row file_rowv[] = {
	{.name = "description", .read = read_words},
	{.name = "people", .read = read_people, .is_required = true},
};

int roster_load(struct roster **rosterp, const char *json, size_t len,
                char fault[CFG_FAULT_SIZE])
{
	struct keys_reader reader = {.fault = fault};
	struct roster *roster;
	json_error_t where;
	json_t *root = NULL;
	int err;

	assert(rosterp && json && fault);

	fault[0] = '\0';
	roster = mem_zalloc(sizeof(*roster), roster_destructor);
	if (!roster)
		return ENOMEM;

	/* Out of memory the parser goes on with half a text, and over its
	 * end: from a pool it is refused at once or not at all. */
	jmem_pool_open();
	jmem_forget();
	root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &where);
	if (jmem_has_failed()) {
		err = ENOMEM;
		goto out;
	}
	if (!root) {
		err = keys_fault(&reader, "line %d, column %d: no JSON: %s",
		                 where.line, where.column, where.text);
		goto out;
	}

	err = keys_read(&reader, file_rowv, ARRAY_COUNT(file_rowv), root,
	                roster);

out:
	json_decref(root);
	jmem_pool_close();
	if (err)
		mem_deref(roster);
	else
		*rosterp = roster;

	return err;
}

int roster_load_file(struct roster **rosterp, const char *path,
                     char fault[CFG_FAULT_SIZE])
{
	char why[CFG_FAULT_SIZE] = "";
	char *text = NULL;
	size_t len = 0;
	int err;

	assert(rosterp && path && fault);

	err = file_read(&text, &len, path, ROSTER_BYTES_MAX);
	if (err) {
		(void)snprintf(
			fault, CFG_FAULT_SIZE,
			"%.200s: %s: give a file that can be read, or none "
			"for the built-in people",
			path, strerror(err));
		return err;
	}

	err = roster_load(rosterp, text, len, why);
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%.200s: %.300s", path,
		               why);
	mem_deref(text);

	return err;
}

/* --- finding ------------------------------------------------------------- */

bool roster_is_pattern(const char *number)
{
	return strchr(number, '?');
}

static bool is_match(const char *pattern, const char *digits)
{
	for (; *pattern && *digits; pattern++, digits++) {
		if (*pattern != '?' && *pattern != *digits)
			return false;
	}

	return !*pattern && !*digits;
}

const struct person *roster_find(const struct roster *roster,
                                 const char *number)
{
	const char *digits = digits_of(number);
	const struct person *found = NULL;

	for (size_t i = 0; i < roster->personc; i++) {
		const struct person *person = &roster->personv[i];

		if (!is_match(digits_of(person->number), digits))
			continue;
		if (!roster_is_pattern(person->number))
			return person;
		if (!found)
			found = person;
	}

	return found;
}
