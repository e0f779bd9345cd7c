/*
 * test/store/test_people.c - what is kept of people is sealed, and goes
 */
#include <stdio.h>
#include <unistd.h>
#include "base/clock.h"
#include "fixture.h"
#include "store/tests.h"

enum {
	DAY_MS = 86400000,
};

static const char number[] = "+15550100", other[] = "+15550101";

struct told {
	struct fixture *fx;
	char heard[FIXTURE_TEXT_SIZE], name[FIXTURE_TEXT_SIZE];
	char input[FIXTURE_TEXT_SIZE], number[FIXTURE_TEXT_SIZE];
	char event[512], receipt[1024];
	struct store_tidied tidied;
	uint32_t count;
};

static void answered(struct told *told, int err)
{
	fixture_answer(told->fx, err);
}

static int wait_for(struct told *told, int err)
{
	if (!err)
		err = fixture_wait(told->fx);

	return err ? err : told->fx->err;
}

static void done_handler(int err, void *arg)
{
	answered(arg, err);
}

static bool talk_handler(const struct store_talk *talk, void *arg)
{
	struct told *told = arg;
	const struct store_contact *contact = talk->contact;

	(void)snprintf(told->heard, sizeof(told->heard), "%s",
	               talk->call.heard);
	(void)snprintf(told->number, sizeof(told->number), "%s",
	               contact->number);
	if (contact->varc)
		(void)snprintf(told->name, sizeof(told->name), "%s",
		               contact->varv[0].value);
	if (talk->stepc)
		(void)snprintf(told->input, sizeof(told->input), "%s",
		               talk->stepv[0].input_args);

	return true;
}

static int read_call(struct fixture *fx, struct told *told, const char *callid)
{
	const struct store_talks_prm prm = {.callid = callid};

	memset(told, 0, sizeof(*told));
	told->fx = fx;
	fx->has_answer = false;

	return wait_for(told, store_talks(fx->store, &prm, talk_handler,
	                                  done_handler, told));
}

static void event_handler(const struct store_event *event, void *arg)
{
	struct told *told = arg;

	(void)snprintf(told->event, sizeof(told->event), "%s", event->data);
}

static int read_event(struct fixture *fx, struct told *told)
{
	const struct store_outbox_prm prm = {.after = 0, .limit = 100};

	told->fx = fx;
	fx->has_answer = false;

	return wait_for(told, store_outbox(fx->store, &prm, event_handler,
	                                   done_handler, told));
}

static void erase_handler(int err, const char *receipt, void *arg)
{
	struct told *told = arg;

	(void)snprintf(told->receipt, sizeof(told->receipt), "%s",
	               receipt ? receipt : "");
	answered(told, err);
}

static int erase(struct fixture *fx, struct told *told, bool is_dry)
{
	const struct store_erase_prm prm = {number, "a letter", is_dry};

	told->fx = fx;
	fx->has_answer = false;

	return wait_for(told,
	                store_erase(fx->store, &prm, erase_handler, told));
}

static void again_handler(int err, uint32_t count, void *arg)
{
	struct told *told = arg;

	told->count = count;
	answered(told, err);
}

static int again(struct fixture *fx, struct told *told)
{
	told->fx = fx;
	fx->has_answer = false;

	return wait_for(told,
	                store_erase_again(fx->store, again_handler, told));
}

static void tidy_handler(int err, const struct store_tidied *tidied, void *arg)
{
	struct told *told = arg;

	told->tidied = *tidied;
	answered(told, err);
}

static int tidy(struct fixture *fx, struct told *told,
                const struct store_tidy_prm *prm)
{
	told->fx = fx;
	fx->has_answer = false;

	return wait_for(told,
	                store_tidy(fx->store, prm, NULL, tidy_handler, told));
}

static int vault_make(struct vault **vaultp)
{
	char key_file[512], folder[512], fault[CFG_FAULT_SIZE];
	const struct vault_prm prm = {key_file, "", folder};
	int err;

	(void)snprintf(key_file, sizeof(key_file), "%s/master", test_dir());
	(void)snprintf(folder, sizeof(folder), "%s/keys", test_dir());
	err = vault_master_first(key_file);

	return err && err != EEXIST ? err : vault_open(vaultp, &prm, fault);
}

/* A store that seals, with a call of each of two people. */
static int begin(struct fixture *fx, struct vault **vaultp)
{
	static const char *const numberv[] = {number, other};
	const struct store_call callv[] = {
		{.callid = "call-1",
	         .number = number,
	         .outcome = "answered",
	         .start_ms = 10 * (int64_t)DAY_MS,
	         .answer_ms = 10 * (int64_t)DAY_MS + 1,
	         .end_ms = 10 * (int64_t)DAY_MS + 9,
	         .heard = "yes indeed",
	         .variables = "{\"name\":\"Eve\",\"said\":\"indeed\"}",
	         .variables_begin = "{\"name\":\"Eve\"}"},
		{.callid = "call-2",
	         .number = other,
	         .outcome = "answered",
	         .start_ms = 20 * (int64_t)DAY_MS,
	         .answer_ms = 20 * (int64_t)DAY_MS + 1,
	         .end_ms = 20 * (int64_t)DAY_MS + 9,
	         .heard = "no indeed",
	         .variables_begin = "{\"name\":\"Bob\"}"},
	};
	int err;

	err = fixture_start(fx);
	if (!err)
		err = vault_make(vaultp);
	if (err)
		return err;

	store_vault(fx->store, *vaultp, true);
	err = store_events_on(fx->store, "*");
	if (!err)
		err = fixture_list(fx, "people");
	if (!err)
		err = fixture_add(fx, fx->list_id, numberv, 2);
	for (size_t i = 0; i < 2 && !err; i++) {
		const struct store_step step = {
			.number = callv[i].number,
			.callid = callv[i].callid,
			.input_args = "Findeed",
			.response_args = "hello Eve",
		};

		err = store_step(fx->store, &step);
		if (!err)
			err = fixture_call(fx, &callv[i]);
	}

	return err;
}

static void end(struct fixture *fx, struct vault *vault)
{
	fixture_end(fx);
	mem_deref(vault);
}

int test_people_sealed(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct vault *vault = NULL;
	struct fixture fx;
	struct told told;
	int err;

	err = begin(&fx, &vault);
	CHECK_ERR(0, err);

	/* In the rows nothing can be read. */
	CHECK_ERR(0,
	          fixture_sql(&fx,
	                      "SELECT count(*) FROM calls WHERE heard <> ''"
	                      " OR variables <> '{}' OR variables_begin <> ''"
	                      " OR sealed NOT LIKE 'sealed:%'",
	                      text));
	CHECK_STR("0", text);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) FROM conversation WHERE"
	                         " input_args <> '' OR response_args <> ''"
	                         " OR sealed NOT LIKE 'sealed:%'",
	                         text));
	CHECK_STR("0", text);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) FROM outbox WHERE"
	                         " data LIKE '%indeed%' OR data LIKE '%+1555%'",
	                         text));
	CHECK_STR("0", text);

	/* Who asks the store reads all of it. */
	CHECK_ERR(0, read_call(&fx, &told, "call-1"));
	CHECK_STR("yes indeed", told.heard);
	CHECK_STR("Eve", told.name);
	CHECK_STR("Findeed", told.input);
	CHECK_ERR(0, read_event(&fx, &told));
	CHECK(strstr(told.event, "no indeed"));

	/* Without the keys texts are empty; events are not lost. */
	store_vault(fx.store, NULL, false);
	CHECK_ERR(0, read_call(&fx, &told, "call-1"));
	CHECK_STR("", told.heard);
	CHECK_STR("", told.input);
	CHECK_ERR(ENOKEY, read_event(&fx, &told));

out:
	end(&fx, vault);

	return err;
}

int test_people_erased(void)
{
	const struct store_call late = {
		.callid = "call-3", .number = number, .heard = "late words"};
	char text[FIXTURE_TEXT_SIZE], first[1024], recording[512];
	struct vault *vault = NULL;
	struct fixture fx;
	struct told told;
	FILE *file;
	int err;

	err = begin(&fx, &vault);
	CHECK_ERR(0, err);
	(void)snprintf(recording, sizeof(recording), "%s/a.wav.sealed",
	               test_dir());
	file = fopen(recording, "w");
	CHECK(file);
	(void)fclose(file);
	{
		const struct store_call call = {.callid = "call-0",
		                                .number = number,
		                                .recording = recording};

		CHECK_ERR(0, fixture_call(&fx, &call));
	}

	CHECK_ERR(0, erase(&fx, &told, true));
	CHECK(strstr(told.receipt, "\"dry_run\":true"));
	CHECK(strstr(told.receipt, "\"recordings\":1,\"calls\":2,\"steps\":1"));
	CHECK(!access(recording, F_OK));
	CHECK_ERR(0, read_call(&fx, &told, "call-1"));
	CHECK_STR("yes indeed", told.heard);

	CHECK_ERR(0, erase(&fx, &told, false));
	CHECK(strstr(told.receipt, "\"key\":\"destroyed\""));
	CHECK(strstr(told.receipt, "\"by\":\"a letter\""));
	CHECK(access(recording, F_OK));
	(void)snprintf(first, sizeof(first), "%s", told.receipt);
	CHECK_ERR(0, read_call(&fx, &told, "call-1"));
	CHECK_STR("", told.heard);
	CHECK(!strncmp(told.number, "erased:", 7));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT (SELECT count(*) FROM calls"
	                         " WHERE number LIKE '+15550100')"
	                         " + (SELECT count(*) FROM contacts"
	                         " WHERE number = '+15550100')"
	                         " + (SELECT count(*) FROM conversation"
	                         " WHERE callid = 'call-1' AND sealed <> '')",
	                         text));
	CHECK_STR("0", text);

	/* The other one is as before. */
	CHECK_ERR(0, read_call(&fx, &told, "call-2"));
	CHECK_STR("no indeed", told.heard);

	/* Again: the same receipt. */
	CHECK_ERR(0, erase(&fx, &told, false));
	CHECK_STR(first, told.receipt);

	/* A call that was under way leaves no words, and no number. */
	CHECK_ERR(0, fixture_call(&fx, &late));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT number || sealed || heard FROM calls"
	                         " WHERE callid = 'call-3'",
	                         text));
	CHECK(!strncmp(text, "erased:", 7) && strlen(text) == 39);

out:
	end(&fx, vault);

	return err;
}

/* Nor does a list, or another number of somebody else, bring it back. */
int test_people_erased_for_good(void)
{
	static const char *const numberv[] = {number};
	struct store_attempt_end attempt = {
		.outcome = "busy",
		.is_used = true,
		.has_retry = true,
		.number = number,
		.block = "said stop",
		.others = number,
	};
	const struct store_block_prm wish = {
		.number = number,
		.reason = "said no",
		.others = "+15550160",
	};
	char text[FIXTURE_TEXT_SIZE];
	struct vault *vault = NULL;
	struct fixture fx;
	struct told told;
	int err;

	err = begin(&fx, &vault);
	CHECK_ERR(0, err);
	told.fx = &fx;
	fx.has_answer = false;
	CHECK_ERR(0, wait_for(&told, store_block_scoped(fx.store, &wish,
	                                                done_handler, &told)));
	CHECK_ERR(0, erase(&fx, &told, false));

	/* The list once more: the number does not come back. */
	CHECK_ERR(0, fixture_add(&fx, fx.list_id, numberv, 1));
	CHECK_U64(0, fx.added);
	CHECK_U64(1, fx.duplicates);
	CHECK_ERR(0, fixture_preview(&fx, "new", fx.list_id));
	CHECK_U64(2, fx.rowc);
	CHECK(!strncmp(fx.rowv[0].number, "erased:", 7));
	CHECK_STR("on the do-not-call list: erased", fx.rowv[0].reason);
	CHECK_STR("", fx.rowv[1].reason);

	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR(other, fx.number);
	attempt.attempt_id = fx.attempt_id;
	told.fx = &fx;
	fx.has_answer = false;
	CHECK_ERR(0, wait_for(&told, store_attempt_end(fx.store, &attempt,
	                                               done_handler, &told)));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) FROM targets"
	                         " WHERE number LIKE 'erased:%'",
	                         text));
	CHECK_STR("1", text);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);

	/* Nor does a wish: neither as a number nor in the words of others. */
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) FILTER (WHERE number ="
	                         " '+15550100' OR reason LIKE '%15550100%')"
	                         " || ' ' || count(*) FILTER (WHERE reason LIKE"
	                         " 'at erased:%: said no') FROM do_not_call",
	                         text));
	CHECK_STR("0 1", text);

out:
	end(&fx, vault);

	return err;
}

/* The key went, by another database; this one is a copy from before. */
int test_people_erased_again(void)
{
	char person[VAULT_PERSON_SIZE], text[FIXTURE_TEXT_SIZE];
	struct vault *vault = NULL;
	enum vault_was was;
	struct fixture fx;
	struct told told;
	int err;

	err = begin(&fx, &vault);
	CHECK_ERR(0, err);
	CHECK_ERR(0, again(&fx, &told));
	CHECK_U64(0, told.count);

	CHECK_ERR(0, vault_person(vault, number, person));
	CHECK_ERR(0, vault_destroy(vault, person, &was));
	CHECK_ERR(0, read_call(&fx, &told, "call-1"));
	CHECK_STR("", told.heard);
	CHECK_ERR(0, again(&fx, &told));
	CHECK_U64(1, told.count);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) FROM contacts"
	                         " WHERE number = '+15550100'",
	                         text));
	CHECK_STR("0", text);
	CHECK_ERR(0, again(&fx, &told));
	CHECK_U64(0, told.count);
	CHECK_ERR(0, read_call(&fx, &told, "call-2"));
	CHECK_STR("no indeed", told.heard);

	/* Without keys nothing can be promised. */
	store_vault(fx.store, NULL, false);
	CHECK_ERR(ENOTSUP, erase(&fx, &told, false));

out:
	end(&fx, vault);

	return err;
}

int test_people_tidied(void)
{
	struct store_tidy_prm prm = {.texts_before_ms = 15 * (int64_t)DAY_MS,
	                             .is_dry = true};
	struct vault *vault = NULL;
	struct fixture fx;
	struct told told;
	int err;

	err = begin(&fx, &vault);
	CHECK_ERR(0, err);
	CHECK_ERR(0, tidy(&fx, &told, &prm));
	CHECK_U64(1, told.tidied.texts);
	CHECK_U64(0, told.tidied.recordings);
	CHECK_ERR(0, read_call(&fx, &told, "call-1"));
	CHECK_STR("yes indeed", told.heard);

	prm.is_dry = false;
	CHECK_ERR(0, tidy(&fx, &told, &prm));
	CHECK_U64(1, told.tidied.texts);
	CHECK_ERR(0, read_call(&fx, &told, "call-1"));
	CHECK_STR("", told.heard);
	CHECK_STR("", told.input);
	CHECK_ERR(0, read_call(&fx, &told, "call-2"));
	CHECK_STR("no indeed", told.heard);
	CHECK_ERR(0, tidy(&fx, &told, &prm));
	CHECK_U64(0, told.tidied.texts);

out:
	end(&fx, vault);

	return err;
}

/* Neither what goes with time nor who is erased is a flaw in the records. */
int test_people_records_whole(void)
{
	const struct store_tidy_prm prm = {.recordings_before_ms = INT64_MAX,
	                                   .texts_before_ms = INT64_MAX};
	const struct store_call late = {
		.callid = "call-3", .number = number, .outcome = "busy"};
	char text[FIXTURE_TEXT_SIZE];
	struct vault *vault = NULL;
	struct fixture fx;
	struct told told;
	int err;

	err = begin(&fx, &vault);
	CHECK_ERR(0, err);
	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	store_vault(fx.store, vault, true);
	CHECK_ERR(0, tidy(&fx, &told, &prm));
	CHECK_U64(2, told.tidied.texts);
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(2, fx.verified.links);
	CHECK_U64(0, fx.verified.flaws);

	/* Nobody finds the number by its digest any more; the other one's
	 * still can be held against it. */
	CHECK_ERR(0, erase(&fx, &told, false));
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(0, fx.verified.flaws);
	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT callid FROM links WHERE salt <> ''",
	                      text));
	CHECK_STR("call-2", text);

	CHECK_ERR(0, fixture_call(&fx, &late));
	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(3, fx.verified.links);
	CHECK_U64(0, fx.verified.flaws);

	/* What is left of the call is still held. */
	CHECK_ERR(0, fixture_sql(&fx,
	                         "UPDATE calls SET outcome = 'busy'"
	                         " WHERE callid = 'call-1'",
	                         text));
	CHECK_ERR(0, fixture_verify(&fx, NULL, "row_changed", "call-1"));
	CHECK(fx.has_flaw);

out:
	end(&fx, vault);

	return err;
}
