/*
 * test/phone/test_sip_identity.c - the Identity header of our INVITEs, and what
 * networks say of it
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include "fake_server.h"
#include "phone/sip/identity.h"
#include "sip_rig.h"
#include "test_phone.h"

#define GIVEN "eyJ.eyK.AA-_;info=<https://a.example/b>;alg=ES256;ppt=shaken"

enum {
	LINE_SIZE = 1024,
	PATH_SIZE = 512,
};

/* The value of a header, "": there is none. */
static const char *value_of(char value[LINE_SIZE], const char *text,
                            const char *name)
{
	char begin[32];
	const char *at;

	(void)snprintf(begin, sizeof(begin), "\n%s: ", name);
	at = strstr(text, begin);
	at = at ? at + strlen(begin) : "";
	(void)snprintf(value, LINE_SIZE, "%.*s", (int)strcspn(at, "\r"), at);

	return value;
}

/* A second line to the fake server, that signs. */
static int signed_line(struct sip_rig *rig, const char *caller_id)
{
	char path[PATH_SIZE], fault[CFG_FAULT_SIZE] = "";
	const struct identity_prm prm = {
		.key = path,
		.cert_url = "https://cert.example.org/passport.pem",
		.attest = 'A',
	};
	struct phone_line_prm line = {.name = "signs", .caller_id = caller_id};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	FILE *file;
	int err = EIO;

	(void)snprintf(path, sizeof(path), "%s/key.pem", test_dir());
	file = fopen(path, "w");
	if (key && file && !fchmod(fileno(file), 0600) &&
	    PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL))
		err = 0;
	if (file && fclose(file))
		err = errno;
	EVP_PKEY_free(key);
	if (!err)
		err = identity_alloc(&line.identity, &prm, fault);
	if (!err)
		err = sip_rig_line(rig, &line, sa_port(&rig->fake->addr));
	mem_deref(line.identity);
	if (err)
		fprintf(stderr, "%s\n", fault);

	return err;
}

/* --- what leaves ---------------------------------------------------------- */

struct seen {
	char date[LINE_SIZE], identity[LINE_SIZE];
};

/* The first is lost, the second is sent elsewhere within the provider, the
 * third finds nobody. */
static void thrice_handler(struct fake *fake, const struct sip_msg *msg)
{
	struct seen *seenv = fake->arg, *seen;
	char contact[128];

	if (pl_strcmp(&msg->met, "INVITE"))
		return;

	if (fake->invites <= 3) {
		seen = &seenv[fake->invites - 1];
		(void)value_of(seen->date, fake->invite, "Date");
		(void)value_of(seen->identity, fake->invite, "Identity");
	}
	(void)re_snprintf(contact, sizeof(contact),
	                  "Contact: <sip:+15550102@%J>\r\n", &fake->addr);
	if (fake->invites == 2)
		fake_reply(fake, msg, 302, "Elsewhere", contact, 0);
	else if (fake->invites > 2)
		fake_reply(fake, msg, 486, "Busy Here", "", 0);
}

/* One call is signed once. */
int test_sip_identity_stays(void)
{
	static struct seen seenv[3];
	struct sip_rig rig;
	struct fake fake;
	int err;

	memset(seenv, 0, sizeof(seenv));
	err = sip_rig_open_to(&rig, &fake, thrice_handler);
	CHECK_ERR(0, err);
	fake.arg = seenv;
	err = signed_line(&rig, "+15550100");
	CHECK_ERR(0, err);

	err = sip_rig_dial(&rig, "+15550101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_U64(3, fake.invites);
	CHECK(strstr(seenv[0].date, " GMT"));
	CHECK(passport_is_value(seenv[0].identity));
	for (unsigned i = 1; i < 3; i++) {
		CHECK_STR(seenv[0].date, seenv[i].date);
		CHECK_STR(seenv[0].identity, seenv[i].identity);
	}

out:
	sip_rig_close(&rig);

	return err;
}

static void busy_handler(struct fake *fake, const struct sip_msg *msg)
{
	if (!pl_strcmp(&msg->met, "INVITE"))
		fake_reply(fake, msg, 486, "Busy Here", "", 0);
}

static int dial(struct sip_rig *rig, const char *number, const char *caller_id,
                const char *identity)
{
	const struct phone_leg_sink sink = sip_side_sink(&rig->out);
	const struct phone_audio audio = sip_side_audio(&rig->out);
	const struct phone_dial_prm prm = {
		.number = number,
		.caller_id = caller_id,
		.identity = identity,
		.audio = &audio,
	};
	int err;

	memset(&rig->out, 0, sizeof(rig->out));
	err = phone_dial(&rig->out.leg, rig->line, &prm, &sink);
	if (!err)
		err = sip_rig_until(&rig->out.ended, 1);
	rig->out.leg = mem_deref(rig->out.leg);

	return err;
}

int test_sip_identity_whose(void)
{
	/* clang-format off */
	static const struct {
		const char *why, *number, *caller_id, *given, *begin;
	} rowv[] = {
		{"a number of a pool", "+15550101", "+15550177", NULL,
		 "ey"},
		{"the other's own, unchanged", "+15550101", NULL, GIVEN,
		 GIVEN},
		{"an extension", "101", "+15550177", NULL, ""},
		{"nobody's number", "+15550101", "reception", NULL, ""},
		{"the line's user", "+15550101", NULL, NULL, ""},
	};
	/* clang-format on */
	char line[LINE_SIZE], shown[TEST_SHOWN_SIZE] = "", *again;
	struct test_capture capture = {0};
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, busy_handler);
	CHECK_ERR(0, err);
	err = signed_line(&rig, NULL);
	CHECK_ERR(0, err);

	err = test_capture_open(&capture);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv) && !err; i++) {
		err = dial(&rig, rowv[i].number, rowv[i].caller_id,
		           rowv[i].given);
		(void)value_of(line, fake.invite, "Identity");
		if (strncmp(line, rowv[i].begin, strlen(rowv[i].begin)) ||
		    !*line != !*rowv[i].begin) {
			err = EPROTO;
			test_capture_close(&capture, shown);
			fprintf(stderr, "row: %s: %s\n", rowv[i].why, line);
		}
	}
	test_capture_close(&capture, shown);
	CHECK_ERR(0, err);

	/* Said once, not for each call. */
	again = strstr(shown, "line signs: a call that shows no telephone");
	CHECK(again);
	CHECK(!strstr(again + 20, "a call that shows"));

	CHECK_ERR(EINVAL, dial(&rig, "+15550101", NULL, "a.b.c\r\nX: y"));

out:
	test_capture_close(&capture, shown);
	sip_rig_close(&rig);

	return err;
}

/* --- what comes back ------------------------------------------------------ */

struct verdict {
	const char *why;
	unsigned code;
	const char *extra;
	bool is_signed;
	const char *words; /* of the line then, "": nothing */
	enum outcome outcome;
};

/* clang-format off */
static const struct verdict verdictv[] = {
	{"nobody cares", 486, "", true, "", OUTCOME_BUSY},
	{"the certificate", 437, "", true,
	 "line signs: the network refuses who calls (437 Because): the "
	 "certificate at stir_cert_url is not trusted, or has expired",
	 OUTCOME_IDENTITY_FAILED},
	{"our own trouble says nothing of it", 503, "", true,
	 "the certificate at stir_cert_url is not trusted",
	 OUTCOME_LINE_CONGESTED},
	{"calls get through again", 486, "", true, "", OUTCOME_BUSY},
	{"under another code", 403, "Reason: STIR;cause=436\r\n", true,
	 "(403 Because, STIR 436): the certificate cannot be fetched",
	 OUTCOME_IDENTITY_FAILED},
	{"an old date", 403, "Reason: STIR;cause=403\r\n", true,
	 "set the clock of this machine", OUTCOME_IDENTITY_FAILED},
	{"not the pair", 438, "", true, "stir_key is not that of the",
	 OUTCOME_IDENTITY_FAILED},
	{"lost on its way", 428, "", true, "long messages need transport",
	 OUTCOME_IDENTITY_FAILED},
	{"doubted, and busy", 486, "Reason: STIR;cause=437\r\n", true,
	 "is not trusted, or has expired", OUTCOME_IDENTITY_FAILED},
	{"never signed", 428, "", false, "calls have to be signed",
	 OUTCOME_IDENTITY_FAILED},
	{"signed by the carrier", 438, "", false, "ask the carrier, which",
	 OUTCOME_IDENTITY_FAILED},
};
/* clang-format on */

static void verdict_handler(struct fake *fake, const struct sip_msg *msg)
{
	const struct verdict *verdict = fake->arg;

	if (!pl_strcmp(&msg->met, "INVITE"))
		fake_reply(fake, msg, verdict->code, "Because", verdict->extra,
		           0);
}

/* It rings, and whoever passes the call on doubts who calls. */
static void doubt_handler(struct fake *fake, const struct sip_msg *msg)
{
	if (pl_strcmp(&msg->met, "INVITE"))
		return;

	fake_reply(fake, msg, 180, "Ringing",
	           fake->invites == 1 ? "Reason: STIR;cause=436\r\n" : "", 0);
	fake_reply(fake, msg, 486, "Busy Here", "", 0);
}

int test_sip_identity_doubted(void)
{
	struct sip_rig rig;
	struct fake fake;
	const char *words;
	int err;

	err = sip_rig_open_to(&rig, &fake, doubt_handler);
	CHECK_ERR(0, err);
	err = signed_line(&rig, "+15550100");
	CHECK_ERR(0, err);

	err = dial(&rig, "+15550101", NULL, NULL);
	CHECK_ERR(0, err);
	CHECK_STR("busy", outcome_name(rig.out.end.outcome));
	(void)phone_line_state(rig.line, &words);
	CHECK_STR("line signs: the network doubts who calls (180 Ringing, "
	          "STIR 436): the certificate cannot be fetched at "
	          "stir_cert_url",
	          words);

	/* The next call is believed. */
	err = dial(&rig, "+15550101", NULL, NULL);
	CHECK_ERR(0, err);
	(void)phone_line_state(rig.line, &words);
	CHECK(!strstr(words, "doubts"));

out:
	sip_rig_close(&rig);

	return err;
}

static int verdict_check(struct sip_rig *rig, const struct verdict *verdict)
{
	const char *words;
	int err;

	rig->fake->arg = (void *)verdict;
	rig->line = phone_line_find(rig->caller,
	                            verdict->is_signed ? "signs" : "main");
	err = dial(rig, "+15550101", NULL, NULL);
	CHECK_ERR(0, err);
	CHECK_STR(outcome_name(verdict->outcome),
	          outcome_name(rig->out.end.outcome));
	CHECK(phone_line_state(rig->line, &words) == PHONE_LINE_READY);
	if (*verdict->words ? !strstr(words, verdict->words)
	                    : strstr(words, "who calls") != NULL)
		CHECK_FAIL("words: %s", words);

out:
	if (err)
		fprintf(stderr, "row: %s\n", verdict->why);

	return err;
}

int test_sip_identity_refused(void)
{
	char shown[TEST_SHOWN_SIZE] = "";
	struct test_capture capture = {0};
	unsigned told = 0;
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, verdict_handler);
	CHECK_ERR(0, err);
	err = signed_line(&rig, "+15550100");
	CHECK_ERR(0, err);

	err = test_capture_open(&capture);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(verdictv) && !err; i++)
		err = verdict_check(&rig, &verdictv[i]);
	test_capture_close(&capture, shown);
	if (err)
		CHECK_FAIL("%s", shown);

	/* In the log once for each line, however many calls. */
	for (const char *at = shown; (at = strstr(at, "who calls (")); at++)
		told++;
	CHECK_U64(2, told);

out:
	test_capture_close(&capture, shown);
	sip_rig_close(&rig);

	return err;
}
