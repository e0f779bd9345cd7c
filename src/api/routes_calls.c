/*
 * api/routes_calls.c - the routes of calls and of what happens in them
 */
#include "api/handlers.h"
#include "base/mem.h"

#define API  "/api/v1"
#define CALL API "/calls/{id}"

/* clang-format off */
static const struct field place_body[] = {
	{"number", FIELD_TEXT, true, NULL, "whom to call"},
	{"script", FIELD_TEXT, true, NULL,
	 "\"appointment\", its latest version, or \"appointment@3\""},
	{"line", FIELD_TEXT, false, NULL, "the first one unless said"},
	{"variables", FIELD_OBJECT, false, NULL,
	 "texts for the script, by name"},
	{"caller_id", FIELD_TEXT, false, NULL,
	 "number to be shown; the line's unless said"},
	{"identity", FIELD_TEXT, false, NULL,
	 "value of the Identity header (STIR), signed by others for this call: "
	 "goes out as it is; else the line signs, where it has a key"},
	{"ring_s", FIELD_NUMBER, false, "5..180", "how long it may ring"},
};

static const struct field place_reply[] = {
	{"id", FIELD_TEXT, true, NULL, "of the call"},
	{"number", FIELD_TEXT, true, NULL, "as it is dialled"},
	{"line", FIELD_TEXT, true, NULL, ""},
	{"script", FIELD_TEXT, true, NULL, "with its version"},
};

static const struct field calls_query[] = {
	{"limit", FIELD_NUMBER, false, "1..500",
	 "calls under way, and of those that are over, at most; 100 unless "
	 "said"},
	{"before", FIELD_TEXT, false, NULL, "`next` of the page before"},
	{"state", FIELD_TEXT, false, "live|over", "both unless said"},
	{"number", FIELD_TEXT, false, NULL, "to this one"},
	{"outcome", FIELD_TEXT, false, NULL, "\"answered\", \"busy\", …"},
	{"label", FIELD_TEXT, false, NULL, ""},
	{"campaign", FIELD_TEXT, false, NULL, "its name"},
	{"since", FIELD_TIME, false, NULL, "began then or later"},
	{"until", FIELD_TIME, false, NULL, "began before"},
};

static const struct field call_reply[] = {
	{"id", FIELD_TEXT, true, NULL, ""},
	{"state", FIELD_TEXT, true, "dialling|talking|ending|over",
	 "all but the last are under way: what follows `answer` here comes "
	 "with the end"},
	{"direction", FIELD_TEXT, true, "out|in", ""},
	{"number", FIELD_TEXT, true, NULL, ""},
	{"line", FIELD_TEXT, true, NULL, ""},
	{"script", FIELD_TEXT, true, NULL, ""},
	{"script_version", FIELD_TEXT, true, NULL, ""},
	{"start", FIELD_TIME, true, NULL, ""},
	{"answer", FIELD_TIME, true, NULL, "null: nobody did (yet)"},
	{"end", FIELD_TIME, false, NULL, ""},
	{"outcome", FIELD_TEXT, false, NULL, "how it ended"},
	{"label", FIELD_TEXT, false, NULL, "what the script concluded"},
	{"intention", FIELD_NUMBER, false, NULL, ""},
	{"class_letter", FIELD_TEXT, false, NULL, ""},
	{"heard", FIELD_TEXT, false, NULL, "what was understood"},
	{"campaign", FIELD_TEXT, false, NULL, "empty: none"},
	{"attempt", FIELD_NUMBER, false, NULL, "of the contact, 0: none"},
	{"has_recording", FIELD_BOOL, false, NULL, ""},
	{"variables", FIELD_OBJECT, false, NULL,
	 "at the end; this and what follows only of one call"},
	{"counters", FIELD_OBJECT, false, NULL, ""},
	{"media", FIELD_OBJECT, false, NULL, "how it sounded"},
	{"answerer", FIELD_OBJECT, false, NULL, "who answered, and why so"},
	{"services", FIELD_OBJECT, false, NULL, "what was used of them"},
};

static const struct field step_reply[] = {
	{"createtime", FIELD_TIME, true, NULL, ""},
	{"callid", FIELD_TEXT, true, NULL, ""},
	{"current_appid", FIELD_TEXT, true, NULL, ""},
	{"sequence", FIELD_NUMBER, true, NULL, ""},
	{"current_flowid", FIELD_TEXT, true, NULL, "the node"},
	{"input_type", FIELD_NUMBER, true, NULL, ""},
	{"input_args", FIELD_TEXT, true, NULL, "what came"},
	{"input_nlp_args", FIELD_TEXT, true, NULL, ""},
	{"input_start_time", FIELD_TIME, true, NULL, ""},
	{"input_duration", FIELD_NUMBER, true, NULL, ""},
	{"input_play_time", FIELD_NUMBER, true, NULL, ""},
	{"matching_method", FIELD_NUMBER, true, NULL, ""},
	{"matching_condition", FIELD_TEXT, true, NULL, ""},
	{"condition_id", FIELD_TEXT, true, NULL, ""},
	{"condition_weight", FIELD_NUMBER, true, NULL, ""},
	{"matching_keyword", FIELD_TEXT, true, NULL, ""},
	{"response_type", FIELD_NUMBER, true, NULL, ""},
	{"response_description", FIELD_TEXT, true, NULL, ""},
	{"response_id", FIELD_TEXT, true, NULL, "where it led"},
	{"response_action", FIELD_TEXT, true, NULL, ""},
	{"response_args", FIELD_TEXT, true, NULL, ""},
	{"repetition", FIELD_NUMBER, true, NULL, ""},
	{"potential", FIELD_TEXT, true, NULL, ""},
	{"record", FIELD_TEXT, true, NULL, ""},
	{"heard_by", FIELD_TEXT, true, NULL, "the recogniser"},
	{"speech_end_ms", FIELD_NUMBER, true, NULL,
	 "this and what follows: since the answer, 0: does not apply"},
	{"text_ms", FIELD_NUMBER, true, NULL, ""},
	{"decision_ms", FIELD_NUMBER, true, NULL, ""},
	{"audio_ms", FIELD_NUMBER, true, NULL, ""},
};

static const struct field words_reply[] = {
	{"at", FIELD_TIME, true, NULL, ""},
	{"who", FIELD_TEXT, true, "robot|callee|keys", ""},
	{"text", FIELD_TEXT, true, NULL, ""},
	{"node", FIELD_TEXT, true, NULL, "of the script"},
};

static const struct field replay_body[] = {
	{"script", FIELD_TEXT, true, NULL, "name, or \"name@3\""},
};

static const struct field replay_reply[] = {
	{"parting", FIELD_TEXT, true, "same|match|words|result|path",
	 "the gravest way in which it goes otherwise now"},
	{"steps", FIELD_LIST, true, NULL, "step, parting, was, now"},
	{"was", FIELD_OBJECT, true, NULL,
	 "label, class_letter, intention; null: not concluded"},
	{"now", FIELD_OBJECT, true, NULL, "the same; null: nobody knows"},
};

static const struct field events_query[] = {
	{"types", FIELD_TEXT, false, NULL,
	 "\"call.*,attempt.ended\"; all unless said"},
	{"after", FIELD_NUMBER, false, "0..9223372036854775807",
	 "the id of the last one seen, as Last-Event-ID; from now on unless "
	 "said"},
};

static const struct route routev[] = {
	{"POST", API "/calls", "calls.place", r_call_place, "calls",
	 "Call somebody now.", .body = FIELDS(place_body),
	 .reply = FIELDS(place_reply), .status = 202},
	{"GET", API "/calls", "calls.read", r_calls, "calls",
	 "Calls, the latest first; those under way come first of all.",
	 .query = FIELDS(calls_query), .reply = FIELDS(call_reply),
	 .is_page = true, .is_next_text = true},
	{"GET", CALL, "calls.read", r_call, "calls", "One call.",
	 .reply = FIELDS(call_reply)},
	{"POST", CALL "/hangup", "calls.place", r_call_hangup, "calls",
	 "Hang up.", .status = 204},
	{"GET", CALL "/steps", "calls.read", r_call_steps, "calls",
	 "The rows of a conversation: what came, why it led where it led; "
	 "docs/database.md has all columns.",
	 .reply = FIELDS(step_reply), .is_page = true},
	{"GET", CALL "/transcript", "calls.read", r_call_transcript, "calls",
	 "What was said.", .reply = FIELDS(words_reply), .is_page = true},
	{"GET", CALL "/recording", "recordings.read", r_call_recording,
	 "calls", "The sound: a WAV file, or a range of it; who listens is "
	 "noted.", .type = "audio/wav", .is_audited = true},
	{"POST", CALL "/replay", "calls.read", r_call_replay, "calls",
	 "Hold it again by what was heard, with another version of a script.",
	 .body = FIELDS(replay_body), .reply = FIELDS(replay_reply)},
	{"GET", CALL "/live", "calls.read", r_call_live, "live",
	 "What happens in a call under way, as server-sent events.",
	 .type = "text/event-stream"},
	{"GET", API "/events", "events.read", r_events, "live",
	 "What happens, as server-sent events; docs/events.md has the types.",
	 .query = FIELDS(events_query), .type = "text/event-stream"},
};
/* clang-format on */

const struct route_chapter route_callv = FIELDS(routev);
