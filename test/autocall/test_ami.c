/*
 * test/autocall/test_ami.c - ends of calls in the words of Asterisk
 */
#include "autocall/ami.h"
#include "autocall/test_autocall.h"
#include "harness.h"

int test_ami_table(void)
{
	static const struct {
		enum outcome outcome;
		const char *dialstatus;
		unsigned cause;
	} rowv[] = {
		{OUTCOME_ANSWERED, "ANSWER", 16},
		{OUTCOME_BUSY, "BUSY", 17},
		{OUTCOME_NO_ANSWER, "NOANSWER", 19},
		{OUTCOME_DECLINED, "BUSY", 21},
		{OUTCOME_BAD_NUMBER, "CHANUNAVAIL", 1},
		{OUTCOME_CANCELLED, "CANCEL", 16},
		{OUTCOME_LINE_CONGESTED, "CONGESTION", 34},
		{OUTCOME_LINE_FAILED, "CHANUNAVAIL", 38},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct ami_said said = ami_said(rowv[i].outcome, 0);

		CHECK_STR(rowv[i].dialstatus, said.dialstatus);
		CHECK_U64(rowv[i].cause, said.cause);
	}

	/* There is a word for each. */
	for (int i = 0; i < OUTCOMES; i++) {
		struct ami_said said = ami_said((enum outcome)i, 0);

		CHECK(*said.dialstatus && said.cause && *said.words);
	}

out:
	return err;
}
