/*
 * test/call/test_service.c - services that scripts ask, good ones and bad
 */
#include <stdio.h>
#include "base/loop.h"
#include "base/text.h"
#include "harness.h"
#include "rig.h"
#include "tests.h"
#include "web.h"

enum {
	TIMEOUT_MS = 300, /* of the requests */
	PATIENCE_MS = 60000,
	SCRIPT_SIZE = 4096,
	TEXT_SIZE = 128,
};

/* --- answers, without a telephone -------------------------------------------
 */

struct desk {
	struct cfg *cfg;
	struct httpc *http;
	struct web *web;
	struct call_service *service;
	struct tmr patience;

	unsigned answers;
	char args[TEXT_SIZE], description[TEXT_SIZE], fault[CFG_FAULT_SIZE];
	int status;
};

static void patience_handler(void *arg)
{
	(void)arg;

	loop_stop();
}

static int desk_open(struct desk *desk)
{
	static const struct cfg_table *const tablev[] = {&httpc_cfg_table};
	int err;

	memset(desk, 0, sizeof(*desk));
	tmr_init(&desk->patience);
	err = loop_init();
	if (!err)
		err = cfg_load(&desk->cfg, NULL, tablev, 1, desk->fault);
	if (!err)
		err = httpc_alloc(&desk->http, desk->cfg);
	if (!err)
		err = web_alloc(&desk->web, NULL);

	return err;
}

static void desk_close(struct desk *desk)
{
	tmr_cancel(&desk->patience);
	mem_deref(desk->service);
	mem_deref(desk->http);
	mem_deref(desk->web);
	mem_deref(desk->cfg);
	loop_close();
}

static void answer_handler(const struct flow_input *input, const char *fault,
                           void *arg)
{
	struct desk *desk = arg;

	desk->answers++;
	desk->status = input->status;
	(void)text_copy(desk->args, TEXT_SIZE,
	                input->args ? input->args : "(none)");
	(void)text_copy(desk->description, TEXT_SIZE,
	                input->description ? input->description : "(none)");
	(void)text_copy(desk->fault, sizeof(desk->fault), fault ? fault : "");
	desk->service = mem_deref(desk->service);
	loop_stop();
}

static int desk_ask(struct desk *desk, enum flow_effect_kind kind,
                    const char *url)
{
	const struct flow_effect effect = {
		.kind = kind,
		.request =
			{
				.url = url,
				.method = "POST",
				.body = "{\"text\":\"Fsure\"}",
				.timeout_ms = TIMEOUT_MS,
			},
	};
	unsigned before = desk->answers;
	int err;

	err = call_service_ask(&desk->service, desk->http, &effect,
	                       answer_handler, desk);
	if (err)
		return err;

	tmr_start(&desk->patience, PATIENCE_MS, patience_handler, NULL);
	err = loop_run();
	tmr_cancel(&desk->patience);

	return err ? err : desk->answers == before ? ETIMEDOUT : 0;
}

static const struct {
	const char *why;
	struct web_page page;
	const char *nlp, *description; /* as the session gets it */
	const char *http;
	int status;
	bool is_nlp_fault, is_http_fault;
} rowv[] = {
	/* clang-format off */
	{"a keyword", {.body = "{\"keyword\":\"yes\","
	 "\"description\":\"agreed\"}"},
	 "yes", "agreed",
	 "{\"keyword\":\"yes\",\"description\":\"agreed\"}", 200,
	 false, false},
	{"the mark of UTF-8 in front", {.body = "\xef\xbb\xbf"
	 "{\"keyword\":\"да\"}"},
	 "да", "(none)", "{\"keyword\":\"да\"}", 200, false, false},
	{"no keyword", {.body = "{}"}, "(none)", "(none)", "{}", 200,
	 false, false},
	{"an empty keyword", {.body = "{\"keyword\":\"\"}"}, "(none)",
	 "(none)", "{\"keyword\":\"\"}", 200, false, false},
	{"a keyword that is a number", {.body = "{\"keyword\":7}"},
	 "ERROR(keyword is no text)", "(none)", "{\"keyword\":7}", 200,
	 true, false},
	{"nothing", {.body = ""}, "ERROR(empty)", "(none)", "(none)",
	 200, true, false},
	{"no JSON", {.body = "<html>"}, "ERROR(no JSON object)",
	 "(none)", "<html>", 200, true, false},
	{"JSON, but no object", {.body = "[1]"},
	 "ERROR(no JSON object)", "(none)", "[1]", 200, true, false},
	{"half an object", {.body = "{\"keyword\":\"y"},
	 "ERROR(no JSON object)", "(none)", "{\"keyword\":\"y", 200,
	 true, false},
	{"not UTF-8", {.body = "{\"keyword\":\"\xc4\xe3\"}"},
	 "ERROR(not UTF-8)", "(none)", "(none)", 0, true, true},
	{"a server's trouble", {.status = 503, .body = "busy"},
	 "ERROR(status 503)", "(none)", "(none)", 503, true, true},
	{"a redirect", {.status = 302, .headers = "Location: /x\r\n"},
	 "ERROR(status 302)", "(none)", "(none)", 302, true, true},
	{"late", {.body = "{\"keyword\":\"yes\"}", .delay_ms = 3000},
	 "TIMEOUT()", "(none)", "(none)", 0, true, true},
	{"never", {.trick = WEB_SILENT}, "TIMEOUT()", "(none)",
	 "(none)", 0, true, true},
	{"endless", {.trick = WEB_ENDLESS}, "ERROR(too large)",
	 "(none)", "(none)", 0, true, true},
	{"cut short", {.body = "{\"keyword\":\"yes\"}",
	 .trick = WEB_CUT}, "ERROR(no whole answer)", "(none)",
	 "(none)", 0, true, true},
	{"no HTTP", {.trick = WEB_GARBAGE}, "ERROR(no whole answer)",
	 "(none)", "(none)", 0, true, true},
	/* clang-format on */
};

static int rows_check(enum flow_effect_kind kind)
{
	bool is_nlp = kind == FLOW_DO_NLP;
	struct desk desk;
	int err;

	err = desk_open(&desk);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_fault =
			is_nlp ? rowv[i].is_nlp_fault : rowv[i].is_http_fault;

		/* A page that never ends would be larger than allowed only
		 * after its time. */
		if (!is_nlp && rowv[i].page.trick == WEB_ENDLESS)
			continue;

		err = web_put(desk.web, &rowv[i].page);
		CHECK_ERR(0, err);
		err = desk_ask(&desk, kind, web_url(desk.web, "/nlp?key=pw"));
		if (err || is_fault == !*desk.fault)
			fprintf(stderr, "row %zu: %s: %s\n", i, rowv[i].why,
			        desk.fault);
		CHECK_ERR(0, err);
		CHECK_STR(is_nlp ? rowv[i].nlp : rowv[i].http, desk.args);
		CHECK_STR(is_nlp ? rowv[i].description : "(none)",
		          desk.description);
		CHECK_I64(is_nlp ? 0 : rowv[i].status, desk.status);
		CHECK(is_fault == (*desk.fault != '\0'));
		CHECK(!strstr(desk.fault, "pw"));
	}

out:
	desk_close(&desk);

	return err;
}

int test_service_nlp_answers(void)
{
	return rows_check(FLOW_DO_NLP);
}

int test_service_http_answers(void)
{
	return rows_check(FLOW_DO_HTTP);
}

int test_service_addresses(void)
{
	struct desk desk;
	int err;

	err = desk_open(&desk);
	CHECK_ERR(0, err);

	err = desk_ask(&desk, FLOW_DO_NLP, "nlp.example.org/x");
	CHECK_ERR(EINVAL, err);
	err = desk_ask(&desk, FLOW_DO_HTTP, "file:///etc/passwd");
	CHECK_ERR(EINVAL, err);
	err = desk_ask(&desk, FLOW_DO_NLP, "http://127.0.0.1:1/");
	CHECK_ERR(0, err);
	CHECK_STR("ERROR(not reached)", desk.args);

	/* What a value percent-encoded may still do to a host: nothing. */
	err = desk_ask(&desk, FLOW_DO_HTTP, "http://api%40evil.example.org/");
	CHECK_ERR(EINVAL, err);
	err = 0;

out:
	desk_close(&desk);

	return err;
}

/* --- in a call -------------------------------------------------------------
 */

#define HEAD(words)                                                            \
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","              \
	"\"label\":[{\"label\":\"A\",\"when\":[{\"var\":\"class\",\"op\":"     \
	"\"==\",\"value\":\"A\"}]},{\"label\":\"B\"}],"                        \
	"\"asr\":{\"asr_params\":\"" words "\",\"interrupt\":32,"              \
	"\"vad_max_end_silence_time_ms\":300},"
#define BYES                                                                   \
	"{\"id\":\"yes\",\"action\":\"hangup\",\"potential\":\"A\"},"          \
	"{\"id\":\"no\",\"action\":\"hangup\",\"potential\":\"B\"}"
#define CHILDREN                                                               \
	"\"children\":[{\"flow\":\"yes\",\"condition\":{\"text\":\"yes\"}},"   \
	"{\"flow\":\"no\",\"condition\":{\"complete\":\"ANY\"}}]"

/* "sure" is no keyword of the script; the service may know what it means. */
static const char nlp_script[] =
	HEAD("sure") "\"nlp\":{\"url\":\"%s\",\"timeout_ms\":1500},"
		     "\"flow\":[{\"id\":\"a\",\"action\":\"playback\","
		     "\"nlpid\":\"n1\","
		     "\"playbacks\":[\"tone_stream://%%(%s,0,440)\"]," CHILDREN
		     "}," BYES "]}";

static const struct rig_person speaks = {
	.speak_from_ms = 300,
	.speak_until_ms = 700,
};

static const char right[] = "{\"keyword\":\"yes\",\"description\":\"agrees\"}";

/* One call with this service; the prompt lasts tone_ms. */
static int nlp_call(struct rig *rig, struct web **webp,
                    const struct web_page *page, const char *tone_ms,
                    const struct rig_person *person)
{
	char script[SCRIPT_SIZE];
	int err;

	err = rig_open(rig, NULL);
	if (!err)
		err = web_alloc(webp, NULL);
	if (!err)
		err = web_put(*webp, page);
	if (err)
		return err;

	(void)snprintf(script, sizeof(script), nlp_script,
	               web_url(*webp, "/nlp"), tone_ms);

	return rig_call(rig, script, person);
}

int test_service_nlp_decides(void)
{
	const struct web_page page = {.body = right, .delay_ms = 150};
	const struct web_request *request;
	struct web *web = NULL;
	struct rig rig;
	int err;

	/* Over a prompt that plays on while the service thinks. */
	err = nlp_call(&rig, &web, &page, "9000", &speaks);
	CHECK_ERR(0, err);
	CHECK_STR("A", rig.label);
	CHECK(rig.lasted_ms < 8500);
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='Fsure' and input_nlp_args='yes' "
	                        "and response_description='agrees' and "
	                        "matching_method=3 and text_ms>0 and "
	                        "decision_ms>=text_ms+150"));

	request = web_request(web, 0);
	CHECK(request);
	CHECK_STR("POST", request->method);
	CHECK(strstr(request->body, "\"flowid\":\"a\""));
	CHECK(strstr(request->body, "\"nlpid\":\"n1\""));
	CHECK(strstr(request->body, "\"callid\":\""));
	CHECK(strstr(request->body, "\"flowkeywords\":\"yes\""));
	CHECK(strstr(request->body, "\"kbkeywords\":\"\""));
	CHECK(strstr(request->body, "\"input\":\"text\""));
	CHECK(strstr(request->body, "\"text\":\"Fsure\""));
	CHECK(web_has_header(request, "Content-Type: application/json; "
	                              "charset=utf-8"));

out:
	mem_deref(web);
	rig_close(&rig);

	return err;
}

int test_service_nlp_behind_prompt(void)
{
	const struct web_page page = {.body = right, .delay_ms = 300};
	struct web *web = NULL;
	struct rig rig;
	int err;

	/* One sentence is enough here, and yet its answer is awaited. */
	err = nlp_call(&rig, &web, &page, "100", &speaks);
	CHECK_ERR(0, err);
	CHECK_STR("A", rig.label);
	CHECK_I64(0, rig_number("select count(*) from conversation where "
	                        "input_type=2 and input_args like 'DONE%'"));

out:
	mem_deref(web);
	rig_close(&rig);

	return err;
}

int test_service_nlp_late(void)
{
	const struct web_page page = {.trick = WEB_SILENT};
	struct web *web = NULL;
	struct rig rig;
	int err;

	err = nlp_call(&rig, &web, &page, "100", &speaks);
	CHECK_ERR(0, err);
	CHECK_STR("B", rig.label);
	CHECK(strstr(rig.notes, "TROUBLE the NLP service: "));
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='Fsure' and "
	                        "input_nlp_args='TIMEOUT()' and "
	                        "response_type=0"));
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='DONE(F:sure)'"));

out:
	mem_deref(web);
	rig_close(&rig);

	return err;
}

int test_service_hangup_meanwhile(void)
{
	const struct web_page page = {.body = right, .delay_ms = 5000};
	struct rig_person person = speaks;
	struct web *web = NULL;
	struct rig rig;
	int err;

	person.hangup_ms = 1400;
	err = nlp_call(&rig, &web, &page, "100", &person);
	CHECK_ERR(0, err);
	CHECK_U64(1, web_requests(web));

	/* What was said is on record all the same. */
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='Fsure'"));
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='HANGUP()'"));

out:
	mem_deref(web);
	rig_close(&rig);

	return err;
}

/* A service is asked about the words so far: it decides while the person goes
 * on speaking, here for as long as nobody hangs up. */
int test_service_nlp_while_they_speak(void)
{
	static const char while_script[] =
		HEAD("300:sure|-") "\"nlp\":{\"url\":\"%s\",\"timeout_ms\":"
				   "10000},\"flow\":[{"
				   "\"id\":\"a\",\"action\":\"playback\","
				   "\"nlpid\":\"n1\",\"quickresponse\":1,"
				   "\"playbacks\":"
				   "[\"tone_stream://%%(100,0,440)\"]," CHILDREN
				   "}," BYES "]}";
	const struct web_page page = {.body = right};
	const struct rig_person person = {
		.speak_from_ms = 300,
		.speak_until_ms = UINT32_MAX,
	};
	char script[SCRIPT_SIZE];
	struct web *web = NULL;
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = web_alloc(&web, NULL);
	CHECK_ERR(0, err);
	err = web_put(web, &page);
	CHECK_ERR(0, err);
	(void)snprintf(script, sizeof(script), while_script,
	               web_url(web, "/nlp"));
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK_STR("A", rig.label);
	CHECK_U64(1, web_requests(web));
	CHECK(strstr(web_request(web, 0)->body, "\"text\":\"Ssure\""));
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='Ssure' and input_nlp_args='yes'"));
	CHECK_I64(0, rig_number("select count(*) from conversation where "
	                        "input_args like 'F%'"));

out:
	mem_deref(web);
	rig_close(&rig);

	return err;
}

/* The node asks, then its answer greets by name, or it goes to "no". */
static const char http_script[] = HEAD(
	"yes") "\"variables\":{\"id\":\"7&x=1\\r\\nA: b\"},"
	       "\"flow\":[{\"id\":\"a\",\"action\":\"http\",\"url\":"
	       "\"%s?id=${id}\",\"body\":{\"id\":\"${id}\"},\"timeout_ms\":500,"
	       "\"children\":[{\"flow\":\"b\",\"condition\":{\"complete\":"
	       "\"DONE\"}},"
	       "{\"flow\":\"no\",\"condition\":{\"complete\":\"ERROR\"}}]},"
	       "{\"id\":\"b\",\"action\":\"playback\",\"playbacks\":"
	       "[\"tone_stream://%%(200,0,440)\"]," CHILDREN "}," BYES "]}";

static int http_call(struct rig *rig, struct web **webp,
                     const struct web_page *page)
{
	char script[SCRIPT_SIZE];
	int err;

	err = rig_open(rig, NULL);
	if (!err)
		err = web_alloc(webp, NULL);
	if (!err)
		err = web_put(*webp, page);
	if (err)
		return err;

	(void)snprintf(script, sizeof(script), http_script,
	               web_url(*webp, "/crm"));

	return rig_call(rig, script, &speaks);
}

int test_service_http_node(void)
{
	const struct web_page page = {.body = "{\"name\":\"Anna\",\"n\":3}"};
	struct web *web = NULL;
	struct rig rig;
	int err;

	err = http_call(&rig, &web, &page);
	CHECK_ERR(0, err);
	CHECK_STR("A", rig.label);
	CHECK_I64(1, rig_number("select count(*) from calls where variables "
	                        "like '%\"name\":\"Anna\"%' and variables "
	                        "like '%\"n\":\"3\"%'"));

	/* What a variable holds stays where it was put. */
	CHECK_STR("/crm?id=7%26x%3D1%0D%0AA%3A%20b",
	          web_request(web, 0)->target);
	CHECK_STR("{\"id\":\"7&x=1\\r\\nA: b\"}", web_request(web, 0)->body);
	CHECK(!web_has_header(web_request(web, 0), "A: b"));

out:
	mem_deref(web);
	rig_close(&rig);

	return err;
}

int test_service_http_node_fails(void)
{
	const struct web_page page = {.status = 500, .body = "{}"};
	struct web *web = NULL;
	struct rig rig;
	int err;

	err = http_call(&rig, &web, &page);
	CHECK_ERR(0, err);
	CHECK_STR("B", rig.label);
	CHECK(strstr(rig.notes, "TROUBLE an http node: "));
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "current_flowid='a' and "
	                        "input_args='ERROR()'"));

out:
	mem_deref(web);
	rig_close(&rig);

	return err;
}
