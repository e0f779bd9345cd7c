/*
 * cli/robots.c - who holds the conversations of the campaigns of the daemon
 *
 * A robot is a script, what it says made ready, and a port that calls with it.
 * While its sounds are made it holds itself, since that cannot be called off.
 */
#include <errno.h>
#include <stdio.h>
#include "base/log.h"
#include "base/mem.h"
#include <re_tmr.h>
#include "cli/robots.h"

struct robot {
	struct env *env;
	struct flow_script *script;
	struct dialer_port *port;
	struct tmr tmr;
	char *line;
	uint32_t ring_ms;
	char fault[CFG_FAULT_SIZE];
	runner_ready_h *ready;
	void *arg;
};

static void destructor(void *arg)
{
	struct robot *robot = arg;

	tmr_cancel(&robot->tmr);
	mem_deref(robot->port);
	mem_deref(robot->script);
	mem_deref(robot->line);
}

/* Ends the robot's hold on itself. */
static void tell(struct robot *robot, const char *fault)
{
	robot->ready(robot->port, fault, robot->arg);
	mem_deref(robot);
}

/* --- getting ready -------------------------------------------------------- */

static int port_make(struct robot *robot)
{
	const struct cli_dial_prm prm = {
		.calls = robot->env->calls,
		.script = robot->script,
		.phone = robot->env->phone,
		.ring_ms = robot->ring_ms,
	};

	return robot->env->wire->dialer_port(&robot->port, &prm);
}

static void prepared_handler(const char *fault, void *arg)
{
	struct robot *robot = arg;

	if (!fault && port_make(robot))
		fault = "out of memory";
	tell(robot, fault);
}

static void prepare(void *arg)
{
	struct robot *robot = arg;
	struct env *env = robot->env;
	const char *lang = flow_script_language(robot->script);
	int err;

	if (!asr_can(env->asr, lang))
		log_warning("campaign",
		            "the recogniser %s does not understand \"%s\": "
		            "what people say will not be understood, keys will",
		            asr_name(env->asr), lang);

	err = calls_prepare(env->calls, robot->script,
	                    phone_cfg_rate_hz(env->cfg, robot->line), NULL,
	                    prepared_handler, robot);
	if (err)
		tell(robot, strerror(err));
}

/* --- its script ----------------------------------------------------------- */

static void refused(void *arg)
{
	struct robot *robot = arg;

	tell(robot, robot->fault);
}

/* The first error says enough: the script is checked elsewhere. */
static void fault_take(struct robot *robot, const char *name,
                       const struct flow_faults *faults, int err)
{
	const char *words = strerror(err);

	for (size_t i = flow_faults_count(faults); i-- > 0;) {
		const struct flow_fault *fault = flow_faults_at(faults, i);

		if (fault->level == FLOW_ERROR)
			words = fault->message;
	}
	(void)snprintf(robot->fault, sizeof(robot->fault),
	               "the script %.200s: %.250s", name, words);
}

static void script_load(struct robot *robot, const struct runner_open *prm)
{
	struct flow_faults *faults = NULL;
	int err;

	err = flow_faults_alloc(&faults);
	if (!err)
		err = flow_load_file(&robot->script, prm->script, faults);
	if (err)
		fault_take(robot, prm->script, faults, err);
	else if (prm->script_version &&
	         strcmp(prm->script_version,
	                flow_script_version(robot->script)) != 0)
		log_warning("campaign",
		            "the script %s is version %s now, the campaign was "
		            "made with %s",
		            prm->script, flow_script_version(robot->script),
		            prm->script_version);
	mem_deref(faults);
	tmr_start(&robot->tmr, 0, err ? refused : prepare, robot);
}

static int open_handler(void **robotp, const struct runner_open *prm,
                        runner_ready_h *ready, void *ready_arg, void *arg)
{
	struct robot *robot;
	int err;

	robot = mem_zalloc(sizeof(*robot), destructor);
	if (!robot)
		return ENOMEM;

	tmr_init(&robot->tmr);
	robot->env = arg;
	robot->ring_ms = prm->ring_ms;
	robot->ready = ready;
	robot->arg = ready_arg;
	err = str_dup(&robot->line, prm->line);
	if (err) {
		mem_deref(robot);
		return err;
	}

	*robotp = mem_ref(robot);
	script_load(robot, prm);

	return 0;
}

struct runner_source robots_source(struct env *env)
{
	return (struct runner_source){.open = open_handler, .arg = env};
}
