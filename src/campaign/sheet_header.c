/*
 * campaign/sheet_header.c - pure: the first line of a list
 */
#include <assert.h>
#include <stdio.h>
#include <strings.h>
#include "base/mem.h"
#include "campaign/sheet.h"
#include "campaign/sheet_header.h"

enum {
	FOUND_SIZE = 200, /* names in a fault, cut */
};

static const char *const number_namev[] = {"number", "phone"};

static void destructor(void *arg)
{
	struct sheet_header *header = arg;

	mem_deref(header->block);
	mem_deref(header->namev);
}

char sheet_separator(const char *line, size_t size)
{
	static const char candidatev[] = {',', ';', '\t'};
	size_t countv[ARRAY_COUNT(candidatev)] = {0};
	bool is_quoted = false;
	size_t best = 0;

	for (size_t i = 0; i < size; i++) {
		if (line[i] == '"')
			is_quoted = !is_quoted;
		for (size_t j = 0; j < ARRAY_COUNT(candidatev); j++)
			countv[j] += !is_quoted && line[i] == candidatev[j];
	}

	for (size_t j = 1; j < ARRAY_COUNT(candidatev); j++) {
		if (countv[j] > countv[best])
			best = j;
	}

	return candidatev[best];
}

const char *sheet_separator_name(char separator)
{
	switch (separator) {

	case ';':
		return "semicolon";

	case '\t':
		return "tab";

	default:
		return "comma";
	}
}

static int check_names(const char *const *namev, size_t namec,
                       char fault[CFG_FAULT_SIZE])
{
	for (size_t i = 0; i < namec; i++) {
		if (!*namev[i]) {
			(void)snprintf(fault, CFG_FAULT_SIZE,
			               "column %zu of the header has no name",
			               i + 1);
			return EBADMSG;
		}
		for (size_t j = 0; j < i; j++) {
			if (strcasecmp(namev[i], namev[j]))
				continue;
			(void)snprintf(fault, CFG_FAULT_SIZE,
			               "columns %zu and %zu of the header are "
			               "both named \"%.64s\": rename one",
			               j + 1, i + 1, namev[j]);
			return EBADMSG;
		}
	}

	return 0;
}

static int find_number(size_t *columnp, const char *const *namev, size_t namec,
                       char fault[CFG_FAULT_SIZE])
{
	char found[FOUND_SIZE] = "";
	size_t used = 0;

	for (size_t k = 0; k < ARRAY_COUNT(number_namev); k++) {
		for (size_t i = 0; i < namec; i++) {
			if (!strcasecmp(namev[i], number_namev[k])) {
				*columnp = i;
				return 0;
			}
		}
	}

	for (size_t i = 0; i < namec && used < sizeof(found); i++) {
		int n = snprintf(found + used, sizeof(found) - used, "%s%s",
		                 i ? ", " : "", namev[i]);

		used += n > 0 ? (size_t)n : 0;
	}
	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "no column is named \"number\" or \"phone\" (found: "
	               "%s): name the one with the telephone numbers so in "
	               "the first line",
	               found);

	return EBADMSG;
}

static int keep_names(struct sheet_header *header, const char *const *namev,
                      size_t namec)
{
	size_t size = 1;
	char *p;

	for (size_t i = 0; i < namec; i++)
		size += strlen(namev[i]) + 1;

	header->block = p = mem_zalloc(size, NULL);
	header->namev = mem_zalloc((namec + 1) * sizeof(*header->namev), NULL);
	if (!p || !header->namev)
		return ENOMEM;

	for (size_t i = 0; i < namec; i++) {
		size = strlen(namev[i]) + 1;
		memcpy(p, namev[i], size);
		header->namev[i] = p;
		p += size;
	}
	header->columnc = namec;

	return 0;
}

int sheet_header_alloc(struct sheet_header **headerp, const char *const *namev,
                       size_t namec, char separator, char fault[CFG_FAULT_SIZE])
{
	struct sheet_header *header;
	size_t number = 0;
	int err;

	assert(headerp && namev && fault);

	if (namec > SHEET_COLUMNS_MAX) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "the header has %zu columns, %d are possible: "
		               "leave out what the script does not need",
		               namec, SHEET_COLUMNS_MAX);
		return EBADMSG;
	}

	while (namec && !*namev[namec - 1])
		namec--;

	err = check_names(namev, namec, fault);
	if (!err)
		err = find_number(&number, namev, namec, fault);
	if (err)
		return err;

	header = mem_zalloc(sizeof(*header), destructor);
	if (!header)
		return ENOMEM;

	header->number = number;
	header->separator = separator;
	err = keep_names(header, namev, namec);
	if (err)
		mem_deref(header);
	else
		*headerp = header;

	return err;
}
