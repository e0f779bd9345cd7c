/*
 * test/flow/test_mutated.c - scripts that an editor, a disk or a joker broke
 *
 * Every example is changed at a few places by lot, ten thousand times: it is
 * refused with a path and words, or it runs.
 */
#include "base/mem.h"
#include "flow/flow.h"
#include "harness.h"
#include "tests.h"
#include "walk.h"

enum {
	SCRIPTS = 10000,
	CHANGES_MAX = 8,
	TEXT_SIZE = 128 * 1024,
};

static const char *const examplev[] = {
	"examples/appointment.json", "examples/survey.json",
	"examples/lead.json",        "examples/debt.json",
	"examples/ru/survey.json",   "examples/zh/debt.json",
};

static const char *const snippetv[] = {
	"{",
	"}",
	"[",
	"]",
	"\"",
	",",
	":",
	"null",
	"-1",
	"1e999",
	"99999999999999999999",
	"\\u0000",
	"(?<!a.*)",
	"((((((((((a+)+)+)+)+",
	"${",
	"@",
	"top",
	"\xff",
	"\xd0",
};

struct text {
	char bytev[TEXT_SIZE];
	size_t len;
};

static int text_read(struct text *text, const char *path)
{
	FILE *file = fopen(test_source(path), "rb");

	if (!file)
		return errno;

	text->len = fread(text->bytev, 1, TEXT_SIZE / 2, file);
	(void)fclose(file);

	return text->len ? 0 : ENODATA;
}

static void put_in(struct text *text, size_t at, const char *snippet)
{
	size_t n = strlen(snippet);

	if (text->len + n > TEXT_SIZE)
		return;

	memmove(text->bytev + at + n, text->bytev + at, text->len - at);
	memcpy(text->bytev + at, snippet, n);
	text->len += n;
}

static void take_out(struct text *text, size_t at, size_t n)
{
	if (n > text->len - at)
		n = text->len - at;

	memmove(text->bytev + at, text->bytev + at + n, text->len - at - n);
	text->len -= n;
}

static void change(struct text *text, struct lots *lots)
{
	size_t at;

	if (!text->len)
		return;

	at = lots_draw(lots, (uint32_t)text->len);
	switch (lots_draw(lots, 3)) {
	case 0:
		text->bytev[at] = (char)lots_draw(lots, 256);
		break;
	case 1:
		take_out(text, at, 1 + lots_draw(lots, 20));
		break;
	default:
		put_in(text, at,
		       snippetv[lots_draw(lots, ARRAY_COUNT(snippetv))]);
		break;
	}
}

/* Refused with path and words, or ready to talk. */
static int load(const struct text *text)
{
	struct flow_faults *faults = NULL;
	struct flow_session *sess = NULL;
	struct flow_script *script = NULL;
	struct flow_turn turn;
	int err;

	err = flow_faults_alloc(&faults);
	CHECK_ERR(0, err);

	if (flow_load(&script, "mutated", text->bytev, text->len, faults)) {
		CHECK(flow_faults_errors(faults) > 0);
		for (size_t i = 0; i < flow_faults_count(faults); i++)
			CHECK(*flow_faults_at(faults, i)->message);
		goto out;
	}

	CHECK_U64(0, flow_faults_errors(faults));
	CHECK_ERR(0, flow_lint(script, faults));
	CHECK_ERR(0, flow_session_alloc(&sess, script, "1", NULL, 0));
	CHECK_ERR(0, flow_start(sess, &turn));
	CHECK(turn.stepc > 0);

out:
	mem_deref(sess);
	mem_deref(script);
	mem_deref(faults);

	return err;
}

int test_flow_mutated(void)
{
	static struct text whole[ARRAY_COUNT(examplev)], text;
	struct lots lots = {.state = test_seed()};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(examplev); i++)
		CHECK_ERR(0, text_read(&whole[i], examplev[i]));

	for (unsigned i = 0; i < SCRIPTS; i++) {
		unsigned changes = 1 + lots_draw(&lots, CHANGES_MAX);

		text = whole[i % ARRAY_COUNT(whole)];
		while (changes--)
			change(&text, &lots);
		CHECK_ERR(0, load(&text));
	}

out:
	return err;
}
