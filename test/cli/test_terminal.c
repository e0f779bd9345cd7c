/*
 * test/cli/test_terminal.c - a conversation typed by a person
 */
#include "cli/talk.h"
#include "harness.h"
#include "test_cli.h"

enum {
	TEXT_SIZE = 16 * 1024,
};

static const char script[] =
	"{\"version\":\"2\",\"start\":\"a\",\"variables\":{\"who\":\"Eve\"},"
	"\"flow\":[{\"id\":\"a\",\"action\":\"playback\",\"playbacks\":"
	"[\"hello\",\"${who}\"],\"noiserule\":\"^Fhm\",\"quickresponse\":1,"
	"\"mismatchplaybacks\":[\"pardon\"],\"timeoutplaybacks\":[\"there?\"],"
	"\"children\":[{\"flow\":\"keys\",\"condition\":{\"text\":\"yes\"}},"
	"{\"flow\":\"out\",\"condition\":{\"text\":\"agent\"}},"
	"{\"flow\":\"ask\",\"condition\":{\"text\":\"news\"}},"
	"{\"flow\":\"bye\",\"condition\":{\"complete\":\"ANY\"}}]},"
	"{\"id\":\"keys\",\"action\":\"playback\",\"playbacks\":[\"press "
	"one\"],"
	"\"filter\":{\"dtmf\":\"any\"},\"children\":[{\"flow\":\"bye\","
	"\"condition\":{\"dtmf\":\"1\"}}]},"
	"{\"id\":\"out\",\"action\":\"transfer\",\"extension\":\"100\","
	"\"children\":[{\"flow\":\"bye\",\"condition\":{\"complete\":\"ERROR\"}"
	"}]},"
	"{\"id\":\"ask\",\"action\":\"http\",\"url\":\"http://127.0.0.1:9/\","
	"\"children\":[{\"flow\":\"bye\",\"condition\":{\"complete\":\"ANY\"}}]"
	"},"
	"{\"id\":\"bye\",\"action\":\"hangup\",\"playbacks\":[\"bye\"],"
	"\"potential\":\"A\"}]}";

static int typed(char said[TEXT_SIZE], const char *lines)
{
	struct talk_prm prm = {.callid = "c1"};
	FILE *in = tmpfile(), *out = tmpfile();
	char path[256];
	FILE *file;
	size_t len;
	int status, err = 0;

	(void)snprintf(path, sizeof(path), "%s/visit.json", test_dir());
	file = fopen(path, "w");
	CHECK(in && out && file);
	(void)fputs(script, file);
	(void)fclose(file);
	(void)fputs(lines, in);
	rewind(in);

	prm.path = path;
	status = talk_run(in, out, stderr, &prm);
	CHECK_I64(TALK_DONE, status);
	rewind(out);
	len = fread(said, 1, TEXT_SIZE - 1, out);
	said[len] = '\0';

out:
	if (in)
		(void)fclose(in);
	if (out)
		(void)fclose(out);

	return err;
}

int test_terminal_table(void)
{
	static const struct {
		const char *why, *lines;
		const char *expectv[6]; /* one behind the other */
	} rowv[] = {
		/* clang-format off */
		{"says whom one talks to, and how to get help", "",
		 {"(visit, version 2: you are the callee; /help",
		  "robot: hello Eve\n", "you: "}},
		{"words lead on, keys too", "yes\n/dtmf 1\n",
		 {"you: yes\nrobot: press one\n", "you: /dtmf 1\nrobot: bye\n",
		  "(the robot hangs up)\n", "-- label \"\", class \"A\""}},
		{"what is not understood ends the wait", "blah\n",
		 {"you: blah\n(not understood)\nrobot: pardon\n", "you: "}},
		{"the reason of the last step", "yes\n/why\n",
		 {"you: /why\n  at a: TEXT \"Fyes\" -> flow keys, full of "
		  "\"yes\" by \"yes\"\n"}},
		{"both reasons where the wait ended", "blah\n/why\n",
		 {"at a: TEXT \"Fblah\" -> none\n",
		  "at a: COMPLETE \"DONE(Fblah)\" -> mismatch a\n"}},
		{"silence", "/silence\n/silence\n",
		 {"robot: there?\n", "robot: bye\n"}},
		{"half a sentence", "/partial ye\n/partial yes\n",
		 {"you: /partial ye\nyou: /partial yes\nrobot: press one\n"}},
		{"noise", "hm\n", {"(noise, no answer)\nyou: "}},
		{"keys where none are listened to", "/dtmf 1\nyes\n",
		 {"(keys mean nothing here)\n", "robot: press one\n"}},
		{"a transfer that fails", "agent\n/error\n",
		 {"(transfers to 100; /done or /error says how it went)\n",
		  "robot: bye\n"}},
		{"a service that nobody can ask", "news\n",
		 {"(asks http://127.0.0.1:9/)\n",
		  "(it cannot be asked: no answer)\n", "robot: bye\n"}},
		{"hanging up ends it", "/hangup\nyes\n",
		 {"you: /hangup\n-- label"}},
		{"so does the end of what is typed", "yes\n",
		 {"robot: press one\n", "you: /hangup\n-- label"}},
		{"variables", "/vars\n", {"you: /vars\n  who = Eve\n"}},
		{"help names every command", "/help\n",
		 {"/dtmf", "/silence", "/partial", "/hangup", "/why",
		  "/vars"}},
		{"a command that is none", "/jump\n",
		 {"(there is no /jump; /help shows what there is)\n"}},
		{"a command without its words, one with too many",
		 "/dtmf\n/silence now\n",
		 {"(/dtmf is typed otherwise;", "(/silence now is typed"}},
		{"lines of another system, and empty ones", "\r\n  \nyes\r\n",
		 {"robot: press one\n"}},
		/* clang-format on */
	};
	static char said[TEXT_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const char *at = said;

		err = typed(said, rowv[i].lines);
		CHECK_ERR(0, err);
		CHECK(!strchr(said, '\033'));
		for (size_t j = 0; j < 6 && rowv[i].expectv[j]; j++) {
			at = strstr(at, rowv[i].expectv[j]);
			if (!at)
				CHECK_FAIL("row %zu: %s: no \"%s\" in\n%s", i,
				           rowv[i].why, rowv[i].expectv[j],
				           said);
		}
	}

out:
	return err;
}
