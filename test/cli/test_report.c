/*
 * test/cli/test_report.c - results as table and CSV, and the score
 */
#include "cli/report.h"
#include "harness.h"
#include "test_cli.h"

enum {
	OUT_SIZE = 8192,
};

static const struct store_var anna_varv[] = {
	{"name", "Анна Сергеевна Длиннофамильная"},
	{"truth", "confirmed"},
	{"outcome", "answered"},
};

static const struct store_contact anna = {
	.number = "+15550101",
	.varv = anna_varv,
	.varc = ARRAY_COUNT(anna_varv),
};

/* What the report prints of these results; in a buffer of the caller's. */
static int print(char out[OUT_SIZE], struct report *report,
                 const struct store_result *result)
{
	FILE *file = fmemopen(out, OUT_SIZE, "w");

	if (!file)
		return errno;
	report->out = file;
	report_begin(report);
	report_row(report, result);
	report_end(report);
	(void)fclose(file);

	return 0;
}

int test_report_table_cuts_by_columns(void)
{
	struct store_result result = {
		.contact = &anna,
		.state = "done",
		.call = {.outcome = "answered",
	                 .label = "confirmed",
	                 .heard = "预约明天上午十点钟在北京的医院见医生好的谢谢"
	                          "再见",
	                 .answer_ms = 1000,
	                 .end_ms = 66000},
	};
	struct report report = {.format = REPORT_TABLE};
	char out[OUT_SIZE];
	int err = 0;

	CHECK_ERR(0, print(out, &report, &result));
	CHECK(strstr(out, "+15550101 "));
	CHECK(strstr(out, "Анна Сергеевна … "));
	CHECK(strstr(out, "预约明天上午十点钟在北京的医院见…"));
	CHECK(strstr(out, " 1:05"));

out:
	return err;
}

int test_report_csv_is_safe(void)
{
	struct store_result result = {
		.contact = &anna,
		.state = "done",
		.attempts = 2,
		.call = {.outcome = "answered",
	                 .label = "=cmd|' /C calc'!A0",
	                 .heard = "he said \"yes\", twice"},
	};
	struct report report = {.format = REPORT_CSV};
	char out[OUT_SIZE];
	int err = 0;

	CHECK_ERR(0, print(out, &report, &result));
	CHECK(strstr(out, "\"he said \"\"yes\"\", twice\""));
	CHECK(strstr(out, "\"'=cmd|"));

out:
	return err;
}

int test_report_score(void)
{
	static const struct {
		const char *why;
		const char *outcome, *label;
		uint32_t right;
	} rowv[] = {
		{"label and outcome as meant", "answered", "confirmed", 1},
		{"another label", "answered", "declined", 0},
		{"another outcome", "busy", "confirmed", 0},
	};
	char out[OUT_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct report report = {.format = REPORT_TABLE,
		                        .is_scored = true};
		struct store_result result = {
			.contact = &anna,
			.state = "done",
			.call = {.outcome = rowv[i].outcome,
		                 .label = rowv[i].label},
		};

		CHECK_ERR(0, print(out, &report, &result));
		if (report.right != rowv[i].right)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_U64(rowv[i].right, report.right);
		CHECK(strstr(out, rowv[i].right ? "score: 1 of 1"
		                                : "score: 0 of 1"));
	}

out:
	return err;
}
