/*
 * test/phone/test_sip_call.c - two phones of ours call each other
 */
#include "sip_rig.h"
#include "test_phone.h"

static const char call_id[] = "0193a0b4-0000-7000-8000-00000000abcd";

static int call_over(enum phone_transport transport, const char *address)
{
	const struct sip_rig_prm prm = {.bind = address,
	                                .transport = transport};
	struct sip_rig rig;
	int err;

	err = sip_rig_open(&rig, &prm);
	CHECK_ERR(0, err);

	err = sip_rig_dial(&rig, "+15550101", call_id, 0);
	CHECK_ERR(0, err);
	CHECK_STR(call_id, phone_leg_call_id(rig.out.leg));
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);
	CHECK_STR("+15550100", rig.in.from);
	CHECK_STR("+15550101", rig.in.to);
	CHECK_STR(call_id, phone_leg_call_id(rig.in.leg));

	err = sip_rig_until_atomic(&rig.out.heard, 20);
	CHECK_ERR(0, err);
	err = sip_rig_until_atomic(&rig.in.heard, 20);
	CHECK_ERR(0, err);
	CHECK(rig.out.is_loud && rig.in.is_loud);

	phone_leg_hangup(rig.out.leg);
	err = sip_rig_until(&rig.in.ended, 1);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_U64(OUTCOME_ANSWERED, rig.out.end.outcome);
	CHECK(!rig.out.end.is_by_them);
	CHECK(rig.in.end.is_by_them);
	CHECK(rig.out.stats.packets_in > 10);
	err = sip_rig_until(&rig.out.detached, 1);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.in.detached, 1);
	CHECK_ERR(0, err);

out:
	sip_rig_close(&rig);

	return err;
}

int test_sip_call_udp(void)
{
	return call_over(PHONE_UDP, NULL);
}

int test_sip_call_tcp(void)
{
	return call_over(PHONE_TCP, NULL);
}

/* The default: all addresses of the machine, the route decides. */
int test_sip_call_any_address(void)
{
	return call_over(PHONE_UDP, "0.0.0.0");
}

int test_sip_call_any_address_tcp(void)
{
	return call_over(PHONE_TCP, "0.0.0.0");
}

/* '#' has a meaning of its own in URIs. */
int test_sip_call_star_codes(void)
{
	const struct sip_rig_prm prm = {.transport = PHONE_UDP};
	struct sip_rig rig;
	int err;

	err = sip_rig_open(&rig, &prm);
	CHECK_ERR(0, err);

	err = sip_rig_dial(&rig, "*21*101#", NULL, 0);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.answered, 1);
	CHECK_ERR(0, err);
	CHECK_STR("*21*101#", rig.in.to);

out:
	sip_rig_close(&rig);

	return err;
}
