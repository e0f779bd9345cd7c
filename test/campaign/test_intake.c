/*
 * test/campaign/test_intake.c - lists in every form that people save them in
 */
#include "campaign/intake.h"
#include "campaign/tests.h"
#include "harness.h"

enum {
	SAID_SIZE = 2048,
};

struct said {
	char text[SAID_SIZE];
	size_t used;
};

static void say(struct said *said, const char *a, const char *b, const char *c)
{
	int n = snprintf(said->text + said->used, SAID_SIZE - said->used,
	                 "%s%s%s", a, b, c);

	said->used += n > 0 ? (size_t)n : 0;
	if (said->used >= SAID_SIZE)
		said->used = SAID_SIZE - 1;
}

/* The number, and what is not the number's own column. */
static void contact_handler(const struct store_contact *contact, void *arg)
{
	struct said *said = arg;

	say(said, contact->number, "", "");
	for (size_t i = 0; i < contact->varc; i++) {
		if (!strcmp(contact->varv[i].name, "number"))
			continue;
		say(said, " ", contact->varv[i].name, "=");
		say(said, contact->varv[i].value, "", "");
	}
	say(said, "|", "", "");
}

static void refused_handler(const struct import_refusal *refusal, void *arg)
{
	char line[16];

	(void)snprintf(line, sizeof(line), "%u! ", refusal->line);
	say(arg, line, refusal->reason, "|");
}

struct row {
	const char *why;
	const char *path, *encoding;
	const char *bytes;
	size_t size;
	const char *said;
};

#define BYTES(text) text, sizeof(text) - 1

static const struct row rowv[] = {
	/* clang-format off */
	{"what a spreadsheet saves: mark and semicolons", "a.csv", NULL,
	 BYTES("\xef\xbb\xbfnumber;name\r\n+15550100;\xd0\x90\xd0\xbd\xd1\x8f\r\n"),
	 "+15550100 name=\xd0\x90\xd0\xbd\xd1\x8f|"},
	{"Russian Windows", "a.csv", "cp1251",
	 BYTES("number;name\n+15550100;\xc0\xed\xff\n"),
	 "+15550100 name=\xd0\x90\xd0\xbd\xd1\x8f|"},
	{"Chinese Windows", "a.csv", "GBK",
	 BYTES("number,name\n+15550100,\xc1\xf5\xd1\xf4\n"),
	 "+15550100 name=\xe5\x88\x98\xe9\x98\xb3|"},
	{"a byte that is none there costs its row", "a.csv", "GBK",
	 BYTES("number,name\n+15550100,\xff\n+15550101,Bo\n"),
	 "2! byte 0xff at character 11 is no UTF-8: save the file as UTF-8, or "
	 "name its encoding (--encoding cp1251)|+15550101 name=Bo|"},
	{"UTF-16 by its mark", "a.csv", NULL,
	 BYTES("\xff\xfen\0u\0m\0b\0e\0r\0\n\0+\0""1\0""5\0""5\0""5\0""0\0""1\0"
	       "0\0""0\0\n\0"),
	 "+15550100|"},
	{"UTF-16, the other way round", "a.csv", NULL,
	 BYTES("\xfe\xff\0n\0u\0m\0b\0e\0r\0\n\0+\0""1\0""5\0""5\0""5\0""0\0""1"
	       "\0""0\0""0\0\n"),
	 "+15550100|"},
	{"JSON lines", "a.jsonl", NULL,
	 BYTES("{\"number\": \"+1 555 0100\", \"age\": 41, \"vip\": true}\n\n"
	       "{\"PHONE\": \"+15550101\", \"note\": null}"),
	 "+15550100 age=41 vip=1|+15550101 PHONE=+15550101 note=|"},
	{"a broken line costs itself", "a.ndjson", NULL,
	 BYTES("{\"number\": \n[1]\n{\"a\": 1}\n{\"number\": "
	       "\"+15550100\", \"b\": []}\n{\"number\": \"x\"}\n"
	       "{\"number\": \"+15550101\"}\n"),
	 "1! it is no JSON object: unexpected token near end of file|"
	 "2! it is no JSON object: write {\"number\": \"…\"}|"
	 "3! nothing is named \"number\" or \"phone\"|"
	 "4! \"b\" is a list or an object: write a text|"
	 "5! something in it is no digit: only digits, spaces and + - ( ) . / "
	 "may stand in a number|+15550101|"},
	{"JSON lines of Russian Windows", "a.jsonl", "cp1251",
	 BYTES("{\"number\": \"+15550100\", \"name\": \"\xc0\xed\xff\"}\n"),
	 "+15550100 name=\xd0\x90\xd0\xbd\xd1\x8f|"},
	/* clang-format on */
};

static int read_in(struct said *said, const struct row *row, size_t piece)
{
	const struct sheet_prm prm = {
		.country = "",
		.contact = contact_handler,
		.refused = refused_handler,
		.arg = said,
	};
	struct intake *intake;
	int err;

	memset(said, 0, sizeof(*said));
	err = intake_alloc(&intake, row->path, row->encoding, &prm);
	if (err)
		return err;

	/* The first piece is of a file: never a byte alone. */
	for (size_t at = 0; at < row->size && !err;) {
		size_t n = at || piece > 2 ? piece : 2;

		if (n > row->size - at)
			n = row->size - at;
		err = intake_feed(intake, row->bytes + at, n,
		                  at + n == row->size);
		at += n;
	}
	mem_deref(intake);

	return err;
}

int test_intake_forms(void)
{
	static const size_t piecev[] = {1, 3, 100000};
	struct said said;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		for (size_t k = 0; k < ARRAY_COUNT(piecev); k++) {
			err = read_in(&said, &rowv[i], piecev[k]);
			if (err || strcmp(rowv[i].said, said.text) != 0)
				fprintf(stderr, "row %zu by %zu: %s\n", i,
				        piecev[k], rowv[i].why);
			CHECK_ERR(0, err);
			CHECK_STR(rowv[i].said, said.text);
		}
	}

out:
	return err;
}

int test_intake_columns(void)
{
	static const struct import_rename renamev[] = {{"number", "Telefon"},
	                                               {"name", "FIO"}};
	static const char csv[] = "FIO,Telefon\nAnn,+15550100\n";
	static const char json[] = "{\"FIO\": \"Bo\", \"Telefon\": "
				   "\"+15550101\"}\n";
	struct said said = {0};
	struct sheet_prm prm = {
		.country = "",
		.renamev = renamev,
		.renamec = 2,
		.contact = contact_handler,
		.refused = refused_handler,
		.arg = &said,
	};
	struct intake *intake = NULL;
	int err;

	err = intake_alloc(&intake, "a.csv", NULL, &prm);
	CHECK_ERR(0, err);
	CHECK_ERR(0, intake_feed(intake, csv, sizeof(csv) - 1, true));
	intake = mem_deref(intake);
	CHECK_ERR(0, intake_alloc(&intake, "a.jsonl", NULL, &prm));
	CHECK_ERR(0, intake_feed(intake, json, sizeof(json) - 1, true));
	CHECK_STR("+15550100 name=Ann|+15550101 name=Bo|", said.text);
	intake = mem_deref(intake);

	CHECK_ERR(0, intake_alloc(&intake, "a.csv", NULL, &prm));
	CHECK_ERR(EBADMSG, intake_feed(intake, "number\n", 7, true));
	CHECK_STR("no column is named \"Telefon\"", intake_fault(intake));
	CHECK_ERR(EINVAL, intake_alloc(&intake, "a.csv", "klingon", &prm));

out:
	mem_deref(intake);

	return err;
}
