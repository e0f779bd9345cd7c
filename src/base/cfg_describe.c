/*
 * base/cfg_describe.c - the configuration's tables as a page
 */
#include <stdio.h>
#include "base/cfg.h"
#include "base/mem.h"

static void print_values(FILE *out, const struct cfg_key *key)
{
	switch (key->type) {
	case CFG_TEXT:
		(void)fputs("text", out);
		break;
	case CFG_BOOL:
		(void)fputs("`yes`, `no`", out);
		break;
	case CFG_NUMBER:
		(void)fputs(key->range ? key->range : "whole number", out);
		break;
	case CFG_CHOICE:
		/* A bare '|' would end the cell. */
		(void)fputc('`', out);
		for (const char *c = key->range; *c; c++) {
			if (*c == '|')
				(void)fputs("`, `", out);
			else
				(void)fputc(*c, out);
		}
		(void)fputc('`', out);
		break;
	}
}

static void print_fallback(FILE *out, const struct cfg_key *key)
{
	if (!key->fallback)
		(void)fputs("required", out);
	else if (key->fallback[0])
		(void)fprintf(out, "`%s`", key->fallback);
	else
		(void)fputs("empty", out);
}

void cfg_describe(FILE *out, const struct cfg_table *const *tablev,
                  size_t tablec)
{
	for (size_t i = 0; i < tablec; i++) {
		const struct cfg_table *table = tablev[i];

		(void)fprintf(out, "%s## `[%s%s]`\n\n%s\n\n", i ? "\n" : "",
		              table->section, table->is_named ? " NAME" : "",
		              table->help);
		(void)fputs("| key | values | default | meaning |\n"
		            "| --- | --- | --- | --- |\n",
		            out);

		for (size_t k = 0; k < table->keyc; k++) {
			const struct cfg_key *key = &table->keyv[k];

			(void)fprintf(out, "| `%s` | ", key->name);
			print_values(out, key);
			(void)fputs(" | ", out);
			print_fallback(out, key);
			(void)fprintf(out, " | %s |\n", key->help);
		}
	}
}
