/*
 * cli/trial.c - one recogniser, tried alone, with a watch in hand
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/trial.h"
#include "speech/service.h"
#include <re_sa.h>
#include <re_tcp.h>
#include <re_tmr.h>

enum {
	STEP_MS = 20,
	LOOKUP_STEP_MS = 10,
	MORE_MS = 5000, /* than the limit: then we do not wait any more */
};

/* --- the way there -------------------------------------------------------- */

struct knock {
	struct env *env;
	int err;
};

static void knock_wake(void *arg)
{
	struct knock *knock = arg;

	env_wake(knock->env);
}

static void knock_late(void *arg)
{
	struct knock *knock = arg;

	knock->err = ETIMEDOUT;
	env_wake(knock->env);
}

static void knock_open(void *arg)
{
	struct knock *knock = arg;

	knock->err = 0;
	env_wake(knock->env);
}

static void knock_closed(int err, void *arg)
{
	struct knock *knock = arg;

	knock->err = err ? err : ECONNRESET;
	env_wake(knock->env);
}

/* Waits for a name server, as the service itself would. */
static int peer_find(struct knock *knock, struct service *service,
                     const struct sa **peerp)
{
	uint64_t until_ms = clock_ms() + service->connect_ms;
	struct tmr tmr;
	int err;

	tmr_init(&tmr);
	while ((err = service_peer(service, peerp)) == EINPROGRESS &&
	       clock_ms() < until_ms) {
		tmr_start(&tmr, LOOKUP_STEP_MS, knock_wake, knock);
		err = env_wait(knock->env);
		if (err)
			break;
	}
	tmr_cancel(&tmr);

	return err == EINPROGRESS ? ETIMEDOUT : err;
}

static int tcp_knock(struct knock *knock, struct service *service)
{
	const struct sa *peer = NULL;
	struct tcp_conn *tcp = NULL;
	struct tmr tmr;
	int err;

	err = peer_find(knock, service, &peer);
	if (err)
		return err;

	tmr_init(&tmr);
	err = tcp_connect(&tcp, peer, knock_open, NULL, knock_closed, knock);
	if (!err) {
		tmr_start(&tmr, service->connect_ms, knock_late, knock);
		err = env_wait(knock->env);
	}
	tmr_cancel(&tmr);
	mem_deref(tcp);

	return err ? err : knock->err;
}

int trial_connect(struct env *env, const char *names, int *msp,
                  char why[TRIAL_WHY_SIZE])
{
	struct knock knock = {.env = env};
	char name[SERVICE_NAME_SIZE], fault[CFG_FAULT_SIZE];
	uint64_t begin_ms = clock_ms();
	struct service *service;
	int err;

	names += *names == '*';
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(names, ", "),
	               names);
	*msp = TRIAL_NEVER;
	/* Where its kind usually is, only the kind knows. */
	if (!service_kind(env->cfg, name) ||
	    !*cfg_named_text(env->cfg, "service", name, "url"))
		return 0;

	err = service_alloc(&service, env->cfg, name, NULL, env->pool, fault);
	if (err) {
		(void)snprintf(why, TRIAL_WHY_SIZE, "%s", fault);
		return err;
	}

	err = tcp_knock(&knock, service);
	if (err)
		(void)snprintf(why, TRIAL_WHY_SIZE,
		               "%s: cannot connect to %s: %s; is it running, "
		               "and is `url` of [service %s] right?",
		               name, service_host(service), strerror(err),
		               name);
	else
		*msp = (int)(clock_ms() - begin_ms);
	mem_deref(service);

	return err;
}

/* --- a phrase ---------------------------------------------------------------
 */

struct hearing_trial {
	struct env *env;
	const struct trial_hear_prm *prm;
	struct trial_heard *heard;
	struct asr *asr;
	struct asr_stream *stream;
	struct tmr step_tmr, late_tmr;
	size_t fed;
	uint64_t begin_ms, end_ms; /* of the sound */
	bool is_closed;
	int err;
};

static void partial_handler(const char *text, void *arg)
{
	struct hearing_trial *trial = arg;

	if (*text && trial->heard->partial_ms == TRIAL_NEVER)
		trial->heard->partial_ms = (int)(clock_ms() - trial->begin_ms);
}

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct hearing_trial *trial = arg;
	struct trial_heard *heard = trial->heard;
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
	struct hearing_trial *trial = arg;

	(void)snprintf(trial->heard->why, sizeof(trial->heard->why), "%s", why);
}

static void closed_handler(int err, void *arg)
{
	struct hearing_trial *trial = arg;

	trial->is_closed = true;
	trial->err = err;
	env_wake(trial->env);
}

static void late_handler(void *arg)
{
	struct hearing_trial *trial = arg;

	(void)snprintf(trial->heard->why, sizeof(trial->heard->why),
	               "no text within %u ms", trial->prm->limit_ms);
	trial->err = ETIMEDOUT;
	env_wake(trial->env);
}

static int finish(struct hearing_trial *trial)
{
	trial->end_ms = clock_ms();
	tmr_start(&trial->late_tmr, trial->prm->limit_ms + MORE_MS,
	          late_handler, trial);

	return asr_finish(trial->asr, trial->stream, trial->prm->limit_ms);
}

/* What has been spoken by now. */
static void step_handler(void *arg)
{
	struct hearing_trial *trial = arg;
	const struct trial_hear_prm *prm = trial->prm;
	uint64_t now_ms = clock_ms() - trial->begin_ms;
	size_t due = (size_t)(now_ms * prm->hear.rate_hz / 1000);

	if (trial->is_closed)
		return;
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

	trial->err = finish(trial);
	if (trial->err)
		env_wake(trial->env);
}

static int hear(struct hearing_trial *trial)
{
	const struct asr_sink sink = {
		.partial = partial_handler,
		.phrase = phrase_handler,
		.trouble = trouble_handler,
		.closed = closed_handler,
		.arg = trial,
	};
	int err;

	trial->begin_ms = clock_ms();
	err = asr_open(&trial->stream, trial->asr, &trial->prm->hear, &sink);
	if (err)
		return err;

	tmr_start(&trial->step_tmr, 0, step_handler, trial);
	err = env_wait(trial->env);

	return err ? err : trial->err;
}

int trial_hear(struct env *env, const struct trial_hear_prm *prm,
               struct trial_heard *heard)
{
	struct hearing_trial trial = {
		.env = env,
		.prm = prm,
		.heard = heard,
	};
	char fault[CFG_FAULT_SIZE] = "";
	int err;

	memset(heard, 0, sizeof(*heard));
	heard->partial_ms = heard->final_ms = TRIAL_NEVER;
	tmr_init(&trial.step_tmr);
	tmr_init(&trial.late_tmr);
	err = asr_alloc(&trial.asr, prm->names, env->cfg, env->pool, env->http,
	                fault);
	if (err)
		(void)snprintf(heard->why, sizeof(heard->why), "%s", fault);
	if (!err)
		err = trial_connect(env, prm->names, &heard->connect_ms,
		                    heard->why);
	if (!err && !asr_can(trial.asr, prm->hear.lang)) {
		(void)snprintf(heard->why, sizeof(heard->why),
		               "%s does not understand \"%s\": `lang` of its "
		               "section says what it does",
		               prm->names, prm->hear.lang);
		err = ENOTSUP;
	}
	if (!err)
		err = hear(&trial);
	if (err && !*heard->why)
		(void)snprintf(heard->why, sizeof(heard->why), "%s",
		               strerror(err));
	tmr_cancel(&trial.step_tmr);
	tmr_cancel(&trial.late_tmr);
	mem_deref(trial.stream);
	mem_deref(trial.asr);

	return err;
}
