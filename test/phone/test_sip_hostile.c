/*
 * test/phone/test_sip_hostile.c - nothing that is asked for gets into a request
 *
 * A hundred thousand calls to hostile numbers, from hostile numbers, with
 * hostile ids. Most are refused. What leaves the phone all the same has the
 * lines of an ordinary call: their names, their order, their count.
 */
#include <re_main.h>
#include "base/loop.h"
#include "fake_server.h"
#include "hostile.h"
#include "sip_rig.h"
#include "test_phone.h"

enum {
	ROUNDS = 100000,
	TEXT_SIZE = 200,
	SHORT_SIZE = 33, /* of what can be dialled */
	FEW = 500,       /* of those letters alone: one in so many */
	SHAPE_SIZE = 1024,
};

static const char letters[] = "0123456789abXYZ+*#._-";

static void put(char shape[SHAPE_SIZE], const char *text, size_t n)
{
	size_t used = strlen(shape);

	(void)snprintf(shape + used, SHAPE_SIZE - used, "%.*s", (int)n, text);
}

/* The names of all lines above the body, each with what structures it; an id
 * of ours is one word, which may have an '@' in it. */
static void shape_of(char shape[SHAPE_SIZE], const char *message)
{
	const char *line = message;

	*shape = '\0';
	while (*line && *line != '\r') {
		const size_t len = strcspn(line, "\r\n");
		const size_t name = strcspn(line, ": ");

		put(shape, line, name < len ? name : len);
		for (size_t i = name; i < len; i++) {
			if (strncmp(line, "Call-ID", name) != 0 &&
			    strchr(" @<>;?\",:#", line[i]))
				put(shape, line + i, 1);
		}
		put(shape, "\n", 1);
		if (strncmp(line + len, "\r\n", 2) != 0) {
			put(shape, "(broken)", 8);
			return;
		}
		line += len + 2;
	}
}

/* What came, without what came again. */
struct seen {
	char tag[TEXT_SIZE]; /* of From: one for each call */
	unsigned calls;
};

static void busy_handler(struct fake *fake, const struct sip_msg *msg)
{
	struct seen *seen = fake->arg;

	if (pl_strcmp(&msg->met, "INVITE"))
		return;
	if (pl_strcmp(&msg->from.tag, seen->tag)) {
		seen->calls++;
		(void)pl_strcpy(&msg->from.tag, seen->tag, TEXT_SIZE);
	}
	fake_reply(fake, msg, 486, "Busy Here", "", 0);
}

struct attack {
	struct hostile hostile;
	char number[TEXT_SIZE], caller_id[TEXT_SIZE], call_id[TEXT_SIZE];
	bool has_caller, has_id;
};

/* One of the three is hostile, or all of them. */
static void attack_next(struct attack *attack)
{
	struct hostile *hostile = &attack->hostile;
	const uint32_t which = hostile_lot(hostile, 64);

	attack->has_caller = hostile_lot(hostile, 2);
	attack->has_id = which >= 58;
	(void)snprintf(attack->number, TEXT_SIZE, "+15550101");
	(void)snprintf(attack->caller_id, TEXT_SIZE, "+15550102");
	if (!hostile_lot(hostile, FEW)) {
		attack->has_id = false;
		hostile_letters(hostile, attack->number, SHORT_SIZE, letters);
		hostile_letters(hostile, attack->caller_id, SHORT_SIZE,
		                letters);
		return;
	}
	if (which <= 28 || which > 58)
		hostile_near(hostile, attack->number, TEXT_SIZE, "+15550101");
	if (which > 28 && which != 58) {
		attack->has_caller = true;
		hostile_text(hostile, attack->caller_id, TEXT_SIZE);
	}
	if (attack->has_id)
		hostile_near(hostile, attack->call_id, TEXT_SIZE, "3f2a");
}

static int dial(struct sip_rig *rig, const struct attack *attack)
{
	const struct phone_leg_sink sink = sip_side_sink(&rig->out);
	const struct phone_audio audio = sip_side_audio(&rig->out);
	const struct phone_dial_prm prm = {
		.number = attack->number,
		.caller_id = attack->has_caller ? attack->caller_id : NULL,
		.call_id = attack->has_id ? attack->call_id : NULL,
		.audio = &audio,
	};

	memset(&rig->out, 0, sizeof(rig->out));

	return phone_dial(&rig->out.leg, rig->line, &prm, &sink);
}

/* A call came about: its request is as that of any other. */
static int request_check(struct sip_rig *rig, const char *usual)
{
	struct fake *fake = rig->fake;
	char shape[SHAPE_SIZE];
	int err;

	err = sip_rig_until(&rig->out.ended, 1);
	CHECK_ERR(0, err);
	CHECK_U64(486, rig->out.end.sip_code);
	shape_of(shape, fake->invite);
	CHECK_STR(usual, shape);

out:
	rig->out.leg = mem_deref(rig->out.leg);

	return err;
}

int test_sip_hostile(void)
{
	struct attack attack = {.hostile = {test_seed()}};
	struct seen seen = {.calls = 0};
	char usual[SHAPE_SIZE];
	unsigned dialled = 1;
	struct sip_rig rig;
	struct fake fake;
	int err;

	err = sip_rig_open_to(&rig, &fake, busy_handler);
	CHECK_ERR(0, err);
	fake.arg = &seen;
	(void)snprintf(attack.number, TEXT_SIZE, "+15550101");
	err = dial(&rig, &attack);
	CHECK_ERR(0, err);
	err = sip_rig_until(&rig.out.ended, 1);
	CHECK_ERR(0, err);
	rig.out.leg = mem_deref(rig.out.leg);
	shape_of(usual, fake.invite);
	CHECK(strstr(usual, "\nFrom:"));

	for (int i = 0; i < ROUNDS; i++) {
		attack_next(&attack);
		err = dial(&rig, &attack);
		if (err) {
			CHECK_ERR(EINVAL, err);
			err = 0;
			continue;
		}
		dialled++;
		err = request_check(&rig, usual);
		if (err)
			goto out;
	}

	/* What was refused did not leave. */
	CHECK_U64(dialled, seen.calls);
	CHECK_U64(0, fake.others);
	CHECK(dialled > ROUNDS / FEW / 2);

out:
	if (err)
		fprintf(stderr, "number \"%s\", caller id \"%s\", id \"%s\"\n",
		        attack.number, attack.caller_id, attack.call_id);
	sip_rig_close(&rig);

	return err;
}
