/*
 * speech/trial_say.c - one voice, tried alone, with a watch in hand
 */
#include <assert.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "speech/trial.h"
#include <re_tmr.h>

struct trial_say {
	struct trial_make make;
	struct trial_say_prm prm;
	struct trial_said said;
	struct trial_knock *knock;
	struct voices *voices;
	struct voice_request *request;
	struct tmr tmr;
	uint64_t begin_ms;
	int err; /* of opening it */
	trial_said_h *done;
	void *arg;
};

static void destructor(void *arg)
{
	struct trial_say *trial = arg;

	tmr_cancel(&trial->tmr);
	mem_deref(trial->knock);
	mem_deref(trial->request);
	mem_deref(trial->said.sound);
	mem_deref(trial->voices);
}

/* It may be freed by this. */
static void end(struct trial_say *trial, int err)
{
	struct trial_said *said = &trial->said;

	tmr_cancel(&trial->tmr);
	if (err && !*said->why)
		(void)snprintf(said->why, sizeof(said->why), "%s",
		               strerror(err));
	trial->done(err, said, trial->arg);
}

static int ms_since(const struct trial_say *trial)
{
	return (int)(clock_ms() - trial->begin_ms);
}

static void begun_handler(struct voice_sound *sound, void *arg)
{
	struct trial_say *trial = arg;

	(void)sound;
	trial->said.first_ms = ms_since(trial);
}

static void done_handler(struct voice_sound *sound, const char *fault,
                         void *arg)
{
	struct trial_say *trial = arg;
	struct trial_said *said = &trial->said;

	if (!sound) {
		(void)text_copy(said->why, sizeof(said->why), fault);
		end(trial, EIO);
		return;
	}

	said->whole_ms = ms_since(trial);
	if (said->first_ms == TRIAL_NEVER)
		said->first_ms = said->whole_ms;
	said->sound = mem_ref(sound);
	end(trial, 0);
}

static void late_handler(void *arg)
{
	struct trial_say *trial = arg;

	trial->request = mem_deref(trial->request);
	(void)snprintf(trial->said.why, sizeof(trial->said.why),
	               "no sound within %u ms", trial->prm.limit_ms);
	end(trial, ETIMEDOUT);
}

static void knocked_handler(int err, int ms, const char *why, void *arg)
{
	const struct voice_sink sink = {begun_handler, done_handler, arg};
	struct trial_say *trial = arg;

	trial->said.connect_ms = ms;
	trial->begin_ms = clock_ms();
	if (err)
		(void)text_copy(trial->said.why, sizeof(trial->said.why), why);
	else
		err = voices_get_live(&trial->request, trial->voices,
		                      &trial->prm.say, trial->prm.rate_hz,
		                      &sink);
	if (err)
		end(trial, err);
	else
		tmr_start(&trial->tmr, trial->prm.limit_ms, late_handler,
		          trial);
}

static void begin_handler(void *arg)
{
	struct trial_say *trial = arg;
	const struct voice_prm *say = &trial->prm.say;
	const char *missing = NULL;
	int err = trial->err;

	if (!err)
		missing = voices_missing(trial->voices, say->lang, say->name);
	if (missing) {
		(void)text_copy(trial->said.why, sizeof(trial->said.why),
		                missing);
		err = ENOENT;
	}
	if (!err)
		err = trial_knock(&trial->knock, &trial->make, trial->prm.names,
		                  knocked_handler, trial);
	if (err)
		end(trial, err);
}

int trial_say(struct trial_say **trialp, const struct trial_make *make,
              const struct trial_say_prm *prm, trial_said_h *done, void *arg)
{
	const struct voices_prm voices = {
		.cfg = make->cfg,
		.names = prm->names,
		.pool = make->pool,
		.http = make->http,
	};
	char fault[CFG_FAULT_SIZE] = "";
	struct trial_say *trial;

	assert(trialp && prm && done);

	trial = mem_zalloc(sizeof(*trial), destructor);
	if (!trial)
		return ENOMEM;

	tmr_init(&trial->tmr);
	trial->make = *make;
	trial->prm = *prm;
	trial->done = done;
	trial->arg = arg;
	trial->said.connect_ms = TRIAL_NEVER;
	trial->said.first_ms = trial->said.whole_ms = TRIAL_NEVER;
	trial->err = voices_open(&trial->voices, &voices, fault);
	(void)text_copy(trial->said.why, sizeof(trial->said.why), fault);
	tmr_start(&trial->tmr, 0, begin_handler, trial);
	*trialp = trial;

	return 0;
}
