/*
 * test/phone/test_sip_talk.c - what can happen during a call
 */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include "oom.h"
#include "sip_rig.h"
#include "test_phone.h"

static const struct sip_rig_prm over_udp = {.transport = PHONE_UDP};

static int talk_open(struct sip_rig *rig, const struct sip_rig_prm *prm)
{
	int err = sip_rig_open(rig, prm);

	if (err)
		return err;
	err = sip_rig_dial(rig, "+15550101", NULL, 0);
	if (err)
		return err;
	err = sip_rig_until(&rig->out.answered, 1);
	if (err)
		return err;

	return sip_rig_until_atomic(&rig->out.heard, 5);
}

int test_sip_talk_keys(void)
{
	struct sip_rig rig;
	int err;

	err = talk_open(&rig, &over_udp);
	CHECK_ERR(0, err);

	CHECK_ERR(EINVAL, phone_leg_send_keys(rig.out.leg, "12x"));
	CHECK_ERR(EINVAL, phone_leg_send_keys(rig.out.leg, ""));
	err = phone_leg_send_keys(rig.out.leg, "1#");
	CHECK_ERR(0, err);
	err = phone_leg_send_keys(rig.in.leg, "*9");
	CHECK_ERR(0, err);
	for (unsigned i = 0; i < 50 && (rig.in.keyc < 2 || rig.out.keyc < 2);
	     i++)
		sip_rig_run(50);
	CHECK_STR("1#", rig.in.keys);
	CHECK_STR("*9", rig.out.keys);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_talk_hold(void)
{
	struct sip_rig rig;
	unsigned heard;
	int err;

	err = talk_open(&rig, &over_udp);
	CHECK_ERR(0, err);

	err = phone_leg_hold(rig.out.leg, true);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.in.held, 1);
	CHECK_ERR(0, err);
	sip_rig_run(200);
	heard = rig.out.heard;
	sip_rig_run(200);
	CHECK(rig.out.heard <= heard + 1);

	err = phone_leg_hold(rig.out.leg, false);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.in.unheld, 1);
	CHECK_ERR(0, err);
	err = sip_rig_until_atomic(&rig.out.heard, rig.out.heard + 10);
	CHECK_ERR(0, err);
	CHECK_U64(0, rig.in.ended + rig.out.ended);

	/* Both at once: the changes must not kill the call. */
	err = phone_leg_hold(rig.out.leg, true);
	CHECK_ERR(0, err);
	err = phone_leg_hold(rig.in.leg, true);
	CHECK_ERR(0, err);
	sip_rig_run(500);
	CHECK_U64(0, rig.in.ended + rig.out.ended);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_talk_they_hang_up(void)
{
	struct sip_rig rig;
	int err;

	err = talk_open(&rig, &over_udp);
	CHECK_ERR(0, err);

	phone_leg_hangup(rig.in.leg);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_U64(OUTCOME_ANSWERED, rig.out.end.outcome);
	CHECK(rig.out.end.is_by_them);
	err = sip_rig_until(&rig.in.ended, 1);
	CHECK_ERR(0, err);
	CHECK(!rig.in.end.is_by_them);

out:
	sip_rig_close(&rig);

	return err;
}

/* Nobody is left on a silent line for want of memory: BYE comes later. */
int test_sip_talk_bye_without_memory(void)
{
	struct sip_rig rig;
	int err;

	err = talk_open(&rig, &over_udp);
	CHECK_ERR(0, err);

	oom_refuse();
	phone_leg_hangup(rig.out.leg);
	(void)oom_disarm();
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_U64(OUTCOME_ANSWERED, rig.out.end.outcome);
	CHECK_U64(0, rig.in.ended);
	err = sip_rig_until(&rig.in.ended, 1);
	CHECK_ERR(0, err);
	CHECK(rig.in.end.is_by_them);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_talk_let_go(void)
{
	struct sip_rig rig;
	int err;

	err = talk_open(&rig, &over_udp);
	CHECK_ERR(0, err);

	rig.out.leg = mem_deref(rig.out.leg);
	err = sip_rig_until(&rig.in.ended, 1);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.detached, 1);
	CHECK_ERR(0, err);
	CHECK_U64(0, rig.out.ended);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_talk_early(void)
{
	struct sip_rig rig;
	struct phone_leg_sink in_sink;
	int err;

	err = sip_rig_open(&rig, &over_udp);
	CHECK_ERR(0, err);

	rig.answer = SIP_ANSWER_EARLY;
	err = sip_rig_dial(&rig, "101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ringing, 1);
	CHECK_ERR(0, err);
	CHECK(rig.out.has_early_media);
	err = sip_rig_until_atomic(&rig.out.heard, 10);
	CHECK_ERR(0, err);
	CHECK_U64(0, rig.out.answered);

	in_sink = sip_side_sink(&rig.in);
	err = phone_leg_answer(rig.in.leg, NULL, &in_sink);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_talk_no_answer(void)
{
	struct sip_rig rig;
	struct phone_leg_sink in_sink;
	int err;

	err = sip_rig_open(&rig, &over_udp);
	CHECK_ERR(0, err);

	rig.answer = SIP_RING;
	err = sip_rig_dial(&rig, "101", NULL, 300);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_U64(1, rig.out.ringing);
	CHECK(!rig.out.has_early_media);
	CHECK_STR("no_answer", outcome_name(rig.out.end.outcome));
	CHECK_U64(487, rig.out.end.sip_code);
	CHECK(!rig.out.end.is_by_them);

	/* Too late for the callee. */
	in_sink = sip_side_sink(&rig.in);
	CHECK_ERR(ENOTCONN, phone_leg_answer(rig.in.leg, NULL, &in_sink));

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_talk_refused(void)
{
	struct sip_rig rig;
	int err;

	err = sip_rig_open(&rig, &over_udp);
	CHECK_ERR(0, err);

	rig.answer = SIP_REFUSE;
	rig.refuse_code = 486;
	err = sip_rig_dial(&rig, "101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_STR("busy", outcome_name(rig.out.end.outcome));
	CHECK_STR("Not Now", rig.out.end.reason);

	rig.answer = SIP_LET_GO;
	rig.out.leg = mem_deref(rig.out.leg);
	err = sip_rig_dial(&rig, "101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 2);
	CHECK_ERR(0, err);
	CHECK_U64(480, rig.out.end.sip_code);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_talk_limit(void)
{
	const struct sip_rig_prm prm = {.transport = PHONE_UDP, .calls_max = 1};
	const struct phone_dial_prm dial = {.number = "102"};
	struct sip_rig rig;
	struct phone_leg_sink sink;
	struct phone_leg *second = NULL;
	int err;

	err = talk_open(&rig, &prm);
	CHECK_ERR(0, err);

	sink = sip_side_sink(&rig.out);
	CHECK_ERR(EBUSY, phone_dial(&second, rig.line, &dial, &sink));
	phone_leg_hangup(rig.out.leg);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	err = phone_dial(&second, rig.line, &dial, &sink);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.answered, 2);
	CHECK_ERR(0, err);

out:
	mem_deref(second);
	sip_rig_close(&rig);

	return err;
}

int test_sip_talk_bad_names(void)
{
	static const char *const badv[] = {
		"",
		"+1555 0100",
		"1\r\nX-Evil: 1",
		"1\n",
		"1;user=phone",
		"1@elsewhere.example",
		"1>",
		"\"1\"",
		"1?Route=x",
		"123456789012345678901234567890123",
	};
	static const char *const bad_idv[] = {"", "a b", "a\r\nb", "a;b",
	                                      "<a>"};
	struct sip_rig rig;
	struct phone_dial_prm prm = {.number = "101"};
	struct phone_leg_sink sink;
	int err;

	err = sip_rig_open(&rig, &over_udp);
	CHECK_ERR(0, err);
	sink = sip_side_sink(&rig.out);

	for (size_t i = 0; i < ARRAY_COUNT(badv); i++) {
		prm.number = badv[i];
		prm.caller_id = NULL;
		CHECK_ERR(EINVAL,
		          phone_dial(&rig.out.leg, rig.line, &prm, &sink));
		prm.number = "101";
		prm.caller_id = badv[i];
		CHECK_ERR(EINVAL,
		          phone_dial(&rig.out.leg, rig.line, &prm, &sink));
	}
	prm.caller_id = NULL;
	for (size_t i = 0; i < ARRAY_COUNT(bad_idv); i++) {
		prm.call_id = bad_idv[i];
		CHECK_ERR(EINVAL,
		          phone_dial(&rig.out.leg, rig.line, &prm, &sink));
	}
	CHECK_U64(0, rig.incoming);

out:
	sip_rig_close(&rig);

	return err;
}

/* --- TLS ----------------------------------------------------------------- */

static int certificate_write(const char *path, const char *address)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x509 = X509_new();
	X509_EXTENSION *names;
	FILE *file = fopen(path, "w");
	char text[64];
	int err = 0;

	CHECK(key && x509 && file);
	(void)snprintf(text, sizeof(text), "IP:%s", address);
	names = X509V3_EXT_nconf_nid(NULL, NULL, NID_subject_alt_name, text);
	CHECK(names);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(x509), -60);
	(void)X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
	(void)X509_set_pubkey(x509, key);
	(void)X509_NAME_add_entry_by_txt(
		X509_get_subject_name(x509), "CN", MBSTRING_ASC,
		(const unsigned char *)"test", -1, -1, 0);
	(void)X509_set_issuer_name(x509, X509_get_subject_name(x509));
	(void)X509_add_ext(x509, names, -1);
	X509_EXTENSION_free(names);
	CHECK(X509_sign(x509, key, EVP_sha256()) > 0);
	CHECK(PEM_write_X509(file, x509) == 1);
	CHECK(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);

out:
	if (file)
		(void)fclose(file);
	X509_free(x509);
	EVP_PKEY_free(key);

	return err;
}

static int tls_call(const char *address, bool has_ca, struct sip_rig *rig)
{
	char path[512];
	const struct sip_rig_prm prm = {
		.transport = PHONE_TLS,
		.tls_cert = path,
		.tls_ca = has_ca ? path : NULL,
	};
	int err;

	(void)snprintf(path, sizeof(path), "%s/%s.pem", test_dir(), address);
	err = certificate_write(path, address);
	if (err)
		return err;
	err = sip_rig_open(rig, &prm);

	return err ? err : sip_rig_dial(rig, "101", NULL, 0);
}

int test_sip_talk_tls(void)
{
	struct sip_rig rig = {0};
	int err;

	err = tls_call("127.0.0.1", true, &rig);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);
	err = sip_rig_until_atomic(&rig.in.heard, 5);
	CHECK_ERR(0, err);
	phone_leg_hangup(rig.in.leg);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK(rig.out.end.is_by_them);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_talk_tls_stranger(void)
{
	static const struct {
		const char *why;
		const char *address;
		bool has_ca;
	} rowv[] = {
		{"signed by nobody we trust", "127.0.0.1", false},
		{"trusted, but the name of another server", "127.0.0.2", true},
	};
	struct sip_rig rig = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = tls_call(rowv[i].address, rowv[i].has_ca, &rig);
		CHECK_ERR(0, err);
		err = sip_rig_until(&rig.out.ended, 1);
		if (err)
			fprintf(stderr, "row: %s\n", rowv[i].why);
		CHECK_ERR(0, err);
		CHECK_STR("line_failed", outcome_name(rig.out.end.outcome));
		CHECK_U64(0, rig.incoming);
		sip_rig_close(&rig);
		memset(&rig, 0, sizeof(rig));
	}

	return 0;

out:
	sip_rig_close(&rig);

	return err;
}
