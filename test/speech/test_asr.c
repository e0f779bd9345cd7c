/*
 * test/speech/test_asr.c - hearing, from a voice through the telephone
 */
#include "harness.h"
#include "rig.h"
#include "speech_tests.h"

enum {
	FRAME = 160,
	TEXT_SIZE = 512,
};

struct heard {
	struct asr_stream *stream;
	bool frees_itself; /* at the phrase, as an ended call does */
	unsigned phrases;
	unsigned closed;
	int err;
	unsigned score;
	uint32_t begin_ms, end_ms;
	char text[TEXT_SIZE];
};

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct heard *heard = arg;

	heard->phrases++;
	heard->score = phrase->score;
	heard->begin_ms = phrase->begin_ms;
	heard->end_ms = phrase->end_ms;
	(void)snprintf(heard->text, sizeof(heard->text), "%s", phrase->text);
	if (heard->frees_itself)
		heard->stream = mem_deref(heard->stream);
}

static void closed_handler(int err, void *arg)
{
	struct heard *heard = arg;

	heard->closed++;
	heard->err = err;
}

static int open_stream(struct heard *heard, struct rig *rig,
                       const char *const *hintv, size_t hintc)
{
	const struct asr_prm prm = {
		.lang = "en-US",
		.hintv = hintv,
		.hintc = hintc,
		.is_closed = true,
		.rate_hz = RIG_LINE_HZ,
		.params = "",
	};
	const struct asr_sink sink = {
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = heard,
	};

	return asr_open(&heard->stream, rig->asr, &prm, &sink);
}

static int feed_all(struct heard *heard, struct rig *rig, const int16_t *pcm,
                    size_t count)
{
	int err = 0;

	for (size_t at = 0; at < count && !err; at += FRAME)
		err = asr_feed(rig->asr, heard->stream, pcm + at,
		               count - at < FRAME ? count - at : FRAME);

	return err;
}

/* Hears a sound to the end. */
static int hear(struct heard *heard, struct rig *rig, const char *const *hintv,
                size_t hintc, const int16_t *pcm, size_t count)
{
	int err;

	*heard = (struct heard){0};
	err = open_stream(heard, rig, hintv, hintc);
	if (err)
		return err;
	err = feed_all(heard, rig, pcm, count);
	if (!err || err == EAGAIN)
		err = asr_finish(rig->asr, heard->stream);
	if (!err && !rig_wait(rig, &heard->closed, 1))
		err = ETIMEDOUT;
	heard->stream = mem_deref(heard->stream);

	return err;
}

static int open_sphinx(struct rig *rig)
{
	int err;

	err = rig_open(rig);
	if (err)
		return err;
	err = voices_alloc(&rig->voices, rig->cfg, test_dir(), rig->pool,
	                   rig->fault);
	if (err)
		return err;

	return asr_alloc(&rig->asr, "sphinx", rig->cfg, rig->pool, rig->fault);
}

static const char *const answerv[] = {
	"yes",       "yeah",     "of course",    "I will come", "no",
	"I can't *", "operator", "call me back", "2",
};

int test_asr_hears_answers(void)
{
	static const struct {
		const char *why;
		const char *voice;
		const char *said;
		const char *text;
	} rowv[] = {
		/* clang-format off */
		{"a short answer",        "slt", "yes",               "yes"},
		{"a man",                 "rms", "of course",         "of course"},
		{"as the hint wrote it",  "slt", "I will come",       "I will come"},
		{"a number as a digit",   "rms", "two",               "2"},
		{"words behind a hint",   "slt", "I can't do that",   "I can't"},
		{"nothing of the kind",   "rms", "the weather in paris is lovely today", ""},
		{"another stranger",      "slt", "thirteen elephants ate bananas", ""},
		/* clang-format on */
	};
	struct voice_sound *sound = NULL;
	struct rig rig;
	int err;

	err = open_sphinx(&rig);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct heard heard;

		sound = mem_deref(sound);
		err = rig_say(&sound, &rig, rowv[i].voice, rowv[i].said);
		CHECK_ERR(0, err);
		rig_telephone(sound->pcm, sound->count);
		err = hear(&heard, &rig, answerv, ARRAY_COUNT(answerv),
		           sound->pcm, sound->count);
		CHECK_ERR(0, err);
		if (strcmp(rowv[i].text, heard.text))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_U64(1, heard.phrases);
		CHECK_STR(rowv[i].text, heard.text);
		CHECK_ERR(0, heard.err);
		CHECK((heard.score > 0) == (rowv[i].text[0] != '\0'));
		CHECK(heard.begin_ms < heard.end_ms);
	}

out:
	mem_deref(sound);
	rig_close(&rig);

	return err;
}
