/*
 * call/recorder.c - both voices of a call into a WAV file, or a sealed one
 *
 * Pieces go round: filled in the tick, reported to the control loop, written
 * by a job, sent back empty. One is filled while the other is written; where
 * the disk is late by half a piece the tick asks for another one, which is
 * freed once it was written. While none is free the sound is lost and counted.
 */
#include <assert.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/prefetch.h"
#include "base/recording.h"
#include "base/wav.h"
#include "call/recorder.h"

enum {
	PIECE_FRAMES = 3840, /* 0.48 s at 8 kHz, half of it at 16 kHz */
	PIECES = 2,
	PIECES_MORE = 12, /* the disk may be late by so many */
	PHRASES_MAX = 8,  /* sentences that wait to be written */
	TRACKS = 2,
	FRAME_SIZE = TRACKS * sizeof(int16_t),
	PATH_SIZE = 1024,
	WORDS_SIZE = PATH_SIZE + 256,
	FILE_MODE = 0640,
};

static const int16_t silence[AUDIO_FRAME_MAX];

struct piece {
	struct recorder *rec;
	struct piece *next; /* of the free ones, the tick's */
	bool is_more;       /* than the call has at rest: not a part of it */
	uint32_t rate_hz;
	size_t frames;
	int16_t pcm[TRACKS * PIECE_FRAMES];
};

struct recorder {
	struct tickbox *box;
	struct work_queue *queue;
	void (*failed)(const char *words, void *arg);
	void (*done)(void *arg);
	void *failed_arg, *done_arg;
	bool has_failed;
	bool has_file;
	unsigned more;            /* pieces */
	struct work_job *closing; /* the last one; had from the beginning */
	uint64_t lost_ms;         /* without memory for a job */

	/* the jobs' */
	char path[PATH_SIZE];
	struct wav_file *file;
	struct recording_out *sealed; /* instead */
	const struct vault *vault;
	char person[VAULT_PERSON_SIZE];
	int err;

	/* the tick's */
	bool is_recording;
	bool is_deaf; /* what the callee says is not kept */
	struct piece *filling;
	struct piece *freep;
	uint64_t dropped_ms;
	struct piece piecev[PIECES];
};

static void destructor(void *arg)
{
	struct recorder *rec = arg;

	/* Waits for the jobs, after which the file is ours. */
	mem_deref(rec->queue);
	mem_deref(rec->closing);
	while (rec->freep) {
		struct piece *piece = rec->freep;

		rec->freep = piece->next;
		if (piece->is_more)
			mem_deref(piece);
	}
	mem_deref(rec->file);
	mem_deref(rec->sealed);
	mem_deref(rec->box);
}

static work_h close_job, closed;

int recorder_alloc(struct recorder **recp, const struct recorder_prm *prm)
{
	struct recorder *rec;
	int err;

	assert(recp && prm->box && prm->pool && prm->path);

	rec = mem_zalloc(sizeof(*rec), destructor);
	if (!rec)
		return ENOMEM;

	rec->box = mem_ref(prm->box);
	rec->failed = prm->failed;
	rec->failed_arg = prm->arg;
	rec->vault = prm->vault;
	(void)snprintf(rec->path, sizeof(rec->path), "%s", prm->path);
	if (prm->vault)
		(void)snprintf(rec->person, sizeof(rec->person), "%s",
		               prm->person);
	for (size_t i = 0; i < PIECES; i++) {
		rec->piecev[i].rec = rec;
		rec->piecev[i].next = rec->freep;
		rec->freep = &rec->piecev[i];
	}
	err = work_queue_alloc(&rec->queue, prm->pool,
	                       PIECES + PIECES_MORE + PHRASES_MAX);
	if (!err)
		err = work_job_alloc(&rec->closing, close_job, closed, rec);

	if (err)
		mem_deref(rec);
	else
		*recp = rec;

	return err;
}

/* --- jobs ----------------------------------------------------------------- */

static int sealed_open(struct recorder *rec, uint32_t rate_hz)
{
	const struct recording_prm prm = {rec->vault, rec->person, rate_hz,
	                                  TRACKS};
	int fd, err;

	fd = open(rec->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	          FILE_MODE);
	if (fd < 0)
		return errno;

	err = recording_begin(&rec->sealed, fd, &prm);
	if (err)
		(void)unlink(rec->path);

	return err;
}

static int file_open(struct recorder *rec, uint32_t rate_hz)
{
	char folder[PATH_SIZE];

	(void)snprintf(folder, sizeof(folder), "%s", rec->path);
	if (mkdir(dirname(folder), 0750) && errno != EEXIST)
		return errno;

	if (rec->vault)
		return sealed_open(rec, rate_hz);

	return wav_open(&rec->file, rec->path, rate_hz, TRACKS);
}

static void write_job(void *arg)
{
	struct piece *piece = arg;
	struct recorder *rec = piece->rec;

	static_assert((int)sizeof(piece->pcm) == (int)RECORDING_CHUNK,
	              "a piece that is full is a chunk");
	if (!rec->err && !rec->file && !rec->sealed)
		rec->err = file_open(rec, piece->rate_hz);
	if (rec->err)
		return;

	/* Only the last piece is not full. */
	if (rec->sealed)
		rec->err = recording_append(rec->sealed, piece->pcm,
		                            piece->frames * FRAME_SIZE);
	else
		rec->err = wav_append(rec->file, piece->pcm, piece->frames);
}

static void close_job(void *arg)
{
	struct recorder *rec = arg;

	/* Without its end a reader says that it is missing: no more. */
	if (rec->sealed)
		(void)recording_end(rec->sealed);
	rec->sealed = mem_deref(rec->sealed);
	rec->file = mem_deref(rec->file);
}

/* --- on the control loop ----------------------------------------------------
 */

static void fail(struct recorder *rec)
{
	char words[WORDS_SIZE];

	rec->has_failed = true;
	(void)snprintf(words, sizeof(words),
	               "recording to %s ends: %s; the call goes on", rec->path,
	               rec->err == EKEYREVOKED ? "the person was erased"
	                                       : strerror(rec->err));
	log_warning("call", "%s", words);
	if (rec->failed)
		rec->failed(words, rec->failed_arg);
}

static void tick_piece_free(void *arg)
{
	struct piece *piece = arg;

	piece->next = piece->rec->freep;
	piece->rec->freep = piece;
}

static void piece_back(struct piece *piece)
{
	struct recorder *rec = piece->rec;

	if (!piece->is_more) {
		(void)tickbox_send(rec->box, tick_piece_free, piece);
		return;
	}

	rec->more--;
	mem_deref(piece);
}

static void piece_written(void *arg)
{
	struct piece *piece = arg;
	struct recorder *rec = piece->rec;

	if (rec->err && !rec->has_failed)
		fail(rec);
	if (!rec->err)
		rec->has_file = true;
	piece_back(piece);
}

/* Without memory for it the sound is lost, which the tick counts. */
static void piece_wanted(void *arg)
{
	struct recorder *rec = arg;
	struct piece *piece;

	if (rec->more == PIECES_MORE)
		return;
	piece = mem_zalloc(sizeof(*piece), NULL);
	if (!piece)
		return;

	piece->rec = rec;
	piece->is_more = true;
	if (tickbox_send(rec->box, tick_piece_free, piece))
		mem_deref(piece);
	else
		rec->more++;
}

static void piece_arrived(void *arg)
{
	struct piece *piece = arg;

	struct recorder *rec = piece->rec;

	/* Never full: it holds as many jobs as there are pieces. */
	if (!work_submit(rec->queue, write_job, piece_written, piece))
		return;

	rec->lost_ms += piece->frames * 1000 / piece->rate_hz;
	piece_back(piece);
}

static void tick_start(void *arg)
{
	struct recorder *rec = arg;

	rec->is_recording = true;
}

int recorder_start(struct recorder *rec)
{
	return tickbox_send(rec->box, tick_start, rec);
}

static void closed(void *arg)
{
	struct recorder *rec = arg;

	if (rec->dropped_ms)
		log_warning("call", "%s: %zu ms not recorded: the disk is slow",
		            rec->path, (size_t)rec->dropped_ms);
	if (rec->lost_ms)
		log_warning("call", "%s: %zu ms not recorded: out of memory",
		            rec->path, (size_t)rec->lost_ms);
	rec->done(rec->done_arg);
}

void recorder_finish(struct recorder *rec, void (*done)(void *arg), void *arg)
{
	assert(done);

	rec->done = done;
	rec->done_arg = arg;
	if (rec->filling)
		piece_arrived(rec->filling);
	rec->filling = NULL;

	work_submit_job(rec->queue, rec->closing);
	rec->closing = NULL;
}

static void tick_hear(void *arg)
{
	struct recorder *rec = arg;

	rec->is_deaf = false;
}

static void tick_hear_not(void *arg)
{
	struct recorder *rec = arg;

	rec->is_deaf = true;
}

int recorder_hear(struct recorder *rec, bool is_on)
{
	return tickbox_send(rec->box, is_on ? tick_hear : tick_hear_not, rec);
}

struct work_queue *recorder_queue(struct recorder *rec)
{
	return rec->queue;
}

bool recorder_has_failed(const struct recorder *rec)
{
	return rec->has_failed;
}

bool recorder_has_file(const struct recorder *rec)
{
	return rec->has_file;
}

/* --- in the tick ----------------------------------------------------- */

bool recorder_is_recording(const struct recorder *rec)
{
	return rec->is_recording;
}

static struct piece *piece_take(struct recorder *rec, size_t n)
{
	struct piece *piece = rec->freep;

	if (piece) {
		rec->freep = piece->next;
		piece->rate_hz = (uint32_t)n * AUDIO_TICKS_S;
		piece->frames = 0;
	}

	return piece;
}

static void interleave(int16_t *frames, const int16_t *left,
                       const int16_t *right, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		frames[TRACKS * i] = left[i];
		frames[TRACKS * i + 1] = right[i];
	}
}

void recorder_prefetch(const struct recorder *rec)
{
	prefetch(&rec->is_recording,
	         offsetof(struct recorder, piecev) -
	                 offsetof(struct recorder, is_recording));
}

void recorder_prefetch_piece(const struct recorder *rec)
{
	const struct piece *piece = rec->filling;

	if (!piece)
		return;

	prefetch(piece, offsetof(struct piece, pcm));
	prefetch(piece->pcm + TRACKS * piece->frames,
	         TRACKS * AUDIO_FRAME_MAX / 2 * sizeof(int16_t));
}

void recorder_tick(struct recorder *rec, const int16_t *in, const int16_t *out,
                   size_t n)
{
	bool is_first_half;
	struct piece *piece;

	if (!rec->is_recording)
		return;

	assert(PIECE_FRAMES % n == 0 && n <= ARRAY_COUNT(silence));
	if (!rec->filling)
		rec->filling = piece_take(rec, n);
	piece = rec->filling;
	if (!piece) {
		rec->dropped_ms += 1000 / AUDIO_TICKS_S;
		return;
	}

	interleave(piece->pcm + TRACKS * piece->frames,
	           in && !rec->is_deaf ? in : silence, out, n);
	is_first_half = piece->frames < PIECE_FRAMES / 2;
	piece->frames += n;
	if (is_first_half && piece->frames >= PIECE_FRAMES / 2 && !rec->freep)
		(void)tickbox_report(piece_wanted, rec);
	if (piece->frames < PIECE_FRAMES)
		return;

	rec->filling = NULL;
	if (tickbox_report(piece_arrived, piece)) {
		rec->dropped_ms += piece->frames * 1000 / piece->rate_hz;
		tick_piece_free(piece);
	}
}
