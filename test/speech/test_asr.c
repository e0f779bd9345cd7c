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
	unsigned phrases, partials;
	unsigned closed;
	int err;
	unsigned score;
	uint32_t begin_ms, end_ms;
	char text[TEXT_SIZE], partial[TEXT_SIZE];
};

static void partial_handler(const char *text, void *arg)
{
	struct heard *heard = arg;

	heard->partials++;
	(void)snprintf(heard->partial, sizeof(heard->partial), "%s", text);
	if (heard->frees_itself)
		heard->stream = mem_deref(heard->stream);
}

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

static int open_question(struct heard *heard, struct rig *rig,
                         const struct asr_prm *prm)
{
	const struct asr_sink sink = {
		.partial = partial_handler,
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = heard,
	};

	return asr_open(&heard->stream, rig->asr, prm, &sink);
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

	return open_question(heard, rig, &prm);
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

static int hear_stream(struct heard *heard, struct rig *rig, const int16_t *pcm,
                       size_t count)
{
	int err;

	err = feed_all(heard, rig, pcm, count);
	if (!err || err == EAGAIN)
		err = asr_finish(rig->asr, heard->stream, 0);
	if (!err && !rig_wait(rig, &heard->closed, 1))
		err = ETIMEDOUT;
	heard->stream = mem_deref(heard->stream);

	return err;
}

/* Hears a sound to the end. */
static int hear(struct heard *heard, struct rig *rig, const char *const *hintv,
                size_t hintc, const int16_t *pcm, size_t count)
{
	int err;

	*heard = (struct heard){0};
	err = open_stream(heard, rig, hintv, hintc);

	return err ? err : hear_stream(heard, rig, pcm, count);
}

static int open_sphinx(struct rig *rig)
{
	int err;

	err = rig_open(rig);
	if (err)
		return err;
	err = voices_alloc(&rig->voices, rig->cfg, test_dir(), rig->pool, NULL,
	                   rig->fault);
	if (err)
		return err;

	return asr_alloc(&rig->asr, "sphinx", rig->cfg, rig->pool, NULL,
	                 rig->fault);
}

static const char *const answerv[] = {
	"yes",       "yeah",     "of course",    "I will come", "no",
	"I can't *", "operator", "call me back", "2",           "no thank you",
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
		{"a man", "rms", "of course", "of course"},
		{"as the hint wrote it", "slt", "I will come", "I will come"},
		{"a number as a digit",   "rms", "two",               "2"},
		{"words behind a hint", "slt", "I can't do that", "I can't"},
		{"a man who declines", "rms", "No thank you.", "no thank you"},
		{"a pause at a comma", "slt", "No, thank you.", "no thank you"},
		{"a long monologue", "awb",
		 "The weather has been so lovely and my garden is full of "
		 "roses and tomatoes. The weather has been so lovely and my "
		 "garden is full of roses and tomatoes.", ""},
		{"nothing of the kind", "rms",
		 "the weather in paris is lovely today", ""},
		{"another stranger", "slt", "thirteen elephants ate bananas",
		 ""},
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
		err = rig_telephone(sound->pcm, sound->count);
		CHECK_ERR(0, err);
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

int test_asr_hears_other_languages(void)
{
	static const char *const ruv[] = {"да, конечно", "нет, спасибо",
	                                  "перезвоните позже",
	                                  "не могу * прийти"};
	static const char *const zhv[] = {"没问题", "不用了", "转人工",
	                                  "多少钱？"};
	static const char *const dev[] = {"ja bitte", "nein danke",
	                                  "rufen Sie später an"};
	static const struct {
		const char *why;
		const char *lang;
		const char *const *hintv;
		size_t hintc;
		const char *said;
		const char *text;
	} rowv[] = {
		/* clang-format off */
		{"Russian",             "ru", ruv, 4, "да конечно",
		 "да, конечно"},
		{"its long answer",     "ru-RU", ruv, 4, "перезвоните позже",
		 "перезвоните позже"},
		{"none of them",        "ru", ruv, 4,
		 "моя собака лает на соседей", ""},
		{"Chinese",             "zh-CN", zhv, 4, "没问题", "没问题"},
		{"with its mark",       "zh", zhv, 4, "多少钱", "多少钱？"},
		{"German",              "de", dev, 3, "nein danke",
		 "nein danke"},
		/* clang-format on */
	};
	struct voice_sound *sound = NULL;
	struct rig rig;
	int err;

	err = open_sphinx(&rig);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct asr_prm prm = {
			.lang = rowv[i].lang,
			.hintv = rowv[i].hintv,
			.hintc = rowv[i].hintc,
			.rate_hz = RIG_LINE_HZ,
			.params = "",
		};
		struct heard heard = {0};
		char voice[32];

		CHECK(asr_can(rig.asr, rowv[i].lang));
		(void)snprintf(voice, sizeof(voice), "espeak:%s", rowv[i].lang);
		sound = mem_deref(sound);
		err = rig_say(&sound, &rig, voice, rowv[i].said);
		CHECK_ERR(0, err);
		CHECK(sound);
		err = rig_telephone(sound->pcm, sound->count);
		CHECK_ERR(0, err);
		err = open_question(&heard, &rig, &prm);
		CHECK_ERR(0, err);
		err = hear_stream(&heard, &rig, sound->pcm, sound->count);
		CHECK_ERR(0, err);
		if (strcmp(rowv[i].text, heard.text))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].text, heard.text);
	}
	CHECK(!asr_can(rig.asr, "tlh"));

out:
	mem_deref(sound);
	rig_close(&rig);

	return err;
}

/* Who pauses is heard before the phrase is over: what was said so far may
 * lead on, and whoever hears it may need no more. */
int test_asr_words_so_far(void)
{
	static int16_t silence[RIG_LINE_HZ / 2];
	struct voice_sound *sound = NULL;
	struct rig rig;
	int err;

	err = open_sphinx(&rig);
	CHECK_ERR(0, err);
	err = rig_say(&sound, &rig, "slt", "of course");
	CHECK_ERR(0, err);
	err = rig_telephone(sound->pcm, sound->count);
	CHECK_ERR(0, err);

	for (int is_enough = 0; is_enough < 2; is_enough++) {
		struct heard heard = {.frees_itself = is_enough};

		err = open_stream(&heard, &rig, answerv, ARRAY_COUNT(answerv));
		CHECK_ERR(0, err);
		err = feed_all(&heard, &rig, sound->pcm, sound->count);
		CHECK_ERR(0, err);
		asr_pause(heard.stream);
		CHECK(rig_wait(&rig, &heard.partials, 1));
		CHECK_STR("of course", heard.partial);
		CHECK_U64(0, heard.phrases);
		if (is_enough)
			break;

		err = hear_stream(&heard, &rig, silence, ARRAY_COUNT(silence));
		CHECK_ERR(0, err);
		CHECK_U64(1, heard.partials);
		CHECK_U64(1, heard.phrases);
		CHECK_STR("of course", heard.text);
	}

out:
	mem_deref(sound);
	rig_close(&rig);

	return err;
}

/* A node that asks for certainty hears the rest as a question. */
int test_asr_asks_back(void)
{
	struct asr_prm prm = {
		.lang = "en",
		.hintv = answerv,
		.hintc = ARRAY_COUNT(answerv),
		.rate_hz = RIG_LINE_HZ,
		.params = "{\"accept\":100,\"confirm\":30}",
	};
	struct voice_sound *sound = NULL;
	struct heard heard = {0};
	struct rig rig;
	int err;

	err = open_sphinx(&rig);
	CHECK_ERR(0, err);
	err = rig_say(&sound, &rig, "slt", "I can't do that");
	CHECK_ERR(0, err);
	err = rig_telephone(sound->pcm, sound->count);
	CHECK_ERR(0, err);
	err = open_question(&heard, &rig, &prm);
	CHECK_ERR(0, err);
	err = hear_stream(&heard, &rig, sound->pcm, sound->count);
	CHECK_ERR(0, err);
	CHECK_STR("?I can't", heard.text);

out:
	mem_deref(sound);
	rig_close(&rig);

	return err;
}

/* What may come down a line besides speech. */
static void fill(int16_t *pcm, size_t count, const char *what)
{
	uint32_t seed = test_seed() | 1;

	for (size_t i = 0; i < count; i++) {
		seed = seed * 1664525 + 1013904223;
		if (!strcmp(what, "noise"))
			pcm[i] = (int16_t)((int)(seed >> 16) - 32768);
		else if (!strcmp(what, "offset"))
			pcm[i] = 20000;
		else
			pcm[i] = 0;
	}
}

int test_asr_survives(void)
{
	static const char *const strangev[] = {
		"",  "*",  "* * yes * *", "\xd0\xb4\xd0\xb0", "100%",
		"'", "--", "qqxzq",       "\xff\xfe",
	};
	static const struct {
		const char *why;
		const char *what;
		unsigned seconds;
		size_t hintc; /* above those of strangev: numbers */
		unsigned phrases_max;
	} rowv[] = {
		/* clang-format off */
		{"no sample", "silence", 0, ARRAY_COUNT(strangev), 0},
		{"silence", "silence", 5, ARRAY_COUNT(strangev), 0},
		{"an offset line", "offset", 5, ARRAY_COUNT(strangev), 0},
		{"noise, strange hints", "noise", 2, ARRAY_COUNT(strangev), 1},
		{"noise without hints",  "noise",   2,  0, 1},
		{"noise, 1000 hints",    "noise",   1,  1000, 1},
		{"longer than is heard", "noise",   31, 1, 1},
		/* clang-format on */
	};
	static char numberv[1000][24];
	static const char *hintv[1000];
	int16_t *pcm = NULL;
	struct rig rig;
	int err;

	for (size_t i = 0; i < ARRAY_COUNT(hintv); i++) {
		(void)snprintf(numberv[i], sizeof(numberv[i]),
		               "take number %zu", i);
		hintv[i] = i < ARRAY_COUNT(strangev) ? strangev[i] : numberv[i];
	}
	err = open_sphinx(&rig);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		size_t count = rowv[i].seconds * (size_t)RIG_LINE_HZ;
		struct heard heard;

		mem_deref(pcm);
		pcm = mem_zalloc((count + 1) * sizeof(*pcm), NULL);
		CHECK(pcm);
		fill(pcm, count, rowv[i].what);
		err = hear(&heard, &rig, hintv, rowv[i].hintc, pcm, count);
		if (err || heard.err || heard.phrases > rowv[i].phrases_max)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(0, err);
		CHECK_ERR(0, heard.err);
		CHECK_U64(1, heard.closed);
		CHECK(heard.phrases <= rowv[i].phrases_max);
	}

out:
	mem_deref(pcm);
	rig_close(&rig);

	return err;
}

int test_asr_is_silent_when_freed(void)
{
	struct heard heardv[3] = {0};
	int16_t *pcm = NULL;
	struct rig rig;
	int err;

	err = open_sphinx(&rig);
	CHECK_ERR(0, err);
	pcm = mem_zalloc(RIG_LINE_HZ * sizeof(*pcm), NULL);
	CHECK(pcm);
	fill(pcm, RIG_LINE_HZ, "noise");

	for (size_t i = 0; i < ARRAY_COUNT(heardv); i++) {
		err = open_stream(&heardv[i], &rig, answerv,
		                  ARRAY_COUNT(answerv));
		CHECK_ERR(0, err);
		err = feed_all(&heardv[i], &rig, pcm, RIG_LINE_HZ);
		CHECK_ERR(0, err);
		err = asr_finish(rig.asr, heardv[i].stream, 0);
		CHECK_ERR(0, err);
	}

	/* Freed while the job runs, and in its own phrase handler. */
	heardv[0].stream = mem_deref(heardv[0].stream);
	heardv[1].frees_itself = true;
	CHECK(rig_wait(&rig, &heardv[2].closed, 1));
	work_pool_finish(rig.pool);
	mailbox_drain(rig.home);
	CHECK_U64(0, heardv[0].phrases + heardv[0].closed);
	CHECK_U64(1, heardv[1].phrases);
	CHECK_U64(0, heardv[1].closed);

	/* An engine that ends with a job under way. */
	err = open_stream(&heardv[0], &rig, answerv, ARRAY_COUNT(answerv));
	CHECK_ERR(0, err);
	err = feed_all(&heardv[0], &rig, pcm, RIG_LINE_HZ);
	CHECK_ERR(0, err);
	err = asr_finish(rig.asr, heardv[0].stream, 0);
	CHECK_ERR(0, err);

out:
	for (size_t i = 0; i < ARRAY_COUNT(heardv); i++)
		mem_deref(heardv[i].stream);
	mem_deref(pcm);
	rig_close(&rig);

	return err;
}

int test_asr_needs_its_model(void)
{
	struct rig rig;
	int err;

	err = rig_open(&rig);
	CHECK_ERR(0, err);

	CHECK_ERR(ENOENT, asr_alloc(&rig.asr, "ears", rig.cfg, rig.pool, NULL,
	                            rig.fault));
	CHECK(strstr(rig.fault, "sphinx"));

	err = cfg_set(rig.cfg, "sphinx.model", test_dir(), rig.fault);
	CHECK_ERR(0, err);
	CHECK_ERR(ENOENT, asr_alloc(&rig.asr, "sphinx", rig.cfg, rig.pool, NULL,
	                            rig.fault));
	CHECK(strstr(rig.fault, "apt-get install pocketsphinx-en-us"));

out:
	rig_close(&rig);

	return err;
}

int test_asr_mock(void)
{
	static const int16_t pcm[FRAME];
	struct heard heard;
	struct rig rig;
	int err;

	err = rig_open(&rig);
	CHECK_ERR(0, err);
	err = asr_alloc(&rig.asr, "mock", rig.cfg, rig.pool, NULL, rig.fault);
	CHECK_ERR(0, err);
	CHECK_STR("mock", asr_name(rig.asr));

	err = hear(&heard, &rig, answerv, 2, pcm, FRAME);
	CHECK_ERR(0, err);
	CHECK_STR("yes", heard.text);
	CHECK_U64(20, heard.end_ms);

	err = hear(&heard, &rig, answerv, 2, pcm, 0);
	CHECK_ERR(0, err);
	CHECK_U64(0, heard.phrases);

out:
	rig_close(&rig);

	return err;
}
