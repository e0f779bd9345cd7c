/*
 * campaign/sheet.c - pure: bytes of a CSV file to contacts and refusals
 *
 * libcsv is fed line by line and says when a row is whole (a quoted field may
 * hold line ends). The bytes of a row are kept until then: if its quote is
 * never closed, or closed in the wrong place, the first line alone is refused
 * and reading goes on behind it.
 */
#include <assert.h>
#include <csv.h>
#include <stdio.h>
#include <strings.h>
#include "base/mem.h"
#include "base/text.h"
#include "campaign/sheet.h"
#include "campaign/sheet_header.h"

enum {
	REASON_SIZE = 256,
	TEXT_SIZE = 2 * SHEET_ROW_MAX + 2, /* fields with an end each */
};

struct sheet {
	struct sheet_prm prm;
	struct csv_parser csv;
	bool has_csv;

	struct mbuf *mb;   /* bytes of rows that are not whole */
	size_t fed;        /* of them, to libcsv, from pos on */
	uint32_t line;     /* of the first byte at pos */
	uint32_t fed_line; /* of the first byte not fed */
	bool has_start;    /* byte order mark looked for */
	bool is_skipping;  /* the rest of a line that was too long */

	/* the row that libcsv is in */
	char *text;
	size_t used;
	size_t fieldv[SHEET_COLUMNS_MAX]; /* into text */
	size_t fieldc;
	bool has_row;

	struct sheet_header *header; /* NULL until it was read */
	struct store_var *varv;
	char fault[CFG_FAULT_SIZE];
};

static void destructor(void *arg)
{
	struct sheet *sheet = arg;

	if (sheet->has_csv)
		csv_free(&sheet->csv);
	mem_deref(sheet->mb);
	mem_deref(sheet->text);
	mem_deref(sheet->header);
	mem_deref(sheet->varv);
}

static const char *field(const struct sheet *sheet, size_t i)
{
	return sheet->text + sheet->fieldv[i];
}

/* --- from libcsv --------------------------------------------------------- */

static void field_handler(void *bytes, size_t size, void *arg)
{
	struct sheet *sheet = arg;

	/* A row is shorter than SHEET_ROW_MAX, so it fits with its ends. */
	assert(sheet->used + size < TEXT_SIZE);

	if (sheet->fieldc < SHEET_COLUMNS_MAX)
		sheet->fieldv[sheet->fieldc] = sheet->used;
	sheet->fieldc++;
	if (size)
		memcpy(sheet->text + sheet->used, bytes, size);
	sheet->used += size;
	sheet->text[sheet->used++] = '\0';
}

static void row_handler(int ending, void *arg)
{
	struct sheet *sheet = arg;

	(void)ending;

	sheet->has_row = true;
}

static void row_begin(struct sheet *sheet)
{
	(void)csv_fini(&sheet->csv, NULL, NULL, NULL);
	sheet->used = 0;
	sheet->fieldc = 0;
	sheet->has_row = false;
	sheet->fed = 0;
	sheet->fed_line = sheet->line;
}

/* --- a whole row --------------------------------------------------------- */

static void refuse(struct sheet *sheet, const char *number, const char *reason)
{
	const struct import_refusal refusal = {
		.line = sheet->line,
		.number = number,
		.reason = reason,
	};

	sheet->prm.refused(&refusal, sheet->prm.arg);
}

/* The text of the number for a report, as far as there is one. */
static const char *number_of(const struct sheet *sheet)
{
	size_t column = sheet->header ? sheet->header->number : 0;
	const char *text;

	if (!sheet->header || column >= sheet->fieldc)
		return "";

	text = field(sheet, column);

	return text_is_utf8(text, strlen(text)) ? text : "";
}

/* The first byte that is no UTF-8, in words. */
static void encoding_reason(char reason[REASON_SIZE], const char *bytes,
                            size_t size)
{
	unsigned column = 1;
	size_t at = 0;

	while (at < size) {
		size_t n = 1;

		while (n <= 4 && at + n <= size && !text_is_utf8(bytes + at, n))
			n++;
		if (n > 4 || at + n > size)
			break;
		at += n;
		column++;
	}

	(void)snprintf(reason, REASON_SIZE,
	               "byte 0x%02x at character %u is no UTF-8: save the file "
	               "as UTF-8, or name its encoding (--encoding cp1251)",
	               at < size ? (unsigned char)bytes[at] : 0, column);
}

static bool is_empty(const struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->fieldc && i < SHEET_COLUMNS_MAX; i++) {
		if (*field(sheet, i))
			return false;
	}

	return sheet->fieldc <= SHEET_COLUMNS_MAX;
}

static size_t columns_of(const struct sheet *sheet)
{
	size_t n = sheet->fieldc;

	while (n > sheet->header->columnc && n <= SHEET_COLUMNS_MAX &&
	       !*field(sheet, n - 1))
		n--;

	return n;
}

enum number_fault sheet_number(const struct sheet_prm *prm,
                               char number[NUMBER_SIZE], const char **textp)
{
	enum number_fault fault;

	fault = number_normalise(number, *textp, prm->country);
	if (!fault)
		*textp = number;
	else if (prm->may_be_extension && number_is_dialable(*textp))
		fault = NUMBER_OK;

	return fault;
}

static void judge(struct sheet *sheet, const char *bytes, size_t size)
{
	const struct sheet_header *header = sheet->header;
	char reason[REASON_SIZE], number[NUMBER_SIZE];
	struct store_contact contact = {.row = sheet->line};
	enum number_fault fault;

	if (!text_is_utf8(bytes, size)) {
		encoding_reason(reason, bytes, size);
		refuse(sheet, number_of(sheet), reason);
		return;
	}

	if (columns_of(sheet) != header->columnc) {
		(void)snprintf(reason, sizeof(reason),
		               "%zu columns where the header has %zu: put a "
		               "text with a %s in it into quotes",
		               columns_of(sheet), header->columnc,
		               sheet_separator_name(header->separator));
		refuse(sheet, number_of(sheet), reason);
		return;
	}

	contact.number = field(sheet, header->number);
	fault = sheet_number(&sheet->prm, number, &contact.number);
	if (fault) {
		refuse(sheet, contact.number, number_fault_text(fault));
		return;
	}

	for (size_t i = 0; i < header->columnc; i++)
		sheet->varv[i] = (struct store_var){
			.name = header->namev[i],
			.value = field(sheet, i),
		};
	contact.varv = sheet->varv;
	contact.varc = header->columnc;
	sheet->prm.contact(&contact, sheet->prm.arg);
}

/* Columns go by the names that were asked for. */
static int rename_columns(const char **namev, size_t namec, struct sheet *sheet)
{
	for (size_t k = 0; k < sheet->prm.renamec; k++) {
		const struct import_rename *rename = &sheet->prm.renamev[k];
		size_t i = 0;

		while (i < namec && strcasecmp(namev[i], rename->from) != 0)
			i++;
		if (i == namec) {
			(void)snprintf(sheet->fault, sizeof(sheet->fault),
			               "no column is named \"%.64s\"",
			               rename->from);
			return EBADMSG;
		}
		namev[i] = rename->to;
	}

	return 0;
}

static int header_row(struct sheet *sheet, const char *bytes, size_t size)
{
	const char *namev[SHEET_COLUMNS_MAX];
	size_t namec = sheet->fieldc;
	int err;

	if (!text_is_utf8(bytes, size)) {
		(void)snprintf(sheet->fault, sizeof(sheet->fault),
		               "the header line is no UTF-8: save the file as "
		               "UTF-8, or name its encoding (--encoding "
		               "cp1251)");
		return EBADMSG;
	}

	for (size_t i = 0; i < namec && i < SHEET_COLUMNS_MAX; i++)
		namev[i] = field(sheet, i);

	err = rename_columns(
		namev, namec < SHEET_COLUMNS_MAX ? namec : SHEET_COLUMNS_MAX,
		sheet);
	if (err)
		return err;

	err = sheet_header_alloc(&sheet->header, namev, namec,
	                         (char)csv_get_delim(&sheet->csv),
	                         sheet->fault);
	if (err)
		return err;

	sheet->varv = mem_zalloc(
		(sheet->header->columnc + 1) * sizeof(*sheet->varv), NULL);

	return sheet->varv ? 0 : ENOMEM;
}

static int row_whole(struct sheet *sheet)
{
	const char *bytes = (const char *)mbuf_buf(sheet->mb);
	int err = 0;

	if (is_empty(sheet))
		return 0;

	if (sheet->header)
		judge(sheet, bytes, sheet->fed);
	else
		err = header_row(sheet, bytes, sheet->fed);

	return err;
}

/* --- lines --------------------------------------------------------------- */

/* Bytes of the line at p with its end, 0 = its end is not there yet. */
static size_t line_size(const char *p, size_t size, bool is_last)
{
	for (size_t i = 0; i < size; i++) {
		if (p[i] == '\n')
			return i + 1;
		if (p[i] != '\r')
			continue;
		if (i + 1 == size && !is_last)
			return 0;
		return i + 1 < size && p[i + 1] == '\n' ? i + 2 : i + 1;
	}

	return is_last ? size : 0;
}

static bool is_blank(const char *p, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!strchr(" \t\r\n", p[i]) || !p[i])
			return false;
	}

	return true;
}

/* Goes on behind what was fed, or behind the first line of it alone. */
static void advance(struct sheet *sheet, bool is_first_line_only)
{
	size_t size = sheet->fed;
	uint32_t line = sheet->fed_line;

	if (is_first_line_only) {
		size = line_size((const char *)mbuf_buf(sheet->mb), sheet->fed,
		                 true);
		line = sheet->line + 1;
	}

	sheet->mb->pos += size;
	sheet->line = line;
	row_begin(sheet);
}

static int broken_row(struct sheet *sheet, const char *reason)
{
	if (!sheet->header) {
		(void)snprintf(sheet->fault, sizeof(sheet->fault),
		               "the header line is broken: %s", reason);
		return EBADMSG;
	}

	refuse(sheet, number_of(sheet), reason);
	advance(sheet, true);

	return 0;
}

/* The last line may have no end; an open quote is no row. */
static bool is_finished(struct sheet *sheet)
{
	int failed;

	(void)csv_set_opts(&sheet->csv, CSV_STRICT | CSV_STRICT_FINI);
	failed = csv_fini(&sheet->csv, field_handler, row_handler, sheet);
	(void)csv_set_opts(&sheet->csv, CSV_STRICT);

	return !failed;
}

static int line_feed(struct sheet *sheet, size_t size, bool is_last)
{
	const char *line = (const char *)mbuf_buf(sheet->mb) + sheet->fed;
	bool is_end = is_last && sheet->fed + size == mbuf_get_left(sheet->mb);
	size_t used;
	int err;

	if (!sheet->header && !sheet->fed)
		csv_set_delim(&sheet->csv,
		              (unsigned char)sheet_separator(line, size));

	used = csv_parse(&sheet->csv, line, size, field_handler, row_handler,
	                 sheet);
	sheet->fed += size;
	sheet->fed_line++;
	if (used != size && csv_error(&sheet->csv) != CSV_EPARSE)
		return ENOMEM;
	if (used != size)
		return broken_row(sheet, "a quote (\") stands inside a field: "
		                         "put the field into quotes and write "
		                         "the quote twice");

	if (is_end && !sheet->has_row && !is_finished(sheet))
		return broken_row(sheet, "a quote (\") is opened and never "
		                         "closed");
	if (!sheet->has_row)
		return 0;

	err = row_whole(sheet);
	if (!err)
		advance(sheet, false);

	return err;
}

static int too_long(struct sheet *sheet)
{
	static const char *const quote_reason =
		"a quote (\") is opened and not closed within 65536 bytes";

	if (sheet->fed)
		return broken_row(sheet, quote_reason);

	if (!sheet->header) {
		(void)snprintf(sheet->fault, sizeof(sheet->fault),
		               "the first line is longer than %d bytes: is "
		               "this a CSV file?",
		               SHEET_ROW_MAX);
		return EBADMSG;
	}

	refuse(sheet, "", "the row is longer than 65536 bytes");
	sheet->is_skipping = true;

	return 0;
}

/* One line, if it is there. *is_morep: call again. */
static int line_next(struct sheet *sheet, bool is_last, bool *is_morep)
{
	const char *p = (const char *)mbuf_buf(sheet->mb) + sheet->fed;
	size_t left = mbuf_get_left(sheet->mb) - sheet->fed;
	size_t size = line_size(p, left, is_last);

	*is_morep = left > 0;
	if (sheet->is_skipping) {
		sheet->is_skipping = !size;
		sheet->line += size ? 1 : 0;
		sheet->mb->pos += size ? size : left;
		row_begin(sheet);
		return 0;
	}

	if (sheet->fed + (size ? size : left) > SHEET_ROW_MAX)
		return too_long(sheet);

	*is_morep = size > 0;
	if (!size)
		return 0;

	if (!sheet->fed && is_blank(p, size)) {
		sheet->mb->pos += size;
		sheet->line++;
		row_begin(sheet);
		return 0;
	}

	return line_feed(sheet, size, is_last);
}

static int start(struct sheet *sheet, bool is_last, bool *is_morep)
{
	const uint8_t *p = mbuf_buf(sheet->mb);
	size_t left = mbuf_get_left(sheet->mb);

	*is_morep = left >= 3 || is_last;
	if (!*is_morep)
		return 0;

	sheet->has_start = true;
	if (left >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) {
		sheet->mb->pos += 3;
	}
	else if (left >= 2 &&
	         (!memcmp(p, "\xff\xfe", 2) || !memcmp(p, "\xfe\xff", 2))) {
		(void)snprintf(sheet->fault, sizeof(sheet->fault),
		               "the file is UTF-16: save it as UTF-8");
		return EBADMSG;
	}

	return 0;
}

/* --- the door ------------------------------------------------------------ */

int sheet_alloc(struct sheet **sheetp, const struct sheet_prm *prm)
{
	struct sheet *sheet;
	int err = ENOMEM;

	assert(sheetp && prm && prm->country && prm->contact && prm->refused);

	sheet = mem_zalloc(sizeof(*sheet), destructor);
	if (!sheet)
		return ENOMEM;

	sheet->prm = *prm;
	sheet->line = 1;
	sheet->fed_line = 1;
	sheet->mb = mbuf_alloc(SHEET_ROW_MAX);
	sheet->text = mem_zalloc(TEXT_SIZE, NULL);
	if (!sheet->mb || !sheet->text)
		goto out;

	if (csv_init(&sheet->csv, CSV_STRICT))
		goto out;
	sheet->has_csv = true;
	err = 0;

out:
	if (err)
		mem_deref(sheet);
	else
		*sheetp = sheet;

	return err;
}

static int append(struct sheet *sheet, const char *bytes, size_t size)
{
	struct mbuf *mb = sheet->mb;
	size_t left = mbuf_get_left(mb);

	/* What was judged makes room. */
	if (left)
		memmove(mb->buf, mbuf_buf(mb), left);
	mb->pos = left;
	mb->end = left;
	if (size && mbuf_write_mem(mb, (const uint8_t *)bytes, size))
		return ENOMEM;
	mb->pos = 0;

	return 0;
}

int sheet_feed(struct sheet *sheet, const char *bytes, size_t size,
               bool is_last)
{
	bool is_more = true;
	int err;

	assert(!sheet->fault[0]);

	err = append(sheet, bytes, size);
	if (!err && !sheet->has_start)
		err = start(sheet, is_last, &is_more);

	while (!err && is_more)
		err = line_next(sheet, is_last, &is_more);

	if (!err && is_last && !sheet->header) {
		(void)snprintf(sheet->fault, sizeof(sheet->fault),
		               "the file is empty: its first line names the "
		               "columns, like number,name");
		err = EBADMSG;
	}

	return err;
}

const char *sheet_fault(const struct sheet *sheet)
{
	return sheet->fault;
}
