/*
 * test/campaign/test_sheet.c - every way in which a row can be broken
 */
#include "campaign/sheet.h"
#include "campaign/tests.h"
#include "harness.h"

enum {
	SAID_SIZE = 4096,
};

/* What came out, as text: "2 +15550100 name=Ann|" or "3 ! text: reason|". */
struct said {
	char text[SAID_SIZE];
	size_t used;
	unsigned contacts, refusals;
};

static void say(struct said *said, const char *a, const char *b, const char *c)
{
	int n = snprintf(said->text + said->used, SAID_SIZE - said->used,
	                 "%s%s%s", a, b, c);

	said->used += n > 0 ? (size_t)n : 0;
	if (said->used >= SAID_SIZE)
		said->used = SAID_SIZE - 1;
}

static void contact_handler(const struct store_contact *contact, void *arg)
{
	struct said *said = arg;
	char row[16];

	said->contacts++;
	(void)snprintf(row, sizeof(row), "%u ", contact->row);
	say(said, row, contact->number, "");
	for (size_t i = 0; i < contact->varc; i++) {
		say(said, " ", contact->varv[i].name, "=");
		say(said, contact->varv[i].value, "", "");
	}
	say(said, "|", "", "");
}

static void refused_handler(const struct import_refusal *refusal, void *arg)
{
	struct said *said = arg;
	char row[16];

	said->refusals++;
	(void)snprintf(row, sizeof(row), "%u ! ", refusal->line);
	say(said, row, refusal->number, ": ");
	say(said, refusal->reason, "|", "");
}

static int read_all(struct said *said, const char *bytes, size_t size,
                    size_t piece, bool may_be_extension,
                    char fault[CFG_FAULT_SIZE])
{
	const struct sheet_prm prm = {
		.country = "",
		.may_be_extension = may_be_extension,
		.contact = contact_handler,
		.refused = refused_handler,
		.arg = said,
	};
	struct sheet *sheet = NULL;
	size_t at = 0;
	int err;

	memset(said, 0, sizeof(*said));
	err = sheet_alloc(&sheet, &prm);
	if (err)
		return err;

	do {
		size_t n = size - at < piece ? size - at : piece;

		err = sheet_feed(sheet, bytes + at, n, at + n == size);
		at += n;
	} while (!err && at < size);
	(void)snprintf(fault, CFG_FAULT_SIZE, "%s", sheet_fault(sheet));
	mem_deref(sheet);

	return err;
}

#define HEAD "number,name\n"

static const struct {
	const char *why;
	const char *bytes;
	const char *said;
} rowv[] = {
	/* clang-format off */
	{"a plain row", HEAD "+15550100,Ann\n",
	 "2 +15550100 number=+15550100 name=Ann|"},
	{"no line end at the end", HEAD "+15550100,Ann",
	 "2 +15550100 number=+15550100 name=Ann|"},
	{"quoted at the very end", HEAD "+15550100,\"Ann\"",
	 "2 +15550100 number=+15550100 name=Ann|"},
	{"line ends of Windows", "number,name\r\n+15550100,Ann\r\n+15550101,Bo",
	 "2 +15550100 number=+15550100 name=Ann|"
	 "3 +15550101 number=+15550101 name=Bo|"},
	{"line ends of old Macs", "number,name\r+15550100,Ann\r+15550101,Bo\r",
	 "2 +15550100 number=+15550100 name=Ann|"
	 "3 +15550101 number=+15550101 name=Bo|"},
	{"byte order mark", "\xef\xbb\xbfnumber\n+15550100\n",
	 "2 +15550100 number=+15550100|"},
	{"semicolons, as spreadsheets of many countries write",
	 "name;phone\n\"Ann; Bo\";+1 (555) 0100\n",
	 "2 +15550100 name=Ann; Bo phone=+1 (555) 0100|"},
	{"tabs", "NAME\tNumber\nAnn\t+15550100\n",
	 "2 +15550100 NAME=Ann Number=+15550100|"},
	{"a comma inside quotes is no separator",
	 "\"a,b,c\";number\nx;+15550100\n",
	 "2 +15550100 a,b,c=x number=+15550100|"},
	{"empty rows count as lines only",
	 HEAD "\n  \n,\n+15550100,Ann\n,,\n",
	 "5 +15550100 number=+15550100 name=Ann|"},
	{"a quoted field over two lines, and the line after it",
	 HEAD "+15550100,\"Ann\nBo\"\nx,Cy\n",
	 "2 +15550100 number=+15550100 name=Ann\nBo|"
	 "4 ! x: something in it is no digit: only digits, spaces and "
	 "+ - ( ) . / may stand in a number|"},
	{"a quote inside quotes", HEAD "+15550100,\"Ann \"\"A\"\"\"\n",
	 "2 +15550100 number=+15550100 name=Ann \"A\"|"},
	{"empty columns behind the last name",
	 "number,name,,\n+15550100,Ann,,\n+15550101,Bo\n",
	 "2 +15550100 number=+15550100 name=Ann|"
	 "3 +15550101 number=+15550101 name=Bo|"},
	{"words of other scripts", HEAD "+15550100,Иван 李\n",
	 "2 +15550100 number=+15550100 name=Иван 李|"},

	{"no number", HEAD ",Ann\n",
	 "2 ! : there is no number: write it with its country, like "
	 "+7 999 000 0000|"},
	{"a letter O for a zero", HEAD "+1555O100,Ann\n",
	 "2 ! +1555O100: something in it is no digit: only digits, spaces "
	 "and + - ( ) . / may stand in a number|"},
	{"too short", HEAD "+1555,Ann\n",
	 "2 ! +1555: digits are missing: write the whole number with its "
	 "area|"},
	{"no country", HEAD "9990000000,Ann\n",
	 "2 ! 9990000000: the country is not known: begin with + and the "
	 "country's code, or set a default country|"},
	{"a column too many", HEAD "+15550100,Ann,Bo\n",
	 "2 ! +15550100: 3 columns where the header has 2: put a text with a "
	 "comma in it into quotes|"},
	{"a column too few", HEAD "+15550100\n",
	 "2 ! +15550100: 1 columns where the header has 2: put a text with a "
	 "comma in it into quotes|"},
	{"not UTF-8", HEAD "+15550100,Zo\xeb\n+15550101,Bo\n",
	 "2 ! +15550100: byte 0xeb at character 13 is no UTF-8: save the file "
	 "as UTF-8, or name its encoding (--encoding cp1251)|"
	 "3 +15550101 number=+15550101 name=Bo|"},
	{"a quote that nobody closes costs its own row alone",
	 HEAD "+15550100,\"Ann\n+15550101,Bo\n+15550102,Cy\n",
	 "2 ! +15550100: a quote (\") is opened and never closed|"
	 "3 +15550101 number=+15550101 name=Bo|"
	 "4 +15550102 number=+15550102 name=Cy|"},
	{"a quote that the next row seems to close",
	 HEAD "+15550100,\"Ann\n+15550101,\"Bo\"\n+15550102,Cy\n",
	 "2 ! +15550100: a quote (\") stands inside a field: put the field "
	 "into quotes and write the quote twice|"
	 "3 +15550101 number=+15550101 name=Bo|"
	 "4 +15550102 number=+15550102 name=Cy|"},
	{"a quote in the middle", HEAD "+15550100,Ann \"A\" X\n+15550101,Bo\n",
	 "2 ! +15550100: a quote (\") stands inside a field: put the field "
	 "into quotes and write the quote twice|"
	 "3 +15550101 number=+15550101 name=Bo|"},
	/* clang-format on */
};

int test_sheet_rows(void)
{
	char fault[CFG_FAULT_SIZE];
	static struct said said;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = read_all(&said, rowv[i].bytes, strlen(rowv[i].bytes),
		               SIZE_MAX, false, fault);
		if (err || strcmp(said.text, rowv[i].said))
			fprintf(stderr, "row %zu: %s: %s\n", i, rowv[i].why,
			        fault);
		CHECK_ERR(0, err);
		CHECK_STR(rowv[i].said, said.text);
	}

out:
	return err;
}

/* The same whichever way the file comes in pieces. */
int test_sheet_pieces(void)
{
	char fault[CFG_FAULT_SIZE];
	static struct said said;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		for (size_t piece = 1; piece < 8; piece++) {
			err = read_all(&said, rowv[i].bytes,
			               strlen(rowv[i].bytes), piece, false,
			               fault);
			if (err || strcmp(said.text, rowv[i].said))
				fprintf(stderr, "row %zu by %zu: %s: %s\n", i,
				        piece, rowv[i].why, fault);
			CHECK_ERR(0, err);
			CHECK_STR(rowv[i].said, said.text);
		}
	}

out:
	return err;
}

int test_sheet_header(void)
{
	static const struct {
		const char *bytes;
		const char *fault;
	} badv[] = {
		/* clang-format off */
		{"", "the file is empty: its first line names the columns, "
		     "like number,name"},
		{"\n \n", "the file is empty: its first line names the "
			  "columns, like number,name"},
		{"name,city\nAnn,Rome\n",
		 "no column is named \"number\" or \"phone\" (found: name, "
		 "city): name the one with the telephone numbers so in the "
		 "first line"},
		{"number,name,Number\n",
		 "columns 1 and 3 of the header are both named \"number\": "
		 "rename one"},
		{"number,,name\n", "column 2 of the header has no name"},
		{"\xff\xfen\0u\0", "the file is UTF-16: save it as UTF-8"},
		{"number,na\xefme\n",
		 "the header line is no UTF-8: save the file as UTF-8, or name "
		 "its encoding (--encoding cp1251)"},
		{"number,\"name\n+15550100,Ann\n",
		 "the header line is broken: a quote (\") is opened and never "
		 "closed"},
		/* clang-format on */
	};
	char fault[CFG_FAULT_SIZE];
	static struct said said;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(badv); i++) {
		err = read_all(&said, badv[i].bytes, strlen(badv[i].bytes),
		               SIZE_MAX, false, fault);
		CHECK_ERR(EBADMSG, err);
		err = 0;
		CHECK_STR(badv[i].fault, fault);
		CHECK_STR("", said.text);
	}

out:
	return err;
}

int test_sheet_too_long(void)
{
	static char bytes[4 * SHEET_ROW_MAX];
	static const size_t piecev[] = {SIZE_MAX, 1000};
	static const char refusal[] =
		"2 ! +15550100: a quote (\") is opened and not closed within "
		"65536 bytes|3 +15550101 ";
	char fault[CFG_FAULT_SIZE];
	static struct said said;
	size_t used;
	int err = 0;

	/* One endless line, then a good one. */
	used = (size_t)snprintf(bytes, sizeof(bytes), HEAD "+15550100,");
	memset(bytes + used, 'x', 2 * SHEET_ROW_MAX);
	used += 2 * SHEET_ROW_MAX;
	used += (size_t)snprintf(bytes + used, sizeof(bytes) - used,
	                         "\r\n+15550101,Bo\n");
	for (size_t i = 0; i < ARRAY_COUNT(piecev); i++) {
		CHECK_ERR(0, read_all(&said, bytes, used, piecev[i], false,
		                      fault));
		CHECK_STR("2 ! : the row is longer than 65536 bytes|"
		          "3 +15550101 number=+15550101 name=Bo|",
		          said.text);
	}

	/* An open quote and many good rows behind it. */
	used = (size_t)snprintf(bytes, sizeof(bytes), HEAD "+15550100,\"Ann\n");
	for (int i = 0; i < 10000; i++)
		used += (size_t)snprintf(bytes + used, sizeof(bytes) - used,
		                         "+15550101,B%05d\n", i);
	for (size_t i = 0; i < ARRAY_COUNT(piecev); i++) {
		CHECK_ERR(0, read_all(&said, bytes, used, piecev[i], false,
		                      fault));
		CHECK_U64(10000, said.contacts);
		CHECK_U64(1, said.refusals);
		CHECK(!strncmp(said.text, refusal, strlen(refusal)));
	}

out:
	return err;
}

int test_sheet_extension(void)
{
	static const char bytes[] = HEAD "101,Ann\nanna,Bo\n+15550100,Cy\n"
					 "a b,Di\n";
	char fault[CFG_FAULT_SIZE];
	static struct said said;
	int err = 0;

	CHECK_ERR(0,
	          read_all(&said, bytes, strlen(bytes), SIZE_MAX, true, fault));
	CHECK_U64(3, said.contacts);
	CHECK_U64(1, said.refusals);
	CHECK(!strncmp(said.text, "2 101 ", 6));

	CHECK_ERR(0, read_all(&said, bytes, strlen(bytes), SIZE_MAX, false,
	                      fault));
	CHECK_U64(1, said.contacts);
	CHECK_U64(3, said.refusals);

out:
	return err;
}
