/*
 * bench/bench_asr_corpus.c - who says what to the recogniser, and what is meant
 */
#include "base/mem.h"
#include "bench_asr_corpus.h"

enum {
	YES,
	NO,
	LATER,
	OPERATOR,
	REPEAT,
	COST,
	WHERE,
	WHO,
	STOP,
};

static const struct corpus_answer manyv[] = {
	/* clang-format off */
	[YES] = {"yes", {"yes", "yeah", "sure", "correct", "of course",
	                 "I will come", "that's right", NULL}},
	[NO] = {"no", {"no", "nope", "I can't", "I cannot come", "not at all",
	               NULL}},
	[LATER] = {"later", {"later", "another day", "reschedule",
	                     "call me back", "another time", NULL}},
	[OPERATOR] = {"operator", {"operator", "a person", "human",
	                           "talk to someone", NULL}},
	[REPEAT] = {"repeat", {"repeat", "say again", "pardon",
	                       "what did you say", NULL}},
	[COST] = {"cost", {"how much does it cost", "what is the price",
	                   "how much is it", NULL}},
	[WHERE] = {"where", {"where is it", "what is the address",
	                     "where are you", NULL}},
	[WHO] = {"who", {"who is this", "who are you", "who is calling",
	                 NULL}},
	[STOP] = {"stop", {"stop calling", "do not call", "never call again",
	                   NULL}},
	/* clang-format on */
};

static const struct corpus_free many_aroundv[] = {
	{YES, "oh yes please"},
	{YES, "well I think yes"},
	{YES, "yes that would be fine"},
	{YES, "yeah no problem I'll be there"},
	{YES, "sure thing"},
	{YES, "okay of course"},
	{NO, "no thank you"},
	{NO, "oh no not really"},
	{NO, "I'm sorry I can't"},
	{NO, "no I don't think so"},
	{LATER, "could you call me back tomorrow"},
	{LATER, "I need to reschedule the appointment"},
	{LATER, "can we do it another day please"},
	{LATER, "maybe later"},
	{OPERATOR, "give me an operator please"},
	{OPERATOR, "I would like to talk to a person"},
	{OPERATOR, "let me talk to someone in charge"},
	{REPEAT, "can you repeat that please"},
	{REPEAT, "sorry what did you say"},
	{COST, "and how much does it cost for me"},
	{COST, "tell me what is the price"},
	{WHERE, "and where is it exactly"},
	{WHERE, "please what is the address"},
	{WHO, "hello who is this"},
	{WHO, "excuse me who are you"},
	{STOP, "please stop calling me"},
	{STOP, "do not call this number any more"},
};

static const struct corpus_answer yes_nov[] = {
	/* clang-format off */
	{"yes", {"yes", "yes please", "yes of course", "I will come",
	         "of course", NULL}},
	{"no", {"no", "no thank you", "I can't come", "not at all", NULL}},
	/* clang-format on */
};

static const struct corpus_free yes_no_aroundv[] = {
	{0, "oh yes please"},          {0, "well, of course"},
	{0, "yes that would be fine"}, {0, "uh yes"},
	{0, "okay of course"},         {1, "oh no not really"},
	{1, "well no thank you"},      {1, "no I don't think so"},
	{1, "I'm sorry I can't come"},
};

/* What the nodes greet and another of examples/appointment.json expect, with
 * what is understood anywhere in that script. */
/* clang-format off */
#define ANYWHERE \
	{"price", {"how much does it cost", "what does it cost", \
	           "what is the price", "how much", NULL}}, \
	{"address", {"where is the clinic", "where are you", \
	             "what is the address", "how do i get there", NULL}}, \
	{"caller", {"who is calling", "who is this", "who are you", \
	            "are you a robot", NULL}}, \
	{"repeat", {"say that again", "repeat that please", \
	            "what did you say", "i beg your pardon", NULL}}, \
	{"machine", {"please leave a message after the tone", \
	             "leave a message", "after the tone", "after the beep", \
	             "not available", "voice mail", NULL}}, \
	{"stop", {"please stop calling me", "stop calling", "do not call", \
	          "don't call me", "remove my number", \
	          "take me off your list", NULL}}, \
	{"operator", {"i want to speak to the operator", \
	              "speak to the operator", "operator", "a real person", \
	              "speak to someone", "talk to someone", NULL}}

static const struct corpus_answer greetv[] = {
	{"yes", {"yes please", "yes i will come", "yes of course",
	         "i will come", "i will be there", "that is fine", "of course",
	         "certainly", "yes", NULL}},
	{"no", {"no thank you", "no i can't come", "i can't come",
	        "i will not come", "no", NULL}},
	{"later", {"i would rather come later", "come later", "another day",
	           "another time", "i am not sure", "next week",
	           "call me later", NULL}},
	ANYWHERE,
};

static const struct corpus_answer anotherv[] = {
	{"yes", {"yes please", "yes of course", "another day", "of course",
	         "that is fine", "that would be good", "next week", "yes",
	         NULL}},
	{"no", {"no thank you", "not at all", "not interested",
	        "please cancel the visit", "no", NULL}},
	ANYWHERE,
};
/* clang-format on */

static const struct corpus_free greet_aroundv[] = {
	{0, "Yes, I will come."},
	{0, "Yes... of course!"},
	{0, "oh yes please"},
	{0, "well, that is fine for me"},
	{1, "No, thank you."},
	{1, "No, I can't come."},
	{1, "I'm sorry I can't come"},
	{2, "I think another day would be better"},
	{2, "uh, I am not sure"},
	{3, "And how much does it cost?"},
	{4, "Hello, where is the clinic?"},
	{8, "Please, please stop calling me!"},
	{9, "Sorry, I want to speak to the operator."},
};

static const struct corpus_free another_aroundv[] = {
	{0, "Yes, of course."},
	{0, "well, yes please"},
	{1, "No, thank you."},
	{1, "oh no thank you very much"},
	{1, "I am not interested at all"},
};

static const char *const strangev[] = {
	"hello",
	"good morning",
	"the weather is lovely today",
	"my dog is barking at the neighbours",
	"let me think about that",
	"just a moment",
	"I had pasta for dinner",
	"the train leaves at seven",
	"turn the television off",
	"please hold the line",
	"thirteen elephants ate bananas",
	"my husband is in the garden",
	"well",
	"hmm",
	"the children are at school",
	"I like music very much",
	"did you watch the football",
	"there is someone at the door",
	"my birthday is in january",
	"it depends",
	"thank you very much",
	"I am driving",
	"banana",
	"wonderful",
	"the battery of my phone is empty",
	"she has lived in london for years",
	"one two three four five",
	"we had a very long winter",
	"can I pay with a credit card",
	"do you have any vegetables",
	"open the window",
	"water",
	"he bought a green bicycle",
	"it is raining",
	"interesting",
	"the kitchen smells of garlic",
	/* People who talk and talk. */
	"My sister told me about her neighbours. They have an old car, and it "
	"never starts in the morning. So they walk to the station.",
	"The weather has been so lovely and my garden is full of roses and "
	"tomatoes. The weather has been so lovely and my garden is full of "
	"roses and tomatoes.",
	NULL,
};

const struct corpus_question corpus_questionv[] = {
	{"many", "en", manyv, ARRAY_COUNT(manyv), many_aroundv,
         ARRAY_COUNT(many_aroundv), strangev},
	{"yes_no", "en", yes_nov, ARRAY_COUNT(yes_nov), yes_no_aroundv,
         ARRAY_COUNT(yes_no_aroundv), strangev},
	{"greet", "en", greetv, ARRAY_COUNT(greetv), greet_aroundv,
         ARRAY_COUNT(greet_aroundv), strangev},
	{"another", "en", anotherv, ARRAY_COUNT(anotherv), another_aroundv,
         ARRAY_COUNT(another_aroundv), strangev},
};
const size_t corpus_questionc = ARRAY_COUNT(corpus_questionv);

const struct corpus_voice corpus_voicev[] = {
	/* clang-format off */
	{"en", "flite:kal16",            false},
	{"en", "flite:rms",              false},
	{"en", "espeak:en-us+m3",        false},
	{"en", "espeak:en-gb+f2",        false},
	{"en", "flite:slt",              true},
	{"en", "flite:awb",              true},
	{"en", "espeak:en-us",           true},
	{"en", "espeak:en-gb-x-rp+f4",   true},
	{"en", "espeak:en-us+m7",        true},
	{"ru", "espeak:ru+m3", false},
	{"ru", "espeak:ru+f2", false},
	{"ru", "espeak:ru+croak", false},
	{"ru", "espeak:ru", true},
	{"ru", "espeak:ru+m7", true},
	{"ru", "espeak:ru+f4", true},
	{"zh", "espeak:zh+m3", false},
	{"zh", "espeak:zh+f2", false},
	{"zh", "espeak:zh+croak", false},
	{"zh", "espeak:zh", true},
	{"zh", "espeak:zh+m7", true},
	{"zh", "espeak:zh+f4", true},
	{"de", "espeak:de+m3", false},
	{"de", "espeak:de+f2", false},
	{"de", "espeak:de+croak", false},
	{"de", "espeak:de", true},
	{"de", "espeak:de+m7", true},
	{"de", "espeak:de+f4", true},
	{"es", "espeak:es+m3", false},
	{"es", "espeak:es+f2", false},
	{"es", "espeak:es+croak", false},
	{"es", "espeak:es", true},
	{"es", "espeak:es+m7", true},
	{"es", "espeak:es+f4", true},
	/* clang-format on */
};
const size_t corpus_voicec = ARRAY_COUNT(corpus_voicev);
