/*
 * bench/bench_flow.c - what the dialog engine takes
 *
 *   flow.inputs_per_s    inputs to a script of 30 nodes, one core
 *   flow.miss_us         an input that meets none of 500 children and 500
 *                        entries of the knowledge base
 *   flow.load_10k_ms     loading a script of 10 000 nodes
 *   flow.session_bytes   one session
 *
 * Time is that of the processor, so that a busy machine does not matter.
 * Prints "name value unit" and "limit name value" lines.
 */
#include <malloc.h>
#include <stdio.h>
#include <time.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "flow/flow.h"

enum {
	NODES = 30,
	HUGE_NODES = 10000,
	KEYWORDS = 500,
	SESSIONS = 1000,
	TURNS = 400,
	ROUNDS = 2000,
	MISSES = 20000,
};

static uint64_t cpu_us(void)
{
	return (uint64_t)clock() * 1000000 / CLOCKS_PER_SEC;
}

static struct flow_script *load(struct mbuf *json)
{
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;

	if (flow_faults_alloc(&faults) ||
	    flow_load(&script, "bench", (const char *)json->buf, json->end,
	              faults))
		(void)fprintf(stderr, "bench_flow: the script is refused\n");
	mem_deref(faults);

	return script;
}

/* A chain of questions: yes goes on, no and the rest stay. */
static void node_write(struct mbuf *json, unsigned i, unsigned count)
{
	(void)mbuf_printf(
		json,
		"%s{\"id\":\"n%u\",\"action\":\"playback\",\"repetition\":"
		"1000000000,\"playbacks\":[\"Question number %u, "
		"please answer yes or no.\"],\"kb\":\"all\",\"globalflow\":"
		"\"all\",\"filter\":{\"dtmf\":\"#\"},"
		"\"timeoutplaybacks\":[\"Are you there?\"],\"children\":["
		"{\"flow\":\"n%u\",\"keywordweight\":1,\"condition\":"
		"{\"text\":\"yes|yeah|of course|sure\",\"dtmf\":\"^D1$\"}},"
		"{\"flow\":\"n%u\",\"keywordweight\":-1,\"condition\":"
		"{\"text\":\"\\\\bno\\\\b|not? (really|now)\","
		"\"dtmf\":\"^D2$\"}},"
		"{\"flow\":\"n%u\",\"condition\":{\"complete\":\"ANY\"}}]}",
		i ? "," : "", i, i, (i + 1) % count, (i + 2) % count,
		(i + 3) % count);
}

static struct mbuf *chain_write(unsigned count)
{
	struct mbuf *json = mbuf_alloc(4096);

	if (!json)
		return NULL;

	(void)mbuf_printf(
		json, "{\"start\":\"n0\",\"kb\":[{\"id\":\"k\",\"keywords\":"
		      "\"(how much|price|cost)\",\"repetition\":1000000000,"
		      "\"playbacks\":[\"It is free of charge.\"]}],"
		      "\"globalflow\":[{\"id\":\"g\",\"flow\":\"n1\","
		      "\"condition\":{\"text\":\"operator|human\"},"
		      "\"timelimit\":1}],\"flow\":[");
	for (unsigned i = 0; i < count; i++)
		node_write(json, i, count);
	(void)mbuf_write_str(json, "]}");

	return json;
}

static struct flow_script *chain_make(unsigned count)
{
	struct mbuf *json = chain_write(count);
	struct flow_script *script = json ? load(json) : NULL;

	mem_deref(json);

	return script;
}

static struct flow_script *keywords_make(void)
{
	struct mbuf *json = mbuf_alloc(4096);
	struct flow_script *script;

	if (!json)
		return NULL;

	(void)mbuf_printf(json, "{\"start\":\"a\",\"kb\":[");
	for (int i = 0; i < KEYWORDS; i++)
		(void)mbuf_printf(
			json,
			"%s{\"id\":\"k%d\",\"keywords\":\"(where|how) "
			".*subject%d\\\\b|topic %d\"}",
			i ? "," : "", i, i, i);
	(void)mbuf_printf(json, "],\"flow\":[{\"id\":\"a\",\"action\":"
	                        "\"playback\",\"kb\":\"all\",\"children\":[");
	for (int i = 0; i < KEYWORDS; i++)
		(void)mbuf_printf(json,
		                  "%s{\"flow\":\"a\",\"condition\":{\"text\":"
		                  "\"word%d|term%d( please)?\"}}",
		                  i ? "," : "", i, i);
	(void)mbuf_write_str(json, "]}]}");
	script = load(json);
	mem_deref(json);

	return script;
}

static struct flow_session *start(struct flow_script *script)
{
	struct flow_session *sess = NULL;
	struct flow_turn turn;

	if (flow_session_alloc(&sess, script, "bench", NULL, 0) ||
	    flow_start(sess, &turn))
		return mem_deref(sess);

	return sess;
}

static int bench_inputs(void)
{
	static const struct flow_input inputv[] = {
		{.kind = FLOW_TEXT, .args = "Fyes of course I will come"},
		{.kind = FLOW_TEXT, .args = "Swell I do not kn"},
		{.kind = FLOW_TEXT, .args = "Fno I really cannot make it"},
		{.kind = FLOW_TEXT, .args = "Fhow much does it cost"},
		{.kind = FLOW_DTMF, .args = "D1"},
		{.kind = FLOW_TEXT, .args = "Fsomething else entirely"},
		{.kind = FLOW_COMPLETE, .args = "TIMEOUT()"},
		{.kind = FLOW_COMPLETE, .args = "DONE(F:what was that)"},
	};
	struct flow_script *script = chain_make(NODES);
	uint64_t from_us, took_us;
	size_t inputs = 0;

	if (!script)
		return 1;

	from_us = cpu_us();
	for (int round = 0; round < ROUNDS; round++) {
		struct flow_session *sess = start(script);
		struct flow_turn turn;

		for (int i = 0; i < TURNS && sess; i++, inputs++)
			(void)flow_feed(sess, &inputv[i % ARRAY_COUNT(inputv)],
			                (uint64_t)i * 1000, &turn);
		mem_deref(sess);
	}
	took_us = cpu_us() - from_us;
	mem_deref(script);

	(void)printf("flow.inputs_per_s %.0f 1/s\n",
	             (double)inputs * 1e6 / (double)took_us);
	(void)printf("limit flow.inputs_per_s >= 1000000\n");

	return 0;
}

static int bench_miss(void)
{
	struct flow_input in = {
		.kind = FLOW_TEXT,
		.args = "Fwell I have not thought about that at all today",
	};
	struct flow_script *script = keywords_make();
	struct flow_session *sess = script ? start(script) : NULL;
	struct flow_turn turn;
	uint64_t from_us;

	if (!sess) {
		mem_deref(script);
		return 1;
	}

	from_us = cpu_us();
	for (int i = 0; i < MISSES; i++)
		(void)flow_feed(sess, &in, (uint64_t)i, &turn);
	(void)printf("flow.miss_us %.2f us\n",
	             (double)(cpu_us() - from_us) / MISSES);
	(void)printf("limit flow.miss_us <= 20\n");
	mem_deref(sess);
	mem_deref(script);

	return 0;
}

static int bench_load(void)
{
	struct mbuf *json = chain_write(HUGE_NODES);
	uint64_t from_us = cpu_us();
	struct flow_script *script = json ? load(json) : NULL;

	if (!script) {
		mem_deref(json);
		return 1;
	}

	(void)printf("flow.load_10k_ms %.1f ms\n",
	             (double)(cpu_us() - from_us) / 1000);
	(void)printf("limit flow.load_10k_ms <= 300\n");
	mem_deref(script);
	mem_deref(json);

	return 0;
}

static int bench_session(void)
{
	static struct flow_session *sessv[SESSIONS];
	struct flow_script *script = chain_make(NODES);
	struct flow_input in = {.kind = FLOW_TEXT, .args = "Fyes please"};
	struct flow_turn turn;
	size_t before;

	if (!script)
		return 1;

	before = mallinfo2().uordblks;
	for (int i = 0; i < SESSIONS; i++) {
		sessv[i] = start(script);
		for (int j = 0; j < NODES && sessv[i]; j++)
			(void)flow_feed(sessv[i], &in, (uint64_t)j, &turn);
	}
	(void)printf("flow.session_bytes %zu B\n",
	             (mallinfo2().uordblks - before) / SESSIONS);
	(void)printf("limit flow.session_bytes <= 8192\n");
	for (int i = 0; i < SESSIONS; i++)
		mem_deref(sessv[i]);
	mem_deref(script);

	return 0;
}

int main(void)
{
	jmem_watch();

	return bench_inputs() || bench_miss() || bench_load() ||
	       bench_session();
}
