/*
 * api/routes_run.c - the routes of what is run: campaigns, lines, sinks
 */
#include "api/handlers.h"
#include "base/mem.h"

#define API      "/api/v1"
#define CAMPAIGN API "/campaigns/{name}"

/* clang-format off */
static const struct field campaign_reply[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"state", FIELD_TEXT, true, "draft|running|paused|done", ""},
	{"script", FIELD_TEXT, true, NULL, "what its calls are held by"},
	{"created", FIELD_TIME, true, NULL, ""},
	{"contacts", FIELD_NUMBER, true, NULL, "of its lists"},
	{"done", FIELD_NUMBER, true, NULL, "of them, not to be called again"},
	{"attempts", FIELD_NUMBER, true, NULL, "calls so far"},
	{"client", FIELD_TEXT, true, NULL, "on whose behalf, empty: nobody's"},
	{"running", FIELD_TEXT, true, NULL,
	 "what the daemon does with it now, empty: nothing"},
	{"held", FIELD_TEXT, true, NULL,
	 "which published list keeps it from calling, and what to do; empty: "
	 "none"},
	{"plan", FIELD_OBJECT, false, NULL,
	 "as PUT takes it; one campaign's reply alone has it"},
};

static const struct field plan_body[] = {
	{"script", FIELD_TEXT, true, NULL,
	 "of a published one: \"appointment\", or \"appointment@3\""},
	{"script_version", FIELD_TEXT, false, NULL, "that was meant"},
	{"lists", FIELD_LIST, true, NULL,
	 "up to 64 {\"name\": \"clients\", \"priority\": 5}; higher ones are "
	 "called first"},
	{"lines", FIELD_TEXT, false, NULL,
	 "\"main second, spare\"; the first line unless said"},
	{"group", FIELD_TEXT, false, NULL, "a [group] instead of lines"},
	{"calls", FIELD_NUMBER, false, "1..5000", "at once"},
	{"calls_per_s", FIELD_REAL, false, NULL, "0: any"},
	{"ring_s", FIELD_NUMBER, false, "5..180", "how long it may ring"},
	{"priority", FIELD_NUMBER, false, "0..100",
	 "over other campaigns, where a line has no room for all"},
	{"rules", FIELD_OBJECT, false, NULL, "as docs/rules.md has them"},
};

static const struct field count_reply[] = {
	{"kind", FIELD_TEXT, true, NULL,
	 "contact (by state), refused (by rule), outcome (of attempts), label "
	 "(of calls)"},
	{"word", FIELD_TEXT, true, NULL, ""},
	{"n", FIELD_NUMBER, true, NULL, ""},
};

static const struct field sum_reply[] = {
	{"kind", FIELD_TEXT, true, NULL,
	 "all, outcome, label, class, line, hour"},
	{"word", FIELD_TEXT, true, NULL, "an hour is its begin"},
	{"calls", FIELD_NUMBER, true, NULL, "attempts that count"},
	{"answered", FIELD_NUMBER, true, NULL, "by whoever or whatever"},
	{"talk_ms", FIELD_NUMBER, true, NULL, "of all of them together"},
	{"intention", FIELD_NUMBER, true, NULL, "of all of them together"},
};

static const struct field after_query[] = {
	{"limit", FIELD_NUMBER, false, "1..500", "rows at most, 100"},
	{"after", FIELD_NUMBER, false, "0..9223372036854775807",
	 "`next` of the page before"},
};

static const struct field result_reply[] = {
	{"contact", FIELD_NUMBER, true, NULL, "its id"},
	{"number", FIELD_TEXT, true, NULL, ""},
	{"state", FIELD_TEXT, true, "ready|claimed|done", ""},
	{"reason", FIELD_TEXT, true, NULL, "why it is not called"},
	{"attempts", FIELD_NUMBER, true, NULL, ""},
	{"call", FIELD_TEXT, true, NULL, "id of the last call"},
	{"outcome", FIELD_TEXT, true, NULL, "of the last call"},
	{"line", FIELD_TEXT, true, NULL, "of the last call"},
	{"started", FIELD_TIME, true, NULL, ""},
	{"answered", FIELD_TIME, true, NULL, ""},
	{"ended", FIELD_TIME, true, NULL, ""},
	{"label", FIELD_TEXT, true, NULL, ""},
	{"intention", FIELD_NUMBER, true, NULL, ""},
	{"class", FIELD_TEXT, true, NULL, ""},
	{"heard", FIELD_TEXT, true, NULL, "what the callee said"},
};

static const struct field foresee_reply[] = {
	{"now", FIELD_NUMBER, true, NULL, "people who may be called now"},
	{"later", FIELD_NUMBER, true, NULL, "who may be called later"},
	{"never", FIELD_NUMBER, true, NULL, "whom a rule forbids for good"},
	{"over", FIELD_NUMBER, true, NULL, "who are done"},
	{"rules", FIELD_LIST, true, NULL,
	 "what refuses: {\"rule\", \"n\", \"first\"}"},
	{"end", FIELD_TIME, true, NULL, "when the last one is called"},
	{"left", FIELD_NUMBER, true, NULL,
	 "people who are not reached within a year, or before the end"},
};

static const struct field service_reply[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"kind", FIELD_TEXT, true, NULL, "the protocol, as docs/speech has it"},
	{"role", FIELD_TEXT, true, "hears|speaks", ""},
	{"language", FIELD_TEXT, true, NULL, "that it is for, empty: any"},
	{"host", FIELD_TEXT, true, NULL, "empty: where the kind usually is"},
	{"state", FIELD_TEXT, true, "unused|works|fails",
	 "since the program began"},
	{"error", FIELD_TEXT, true, NULL, "the last one"},
	{"failed", FIELD_TIME, true, NULL, "when that was"},
	{"worked", FIELD_TIME, true, NULL, "last"},
	{"failures", FIELD_NUMBER, true, NULL, "since the program began"},
	{"requests", FIELD_NUMBER, true, NULL, "since then"},
	{"characters", FIELD_NUMBER, true, NULL, "since then"},
	{"audio_ms", FIELD_NUMBER, true, NULL, "since then"},
	{"keys", FIELD_LIST, true, NULL,
	 "of each, in the order of `key`: {\"asked\" today, \"day_max\", "
	 "\"used\" now, \"use_max\", \"rests_ms\"}; a most of 0 is any"},
};

static const struct field usage_query[] = {
	{"days", FIELD_NUMBER, false, "1..3660", "today included, 31"},
};

static const struct field usage_reply[] = {
	{"day", FIELD_TIME, true, NULL, "its begin, UTC"},
	{"service", FIELD_TEXT, true, NULL, ""},
	{"requests", FIELD_NUMBER, true, NULL, ""},
	{"characters", FIELD_NUMBER, true, NULL, "that were spoken"},
	{"audio_ms", FIELD_NUMBER, true, NULL, "spoken or heard"},
	{"beside_requests", FIELD_NUMBER, true, NULL,
	 "of them outside of calls: prompts made ahead, trials, the "
	 "speech-proxy"},
	{"beside_characters", FIELD_NUMBER, true, NULL, "likewise"},
	{"beside_audio_ms", FIELD_NUMBER, true, NULL, "likewise"},
};

static const struct field try_say_body[] = {
	{"text", FIELD_TEXT, true, NULL, "1 to 500 characters"},
	{"voice", FIELD_TEXT, false, NULL, "one of the service's"},
	{"language", FIELD_TEXT, false, NULL, "en"},
	{"rate", FIELD_NUMBER, false, "8000..16000",
	 "8000, or 16000 samples a second"},
};

static const struct field try_listen_query[] = {
	{"language", FIELD_TEXT, false, NULL, "en"},
	{"hints", FIELD_TEXT, false, NULL, "phrases that are likely: \"a,b\""},
};

static const struct field try_listen_reply[] = {
	{"text", FIELD_TEXT, true, NULL, "empty: not understood"},
	{"score", FIELD_NUMBER, true, NULL, "percent"},
	{"audio_ms", FIELD_NUMBER, true, NULL, "of the sound"},
	{"connect_ms", FIELD_NUMBER, false, NULL, "null: not measured"},
	{"partial_ms", FIELD_NUMBER, false, NULL,
	 "from the first sound to the first words; null: none came early"},
	{"final_ms", FIELD_NUMBER, false, NULL, "behind the last sound"},
};

static const struct field line_reply[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"state", FIELD_TEXT, true, "ready|registering|refused|unreachable",
	 ""},
	{"reason", FIELD_TEXT, true, NULL, "what the server said last"},
	{"server", FIELD_TEXT, true, NULL, ""},
	{"caller_id", FIELD_TEXT, true, NULL, ""},
	{"calls_max", FIELD_NUMBER, true, NULL, "at once, 0: any"},
	{"calls_per_s", FIELD_REAL, true, NULL, "0: any"},
};

static const struct field probe_reply[] = {
	{"answers", FIELD_BOOL, true, NULL, ""},
	{"words", FIELD_TEXT, true, NULL, "what was seen, and what to do"},
};

static const struct field sink_reply[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"waiting", FIELD_NUMBER, true, NULL, "events not settled yet"},
	{"undelivered", FIELD_NUMBER, true, NULL, "given up"},
	{"oldest", FIELD_TIME, true, NULL, "of those that wait"},
};

static const struct field undelivered_query[] = {
	{"sink", FIELD_TEXT, false, NULL, "of this one alone"},
};

static const struct field undelivered_reply[] = {
	{"sink", FIELD_TEXT, true, NULL, ""},
	{"seq", FIELD_NUMBER, true, NULL, "its place"},
	{"id", FIELD_TEXT, true, NULL, "of the event"},
	{"type", FIELD_TEXT, true, NULL, "of the event"},
	{"key", FIELD_TEXT, true, NULL, "what it is about"},
	{"at", FIELD_TIME, true, NULL, "when it was given up"},
	{"tries", FIELD_NUMBER, true, NULL, ""},
	{"fault", FIELD_TEXT, true, NULL, "of the last try"},
	{"is_again", FIELD_BOOL, true, NULL, "it waits for another try"},
};

static const struct field again_body[] = {
	{"seq", FIELD_NUMBER, false, "1..9223372036854775807",
	 "this event; all of the sink unless said"},
};

static const struct field again_reply[] = {
	{"count", FIELD_NUMBER, true, NULL, "events that are tried again"},
};

static const struct route routev[] = {
	/* campaigns */
	{"GET", API "/campaigns", "campaigns.read", r_campaigns, "campaigns",
	 "All campaigns.", .reply = FIELDS(campaign_reply), .is_page = true},
	{"GET", CAMPAIGN, "campaigns.read", r_campaign, "campaigns",
	 "One campaign with its plan.", .reply = FIELDS(campaign_reply)},
	{"PUT", CAMPAIGN, "campaigns.write", r_campaign_put, "campaigns",
	 "Make a draft, or replace it.", .body = FIELDS(plan_body),
	 .is_matched = true, .status = 204},
	{"POST", CAMPAIGN "/start", "campaigns.run", r_campaign_start,
	 "campaigns", "Call: a draft, or one that ended.", .status = 204},
	{"POST", CAMPAIGN "/pause", "campaigns.run", r_campaign_pause,
	 "campaigns", "No new calls from the answer on; talks go on.",
	 .status = 204},
	{"POST", CAMPAIGN "/resume", "campaigns.run", r_campaign_resume,
	 "campaigns", "Go on.", .status = 204},
	{"POST", CAMPAIGN "/stop", "campaigns.run", r_campaign_stop,
	 "campaigns", "End it: no new calls; talks go on.", .status = 204},
	{"GET", CAMPAIGN "/counts", "campaigns.read", r_campaign_counts,
	 "campaigns", "How far it is.", .reply = FIELDS(count_reply),
	 .is_page = true},
	{"GET", CAMPAIGN "/report", "campaigns.read", r_campaign_report,
	 "campaigns", "What came of it, in sums.", .reply = FIELDS(sum_reply),
	 .is_page = true},
	{"GET", CAMPAIGN "/results", "campaigns.read", r_campaign_results,
	 "campaigns", "What came of each contact.",
	 .query = FIELDS(after_query), .reply = FIELDS(result_reply),
	 .is_page = true},
	{"GET", CAMPAIGN "/dry-run", "campaigns.read", r_campaign_foresee,
	 "campaigns", "Who would be called, and when.",
	 .reply = FIELDS(foresee_reply)},

	/* lines, services */
	{"GET", API "/lines", "system.read", r_lines, "lines",
	 "Lines and how they are.", .reply = FIELDS(line_reply),
	 .is_page = true},
	{"POST", API "/lines/{name}/probe", "campaigns.run", r_line_probe,
	 "lines", "Ask a line whether it answers.",
	 .reply = FIELDS(probe_reply)},
	{"GET", API "/services", "system.read", r_services, "services",
	 "Services that listen and speak, and how they are.",
	 .reply = FIELDS(service_reply), .is_page = true},
	{"GET", API "/services/usage", "system.read", r_services_usage,
	 "services", "What they did, by day.", .query = FIELDS(usage_query),
	 .reply = FIELDS(usage_reply), .is_page = true},
	{"POST", API "/services/{name}/say", "services.try", r_service_say,
	 "services", "Let a voice speak a text; the header Server-Timing says "
	 "how long it took.", .body = FIELDS(try_say_body),
	 .type = "audio/wav"},
	{"POST", API "/services/{name}/listen", "services.try",
	 r_service_listen, "services", "Let a recogniser hear a sound (WAV, "
	 "MP3, FLAC or Ogg, a minute at most), told as it would be spoken.",
	 .query = FIELDS(try_listen_query), .reply = FIELDS(try_listen_reply),
	 .taking = HTTPD_BODY_FILE, .body_limit = 10 << 20},

	/* events for other systems */
	{"GET", API "/sinks", "events.read", r_sinks, "events",
	 "Who is told of events, and how far they are.",
	 .reply = FIELDS(sink_reply), .is_page = true},
	{"DELETE", API "/sinks/{name}", "events.write", r_sink_forget,
	 "events", "Forget a sink that is configured no more.",
	 .status = 204},
	{"POST", API "/sinks/{name}/again", "events.write", r_again, "events",
	 "Try again what was given up.", .body = FIELDS(again_body),
	 .reply = FIELDS(again_reply)},
	{"GET", API "/undelivered", "events.read", r_undelivered, "events",
	 "What was given up, and why.", .query = FIELDS(undelivered_query),
	 .reply = FIELDS(undelivered_reply), .is_page = true},
};
/* clang-format on */

const struct route_chapter route_runv = FIELDS(routev);
