/*
 * call/recorder_phrase.c - what was said in one sentence, as a file
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/recording.h"
#include "base/wav.h"
#include "call/recorder_path.h"
#include "call/recorder_phrase.h"

enum {
	ROOM_START = 16000,
	WORDS_SIZE = 1280,
};

static void destructor(void *arg)
{
	struct recorder_phrase *phrase = arg;

	list_unlink(&phrase->le);
	mem_deref(phrase->pcm);
	mem_deref(phrase->path);
	mem_deref(phrase->root);
}

int recorder_phrase_alloc(struct recorder_phrase **phrasep,
                          const struct recorder_phrase_prm *prm)
{
	struct recorder_phrase *phrase;
	int err;

	phrase = mem_zalloc(sizeof(*phrase), destructor);
	if (!phrase)
		return ENOMEM;

	phrase->serial = prm->serial;
	phrase->failed = prm->failed;
	phrase->arg = prm->arg;
	phrase->vault = prm->vault;
	if (prm->vault)
		(void)snprintf(phrase->person, sizeof(phrase->person), "%s",
		               prm->person);
	err = str_dup(&phrase->root, prm->root);
	if (!err)
		err = str_dup(&phrase->path, prm->path);
	if (err)
		mem_deref(phrase);
	else
		*phrasep = phrase;

	return err;
}

static int grow(struct recorder_phrase *phrase, size_t n)
{
	size_t room = phrase->room ? phrase->room : ROOM_START;
	int16_t *pcm;

	while (room < phrase->count + n)
		room *= 2;
	if (room == phrase->room)
		return 0;

	pcm = mem_reallocarray(phrase->pcm, room, sizeof(*pcm), NULL);
	if (!pcm)
		return ENOMEM;
	phrase->pcm = pcm;
	phrase->room = room;

	return 0;
}

void recorder_phrase_add(struct recorder_phrase *phrase, const int16_t *pcm,
                         size_t n, uint32_t rate_hz)
{
	if (!phrase->rate_hz)
		phrase->rate_hz = rate_hz;
	if (phrase->rate_hz != rate_hz ||
	    phrase->count + n > (size_t)RECORDER_PHRASE_S * rate_hz ||
	    grow(phrase, n))
		return;

	memcpy(phrase->pcm + phrase->count, pcm, n * sizeof(*pcm));
	phrase->count += n;
}

/* --- the file ------------------------------------------------------------- */

static int sealed_write(const struct recorder_phrase *phrase, int fd)
{
	const struct recording_prm prm = {phrase->vault, phrase->person,
	                                  phrase->rate_hz, 1};
	const uint8_t *bytes = (const uint8_t *)phrase->pcm;
	size_t left = phrase->count * sizeof(*phrase->pcm), n;
	struct recording_out *out;
	int err;

	err = recording_begin(&out, fd, &prm);
	if (err) {
		(void)unlink(phrase->path);
		return err;
	}

	for (; left && !err; left -= n, bytes += n) {
		n = left < RECORDING_CHUNK ? left : RECORDING_CHUNK;
		err = recording_append(out, bytes, n);
	}
	if (!err)
		err = recording_end(out);
	mem_deref(out);

	return err;
}

static void write_job(void *arg)
{
	struct recorder_phrase *phrase = arg;
	int fd;

	phrase->err = recorder_path_open(&fd, phrase->root, phrase->path);
	if (!phrase->err && phrase->vault)
		phrase->err = sealed_write(phrase, fd);
	else if (!phrase->err)
		phrase->err = wav_write_fd(fd, phrase->pcm, phrase->count,
		                           phrase->rate_hz);
}

static void written(void *arg)
{
	struct recorder_phrase *phrase = arg;
	char words[WORDS_SIZE];

	if (phrase->err) {
		(void)snprintf(words, sizeof(words),
		               "%s is not recorded: %s; the call goes on",
		               phrase->path,
		               phrase->err == EKEYREVOKED
		                       ? "the person was erased"
		                       : strerror(phrase->err));
		log_warning("call", "%s", words);
		if (phrase->failed)
			phrase->failed(words, phrase->arg);
	}
	mem_deref(phrase);
}

void recorder_phrase_write(struct recorder_phrase *phrase,
                           struct work_queue *queue)
{
	list_unlink(&phrase->le);
	if (!phrase->count) {
		mem_deref(phrase);
		return;
	}
	if (work_submit(queue, write_job, written, phrase)) {
		phrase->err = ENOBUFS;
		written(phrase);
	}
}
