/*
 * test/cli/test_args.c - the command line
 */
#include "cli/args.h"
#include "harness.h"
#include "test_cli.h"

static const struct args_option optionv[] = {
	{"script", "FILE", "a file", false},
	{"calls", "N", "a number", false},
	{"var", "NAME=VALUE", "many", true},
	{"dry-run", NULL, "a flag", false},
};

static const struct args_command command = {
	.name = "run",
	.words = "LIST.csv",
	.summary = "Call.",
	.words_min = 1,
	.words_max = 1,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
};

enum {
	WORDS = 6,
};

static int parse(struct args *args, const char *const wordv[WORDS])
{
	char *argv[WORDS];
	int argc = 0;

	while (argc < WORDS && wordv[argc]) {
		argv[argc] = (char *)(uintptr_t)wordv[argc];
		argc++;
	}

	return args_parse(args, &command, argc, argv);
}

int test_args_accepts(void)
{
	static const struct {
		const char *why;
		const char *wordv[WORDS];
		const char *script;
		const char *list;
		long calls;
		bool is_dry;
	} rowv[] = {
		/* clang-format off */
		{"value behind a blank", {"a.csv", "--script", "s"}, "s",
		 "a.csv", 7, false},
		{"value behind =", {"--script=s", "a.csv"}, "s", "a.csv", 7,
		 false},
		{"value holds a =", {"--script=s=1", "a.csv"}, "s=1", "a.csv",
		 7, false},
		{"the last one counts", {"--script=s", "a.csv", "--script=t"},
		 "t", "a.csv", 7, false},
		{"a flag", {"a.csv", "--dry-run"}, "none", "a.csv", 7, true},
		{"a number", {"a.csv", "--calls", "12"}, "none", "a.csv", 12,
		 false},
		{"behind -- all are words", {"--", "--script"}, "none",
		 "--script", 7, false},
		{"common options", {"a.csv", "--data", "d", "--log=info"},
		 "none", "a.csv", 7, false},
		/* clang-format on */
	};
	struct args args;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		long calls;

		CHECK_ERR(0, parse(&args, rowv[i].wordv));
		CHECK_STR(rowv[i].script, args_text(&args, "script", "none"));
		CHECK_STR(rowv[i].list, args.wordv[0]);
		CHECK_ERR(0, args_number(&args, "calls", 7, &calls));
		CHECK_I64(rowv[i].calls, calls);
		CHECK(rowv[i].is_dry == args_has(&args, "dry-run"));
	}

out:
	return err;
}

int test_args_refuses(void)
{
	static const struct {
		const char *why;
		const char *wordv[WORDS];
	} rowv[] = {
		/* clang-format off */
		{"no list", {NULL}},
		{"two lists", {"a.csv", "b.csv"}},
		{"unknown option", {"a.csv", "--sript", "s"}},
		{"part of a name", {"a.csv", "--scrip", "s"}},
		{"value missing", {"a.csv", "--script"}},
		{"value for a flag", {"a.csv", "--dry-run=yes"}},
		/* clang-format on */
	};
	struct args args;
	long calls;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int refused = parse(&args, rowv[i].wordv);

		if (!refused)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(EINVAL, refused);
	}

	CHECK_ERR(0, parse(&args, (const char *const[WORDS]){"a.csv", "--calls",
	                                                     "-1"}));
	CHECK_ERR(EINVAL, args_number(&args, "calls", 7, &calls));
	CHECK_ERR(0, parse(&args, (const char *const[WORDS]){"a.csv", "--calls",
	                                                     "3x"}));
	CHECK_ERR(EINVAL, args_number(&args, "calls", 7, &calls));

out:
	return err;
}

int test_args_repeats(void)
{
	struct args args;
	int err = 0;

	CHECK_ERR(0,
	          parse(&args, (const char *const[WORDS]){"a.csv", "--var",
	                                                  "a=1", "--var=b=2"}));
	CHECK_STR("a=1", args_at(&args, "var", 0));
	CHECK_STR("b=2", args_at(&args, "var", 1));
	CHECK(!args_at(&args, "var", 2));

out:
	return err;
}
