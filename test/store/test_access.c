/*
 * test/store/test_access.c - users and tokens, the audit chain, repeats
 */
#include "fixture.h"
#include "store/tests.h"

struct told {
	struct fixture *fx;
	unsigned users, tokens, rows;
	char text[FIXTURE_TEXT_SIZE]; /* the last */
	int64_t number;
	enum store_repeat repeat;
	unsigned status;
};

static struct told told;

static void user_handler(const struct store_user *user, void *arg)
{
	(void)arg;

	told.users++;
	(void)snprintf(told.text, sizeof(told.text), "%s %s %s", user->name,
	               user->role, user->password);
}

static void token_handler(const struct store_token *token, void *arg)
{
	(void)arg;

	told.tokens++;
	told.number = token->expires_ms;
}

static int read_all(struct fixture *fx)
{
	const struct store_access_sink sink = {
		.user = user_handler,
		.token = token_handler,
		.done = fixture_done,
		.arg = fx,
	};

	memset(&told, 0, sizeof(told));
	fx->has_answer = false;

	return fixture_ask(fx, store_access(fx->store, &sink));
}

static int user_put(struct fixture *fx, const char *role)
{
	const struct store_user user = {"anna", role, "kept", 0};

	fx->has_answer = false;

	return fixture_ask(fx,
	                   store_user_put(fx->store, &user, fixture_done, fx));
}

int test_access_users_and_tokens(void)
{
	static const struct store_token token = {
		.id = "t1",
		.user = "anna",
		.name = "crm",
		.hash = "abc",
		.scopes = "*",
		.expires_ms = 7,
	};
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	err = user_put(&fx, "viewer");
	CHECK_ERR(0, err);
	err = user_put(&fx, "admin");
	CHECK_ERR(0, err);
	fx.has_answer = false;
	err = fixture_ask(&fx,
	                  store_token_put(fx.store, &token, fixture_done, &fx));
	CHECK_ERR(0, err);
	err = read_all(&fx);
	CHECK_ERR(0, err);
	CHECK_U64(1, told.users);
	CHECK_STR("anna admin kept", told.text);
	CHECK_U64(1, told.tokens);
	CHECK_U64(7, told.number);

	/* Of somebody else; then with its user. */
	fx.has_answer = false;
	CHECK_ERR(ENOENT,
	          fixture_ask(&fx, store_token_end(fx.store, "t1", "ben",
	                                           fixture_done, &fx)));
	fx.has_answer = false;
	err = fixture_ask(&fx,
	                  store_user_end(fx.store, "anna", fixture_done, &fx));
	CHECK_ERR(0, err);
	err = read_all(&fx);
	CHECK_ERR(0, err);
	CHECK_U64(0, told.users + told.tokens);

out:
	fixture_end(&fx);

	return err;
}

static void audit_handler(const struct store_audit *row, void *arg)
{
	(void)arg;

	if (!told.rows++)
		(void)snprintf(told.text, sizeof(told.text), "%s %s %u",
		               row->user, row->action, row->status);
	told.number = row->seq;
}

static void chain_handler(int err, int64_t broken, void *arg)
{
	told.number = broken;
	fixture_done(err, arg);
}

static int chain_is(struct fixture *fx, int64_t broken)
{
	int err;

	fx->has_answer = false;
	err = fixture_ask(
		fx, store_audit_check(fx->store, NULL, chain_handler, fx));
	CHECK_ERR(0, err);
	CHECK(told.number == broken);

out:
	return err;
}

int test_access_audit_chain(void)
{
	struct store_audit row = {
		.user = "anna",
		.address = "192.0.2.1",
		.action = "POST /calls",
		.status = 201,
		.detail = "",
	};
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	err = chain_is(&fx, 0);
	CHECK_ERR(0, err);
	for (unsigned i = 0; i < 700; i++) {
		row.status = 200 + i;
		err = store_audit(fx.store, &row);
		CHECK_ERR(0, err);
	}
	memset(&told, 0, sizeof(told));
	fx.has_answer = false;
	err = fixture_ask(&fx,
	                  store_audit_list(fx.store, INT64_MAX, 500,
	                                   audit_handler, fixture_done, &fx));
	CHECK_ERR(0, err);
	CHECK_U64(500, told.rows);
	CHECK_STR("anna POST /calls 899", told.text);
	CHECK_U64(201, told.number);
	err = chain_is(&fx, 0);
	CHECK_ERR(0, err);

	/* Words that move from one column to the next do not go unseen. */
	err = fixture_sql(&fx,
	                  "UPDATE audit SET action = 'POST /call', "
	                  "detail = 's' WHERE seq = 650 RETURNING seq",
	                  text);
	CHECK_ERR(0, err);
	err = chain_is(&fx, 650);
	CHECK_ERR(0, err);

out:
	fixture_end(&fx);

	return err;
}

static void repeat_handler(int err, enum store_repeat repeat, unsigned status,
                           const char *reply, void *arg)
{
	told.repeat = repeat;
	told.status = status;
	(void)snprintf(told.text, sizeof(told.text), "%s", reply);
	fixture_done(err, arg);
}

static int repeat_is(struct fixture *fx, const char *hash,
                     enum store_repeat repeat)
{
	int err;

	fx->has_answer = false;
	err = fixture_ask(fx, store_repeat(fx->store, "anna k1", hash,
	                                   repeat_handler, fx));
	CHECK_ERR(0, err);
	CHECK_U64(repeat, told.repeat);

out:
	return err;
}

int test_access_repeats(void)
{
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	err = repeat_is(&fx, "a", STORE_REPEAT_NEW);
	CHECK_ERR(0, err);
	err = repeat_is(&fx, "a", STORE_REPEAT_UNDER_WAY);
	CHECK_ERR(0, err);

	/* It came to nothing: the next may try. */
	err = store_repeat_end(fx.store, "anna k1", 0, "", NULL, NULL);
	CHECK_ERR(0, err);
	err = repeat_is(&fx, "b", STORE_REPEAT_NEW);
	CHECK_ERR(0, err);
	err = store_repeat_end(fx.store, "anna k1", 201, "{\"id\":1}", NULL,
	                       NULL);
	CHECK_ERR(0, err);
	fixture_close(&fx);
	err = fixture_open(&fx);
	CHECK_ERR(0, err);
	err = repeat_is(&fx, "b", STORE_REPEAT_DONE);
	CHECK_ERR(0, err);
	CHECK_U64(201, told.status);
	CHECK_STR("{\"id\":1}", told.text);
	err = repeat_is(&fx, "a", STORE_REPEAT_OTHER);
	CHECK_ERR(0, err);

out:
	fixture_end(&fx);

	return err;
}
