/*
 * test/rehearse/test_calls.c - the built-in people over SIP and RTP
 *
 * One robot per row calls at the same time. It prompts for 3 s, waits 3 s,
 * prompts again for 1 s, waits, and hangs up after 9.5 s.
 */
#include <math.h>
#include "harness.h"
#include "rig.h"
#include "tests.h"

enum {
	/* A tick or two on each side, the jitter buffer, and a machine that
	 * is busy with other tests. */
	SLACK_MS = 700,
	NOISE_SAMPLES = 8000, /* of the first second */
};

/* When the first and second voice are due; 0: none may be heard. */
static const struct call_row {
	const char *number;
	const char *why;
	const char *outcome;
	uint32_t first_ms;
	uint32_t second_ms;
	const char *keys;
} call_rowv[] = {
	/* clang-format off */
	{"+15550100", "says yes when the prompt is over, and again",
	 "answered", 3700, 7700, ""},
	{"+15550101", "lets it ring until the robot gives up",
	 "no_answer", 0, 0, ""},
	{"+15550102", "says no, twice", "answered", 3700, 7700, ""},
	{"+15550103", "an answering machine speaks at once and only once",
	 "answered", 400, 0, ""},
	{"+15550104", "wants to come later, then says yes",
	 "answered", 3700, 7700, ""},
	{"+15550105", "asks, then says yes", "answered", 3700, 7700, ""},
	{"+15550108", "says nothing", "answered", 0, 0, ""},
	{"+15550109", "talks long: over the second prompt",
	 "answered", 3700, 7000, ""},
	{"+15550110", "presses 1, each time", "answered", 0, 0, "11"},
	{"+15550111", "presses 2, each time", "answered", 0, 0, "22"},
	{"+15550112", "interrupts after 2 s of the prompt",
	 "answered", 2000, 7700, ""},
	{"+15550113", "says yes in noise", "answered", 3700, 7700, ""},
	{"+15550114", "is busy", "busy", 0, 0, ""},
	{"+15550116", "does not exist", "bad_number", 0, 0, ""},
	{"+15550117", "hangs up in the middle of the prompt",
	 "answered", 0, 0, ""},
	{"+15550119", "declines", "declined", 0, 0, ""},
	{"+15550195", "has no room for calls", "line_congested", 0, 0, ""},
	{"+15550120", "the crowd says yes", "answered", 3700, 7700, ""},
	{"+15550122", "the crowd presses 1", "answered", 0, 0, "11"},
	{"+15550300", "nobody has that number", "bad_number", 0, 0, ""},
	/* clang-format on */
};

static struct rig_robot robotv[ARRAY_COUNT(call_rowv)];

static bool is_due(uint32_t due_ms, uint32_t came_ms)
{
	if (!due_ms)
		return came_ms == RIG_NEVER_MS;

	return came_ms + 100 >= due_ms && came_ms <= due_ms + SLACK_MS;
}

static const struct rig_robot *robot_of(const char *number)
{
	for (size_t i = 0; i < ARRAY_COUNT(call_rowv); i++) {
		if (!strcmp(call_rowv[i].number, number))
			return &robotv[i];
	}

	return NULL;
}

static int row_check(const struct call_row *row, const struct rig_robot *robot)
{
	int err = 0;

	CHECK_STR(row->outcome, outcome_name(robot->end.outcome));
	CHECK_STR(row->keys, robot->keys);
	if (!is_due(row->first_ms, robot->first_ms))
		CHECK_FAIL("first voice at %u ms, due at %u", robot->first_ms,
		           row->first_ms);
	if (!is_due(row->second_ms, robot->second_ms))
		CHECK_FAIL("second voice at %u ms, due at %u", robot->second_ms,
		           row->second_ms);

out:
	return err;
}

/* What is special about one of them. */
static int people_check(void)
{
	const struct rig_robot *robot;
	double noise_db;
	int err = 0;

	robot = robot_of("+15550103");
	if (robot->beep_ms < 300)
		CHECK_FAIL("the answering machine beeps for %u ms",
		           robot->beep_ms);

	robot = robot_of("+15550109");
	if (robot->voiced_ms < 2500)
		CHECK_FAIL("talks for %u ms only", robot->voiced_ms);

	robot = robot_of("+15550113");
	noise_db = 10 * log10(robot->noise_sum / NOISE_SAMPLES /
	                      (32768.0 * 32768.0));
	if (noise_db < -50 || noise_db > -38)
		CHECK_FAIL("noise at %.1f dB, due at -44", noise_db);

	robot = robot_of("+15550117");
	CHECK(robot->end.is_by_them);
	if (robot->now_ms < 1300 || robot->now_ms > 1500 + SLACK_MS)
		CHECK_FAIL("hung up after %u ms, due at 1500", robot->now_ms);

	CHECK(!robot_of("+15550100")->end.is_by_them);
	CHECK_U64(486, robot_of("+15550114")->end.sip_code);
	CHECK_U64(5, robot_of("+15550195")->end.retry_after_s);

out:
	return err;
}

int test_calls_builtin(void)
{
	struct rig *rig = NULL;
	uint32_t live, held;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);

	memset(robotv, 0, sizeof(robotv));
	for (size_t i = 0; i < ARRAY_COUNT(call_rowv); i++)
		robotv[i].number = call_rowv[i].number;
	err = rig_call(rig, robotv, ARRAY_COUNT(robotv));
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(call_rowv); i++) {
		int bad = row_check(&call_rowv[i], &robotv[i]);

		if (bad) {
			fprintf(stderr, "%s: %s\n", call_rowv[i].number,
			        call_rowv[i].why);
			err = bad;
		}
	}
	if (!err)
		err = people_check();

	people_figures(rig_people(rig), &live, &held);
	CHECK_U64(14, held);

out:
	rig_close(rig);

	return err;
}

static int list_text(char *text, size_t size, const struct people *people)
{
	FILE *file = fmemopen(text, size, "w");

	if (!file)
		return errno;
	people_write_list(people, file);

	return fclose(file) ? errno : 0;
}

int test_calls_list(void)
{
	static const char json[] =
		"{\"people\":[{\"number\":\"+15550150\",\"name\":\"Olga\","
		"\"truth\":\"yes\",\"variables\":{\"day\":\"1, or 2\"}},"
		"{\"number\":\"+1555015?\",\"name\":\"crowd\","
		"\"variables\":{\"note\":\"x\"}},"
		"{\"number\":\"+15550151\",\"name\":\"a \\\"b\\\"\","
		"\"outcome\":\"busy\",\"refuse\":486,"
		"\"variables\":{\"time\":\"noon\",\"day\":\"2\"}}]}";
	char path[RIG_PATH_SIZE], text[1024];
	struct person_info info;
	struct rig *rig = NULL;
	int err;

	err = rig_write(path, json);
	CHECK_ERR(0, err);
	err = rig_open(&rig, path);
	CHECK_ERR(0, err);

	err = list_text(text, sizeof(text), rig_people(rig));
	CHECK_ERR(0, err);
	CHECK_STR("number,name,truth,outcome,\"day\",\"note\",\"time\"\n"
	          "\"+15550150\",\"Olga\",\"yes\",\"answered\","
	          "\"1, or 2\",\"\",\"\"\n"
	          "\"+15550151\",\"a \"\"b\"\"\",\"\",\"busy\","
	          "\"2\",\"\",\"noon\"\n",
	          text);

	CHECK_U64(3, people_count(rig_people(rig)));
	people_info(rig_people(rig), 2, &info);
	CHECK_STR("+15550151", info.number);
	CHECK_STR("busy", info.outcome);

out:
	rig_close(rig);

	return err;
}

/* What only shows once the voices are there. */
int test_calls_refused(void)
{
	static const struct {
		const char *why;
		const char *json;
		const char *fault;
	} rowv[] = {
		{"an outcome that no attempt has",
	         "{\"people\":[{\"number\":\"1\",\"name\":\"A\","
	         "\"outcome\":\"asleep\"}]}",
	         "\"outcome\" of 1 is \"asleep\": it must be"},
		{"a voice that nobody has",
	         "{\"people\":[{\"number\":\"1\",\"name\":\"A\","
	         "\"voice\":\"flite:bob\"}]}",
	         "\"voice\" of 1: "},
	};
	char fault[CFG_FAULT_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(EINVAL, rig_refusal(rowv[i].json, fault));
		if (strncmp(fault, rowv[i].fault, strlen(rowv[i].fault)))
			CHECK_FAIL("%s: got \"%s\"", rowv[i].why, fault);
	}

out:
	return err;
}

/* A robot that hangs up while it rings leaves nobody behind who answers. */
int test_calls_cancelled(void)
{
	static const char json[] =
		"{\"people\":[{\"number\":\"+15550150\",\"name\":\"Olga\","
		"\"ring_ms\":6000,\"moves\":[{\"say\":\"yes\"}]},"
		"{\"number\":\"+15550151\",\"name\":\"Inga\","
		"\"ring_ms\":800,\"moves\":[{\"say\":\"yes\"}]}]}";
	struct rig_robot pairv[2] = {
		{.number = "+15550150", .cancel_ms = 300},
		{.number = "+15550151"}, /* longer than the first would ring */
	};
	char path[RIG_PATH_SIZE];
	struct rig *rig = NULL;
	uint32_t live, held;
	int err;

	err = rig_write(path, json);
	CHECK_ERR(0, err);
	err = rig_open(&rig, path);
	CHECK_ERR(0, err);
	err = rig_call(rig, pairv, ARRAY_COUNT(pairv));
	CHECK_ERR(0, err);

	CHECK_STR("cancelled", outcome_name(pairv[0].end.outcome));
	CHECK_STR("answered", outcome_name(pairv[1].end.outcome));
	people_figures(rig_people(rig), &live, &held);
	CHECK_U64(1, held);

out:
	rig_close(rig);

	return err;
}
