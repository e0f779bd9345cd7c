/*
 * speech/trial_knock.c - how long it takes to reach a service
 */
#include <assert.h>
#include "base/clock.h"
#include "base/mem.h"
#include "speech/service.h"
#include "speech/tally.h"
#include "speech/trial.h"
#include <re_sa.h>
#include <re_tcp.h>
#include <re_tmr.h>

enum {
	LOOKUP_STEP_MS = 10,
};

struct trial_knock {
	struct service *service; /* NULL: nothing has to be reached */
	struct tcp_conn *tcp;
	struct tmr tmr;
	uint64_t begin_ms;
	int err; /* of opening it */
	char why[TRIAL_WHY_SIZE];
	trial_knocked_h *done;
	void *arg;
};

static void destructor(void *arg)
{
	struct trial_knock *knock = arg;

	tmr_cancel(&knock->tmr);
	mem_deref(knock->tcp);
	mem_deref(knock->service);
}

/* It may be freed by this. */
static void end(struct trial_knock *knock, int err)
{
	int ms = TRIAL_NEVER;

	tmr_cancel(&knock->tmr);
	knock->tcp = mem_deref(knock->tcp);
	if (err && !*knock->why)
		(void)snprintf(knock->why, sizeof(knock->why),
		               "%s: cannot connect to %s: %s; is it running, "
		               "and is `url` of [service %s] right?",
		               knock->service->name,
		               service_host(knock->service), strerror(err),
		               knock->service->name);
	if (err && knock->service)
		tally_failed(knock->service->name, knock->why);
	else if (knock->service)
		ms = (int)(clock_ms() - knock->begin_ms);
	knock->done(err, ms, knock->why, knock->arg);
}

static void open_handler(void *arg)
{
	end(arg, 0);
}

static void close_handler(int err, void *arg)
{
	end(arg, err ? err : ECONNRESET);
}

static void late_handler(void *arg)
{
	end(arg, ETIMEDOUT);
}

/* Waits for a name server, as the service itself would. */
static void step_handler(void *arg)
{
	struct trial_knock *knock = arg;
	struct service *service = knock->service;
	const struct sa *peer = NULL;
	int err = knock->err;

	if (err || !service) {
		end(knock, err);
		return;
	}

	err = service_peer(service, &peer);
	if (err == EINPROGRESS) {
		if (clock_ms() < knock->begin_ms + service->connect_ms)
			tmr_start(&knock->tmr, LOOKUP_STEP_MS, step_handler,
			          knock);
		else
			end(knock, ETIMEDOUT);
		return;
	}
	if (!err)
		err = tcp_connect(&knock->tcp, peer, open_handler, NULL,
		                  close_handler, knock);
	if (err)
		end(knock, err);
	else
		tmr_start(&knock->tmr, service->connect_ms, late_handler,
		          knock);
}

int trial_knock(struct trial_knock **knockp, const struct trial_make *make,
                const char *names, trial_knocked_h *done, void *arg)
{
	char name[SERVICE_NAME_SIZE], fault[CFG_FAULT_SIZE] = "";
	struct trial_knock *knock;

	assert(knockp && make && names && done);

	knock = mem_zalloc(sizeof(*knock), destructor);
	if (!knock)
		return ENOMEM;

	tmr_init(&knock->tmr);
	knock->begin_ms = clock_ms();
	knock->done = done;
	knock->arg = arg;
	names += *names == '*';
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(names, ", "),
	               names);
	/* Where its kind usually is, only the kind knows. */
	if (service_kind(make->cfg, name) &&
	    *cfg_named_text(make->cfg, "service", name, "url"))
		knock->err = service_alloc(&knock->service, make->cfg, name,
		                           NULL, make->pool, fault);
	if (knock->err)
		(void)snprintf(knock->why, sizeof(knock->why), "%s",
		               *fault ? fault : strerror(knock->err));
	tmr_start(&knock->tmr, 0, step_handler, knock);
	*knockp = knock;

	return 0;
}
