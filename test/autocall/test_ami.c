/*
 * test/autocall/test_ami.c - ends of calls in the words of Asterisk
 */
#include "autocall/ami.h"
#include "base/jmem.h"
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

static json_t *variable(const struct ami_channel *channel)
{
	return ami_var(channel, "DIALSTATUS", "BUSY");
}

static json_t *hangup(const struct ami_channel *channel)
{
	/* The cause of the network wins. */
	const struct ami_said said = ami_said(OUTCOME_BUSY, 34);

	return ami_hangup(channel, &said);
}

int test_ami_events(void)
{
	static const struct {
		json_t *(*make)(const struct ami_channel *channel);
		const char *rest;
	} rowv[] = {
		{ami_ringing, "\"ChannelState\":\"5\","
	                      "\"ChannelStateDesc\":\"Ringing\"}"},
		{ami_up, "\"ChannelState\":\"6\",\"ChannelStateDesc\":\"Up\"}"},
		{variable, "\"Variable\":\"DIALSTATUS\",\"Value\":\"BUSY\"}"},
		{hangup, "\"Cause\":\"34\",\"Cause-txt\":\"User busy\"}"},
	};
	static const struct ami_channel channel = {"SIP/101-5f2c", "7", "8101",
	                                           "Клиент"};
	char expected[400], *text = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		(void)snprintf(expected, sizeof(expected),
		               "{\"Channel\":\"SIP/101-5f2c\","
		               "\"Uniqueid\":\"7\",\"CallerIDNum\":\"8101\","
		               "\"CallerIDName\":\"Клиент\",%s",
		               rowv[i].rest);
		text = jmem_text(rowv[i].make(&channel));
		CHECK_STR(expected, text);
		text = mem_deref(text);
	}

out:
	mem_deref(text);

	return err;
}
