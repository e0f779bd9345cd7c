/*
 * test/fixture.c - a store and questions that block
 */
#include "fixture.h"
#include "place.h"
#include <re_tmr.h>

enum {
	WAIT_MS = 60000,
};

int fixture_init(struct fixture *fx)
{
	const char *url = place_url();
	int err;

	memset(fx, 0, sizeof(*fx));
	if (!url)
		return ENOTSUP;
	(void)snprintf(fx->path, sizeof(fx->path), "%s", url);

	err = loop_init();
	if (err)
		return err;

	return work_pool_alloc(&fx->pool, 2, loop_mailbox());
}

int fixture_open(struct fixture *fx)
{
	return store_open(&fx->store, fx->path, fx->pool, fx->fault);
}

int fixture_start(struct fixture *fx)
{
	int err = fixture_init(fx);

	return err ? err : fixture_open(fx);
}

void fixture_close(struct fixture *fx)
{
	store_close(fx->store);
	fx->store = NULL;
}

void fixture_end(struct fixture *fx)
{
	fixture_close(fx);
	if (fx->pool)
		work_pool_finish(fx->pool);
	fx->pool = mem_deref(fx->pool);
	loop_close();
}

static void timed_out(void *arg)
{
	(void)arg;

	loop_stop();
}

int fixture_wait(struct fixture *fx)
{
	bool has_answer;
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, WAIT_MS, timed_out, NULL);
	if (!fx->has_answer)
		(void)loop_run();
	tmr_cancel(&tmr);
	has_answer = fx->has_answer;
	fx->has_answer = false;

	return has_answer ? fx->err : ETIMEDOUT;
}

int fixture_ask(struct fixture *fx, int err)
{
	return err ? err : fixture_wait(fx);
}

void fixture_answer(struct fixture *fx, int err)
{
	fx->err = err;
	fx->has_answer = true;
	loop_stop();
}

void fixture_done(int err, void *arg)
{
	fixture_answer(arg, err);
}

static void list_handler(int err, int64_t list_id, void *arg)
{
	struct fixture *fx = arg;

	fx->list_id = list_id;
	fixture_answer(fx, err);
}

int fixture_list(struct fixture *fx, const char *name)
{
	fx->has_answer = false;

	return fixture_ask(fx, store_list(fx->store, name, list_handler, fx));
}

int fixture_list_dry(struct fixture *fx, const char *name)
{
	fx->has_answer = false;

	return fixture_ask(fx,
	                   store_list_dry(fx->store, name, list_handler, fx));
}

static void added_handler(int err, uint32_t added, uint32_t duplicates,
                          void *arg)
{
	struct fixture *fx = arg;

	fx->added = added;
	fx->duplicates = duplicates;
	fixture_answer(fx, err);
}

int fixture_add(struct fixture *fx, int64_t list_id, const char *const *numberv,
                size_t numberc)
{
	struct store_contact contactv[FIXTURE_ROWS_MAX];
	struct store_var varv[FIXTURE_ROWS_MAX][2];

	for (size_t i = 0; i < numberc; i++) {
		varv[i][0] = (struct store_var){"number", numberv[i]};
		varv[i][1] = (struct store_var){"name", "Zoë \"Z\""};
		contactv[i] = (struct store_contact){
			.number = numberv[i],
			.row = (uint32_t)i + 2,
			.varv = varv[i],
			.varc = 2,
		};
	}

	fx->has_answer = false;

	return fixture_ask(fx, store_contacts_add(fx->store, list_id, contactv,
	                                          numberc, added_handler, fx));
}

static void campaign_handler(int err, const struct store_campaign *campaign,
                             void *arg)
{
	struct fixture *fx = arg;

	if (campaign)
		fx->campaign = *campaign;
	fixture_answer(fx, err);
}

int fixture_campaign(struct fixture *fx, const char *name)
{
	fx->has_answer = false;

	return fixture_ask(fx,
	                   store_campaign(fx->store, name, fx->list_id,
	                                  "demo.json", campaign_handler, fx));
}

static void copy_contact(char number[FIXTURE_TEXT_SIZE],
                         char name[FIXTURE_TEXT_SIZE],
                         const struct store_contact *contact)
{
	(void)snprintf(number, FIXTURE_TEXT_SIZE, "%s", contact->number);
	name[0] = '\0';
	for (size_t i = 0; i < contact->varc; i++) {
		if (!strcmp(contact->varv[i].name, "name"))
			(void)snprintf(name, FIXTURE_TEXT_SIZE, "%s",
			               contact->varv[i].value);
	}
}

static void claim_handler(int err, const struct store_claim *claim, void *arg)
{
	struct fixture *fx = arg;

	fx->has_contact = claim && claim->contact;
	fx->next_ms = claim ? claim->next_ms : 0;
	(void)snprintf(fx->held_by, sizeof(fx->held_by), "%s",
	               claim ? claim->held_by : "");
	fx->valid_ms = claim ? claim->valid_until_ms : 0;
	if (fx->has_contact) {
		copy_contact(fx->number, fx->name, claim->contact);
		fx->attempt_id = claim->attempt_id;
		fx->attempt_no = claim->attempt_no;
		fx->is_urgent = claim->is_urgent;
		(void)snprintf(fx->call_id, sizeof(fx->call_id), "%s",
		               claim->call_id);
	}
	fixture_answer(fx, err);
}

int fixture_claim(struct fixture *fx)
{
	const struct store_claim_prm prm = {
		.campaign_id = fx->campaign.id,
		.line = "main",
		.gate = fx->gate,
	};

	fx->has_answer = false;

	return fixture_ask(fx, store_claim(fx->store, &prm, claim_handler, fx));
}

int fixture_attempt_end(struct fixture *fx, const char *outcome, bool is_used,
                        int64_t retry_at_ms)
{
	const struct store_attempt_end end = {
		.attempt_id = fx->attempt_id,
		.outcome = outcome,
		.sip_code = 486,
		.q850 = 17,
		.reason = "Busy Here",
		.is_used = is_used,
		.has_retry = !is_used || retry_at_ms,
		.retry_at_ms = retry_at_ms,
	};

	fx->has_answer = false;

	return fixture_ask(
		fx, store_attempt_end(fx->store, &end, fixture_done, fx));
}

int fixture_block(struct fixture *fx, const char *number)
{
	fx->has_answer = false;

	return fixture_ask(fx,
	                   store_block(fx->store, number, "asked us to stop",
	                               fixture_done, fx));
}

int fixture_call(struct fixture *fx, const struct store_call *call)
{
	fx->has_answer = false;

	return fixture_ask(fx, store_call(fx->store, call, fixture_done, fx));
}

int fixture_heads_tell(struct fixture *fx, bool is_end)
{
	fx->has_answer = false;

	return fixture_ask(
		fx, store_heads_tell(fx->store, is_end, fixture_done, fx));
}

static void flaw_handler(const struct store_flaw *flaw, void *arg)
{
	struct fixture *fx = arg;

	if (fx->wanted_kind && !strcmp(flaw->kind, fx->wanted_kind) &&
	    !strcmp(flaw->callid, fx->wanted_call))
		fx->has_flaw = true;
}

static void verified_handler(int err, const struct store_verified *verified,
                             void *arg)
{
	struct fixture *fx = arg;

	if (!err)
		fx->verified = *verified;
	fixture_answer(fx, err);
}

int fixture_verify(struct fixture *fx, const struct store_head *noted,
                   const char *kind, const char *callid)
{
	fx->has_answer = false;
	fx->wanted_kind = kind;
	fx->wanted_call = callid;
	fx->has_flaw = false;

	return fixture_ask(fx, store_verify(fx->store, noted, flaw_handler,
	                                    verified_handler, fx));
}

static void preview_handler(const struct store_contact *contact,
                            const char *reason, void *arg)
{
	struct fixture *fx = arg;
	struct fixture_row *row = &fx->rowv[fx->rowc % FIXTURE_ROWS_MAX];

	fx->rowc++;
	copy_contact(row->number, row->name, contact);
	(void)snprintf(row->reason, sizeof(row->reason), "%s",
	               reason ? reason : "");
}

int fixture_preview(struct fixture *fx, const char *name, int64_t list_id)
{
	fx->has_answer = false;
	fx->rowc = 0;

	return fixture_ask(fx, store_campaign_preview(fx->store, name, list_id,
	                                              preview_handler,
	                                              fixture_done, fx));
}

static void result_handler(const struct store_result *result, void *arg)
{
	struct fixture *fx = arg;
	struct fixture_row *row = &fx->rowv[fx->rowc % FIXTURE_ROWS_MAX];

	fx->rowc++;
	copy_contact(row->number, row->name, result->contact);
	(void)snprintf(row->state, sizeof(row->state), "%s", result->state);
	(void)snprintf(row->reason, sizeof(row->reason), "%s", result->reason);
	(void)snprintf(row->outcome, sizeof(row->outcome), "%s",
	               result->call.outcome);
	row->attempts = result->attempts;
}

int fixture_results(struct fixture *fx)
{
	fx->has_answer = false;
	fx->rowc = 0;

	return fixture_ask(fx, store_results(fx->store, fx->campaign.id,
	                                     result_handler, fixture_done, fx));
}

int fixture_people(struct fixture *fx, size_t numberc)
{
	char textv[FIXTURE_ROWS_MAX][16];
	const char *numberv[FIXTURE_ROWS_MAX];
	int err;

	for (size_t i = 0; i < numberc; i++) {
		(void)snprintf(textv[i], sizeof(textv[i]), "+1555%04zu",
		               100 + i);
		numberv[i] = textv[i];
	}

	err = fixture_list(fx, "people");
	if (err)
		return err;

	err = fixture_add(fx, fx->list_id, numberv, numberc);
	if (err)
		return err;

	return fixture_campaign(fx, "calls");
}

int fixture_sql(struct fixture *fx, const char *sql,
                char text[FIXTURE_TEXT_SIZE])
{
	(void)fx;

	return place_sql(sql, text);
}
