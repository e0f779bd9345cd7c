/*
 * test/rehearse/test_roster.c - the people file: what is read, what is refused
 */
#include "harness.h"
#include "rehearse/builtin.h"
#include "rehearse/roster.h"
#include "tests.h"

#define PERSON(rest) "{\"people\":[{\"number\":\"1\",\"name\":\"A\"" rest "}]}"
#define MOVE(move)   PERSON(",\"moves\":[{\"say\":\"yes\"}," move "]")

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

int roster_make(struct roster **rosterp, const char *json, size_t len)
{
	char fault[CFG_FAULT_SIZE];
	int err;

	err = roster_load(rosterp, json, len, fault);
	if (err == EINVAL && strstr(fault, "no JSON"))
		return ENOMEM;
	if (err == EINVAL)
		fprintf(stderr, "%s\n", fault);

	return err;
}

static const struct fault_row {
	const char *why;
	const char *json;
	const char *fault; /* how it begins */
} fault_rowv[] = {
	/* clang-format off */
	{"no JSON: where it breaks",
	 "{\"people\":\n[}", "the file: line 2, column "},
	{"nothing at all", "", "the file: line 1"},
	{"an array is no people file", "[]",
	 "the file: must be an object, not an array"},
	{"without people", "{}", "the file: \"people\" is missing"},
	{"nobody", "{\"people\":[]}", "people: is empty"},
	{"people as an object", "{\"people\":{}}",
	 "people: must be an array, not an object"},
	{"a person as a text", "{\"people\":[\"Anna\"]}",
	 "people[0]: must be an object, not a text"},
	{"a key nobody knows names those known",
	 "{\"people\":[{\"number\":\"1\",\"name\":\"A\",\"age\":3}]}",
	 "people[0]: there is no key \"age\" here; known: number, "},
	{"no number", "{\"people\":[{\"name\":\"A\"}]}",
	 "people[0]: \"number\" is missing"},
	{"a key twice", PERSON(",\"name\":\"B\""),
	 "the file: line 1, column "},
	{"letters in a number",
	 "{\"people\":[{\"number\":\"12a\",\"name\":\"A\"}]}",
	 "people[0].number: must be digits"},
	{"a number that is only a plus",
	 "{\"people\":[{\"number\":\"+\",\"name\":\"A\"}]}",
	 "people[0].number: must be digits"},
	{"two with one number",
	 "{\"people\":[{\"number\":\"+1\",\"name\":\"A\"},"
	 "{\"number\":\"1\",\"name\":\"B\"}]}",
	 "people[1]: has the number of people[0]"},
	{"a number of milliseconds as a text",
	 PERSON(",\"ring_ms\":\"5\""),
	 "people[0].ring_ms: must be a whole number, not a text"},
	{"half a millisecond", PERSON(",\"ring_ms\":0.5"),
	 "people[0].ring_ms: must be a whole number, not a fraction"},
	{"less than nothing", PERSON(",\"ring_ms\":-1"),
	 "people[0].ring_ms: is -1; must be from 0 to 3600000"},
	{"a refusal that is a success", PERSON(",\"refuse\":200"),
	 "people[0].refuse: is 200; must be from 400 to 699"},
	{"refused, but how does the attempt end",
	 PERSON(",\"refuse\":486"),
	 "people[0]: \"outcome\" is missing"},
	{"refuses and never answers",
	 PERSON(",\"refuse\":486,\"never_answers\":true,"
	        "\"outcome\":\"busy\""),
	 "people[0]: \"refuse\" and \"never_answers\" exclude"},
	{"talks without answering",
	 PERSON(",\"refuse\":486,\"outcome\":\"busy\","
	        "\"moves\":[{\"say\":\"hi\"}]"),
	 "people[0]: never talks"},
	{"retry after what", PERSON(",\"retry_after_s\":5"),
	 "people[0]: \"retry_after_s\" belongs to"},
	{"a truth that is a number", PERSON(",\"truth\":1"),
	 "people[0].truth: must be a text, not a number"},
	{"repeats_last as a word", PERSON(",\"repeats_last\":\"yes\""),
	 "people[0].repeats_last: must be true or false, not a text"},
	{"variables as a list", PERSON(",\"variables\":[]"),
	 "people[0].variables: must be an object"},
	{"a variable that hides the number",
	 PERSON(",\"variables\":{\"number\":\"1\"}"),
	 "people[0].variables.number: is a column of every list"},
	{"a variable no script can name",
	 PERSON(",\"variables\":{\"a b\":\"1\"}"),
	 "people[0].variables.a b: a variable's name has 1 to"},
	{"a variable that is no text",
	 PERSON(",\"variables\":{\"day\":1}"),
	 "people[0].variables.day: must be a text"},
	{"a move that does nothing", MOVE("{}"),
	 "people[0].moves[1]: does nothing"},
	{"a mistyped key of a move", MOVE("{\"intrupt_ms\":1}"),
	 "people[0].moves[1]: there is no key \"intrupt_ms\" here"},
	{"silent and speaking",
	 MOVE("{\"silence\":true,\"say\":\"no\"}"),
	 "people[0].moves[1]: \"silence\" stands alone"},
	{"says the empty word", MOVE("{\"say\":\"\"}"),
	 "people[0].moves[1].say: must not be empty"},
	{"keys that no telephone has", MOVE("{\"keys\":\"1x\"}"),
	 "people[0].moves[1].keys: keys are 0 to 9"},
	{"no key at all", MOVE("{\"keys\":\"\"}"),
	 "people[0].moves[1].keys: must not be empty"},
	{"a noise of another kind", MOVE("{\"noise\":\"pink\"}"),
	 "people[0].moves[1].noise: must be \"white\", \"babble\""},
	{"a tone that is none", MOVE("{\"tone\":\"beep\"}"),
	 "people[0].moves[1].tone: must be a tone of at most a minute, like "
	 "\"%(500,500,425);loops=4\""},
	{"a gate without anything behind it", PERSON(",\"early_gated\":true"),
	 "people[0]: \"early_gated\" belongs to \"early\""},
	{"an echo later than a second", PERSON(",\"echo_ms\":1000"),
	 "people[0].echo_ms: is 1000; must be from 1 to 500"},
	{"noise above full scale",
	 MOVE("{\"noise\":\"white\",\"noise_db\":3}"),
	 "people[0].moves[1].noise_db: is 3; must be from -90 to 0"},
	{"talks long without words",
	 MOVE("{\"talk_ms\":5,\"beep\":true}"),
	 "people[0].moves[1]: \"talk_ms\" needs \"say\""},
	{"a pickup that does nothing", PERSON(",\"pickup\":{}"),
	 "people[0].pickup: does nothing"},
	{"bytes that are no UTF-8", PERSON(",\"about\":\"\xff\""),
	 "the file: line 1, column "},
	/* clang-format on */
};

int test_roster_faults(void)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(fault_rowv); i++) {
		struct roster *roster = NULL;
		char fault[CFG_FAULT_SIZE];
		int got;

		got = roster_load(&roster, fault_rowv[i].json,
		                  strlen(fault_rowv[i].json), fault);
		mem_deref(roster);
		if (got != EINVAL || !starts_with(fault, fault_rowv[i].fault))
			CHECK_FAIL("row %zu: %s: expected \"%s…\", got \"%s\"",
			           i, fault_rowv[i].why, fault_rowv[i].fault,
			           fault);
	}

out:
	return err;
}

int test_roster_example(void)
{
	struct roster *roster = NULL;
	size_t listed = 0;
	int err;

	err = roster_make(&roster, builtin_people, builtin_people_len);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < roster->personc; i++) {
		const struct person *person = &roster->personv[i];

		/* The range reserved for fiction: nobody is ever called. */
		CHECK(starts_with(person->number, "+155501"));
		CHECK_U64(9, strlen(person->number));
		CHECK(person->about[0]);
		CHECK(person->truth[0] || strcmp(person->outcome, "answered"));
		if (!roster_is_pattern(person->number))
			listed++;
	}
	CHECK(listed >= 14);

out:
	mem_deref(roster);

	return err;
}

int test_roster_find(void)
{
	static const char json[] = "{\"people\":["
				   "{\"number\":\"+10?\",\"name\":\"crowd\"},"
				   "{\"number\":\"+1??\",\"name\":\"others\"},"
				   "{\"number\":\"+105\",\"name\":\"Anna\"}]}";
	static const struct {
		const char *why;
		const char *number;
		const char *name; /* NULL: nobody */
	} rowv[] = {
		{"an own number wins over patterns", "+105", "Anna"},
		{"a plus makes no difference", "105", "Anna"},
		{"the first pattern in the file", "+104", "crowd"},
		{"the second where the first fails", "+114", "others"},
		{"shorter is another number", "+10", NULL},
		{"longer is another number", "+1055", NULL},
		{"nobody has none", "", NULL},
		{"a question mark is no digit to call", "+20?", NULL},
	};
	struct roster *roster = NULL;
	int err;

	err = roster_make(&roster, json, strlen(json));
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct person *person =
			roster_find(roster, rowv[i].number);
		const char *name = person ? person->name : "nobody";

		if (strcmp(name, rowv[i].name ? rowv[i].name : "nobody"))
			CHECK_FAIL("row %zu: %s: got %s", i, rowv[i].why, name);
	}

out:
	mem_deref(roster);

	return err;
}

int test_roster_values(void)
{
	static const char json[] =
		"{\"description\":\"one\",\"people\":[{"
		"\"number\":\"+15550100\",\"name\":\"Anna\",\"truth\":\"yes\","
		"\"voice\":\"flite:slt\",\"ring_ms\":10,\"turn_ms\":500,"
		"\"pickup\":{\"say\":\"hello\",\"beep\":true},"
		"\"moves\":[{\"wait_ms\":5,\"interrupt_ms\":0,\"say\":\"a\","
		"\"talk_ms\":9,\"keys\":\"1#\",\"hangup\":true},"
		"{\"noise\":\"white\",\"noise_db\":-30},"
		"{\"silence\":true}],"
		"\"variables\":{\"day\":\"on Monday\",\"time\":\"\"}}]}";
	struct roster *roster = NULL;
	const struct person *person;
	int err;

	err = roster_make(&roster, json, strlen(json));
	CHECK_ERR(0, err);

	person = &roster->personv[0];
	CHECK_STR("answered", person->outcome);
	CHECK_STR("en", person->lang);
	CHECK_STR("", person->about);
	CHECK_U64(10, person->ring_ms);
	CHECK_U64(500, person->turn_ms);
	CHECK(person->pickup && person->pickup->has_beep);
	CHECK(!person->is_repeating);

	CHECK_U64(3, person->movec);
	CHECK(person->movev[0].has_interrupt);
	CHECK_U64(9, person->movev[0].talk_ms);
	CHECK_STR("1#", person->movev[0].keys);
	CHECK(person->movev[0].has_hangup);
	CHECK(person->movev[1].has_noise);
	CHECK_U64(NOISE_WHITE, person->movev[1].noise);
	CHECK_I64(-30, person->movev[1].noise_db);
	CHECK(person->movev[2].is_silence);

	CHECK_U64(2, person->varc);
	CHECK_STR("day", person->varv[0].name);
	CHECK_STR("on Monday", person->varv[0].value);

out:
	mem_deref(roster);

	return err;
}

int test_roster_file(void)
{
	struct roster *roster = NULL;
	char fault[CFG_FAULT_SIZE], path[512];
	FILE *file;
	int err;

	err = roster_load_file(&roster, test_source("examples/people.json"),
	                       fault);
	CHECK_ERR(0, err);
	roster = mem_deref(roster);

	(void)snprintf(path, sizeof(path), "%s/none.json", test_dir());
	CHECK_ERR(ENOENT, roster_load_file(&roster, path, fault));
	CHECK(strstr(fault, "none.json: No such file"));

	/* A fault inside names the file too. */
	(void)snprintf(path, sizeof(path), "%s/bad.json", test_dir());
	file = fopen(path, "w");
	CHECK(file);
	(void)fputs("{\"people\":[]}", file);
	(void)fclose(file);
	CHECK_ERR(EINVAL, roster_load_file(&roster, path, fault));
	CHECK(strstr(fault, "bad.json: people: is empty"));

out:
	mem_deref(roster);

	return err;
}
