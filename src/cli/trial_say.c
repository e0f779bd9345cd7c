/*
 * cli/trial_say.c - one voice, tried alone, with a watch in hand
 *
 * With a folder for its sounds that is made for it and removed, so that nothing
 * is there already.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "cli/trial.h"
#include <re_tmr.h>

enum {
	FOLDERS_MAX = 8, /* open while it is removed */
	LIST_SIZE = 256,
};

struct saying {
	struct env *env;
	struct trial_said *said;
	uint64_t begin_ms;
	int err;
};

static void first_take(struct saying *saying)
{
	if (saying->said->first_ms == TRIAL_NEVER)
		saying->said->first_ms = (int)(clock_ms() - saying->begin_ms);
}

static void begun_handler(struct voice_sound *sound, void *arg)
{
	(void)sound;
	first_take(arg);
}

static void done_handler(struct voice_sound *sound, const char *fault,
                         void *arg)
{
	struct saying *saying = arg;
	struct trial_said *said = saying->said;

	if (sound) {
		first_take(saying);
		said->sound = mem_ref(sound);
		said->whole_ms = (int)(clock_ms() - saying->begin_ms);
	}
	else {
		saying->err = EIO;
		(void)snprintf(said->why, sizeof(said->why), "%s", fault);
	}
	env_wake(saying->env);
}

static void late_handler(void *arg)
{
	struct saying *saying = arg;

	saying->err = ETIMEDOUT;
	(void)snprintf(saying->said->why, sizeof(saying->said->why),
	               "no sound in time");
	env_wake(saying->env);
}

static int say(struct saying *saying, struct voices *voices,
               const struct trial_say_prm *prm)
{
	const struct voice_sink sink = {
		.begun = begun_handler,
		.done = done_handler,
		.arg = saying,
	};
	const char *missing =
		voices_missing(voices, prm->say.lang, prm->say.name);
	struct voice_request *request = NULL;
	struct tmr tmr;
	int err;

	if (missing) {
		(void)snprintf(saying->said->why, sizeof(saying->said->why),
		               "%s", missing);
		return ENOENT;
	}

	tmr_init(&tmr);
	saying->begin_ms = clock_ms();
	err = voices_get_live(&request, voices, &prm->say, prm->rate_hz, &sink);
	if (!err) {
		tmr_start(&tmr, prm->limit_ms, late_handler, saying);
		err = env_wait(saying->env);
	}
	tmr_cancel(&tmr);
	mem_deref(request);

	return err ? err : saying->err;
}

static int remove_handler(const char *path, const struct stat *stat, int type,
                          struct FTW *ftw)
{
	(void)stat;
	(void)type;
	(void)ftw;

	return remove(path);
}

/* The list of voices is the configuration's: for the trial it is another. */
static int voices_open(struct voices **voicesp, struct env *env,
                       const char *names, const char *folder,
                       struct trial_said *said)
{
	char fault[CFG_FAULT_SIZE] = "", unsaid[CFG_FAULT_SIZE];
	char before[LIST_SIZE];
	int err;

	(void)snprintf(before, sizeof(before), "%s",
	               cfg_text(env->cfg, "voice", "voices"));
	err = cfg_set(env->cfg, "voice.voices", names, fault);
	if (!err)
		err = voices_alloc(voicesp, env->cfg, folder, env->pool,
		                   env->http, fault);
	(void)cfg_set(env->cfg, "voice.voices", before, unsaid);
	if (err)
		(void)snprintf(said->why, sizeof(said->why), "%s", fault);

	return err;
}

int trial_say(struct env *env, const struct trial_say_prm *prm,
              struct trial_said *said)
{
	struct saying saying = {.env = env, .said = said};
	/* It may be the text that the configuration gives up meanwhile. */
	char folder[ENV_PATH_SIZE + 16], names[LIST_SIZE];
	struct voices *voices = NULL;
	int err;

	memset(said, 0, sizeof(*said));
	said->connect_ms = said->first_ms = said->whole_ms = TRIAL_NEVER;
	(void)snprintf(names, sizeof(names), "%s", prm->names);
	(void)snprintf(folder, sizeof(folder), "%s/trial-XXXXXX", env->data);
	if (!mkdtemp(folder)) {
		err = errno;
		(void)snprintf(said->why, sizeof(said->why), "%s: %s",
		               env->data, strerror(err));
		return err;
	}

	err = voices_open(&voices, env, names, folder, said);
	if (!err)
		err = trial_connect(env, names, &said->connect_ms, said->why);
	if (!err)
		err = say(&saying, voices, prm);
	if (err && !*said->why)
		(void)snprintf(said->why, sizeof(said->why), "%s",
		               strerror(err));
	mem_deref(voices);
	(void)nftw(folder, remove_handler, FOLDERS_MAX, FTW_DEPTH | FTW_PHYS);

	return err;
}
