/*
 * phone/phone_cfg.c - the keys of [phone] and [line NAME]
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "phone/phone.h"
#include "base/mem.h"
#include "media/codec.h"
#include "phone/sip/identity.h"

static const struct cfg_key phone_keyv[] = {
	{"bind", CFG_TEXT, "0.0.0.0", NULL,
         "Address of this machine to listen on; 0.0.0.0 for all."},
	{"public_addr", CFG_TEXT, "", NULL,
         "Address by which others reach us, behind a NAT; empty: the one "
         "that leads there."},
	{"sip_port", CFG_NUMBER, "5060", "0..65535",
         "Port for SIP over UDP and TCP; 0: any free one."},
	{"tls_port", CFG_NUMBER, "5061", "0..65535",
         "Port for SIP over TLS; used with tls_cert."},
	{"tls_cert", CFG_TEXT, "", NULL,
         "PEM file with our certificate and its key; empty: no TLS server."},
	{"tls_ca", CFG_TEXT, "", NULL,
         "PEM file with the authorities that servers are checked by; empty: "
         "those of the system."},
	{"rtp_port_min", CFG_NUMBER, "10000", "0..65534",
         "First port for audio; 0: any free ones."},
	{"rtp_port_max", CFG_NUMBER, "20000", "0..65535",
         "Last port for audio."},
	{"media_loops", CFG_NUMBER, "0", "0..256",
         "Threads for audio; 0: one per core."},
	{"codecs", CFG_TEXT, "", NULL,
         "Codecs, in order, of those who are called without a line: simulated "
         "people. Empty: all."},
};

const struct cfg_table phone_cfg_table = {
	.section = "phone",
	.help = "Where Dialwright is reached by telephone.",
	.keyv = phone_keyv,
	.keyc = ARRAY_COUNT(phone_keyv),
};

static const struct cfg_key line_keyv[] = {
	{"server", CFG_TEXT, NULL, NULL,
         "The provider's server: name or address, with port if not the "
         "usual one."},
	{"transport", CFG_CHOICE, "udp", "udp|tcp|tls",
         "How SIP travels to the server."},
	{"user", CFG_TEXT, "", NULL,
         "User name of the account; empty for a trunk that knows our "
         "address."},
	{"password", CFG_TEXT, "", NULL, "Its password."},
	{"caller_id", CFG_TEXT, "", NULL,
         "Number shown to those who are called; empty: the user."},
	{"register", CFG_BOOL, "yes", NULL,
         "Register at the server; no for a trunk that knows our address."},
	{"expires_s", CFG_NUMBER, "600", "60..86400",
         "How long a registration is asked for."},
	{"codecs", CFG_TEXT, "", NULL,
         "Codecs in order, of pcma, pcmu, g722 and opus; empty: all, in that "
         "order. The first that the other side has too is spoken; with g722 "
         "or opus the conversation is held at 16 kHz."},
	{"calls", CFG_NUMBER, "0", "0..10000",
         "Calls at once that the provider allows; 0: no limit."},
	{"calls_per_s", CFG_TEXT, "0", NULL,
         "New calls per second that it allows, \"0.5\", all processes "
         "together; 0: no limit."},
	{"rest_ms", CFG_NUMBER, "0", "0..3600000",
         "A channel pauses for so long after each call."},
	{"fault_threshold", CFG_NUMBER, "3", "1..1000",
         "So many failures of the line in a row (calls that were under way "
         "together are one), and nobody is called over it until it answers "
         "OPTIONS."},
	{"fault_try_s", CFG_NUMBER, "0", "0..86400",
         "It is asked so often then, and a campaign waits for it as long as "
         "it takes; 0: after 1, 2, 4, … 30 s, and the campaign ends when that "
         "does not help."},
	{"options_back", CFG_NUMBER, "1", "1..100",
         "So many answers to OPTIONS in a row, and calls go over it again; the "
         "first call tries it, and its failure is enough to be asked again. "
         "More than 1 for a line that comes and goes."},
	{"options_s", CFG_NUMBER, "0", "0..86400",
         "While a campaign calls, the line is asked by OPTIONS so often "
         "whether "
         "it is still there, before the next call finds out; no answer counts "
         "as a failure. 0: it is not asked while calls get through."},
	{"session_s", CFG_NUMBER, "1800", "90..86400",
         "Calls are refreshed at half of this (RFC 4028)."},
	{"keepalive_s", CFG_NUMBER, "25", "0..300",
         "Between two signs of life (an empty line) to a server that we are "
         "registered at over UDP: a router forgets after some 30 s where calls "
         "to us go; 0: none."},
	{"stir_attest", CFG_CHOICE, "none", "none|A|B|C",
         "Calls are signed (STIR/SHAKEN), as sure as that of the number shown: "
         "A: it is ours to show, B: the caller is known, C: neither. none: the "
         "carrier signs, if anybody does."},
	{"stir_key", CFG_TEXT, "", NULL,
         "PEM file with the private key (P-256) that signs; others must not be "
         "able to read it."},
	{"stir_cert_url", CFG_TEXT, "", NULL,
         "Where everybody may fetch the certificate of stir_key: "
         "https://…"},
};

const struct cfg_table phone_line_cfg_table = {
	.section = "line",
	.is_named = true,
	.help = "A way into the telephone network: a SIP trunk or account.",
	.keyv = line_keyv,
	.keyc = ARRAY_COUNT(line_keyv),
};

static enum phone_transport transport_of(const char *name)
{
	if (!strcmp(name, "tcp"))
		return PHONE_TCP;

	return strcmp(name, "tls") ? PHONE_UDP : PHONE_TLS;
}

static bool rate_parse(double *ratep, const char *text)
{
	char *end;

	*ratep = strtod(text, &end);

	return end != text && !*end && *ratep >= 0 && *ratep <= 10000;
}

/* NULL: the line does not sign. */
static int identity_from_cfg(struct identity **identityp, const struct cfg *cfg,
                             const char *name, char fault[CFG_FAULT_SIZE])
{
	const char *attest = cfg_named_text(cfg, "line", name, "stir_attest");
	const char *caller = cfg_named_text(cfg, "line", name, "caller_id");
	const struct identity_prm prm = {
		.key = cfg_named_text(cfg, "line", name, "stir_key"),
		.cert_url = cfg_named_text(cfg, "line", name, "stir_cert_url"),
		.attest = *attest,
	};
	char digits[PASSPORT_DIGITS_SIZE], words[CFG_FAULT_SIZE];
	int err;

	if (!strcmp(attest, "none"))
		return 0;

	/* Without one the calls of a campaign may show numbers of its own. */
	if (*caller && !passport_digits(digits, caller)) {
		(void)snprintf(words, sizeof(words),
		               "only calls that show a telephone number with + "
		               "and country code are signed: caller_id = "
		               "\"%.32s\" is none",
		               caller);
		err = EINVAL;
	}
	else {
		err = identity_alloc(identityp, &prm, words);
	}
	if (err)
		(void)re_snprintf(fault, CFG_FAULT_SIZE, "[line %s]: %s", name,
		                  words);

	return err;
}

static int line_from_cfg(struct phone *phone, const struct cfg *cfg,
                         const char *name, char fault[CFG_FAULT_SIZE])
{
	const char *rate = cfg_named_text(cfg, "line", name, "calls_per_s");
	struct phone_line_prm prm = {
		.name = name,
		.server = cfg_named_text(cfg, "line", name, "server"),
		.transport = transport_of(
			cfg_named_text(cfg, "line", name, "transport")),
		.user = cfg_named_text(cfg, "line", name, "user"),
		.password = cfg_named_text(cfg, "line", name, "password"),
		.caller_id = cfg_named_text(cfg, "line", name, "caller_id"),
		.has_registration =
			cfg_named_bool(cfg, "line", name, "register"),
		.expires_s = (uint32_t)cfg_named_number(cfg, "line", name,
	                                                "expires_s"),
		.codecs = cfg_named_text(cfg, "line", name, "codecs"),
		.calls_max =
			(unsigned)cfg_named_number(cfg, "line", name, "calls"),
		.rest_ms = (uint32_t)cfg_named_number(cfg, "line", name,
	                                              "rest_ms"),
		.fault_threshold = (unsigned)cfg_named_number(
			cfg, "line", name, "fault_threshold"),
		.fault_try_s = (uint32_t)cfg_named_number(cfg, "line", name,
	                                                  "fault_try_s"),
		.options_back = (unsigned)cfg_named_number(cfg, "line", name,
	                                                   "options_back"),
		.options_s = (uint32_t)cfg_named_number(cfg, "line", name,
	                                                "options_s"),
		.session_s = (uint32_t)cfg_named_number(cfg, "line", name,
	                                                "session_s"),
		.keepalive_s = (uint32_t)cfg_named_number(cfg, "line", name,
	                                                  "keepalive_s"),
	};
	struct phone_line *line;
	int err;

	if (!rate_parse(&prm.calls_per_s, rate)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[line %s]: calls_per_s = \"%s\" is no number "
		               "of calls: write 2 or 0.5, 0 for no limit",
		               name, rate);
		return EINVAL;
	}
	if (prm.has_registration && !*prm.user) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[line %s]: user is missing: set it, or "
		               "register = no for a trunk that knows our "
		               "address",
		               name);
		return EINVAL;
	}

	err = identity_from_cfg(&prm.identity, cfg, name, fault);
	if (err)
		return err;

	err = phone_line_add(&line, phone, &prm);
	mem_deref(prm.identity);
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[line %s] cannot be used (%s): check server "
		               "(host or host:port), user and caller_id "
		               "(digits, letters, + * # . _ -) and codecs "
		               "(pcma, pcmu, g722, opus, each once)",
		               name, strerror(err));

	return err;
}

uint32_t phone_cfg_rate_hz(const struct cfg *cfg, const char *name)
{
	const struct codec *codecv[CODECS_MAX];
	size_t codecc;

	if (!name)
		name = cfg_name(cfg, "line", 0);
	if (!name || codec_list(codecv, &codecc,
	                        cfg_named_text(cfg, "line", name, "codecs")))
		return 0;

	return codecv[0]->rate_hz;
}

int phone_alloc_cfg(struct phone **phonep, const struct cfg *cfg,
                    phone_incoming_h *incoming, void *arg,
                    char fault[CFG_FAULT_SIZE])
{
	const struct phone_prm prm = {
		.bind = cfg_text(cfg, "phone", "bind"),
		.public_addr = cfg_text(cfg, "phone", "public_addr"),
		.sip_port = (uint16_t)cfg_number(cfg, "phone", "sip_port"),
		.tls_port = (uint16_t)cfg_number(cfg, "phone", "tls_port"),
		.tls_cert = cfg_text(cfg, "phone", "tls_cert"),
		.tls_ca = cfg_text(cfg, "phone", "tls_ca"),
		.rtp_port_min =
			(uint16_t)cfg_number(cfg, "phone", "rtp_port_min"),
		.rtp_port_max =
			(uint16_t)cfg_number(cfg, "phone", "rtp_port_max"),
		.media_loops =
			(unsigned)cfg_number(cfg, "phone", "media_loops"),
		.codecs = cfg_text(cfg, "phone", "codecs"),
		.incoming = incoming,
		.arg = arg,
	};
	struct phone *phone = NULL;
	const char *name;
	int err;

	if (prm.rtp_port_max < prm.rtp_port_min) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "phone.rtp_port_max is below rtp_port_min: "
		               "10000 and 20000 are usual");
		return EINVAL;
	}

	err = phone_alloc(&phone, &prm, fault);
	if (err)
		return err;

	for (size_t i = 0; (name = cfg_name(cfg, "line", i)) != NULL; i++) {
		err = line_from_cfg(phone, cfg, name, fault);
		if (err)
			break;
	}

	if (err)
		mem_deref(phone);
	else
		*phonep = phone;

	return err;
}
