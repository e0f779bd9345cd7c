/*
 * phone/sip/leg_identity.c - who calls, as our INVITEs say it (STIR), and what
 * networks make of it
 */
#include <assert.h>
#include <ctype.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "phone/sip/identity.h"
#include "phone/sip/leg.h"
#include "phone/sip/reason.h"

enum {
	TELL_MS = 600000, /* one network of many may refuse us all day */
};

/* --- saying it ----------------------------------------------------------- */

static bool is_uuid(const char *text)
{
	for (size_t i = 0; i < ID_SIZE - 1; i++) {
		const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? text[i] != '-'
		            : !isxdigit((unsigned char)text[i]))
			return false;
	}

	return !text[ID_SIZE - 1];
}

static void unsigned_tell(struct phone_line *line)
{
	if (line->trust.is_unsigned_told)
		return;

	line->trust.is_unsigned_told = true;
	log_warning("phone",
	            "line %s: a call that shows no telephone number with + and "
	            "country code is not signed, nor will others be: set "
	            "caller_id of the line, or stir_attest = none",
	            line->prm.name);
}

int leg_identity_make(struct leg *leg, const char *number, const char *given)
{
	const int64_t now_ms = clock_wall_ms();
	char orig[PASSPORT_DIGITS_SIZE], dest[PASSPORT_DIGITS_SIZE];
	char date[CLOCK_TEXT_SIZE], id[ID_SIZE], *value = NULL;
	struct identity_call call = {
		.orig = orig,
		.dest = dest,
		.origid = leg->dialog.call_id,
		.at_s = now_ms / 1000,
	};
	int err;

	if (given)
		return re_sdprintf(&leg->identity, "Identity: %s\r\n", given);
	if (!leg->line->prm.identity)
		return 0;
	if (!passport_digits(orig, leg->caller_id)) {
		unsigned_tell(leg->line);
		return 0;
	}
	/* An extension of somebody's PBX: nobody verifies there. */
	if (!passport_digits(dest, number))
		return 0;

	if (!is_uuid(call.origid))
		call.origid = id_make(id);
	err = identity_sign(&value, leg->line->prm.identity, &call);
	if (err)
		return err;

	/* Some verifiers insist on Date, and compare it (RFC 8224 section
	 * 4.1). */
	err = re_sdprintf(&leg->identity, "Date: %s\r\nIdentity: %s\r\n",
	                  clock_date(date, now_ms), value);
	mem_deref(value);

	return err;
}

bool phone_is_identity(const char *text)
{
	return passport_is_value(text);
}

int phone_line_try_identity(const struct phone_line *line,
                            char words[CFG_FAULT_SIZE])
{
	return line->prm.identity ? identity_try(line->prm.identity, words)
	                          : ENOENT;
}

const char *phone_line_cert_url(const struct phone_line *line)
{
	return line->prm.identity ? identity_cert_url(line->prm.identity)
	                          : NULL;
}

int phone_line_check_cert(const struct phone_line *line, const void *bytes,
                          size_t n, char words[CFG_FAULT_SIZE])
{
	assert(line->prm.identity);

	return identity_check_cert(line->prm.identity, bytes, n,
	                           clock_wall_ms() / 1000, words);
}

/* --- what they make of it ------------------------------------------------ */

/* What an answer says of our identity (a code of SIP), 0: nothing. */
static unsigned fault_of(const struct sip_msg *msg)
{
	unsigned cause = 0;

	if (outcome_of_sip(msg->scode, 0) == OUTCOME_IDENTITY_FAILED)
		return msg->scode;

	for (struct le *le = list_head(&msg->hdrl); le && !cause;
	     le = le->next) {
		const struct sip_hdr *header = le->data;

		if (header->id == SIP_HDR_REASON)
			cause = reason_stir(header->val.p, header->val.l);
	}

	return cause;
}

static const char *remedy(const struct phone_line *line, unsigned fault)
{
	if (!line->prm.identity)
		return fault == STIR_USE_IDENTITY
		               ? "calls have to be signed: let the carrier do "
		                 "it, or set stir_attest, stir_key and "
		                 "stir_cert_url"
		               : "ask the carrier, which signs, what numbers "
		                 "it takes";

	switch (fault) {
	case STIR_STALE_DATE:
		return "set the clock of this machine";
	case STIR_USE_IDENTITY:
		return "the signature is lost on its way: long messages need "
		       "transport = tcp or tls";
	case STIR_BAD_INFO:
		return "the certificate cannot be fetched at stir_cert_url";
	case STIR_BAD_CREDENTIAL:
		return "the certificate at stir_cert_url is not trusted, or "
		       "has expired";
	case STIR_INVALID_HEADER:
		return "stir_key is not that of the certificate at "
		       "stir_cert_url, or the clock of this machine is wrong";
	default:
		return "ask the carrier what that means";
	}
}

/* Calls get past whoever looks at identities. */
static bool is_trusting(const struct sip_msg *msg)
{
	if (msg->scode < 300)
		return msg->scode >= 180;

	return !outcome_is_our_fault(outcome_of_sip(msg->scode, 0));
}

void leg_identity_heard(struct leg *leg, const struct sip_msg *msg)
{
	struct phone_line *line = leg->line;
	struct line_trust *trust = &line->trust;
	const unsigned fault = fault_of(msg);
	char stir[16] = "";

	if (!fault) {
		if (*trust->words && !leg->is_doubted && is_trusting(msg))
			*trust->words = '\0';
		return;
	}

	leg->is_doubted = true;

	if (fault != msg->scode)
		(void)re_snprintf(stir, sizeof(stir), ", STIR %u", fault);
	(void)re_snprintf(trust->words, sizeof(trust->words),
	                  "line %s: the network %s who calls (%u %r%s): %s",
	                  line->prm.name,
	                  msg->scode < 300 ? "doubts" : "refuses", msg->scode,
	                  &msg->reason, stir, remedy(line, fault));
	if (clock_ms() < trust->tell_at_ms)
		return;

	trust->tell_at_ms = clock_ms() + TELL_MS;
	log_warning("phone", "%s", trust->words);
}
