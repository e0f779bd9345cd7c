/*
 * autocall/autocall_cfg.c - what can be set
 */
#include "autocall/autocall_parts.h"

/* clang-format off */
static const struct cfg_key keyv[] = {
	{"on", CFG_BOOL, "no", NULL, "Whether `dialwright serve` offers it."},
	{"address", CFG_TEXT, "127.0.0.1", NULL,
	 "Address to listen on; any but loopback needs clients."},
	{"port", CFG_NUMBER, "8090", "0..65535",
	 "Of /make_call_auto and the like; 0: a free one."},
	{"clients", CFG_TEXT, "", NULL,
	 "Addresses that may ask and connect, \"10.0.0.5, 10.0.0.6\"; empty: "
	 "any that reaches it, on loopback only."},
	{"cert_file", CFG_TEXT, "", NULL,
	 "Certificate (PEM): with key_file it speaks https."},
	{"key_file", CFG_TEXT, "", NULL, "Its private key (PEM)."},
	{"line", CFG_TEXT, "", NULL,
	 "The [line NAME] to call over; empty: the first."},
	{"operator_line", CFG_TEXT, "", NULL,
	 "The [line NAME] to operators' telephones; empty: as line."},
	{"operator_prefix", CFG_TEXT, "", NULL,
	 "Put in front of an operator's extension, the 101 of "
	 "channel=SIP/101."},
	{"operator_digits", CFG_NUMBER, "6", "1..32",
	 "A longer number is none of an operator."},
	{"operator_ring_ms", CFG_NUMBER, "30000", "1000..300000",
	 "How long an operator's telephone rings."},
	{"client_ring_ms", CFG_NUMBER, "45000", "1000..300000",
	 "How long the client's rings then."},
	{"ring_sound", CFG_TEXT, "tone_stream://v=-14;%(1000,4000,425)", NULL,
	 "What the operator hears meanwhile, again and again, as in a prompt "
	 "of a script: a tone, a file, a text; empty: nothing."},
	{"busy_sound", CFG_TEXT,
	 "tone_stream://v=-14;%(350,350,425);loops=8", NULL,
	 "What the operator hears before the end where the client is busy or "
	 "refuses; empty: nothing."},
	{"missed_sound", CFG_TEXT,
	 "tone_stream://v=-14;%(175,175,425);loops=16", NULL,
	 "The same where the client does not answer or cannot be reached."},
	{"prefix", CFG_TEXT, "8", NULL,
	 "Put in front of exten, unless that begins with +."},
	{"country", CFG_TEXT, "RU", NULL,
	 "Of numbers without one; what is no number there is dialled as it "
	 "is."},
	{"calls", CFG_NUMBER, "20", "1..1000", "Its calls at a time."},
	{"attempts", CFG_NUMBER, "2", "0..100",
	 "A task is given up, with code 4, when so many calls reached nobody; "
	 "0: never."},
	{"method", CFG_TEXT, "auto_call_set_status", NULL,
	 "Key of its events, the method of the gate."},
	{"init_upper", CFG_BOOL, "no", NULL,
	 "Whether the id of the event init is in capitals, as it used to be."},
	{"zone", CFG_TEXT, "Europe/Moscow", NULL,
	 "Time zone of event_date."},
	{"language", CFG_TEXT, "ru", NULL,
	 "Of recordings that /speech_to_text gets."},
	{"asr_params", CFG_TEXT, "", NULL,
	 "For their recogniser, as asr_params of a script."},
	{"answer_ms", CFG_NUMBER, "10000", "100..60000",
	 "How long it may take for their text."},
	{"yes", CFG_TEXT,
	 "да, ага, угу, конечно, хорошо, верно, все верно, приеду, приедем, "
	 "согласен, согласна, согласны, подтвержда*, буду, не против, "
	 "почему бы и нет", NULL,
	 "Answers of code 1: phrases, with * for any ending; file:PATH for a "
	 "longer list."},
	{"no", CFG_TEXT,
	 "нет, неа, против, отказываюсь, отмен*, не приеду, не приедем, "
	 "не буду, не смогу, не могу, не сможем, не получится, вряд ли", NULL,
	 "Answers of code 2."},
	{"again", CFG_TEXT,
	 "перезапишите, перезаписать, перезапись, повтори*, еще раз", NULL,
	 "Answers of code 3."},
	{"negators", CFG_TEXT, "не, ни", NULL,
	 "Words that turn the phrase behind them round."},
	{"softeners", CFG_TEXT, "очень, совсем, вполне, особо, сильно", NULL,
	 "Words that may stand between."},
	{"softphones", CFG_BOOL, "no", NULL,
	 "Whether softphones of users may connect."},
	{"push_port", CFG_NUMBER, "11000", "0..65535",
	 "Where they connect (TCP)."},
	{"event_port", CFG_NUMBER, "11001", "0..65535",
	 "Of /api_user_event, for what they are sent."},
	{"push_clients", CFG_NUMBER, "500", "1..10000",
	 "Softphones at a time."},
};

static const struct cfg_key file_keyv[] = {
	{"script", CFG_TEXT, NULL, NULL,
	 "The conversation: a script's file. ${id} and ${exten} are those of "
	 "the request."},
	{"sound", CFG_TEXT, "", NULL, "For ${sound} of the script."},
};
/* clang-format on */

const struct cfg_table autocall_cfg_table = {
	.section = "autocall",
	.help = "The service of an older robot, see autocall.md.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

const struct cfg_table autocall_file_cfg_table = {
	.section = "autocall_file",
	.is_named = true,
	.help = "What file=NAME of /make_call_auto stands for.",
	.keyv = file_keyv,
	.keyc = ARRAY_COUNT(file_keyv),
};
