/*
 * speech/voice_espeak.c - voices of many languages: espeak-ng
 */
#include <ctype.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "speech/espeak.h"
#include "speech/ssml.h"
#include "speech/voice.h"

enum {
	SOUND_BYTES_MAX = 64 << 20,
	HEADER_BYTES = 44, /* of the WAV it writes */
};

static bool espeak_can(const char *lang, const char *voice)
{
	/* A voice is "en-us", "ru" or one with a variant, "en-gb+f2". */
	for (const char *p = voice; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("-+_", *p))
			return false;
	}

	return strlen(voice) < ESPEAK_VOICE_SIZE &&
	       strlen(lang) < ESPEAK_VOICE_SIZE &&
	       espeak_speaks(voice[0] ? voice : lang);
}

/* Its header is for a stream: the length in it is not the length. */
static int read_sound(int16_t **pcmp, size_t *countp, uint32_t *rate_hzp,
                      int fd)
{
	uint8_t header[HEADER_BYTES];
	struct stat st;
	int16_t *pcm;
	size_t size;

	if (fstat(fd, &st))
		return errno;
	if (st.st_size < HEADER_BYTES || st.st_size > SOUND_BYTES_MAX)
		return EBADMSG;
	if (pread(fd, header, sizeof(header), 0) != HEADER_BYTES ||
	    memcmp(header, "RIFF", 4) || memcmp(header + 36, "data", 4))
		return EBADMSG;

	size = (size_t)st.st_size - HEADER_BYTES;
	pcm = mem_zalloc(size + sizeof(*pcm), NULL);
	if (!pcm)
		return ENOMEM;
	if (pread(fd, pcm, size, HEADER_BYTES) != (ssize_t)size) {
		mem_deref(pcm);
		return EIO;
	}

	*pcmp = pcm;
	*countp = size / sizeof(*pcm);
	*rate_hzp = (uint32_t)header[24] | (uint32_t)header[25] << 8;

	return 0;
}

/* 1 to 100 around 50 as half to double; 0 is 50. */
static void speed_option(char option[ESPEAK_OPTION_SIZE], int speechrate)
{
	double words_per_min = 175;

	if (speechrate)
		words_per_min *= exp2((speechrate - 50) / 50.0);
	(void)snprintf(option, ESPEAK_OPTION_SIZE, "%.0f", words_per_min);
}

static int espeak_say(int16_t **pcmp, size_t *countp, uint32_t *rate_hzp,
                      const struct voice_prm *prm, char fault[CFG_FAULT_SIZE])
{
	char voice[ESPEAK_VOICE_SIZE], speed[ESPEAK_OPTION_SIZE],
		pitch[ESPEAK_OPTION_SIZE];
	int fd, err;

	espeak_voice(voice, prm->name[0] ? prm->name : prm->lang);
	speed_option(speed, prm->speechrate);
	(void)snprintf(pitch, sizeof(pitch), "%d",
	               prm->pitchrate ? prm->pitchrate * 99 / 100 : 50);

	char word[][ESPEAK_OPTION_SIZE] = {"espeak-ng", "-b",       "1",
	                                   "--stdin",   "--stdout", "-v",
	                                   "-s",        "-p",       "-m"};
	char *const argv[] = {
		word[0], word[1], word[2], word[3],
		word[4], word[5], voice,   word[6],
		speed,   word[7], pitch,   ssml_is(prm->text) ? word[8] : NULL,
		NULL};

	err = espeak_run(&fd, argv, prm->text);
	if (!err) {
		err = read_sound(pcmp, countp, rate_hzp, fd);
		(void)close(fd);
	}
	if (err)
		espeak_explain(fault, err, voice);

	return err;
}

static const char *const *espeak_list(void)
{
	return espeak_languagev;
}

const struct voice_ops voice_espeak = {
	.name = "espeak",
	.version = "espeak-ng 1",
	.knows_ssml = true,
	.missing = espeak_missing,
	.can = espeak_can,
	.say = espeak_say,
	.list = espeak_list,
};
