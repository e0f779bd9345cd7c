/*
 * notify/types.c - the types of events and what each carries
 *
 * One table: the docs, the schemas and the tests are made from it.
 */
#include <string.h>
#include "base/mem.h"
#include "notify/notify.h"

#define T NOTIFY_TEXT
#define N NOTIFY_NUMBER
#define W NOTIFY_TIME
#define O NOTIFY_OBJECT
#define L NOTIFY_LIST

/* clang-format off */
static const struct notify_field attempt_fieldv[] = {
	{"callid", T, "id of the attempt's call"},
	{"number", T, "who is called"},
	{"line", T, "over which line"},
	{"attempt", N, "1 for the first of this contact"},
	{"campaign", T, "its name"},
	{"client", T, "on whose behalf, may be empty"},
	{"outcome", T, "how it ended; empty when it begins"},
	{"sip_code", N, "of the last answer, 0: none"},
	{"q850", N, "cause, 0: none"},
	{"reason", T, "in words"},
	{"allowed", T, "why it was allowed"},
	{"start", W, "when it was allowed"},
	{"end", W, "null when it begins"},
	{"contact_id", N, "row of `contacts`"},
};

static const struct notify_field moment_fieldv[] = {
	{"callid", T, "id of the call"},
	{"direction", T, "out, in"},
	{"number", T, "of the other side"},
	{"line", T, "over which line"},
};

static const struct notify_field call_fieldv[] = {
	{"callid", T, "id of the call"},
	{"direction", T, "out, in"},
	{"number", T, "of the other side"},
	{"line", T, "over which line"},
	{"script", T, "its name"},
	{"script_version", T, "which one"},
	{"outcome", T, "answered, busy, no_answer, …"},
	{"start", W, "of dialling"},
	{"answer", W, "null: nobody answered"},
	{"end", W, "of the call"},
	{"label", T, "what the script concluded"},
	{"intention", N, "sum of the script's weights"},
	{"class_letter", T, "A, B, C, …"},
	{"heard", T, "what was said, phrases joined by ` | `"},
	{"variables", O, "all at the end, by name"},
	{"counters", O, "talk_time, respond_count, …"},
	{"recording", T, "path of the WAV, empty: none"},
	{"media", O, "packets, loss, jitter, MOS"},
	{"answerer", O, "who answered, and why we think so"},
	{"services", O, "what was used of each recogniser and voice"},
};

static const struct notify_field label_fieldv[] = {
	{"callid", T, "id of the call"},
	{"number", T, "of the other side"},
	{"label", T, "what the script concluded"},
	{"intention", N, "sum of the script's weights"},
	{"class_letter", T, "A, B, C, …"},
};

/* The columns of `conversation`, E003 to E045. */
static const struct notify_field step_fieldv[] = {
	{"createtime", W, "when the step was taken"},
	{"callid", T, "id of the call"},
	{"current_appid", T, "the script"},
	{"sequence", N, "number of the step, from 1"},
	{"current_flowid", T, "the node"},
	{"input_type", N, "what came in"},
	{"input_args", T, "its text"},
	{"input_nlp_args", T, "what the NLP service answered"},
	{"input_start_time", W, "when it began"},
	{"input_duration", N, "milliseconds"},
	{"input_play_time", N, "milliseconds of the prompt played by then"},
	{"matching_method", N, "how it was matched"},
	{"matching_condition", T, "by which condition"},
	{"condition_id", T, "its id"},
	{"condition_weight", N, "its weight"},
	{"matching_keyword", T, "by which words"},
	{"response_type", N, "what was answered"},
	{"response_description", T, "in words"},
	{"response_id", T, "the node or entry that answers"},
	{"response_action", T, "what it does"},
	{"response_args", T, "with what"},
	{"repetition", N, "how often before"},
	{"potential", T, "other conditions that would have matched"},
	{"record", T, "sound of the input"},
	{"heard_by", T, "the recogniser; empty: nothing was said"},
};

static const struct notify_field intention_fieldv[] = {
	{"callid", T, "id of the call that goes on"},
	{"number", T, "of the other side"},
	{"line", T, "over which line"},
	{"script", T, "its name"},
	{"trigger", T, "\"script[node]\" that asked for it"},
	{"intention", N, "sum of the script's weights so far"},
	{"label", T, "so far"},
	{"class_letter", T, "so far"},
	{"http", T, "notify_http of the script, may be empty"},
	{"linegroup", T, "notify_linegroup, may be empty"},
	{"variables", O, "all so far, by name"},
};

static const struct notify_field blocked_fieldv[] = {
	{"callid", T, "id of the call in which they said so"},
	{"number", T, "at which they said so"},
	{"reason", T, "as on the do-not-call list"},
	{"numbers", L, "all numbers of that person which are on the list now"},
};

static const struct notify_field import_fieldv[] = {
	{"list", T, "its name"},
	{"added", N, "contacts"},
	{"duplicates", N, "numbers that were there already"},
	{"refused", N, "rows that cannot be called"},
};

static const struct notify_field campaign_fieldv[] = {
	{"campaign", T, "its name"},
	{"state", T, "draft, running, paused, done"},
};

static const struct notify_field line_fieldv[] = {
	{"line", T, "its name"},
	{"state", T, "ready, registering, failed"},
	{"reason", T, "why it is not ready"},
};

static const struct notify_field gate_fieldv[] = {
	{"callid", T, "id of the call"},
	{"event", T, "name of the event that was answered"},
	{"answer", T, "what 1C answered, JSON; empty: nothing, or a refusal"},
	{"refusal", T, "why it was not taken, in the words of the bridge"},
};

static const struct notify_field head_fieldv[] = {
	{"calls", T, "end of the chain of calls, as `dialwright audit check "
	 "--head` takes it; empty: no call is over"},
	{"audit", T, "end of the audit log, for `--audit-head`; empty: nothing "
	 "is in it"},
};

static const struct notify_field raw_fieldv[] = {
	{"key", T, "of the message, or the method of the gate"},
	{"text", T, "the message, as it is sent"},
};
/* clang-format on */

#define FIELDS(v) v, ARRAY_COUNT(v), false
#define RAW       raw_fieldv, ARRAY_COUNT(raw_fieldv), true

const struct notify_type notify_typev[] = {
	/* clang-format off */
	{"attempt.begun", "call", "A contact may be called and is going to be.",
	 FIELDS(attempt_fieldv)},
	{"attempt.ended", "call", "How that went, also where nothing was sent "
	 "or a crash left it in doubt.", FIELDS(attempt_fieldv)},
	{"call.ringing", "call", "The other side rings.",
	 FIELDS(moment_fieldv)},
	{"call.answered", "call", "Somebody or something answered.",
	 FIELDS(moment_fieldv)},
	{"call.step", "call", "A step of the conversation, a row of "
	 "`conversation`.", FIELDS(step_fieldv)},
	{"call.intention", "call", "The callee is interested, or the script "
	 "triggered it: somebody should look now.", FIELDS(intention_fieldv)},
	{"call.ended", "call", "The call is over.", FIELDS(call_fieldv)},
	{"call.labelled", "call", "It is over with a label.",
	 FIELDS(label_fieldv)},
	{"number.blocked", "call", "Somebody said stop, complained, or ended a "
	 "call as block_on says: they are called at none of their numbers.",
	 FIELDS(blocked_fieldv)},
	{"campaign.state", "campaign", "A campaign was started, paused, "
	 "stopped.", FIELDS(campaign_fieldv)},
	{"import.done", "list", "A list was read.", FIELDS(import_fieldv)},
	{"line.state", "line", "A line came up or went down.",
	 FIELDS(line_fieldv)},
	{"gate.answered", "call", "What a 1C database answered, through a "
	 "bridge of the bus, to an event of a robot call (autocall.md).",
	 FIELDS(gate_fieldv)},
	{"audit.head", "chain", "Where the records of calls end, to be kept "
	 "away from whoever can write the database: once a day, and at the "
	 "end of a process, where it is another than before (operations.md).",
	 FIELDS(head_fieldv)},
	{"ones_http_event", "call", "What a robot call of the compatible "
	 "service (autocall.md) tells a 1C database.", RAW},
	{"ami_client_event", "user", "What a call with an operator tells the "
	 "user who asked for it.", RAW},
	{"ones_socket_send_user", "user", "A text for the softphones of a user "
	 "of that service.", RAW},
	{"user_auth", "user", "A softphone of a user is connected.",
	 RAW},
	{"user_unauth", "user", "It is gone.", RAW},
	/* clang-format on */
};
const size_t notify_typec = ARRAY_COUNT(notify_typev);

const struct notify_type *notify_type_find(const char *name)
{
	for (size_t i = 0; i < notify_typec; i++) {
		if (!strcmp(notify_typev[i].name, name))
			return &notify_typev[i];
	}

	return NULL;
}
