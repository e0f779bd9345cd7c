/*
 * test/speech/test_pronounce.c - words that sound otherwise than anybody
 * guesses: said by a voice, understood because the author told
 */
#include "harness.h"
#include "rig.h"
#include "speech/said.h"
#include "speech/wordbook.h"
#include "speech_tests.h"

enum {
	TEXT_SIZE = 256,
	BOOK_SIZE = 512,
};

struct heard {
	unsigned closed;
	char text[TEXT_SIZE];
};

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct heard *heard = arg;

	(void)snprintf(heard->text, sizeof(heard->text), "%s", phrase->text);
}

static void closed_handler(int err, void *arg)
{
	struct heard *heard = arg;

	heard->closed++;
	if (err)
		(void)snprintf(heard->text, sizeof(heard->text), "%s",
		               strerror(err));
}

static int hear(struct heard *heard, struct rig *rig, const struct asr_prm *prm,
                const struct voice_sound *sound)
{
	const struct asr_sink sink = {
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = heard,
	};
	struct asr_stream *stream = NULL;
	int err;

	*heard = (struct heard){0};
	err = asr_open(&stream, rig->asr, prm, &sink);
	if (!err)
		err = asr_feed(rig->asr, stream, sound->pcm, sound->count);
	if (!err)
		err = asr_finish(rig->asr, stream, 0);
	if (!err && !rig_wait(rig, &heard->closed, 1))
		err = ETIMEDOUT;
	mem_deref(stream);

	return err;
}

static int open_sphinx(struct rig *rig, const char *book)
{
	int err;

	err = rig_open(rig);
	if (!err && book)
		err = cfg_set(rig->cfg, "sphinx.pronounce", book, rig->fault);
	if (!err)
		err = voices_alloc(&rig->voices, rig->cfg, test_dir(),
		                   rig->pool, NULL, rig->fault);

	return err ? err
	           : asr_alloc(&rig->asr, "sphinx", rig->cfg, rig->pool, NULL,
	                       rig->fault);
}

struct row {
	const char *why;
	const char *lang;
	const char *voice;
	const char *said;
	const char *answer; /* as the script writes it */
	const char *list;   /* how the author says it sounds */
};

static const struct row spokenv[] = {
	/* clang-format off */
	{"by other words", "en", "slt", "chumley", "Cholmondeley",
	 "Cholmondeley\tchum lee\n"},
	{"by phones, with CMUdict's stress", "en", "slt", "chumley",
	 "Cholmondeley", "cholmondeley\tCH AH1 M L IY0\n"},
	{"as espeak-ng writes it", "en", "slt", "chumley", "Cholmondeley",
	 "CHOLMONDELEY\t[[tS'VmlI]]\n"},
	{"the second of two ways", "en", "slt", "chumley", "Cholmondeley",
	 "Cholmondeley\tcol mon deli\nCholmondeley\tchum lee\n"},
	{"a word among others", "en", "slt", "mister fanshaw",
	 "mister Featherstonehaugh", "Featherstonehaugh\tfan shaw\n"},
	{"letters that are said as words", "en", "rms", "next gooey", "NXGUI",
	 "NXGUI\tnext gooey\n"},
	{"Russian: Latin letters", "ru", "espeak:ru", "позвоните в икею",
	 "позвоните в IKEA", "IKEA\tикею\n"},
	{"Russian: as espeak-ng writes it", "ru", "espeak:ru",
	 "позвоните в икею", "позвоните в IKEA", "IKEA\t[[Ik;'eju]]\n"},
	{"German: an abbreviation", "de", "espeak:de", "kraftfahrzeug", "KFZ",
	 "KFZ\tkraftfahrzeug\n"},
	{"German: by phones", "de", "espeak:de", "lastkraftwagen", "LKW",
	 "LKW\tL AA S T K R AA F T V AA G AH N\n"},
	{"Chinese: Latin letters among others", "zh", "espeak:zh", "没问题",
	 "没WT", "WT\t问题\n"},
	/* clang-format on */
};

/* What a voice says through the telephone. */
static int say(struct voice_sound **soundp, struct rig *rig, const char *voice,
               const char *text)
{
	int err;

	*soundp = mem_deref(*soundp);
	err = rig_say(soundp, rig, voice, text);
	if (!err && !*soundp)
		err = EIO;

	return err ? err : rig_telephone((*soundp)->pcm, (*soundp)->count);
}

static int row_hear(struct heard *heard, struct rig *rig, const struct row *row,
                    const char *list, const struct voice_sound *sound)
{
	const char *hintv[] = {row->answer};
	const struct asr_prm prm = {
		.lang = row->lang,
		.hintv = hintv,
		.hintc = ARRAY_COUNT(hintv),
		.is_closed = true,
		.rate_hz = RIG_LINE_HZ,
		.params = "",
		.pronounce = list,
	};

	return hear(heard, rig, &prm, sound);
}

int test_pronounce_is_understood(void)
{
	struct voice_sound *sound = NULL;
	struct heard heard;
	struct rig rig;
	int err;

	err = open_sphinx(&rig, NULL);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(spokenv); i++) {
		const struct row *row = &spokenv[i];

		err = say(&sound, &rig, row->voice, row->said);
		CHECK_ERR(0, err);
		err = row_hear(&heard, &rig, row, NULL, sound);
		CHECK_ERR(0, err);
		if (*heard.text)
			CHECK_FAIL("row %zu: %s: understood without", i,
			           row->why);
		err = row_hear(&heard, &rig, row, row->list, sound);
		CHECK_ERR(0, err);
		if (strcmp(row->answer, heard.text))
			CHECK_FAIL("row %zu: %s: heard \"%s\"", i, row->why,
			           heard.text);
	}

out:
	mem_deref(sound);
	rig_close(&rig);

	return err;
}

static int book_write(char path[BOOK_SIZE], const char *text)
{
	FILE *file;

	(void)snprintf(path, BOOK_SIZE, "%s/words", test_dir());
	file = fopen(path, "w");
	if (!file)
		return errno;
	(void)fputs(text, file);

	return fclose(file) ? errno : 0;
}

/* The words of every script; a script's own win; hot words are heard too. */
int test_pronounce_book(void)
{
	static const char book[] = "# Words of the house\n\n"
				   "Cholmondeley = chum lee\n"
				   "NXGUI = CH AH M L IY\n"
				   "[de]\n KFZ = kraftfahrzeug \n"
				   "[en]\nNXGUI = next gooey\n";
	static const struct {
		const char *why;
		const char *lang, *voice, *said;
		const char *hint, *hot_word, *list;
		const char *heard;
	} rowv[] = {
		/* clang-format off */
		{"for all languages", "en-GB", "slt", "chumley",
		 "Cholmondeley", NULL, NULL, "Cholmondeley"},
		{"the language's own wins", "en", "rms", "next gooey", "NXGUI",
		 NULL, NULL, "NXGUI"},
		{"another language", "de-DE", "espeak:de", "kraftfahrzeug",
		 "KFZ", NULL, NULL, "KFZ"},
		{"the script's word wins", "en", "slt", "chumley",
		 "Cholmondeley", NULL, "Cholmondeley\twashing machine\n", ""},
		{"a hot word of the script", "en", "slt", "chumley",
		 "no thank you", "invoice, Cholmondeley", NULL,
		 "Cholmondeley"},
		{"its weights for a service are none", "en", "slt", "chumley",
		 "no thank you", "{\"Cholmondeley\":20}", NULL, ""},
		/* clang-format on */
	};
	struct voice_sound *sound = NULL;
	char path[BOOK_SIZE];
	struct heard heard;
	struct rig rig = {0};
	int err;

	err = book_write(path, book);
	if (!err)
		err = open_sphinx(&rig, path);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct asr_prm prm = {
			.lang = rowv[i].lang,
			.hintv = &rowv[i].hint,
			.hintc = 1,
			.rate_hz = RIG_LINE_HZ,
			.params = "",
			.hot_word = rowv[i].hot_word,
			.pronounce = rowv[i].list,
		};

		err = say(&sound, &rig, rowv[i].voice, rowv[i].said);
		if (!err)
			err = hear(&heard, &rig, &prm, sound);
		CHECK_ERR(0, err);
		if (strcmp(rowv[i].heard, heard.text))
			CHECK_FAIL("row %zu: %s: heard \"%s\"", i, rowv[i].why,
			           heard.text);
	}

out:
	mem_deref(sound);
	rig_close(&rig);

	return err;
}

int test_pronounce_book_faults(void)
{
	static const struct {
		const char *why, *book, *fault;
	} rowv[] = {
		/* clang-format off */
		{"no way", "\nSQL\n", ":2: must be a word and how it sounds: "
		 "SQL = sequel"},
		{"an empty way", "SQL =\n", ":1: says nothing; write how"},
		{"an unknown phone", "# one\nSQL = S IX K\n",
		 ":2: \"IX\" is no phone of the recogniser"},
		{"open brackets", "SQL = [[s'i:\n",
		 ":1: must be sounds as espeak-ng writes them"},
		{"no language", "[RU]\n", ":1: must be a language in small"},
		{"no UTF-8", "a = \xff\n", ":1: is not UTF-8 text"},
		/* clang-format on */
	};
	char path[BOOK_SIZE], fault[CFG_FAULT_SIZE];
	struct wordbook *book = NULL;
	int err = 0;

	CHECK_ERR(ENOENT, wordbook_alloc(&book, "no/such/file", fault));
	CHECK(strstr(fault, "no/such/file: No such file"));
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = book_write(path, rowv[i].book);
		CHECK_ERR(0, err);
		CHECK_ERR(EINVAL, wordbook_alloc(&book, path, fault));
		if (!strstr(fault, rowv[i].fault))
			CHECK_FAIL("row %zu: %s: %s", i, rowv[i].why, fault);
	}

out:
	mem_deref(book);

	return err;
}

/* Texts one behind the other, as many as `like` has, with "/" between. */
static void join(char joined[TEXT_SIZE], const char *like, size_t size,
                 const char *textv)
{
	const char *end = like + size;
	size_t n = 0;

	for (; like < end; like += strlen(like) + 1) {
		n += (size_t)snprintf(joined + n, TEXT_SIZE - n, "%s%s",
		                      n ? "/" : "", textv);
		textv += strlen(textv) + 1;
	}
}

/* English only: nobody is asked but the speller. */
int test_pronounce_hints(void)
{
	static const struct {
		const char *why;
		const char *hints; /* "/" between them */
		const char *list;
		const char *texts, *words;
	} rowv[] = {
		/* clang-format off */
		{"nothing is told", "I use SQL/no", "", "I use SQL/no",
		 "i use sql/no"},
		{"a word is replaced", "I use SQL/no", "sql\tsequel\n",
		 "I use SQL/no", "i use sequel/no"},
		{"a whole one", "MySQL/SQL's", "SQL\tsequel\n", "MySQL/SQL's",
		 "mysql/sequel's"},
		{"each way is a way to say the hint", "SQL",
		 "SQL\tsequel\nSQL\tS Q L\n", "SQL/SQL", "sequel/s q l"},
		{"of two words all choices", "a b",
		 "a\tone\na\ttwo\nb\tsix\nb\tten\n", "a b/a b/a b/a b",
		 "one six/two six/one ten/two ten"},
		{"phones are a word", "use SQL *", "SQL\tS IY K W AH L\n",
		 "use SQL *", "use S.IY.K.W.AH.L *"},
		{"the longest wins", "New York City",
		 "New York\tnewark\nNew\told\n", "New York City",
		 "newark city"},
		{"it is not replaced again", "a b", "a\tb\nb\tc\n", "a b",
		 "b c"},
		{"what cannot be said is not used", "SQL", "SQL\tсиквел\n",
		 "SQL", "sql"},
		{"our marks are nobody else's", "a \x02Q.Q\x03", "x\ty\n",
		 "a \x02Q.Q\x03", "a q q"},
		/* clang-format on */
	};
	char texts[TEXT_SIZE], words[TEXT_SIZE];
	struct said said = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct said_prm prm = {
			.lang = "en",
			.listv = {rowv[i].list},
		};
		char hints[TEXT_SIZE];
		size_t size = strlen(rowv[i].hints) + 1;

		memcpy(hints, rowv[i].hints, size);
		for (size_t j = 0; j < size; j++)
			hints[j] = hints[j] == '/' ? '\0' : hints[j];
		err = said_make(&said, hints, size, &prm);
		if (err)
			goto out;
		join(texts, said.texts, said.size, said.texts);
		join(words, said.texts, said.size, said.words);
		if (strcmp(texts, rowv[i].texts) ||
		    strcmp(words, rowv[i].words))
			CHECK_FAIL("row %zu: %s: \"%s\" \"%s\"", i, rowv[i].why,
			           said.texts, said.words);
		said.texts = mem_deref(said.texts);
		said.words = mem_deref(said.words);
	}

out:
	mem_deref(said.texts);
	mem_deref(said.words);

	return err;
}
