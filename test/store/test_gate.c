/*
 * test/store/test_gate.c - what the gate sees, and what becomes of its word
 */
#include "base/clock.h"
#include "fixture.h"
#include "store/tests.h"

/* A gate that keeps what it saw and answers as the test says. */
struct watch {
	struct store_facts facts;
	struct store_verdict verdict;
	char refused[FIXTURE_TEXT_SIZE]; /* the number that verdict is for */
	unsigned asked;
};

static void judge(struct store_verdict *verdict,
                  const struct store_facts *facts, const void *rules)
{
	struct watch *watch = *(struct watch *const *)rules;

	watch->asked++;
	watch->facts = *facts;
	(void)snprintf(verdict->why, sizeof(verdict->why), "seen %u",
	               facts->day);
	if (!strcmp(watch->refused, facts->contact->number))
		*verdict = watch->verdict;
}

static int gate_init(struct store_gate *gate, struct watch *watch)
{
	struct watch **rules;

	memset(gate, 0, sizeof(*gate));
	memset(watch, 0, sizeof(*watch));
	rules = mem_zalloc(sizeof(struct watch *), NULL);
	if (!rules)
		return ENOMEM;

	*rules = watch;
	gate->judge = judge;
	gate->rules = rules;

	return 0;
}

static int block(struct fixture *fx, const char *number, int64_t campaign_id,
                 bool is_prefix)
{
	const struct store_block_prm prm = {
		.number = number,
		.reason = "not these",
		.campaign_id = campaign_id,
		.is_prefix = is_prefix,
	};

	fx->has_answer = false;

	return fixture_ask(
		fx, store_block_scoped(fx->store, &prm, fixture_done, fx));
}

int test_gate_blocks(void)
{
	static const char *const numberv[] = {
		"+15550100",
		"+79990000001",
		"+8610000000001",
		"+15550101",
	};
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_list(&fx, "people"));
	CHECK_ERR(0, fixture_add(&fx, fx.list_id, numberv, 4));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));

	CHECK_ERR(0, block(&fx, "+7", 0, true));
	CHECK_ERR(0, block(&fx, "+86100", fx.campaign.id, true));
	CHECK_ERR(0, block(&fx, "+15550100", fx.campaign.id + 1, false));
	CHECK_ERR(0, block(&fx, "+15550101", fx.campaign.id, false));
	CHECK_ERR(0, block(&fx, "+15550101", fx.campaign.id, false));

	/* Only the first is left: its block is another campaign's. */
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550100", fx.number);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) || min(reason) || min(why)"
	                         " FROM targets WHERE state = 'done'",
	                         text));
	CHECK_STR("3do_not_callnot these", text);

out:
	fixture_end(&fx);

	return err;
}

int test_gate_verdicts(void)
{
	int64_t later_ms = clock_wall_ms() + 3600000;
	char text[FIXTURE_TEXT_SIZE];
	struct store_gate gate;
	struct watch watch;
	struct fixture fx;
	int err;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, gate_init(&gate, &watch));
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_people(&fx, 4));
	fx.gate = &gate;

	/* Later: the next one is asked at once. */
	(void)snprintf(watch.refused, sizeof(watch.refused), "+15550100");
	watch.verdict = (struct store_verdict){
		.answer = STORE_LATER,
		.rule = "window",
		.next_ms = later_ms,
		.why = "too early there",
	};
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550101", fx.number);
	CHECK_U64(2, watch.asked);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT state || reason || why FROM targets "
	                         "WHERE reason <> ''",
	                         text));
	CHECK_STR("readywindowtoo early there", text);
	CHECK_ERR(0, fixture_sql(&fx, "SELECT allowed || number FROM attempts",
	                         text));
	CHECK_STR("seen 0+15550101", text);

	/* Hold: nobody is touched. */
	(void)snprintf(watch.refused, sizeof(watch.refused), "+15550102");
	watch.verdict = (struct store_verdict){
		.answer = STORE_HOLD,
		.rule = "line",
		.next_ms = later_ms - 1000,
		.why = "all channels are taken",
	};
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	CHECK_STR("line", fx.held_by);
	CHECK_I64(later_ms - 1000, fx.next_ms);

	/* Never. */
	watch.verdict.answer = STORE_NEVER;
	watch.verdict.rule = "consent";
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550103", fx.number);
	CHECK_STR("", fx.held_by);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	CHECK_I64(later_ms, fx.next_ms);

	/* Paused, not even that is asked. */
	CHECK_ERR(0, fixture_sql(&fx, "UPDATE campaigns SET state = 'paused'",
	                         text));
	watch.asked = 0;
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	CHECK_STR("paused", fx.held_by);
	CHECK_U64(0, watch.asked);

out:
	fixture_end(&fx);
	mem_deref(gate.rules);

	return err;
}

static int agree(struct fixture *fx, const char *number, const char *purpose)
{
	const struct store_consent consent = {
		.number = number,
		.purpose = purpose,
		.source = "form 17",
		.text = "You may call me.",
		.given_ms = 1,
	};

	fx->has_answer = false;

	return fixture_ask(
		fx, store_consent(fx->store, &consent, fixture_done, fx));
}

int test_gate_facts(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct store_gate gate;
	struct watch watch;
	struct fixture fx;
	int err;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, gate_init(&gate, &watch));
	gate.consent = "news";
	gate.client = "acme";
	gate.is_live_counted = true;
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_people(&fx, 2));
	fx.gate = &gate;

	/* Called by this campaign: busy, again in an instant; and by our own
	 * fault, which is no call. */
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_U64(0, watch.facts.tries);
	CHECK_U64(0, watch.facts.day);
	CHECK_I64(0, watch.facts.last_ms);
	CHECK(!watch.facts.has_consent);
	CHECK_ERR(0, fixture_attempt_end(&fx, "busy", true, 1));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550101", fx.number);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550100", fx.number);
	CHECK_U64(2, fx.attempt_no);
	CHECK_U64(1, watch.facts.tries);
	CHECK_U64(1, watch.facts.live);
	CHECK_ERR(0, fixture_attempt_end(&fx, "line_failed", false, 1));

	/* The first attempt was on another day. */
	CHECK_ERR(0, fixture_sql(&fx,
	                         "UPDATE attempts SET start_ms = start_ms - "
	                         "86400000 * 2 WHERE n = 1 AND number = "
	                         "'+15550100'",
	                         text));
	CHECK_ERR(0, fixture_sql(&fx, "UPDATE campaigns SET client = 'acme'",
	                         text));

	/* Another campaign of the same people sees all that. */
	CHECK_ERR(0, fixture_campaign(&fx, "more calls"));
	CHECK_ERR(0, agree(&fx, "+15550100", "news"));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550100", fx.number);
	CHECK_U64(0, watch.facts.tries);
	CHECK_U64(0, watch.facts.day);
	CHECK_U64(1, watch.facts.week);
	CHECK_U64(1, watch.facts.month);
	CHECK(watch.facts.last_ms > 0);
	CHECK(watch.facts.has_consent);
	CHECK_U64(1, watch.facts.client_day);

	fx.has_answer = false;
	CHECK_ERR(0, fixture_ask(&fx,
	                         store_consent_end(fx.store, "+15550100",
	                                           "news", fixture_done, &fx)));
	CHECK_ERR(0, fixture_attempt_end(&fx, "busy", true, 1));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!watch.facts.has_consent);

out:
	fixture_end(&fx);
	mem_deref(gate.rules);

	return err;
}

static int single(struct fixture *fx, const char *callid, const char *direction,
                  bool is_our_fault)
{
	const struct store_call call = {
		.callid = callid,
		.direction = direction,
		.number = "+15550100",
		.line = "main",
		.outcome = "unreachable",
		.is_our_fault = is_our_fault,
		.start_ms = clock_wall_ms() - 5000,
	};

	fx->has_answer = false;

	return fixture_ask(fx, store_call(fx->store, &call, fixture_done, fx));
}

/* Who was called by hand or by the API was called. */
int test_gate_single_calls(void)
{
	struct store_gate gate;
	struct watch watch;
	struct fixture fx;
	int err;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, gate_init(&gate, &watch));
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_people(&fx, 1));
	fx.gate = &gate;

	CHECK_ERR(0, single(&fx, "theirs", "in", false));
	CHECK_ERR(0, single(&fx, "never left", "out", true));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550100", fx.number);
	CHECK_U64(0, watch.facts.day);
	CHECK_I64(0, watch.facts.last_ms);
	CHECK_ERR(0, fixture_attempt_end(&fx, "line_failed", false, 1));

	CHECK_ERR(0, single(&fx, "rings still", "out", false));
	CHECK_ERR(0, single(&fx, "by hand", "out", false));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_U64(2, watch.facts.day);
	CHECK_U64(2, watch.facts.week);
	CHECK_U64(2, watch.facts.month);
	CHECK(watch.facts.last_ms > clock_wall_ms() - 60000);
	CHECK(watch.facts.last_ms < clock_wall_ms() - 4000);

out:
	fixture_end(&fx);
	mem_deref(gate.rules);

	return err;
}

/* What was promised for a time goes before what waits for its turn. */
int test_gate_promised_first(void)
{
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 3));
	CHECK_ERR(0, fixture_claim(&fx));
	{
		const struct store_attempt_end end = {
			.attempt_id = fx.attempt_id,
			.outcome = "answered",
			.is_used = true,
			.has_retry = true,
			.is_urgent = true,
			.retry_at_ms = clock_wall_ms() - 1000,
		};

		fx.has_answer = false;
		CHECK_ERR(0, fixture_ask(&fx,
		                         store_attempt_end(fx.store, &end,
		                                           fixture_done, &fx)));
	}
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550100", fx.number);
	CHECK_U64(2, fx.attempt_no);
	CHECK(fx.is_urgent);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550101", fx.number);
	CHECK(!fx.is_urgent);

out:
	fixture_end(&fx);

	return err;
}
