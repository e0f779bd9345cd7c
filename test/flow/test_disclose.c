/*
 * test/flow/test_disclose.c - whether nobody hears anything before they are
 * told who calls
 */
#include "base/mem.h"
#include "flow/flow.h"
#include "flow/tests.h"
#include "harness.h"

/* clang-format off */
#define SCRIPT(globals, nodes)                                                 \
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","              \
	"\"globalflow\":[" globals "],\"flow\":[" nodes                        \
	"{\"id\":\"bye\",\"action\":\"hangup\"}]}"
#define NODE(id, action, more, next)                                           \
	"{\"id\":\"" id "\",\"action\":\"" action "\"," more                   \
	"\"children\":[{\"flow\":\"" next "\","                                \
	"\"condition\":{\"complete\":\"ANY\"}}]},"
#define SAYS(words)  "\"playbacks\":[\"" words "\"],"
#define MARKED "\"disclosure\":1,"
#define HTTP "\"url\":\"http://127.0.0.1/\","
#define SET  "\"variables\":{\"x\":\"1\"},"
#define GLOBAL(word, flow)                                                     \
	"{\"id\":\"g\",\"flow\":\"" flow "\",\"condition\":{\"complete\":\""   \
	word "\"}}"

static const struct {
	const char *why;
	const char *script;
	const char *node; /* NULL: it discloses */
} rowv[] = {
	{"the first node says it",
	 SCRIPT("", NODE("a", "playback", MARKED SAYS("I am a robot"), "bye")),
	 NULL},
	{"it says something else first",
	 SCRIPT("", NODE("a", "playback", SAYS("Hello"), "b")
		NODE("b", "playback", MARKED SAYS("I am a robot"), "bye")),
	 "a"},
	{"behind nodes that say nothing",
	 SCRIPT("", NODE("a", "set", SET, "b") NODE("b", "http", HTTP, "c")
		NODE("c", "playback", MARKED SAYS("I am a robot"), "bye")),
	 NULL},
	{"it listens first: they may ask, and get an answer",
	 SCRIPT("", NODE("a", "playback", "", "b")
		NODE("b", "playback", MARKED SAYS("I am a robot"), "bye")),
	 "a"},
	{"a mark on a prompt that may be empty",
	 SCRIPT("", NODE("a", "playback", MARKED SAYS("${words}"), "bye")),
	 "a"},
	{"a prompt with a variable in it",
	 SCRIPT("", NODE("a", "playback", MARKED SAYS("${name}, a robot"),
			 "bye")), NULL},
	{"a loop of nodes that say nothing ends",
	 SCRIPT("", NODE("a", "set", SET, "b") NODE("b", "set", SET, "a")),
	 NULL},
	{"what a machine is told counts too",
	 SCRIPT(GLOBAL("MACHINE", "m"),
		NODE("a", "playback", MARKED SAYS("I am a robot"), "bye")
		NODE("m", "playback", SAYS("Call us back"), "bye")), "m"},
	{"... and may say it",
	 SCRIPT(GLOBAL("MACHINE", "m"),
		NODE("a", "playback", MARKED SAYS("I am a robot"), "bye")
		NODE("m", "playback", MARKED SAYS("A robot called"), "bye")),
	 NULL},
	{"other global flows come later",
	 SCRIPT(GLOBAL("HANGUP", "m"),
		NODE("a", "playback", MARKED SAYS("I am a robot"), "bye")
		NODE("m", "playback", SAYS("Call us back"), "bye")), NULL},
};
/* clang-format on */

int test_disclose_table(void)
{
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const char *node = "", *json = rowv[i].script;

		CHECK_ERR(0, flow_faults_alloc(&faults));
		err = flow_load(&script, "x", json, strlen(json), faults);
		if (err == EINVAL)
			CHECK_FAIL("%s: %s", rowv[i].why,
			           flow_faults_at(faults, 0)->message);
		CHECK_ERR(0, err);
		CHECK_ERR(0, flow_script_undisclosed(&node, script));
		if (!node != !rowv[i].node ||
		    (node && strcmp(node, rowv[i].node) != 0))
			CHECK_FAIL("%s: %s", rowv[i].why, node ? node : "good");
		script = mem_deref(script);
		faults = mem_deref(faults);
	}

out:
	mem_deref(script);
	mem_deref(faults);

	return err;
}
