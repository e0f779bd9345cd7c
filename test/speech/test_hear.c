/*
 * test/speech/test_hear.c - pure: what services answer over a WebSocket, read
 *
 * "|" stands between the messages of a phrase.
 */
#include "harness.h"
#include "speech/hearing.h"
#include "speech_tests.h"

enum {
	MESSAGE_SIZE = 1024,
};

struct hear_row {
	const char *why;
	const struct hearing_dialect *dialect;
	const char *messages;
	const char *text;
	int err;        /* of the last */
	bool is_over;   /* with the last, the end was sent before */
	unsigned score; /* 0: none */
	uint32_t begin_ms, end_ms;
};

#define NLS(name, payload)                                                     \
	"{\"header\":{\"name\":\"" name                                        \
	"\",\"status\":20000000},\"payload\":{" payload "}}"
#define IAT(status, result)                                                    \
	"{\"code\":0,\"data\":{\"status\":" status ",\"result\":{" result "}}" \
	"}"
#define WS(word) "\"ws\":[{\"cw\":[{\"w\":\"" word "\"},{\"w\":\"x\"}]}]"
#define RTASR(type, word)                                                      \
	"{\"action\":\"result\",\"data\":\"{\\\"cn\\\":{\\\"st\\\":{"          \
	"\\\"bg\\\":\\\"10\\\",\\\"ed\\\":\\\"50\\\",\\\"type\\\":\\\"" type   \
	"\\\",\\\"rt\\\":[{\\\"ws\\\":[{\\\"cw\\\":[{\\\"w\\\":\\\"" word      \
	"\\\"}]}]}]}}}\"}"
#define DG(is_final, text)                                                     \
	"{\"type\":\"Results\",\"is_final\":" is_final                         \
	",\"channel\":{\"alternatives\":[{\"transcript\":\"" text "\"}]}}"

static const struct hear_row rowv[] = {
	/* clang-format off */
	{"Vosk: a partial replaces the last", &hearing_vosk,
	 "{\"partial\":\"д\"}|{\"partial\":\"да\"}", "да", 0, false, 0, 0, 0},
	{"Vosk: sentences add up, characters are escaped", &hearing_vosk,
	 "{\"text\":\"\\u0434\\u0430\"}|{\n \"partial\" : \"\"\n}|"
	 "{\"text\":\"\\ud83d\\ude00\"}", "да 😀", 0, false, 0, 0, 0},
	{"Vosk: Korean has blanks", &hearing_vosk,
	 "{\"text\":\"네\"}|{\"text\":\"좋아요\"}", "네 좋아요", 0, false, 0,
	 0, 0},
	{"Vosk: with alternatives the first is the best", &hearing_vosk,
	 "{\"alternatives\":[{\"confidence\":180.3,\"text\":\"yes\"},"
	 "{\"confidence\":2,\"text\":\"less\"}]}", "yes", 0, false, 0, 0, 0},
	{"Vosk: words give confidence and times", &hearing_vosk,
	 "{\"result\":[{\"conf\":1,\"start\":0.5,\"end\":0.7,\"word\":\"a\"},"
	 "{\"conf\":0.5,\"start\":0.8,\"end\":1.25,\"word\":\"b\"}],"
	 "\"text\":\"a b\"}", "a b", 0, false, 75, 500, 1250},
	{"Vosk: no JSON", &hearing_vosk, "<html>", "", EPROTO, false, 0, 0, 0},
	{"FunASR: increments are appended, the sentence replaces them",
	 &hearing_funasr,
	 "{\"mode\":\"2pass-online\",\"text\":\"你\"}|"
	 "{\"mode\":\"2pass-online\",\"text\":\"好吗\"}|"
	 "{\"mode\":\"2pass-offline\",\"text\":\"你好,吗\"}|"
	 "{\"mode\":\"2pass-online\",\"text\":\"不\"}", "你好,吗不", 0, false,
	 0, 0, 0},
	{"FunASR: the drained one has no text and no mode", &hearing_funasr,
	 "{\"is_final\":true}", "", 0, true, 0, 0, 0},
	{"FunASR: its offline server answers once", &hearing_funasr,
	 "{\"mode\":\"offline\",\"text\":\"你好\",\"is_final\":false}",
	 "你好", 0, true, 0, 0, 0},
	{"FunASR: an error as a text", &hearing_funasr,
	 "{\"text\":\"ERROR. Real-time only\",\"is_final\":true}", "", EPROTO,
	 false, 0, 0, 0},
	{"sherpa: the server in Python says no more than the text",
	 &hearing_sherpa, "{\"text\":\" yes\",\"segment\":0}|"
	 "{\"text\":\" yes please\",\"segment\":0}", "yes please", 0, false,
	 0, 0, 0},
	{"sherpa: the end", &hearing_sherpa,
	 "{\"text\":\"yes\",\"is_final\":true,\"start_time\":1,"
	 "\"timestamps\":[0.25,0.5]}|Done!", "yes", 0, true, 0, 1250, 1500},
	{"JSON: an error in its own words", &hearing_jsonws,
	 "{\"error\":\"no\"}", "", EREMOTEIO, false, 0, 0, 0},
	{"Deepgram: an interim replaces only what is not final",
	 &hearing_deepgram,
	 DG("true", "yes") "|" DG("false", "plea") "|" DG("false", "please"),
	 "yes please", 0, false, 0, 0, 0},
	{"Deepgram: what it tells besides is nothing", &hearing_deepgram,
	 "{\"type\":\"SpeechStarted\"}|" DG("true", "") "|"
	 "{\"type\":\"UtteranceEnd\"}|{\"type\":\"Metadata\"}", "", 0, true,
	 0, 0, 0},
	{"NLS: a sentence is replaced while it grows", &hearing_nls,
	 NLS("TranscriptionStarted", "") "|"
	 NLS("TranscriptionResultChanged", "\"result\":\"北\"") "|"
	 NLS("TranscriptionResultChanged", "\"result\":\"北京\"") "|"
	 NLS("SentenceEnd", "\"result\":\"北京的天气。\",\"confidence\":0.87,"
	     "\"begin_time\":880,\"time\":2520") "|"
	 NLS("TranscriptionResultChanged", "\"result\":\"好\""),
	 "北京的天气。好", 0, false, 87, 880, 2520},
	{"NLS: the end", &hearing_nls, NLS("TranscriptionCompleted", ""), "",
	 0, true, 0, 0, 0},
	{"NLS: idle for too long", &hearing_nls,
	 "{\"header\":{\"name\":\"TaskFailed\",\"status\":40000004}}", "",
	 EREMOTEIO, false, 0, 0, 0},
	{"iat: pieces by number; a range is replaced", &hearing_iflytek_iat,
	 IAT("0", "\"sn\":1,\"pgs\":\"apd\"," WS("今天")) "|"
	 IAT("1", "\"sn\":2,\"pgs\":\"apd\"," WS("天")) "|"
	 IAT("1", "\"sn\":3,\"pgs\":\"rpl\",\"rg\":[1,2]," WS("今天的")) "|"
	 IAT("1", "\"sn\":4,\"pgs\":\"apd\"," WS("天气")) "|"
	 IAT("2", "\"sn\":5,\"pgs\":\"rpl\",\"rg\":[4,4]," WS("田七")),
	 "今天的田七", 0, true, 0, 0, 0},
	{"iat: numbers come in any order", &hearing_iflytek_iat,
	 IAT("1", "\"sn\":2," WS("b")) "|" IAT("1", "\"sn\":1," WS("a")),
	 "ab", 0, false, 0, 0, 0},
	{"iat: impossible numbers change nothing", &hearing_iflytek_iat,
	 IAT("1", "\"sn\":1," WS("a")) "|" IAT("1", "\"sn\":-1," WS("b")) "|"
	 IAT("1", "\"sn\":99999," WS("c")) "|"
	 IAT("1", "\"sn\":3,\"pgs\":\"rpl\",\"rg\":[-5,0]," WS("d")),
	 "ad", 0, false, 0, 0, 0},
	{"iat: no key", &hearing_iflytek_iat,
	 "{\"code\":10105,\"message\":\"illegal access\"}", "", EACCES, false,
	 0, 0, 0},
	{"rtasr: type 1 replaces, type 0 is whole", &hearing_iflytek_rtasr,
	 "{\"action\":\"started\"}|" RTASR("1", "啊") "|" RTASR("0", "啊,好")
	 "|" RTASR("1", "的"), "啊,好的", 0, false, 0, 10, 50},
	{"rtasr: a result that is no JSON", &hearing_iflytek_rtasr,
	 "{\"action\":\"result\",\"data\":\"{\"}", "", EPROTO, false, 0, 0, 0},
	/* clang-format on */
};

/* All messages of a row. */
static int row_hear(const struct hear_row *row, struct hearing_talk *talk,
                    struct hearing_heard *heard)
{
	const struct asr_prm prm = {.lang = "zh", .rate_hz = 16000};
	const char *at = row->messages;
	struct mbuf *mb = mbuf_alloc(64);
	int err = mb ? 0 : ENOMEM;

	if (!err && row->dialect->begin)
		err = row->dialect->begin(mb, talk, &prm);
	mem_deref(mb);
	talk->is_end_sent = true;

	while (!err && *at) {
		char message[MESSAGE_SIZE];
		size_t n = strcspn(at, "|");

		/* As it comes: without an end. */
		memcpy(message, at, n);
		hearing_hear(heard, talk, row->dialect, message, n);
		at += n + (at[n] == '|');
		if (heard->err)
			break;
	}

	return err ? err : heard->err == ENOMEM ? ENOMEM : 0;
}

int test_hear_answers(void)
{
	static const struct service service = {
		.key = "key",
		.secret = "",
		.app = "app",
		.model = "",
		.options = "",
		.token = "",
	};
	struct hearing_talk talk = {.memory = NULL};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct hearing_heard heard = {.err = 0};
		char text[HEARING_TEXT_SIZE];

		talk = (struct hearing_talk){.service = &service,
		                             .rate_hz = 16000};
		err = row_hear(&rowv[i], &talk, &heard);
		if (err == ENOMEM)
			goto out;
		if (strcmp(rowv[i].text, hearing_text(&talk, text)) ||
		    rowv[i].err != heard.err ||
		    (!heard.err && rowv[i].is_over != heard.is_over) ||
		    rowv[i].score != talk.score ||
		    rowv[i].begin_ms != talk.begin_ms ||
		    rowv[i].end_ms != talk.end_ms)
			CHECK_FAIL("row %zu: %s: \"%s\" %d %d %u %u %u", i,
			           rowv[i].why, text, heard.err, heard.is_over,
			           talk.score, talk.begin_ms, talk.end_ms);
		talk.memory = mem_deref(talk.memory);
	}

out:
	mem_deref(talk.memory);
	return err;
}
