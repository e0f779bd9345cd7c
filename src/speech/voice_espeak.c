/*
 * speech/voice_espeak.c - voices of many languages: espeak-ng as a process
 *
 * espeak-ng is GPL-3 and not thread-safe, so it is never linked: each text is
 * a process of its own, started without a shell. The text goes in and the
 * sound comes out through files in memory, which can neither block nor break
 * like pipes, and a text that begins with "-" is no option.
 */
#include <ctype.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/mem.h"
#include "speech/ssml.h"
#include "speech/voice.h"

extern char **environ;

enum {
	TIME_MAX_MS = 20000, /* it speaks 800 times faster than life */
	SOUND_BYTES_MAX = 64 << 20,
	HEADER_BYTES = 44, /* of the WAV it writes */
	VOICE_SIZE = 64,
	NUMBER_SIZE = 12,
	PATH_SIZE = 4096,
	EXIT_NOT_FOUND = 127,
};

static const char program[] = "espeak-ng";
static const char install_it[] =
	"espeak-ng is not installed: apt-get install espeak-ng";

/* What espeak-ng 1.51 speaks. */
static const char *const languagev[] = {
	"af",  "am",  "an",  "ar",  "as",  "az",  "ba", "be",  "bg", "bn",
	"bpy", "bs",  "ca",  "chr", "cmn", "cs",  "cv", "cy",  "da", "de",
	"el",  "en",  "eo",  "es",  "et",  "eu",  "fa", "fi",  "fr", "ga",
	"gd",  "gn",  "grc", "gu",  "hak", "haw", "he", "hi",  "hr", "ht",
	"hu",  "hy",  "hyw", "ia",  "id",  "io",  "is", "it",  "ja", "ka",
	"kk",  "kl",  "kn",  "ko",  "kok", "ku",  "ky", "la",  "lb", "lfn",
	"lt",  "lv",  "mi",  "mk",  "ml",  "mr",  "ms", "mt",  "my", "nb",
	"nci", "ne",  "nl",  "nog", "om",  "or",  "pa", "pl",  "pt", "qu",
	"quc", "qya", "ro",  "ru",  "sd",  "shn", "si", "sjn", "sk", "sl",
	"smj", "sq",  "sr",  "sv",  "sw",  "ta",  "te", "th",  "tk", "tn",
	"tr",  "tt",  "ug",  "uk",  "ur",  "uz",  "vi", "yue", "zh", NULL,
};

/* The tag of the language without region and variant: "zh" of "zh-CN". */
static bool is_spoken(const char *tag)
{
	size_t len = strcspn(tag, "-+_");

	for (size_t i = 0; languagev[i]; i++) {
		if (strlen(languagev[i]) == len &&
		    !strncasecmp(languagev[i], tag, len))
			return true;
	}

	return false;
}

static bool espeak_can(const char *lang, const char *voice)
{
	/* A voice is "en-us", "ru" or one with a variant, "en-gb+f2". */
	for (const char *p = voice; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("-+_", *p))
			return false;
	}

	return strlen(voice) < VOICE_SIZE && strlen(lang) < VOICE_SIZE &&
	       is_spoken(voice[0] ? voice : lang);
}

static const char *espeak_missing(void)
{
	const char *path = getenv("PATH");
	char file[PATH_SIZE];

	while (path && *path) {
		int len = (int)strcspn(path, ":");

		(void)snprintf(file, sizeof(file), "%.*s/%s", len, path,
		               program);
		if (!access(file, X_OK))
			return NULL;
		path += len + (path[len] == ':');
	}

	return install_it;
}

/* Its "cmn" spells Hanzi as Latin letters; the pinyin voice reads them. */
static void choose_voice(char voice[VOICE_SIZE], const struct voice_prm *prm)
{
	const char *tag = prm->name[0] ? prm->name : prm->lang;
	size_t len = strcspn(tag, "-+_");

	if ((len == 2 && !strncasecmp(tag, "zh", len)) || !strcmp(tag, "cmn"))
		tag = "cmn-latn-pinyin";
	(void)snprintf(voice, VOICE_SIZE, "%s", tag);
}

/* What the process is given and what it leaves behind. */
struct talk {
	int in;  /* the text, a file in memory */
	int out; /* the sound */
	pid_t pid;
};

static int open_files(struct talk *talk, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	talk->in = memfd_create("text", MFD_CLOEXEC);
	talk->out = memfd_create("sound", MFD_CLOEXEC);
	if (talk->in < 0 || talk->out < 0)
		return errno;

	if (write(talk->in, text, (size_t)len) != len)
		return errno ? errno : EIO;
	if (lseek(talk->in, 0, SEEK_SET) < 0)
		return errno;

	return 0;
}

static int spawn_with(struct talk *talk, char *const argv[],
                      posix_spawn_file_actions_t *files,
                      posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int err;

	/* Sockets of calls must not live on in it. */
	err = posix_spawn_file_actions_adddup2(files, talk->in, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(files, talk->out, 1);
	if (!err)
		err = posix_spawn_file_actions_addopen(files, 2, "/dev/null",
		                                       O_WRONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(files, 3);
	if (err)
		return err;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawnattr_setsigmask(attr, &none);
	(void)posix_spawnattr_setsigdefault(attr, &all);
	(void)posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
	                                             POSIX_SPAWN_SETSIGDEF);

	return posix_spawnp(&talk->pid, program, files, attr, argv, environ);
}

static int start(struct talk *talk, char *const argv[])
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int err;

	err = posix_spawn_file_actions_init(&files);
	if (err)
		return err;
	err = posix_spawnattr_init(&attr);
	if (!err) {
		err = spawn_with(talk, argv, &files, &attr);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&files);

	return err;
}

/* Waits for its end, or makes one. Returns 0 when it ended well. */
static int finish(const struct talk *talk)
{
	struct pollfd pfd = {.fd = -1, .events = POLLIN};
	int status = 0, n;

	pfd.fd = pidfd_open(talk->pid, 0);
	n = pfd.fd < 0 ? -1 : poll(&pfd, 1, TIME_MAX_MS);
	if (n <= 0)
		(void)kill(talk->pid, SIGKILL);
	if (pfd.fd >= 0)
		(void)close(pfd.fd);

	while (waitpid(talk->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return errno;
	}
	if (n <= 0)
		return ETIMEDOUT;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_FOUND)
		return ENOENT;

	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : EPROTO;
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
static void speed_option(char option[NUMBER_SIZE], int speechrate)
{
	double words_per_min = 175;

	if (speechrate)
		words_per_min *= exp2((speechrate - 50) / 50.0);
	(void)snprintf(option, NUMBER_SIZE, "%.0f", words_per_min);
}

static void explain(char fault[CFG_FAULT_SIZE], int err, const char *voice)
{
	if (err == ENOENT)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", install_it);
	else if (err == ETIMEDOUT)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "espeak-ng did not finish within %d s",
		               TIME_MAX_MS / 1000);
	else if (err == EPROTO || err == EBADMSG)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "espeak-ng has no voice \"%s\" that works: see "
		               "espeak-ng --voices",
		               voice);
	else
		(void)snprintf(fault, CFG_FAULT_SIZE, "espeak-ng: %s",
		               strerror(err));
}

static int espeak_say(int16_t **pcmp, size_t *countp, uint32_t *rate_hzp,
                      const struct voice_prm *prm, char fault[CFG_FAULT_SIZE])
{
	char voice[VOICE_SIZE], speed[NUMBER_SIZE], pitch[NUMBER_SIZE];
	struct talk talk = {.in = -1, .out = -1};
	int err;

	choose_voice(voice, prm);
	speed_option(speed, prm->speechrate);
	(void)snprintf(pitch, sizeof(pitch), "%d",
	               prm->pitchrate ? prm->pitchrate * 99 / 100 : 50);

	char word[][NUMBER_SIZE] = {"espeak-ng", "-b",       "1",
	                            "--stdin",   "--stdout", "-v",
	                            "-s",        "-p",       "-m"};
	char *const argv[] = {
		word[0], word[1], word[2], word[3],
		word[4], word[5], voice,   word[6],
		speed,   word[7], pitch,   ssml_is(prm->text) ? word[8] : NULL,
		NULL};

	err = open_files(&talk, prm->text);
	if (err)
		goto out;

	err = start(&talk, argv);
	if (err)
		goto out;

	err = finish(&talk);
	if (err)
		goto out;

	err = read_sound(pcmp, countp, rate_hzp, talk.out);

out:
	if (err)
		explain(fault, err, voice);
	if (talk.in >= 0)
		(void)close(talk.in);
	if (talk.out >= 0)
		(void)close(talk.out);

	return err;
}

static const char *const *espeak_list(void)
{
	return languagev;
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
