/*
 * call/offline.c - what is played when no voice can speak
 */
#include <assert.h>
#include <stdio.h>
#include "base/resample.h"
#include "base/wav.h"
#include "call/live.h"
#include "call/offline.h"

struct offline {
	struct voice_sound *narrow; /* 8000 Hz */
	struct voice_sound *wide;   /* 16000 Hz */
};

enum {
	NARROW_HZ = 8000,
	WIDE_HZ = 16000,
};

static void destructor(void *arg)
{
	struct offline *offline = arg;

	mem_deref(offline->narrow);
	mem_deref(offline->wide);
}

static int sound_make(struct voice_sound **soundp, uint32_t rate_hz,
                      const struct voice_sound *from)
{
	int16_t *pcm = NULL;
	size_t count = 0;
	int err;

	err = resample_all(&pcm, &count, rate_hz, from->pcm, from->count,
	                   from->rate_hz);
	if (!err)
		err = clips_sound(soundp, pcm, count, rate_hz);
	if (err)
		mem_deref(pcm);

	return err;
}

int offline_alloc(struct offline **offlinep, const char *path,
                  char fault[CFG_FAULT_SIZE])
{
	struct voice_sound from = {.pcm = NULL};
	struct offline *offline;
	int err;

	assert(offlinep && path && fault);

	if (!*path)
		return 0;

	offline = mem_zalloc(sizeof(*offline), destructor);
	if (!offline)
		return ENOMEM;

	err = wav_read(&from.pcm, &from.count, &from.rate_hz, path);
	if (!err)
		err = sound_make(&offline->narrow, NARROW_HZ, &from);
	if (!err)
		err = sound_make(&offline->wide, WIDE_HZ, &from);
	mem_deref(from.pcm);

	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[talk] offline_prompt: %.300s: %s", path,
		               err == EBADMSG ? "this is no sound file that "
		                                "can be read"
		                              : strerror(err));
		mem_deref(offline);
	}
	else {
		*offlinep = offline;
	}

	return err;
}

bool offline_say(struct call *call)
{
	const struct offline *offline = call->calls->offline;
	struct mouth *mouth = call->audio.mouth;

	if (!offline || call->has_been_offline)
		return false;

	call->has_been_offline = true;
	attend_end(call);
	if (mouth_begin(mouth) ||
	    mouth_add(mouth, call->rate_hz == WIDE_HZ ? offline->wide
	                                              : offline->narrow) ||
	    mouth_close(mouth)) {
		mouth_cut(mouth);
		return false;
	}

	return true;
}
