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

const struct corpus_answer corpus_answerv[] = {
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
const size_t corpus_answerc = ARRAY_COUNT(corpus_answerv);

const struct corpus_free corpus_aroundv[] = {
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
const size_t corpus_aroundc = ARRAY_COUNT(corpus_aroundv);

const struct corpus_free corpus_strangev[] = {
	{CORPUS_NONE, "hello"},
	{CORPUS_NONE, "good morning"},
	{CORPUS_NONE, "the weather is lovely today"},
	{CORPUS_NONE, "my dog is barking at the neighbours"},
	{CORPUS_NONE, "let me think about that"},
	{CORPUS_NONE, "just a moment"},
	{CORPUS_NONE, "I had pasta for dinner"},
	{CORPUS_NONE, "the train leaves at seven"},
	{CORPUS_NONE, "turn the television off"},
	{CORPUS_NONE, "please hold the line"},
	{CORPUS_NONE, "thirteen elephants ate bananas"},
	{CORPUS_NONE, "my husband is in the garden"},
	{CORPUS_NONE, "well"},
	{CORPUS_NONE, "hmm"},
	{CORPUS_NONE, "the children are at school"},
	{CORPUS_NONE, "I like music very much"},
	{CORPUS_NONE, "did you watch the football"},
	{CORPUS_NONE, "there is someone at the door"},
	{CORPUS_NONE, "my birthday is in january"},
	{CORPUS_NONE, "it depends"},
	{CORPUS_NONE, "thank you very much"},
	{CORPUS_NONE, "I am driving"},
	{CORPUS_NONE, "banana"},
	{CORPUS_NONE, "wonderful"},
	{CORPUS_NONE, "the battery of my phone is empty"},
	{CORPUS_NONE, "she has lived in london for years"},
	{CORPUS_NONE, "one two three four five"},
	{CORPUS_NONE, "we had a very long winter"},
	{CORPUS_NONE, "can I pay with a credit card"},
	{CORPUS_NONE, "do you have any vegetables"},
	{CORPUS_NONE, "open the window"},
	{CORPUS_NONE, "water"},
	{CORPUS_NONE, "he bought a green bicycle"},
	{CORPUS_NONE, "it is raining"},
	{CORPUS_NONE, "interesting"},
	{CORPUS_NONE, "the kitchen smells of garlic"},
};
const size_t corpus_strangec = ARRAY_COUNT(corpus_strangev);

const struct corpus_voice corpus_voicev[] = {
	/* clang-format off */
	{"flite:kal16",            false},
	{"flite:rms",              false},
	{"espeak:en-us+m3",        false},
	{"espeak:en-gb+f2",        false},
	{"flite:slt",              true},
	{"flite:awb",              true},
	{"espeak:en-us",           true},
	{"espeak:en-gb-x-rp+f4",   true},
	{"espeak:en-us+m7",        true},
	/* clang-format on */
};
const size_t corpus_voicec = ARRAY_COUNT(corpus_voicev);
