/*
 * test/call/test_listen.c - settings and situations, without a telephone
 *
 * A row is a course of events and what came of them. Events: "v" voice begins,
 * "s:TEXT" a sentence is understood, "l:TEXT" one that was cut at its longest,
 * "i:TEXT" words so far, "e" the recogniser fails, "p" the prompt is over,
 * "x" it cannot be played, "kX" a key, "+N" N ms pass; with "!" the row begins
 * without a prompt; "a:yes" and "a:no" are answers of a service. What came: the
 * inputs as the session gets them, "cut", "hold", "resume", "drop". The session
 * knows the word "yes" and the key 1; "noise" is its noise rule; BLOCKED
 * refuses everything while the prompt plays, QUICK wants partials, ASKING asks
 * a service about all words, QUICKLY about partials too.
 */
#include <errno.h>
#include <stdlib.h>
#include "call/listen.h"
#include "harness.h"
#include "tests.h"

enum {
	WAIT_MS = 5000, /* behind the prompt */
	DIGIT_MS = 3000,
	PAGE_SIZE = 65536,
	LINE_SIZE = 512,
};

struct world {
	struct listen listen;
	bool is_blocked;
	bool is_asking;   /* a service about words */
	bool is_yes;      /* its answer */
	unsigned talking; /* sentences begun and not yet understood */
	uint64_t now_ms;
	char log[512];
};

static void note(struct world *w, const char *text)
{
	size_t len = strlen(w->log);

	(void)snprintf(w->log + len, sizeof(w->log) - len, "%s%s",
	               len ? " " : "", text);
}

static enum listen_answer answered(struct world *w)
{
	note(w, "answer");
	if (!w->is_yes)
		return LISTEN_UNMATCHED;

	listen_close(&w->listen);

	return LISTEN_TAKEN;
}

static enum listen_answer input(enum flow_input_kind kind, const char *text,
                                void *arg)
{
	struct world *w = arg;

	if (kind == FLOW_NLP)
		return answered(w);

	note(w, text);
	if (kind == FLOW_TEXT && w->is_asking && text[1])
		return LISTEN_ASKED;
	if (kind == FLOW_COMPLETE ||
	    (!strcmp(text + 1, "yes") && (!w->is_blocked || *text == 'P')) ||
	    !strcmp(text, "D1")) {
		listen_close(&w->listen);
		return LISTEN_TAKEN;
	}
	if (!strcmp(text + 1, "noise"))
		return LISTEN_NOISE;

	return w->is_blocked && w->listen.phase == LISTEN_PLAYING
	               ? LISTEN_BLOCKED
	               : LISTEN_UNMATCHED;
}

/* Where the ears are open from the beginning it is not worth a word. */
static void hear(bool is_on, void *arg)
{
	struct world *w = arg;

	if (is_on && w->listen.phase == LISTEN_WAITING)
		note(w, "hear");
}

static void drop(void *arg)
{
	struct world *w = arg;

	w->talking = 0;
	note(w, "drop");
}

static void cut(void *arg)
{
	note(arg, "cut");
}

static void hold(void *arg)
{
	note(arg, "hold");
}

static void resume(void *arg)
{
	note(arg, "resume");
}

static struct listen_now now(const struct world *w)
{
	const bool is_playing = w->listen.phase == LISTEN_PLAYING;

	return (struct listen_now){
		.ms = w->now_ms,
		.play_ms = is_playing ? (uint32_t)w->now_ms : 0,
		.is_talking = w->talking,
	};
}

/* Time passes; listen is called when it wants to. */
static void pass(struct world *w, uint64_t ms)
{
	uint64_t until_ms = w->now_ms + ms;

	for (;;) {
		uint64_t next_ms = listen_due_ms(&w->listen, w->talking);

		if (next_ms > until_ms)
			break;
		if (next_ms > w->now_ms)
			w->now_ms = next_ms;
		listen_time(&w->listen, now(w));
	}
	w->now_ms = until_ms;
}

static void event(struct world *w, const char *word)
{
	struct listen *l = &w->listen;

	switch (*word) {
	case 'v':
		w->talking++;
		listen_voice(l, now(w));
		break;
	case 'i':
		listen_partial(l, word + 2, now(w));
		break;
	case 's':
	case 'l':
		w->talking--;
		listen_sentence(l, word + 2, *word == 'l', now(w));
		break;
	case 'e':
		w->talking--;
		listen_recogniser_failed(l, "dead", now(w));
		break;
	case 'a':
		w->is_yes = word[2] == 'y';
		listen_answered(l, now(w));
		break;
	case 'p':
		listen_prompt_over(l, now(w));
		break;
	case 'x':
		listen_prompt_failed(l);
		break;
	case 'k':
		listen_key(l, word[1], now(w));
		break;
	case '+':
		pass(w, strtoul(word + 1, NULL, 10));
		break;
	}
}

static void events_run(struct world *w, const char *events)
{
	char word[64];
	int n;

	while (sscanf(events, "%63s%n", word, &n) == 1) {
		event(w, word);
		events += n;
	}
}

enum session {
	PLAIN,
	BLOCKED, /* refuses everything while the prompt plays */
	QUICK,   /* wants partials */
	ASKING,  /* asks a service about all words */
	QUICKLY, /* about partials too */
};

static const struct row {
	const char *why;
	int mode, interrupt, after;
	const char *dtmf;
	enum session session;
	const char *events;
	const char *log;
} rowv[] = {
	/* clang-format off */
	/* silence and words */
	{"silence", 1, 32, 0, NULL, PLAIN, "+1000 p +5000", "TIMEOUT()"},
	{"the waiting begins with the prompt's end", 1, 32, 0, NULL, PLAIN,
	 "+1000 p +4999", ""},
	{"without a prompt it begins at once", 1, 32, 0, NULL, PLAIN, "! +5000",
	 "TIMEOUT()"},
	{"a keyword during the prompt leads on", 1, 0, 0, NULL, PLAIN,
	 "+500 v s:yes", "Fyes"},
	{"other words during it do not stop it", 1, 0, 0, NULL, PLAIN,
	 "+500 v s:well +500", "Fwell"},
	{"words are told once the action is over, not twice", 1, 16, 0,
	 NULL, PLAIN, "p v v s:yes s:well", "Fyes"},

	/* 16 and 32 */
	{"32: what was said during it ends the waiting", 1, 32, 0, NULL, PLAIN,
	 "+500 v s:well p", "Fwell DONE(F:well)"},
	{"without it more is waited for", 1, 0, 0, NULL, PLAIN,
	 "+500 v s:well p +4999", "Fwell"},
	{"and then it is a time-out with what was heard", 1, 0, 0, NULL, PLAIN,
	 "+500 v s:well p +5000", "Fwell TIMEOUT(F:well)"},
	{"32: what was refused ends nothing", 1, 32, -1, NULL, BLOCKED,
	 "+500 v s:well p +4999", "Fwell"},
	{"speech over the prompt's end is not lost", 1, 32, 0, NULL, PLAIN,
	 "+500 v +10 p +9000 s:yes", "Fyes"},
	{"16: one sentence behind it is enough", 1, 16, 0, NULL, PLAIN,
	 "p v s:well", "Fwell DONE(F:well)"},
	{"16: but not while another is being said", 1, 16, 0, NULL, PLAIN,
	 "p v v s:well +100 s:yes", "Fwell Fyes"},
	{"without flags another may come", 1, 0, 0, NULL, PLAIN,
	 "p v s:well +3000 v s:yes", "Fwell Fyes"},
	{"and has the whole time again", 1, 0, 0, NULL, PLAIN,
	 "p +4000 v s:well +4999", "Fwell"},
	{"then the action is done", 1, 0, 0, NULL, PLAIN,
	 "p +4000 v s:well +5000", "Fwell DONE(F:well)"},

	/* nothing understood */
	{"16: not understood is an answer", 1, 16, 0, NULL, PLAIN, "p v s:",
	 "F DONE()"},
	{"not understood during the prompt is none", 1, 32, 0, NULL, PLAIN,
	 "+10 v s: p +5000", "F TIMEOUT()"},
	{"noise does not end the action", 1, 16, 0, NULL, PLAIN,
	 "p +100 v s:noise +4900", "Fnoise TIMEOUT()"},
	{"noise at the last moment leaves a second", 1, 16, 0, NULL, PLAIN,
	 "p +4990 v s:noise +999", "Fnoise"},
	{"noise during the prompt is not told again", 1, 32, 0, NULL, PLAIN,
	 "+10 v s:noise p +5000", "Fnoise TIMEOUT()"},

	/* barge-in */
	{"1: any sound cuts", 1, 1, 0, NULL, PLAIN, "+500 v s:yes", "cut Fyes"},
	{"1: not before the prompt may be interrupted", 1, 1, 800, NULL, PLAIN,
	 "+500 v", ""},
	{"1: or where it never may", 1, 1, -1, NULL, PLAIN, "+9000 v", ""},
	{"1: what cut it is waited for, whatever was said before", 1, 33, 700,
	 NULL, PLAIN, "+500 v s:well +500 v +9000 s:yes", "Fwell cut Fyes"},
	{"2: words cut", 1, 2, 0, NULL, PLAIN, "+500 v i:we", "cut"},
	{"3: they do not", 1, 3, 0, NULL, PLAIN, "+500 v i:we", ""},
	{"3: a sentence cuts", 1, 3, 0, NULL, PLAIN, "+500 v s:well",
	 "Fwell cut"},
	{"3 and 16: it was the one to wait for", 1, 19, 0, NULL, PLAIN,
	 "+500 v s:well", "Fwell cut DONE(F:well)"},
	{"3: what was not understood does not", 1, 3, 0, NULL, PLAIN,
	 "+500 v s:", "F"},
	{"64: a sound holds, other words resume", 1, 64, 0, NULL, PLAIN,
	 "+500 v s:well", "hold Fwell resume"},
	{"64: a cough resumes", 1, 64, 0, NULL, PLAIN, "+500 v s:",
	 "hold F resume"},
	{"64: noise resumes", 1, 64, 0, NULL, PLAIN, "+500 v s:noise",
	 "hold Fnoise resume"},
	{"64: not while somebody goes on speaking", 1, 64, 0, NULL, PLAIN,
	 "+500 v v s:well", "hold Fwell"},
	{"64: a dead recogniser resumes", 1, 64, 0, NULL, PLAIN, "+500 v e",
	 "hold Edead resume"},

	/* a second try */
	{"128: what was refused is tried again", 1, 128, -1, NULL, BLOCKED,
	 "+500 v s:yes p", "Fyes Pyes"},
	{"128: when nobody speaks any more", 1, 128, -1, NULL, BLOCKED,
	 "+500 v s:yes v p +900 s:well", "Fyes Fwell Pyes"},
	{"256: what was unmatched is tried again", 1, 256, 0, NULL, PLAIN,
	 "+500 v s:well p", "Fwell Pwell"},
	{"256: once", 1, 256, 0, NULL, PLAIN, "+500 v s:well p v s:maybe",
	 "Fwell Pwell Fmaybe"},
	{"256: not what was refused", 1, 256, -1, NULL, BLOCKED,
	 "+500 v s:yes p", "Fyes"},

	/* partials */
	{"what leads on drops the rest of its sentence", 1, 32, 0, NULL, QUICK,
	 "+500 v i:yes", "Syes drop"},
	{"what does not is heard to its end", 1, 32, 0, NULL, QUICK,
	 "p v i:we i:well s:well", "Swe Swell Fwell DONE(F:well)"},
	{"without quickresponse partials are nothing", 1, 32, 0, NULL, PLAIN,
	 "+500 v i:yes", ""},

	/* a service is asked */
	{"what the service knows leads on", 1, 32, 0, NULL, ASKING,
	 "+500 v s:sure +300 a:yes", "Fsure answer"},
	{"behind the prompt nothing is over before it answers", 1, 16, 0, NULL,
	 ASKING, "p v s:sure +700 a:yes", "Fsure answer"},
	{"what it does not know is over as without it", 1, 16, 0, NULL, ASKING,
	 "p v s:well +700 a:no", "Fwell answer DONE(F:well)"},
	{"the prompt may end meanwhile", 1, 32, 0, NULL, ASKING,
	 "+500 v s:well p +200 a:no", "Fwell answer DONE(F:well)"},
	{"nor does the waiting end", 1, 0, 0, NULL, ASKING,
	 "p +4900 v s:well +300 a:no +4999", "Fwell answer"},
	{"64: the prompt is held until it answers", 1, 64, 0, NULL, ASKING,
	 "+500 v s:well +300 a:no", "hold Fwell answer resume"},
	{"3: the sentence cuts at once", 1, 19, 0, NULL, ASKING,
	 "+500 v s:well +300 a:no", "Fwell cut answer DONE(F:well)"},
	{"another sentence waits for nothing", 1, 16, 0, NULL, ASKING,
	 "p v s:one +100 v s:two +300 a:no", "Fone Ftwo answer "
	 "DONE(F:oneF:two)"},
	{"a key neither", 1, 16, 0, "any", ASKING, "p v s:one +100 k7",
	 "Fone D7 DONE(F:one)"},
	{"too long", 1, 16, 0, NULL, ASKING, "p v l:well a:no",
	 "Fwell answer TIMEOUT(S:well)"},
	{"256: the second try asks again", 1, 256, 0, NULL, ASKING,
	 "+500 v s:well p a:no a:no +4999", "Fwell answer Pwell answer"},
	{"256: then what was heard is told", 1, 256, 0, NULL, ASKING,
	 "+500 v s:well p a:no a:no +5000",
	 "Fwell answer Pwell answer TIMEOUT(F:well)"},
	{"partials: the rest of the sentence is dropped", 1, 32, 0, NULL,
	 QUICKLY, "+500 v i:sure +100 a:yes", "Ssure answer drop"},
	{"partials: it is heard to its end", 1, 16, 0, NULL, QUICKLY,
	 "p v i:we +100 a:no s:well a:no",
	 "Swe answer Fwell answer DONE(F:well)"},
	{"the recogniser fails", 1, 16, 0, NULL, ASKING, "p v e a:no",
	 "Edead answer ERROR()"},

	/* too long */
	{"too long", 1, 16, 0, NULL, PLAIN, "p v l:well",
	 "Fwell TIMEOUT(S:well)"},
	{"a keyword in it leads on", 1, 16, 0, NULL, PLAIN, "p v l:yes",
	 "Fyes"},
	{"too long with what was heard before", 1, 0, 0, NULL, PLAIN,
	 "+1 v s:one p v l:two", "Fone Ftwo TIMEOUT(F:oneS:two)"},
	{"too long and not understood is no silence", 1, 16, 0, NULL, PLAIN,
	 "p v l:", "F TIMEOUT(S:)"},
	{"too long during the prompt is one more remark", 1, 0, 0, NULL, PLAIN,
	 "+1 v l:one p +5000", "Fone TIMEOUT(F:one)"},
	{"too long noise is noise", 1, 16, 0, NULL, PLAIN, "p v l:noise +5000",
	 "Fnoise TIMEOUT()"},

	/* what fails */
	{"the recogniser fails", 1, 16, 0, NULL, PLAIN, "p v e",
	 "Edead ERROR()"},
	{"it fails during the prompt", 1, 16, 0, NULL, PLAIN, "+10 v e p +5000",
	 "Edead TIMEOUT()"},
	{"the prompt fails", 1, 16, 0, NULL, PLAIN, "+10 x", "ERROR()"},

	/* mode 0 and 2 */
	{"mode 0 without keys is over with the prompt", 0, 32, 0, NULL, PLAIN,
	 "p", "DONE()"},
	{"mode 0 without a prompt is over at once", 0, 32, 0, NULL, PLAIN,
	 "! +1", "DONE()"},
	{"mode 0 with keys waits for them", 0, 32, 0, "any", PLAIN,
	 "p +4000 k1", "D1"},
	{"mode 0 with keys, none come", 0, 32, 0, "any", PLAIN, "p +5000",
	 "TIMEOUT()"},
	{"mode 2 behind the prompt", 2, 32, 0, NULL, PLAIN, "p", "hear"},
	{"mode 2, cut by a key", 2, 512, 0, "#", PLAIN, "+10 k7", "cut hear"},

	/* keys */
	{"keys without a filter are none", 1, 32, 0, NULL, PLAIN, "k1 p", ""},
	{"a number that leads nowhere", 1, 32, 0, "#", PLAIN, "p k4 k2 k#",
	 "D42 DONE()"},
	{"a number without its end", 1, 32, 0, "#", PLAIN, "p k4 k2 +3000",
	 "d42 DONE()"},
	{"a key that ends it cuts the prompt", 1, 32, 0, "any", PLAIN, "+10 k7",
	 "D7 cut DONE()"},
	{"not where it may not be cut", 1, 32, -1, "any", PLAIN, "+10 k7 p",
	 "D7"},
	{"another does not", 1, 32, 0, "#", PLAIN, "+10 k7", ""},
	{"512: it does", 1, 512, 0, "#", PLAIN, "+10 k7", "cut"},
	{"nobody is hurried while keys come", 1, 512, 0, "#", PLAIN,
	 "p +4000 k1 +2900 k2 +2900 k3 k#", "D123 DONE()"},
	{"32: nor by what was said before", 1, 32, 0, "#", PLAIN,
	 "+10 v s:well k1 p +100 k#", "Fwell D1"},
	/* clang-format on */
};

/* What comes of a row, in w->log. */
static void row_run(struct world *w, const struct row *row)
{
	const bool has_prompt = *row->events != '!';
	const struct flow_listen set = {
		.mode = row->mode,
		.interrupt = row->interrupt,
		.wait_speech_timeout_ms = WAIT_MS,
	};
	const struct flow_play play = {
		.itemc = has_prompt,
		.interruptible_after = row->after,
		.has_quickresponse =
			row->session == QUICK || row->session == QUICKLY,
		.listen = &set,
		.dtmf = row->dtmf,
	};
	const struct listen_ops ops = {input, hear, drop, cut, hold, resume, w};

	*w = (struct world){
		.is_blocked = row->session == BLOCKED,
		.is_asking = row->session >= ASKING,
		.now_ms = 1,
	};
	listen_init(&w->listen, DIGIT_MS, &ops);
	listen_begin(&w->listen, &play, now(w));
	events_run(w, row->events + !has_prompt);
}

int test_listen_table(void)
{
	struct world w;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		row_run(&w, &rowv[i]);
		if (strcmp(w.log, rowv[i].log))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].log, w.log);
	}

out:
	return err;
}

/* --- the page ------------------------------------------------------------- */

static void line_of(char line[LINE_SIZE], const struct row *row)
{
	static const char *const sessionv[] = {
		[PLAIN] = "",
		[BLOCKED] = "blocked",
		[QUICK] = "quickresponse",
		[ASKING] = "NLP",
		[QUICKLY] = "NLP, quickresponse",
	};
	struct world w;

	row_run(&w, row);
	(void)snprintf(line, LINE_SIZE,
	               "| %s | %d | %d | %d | %s | %s | `%s` | %s%s%s |\n",
	               row->why, row->mode, row->interrupt, row->after,
	               row->dtmf ? row->dtmf : "", sessionv[row->session],
	               *row->events ? row->events : "-", *w.log ? "`" : "",
	               *w.log ? w.log : "nothing", *w.log ? "`" : "");
}

static int page_read(char page[PAGE_SIZE])
{
	FILE *file = fopen(test_source("docs/listening.md"), "r");
	size_t n;

	if (!file)
		return errno;

	n = fread(page, 1, PAGE_SIZE - 1, file);
	page[n] = '\0';

	return fclose(file) ? errno : 0;
}

/* The page tells of every row, in this order, and of no other; what it should
 * say is printed. */
int test_listen_page(void)
{
	static char page[PAGE_SIZE];
	char line[LINE_SIZE];
	const char *at, *rules;
	size_t count = 0;
	int err;

	err = page_read(page);
	CHECK_ERR(0, err);

	rules = strstr(page, "\n## The rules");
	CHECK(rules);
	at = rules;
	for (size_t i = 0; at && i < ARRAY_COUNT(rowv); i++) {
		line_of(line, &rowv[i]);
		at = strstr(at, line);
	}
	for (const char *row = rules; (row = strstr(row, "\n| ")); row++)
		count++;

	/* Two more: the heads. */
	if (at && count == ARRAY_COUNT(rowv) + 2)
		return 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		line_of(line, &rowv[i]);
		fputs(line, stderr);
	}
	CHECK_FAIL("docs/listening.md does not hold these %zu rows",
	           ARRAY_COUNT(rowv));

out:
	return err;
}
