/*
 * cli/report.c - the results of a campaign: table, CSV, JSON lines
 */
#include <jansson.h>
#include <string.h>
#include <unistd.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/report.h"

enum {
	FIELD_SIZE = 512,
};

bool report_format_parse(enum report_format *formatp, const char *name)
{
	static const char *const namev[] = {"table", "csv", "json"};

	for (size_t i = 0; i < ARRAY_COUNT(namev); i++) {
		if (!strcmp(name, namev[i])) {
			*formatp = (enum report_format)i;
			return true;
		}
	}

	return false;
}

const char *report_time(char text[REPORT_TIME_SIZE], int64_t ms)
{
	int64_t s = ms / 1000;

	if (s >= 3600)
		(void)snprintf(text, REPORT_TIME_SIZE, "%d:%02d:%02d",
		               (int)(s / 3600), (int)(s / 60 % 60),
		               (int)(s % 60));
	else
		(void)snprintf(text, REPORT_TIME_SIZE, "%d:%02d", (int)(s / 60),
		               (int)(s % 60));

	return text;
}

static const char *var(const struct store_contact *contact, const char *name)
{
	for (size_t i = 0; i < contact->varc; i++) {
		if (!strcmp(contact->varv[i].name, name))
			return contact->varv[i].value;
	}

	return "";
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

static int64_t talk_ms(const struct store_call *call)
{
	return call->answer_ms ? call->end_ms - call->answer_ms : 0;
}

/* Text in a column of that width: cut with an ellipsis, filled with blanks. */
static void cell(FILE *out, const char *text, size_t columns)
{
	char cut[FIELD_SIZE];
	size_t n = text_length(text);
	bool is_cut = text_columns(text) > columns;

	(void)text_copy(cut, sizeof(cut), text);
	while (is_cut && n && text_columns(cut) >= columns) {
		size_t bytes = text_span(text, --n);

		if (bytes < sizeof(cut))
			cut[bytes] = '\0';
	}

	fprintf(out, "%s%s%*s ", cut, is_cut ? "\u2026" : "",
	        (int)(columns - text_columns(cut) - is_cut), "");
}

struct column {
	const char *title;
	size_t columns;
};

static const struct column columnv[] = {
	{"number", 13}, {"who", 16},   {"ended", 13},
	{"label", 12},  {"heard", 34}, {"talk", 5},
};

static void table_begin(FILE *out)
{
	fputc('\n', out);
	for (size_t i = 0; i < ARRAY_COUNT(columnv); i++)
		cell(out, columnv[i].title, columnv[i].columns);
	fputc('\n', out);
	for (size_t i = 0; i < ARRAY_COUNT(columnv); i++) {
		for (size_t k = 0; k < columnv[i].columns; k++)
			fputs("\u2500", out);
		fputc(' ', out);
	}
	fputc('\n', out);
}

static void table_row(FILE *out, const struct store_result *result)
{
	char time[REPORT_TIME_SIZE];
	const struct store_call *call = &result->call;
	const char *ended = text_of(call->outcome);
	const char *const cellv[] = {
		result->contact->number,
		var(result->contact, "name"),
		*ended ? ended : result->state,
		text_of(call->label),
		text_of(call->heard),
		talk_ms(call) ? report_time(time, talk_ms(call)) : "",
	};

	for (size_t i = 0; i < ARRAY_COUNT(cellv); i++)
		cell(out, cellv[i], columnv[i].columns);
}

static void csv_field(FILE *out, const char *text, bool is_last)
{
	/* A leading =, +, - or @ would be a formula to a spreadsheet; a
	 * number's plus sign is kept, since +1555 is no formula that harms. */
	bool is_formula = strchr("=-@\t", text[0]) && text[0];

	fputc('"', out);
	if (is_formula)
		fputc('\'', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputs(is_last ? "\"\n" : "\",", out);
}

static void csv_row(FILE *out, const struct store_result *result)
{
	const struct store_call *call = &result->call;
	char attempts[16], talk[24], intention[24];
	const char *const fieldv[] = {
		result->contact->number,
		var(result->contact, "name"),
		result->state,
		attempts,
		text_of(call->outcome),
		text_of(call->label),
		intention,
		text_of(call->class_letter),
		text_of(call->heard),
		talk,
		text_of(call->callid),
		text_of(call->recording),
	};

	(void)snprintf(attempts, sizeof(attempts), "%u", result->attempts);
	(void)snprintf(intention, sizeof(intention), "%" PRId64,
	               call->intention);
	(void)snprintf(talk, sizeof(talk), "%.1f",
	               (double)talk_ms(call) / 1000);
	for (size_t i = 0; i < ARRAY_COUNT(fieldv); i++)
		csv_field(out, fieldv[i], i + 1 == ARRAY_COUNT(fieldv));
}

/* The figures of a call's sound; NULL: there are none. */
static json_t *media_of(const struct store_call *call)
{
	return json_loads(text_of(call->media), 0, NULL);
}

static int json_row(FILE *out, const struct store_result *result)
{
	const struct store_call *call = &result->call;
	json_t *vars, *row;
	int err;

	jmem_forget();
	vars = json_object();
	for (size_t i = 0; i < result->contact->varc; i++)
		(void)json_object_set_new(
			vars, result->contact->varv[i].name,
			json_string(result->contact->varv[i].value));

	row = json_pack(
		"{ss ss sI ss ss sI ss ss sf ss ss so* so}", "number",
		result->contact->number, "state", result->state, "attempts",
		(json_int_t)result->attempts, "outcome", text_of(call->outcome),
		"label", text_of(call->label), "intention",
		(json_int_t)call->intention, "class",
		text_of(call->class_letter), "heard", text_of(call->heard),
		"talk_s", (double)talk_ms(call) / 1000, "callid",
		text_of(call->callid), "recording", text_of(call->recording),
		"media", media_of(call), "variables", vars);
	err = jmem_write(out, row, JSON_COMPACT);
	if (!err)
		fputc('\n', out);

	return err;
}

void report_begin(struct report *report)
{
	report->err = 0;
	report->rows = report->right = report->wrong = 0;
	report->sounded = report->one_way = 0;
	report->mos_sum = report->mos_least = 0;
	if (report->format == REPORT_TABLE)
		table_begin(report->out);
	else if (report->format == REPORT_CSV)
		fputs("number,name,state,attempts,outcome,label,intention,"
		      "class,heard,talk_s,callid,recording\n",
		      report->out);
}

static bool is_right(const struct store_result *result)
{
	const char *truth = var(result->contact, "truth");
	const char *outcome = var(result->contact, "outcome");

	if (*outcome && strcmp(outcome, text_of(result->call.outcome)) != 0)
		return false;

	return !strcmp(truth, text_of(result->call.label));
}

static void sound_count(struct report *report, const struct store_call *call)
{
	json_t *media = call->answer_ms ? media_of(call) : NULL;
	double mos = json_number_value(json_object_get(media, "mos"));
	const char *way = json_string_value(json_object_get(media, "way"));

	if (way && strcmp(way, "both") != 0)
		report->one_way++;
	if (mos > 0 && (!report->sounded || mos < report->mos_least))
		report->mos_least = mos;
	if (mos > 0) {
		report->sounded++;
		report->mos_sum += mos;
	}
	json_decref(media);
}

void report_row(struct report *report, const struct store_result *result)
{
	int err;

	report->rows++;
	sound_count(report, &result->call);

	switch (report->format) {

	case REPORT_TABLE:
		table_row(report->out, result);
		break;

	case REPORT_CSV:
		csv_row(report->out, result);
		break;

	case REPORT_JSON:
		err = json_row(report->out, result);
		report->err = report->err ? report->err : err;
		break;
	}

	if (report->is_scored && is_right(result)) {
		report->right++;
		if (report->format == REPORT_TABLE)
			fputs("ok", report->out);
	}
	else if (report->is_scored) {
		const char *truth = var(result->contact, "truth");

		report->wrong++;
		if (report->format == REPORT_TABLE)
			fprintf(report->out, "expected %s",
			        *truth ? truth
			               : var(result->contact, "outcome"));
	}
	if (report->format == REPORT_TABLE)
		fputc('\n', report->out);
}

/* Beside the table only: programs have the figures of each call. */
static void sound_foot(const struct report *report)
{
	fprintf(report->out, "\nsound: MOS %.1f on average, %.1f at worst",
	        report->mos_sum / report->sounded, report->mos_least);
	if (report->one_way)
		fprintf(report->out, "; one way only in %u calls",
		        report->one_way);
	fputc('\n', report->out);
}

int report_end(struct report *report)
{
	if (report->format == REPORT_TABLE && report->sounded)
		sound_foot(report);
	if (report->is_scored)
		fprintf(report->format == REPORT_TABLE ? report->out : stderr,
		        "\nscore: %u of %u as these people meant it\n",
		        report->right, report->rows);
	if (fflush(report->out) && !report->err)
		report->err = errno;

	return report->err;
}
