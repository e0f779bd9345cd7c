/*
 * speech/espeak.c - espeak-ng: a process of its own for each text
 *
 * espeak-ng is GPL-3 and not thread-safe, so it is never linked: each text is
 * a process of its own, started without a shell. The text goes in and the
 * answer comes out through files in memory, which can neither block nor break
 * like pipes, and a text that begins with "-" is no option.
 */
#include <ctype.h>
#include <fcntl.h>
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
#include "speech/espeak.h"

extern char **environ;

enum {
	TIME_MAX_MS = ESPEAK_TIME_MAX_S * 1000,
	TEXT_BYTES_MAX = 4 << 20,
	PATH_SIZE = 4096,
	EXIT_NOT_FOUND = 127,
};

static const char program[] = "espeak-ng";
static const char install_it[] =
	"espeak-ng is not installed: apt-get install espeak-ng";

/* What espeak-ng 1.51 speaks. */
const char *const espeak_languagev[] = {
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
bool espeak_speaks(const char *tag)
{
	size_t len = strcspn(tag, "-+_");

	for (size_t i = 0; espeak_languagev[i]; i++) {
		if (strlen(espeak_languagev[i]) == len &&
		    !strncasecmp(espeak_languagev[i], tag, len))
			return true;
	}

	return false;
}

const char *espeak_missing(void)
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
void espeak_voice(char voice[ESPEAK_VOICE_SIZE], const char *tag)
{
	size_t len = strcspn(tag, "-+_");
	const char *variant = strchr(tag, '+');

	if ((len == 2 && !strncasecmp(tag, "zh", len)) ||
	    (len == 3 && !strncmp(tag, "cmn", len)))
		(void)snprintf(voice, ESPEAK_VOICE_SIZE, "cmn-latn-pinyin%s",
		               variant ? variant : "");
	else
		(void)snprintf(voice, ESPEAK_VOICE_SIZE, "%s", tag);
}

/* What the process is given and what it leaves behind. */
struct talk {
	int in;  /* the text, a file in memory */
	int out; /* the answer */
	pid_t pid;
};

static int open_files(struct talk *talk, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	talk->in = memfd_create("text", MFD_CLOEXEC);
	talk->out = memfd_create("answer", MFD_CLOEXEC);
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

int espeak_run(int *fdp, char *const argv[], const char *text)
{
	struct talk talk = {.in = -1, .out = -1};
	int err;

	err = open_files(&talk, text);
	if (!err)
		err = start(&talk, argv);
	if (!err)
		err = finish(&talk);

	if (talk.in >= 0)
		(void)close(talk.in);
	if (err && talk.out >= 0)
		(void)close(talk.out);
	if (!err)
		*fdp = talk.out;

	return err;
}

/* How a text sounds, in one of its two notations. */
static int spell(char **spelledp, char notation[ESPEAK_OPTION_SIZE],
                 const char *tag, const char *text)
{
	char voice[ESPEAK_VOICE_SIZE];
	char word[][ESPEAK_OPTION_SIZE] = {"espeak-ng", "-q", "--stdin",
	                                   "-b",        "1",  "-v"};
	char *const argv[] = {word[0], word[1], notation, word[2], word[3],
	                      word[4], word[5], voice,    NULL};
	struct stat st;
	char *spelled;
	int fd, err;

	espeak_voice(voice, tag);
	err = espeak_run(&fd, argv, text);
	if (err)
		return err;

	if (fstat(fd, &st)) {
		err = errno;
		goto out;
	}
	if (st.st_size > TEXT_BYTES_MAX) {
		err = EBADMSG;
		goto out;
	}
	spelled = mem_zalloc((size_t)st.st_size + 1, NULL);
	if (!spelled) {
		err = ENOMEM;
		goto out;
	}
	if (pread(fd, spelled, (size_t)st.st_size, 0) != st.st_size) {
		mem_deref(spelled);
		err = EIO;
		goto out;
	}
	*spelledp = spelled;

out:
	(void)close(fd);

	return err;
}

int espeak_ipa(char **ipap, const char *tag, const char *text)
{
	char notation[ESPEAK_OPTION_SIZE] = "--ipa";

	return spell(ipap, notation, tag, text);
}

int espeak_names(char **namesp, const char *tag, const char *text)
{
	char notation[ESPEAK_OPTION_SIZE] = "-x";

	return spell(namesp, notation, tag, text);
}

void espeak_explain(char fault[CFG_FAULT_SIZE], int err, const char *voice)
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
