/*
 * test/store/test_consent.c - who agreed to what, page by page
 */
#include "fixture.h"
#include "store/tests.h"

struct look {
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE]; /* "NUMBER PURPOSE", "-" where ended */
};

static void done_handler(int err, void *arg)
{
	struct look *look = arg;

	fixture_answer(&look->fx, err);
}

static void consent_handler(const struct store_consent *consent, void *arg)
{
	struct look *look = arg;
	size_t n = strlen(look->text);

	(void)snprintf(look->text + n, sizeof(look->text) - n, "%s%s%s %s",
	               n ? ", " : "", consent->ended_ms ? "-" : "",
	               consent->number, consent->purpose);
	if (strcmp(consent->text, "You may call me.") != 0 ||
	    strcmp(consent->source, "form 17") != 0 || consent->given_ms != 7)
		(void)snprintf(look->text, sizeof(look->text),
		               "the evidence of %s is lost", consent->number);
}

static int answer(struct look *look, int err)
{
	if (!err)
		err = fixture_wait(&look->fx);

	return err ? err : look->fx.err;
}

static int agree(struct look *look, const char *number, const char *purpose)
{
	const struct store_consent consent = {
		.number = number,
		.purpose = purpose,
		.source = "form 17",
		.text = "You may call me.",
		.given_ms = 7,
	};

	look->fx.has_answer = false;

	return answer(look, store_consent(look->fx.store, &consent,
	                                  done_handler, look));
}

static int end(struct look *look, const char *number, const char *purpose)
{
	look->fx.has_answer = false;

	return answer(look, store_consent_end(look->fx.store, number, purpose,
	                                      done_handler, look));
}

static int page(struct look *look, const struct store_consents_prm *prm)
{
	look->fx.has_answer = false;
	look->text[0] = '\0';

	return answer(look, store_consents(look->fx.store, prm, consent_handler,
	                                   done_handler, look));
}

int test_consent_pages(void)
{
	static const struct {
		const char *why;
		struct store_consents_prm prm;
		const char *text;
	} rowv[] = {
		/* clang-format off */
		{"all, by number and purpose", {NULL, NULL, "", "", 10},
	         "+15550100 news, -+15550100 visits, +15550101 news, "
	         "+15550102 visits"},
		{"a page of them", {NULL, NULL, "", "", 2},
	         "+15550100 news, -+15550100 visits"},
		{"the next page begins within a number",
	         {NULL, NULL, "+15550100", "news", 2},
	         "-+15550100 visits, +15550101 news"},
		{"a place that is gone is none to stop at",
	         {NULL, NULL, "+15550101", "offers", 9}, "+15550102 visits"},
		{"behind the last one is nobody",
	         {NULL, NULL, "+15550102", "visits", 9}, ""},
		{"of one number, what was taken back too",
	         {"+15550100", NULL, "", "", 9},
	         "+15550100 news, -+15550100 visits"},
		{"of one number, the next page", {"+15550100", NULL, "",
	         "news", 9}, "-+15550100 visits"},
		{"to one purpose", {NULL, "news", "", "", 9},
	         "+15550100 news, +15550101 news"},
		{"of one number to one purpose",
	         {"+15550100", "visits", "", "", 9}, "-+15550100 visits"},
		{"of a number that nobody knows", {"+15550109", NULL, "", "",
	         9}, ""},
		/* clang-format on */
	};
	struct look look;
	int err;

	err = fixture_init(&look.fx);
	if (err)
		goto out;

	CHECK_ERR(0, fixture_open(&look.fx));
	CHECK_ERR(0, agree(&look, "+15550102", "visits"));
	CHECK_ERR(0, agree(&look, "+15550100", "visits"));
	CHECK_ERR(0, agree(&look, "+15550101", "news"));
	CHECK_ERR(0, agree(&look, "+15550100", "news"));
	CHECK_ERR(0, end(&look, "+15550100", "visits"));
	for (size_t i = 0; i < sizeof(rowv) / sizeof(rowv[0]); i++) {
		CHECK_ERR(0, page(&look, &rowv[i].prm));
		if (strcmp(look.text, rowv[i].text) != 0)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].text, look.text);
	}

	/* Given again it holds again. */
	CHECK_ERR(0, agree(&look, "+15550100", "visits"));
	CHECK_ERR(0, page(&look, &rowv[5].prm));
	CHECK_STR("+15550100 news, +15550100 visits", look.text);

out:
	fixture_end(&look.fx);

	return err;
}
