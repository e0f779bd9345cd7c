/*
 * test/phone/test_sip_refuse.c - how calls end that are not answered
 *
 * A fake server answers each INVITE with one final response; what the sink
 * is told is what the dialer will act upon.
 */
#include "base/clock.h"
#include "base/loop.h"
#include "fake_server.h"
#include "sip_rig.h"
#include "test_phone.h"

/* clang-format off */
static const struct row {
	const char *why;
	unsigned code;
	const char *extra;
	enum outcome outcome;
	unsigned q850;
	uint32_t retry_after_s;
} rowv[] = {
	{"busy", 486, "", OUTCOME_BUSY, 0, 0},
	{"busy everywhere", 600, "", OUTCOME_BUSY, 0, 0},
	{"declined", 603, "", OUTCOME_DECLINED, 0, 0},
	{"forbidden", 403, "", OUTCOME_REJECTED, 0, 0},
	{"no such number", 404, "", OUTCOME_BAD_NUMBER, 0, 0},
	{"number gone", 410, "", OUTCOME_BAD_NUMBER, 0, 0},
	{"number incomplete", 484, "", OUTCOME_BAD_NUMBER, 0, 0},
	{"exists nowhere", 604, "", OUTCOME_BAD_NUMBER, 0, 0},
	{"unavailable, nobody says why", 480, "", OUTCOME_UNREACHABLE, 0, 0},
	{"unavailable: nobody picked up", 480,
	 "Reason: Q.850;cause=19;text=\"no answer, sorry\"\r\n",
	 OUTCOME_NO_ANSWER, 19, 0},
	{"the second of two reasons is ours to read", 480,
	 "Reason: SIP;cause=480;text=\"a, b\", Q.850 ;cause=17\r\n",
	 OUTCOME_BUSY, 17, 0},
	{"two Reason lines", 480,
	 "Reason: SIP;cause=480\r\nReason: q.850; cause=1\r\n",
	 OUTCOME_BAD_NUMBER, 1, 0},
	{"unwanted", 607, "", OUTCOME_UNWANTED, 0, 0},
	{"blocked by analytics", 608, "Reason: Q.850;cause=21\r\n",
	 OUTCOME_BLOCKED, 21, 0},
	{"the network gave up", 408, "", OUTCOME_NETWORK_TIMEOUT, 0, 0},
	{"a gateway gave up", 504, "", OUTCOME_NETWORK_TIMEOUT, 0, 0},
	{"no codec in common", 488, "", OUTCOME_MEDIA_MISMATCH, 0, 0},
	{"congestion asks us to wait", 503, "Retry-After: 17 (maintenance)\r\n",
	 OUTCOME_LINE_CONGESTED, 0, 17},
	{"congestion in the network behind", 500, "Reason: Q.850;cause=34\r\n",
	 OUTCOME_LINE_CONGESTED, 34, 0},
	{"server trouble", 500, "", OUTCOME_LINE_FAILED, 0, 0},
	{"no identity", 428, "", OUTCOME_IDENTITY_FAILED, 0, 0},
	{"the identity is a forgery", 438, "", OUTCOME_IDENTITY_FAILED, 0, 0},
	{"its certificate is not known", 437,
	 "Reason: STIR;cause=437;text=\"Unsupported Credential\"\r\n",
	 OUTCOME_IDENTITY_FAILED, 0, 0},
	{"refused for its identity under another code", 403,
	 "Reason: STIR ;cause=436 ;text=\"Bad Identity Info\", Q.850;cause=21"
	 "\r\n",
	 OUTCOME_IDENTITY_FAILED, 21, 0},
	{"elsewhere, outside our provider", 302,
	 "Contact: <sip:+15550199@198.51.100.7>\r\n",
	 OUTCOME_REDIRECTED, 0, 0},
};
/* clang-format on */

static void refuse_handler(struct fake *fake, const struct sip_msg *msg)
{
	const struct row *row = fake->arg;

	/* Contact of the reply is left out where the row has its own. */
	if (!pl_strcmp(&msg->met, "INVITE"))
		fake_reply(fake, msg, row->code, "Because", row->extra, 0);
}

static int refused_call(struct fake *fake, struct sip_rig *rig,
                        const struct row *row)
{
	const char *stir = strstr(row->extra, "STIR");
	char reason[32] = "Because";
	int err = 0;

	fake->arg = (void *)row;
	memset(&rig->out, 0, sizeof(rig->out));
	err = sip_rig_dial(rig, "+15550101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig->out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_STR(outcome_name(row->outcome),
	          outcome_name(rig->out.end.outcome));
	CHECK_U64(row->code, rig->out.end.sip_code);
	CHECK_U64(row->q850, rig->out.end.q850);
	CHECK_U64(row->retry_after_s, rig->out.end.retry_after_s);
	/* What became of our identity is kept with the words. */
	if (stir)
		(void)snprintf(reason, sizeof(reason), "Because, STIR %.3s",
		               strstr(stir, "cause=") + 6);
	CHECK_STR(reason, rig->out.end.reason);
	CHECK(rig->out.end.is_by_them);
	CHECK_U64(0, rig->out.answered);

out:
	rig->out.leg = mem_deref(rig->out.leg);
	if (err)
		fprintf(stderr, "row: %s\n", row->why);

	return err;
}

int test_sip_refuse_codes(void)
{
	struct sip_rig rig;
	struct fake fake;
	unsigned acks;
	int err;

	err = sip_rig_open_to(&rig, &fake, refuse_handler);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		acks = fake.acks;
		err = refused_call(&fake, &rig, &rowv[i]);
		if (err)
			goto out;
		err = sip_rig_until(&fake.acks, acks + 1);
		CHECK_ERR(0, err);
	}

out:
	sip_rig_close(&rig);

	return err;
}

/* --- nobody there -------------------------------------------------------- */

static void silent_handler(struct fake *fake, const struct sip_msg *msg)
{
	(void)fake;
	(void)msg;
}

int test_sip_refuse_silence(void)
{
	struct sip_rig rig;
	struct fake fake;
	uint64_t start_ms;
	int err;

	err = sip_rig_open_to(&rig, &fake, silent_handler);
	CHECK_ERR(0, err);

	start_ms = clock_ms();
	err = sip_rig_dial(&rig, "101", NULL, 1000);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_STR("network_timeout", outcome_name(rig.out.end.outcome));
	CHECK_U64(0, rig.out.end.sip_code);
	CHECK(clock_ms() - start_ms >= 900);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_refuse_dead_port(void)
{
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, silent_handler);
	CHECK_ERR(0, err);

	/* Nobody listens there any more: the kernel says so. */
	fake_close(&fake);
	err = sip_rig_dial(&rig, "101", NULL, 30000);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_STR("line_failed", outcome_name(rig.out.end.outcome));

out:
	sip_rig_close(&rig);

	return err;
}

/* --- redirects ----------------------------------------------------------- */

static void loop_handler(struct fake *fake, const struct sip_msg *msg)
{
	char contact[128];

	(void)re_snprintf(contact, sizeof(contact),
	                  "Contact: <sip:+1555010%u@%J>\r\n", fake->invites,
	                  &fake->addr);
	if (!pl_strcmp(&msg->met, "INVITE"))
		fake_reply(fake, msg, 302, "Elsewhere", contact, 0);
}

int test_sip_refuse_redirect_loop(void)
{
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, loop_handler);
	CHECK_ERR(0, err);

	err = sip_rig_dial(&rig, "+15550101", "one-call", 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_STR("redirected", outcome_name(rig.out.end.outcome));
	CHECK_U64(4, fake.invites);
	CHECK_STR("one-call", fake.call_id);
	CHECK(fake_has_line(fake.invite, "INVITE sip:+15550103@"));

out:
	sip_rig_close(&rig);

	return err;
}

/* --- given up by us ------------------------------------------------------ */

static void ring_handler(struct fake *fake, const struct sip_msg *msg)
{
	if (!pl_strcmp(&msg->met, "INVITE"))
		fake_reply(fake, msg, 180, "Ringing", "", 0);
	else if (!pl_strcmp(&msg->met, "CANCEL"))
		fake_reply(fake, msg, 200, "OK", "", 0);
	else if (!pl_strcmp(&msg->met, "BYE"))
		fake_reply(fake, msg, 200, "OK", "", 0);
}

static struct sip_msg *late_invite;

/* The phone is picked up in the moment in which we give up. */
static void late_handler(struct fake *fake, const struct sip_msg *msg)
{
	if (!pl_strcmp(&msg->met, "INVITE")) {
		late_invite = mem_ref((void *)msg);
		fake_reply(fake, msg, 180, "Ringing", "", 0);
	}
	else if (!pl_strcmp(&msg->met, "CANCEL")) {
		fake_reply(fake, msg, 200, "OK", "", 0);
		fake_reply(fake, late_invite, 200, "OK", "", 40000);
		late_invite = mem_deref(late_invite);
	}
	else if (!pl_strcmp(&msg->met, "BYE")) {
		fake_reply(fake, msg, 200, "OK", "", 0);
	}
}

int test_sip_refuse_late_answer(void)
{
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, late_handler);
	CHECK_ERR(0, err);

	err = sip_rig_dial(&rig, "+15550101", NULL, 300);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_STR("no_answer", outcome_name(rig.out.end.outcome));
	CHECK_U64(0, rig.out.answered);
	err = sip_rig_until(&fake.byes, 1);
	CHECK_ERR(0, err);
	CHECK_U64(1, fake.acks);
	CHECK_U64(1, fake.cancels);

out:
	late_invite = mem_deref(late_invite);
	sip_rig_close(&rig);

	return err;
}

int test_sip_refuse_lets_go(void)
{
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, ring_handler);
	CHECK_ERR(0, err);

	err = sip_rig_dial(&rig, "+15550101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ringing, 1);
	CHECK_ERR(0, err);
	rig.out.leg = mem_deref(rig.out.leg);
	err = sip_rig_until(&fake.cancels, 1);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.detached, 1);
	CHECK_ERR(0, err);
	CHECK_U64(0, rig.out.ended);

out:
	sip_rig_close(&rig);

	return err;
}
