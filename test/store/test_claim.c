/*
 * test/store/test_claim.c - who is called, in which order, how often
 */
#include "base/clock.h"
#include "fixture.h"
#include "oom.h"
#include "store/tests.h"

int test_claim_order(void)
{
	static const char *const numberv[] = {"+15550100", "+15550101",
	                                      "+15550102"};
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 3));
	CHECK_U64(3, fx.campaign.contacts);
	CHECK_U64(3, fx.campaign.ready);

	for (size_t i = 0; i < 3; i++) {
		CHECK_ERR(0, fixture_claim(&fx));
		CHECK(fx.has_contact);
		CHECK_STR(numberv[i], fx.number);
		CHECK_STR("Zoë \"Z\"", fx.name);
		CHECK_U64(1, fx.attempt_no);
		CHECK_U64(36, strlen(fx.call_id));
	}

	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	CHECK_I64(0, fx.next_ms);

out:
	fixture_end(&fx);

	return err;
}

/* Many claims asked for at once share a transaction and still get different
 * people. */
struct many {
	struct fixture *fx;
	unsigned answers, contacts, asked;
	int64_t attempt_idv[FIXTURE_ROWS_MAX];
	char numberv[FIXTURE_ROWS_MAX][FIXTURE_TEXT_SIZE];
};

static void many_handler(int err, const struct store_claim *claim, void *arg)
{
	struct many *many = arg;

	many->answers++;
	if (!err && claim->contact) {
		(void)snprintf(many->numberv[many->contacts], FIXTURE_TEXT_SIZE,
		               "%s", claim->contact->number);
		many->attempt_idv[many->contacts++] = claim->attempt_id;
	}
	if (many->answers == many->asked) {
		many->fx->has_answer = true;
		loop_stop();
	}
}

int test_claim_twice_never(void)
{
	struct store_claim_prm prm = {.line = "main"};
	struct many many = {.asked = 50};
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 40));

	prm.campaign_id = fx.campaign.id;
	many.fx = &fx;
	fx.has_answer = false;
	for (unsigned i = 0; i < many.asked; i++)
		CHECK_ERR(0, store_claim(fx.store, &prm, many_handler, &many));
	CHECK_ERR(0, fixture_wait(&fx));

	CHECK_U64(50, many.answers);
	CHECK_U64(40, many.contacts);
	for (unsigned i = 0; i < 40; i++) {
		for (unsigned j = 0; j < i; j++)
			CHECK(strcmp(many.numberv[i], many.numberv[j]));
	}

out:
	fixture_end(&fx);

	return err;
}

int test_claim_our_fault_comes_back(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 1));

	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0, fixture_attempt_end(&fx, "line_failed", false, 0));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(fx.has_contact);
	CHECK_U64(2, fx.attempt_no);

	CHECK_ERR(0, fixture_attempt_end(&fx, "busy", true, 0));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	CHECK_I64(0, fx.next_ms);

	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT min(n || outcome || is_used || "
	                         "sip_code || reason) || ',' || "
	                         "max(n || outcome || is_used || sip_code "
	                         "|| reason) FROM attempts",
	                         text));
	CHECK_STR("1line_failed0486Busy Here,2busy1486Busy Here", text);

out:
	fixture_end(&fx);

	return err;
}

int test_claim_blocked(void)
{
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_block(&fx, "+15550100"));
	CHECK_ERR(0, fixture_people(&fx, 3));
	CHECK_U64(1, fx.campaign.blocked);

	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550101", fx.number);

	/* Somebody says stop while the campaign runs. */
	CHECK_ERR(0, fixture_block(&fx, "+15550102"));
	CHECK_ERR(0, fixture_block(&fx, "+15550102"));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);

	CHECK_ERR(0, fixture_results(&fx));
	CHECK_U64(3, fx.rowc);
	CHECK_STR("done", fx.rowv[0].state);
	CHECK_STR("do_not_call", fx.rowv[0].reason);
	CHECK_STR("claimed", fx.rowv[1].state);
	CHECK_STR("do_not_call", fx.rowv[2].reason);
	CHECK_U64(0, fx.rowv[2].attempts);

out:
	fixture_end(&fx);

	return err;
}

int test_claim_waits_for_due(void)
{
	int64_t later_ms = clock_wall_ms() + 3600000;
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 2));

	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0,
	          fixture_attempt_end(&fx, "line_congested", false, later_ms));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550101", fx.number);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	CHECK_I64(later_ms, fx.next_ms);

out:
	fixture_end(&fx);

	return err;
}

int test_claim_end_once(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 1));
	CHECK_ERR(0, fixture_claim(&fx));

	CHECK_ERR(0, store_attempt_state(fx.store, fx.attempt_id, "ringing",
	                                 NULL));
	CHECK_ERR(0, fixture_attempt_end(&fx, "busy", true, 0));

	/* An end that comes again must not put the contact back. */
	CHECK_ERR(ENOENT, fixture_attempt_end(&fx, "line_failed", false, 0));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);

	/* Nor does a late word of the call open the attempt again. */
	CHECK_ERR(0, store_attempt_state(fx.store, fx.attempt_id, "answered",
	                                 NULL));
	CHECK_ERR(0, fixture_block(&fx, "+15550199"));
	CHECK_ERR(0, fixture_sql(&fx, "SELECT state || outcome FROM attempts",
	                         text));
	CHECK_STR("endedbusy", text);

out:
	fixture_end(&fx);

	return err;
}

static void end_handler(int err, void *arg)
{
	*(int *)arg = err;
}

/* Who was called is not called again, and their line is free: whatever else
 * there is no memory for. */
int test_claim_end_without_memory(void)
{
	char reason[] = "Busy Here", text[FIXTURE_TEXT_SIZE];
	struct store_attempt_end end = {
		.outcome = "busy",
		.sip_code = 486,
		.reason = reason,
		.is_used = true,
	};
	struct fixture fx;
	int err, submitted, ended = -1;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_people(&fx, 2));
	CHECK_ERR(0, fixture_claim(&fx));

	end.attempt_id = fx.attempt_id;
	oom_refuse();
	submitted = store_attempt_end(fx.store, &end, end_handler, &ended);
	(void)oom_disarm();
	CHECK_ERR(0, submitted);
	memset(reason, 'x', strlen(reason));

	CHECK_ERR(0, fixture_block(&fx, "+15550199"));
	CHECK_I64(0, ended);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT a.state || a.outcome || a.reason ||"
	                         " t.state FROM attempts a JOIN targets t"
	                         " ON t.contact_id = a.contact_id",
	                         text));
	CHECK_STR("endedbusyBusy Heredone", text);

	/* A claim that cannot have it takes nobody. */
	fx.has_answer = false;
	oom_refuse();
	submitted = fixture_claim(&fx);
	(void)oom_disarm();
	CHECK(submitted == ENOMEM);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(fx.has_contact);

out:
	(void)oom_disarm();
	fixture_end(&fx);

	return err;
}

int test_claim_gathered(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 1));
	CHECK_ERR(0, fixture_claim(&fx));

	/* A write that nobody waits for is written with the next one. */
	CHECK_ERR(0, store_attempt_state(fx.store, fx.attempt_id, "answered",
	                                 NULL));
	CHECK_ERR(0, fixture_block(&fx, "+15550199"));
	CHECK_ERR(0, fixture_sql(&fx, "SELECT state FROM attempts", text));
	CHECK_STR("answered", text);

out:
	fixture_end(&fx);

	return err;
}
