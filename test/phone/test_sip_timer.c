/*
 * test/phone/test_sip_timer.c - session timers (RFC 4028) and the 2xx's ACK
 */
#include "fake_server.h"
#include "sip_rig.h"
#include "test_phone.h"

enum {
	RTP_PORT = 40000,
};

/* Our own minimum is told to who asks for less. */
int test_sip_timer_minimum(void)
{
	const struct sip_rig_prm prm = {.transport = PHONE_UDP, .session_s = 2};
	struct sip_rig rig;
	int err;

	err = sip_rig_open(&rig, &prm);
	CHECK_ERR(0, err);
	err = sip_rig_dial(&rig, "101", NULL, 0);
	CHECK_ERR(0, err);

	/* The callee takes no less than 90 s and says so: 422, and again. */
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);
	CHECK_U64(1, rig.incoming);

out:
	sip_rig_close(&rig);

	return err;
}

static void answer_handler(struct fake *fake, const struct sip_msg *msg)
{
	const char *extra = fake->arg;

	if (!msg->req || !pl_strcmp(&msg->met, "ACK"))
		return;
	fake_reply(fake, msg, 200, "OK", extra,
	           pl_strcmp(&msg->met, "INVITE") ? 0 : RTP_PORT);
}

int test_sip_timer_ours(void)
{
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, answer_handler);
	CHECK_ERR(0, err);
	fake.arg = (void *)"Session-Expires: 2;refresher=uac\r\nRequire: "
			   "timer\r\n";

	err = sip_rig_dial(&rig, "101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);
	CHECK(fake_has_line(fake.invite, "Session-Expires: 1800"));
	CHECK(fake_has_line(fake.invite, "Min-SE: 90"));
	CHECK(fake_has_line(fake.invite, "Supported: timer"));

	err = sip_rig_until(&fake.invites, 3);
	CHECK_ERR(0, err);
	CHECK(fake_has_line(fake.invite, "Session-Expires: 90;refresher=uac"));
	err = sip_rig_until(&fake.acks, 3);
	CHECK_ERR(0, err);
	CHECK_U64(0, rig.out.ended);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_timer_theirs(void)
{
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, answer_handler);
	CHECK_ERR(0, err);
	fake.arg = (void *)"Session-Expires: 2;refresher=uas\r\nRequire: "
			   "timer\r\n";

	err = sip_rig_dial(&rig, "101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);

	/* They do not refresh: the call is dead and ends by our BYE. */
	err = sip_rig_until(&fake.byes, 1);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_U64(OUTCOME_ANSWERED, rig.out.end.outcome);
	CHECK(!rig.out.end.is_by_them);
	CHECK_U64(1, fake.invites);

out:
	sip_rig_close(&rig);

	return err;
}

static void small_handler(struct fake *fake, const struct sip_msg *msg)
{
	if (!pl_strcmp(&msg->met, "INVITE") && fake->invites == 1)
		fake_reply(fake, msg, 422, "Too Small", "Min-SE: 3600\r\n", 0);
	else
		answer_handler(fake, msg);
}

int test_sip_timer_too_small(void)
{
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, small_handler);
	CHECK_ERR(0, err);
	fake.arg = (void *)"";

	err = sip_rig_dial(&rig, "101", "timer-call", 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);
	CHECK_U64(2, fake.invites);
	CHECK(fake_has_line(fake.invite, "Session-Expires: 3600"));
	CHECK(fake_has_line(fake.invite, "Min-SE: 3600"));
	CHECK_STR("timer-call", fake.call_id);

out:
	sip_rig_close(&rig);

	return err;
}

/* --- what the other side does to a call that is up ----------------------- */

static const char sdp[] = "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\n"
			  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			  "m=audio 40002 RTP/AVP 8\r\na=sendonly\r\n";
static const char sdp_type[] = "Content-Type: application/sdp\r\n";

int test_sip_timer_requests(void)
{
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, answer_handler);
	CHECK_ERR(0, err);
	fake.arg = (void *)"";

	err = sip_rig_dial(&rig, "101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);

	fake_request(&fake, "INVITE", 10, sdp_type, sdp);
	err = sip_rig_until(&rig.out.held, 1);
	CHECK_ERR(0, err);
	err = sip_rig_until(&fake.oks, 2);
	CHECK_ERR(0, err); /* no ACK: the 200 came twice */
	CHECK(fake_has_line(fake.last, "a=recvonly"));
	fake_request(&fake, "ACK", 10, "", "");

	fake_request(&fake, "INFO", 11,
	             "Content-Type: application/dtmf-relay\r\n",
	             "Signal= 5\r\nDuration=250\r\n");
	fake_request(&fake, "INFO", 12, "Content-Type: application/dtmf\r\n",
	             "#");
	for (unsigned i = 0; i < 50 && rig.out.keyc < 2; i++)
		sip_rig_run(20);
	CHECK_STR("5#", rig.out.keys);

	fake_request(&fake, "MESSAGE", 13, "Content-Type: text/plain\r\n",
	             "hello");
	sip_rig_run(50);
	CHECK(fake_has_line(fake.last, "SIP/2.0 405"));
	fake_request(&fake, "OPTIONS", 14, "", "");
	sip_rig_run(50);
	CHECK(fake_has_line(fake.last, "SIP/2.0 200"));
	fake_request(&fake, "INFO", 3, "", "");
	sip_rig_run(50);
	CHECK(fake_has_line(fake.last, "SIP/2.0 500"));

	fake_request(&fake, "BYE", 20, "Reason: Q.850;cause=16\r\n", "");
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK(rig.out.end.is_by_them);
	CHECK_U64(16, rig.out.end.q850);
	CHECK_U64(OUTCOME_ANSWERED, rig.out.end.outcome);

	/* A call that is over is not known any more. */
	fake_request(&fake, "INFO", 21, "", "");
	sip_rig_run(50);
	CHECK(fake_has_line(fake.last, "SIP/2.0 481"));

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_timer_keys_by_info(void)
{
	struct sip_rig rig;
	struct fake fake;
	int err;

	/* The fake's SDP has no telephone-event. */
	err = sip_rig_open_to(&rig, &fake, answer_handler);
	CHECK_ERR(0, err);
	fake.arg = (void *)"";

	err = sip_rig_dial(&rig, "101", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);
	err = phone_leg_send_keys(rig.out.leg, "4");
	CHECK_ERR(0, err);
	err = phone_leg_send_keys(rig.out.leg, "2#");
	CHECK_ERR(0, err);
	err = sip_rig_until(&fake.infos, 3);
	CHECK_ERR(0, err);
	CHECK(fake_has_line(fake.last, "Signal=#"));

out:
	sip_rig_close(&rig);

	return err;
}
