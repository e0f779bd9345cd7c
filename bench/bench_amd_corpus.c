/*
 * bench/bench_amd_corpus.c - who answers, and with which words
 */
#include "base/mem.h"
#include "bench_amd_corpus.h"

/* clang-format off */
const struct corpus_text corpus_textv[] = {
	{"en", "Hello?", CORPUS_HUMAN, false},
	{"en", "Yes?", CORPUS_HUMAN, false},
	{"en", "Hello, who is this?", CORPUS_HUMAN, false},
	{"en", "Good morning, Mary speaking.", CORPUS_HUMAN, false},
	{"en", "Miller.", CORPUS_HUMAN, false},
	{"en", "Hi.", CORPUS_HUMAN, true},
	{"en", "Yes, hello?", CORPUS_HUMAN, true},
	{"en", "John speaking.", CORPUS_HUMAN, true},
	{"en", "Hello, Anna here, who is calling?", CORPUS_HUMAN, true},
	{"en", "Carter and sons, good afternoon.", CORPUS_HUMAN, true},
	{"ru", "Алло?", CORPUS_HUMAN, false},
	{"ru", "Да, слушаю вас.", CORPUS_HUMAN, false},
	{"ru", "Алло, кто это?", CORPUS_HUMAN, false},
	{"ru", "Да.", CORPUS_HUMAN, true},
	{"ru", "Слушаю.", CORPUS_HUMAN, true},
	{"ru", "Алло, здравствуйте, кто говорит?", CORPUS_HUMAN, true},
	{"zh", "喂?", CORPUS_HUMAN, false},
	{"zh", "喂,你好,哪位?", CORPUS_HUMAN, false},
	{"zh", "你好。", CORPUS_HUMAN, true},
	{"zh", "喂,请问你找谁?", CORPUS_HUMAN, true},

	{"en", "Hello. You have reached the Miller family. We are not at home. "
	 "Please leave a message after the tone.", CORPUS_MACHINE, false},
	{"en", "Your call has been forwarded to an automatic voice message "
	 "system. At the tone, please record your message.",
	 CORPUS_MACHINE, false},
	{"en", "Please leave a message after the beep.", CORPUS_MACHINE, false},
	{"en", "Hi, this is Tom. I can't come to the phone right now. Leave "
	 "your name and number and I will call you back.",
	 CORPUS_MACHINE, true},
	{"en", "The person you are calling is not available. Please leave a "
	 "message after the tone.", CORPUS_MACHINE, true},
	{"en", "You have reached my voicemail. Please leave a message.",
	 CORPUS_MACHINE, true},
	{"ru", "Здравствуйте. К сожалению, сейчас я не могу ответить. "
	 "Оставьте сообщение после сигнала.", CORPUS_MACHINE, false},
	{"ru", "Вас приветствует автоответчик. Пожалуйста, оставьте ваше "
	 "сообщение после звукового сигнала.", CORPUS_MACHINE, true},
	{"ru", "Абонент не может ответить на ваш звонок. Вы можете оставить "
	 "голосовое сообщение.", CORPUS_MACHINE, true},
	{"zh", "您好,我现在不能接听您的电话,请在提示音后留言。",
	 CORPUS_MACHINE, false},
	{"zh", "您拨打的用户暂时无法接听,请在滴声后留言。",
	 CORPUS_MACHINE, true},

	{"en", "The number you have dialed has been disconnected.",
	 CORPUS_ANNOUNCEMENT, false},
	{"en", "The number you have called is not in service.",
	 CORPUS_ANNOUNCEMENT, true},
	{"en", "", CORPUS_FAX, false},
	{"ru", "", CORPUS_FAX, true},
	{"zh", "", CORPUS_ANNOUNCEMENT, true}, /* busy tone */
};
const size_t corpus_textc = ARRAY_COUNT(corpus_textv);

const struct corpus_voice corpus_voicev[] = {
	{"en", "flite:rms", false},      {"en", "flite:kal16", false},
	{"en", "espeak:en-us", false},   {"en", "espeak:en-gb+f2", false},
	{"en", "flite:slt", true},       {"en", "flite:awb", true},
	{"en", "espeak:en-gb-scotland+m3", true},
	{"en", "espeak:en-us+f4", true},
	{"ru", "espeak:ru", false},      {"ru", "espeak:ru+f2", false},
	{"ru", "espeak:ru+m3", true},    {"ru", "espeak:ru+f4", true},
	{"zh", "espeak:cmn-latn-pinyin", false},
	{"zh", "espeak:cmn-latn-pinyin+f2", false},
	{"zh", "espeak:cmn-latn-pinyin+m3", true},
	{"zh", "espeak:cmn-latn-pinyin+f4", true},
};
const size_t corpus_voicec = ARRAY_COUNT(corpus_voicev);
/* clang-format on */
