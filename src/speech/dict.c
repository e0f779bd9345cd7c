/*
 * speech/dict.c - how words sound: the recogniser's pronunciation dictionary
 */
#include <assert.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "speech/dict.h"
#include "speech/letters.h"

enum {
	BYTES_MAX = 64 << 20,
	LINE_MIN = 8,  /* bytes: to guess how many lines a file has */
	KEY_SIZE = 80, /* a word with "(2)" */
};

struct dict {
	const char *text; /* the mapped file */
	size_t size;
	uint32_t *slotv; /* offset of a line + 1, 0 = empty */
	size_t slotc;    /* a power of two */
};

static void destructor(void *arg)
{
	struct dict *dict = arg;

	if (dict->text)
		(void)munmap((void *)(uintptr_t)dict->text, dict->size);
	mem_deref(dict->slotv);
}

/* Bytes of the word that starts the line. */
static size_t word_len(const struct dict *dict, size_t at)
{
	size_t end = at;

	while (end < dict->size && dict->text[end] != ' ' &&
	       dict->text[end] != '\t' && dict->text[end] != '\n')
		end++;

	return end - at;
}

/* The slot of the word: its own, or the empty one where it belongs. */
static size_t slot_of(const struct dict *dict, const char *word, size_t len)
{
	size_t i = hash_joaat((const uint8_t *)word, len);

	for (;; i++) {
		uint32_t at = dict->slotv[i & (dict->slotc - 1)];

		if (!at)
			break;
		at--;
		if (word_len(dict, at) == len &&
		    !memcmp(dict->text + at, word, len))
			break;
	}

	return i & (dict->slotc - 1);
}

static int build(struct dict *dict)
{
	size_t at = 0;

	/* At most half full, whatever the lines are. */
	dict->slotc = 1024;
	while (dict->slotc < 2 * dict->size / LINE_MIN)
		dict->slotc *= 2;
	dict->slotv = mem_zalloc(dict->slotc * sizeof(*dict->slotv), NULL);
	if (!dict->slotv)
		return ENOMEM;

	for (size_t room = dict->slotc / 2; at < dict->size && room; room--) {
		const char *end;
		size_t slot, len = word_len(dict, at);

		if (len) {
			slot = slot_of(dict, dict->text + at, len);
			if (!dict->slotv[slot])
				dict->slotv[slot] = (uint32_t)at + 1;
		}

		end = memchr(dict->text + at, '\n', dict->size - at);
		at = end ? (size_t)(end - dict->text) + 1 : dict->size;
	}

	return 0;
}

static int map_file(struct dict *dict, const char *path)
{
	struct stat st;
	void *map;
	int err = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;

	if (fstat(fd, &st)) {
		err = errno;
		goto out;
	}
	if (!S_ISREG(st.st_mode) || !st.st_size) {
		err = ENOENT;
		goto out;
	}
	if (st.st_size > BYTES_MAX) {
		err = EFBIG;
		goto out;
	}

	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		err = errno;
		goto out;
	}
	dict->text = map;
	dict->size = (size_t)st.st_size;

out:
	(void)close(fd);

	return err;
}

int dict_alloc(struct dict **dictp, const char *path)
{
	struct dict *dict;
	int err;

	assert(dictp && path);

	dict = mem_zalloc(sizeof(*dict), destructor);
	if (!dict)
		return ENOMEM;

	err = map_file(dict, path);
	if (err)
		goto out;

	err = build(dict);

out:
	if (err)
		mem_deref(dict);
	else
		*dictp = dict;

	return err;
}

/* A word of another language is written as its phones. */
static bool read_phones(char phones[DICT_PHONES_SIZE], const char *word)
{
	size_t len = strlen(word);

	if (len >= DICT_PHONES_SIZE)
		return false;
	for (size_t i = 0; i <= len; i++)
		phones[i] = word[i] == '.' ? ' ' : word[i];

	return true;
}

bool dict_find(char phones[DICT_PHONES_SIZE], const struct dict *dict,
               const char *word, unsigned n)
{
	char key[KEY_SIZE];
	size_t at, len, slot;
	int size;

	if (*word >= 'A' && *word <= 'Z')
		return !n && read_phones(phones, word);

	size = n ? snprintf(key, sizeof(key), "%s(%u)", word, n + 1)
	         : snprintf(key, sizeof(key), "%s", word);
	if (size < 0 || (size_t)size >= sizeof(key))
		return false;

	slot = slot_of(dict, key, (size_t)size);
	if (!dict->slotv[slot])
		return !n && letters_phones(phones, DICT_PHONES_SIZE, word);

	at = dict->slotv[slot] - 1 + (size_t)size;
	while (at < dict->size &&
	       (dict->text[at] == ' ' || dict->text[at] == '\t'))
		at++;
	/* A remark may follow the phones: "# place, danish". */
	for (len = 0; at + len < dict->size; len++) {
		char c = dict->text[at + len];

		if (c == '\n' || c == '\r' || c == '#')
			break;
	}
	while (len && dict->text[at + len - 1] == ' ')
		len--;
	if (!len || len >= DICT_PHONES_SIZE)
		return false;

	memcpy(phones, dict->text + at, len);
	phones[len] = '\0';

	return true;
}
