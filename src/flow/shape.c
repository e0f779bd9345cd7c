/*
 * flow/shape.c - the keys of a script file as tables
 *
 * Spellings are those of the interface that existing editors write; what
 * docs/script.md says about a key stands here and nowhere else.
 */
#include <string.h>
#include "base/mem.h"
#include "flow/script.h"
#include "flow/shape.h"

#define AT(type, member) .offset = offsetof(struct type, member)
#define KEYS(table)      .keyv = (table), .keyc = ARRAY_COUNT(table)
#define ON(action)       (1u << (action))

/* clang-format off */
enum {
	ON_PLAYBACK = ON(ACTION_PLAYBACK),
	ON_SPEAKING = ON(ACTION_PLAYBACK) | ON(ACTION_HANGUP) |
		      ON(ACTION_RETURN),
};

static const double int_max = INT32_MAX;

static const struct key listen_keyv[] = {
	{"mode", KEY_INT, AT(flow_listen, mode), .max = 2, .number = 1,
	 .help = "0 does not listen, 1 listens while the prompt plays, 2 only "
	         "after it"},
	{"interrupt", KEY_INT, AT(flow_listen, interrupt), .max = 1023,
	 .number = 32,
	 .help = "what stops the prompt: 0 a keyword (plus flags 16, 32, 64, "
	         "128, 256, 512), 1 sound, 2 any text, 3 a sentence"},
	{"vad_mode", KEY_INT, AT(flow_listen, vad_mode), .max = 2,
	 .help = "who finds begin and end of speech: 0 we, 1 the recogniser, 2 "
	         "we the begin and the recogniser the end"},
	{"vad_filter", KEY_REAL, AT(flow_listen, vad_filter), .max = 1,
	 .number = 0.2,
	 .help = "noise filter: 0.8 and above the strong one, below it the one "
	         "that follows the loudness"},
	{"asrproxy_addr", KEY_TEXT, AT(flow_listen, asrproxy_addr), .text = "",
	 .help = "who listens: services of the configuration, \"a,b\" in turn, "
	         "\"*a,b\" the first that works; empty: as configured"},
	{"vad_min_active_time_ms", KEY_INT,
	 AT(flow_listen, vad_min_active_time_ms), .max = int_max, .number = 120,
	 .help = "shorter sounds are not speech"},
	{"vad_max_end_silence_time_ms", KEY_INT,
	 AT(flow_listen, vad_max_end_silence_time_ms), .max = int_max,
	 .number = 800,
	 .help = "a longer silence ends the sentence"},
	{"wait_speech_timeout_ms", KEY_INT,
	 AT(flow_listen, wait_speech_timeout_ms), .max = int_max,
	 .number = 5000,
	 .help = "how long to wait for speech when the prompt is over"},
	{"max_speech_time_ms", KEY_INT, AT(flow_listen, max_speech_time_ms),
	 .max = int_max, .number = 20000,
	 .help = "longer speech is cut off"},
	{"hot_word", KEY_TEXT, AT(flow_listen, hot_word), .text = "",
	 .help = "words that the recogniser should expect"},
	{"asr_params", KEY_PARAMS, AT(flow_listen, asr_params), .text = "",
	 .help = "handed to the recogniser as it stands"},
	{"pronounce", KEY_SOUNDS, AT(flow_listen, pronounce), .text = "",
	 .help = "how words of the answers sound, for the local recogniser: "
	         "`{\"SQL\": [\"sequel\", \"S IY K W AH L\", "
	         "\"[[s'i:kw@l]]\"]}`, a way to say it or several, in other "
	         "words, in phones or as espeak-ng writes it; a node's words "
	         "are added to the script's"},
	{"record_mode", KEY_INT, AT(flow_listen, record_mode), .max = 2,
	 .number = 1,
	 .help = "0 keeps no recording of what was said, 1 from the first "
	         "sound, 2 everything"},
	{"record_template", KEY_TEXT, AT(flow_listen, record_template),
	 .text = "",
	 .help = "path of these recordings"},
};

static const struct shape shape_listen = {
	"asr", "How to listen; a node's own keys win over the script's.",
	KEYS(listen_keyv), .size = sizeof(struct flow_listen),
};

static const struct key condition_keyv[] = {
	{"text", KEY_TEXT,
	 AT(link, condition.text) - offsetof(struct link, condition),
	 .help = "regular expression over what was said with its prefix "
	         "letter, or `ANY`"},
	{"complete", KEY_TEXT,
	 AT(link, condition.complete) - offsetof(struct link, condition),
	 .help = "regular expression over how the action ended (`DONE(…)`, "
	         "`TIMEOUT(…)`, `ERROR(…)`, `BREAK(…)`, `HANGUP(…)`; in a "
	         "global flow `MACHINE()` and `SCREENING()` too), or `ANY`"},
	{"dtmf", KEY_TEXT,
	 AT(link, condition.dtmf) - offsetof(struct link, condition),
	 .help = "regular expression over `d` or `D` and the keys, or `ANY`"},
};

static const struct shape shape_condition = {
	"condition", "What leads there; any of them does.",
	KEYS(condition_keyv),
};

static const struct key child_keyv[] = {
	{"flow", KEY_NODE, AT(link, flow), .is_required = 1,
	 .help = "where it leads"},
	{"priority", KEY_INT, AT(link, priority), .min = INT32_MIN,
	 .max = int_max,
	 .help = "the highest is tried first"},
	{"keywordweight", KEY_INT, AT(link, keywordweight), .min = INT32_MIN,
	 .max = int_max,
	 .help = "positive for answers in favour, negative for those against"},
	{"condition", KEY_OBJECT, AT(link, condition),
	 .shape = &shape_condition,
	 .help = "what leads there"},
};

static const struct shape shape_child = {
	"child", "A way on from a node.",
	KEYS(child_keyv), .size = sizeof(struct link),
};

static const struct key filter_keyv[] = {
	{"dtmf", KEY_TEXT, .offset = 0,
	 .help = "keys that end the input, `any`, `none`, or `max=16` for a "
	         "number of keys; without it keys are no input"},
};

static const struct shape shape_filter = {
	"filter", "Which keys count.",
	KEYS(filter_keyv),
};

#define ALERT_KEYS(type) \
	{"triggernotify", KEY_INT, AT(type, alert.is_set), .max = 1, \
	 .help = "1 tells the agents once when this is reached"}, \
	{"triggernotify_linegroup", KEY_TEXT, AT(type, alert.linegroup), \
	 .text = "", \
	 .help = "whom to tell then, instead of `notify_linegroup`"}, \
	{"human_answer_stop_robot", KEY_INT, \
	 AT(type, alert.human_answer_stop_robot), .max = 1, .number = -1, \
	 .help = "1 lets the robot stop when the agent answers, 0 lets the " \
	         "agent listen first; instead of the script's"}

static const struct key node_keyv[] = {
	{"id", KEY_TEXT, AT(node, id), .is_required = 1,
	 .help = "its name, unlike any other node's"},
	{"description", KEY_TEXT, AT(node, description), .text = "",
	 .help = "what it is for"},
	{"action", KEY_ACTION, AT(node, action), .is_required = 1,
	 .choice = "playback|transfer|return|queue|hangup|http|set",
	 .help = "what it does"},
	{"potential", KEY_POTENTIAL, AT(node, potential),
	 .help = "interest shown by coming here: `3` or `-2` adds, `=5` sets, "
	         "a letter sets the class"},
	{"repetition", KEY_INT, AT(node, repetition), .max = int_max,
	 .help = "how often it may be executed in a call; 0 means 20"},
	ALERT_KEYS(node),
	{"children", KEY_LIST, AT(node, children), .shape = &shape_child,
	 .help = "ways on"},
	{"ui", KEY_FREE, .help = "the editor's own; not read"},

	{"playbacks", KEY_PROMPT, AT(node, playbacks), .actions = ON_SPEAKING,
	 .help = "what is said"},
	{"disclosure", KEY_INT, AT(node, disclosure), .max = 1,
	 .actions = ON_SPEAKING,
	 .help = "1: it says who calls and that it is a machine; where "
	         "`rules.disclosure` asks for it, nobody hears anything before "
	         "such a node"},
	{"replaybacks", KEY_PROMPT, AT(node, replaybacks),
	 .actions = ON_PLAYBACK,
	 .help = "what is said the second time"},
	{"thirdplaybacks", KEY_PROMPT, AT(node, thirdplaybacks),
	 .actions = ON_PLAYBACK,
	 .help = "the third time"},
	{"fourplaybacks", KEY_PROMPT, AT(node, fourplaybacks),
	 .actions = ON_PLAYBACK,
	 .help = "the fourth time and later"},
	{"kbplaybacks", KEY_PROMPT, AT(node, kbplaybacks),
	 .actions = ON_PLAYBACK,
	 .help = "what follows an answer of the knowledge base"},
	{"returnplaybacks", KEY_PROMPT, AT(node, returnplaybacks),
	 .actions = ON_PLAYBACK,
	 .help = "what is said on coming back from a global flow"},
	{"kbswitchflow", KEY_JUMP, AT(node, kbswitchflow), .text = "",
	 .actions = ON_PLAYBACK,
	 .help = "where to go after a knowledge-base answer or on coming back, "
	         "instead of a prompt"},
	{"timeoutplaybacks", KEY_PROMPT, AT(node, timeoutplaybacks),
	 .actions = ON_PLAYBACK,
	 .help = "what is said when nothing was heard"},
	{"timeoutaddplayback", KEY_INT, AT(node, timeoutaddplayback), .max = 1,
	 .actions = ON_PLAYBACK,
	 .help = "1 repeats the node's own prompt after it"},
	{"timeoutrepetition", KEY_SECONDS, AT(node, timeoutrepetition),
	 .actions = ON_PLAYBACK,
	 .help = "how often in a row; with the suffix `s` for how many "
	         "seconds"},
	{"mismatchplaybacks", KEY_PROMPT, AT(node, mismatchplaybacks),
	 .actions = ON_PLAYBACK,
	 .help = "what is said when nothing matched"},
	{"mismatchaddplayback", KEY_INT, AT(node, mismatchaddplayback),
	 .max = 1, .actions = ON_PLAYBACK,
	 .help = "1 repeats the node's own prompt after it"},
	{"mismatchrepetition", KEY_TIMES, AT(node, mismatchrepetition),
	 .actions = ON_PLAYBACK,
	 .help = "how often in a row"},
	{"nlpid", KEY_TEXT, AT(node, nlpid), .text = "", .actions = ON_PLAYBACK,
	 .help = "asks the service of `nlp.url` which keyword was meant"},
	{"sourceflowdepth", KEY_INT, AT(node, sourceflowdepth),
	 .max = SCRIPT_STACK_MAX, .actions = ON_PLAYBACK,
	 .help = "listens also to the children of that many sources"},
	{"globalflow", KEY_NAMES, AT(node, globalflow), .actions = ON_PLAYBACK,
	 .help = "global flows to listen to: their ids, or `all`"},
	{"kb", KEY_NAMES, AT(node, kb), .actions = ON_PLAYBACK,
	 .help = "knowledge base to answer from: its categories, or `all`"},
	{"kb_priority", KEY_INT, AT(node, kb_priority), .max = 1,
	 .actions = ON_PLAYBACK,
	 .help = "1 asks the knowledge base before the children"},
	{"filter", KEY_OBJECT, AT(node, filter), .shape = &shape_filter,
	 .actions = ON_PLAYBACK,
	 .help = "which keys count"},
	{"noiserule", KEY_REGEXES, AT(node, noiserule), .actions = ON_PLAYBACK,
	 .help = "what the recogniser makes of noise; not an answer"},
	{"disablebreak", KEY_INT, AT(node, disablebreak), .min = -1,
	 .max = int_max, .actions = ON_PLAYBACK,
	 .help = "−1 cannot be interrupted, 0 always, N not in its first N ms"},
	{"quickresponse", KEY_INT, AT(node, quickresponse), .max = 1,
	 .actions = ON_PLAYBACK,
	 .help = "1 acts on what is heard before the sentence is over"},
	{"asr", KEY_OBJECT, AT(node, listen), .shape = &shape_listen,
	 .actions = ON_PLAYBACK,
	 .help = "how to listen here"},

	{"extension", KEY_TEXT, AT(node, extension), .text = "",
	 .actions = ON(ACTION_TRANSFER),
	 .help = "whom to transfer to"},
	{"dialplan", KEY_TEXT, AT(node, dialplan), .text = "XML",
	 .actions = ON(ACTION_TRANSFER),
	 .help = "kind of dialplan"},
	{"context", KEY_TEXT, AT(node, context), .text = "",
	 .actions = ON(ACTION_TRANSFER),
	 .help = "dialplan context"},

	{"value", KEY_JUMP, AT(node, value), .text = "",
	 .actions = ON(ACTION_RETURN),
	 .help = "where to: empty for the source, `top`, a node, or `text:`, "
	         "`dtmf:`, `complete:` and an input"},
	{"kbreplay", KEY_INT, AT(node, kbreplay), .max = 1,
	 .actions = ON(ACTION_RETURN),
	 .help = "1 plays the knowledge-base answer again"},
	{"blockplay", KEY_INT, AT(node, blockplay), .max = 1,
	 .actions = ON(ACTION_RETURN),
	 .help = "1 comes back without a prompt"},

	{"name", KEY_TEXT, AT(node, name), .text = "",
	 .actions = ON(ACTION_QUEUE),
	 .help = "which queue"},
	{"wait", KEY_WAIT, AT(node, wait), .text = "",
	 .actions = ON(ACTION_QUEUE),
	 .help = "seconds to wait, or `nowait`"},
	{"priority", KEY_INT, AT(node, priority), .max = 2, .number = 1,
	 .actions = ON(ACTION_QUEUE),
	 .help = "0 low, 1 normal, 2 high"},

	{"cause", KEY_TEXT, AT(node, cause), .text = "",
	 .actions = ON(ACTION_HANGUP),
	 .help = "why, for the line"},

	{"url", KEY_TEXT, AT(node, url), .text = "", .actions = ON(ACTION_HTTP),
	 .help = "whom to ask"},
	{"method", KEY_TEXT, AT(node, method), .text = "",
	 .actions = ON(ACTION_HTTP),
	 .help = "GET without a body, POST with one, unless it says otherwise"},
	{"body", KEY_BODY, AT(node, body), .actions = ON(ACTION_HTTP),
	 .help = "object to send; its values may hold `${…}`"},
	{"timeout_ms", KEY_INT, AT(node, timeout_ms), .max = int_max,
	 .number = 5000, .actions = ON(ACTION_HTTP),
	 .help = "how long to wait for the answer"},

	{"variables", KEY_VARS, AT(node, variables), .actions = ON(ACTION_SET),
	 .help = "variables to set; the values may hold `${…}`"},
};

const struct shape shape_node = {
	"node", "One step of the conversation.",
	KEYS(node_keyv), .size = sizeof(struct node),
};

static const struct key entry_keyv[] = {
	{"id", KEY_TEXT, AT(entry, id), .is_required = 1,
	 .help = "its name, unlike any other entry's"},
	{"category", KEY_TEXT, AT(entry, category), .text = "",
	 .help = "what nodes call it by"},
	{"keywords", KEY_REGEXES, AT(entry, keywords),
	 .help = "regular expression of the question, or several"},
	{"playbacks", KEY_PROMPT, AT(entry, playbacks),
	 .help = "the answer"},
	{"repetition", KEY_INT, AT(entry, repetition), .max = int_max,
	 .help = "how often it may be given in a call; 0 means 20"},
	{"potential", KEY_POTENTIAL, AT(entry, potential),
	 .help = "interest shown by the question, as on a node"},
	{"ignorereturnplayback", KEY_INT, AT(entry, ignorereturnplayback),
	 .min = INT32_MIN, .max = int_max,
	 .help = "1 leaves out the node's prompt after the answer"},
	{"switchflow", KEY_JUMP, AT(entry, switchflow), .text = "",
	 .help = "where to go on, instead of the node"},
	ALERT_KEYS(entry),
};

static const struct shape shape_entry = {
	"entry", "A question that may come up, and its answer.",
	KEYS(entry_keyv), .size = sizeof(struct entry),
};

static const struct key global_keyv[] = {
	{"id", KEY_TEXT, AT(global, id), .is_required = 1,
	 .help = "its name, unlike any other global flow's"},
	{"flow", KEY_NODE, AT(global, link.flow), .is_required = 1,
	 .help = "its first node"},
	{"priority", KEY_INT, AT(global, link.priority), .min = INT32_MIN,
	 .max = int_max,
	 .help = "the highest is tried first, among the node's children"},
	{"keywordweight", KEY_INT, AT(global, link.keywordweight),
	 .min = INT32_MIN, .max = int_max,
	 .help = "as on a child"},
	{"condition", KEY_OBJECT, AT(global, link.condition),
	 .shape = &shape_condition,
	 .help = "what leads there"},
	{"timelimit", KEY_LONG, AT(global, timelimit_ms), .max = 9e15,
	 .help = "only in the first so many ms of the call; 0 always"},
	{"countlimit", KEY_INT, AT(global, countlimit), .max = int_max,
	 .help = "only in the first so many sentences; 0 always"},
	{"ignoredisablebreak", KEY_INT, AT(global, ignoredisablebreak),
	 .max = 1,
	 .help = "1 also while the prompt cannot be interrupted"},
};

static const struct shape shape_global = {
	"global", "A way that is open from many nodes.",
	KEYS(global_keyv), .size = sizeof(struct global),
};

static const struct key when_keyv[] = {
	{"var", KEY_CHOICE, AT(when, var), .text = "", .is_required = 1,
	 .choice = "talk_time|respond_count|positive_respond_count|passive_respond_count|intentional_count|unintentional_count|trigger_global_flow|trigger_kb|proactively_hangup|intention|class",
	 .help = "what is compared"},
	{"op", KEY_CHOICE, AT(when, op), .text = "", .is_required = 1,
	 .choice = "==|!=|<|<=|>|>=", .help = "how"},
	{"value", KEY_VALUE, .offset = 0, .is_required = 1,
	 .help = "with what: a number, or a letter for `class`"},
};

static const struct shape shape_when = {
	"when", "One comparison.",
	KEYS(when_keyv), .size = sizeof(struct when),
};

static const struct key label_keyv[] = {
	{"label", KEY_TEXT, AT(label, label), .text = "", .is_required = 1,
	 .help = "what the call is called then"},
	{"when", KEY_LIST, AT(label, when), .shape = &shape_when,
	 .help = "all must hold; none: always"},
};

static const struct shape shape_label = {
	"label", "A class of calls; the first that holds counts.",
	KEYS(label_keyv), .size = sizeof(struct label),
};

static const struct key intention_keyv[] = {
	{"intention_threshold", KEY_MAYBE,
	 AT(intention_prm, intention_threshold),
	 .help = "an intention above it tells the agents"},
	{"intention_label", KEY_TEXT, AT(intention_prm, intention_label),
	 .text = "",
	 .help = "this class tells the agents"},
	{"calltime_threshold", KEY_MAYBE, AT(intention_prm, calltime_threshold),
	 .help = "more seconds of talk tell the agents"},
	{"notify_condition", KEY_INT, AT(intention_prm, notify_condition),
	 .max = 1,
	 .help = "0: intention or time, 1: both"},
	{"notify_http", KEY_TEXT, AT(intention_prm, notify_http), .text = "",
	 .help = "address that is told"},
	{"notify_linegroup", KEY_TEXT, AT(intention_prm, notify_linegroup),
	 .text = "",
	 .help = "agents that are told"},
	{"human_answer_stop_robot", KEY_INT,
	 AT(intention_prm, human_answer_stop_robot), .max = 1,
	 .help = "1 lets the robot stop when the agent answers, 0 lets the " \
	         "agent listen first"},
	{"beep_time", KEY_INT, AT(intention_prm, beep_time_ms), .max = int_max,
	 .help = "ms of beep when the agent answers"},
	{"rest_time", KEY_INT, AT(intention_prm, rest_time_ms), .max = int_max,
	 .help = "ms of rest for the agent after the call"},
};

static const struct shape shape_intention = {
	"intention", "When to tell the agents that someone is interested.",
	KEYS(intention_keyv), .size = sizeof(struct intention_prm),
};

static const struct key nlp_keyv[] = {
	{"url", KEY_TEXT, AT(nlp_prm, url), .text = "",
	 .help = "service that says which keyword was meant"},
	{"timeout_ms", KEY_INT, AT(nlp_prm, timeout_ms), .max = int_max,
	 .number = 800,
	 .help = "how long to wait for it"},
	{"synonyms", KEY_SYNONYMS, AT(nlp_prm, synonyms),
	 .help = "groups of words; `@name` in an expression stands for them"},
};

static const struct shape shape_nlp = {
	"nlp", "Help with understanding.",
	KEYS(nlp_keyv), .size = sizeof(struct nlp_prm),
};

static const struct key tts_keyv[] = {
	{"url", KEY_TEXT, AT(tts_prm, url), .text = "",
	 .help = "service that speaks: the one of the configuration that is "
		 "at this address"},
	{"config", KEY_TEXT, AT(tts_prm, config), .text = "",
	 .help = "which of its configurations"},
	{"engine", KEY_ENGINE, AT(tts_prm, engine), .text = "",
	 .help = "which of its engines"},
	{"voice", KEY_TEXT, AT(tts_prm, voice), .text = "",
	 .help = "the voice; empty takes the next of `voices` for each call"},
	{"voices", KEY_ARRAY, AT(tts_prm, voices),
	 .help = "voices to take in turn"},
	{"volume", KEY_INT, AT(tts_prm, volume), .max = 100,
	 .help = "1 to 100; 0 is the default"},
	{"speechrate", KEY_INT, AT(tts_prm, speechrate), .max = 100,
	 .help = "1 to 100; 0 is the default"},
	{"pitchrate", KEY_INT, AT(tts_prm, pitchrate), .max = 100,
	 .help = "1 to 100; 0 is the default"},
};

static const struct shape shape_tts = {
	"tts", "How text is spoken.",
	KEYS(tts_keyv), .size = sizeof(struct tts_prm),
};

static const struct key script_keyv[] = {
	{"version", KEY_TEXT, AT(flow_script, version), .text = "",
	 .help = "shown in the first step of each call"},
	{"description", KEY_TEXT, AT(flow_script, description), .text = "",
	 .help = "what it is for"},
	{"language", KEY_TEXT, AT(flow_script, language), .text = "",
	 .help = "BCP 47; of both speaking and listening"},
	{"start", KEY_NODE, AT(flow_script, start), .is_required = 1,
	 .help = "first node"},
	{"variables", KEY_VARS, AT(flow_script, variables),
	 .help = "defaults; a call's own win"},
	{"recordings", KEY_TEXT, AT(flow_script, recordings), .text = "",
	 .help = "folder of recorded prompts"},
	{"tts", KEY_OBJECT, AT(flow_script, tts), .shape = &shape_tts,
	 .help = "how text is spoken"},
	{"asr", KEY_OBJECT, AT(flow_script, asr), .shape = &shape_listen,
	 .help = "how to listen"},
	{"nlp", KEY_OBJECT, AT(flow_script, nlp), .shape = &shape_nlp,
	 .help = "help with understanding"},
	{"intention", KEY_OBJECT, AT(flow_script, intention),
	 .shape = &shape_intention,
	 .help = "when to tell the agents"},
	{"label", KEY_LIST, AT(flow_script, label), .shape = &shape_label,
	 .help = "classes of calls"},
	{"kb", KEY_LIST, AT(flow_script, kb), .shape = &shape_entry,
	 .help = "knowledge base"},
	{"globalflow", KEY_LIST, AT(flow_script, globalflow),
	 .shape = &shape_global,
	 .help = "ways open from many nodes"},
	{"flow", KEY_LIST, AT(flow_script, flow), .shape = &shape_node,
	 .count_max = SCRIPT_NODES_MAX, .help = "the nodes"},
};
/* clang-format on */

const struct shape shape_script = {
	"script",
	"A whole conversation.",
	KEYS(script_keyv),
	.size = sizeof(struct flow_script),
};

const char *shape_choice(const char *choice, size_t i, size_t *lenp)
{
	while (i--) {
		choice = strchr(choice, '|');
		if (!choice)
			return NULL;
		choice++;
	}
	*lenp = strcspn(choice, "|");

	return choice;
}

int shape_choose(const char *choice, const char *word)
{
	const char *at;
	size_t len;

	for (size_t i = 0; (at = shape_choice(choice, i, &len)); i++)
		if (strlen(word) == len && !memcmp(at, word, len))
			return (int)i;

	return -1;
}
