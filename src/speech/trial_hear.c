/*
 * speech/trial_hear.c - one recogniser, tried alone, with a watch in hand
 */
#include <assert.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "speech/trial.h"
#include <re_tmr.h>

enum {
	STEP_MS = 20,
	MORE_MS = 5000, /* than the limit: then we do not wait any more */
};

struct trial_hear {
	struct trial_make make;
	struct trial_hear_prm prm;
	struct trial_heard heard;
	struct trial_knock *knock;
	struct asr *asr;
	struct asr_stream *stream;
	struct tmr step_tmr, late_tmr;
	size_t fed;
	uint64_t begin_ms, end_ms; /* of the sound */
	int err;                   /* of opening it */
	trial_heard_h *done;
	void *arg;
};

static void destructor(void *arg)
{
	struct trial_hear *trial = arg;

	tmr_cancel(&trial->step_tmr);
	tmr_cancel(&trial->late_tmr);
	mem_deref(trial->knock);
	mem_deref(trial->stream);
	mem_deref(trial->asr);
}

/* It may be freed by this. */
static void end(struct trial_hear *trial, int err)
{
	struct trial_heard *heard = &trial->heard;

	tmr_cancel(&trial->step_tmr);
	tmr_cancel(&trial->late_tmr);
	if (err && !*heard->why)
		(void)snprintf(heard->why, sizeof(heard->why), "%s",
		               strerror(err));
	trial->done(err, heard, trial->arg);
}

/* --- what is heard -------------------------------------------------------- */

static void partial_handler(const char *text, void *arg)
{
	struct trial_hear *trial = arg;

	if (*text && trial->heard.partial_ms == TRIAL_NEVER)
		trial->heard.partial_ms = (int)(clock_ms() - trial->begin_ms);
}

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct trial_hear *trial = arg;
	struct trial_heard *heard = &trial->heard;
	size_t used = strlen(heard->text);

	(void)snprintf(heard->text + used, sizeof(heard->text) - used, "%s%s",
	               used && *phrase->text ? " " : "", phrase->text);
	(void)text_repair(heard->text);
	heard->score = phrase->score;
	(void)text_copy(heard->service, sizeof(heard->service),
	                phrase->service ? phrase->service : "");
	heard->final_ms = trial->end_ms ? (int)(clock_ms() - trial->end_ms) : 0;
}

static void trouble_handler(const char *why, void *arg)
{
	struct trial_hear *trial = arg;

	(void)text_copy(trial->heard.why, sizeof(trial->heard.why), why);
}

static void closed_handler(int err, void *arg)
{
	end(arg, err);
}

static void late_handler(void *arg)
{
	struct trial_hear *trial = arg;

	(void)snprintf(trial->heard.why, sizeof(trial->heard.why),
	               "no text within %u ms", trial->prm.limit_ms);
	end(trial, ETIMEDOUT);
}

/* --- what is said --------------------------------------------------------- */

static int finish(struct trial_hear *trial)
{
	trial->end_ms = clock_ms();
	tmr_start(&trial->late_tmr, trial->prm.limit_ms + MORE_MS, late_handler,
	          trial);

	return asr_finish(trial->asr, trial->stream, trial->prm.limit_ms);
}

/* What has been spoken by now. */
static void step_handler(void *arg)
{
	struct trial_hear *trial = arg;
	const struct trial_hear_prm *prm = &trial->prm;
	uint64_t now_ms = clock_ms() - trial->begin_ms;
	size_t due = (size_t)(now_ms * prm->hear.rate_hz / 1000);
	int err;

	if (due > prm->count)
		due = prm->count;
	/* What a slow recogniser drops it will be heard to have dropped. */
	if (due > trial->fed)
		(void)asr_feed(trial->asr, trial->stream, prm->pcm + trial->fed,
		               due - trial->fed);
	trial->fed = due;
	if (due < prm->count) {
		tmr_start(&trial->step_tmr, STEP_MS, step_handler, trial);
		return;
	}

	err = finish(trial);
	if (err)
		end(trial, err);
}

static void knocked_handler(int err, int ms, const char *why, void *arg)
{
	const struct asr_sink sink = {
		.partial = partial_handler,
		.phrase = phrase_handler,
		.trouble = trouble_handler,
		.closed = closed_handler,
		.arg = arg,
	};
	struct trial_hear *trial = arg;

	trial->heard.connect_ms = ms;
	if (err)
		(void)text_copy(trial->heard.why, sizeof(trial->heard.why),
		                why);
	else
		err = asr_open(&trial->stream, trial->asr, &trial->prm.hear,
		               &sink);
	if (err) {
		end(trial, err);
		return;
	}

	trial->begin_ms = clock_ms();
	tmr_start(&trial->step_tmr, 0, step_handler, trial);
}

static void begin_handler(void *arg)
{
	struct trial_hear *trial = arg;
	const struct trial_hear_prm *prm = &trial->prm;
	int err = trial->err;

	if (!err && !asr_can(trial->asr, prm->hear.lang)) {
		(void)snprintf(trial->heard.why, sizeof(trial->heard.why),
		               "%s does not understand \"%s\": `lang` of its "
		               "section says what it does",
		               prm->names, prm->hear.lang);
		err = ENOTSUP;
	}
	if (!err)
		err = trial_knock(&trial->knock, &trial->make, prm->names,
		                  knocked_handler, trial);
	if (err)
		end(trial, err);
}

int trial_hear(struct trial_hear **trialp, const struct trial_make *make,
               const struct trial_hear_prm *prm, trial_heard_h *done, void *arg)
{
	char fault[CFG_FAULT_SIZE] = "";
	struct trial_hear *trial;

	assert(trialp && make && prm && prm->pcm && done);

	trial = mem_zalloc(sizeof(*trial), destructor);
	if (!trial)
		return ENOMEM;

	tmr_init(&trial->step_tmr);
	tmr_init(&trial->late_tmr);
	trial->make = *make;
	trial->prm = *prm;
	trial->done = done;
	trial->arg = arg;
	trial->heard.connect_ms = TRIAL_NEVER;
	trial->heard.partial_ms = trial->heard.final_ms = TRIAL_NEVER;
	trial->err = asr_alloc(&trial->asr, prm->names, make->cfg, make->pool,
	                       make->http, fault);
	(void)text_copy(trial->heard.why, sizeof(trial->heard.why), fault);
	tmr_start(&trial->step_tmr, 0, begin_handler, trial);
	*trialp = trial;

	return 0;
}
