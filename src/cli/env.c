/*
 * cli/env.c - what a command works with: configuration, store, speech, phone
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/env.h"
#include "cli/metering.h"

enum {
	THREADS_MIN = 4, /* two that decode hold up nobody else */
	THREADS_MAX = 16,
	FOLDERS_SIZE = 128, /* left for folders below the data directory */
};

static const struct cfg_key program_keyv[] = {
	/* clang-format off */
	{"data", CFG_TEXT, "", NULL,
	 "Directory of database, recordings and prompts; empty: "
	 "$XDG_DATA_HOME/dialwright or ~/.local/share/dialwright."},
	{"log", CFG_CHOICE, "warning", "debug|info|warning|error",
	 "Least important lines that are logged."},
	{"log_format", CFG_CHOICE, "text", "text|json",
	 "One line each, or one JSON object: at, level, folder, text, and call "
	 "where it is about one."},
	{"recogniser", CFG_TEXT, "sphinx", NULL,
	 "Who listens: sphinx, or a [service NAME]; several in an order: "
	 "\"a,b\" takes them in turn, \"*a,b\" the first that works. The next "
	 "takes over in the middle of a phrase."},
	{"workers", CFG_NUMBER, "0", "0..64",
	 "Threads for database, synthesis, recognition and files; 0: one per "
	 "core, at least 4."},
	/* clang-format on */
};

const struct cfg_table cli_cfg_table = {
	.section = "program",
	.help = "The program as a whole.",
	.keyv = program_keyv,
	.keyc = ARRAY_COUNT(program_keyv),
};

static struct env *current; /* for the signal handler of the one loop */

static void signal_handler(int signum)
{
	struct env *env = current;

	(void)signum;
	env->interrupts++;
	if (env->interrupted)
		env->interrupted(env->interrupted_arg);
	else
		loop_stop();
}

static const char *config_path(struct env *env)
{
	const char *given = args_text(env->args, "config", NULL);
	static const char *const usualv[] = {
		"dialwright.conf",
		"/etc/dialwright/dialwright.conf",
	};

	if (!given)
		given = getenv("DIALWRIGHT_CONFIG");
	for (size_t i = 0; !given && i < ARRAY_COUNT(usualv); i++) {
		if (!access(usualv[i], F_OK))
			given = usualv[i];
	}
	if (!given)
		return NULL;

	(void)snprintf(env->config, sizeof(env->config), "%s", given);

	return env->config;
}

static int config_load(struct env *env)
{
	char fault[CFG_FAULT_SIZE];
	const char *pair;
	int err;

	err = cfg_load(&env->cfg, config_path(env), env->wire->tablev,
	               env->wire->tablec, fault);
	if (err) {
		fprintf(stderr, "dialwright: %s\n", fault);
		return err;
	}

	for (size_t i = 0; (pair = args_at(env->args, "set", i)); i++) {
		char key[128];
		const char *equals = strchr(pair, '=');

		if (!equals || (size_t)(equals - pair) >= sizeof(key)) {
			fprintf(stderr,
			        "dialwright: --set takes KEY=VALUE, "
			        "not \"%s\"\n",
			        pair);
			return EINVAL;
		}
		memcpy(key, pair, (size_t)(equals - pair));
		key[equals - pair] = '\0';
		err = env_set(env, key, equals + 1);
		if (err)
			return err;
	}

	return 0;
}

int env_set(struct env *env, const char *path, const char *value)
{
	char fault[CFG_FAULT_SIZE];
	int err;

	err = cfg_set(env->cfg, path, value, fault);
	if (err)
		fprintf(stderr, "dialwright: %s\n", fault);

	return err;
}

static int log_open(struct env *env)
{
	const char *name = args_text(env->args, "log",
	                             cfg_text(env->cfg, "program", "log"));
	enum log_level level;

	if (!log_level_parse(&level, name)) {
		fprintf(stderr,
		        "dialwright: --log takes debug, info, warning "
		        "or error, not \"%s\"\n",
		        name);
		return EINVAL;
	}
	log_set_level(level);
	log_set_json(
		!strcmp(cfg_text(env->cfg, "program", "log_format"), "json"));

	return 0;
}

int env_make_dir(const char *path)
{
	char part[ENV_PATH_SIZE];

	(void)snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/');; slash = strchr(slash, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(part, 0750) && errno != EEXIST) {
			fprintf(stderr,
			        "dialwright: cannot make %s: %s; choose "
			        "another place with --data or "
			        "[program] data\n",
			        part, strerror(errno));
			return errno;
		}
		if (!slash)
			return 0;
		*slash++ = '/';
	}
}

/* Short enough: data_place() has left room. */
static void below(char path[ENV_PATH_SIZE], const char *dir, const char *folder)
{
	(void)snprintf(path, ENV_PATH_SIZE, "%.*s/%s",
	               ENV_PATH_SIZE - FOLDERS_SIZE, dir, folder);
}

static int data_place(struct env *env)
{
	const char *given = args_text(env->args, "data",
	                              cfg_text(env->cfg, "program", "data"));
	const char *xdg = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	int n;

	if (*given)
		n = snprintf(env->data, sizeof(env->data), "%s", given);
	else if (xdg && *xdg)
		n = snprintf(env->data, sizeof(env->data), "%s/dialwright",
		             xdg);
	else
		n = snprintf(env->data, sizeof(env->data),
		             "%s/.local/share/dialwright", home ? home : ".");
	if (n < 0 || (size_t)n + FOLDERS_SIZE > sizeof(env->data)) {
		fprintf(stderr, "dialwright: the path of --data is too long\n");
		return ENAMETOOLONG;
	}

	below(env->prompts, env->data, "prompts");
	below(env->web_sounds, env->data, "web");
	below(env->recordings, env->data, "recordings");

	return 0;
}

int env_move(struct env *env, const char *folder)
{
	char data[ENV_PATH_SIZE];

	assert(!env->store && !env->calls);

	below(data, env->data, folder);
	(void)snprintf(env->data, sizeof(env->data), "%s", data);
	below(env->recordings, env->data, "recordings");

	cfg_forget(env->cfg, "line");
	if (env_set(env, "store.url", "") ||
	    env_set(env, "store.path", "dialwright.db") ||
	    env_set(env, "vault.key_file", "") || env_set(env, "vault.key", ""))
		return EINVAL;

	return env_make_dir(env->data);
}

static unsigned threads(const struct env *env)
{
	uint64_t given = cfg_number(env->cfg, "program", "workers");
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (given)
		return (unsigned)given;
	if (cores < THREADS_MIN)
		return THREADS_MIN;

	return cores > THREADS_MAX ? THREADS_MAX : (unsigned)cores;
}

int env_open_light(struct env *env, const struct args *args,
                   const struct cli_wire *wire)
{
	int err;

	memset(env, 0, sizeof(*env));
	env->args = args;
	env->wire = wire;
	current = env;

	err = config_load(env);
	if (!err)
		err = log_open(env);
	if (err)
		return err;

	/* A reader that went away is an error of the write, not our end. */
	(void)signal(SIGPIPE, SIG_IGN);

	err = loop_init();
	env->has_loop = !err;
	if (err)
		fprintf(stderr, "dialwright: cannot start: %s\n",
		        strerror(err));

	return err;
}

/* Where each service keeps what was asked of it today. */
static int key_days_place(struct env *env)
{
	char folder[ENV_PATH_SIZE], path[ENV_PATH_SIZE], fault[CFG_FAULT_SIZE];
	const char *name;
	int err = 0;

	below(folder, env->data, "key_day");
	for (size_t i = 0; !err && (name = cfg_name(env->cfg, "service", i));
	     i++) {
		char key[64];

		if (!cfg_named_number(env->cfg, "service", name, "key_day") ||
		    *cfg_named_text(env->cfg, "service", name, "key_day_file"))
			continue;
		(void)text_copy(env->key_days, sizeof(env->key_days), folder);
		below(path, folder, name);
		(void)snprintf(key, sizeof(key), "service.%s.key_day_file",
		               name);
		err = cfg_set(env->cfg, key, path, fault);
	}

	return err;
}

int env_open(struct env *env, const struct args *args,
             const struct cli_wire *wire)
{
	int err;

	err = env_open_light(env, args, wire);
	if (!err)
		err = data_place(env);
	if (!err)
		err = key_days_place(env);
	if (err)
		return err;

	err = loop_on_signal(signal_handler);
	if (!err)
		err = work_pool_alloc(&env->pool, threads(env), loop_mailbox());
	if (err)
		fprintf(stderr, "dialwright: cannot start: %s\n",
		        strerror(err));

	return err;
}

int env_open_http(struct env *env)
{
	int err;

	if (env->http)
		return 0;

	if (*env->key_days) {
		err = env_make_dir(env->key_days);
		if (err)
			return err;
	}

	err = httpc_alloc(&env->http, env->cfg);
	if (err)
		fprintf(stderr, "dialwright: http.ca_file: %s\n",
		        err == EINVAL ? "there is no such file, or it cannot "
		                        "be read"
		                      : strerror(err));

	return err;
}

int env_open_voices(struct env *env)
{
	char fault[CFG_FAULT_SIZE];
	int err = env_open_http(env);

	if (!err)
		err = env_make_dir(env->prompts);
	if (err)
		return err;

	err = voices_alloc(&env->voices, env->cfg, env->prompts, env->pool,
	                   env->http, fault);
	if (err)
		fprintf(stderr, "dialwright: %s\n", fault);

	return err;
}

/* Whoever can call ends the calls of those who died. */
static int parting_begin(struct env *env)
{
	if (!env->calls || !env->phone)
		return 0;

	return calls_part(env->calls, env->phone);
}

int env_open_speech(struct env *env)
{
	char fault[CFG_FAULT_SIZE];
	struct calls_prm prm;
	int err;

	err = env_open_vault(env);
	if (!err)
		err = env_open_voices(env);
	if (!err)
		err = env_make_dir(env->recordings);
	if (err)
		return err;

	err = asr_alloc(&env->asr, cfg_text(env->cfg, "program", "recogniser"),
	                env->cfg, env->pool, env->http, fault);
	if (err) {
		fprintf(stderr, "dialwright: %s\n", fault);
		return err;
	}

	prm = (struct calls_prm){
		.cfg = env->cfg,
		.pool = env->pool,
		.asr = env->asr,
		.voices = env->voices,
		.http = env->http,
		.web_sounds = env->web_sounds,
		.store = env->store,
		.recordings = env->recordings,
		.vault = env->vault,
	};

	err = calls_alloc(&env->calls, &prm);
	if (!err && env->store)
		err = metering_alloc(&env->metering, env->store);
	if (!err)
		err = parting_begin(env);

	return err;
}

int env_open_phone(struct env *env, phone_incoming_h *incoming, void *arg)
{
	char fault[CFG_FAULT_SIZE];
	int err;

	err = phone_alloc_cfg(&env->phone, env->cfg, incoming, arg, fault);
	if (err)
		fprintf(stderr, "dialwright: %s\n", fault);
	else
		err = parting_begin(env);

	return err;
}

static void phone_closed(void *arg)
{
	env_wake(arg);
}

void env_close_phone(struct env *env)
{
	env->interrupted = NULL;
	if (!env->phone)
		return;

	if (env->calls)
		(void)calls_part(env->calls, NULL);
	env->is_awake = false;
	phone_close(env->phone, phone_closed, env);
	(void)env_wait(env);
	env->phone = mem_deref(env->phone);
}

void env_close(struct env *env)
{
	env_close_phone(env);
	mem_deref(env->calls);
	env_close_notify(env);
	mem_deref(env->asr);
	mem_deref(env->voices);
	mem_deref(env->http);
	mem_deref(env->metering); /* behind what is counted */
	mem_deref(env->tidying);
	if (env->store)
		store_close(env->store);
	mem_deref(env->vault);
	mem_deref(env->pool);
	if (env->has_loop)
		loop_close();
	mem_deref(env->cfg);
	current = NULL;
}

int env_status(int err)
{
	/* What failed has said so by itself, but had no memory for it. */
	if (err == ENOMEM)
		fputs("dialwright: out of memory\n", stderr);

	return err ? CLI_FAILED : CLI_DONE;
}

int env_run(const struct args *args, const struct cli_wire *wire,
            int (*part)(struct env *env), int (*body)(struct env *env))
{
	struct env env;
	int err;

	err = env_open(&env, args, wire);
	if (!err && part)
		err = part(&env);
	if (!err)
		err = body(&env);
	env_close(&env);

	return env_status(err);
}
