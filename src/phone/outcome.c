/*
 * phone/outcome.c - pure: what a SIP result means to the dialer
 *
 * Stacks disagree on the meaning of the codes, so the raw code and the Q.850
 * cause travel beside the outcome in struct phone_end.
 */
#include <assert.h>
#include "phone/phone.h"
#include "base/mem.h"

/* clang-format off */
static const char *const namev[OUTCOMES] = {
	[OUTCOME_ANSWERED]        = "answered",
	[OUTCOME_BUSY]            = "busy",
	[OUTCOME_NO_ANSWER]       = "no_answer",
	[OUTCOME_DECLINED]        = "declined",
	[OUTCOME_REJECTED]        = "rejected",
	[OUTCOME_BAD_NUMBER]      = "bad_number",
	[OUTCOME_UNREACHABLE]     = "unreachable",
	[OUTCOME_UNWANTED]        = "unwanted",
	[OUTCOME_BLOCKED]         = "blocked",
	[OUTCOME_NETWORK_TIMEOUT] = "network_timeout",
	[OUTCOME_MEDIA_MISMATCH]  = "media_mismatch",
	[OUTCOME_CANCELLED]       = "cancelled",
	[OUTCOME_REDIRECTED]      = "redirected",
	[OUTCOME_LINE_AUTH]       = "line_auth",
	[OUTCOME_LINE_FAILED]     = "line_failed",
	[OUTCOME_LINE_CONGESTED]  = "line_congested",
	[OUTCOME_IDENTITY_FAILED] = "identity_failed",
	[OUTCOME_IN_DOUBT]        = "in_doubt",
	[OUTCOME_MACHINE]         = "machine",
	[OUTCOME_FAX]             = "fax",
	[OUTCOME_ANNOUNCEMENT]    = "announcement",
	[OUTCOME_SCREENING]       = "screening",
};

struct meaning {
	unsigned number;
	enum outcome outcome;
};

/* 429 asks for Referred-By (RFC 3892), which no call of ours needs: carriers
 * mean "too many", as in HTTP. */
static const struct meaning codev[] = {
	{400, OUTCOME_LINE_FAILED},     {401, OUTCOME_LINE_AUTH},
	{402, OUTCOME_REJECTED},        {403, OUTCOME_REJECTED},
	{404, OUTCOME_BAD_NUMBER},      {405, OUTCOME_LINE_FAILED},
	{406, OUTCOME_MEDIA_MISMATCH},  {407, OUTCOME_LINE_AUTH},
	{408, OUTCOME_NETWORK_TIMEOUT}, {410, OUTCOME_BAD_NUMBER},
	{413, OUTCOME_LINE_FAILED},     {414, OUTCOME_LINE_FAILED},
	{415, OUTCOME_MEDIA_MISMATCH},  {416, OUTCOME_LINE_FAILED},
	{420, OUTCOME_LINE_FAILED},     {421, OUTCOME_LINE_FAILED},
	{422, OUTCOME_LINE_FAILED},     {428, OUTCOME_IDENTITY_FAILED},
	{429, OUTCOME_LINE_CONGESTED},  {436, OUTCOME_IDENTITY_FAILED},
	{437, OUTCOME_IDENTITY_FAILED}, {438, OUTCOME_IDENTITY_FAILED},
	{480, OUTCOME_UNREACHABLE},
	{481, OUTCOME_LINE_FAILED},     {482, OUTCOME_LINE_FAILED},
	{483, OUTCOME_LINE_FAILED},     {484, OUTCOME_BAD_NUMBER},
	{485, OUTCOME_BAD_NUMBER},      {486, OUTCOME_BUSY},
	{487, OUTCOME_CANCELLED},       {488, OUTCOME_MEDIA_MISMATCH},
	{491, OUTCOME_LINE_FAILED},     {493, OUTCOME_LINE_FAILED},
	{503, OUTCOME_LINE_CONGESTED},  {504, OUTCOME_NETWORK_TIMEOUT},
	{600, OUTCOME_BUSY},            {603, OUTCOME_DECLINED},
	{604, OUTCOME_BAD_NUMBER},      {606, OUTCOME_MEDIA_MISMATCH},
	{607, OUTCOME_UNWANTED},        {608, OUTCOME_BLOCKED},
};

/* Causes that say more than the code does. 16 (normal clearing) and 31
 * (unspecified) are put in by gateways that know nothing; left out. */
static const struct meaning causev[] = {
	{1,   OUTCOME_BAD_NUMBER},     {3,   OUTCOME_UNREACHABLE},
	{17,  OUTCOME_BUSY},           {18,  OUTCOME_NO_ANSWER},
	{19,  OUTCOME_NO_ANSWER},      {20,  OUTCOME_UNREACHABLE},
	{21,  OUTCOME_DECLINED},       {22,  OUTCOME_BAD_NUMBER},
	{27,  OUTCOME_UNREACHABLE},    {28,  OUTCOME_BAD_NUMBER},
	{34,  OUTCOME_LINE_CONGESTED}, {38,  OUTCOME_LINE_FAILED},
	{41,  OUTCOME_LINE_FAILED},    {42,  OUTCOME_LINE_CONGESTED},
	{47,  OUTCOME_LINE_CONGESTED}, {65,  OUTCOME_MEDIA_MISMATCH},
	{88,  OUTCOME_MEDIA_MISMATCH}, {102, OUTCOME_NETWORK_TIMEOUT},
};
/* clang-format on */

enum {
	CAUSE_REJECTED = 21,
};

const char *outcome_name(enum outcome outcome)
{
	assert(outcome < OUTCOMES);

	return namev[outcome];
}

bool outcome_parse(enum outcome *outcomep, const char *name)
{
	for (size_t i = 0; i < OUTCOMES; i++) {
		if (strcmp(namev[i], name))
			continue;

		*outcomep = (enum outcome)i;
		return true;
	}

	return false;
}

bool outcome_is_our_fault(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_MEDIA_MISMATCH:
	case OUTCOME_LINE_AUTH:
	case OUTCOME_LINE_FAILED:
	case OUTCOME_LINE_CONGESTED:
	case OUTCOME_IDENTITY_FAILED:
		return true;

	default:
		return false;
	}
}

static const struct meaning *find(const struct meaning *meaningv, size_t count,
                                  unsigned number)
{
	for (size_t i = 0; i < count; i++) {
		if (meaningv[i].number == number)
			return &meaningv[i];
	}

	return NULL;
}

static enum outcome of_class(unsigned code)
{
	switch (code / 100) {
	case 2:
		return OUTCOME_ANSWERED;
	case 3:
		return OUTCOME_REDIRECTED;
	case 4:
		return OUTCOME_REJECTED;
	case 5:
		return OUTCOME_LINE_FAILED;
	case 6:
		return OUTCOME_DECLINED;
	default:
		return OUTCOME_NETWORK_TIMEOUT;
	}
}

enum outcome outcome_of_sip(unsigned code, unsigned q850)
{
	const struct meaning *by_code, *by_cause;

	by_code = find(codev, ARRAY_COUNT(codev), code);
	by_cause = find(causev, ARRAY_COUNT(causev), q850);

	/* These codes are about our credentials or say more exactly who
	 * rejected: gateways put a bare 21 beside all of them. */
	if (code == 401 || code == 407)
		by_cause = NULL;
	if (q850 == CAUSE_REJECTED && by_code)
		by_cause = code == 480 || code == 486 ? by_cause : NULL;

	if (by_cause && code >= 300)
		return by_cause->outcome;
	if (by_code)
		return by_code->outcome;

	return of_class(code);
}
