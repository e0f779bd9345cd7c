/*
 * cli/robots.c - who holds the conversations of the campaigns of the daemon
 *
 * A robot is a script, what it says made ready, and a port that calls with it.
 * While its sounds are made it holds itself, since that cannot be called off.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/log.h"
#include "base/mem.h"
#include <re_tmr.h>
#include "cli/robots.h"

struct robot {
	struct env *env;
	struct flow_script *script;
	struct dialer_port *port;
	struct tmr tmr;
	char *name; /* of the script, or its path */
	char *body; /* of the script, while it is loaded */
	char *line;
	struct rules *rules; /* that the script keeps */
	char version[64];    /* that was meant; "": any */
	uint32_t ring_ms;
	int err;
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
	mem_deref(robot->name);
	mem_deref(robot->body);
	mem_deref(robot->line);
	mem_deref(robot->rules);
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
	const char *words = err == ENOENT ? "it is not there" : strerror(err);

	for (size_t i = faults ? flow_faults_count(faults) : 0; i-- > 0;) {
		const struct flow_fault *fault = flow_faults_at(faults, i);

		if (fault->level == FLOW_ERROR)
			words = fault->message;
	}
	(void)snprintf(robot->fault, sizeof(robot->fault),
	               "the script %.200s: %.250s", name, words);
}

/* On the next turn of the loop: never from inside the question. */
static void loaded(struct robot *robot, const struct flow_faults *faults,
                   int err)
{
	if (err)
		fault_take(robot, robot->name, faults, err);
	else
		err = rules_script_check(robot->rules, robot->script,
		                         robot->fault);
	if (!err && robot->version[0] &&
	    strcmp(robot->version, flow_script_version(robot->script)))
		log_warning("campaign",
		            "the script %s is version %s now, the campaign was "
		            "made with %s",
		            robot->name, flow_script_version(robot->script),
		            robot->version);
	tmr_start(&robot->tmr, 0, err ? refused : prepare, robot);
}

/* A plan that was made on the command line names a file. */
static void file_load(struct robot *robot)
{
	struct flow_faults *faults = NULL;
	int err;

	err = flow_faults_alloc(&faults);
	if (!err)
		err = flow_load_file(&robot->script, robot->name, faults);
	loaded(robot, faults, err);
	mem_deref(faults);
}

static void body_handler(const struct store_script *from, void *arg)
{
	struct robot *robot = arg;

	robot->err = str_dup(&robot->body, from->body);
}

static void body_done(int err, void *arg)
{
	struct flow_faults *faults = NULL;
	struct robot *robot = arg;

	if (!err)
		err = robot->err;
	if (!err)
		err = flow_faults_alloc(&faults);
	if (!err)
		err = env_script_load(&robot->script, robot->env, robot->name,
		                      robot->body, faults);
	robot->body = mem_deref(robot->body);
	loaded(robot, faults, err);
	mem_deref(faults);
}

/* "appointment", or "appointment@3". */
static void published_load(struct robot *robot)
{
	int64_t version = env_script_version(robot->name);
	int err;

	err = store_script(robot->env->store, robot->name, version,
	                   body_handler, body_done, robot);
	if (err)
		loaded(robot, NULL, err);
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
	robot->rules = mem_ref(prm->rules);
	robot->ready = ready;
	robot->arg = ready_arg;
	(void)snprintf(robot->version, sizeof(robot->version), "%s",
	               prm->script_version ? prm->script_version : "");
	err = str_dup(&robot->line, prm->line);
	if (!err)
		err = str_dup(&robot->name, prm->script);
	if (err) {
		mem_deref(robot);
		return err;
	}

	*robotp = mem_ref(robot);
	if (strchr(robot->name, '/'))
		file_load(robot);
	else
		published_load(robot);

	return 0;
}

struct runner_source robots_source(struct env *env)
{
	return (struct runner_source){.open = open_handler, .arg = env};
}
