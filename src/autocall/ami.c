/*
 * autocall/ami.c - pure: what Asterisk would have said of the end of a call
 */
#include "autocall/ami.h"

struct ami_said ami_said(enum outcome outcome)
{
	switch (outcome) {

	case OUTCOME_BUSY:
		return (struct ami_said){"BUSY", 17, "User busy"};
	case OUTCOME_NO_ANSWER:
		return (struct ami_said){"NOANSWER", 19,
		                         "User alerting, no answer"};
	case OUTCOME_DECLINED:
	case OUTCOME_REJECTED:
	case OUTCOME_UNWANTED:
	case OUTCOME_BLOCKED:
		return (struct ami_said){"BUSY", 21, "Call Rejected"};
	case OUTCOME_BAD_NUMBER:
		return (struct ami_said){"CHANUNAVAIL", 1,
		                         "Unallocated number"};
	case OUTCOME_UNREACHABLE:
		return (struct ami_said){"CHANUNAVAIL", 20,
		                         "Subscriber absent"};
	case OUTCOME_CANCELLED:
		return (struct ami_said){"CANCEL", 16, "Normal Clearing"};
	case OUTCOME_NETWORK_TIMEOUT:
		return (struct ami_said){"NOANSWER", 18, "No user responding"};
	case OUTCOME_LINE_CONGESTED:
		return (struct ami_said){"CONGESTION", 34,
		                         "Circuit/channel congestion"};
	case OUTCOME_ANSWERED:
	case OUTCOME_MACHINE:
	case OUTCOME_FAX:
	case OUTCOME_ANNOUNCEMENT:
	case OUTCOME_SCREENING:
		return (struct ami_said){"ANSWER", 16, "Normal Clearing"};
	default:
		return (struct ami_said){"CHANUNAVAIL", 38,
		                         "Network out of order"};
	}
}
