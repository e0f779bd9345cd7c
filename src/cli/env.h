/*
 * cli/env.h - what a command works with: configuration, store, speech, phone
 *
 * A command opens the parts it needs; each failure is said on standard error
 * with its remedy. Commands are written straight down: they start something
 * asynchronous and wait in env_wait() until its handler calls env_wake().
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cfg.h"
#include "base/httpc.h"
#include "base/number.h"
#include "base/vault.h"
#include "base/work.h"
#include "call/call.h"
#include "cli/args.h"
#include "cli/chainend.h"
#include "cli/tidying.h"
#include "notify/notify.h"
#include "phone/phone.h"
#include "speech/asr.h"
#include "speech/voice.h"
#include "store/store.h"

enum {
	ENV_PATH_SIZE = 1024,
};

struct env {
	const struct cli_wire *wire;
	const struct args *args;
	struct cfg *cfg;
	char config[ENV_PATH_SIZE]; /* the file read, "" = none */
	char data[ENV_PATH_SIZE];
	char recordings[ENV_PATH_SIZE];
	char database[ENV_PATH_SIZE];   /* once it is open */
	char prompts[ENV_PATH_SIZE];    /* sounds made so far, shared by all */
	char web_sounds[ENV_PATH_SIZE]; /* ... and fetched from the web */
	char key_days[ENV_PATH_SIZE];   /* what services were asked today; "":
	                                 * none counts it */
	struct work_pool *pool;
	struct vault *vault; /* NULL: none is configured */
	struct store *store;
	struct tidying *tidying;
	struct chainend *chainend;
	struct metering *metering;
	struct httpc *http;
	struct notify *notify;
	struct asr *asr;
	struct voices *voices;
	struct calls *calls;
	struct phone *phone;
	bool has_loop, is_awake;
	unsigned interrupts;            /* Ctrl-C so far */
	void (*interrupted)(void *arg); /* may be NULL: wakes */
	void *interrupted_arg;
};

/* Configuration and control loop alone: nothing is written to the disk. */
int env_open_light(struct env *env, const struct args *args,
                   const struct cli_wire *wire);

/* Configuration, control loop, worker pool, and where the data directory is:
 * what writes into it makes it. */
int env_open(struct env *env, const struct args *args,
             const struct cli_wire *wire);

/* With those above it. */
int env_make_dir(const char *path);

/* For what is tried out: database and recordings in a folder of their own below
 * the data directory, and no line that is configured. Before they are
 * opened. */
int env_move(struct env *env, const char *folder);

/* The keys of [vault], where there are any; the store and the calls take them.
 * Again is nothing. */
int env_open_vault(struct env *env);

/* Where [vault] key_file says that the master keys are; "" = nowhere. */
int env_vault_file(const struct env *env, char path[ENV_PATH_SIZE]);

/* Where each person's key is kept. */
int env_vault_folder(const struct env *env, char path[ENV_PATH_SIZE]);

/* Of a database that is to be used. Who begins work has one made if there is
 * none; the others say that there is no data, and fail with ENOENT. */
int env_open_store(struct env *env);        /* owns it, begins */
int env_open_store_own(struct env *env);    /* owns it */
int env_open_store_first(struct env *env);  /* for a word that may be the
                                             * first, beside a run; begins */
int env_open_store_guest(struct env *env);  /* for a word, beside a run */
int env_open_store_reader(struct env *env); /* to look only */

/* What speech services do is kept, beside whoever owns the database; without
 * one the program goes on, and that was said. */
void env_open_usage(struct env *env);
int env_open_speech(struct env *env); /* recogniser, voices, calls */
int env_open_http(struct env *env);

/* From here on facts leave events, and this process delivers them; behind the
 * store, before its first write. */
int env_open_notify(struct env *env);

/* Tells where the chain of calls ends, and delivers what is there, for some
 * seconds. */
void env_close_notify(struct env *env);
int env_open_voices(struct env *env);
int env_open_phone(struct env *env, phone_incoming_h *incoming, void *arg);

/* Of a store that is ours: whoever is erased stays so, and what was kept long
 * enough goes. */
int env_keep(struct env *env);

/* A number as lists have it, by --country, an internal one of up to six digits,
 * or "sip:NAME" as a line dials it; says what is wrong with it. */
int env_number(struct env *env, char number[NUMBER_SIZE], const char *word);

/* Writes into the audit log what the user of this command did. */
void env_audit(struct env *env, const char *action, const char *detail);
const char *env_user(void);

/* Sets one configuration key before a part that reads it is opened. */
int env_set(struct env *env, const char *path, const char *value);

/* The script of a file, with its faults on standard error; NULL when
 * refused. */
struct flow_script *env_script(const char *path);

/* The same of a word: a file, or "visit", "visit@3", as they were published in
 * the store, which is open. */
struct flow_script *env_script_of(struct env *env, const char *word);
bool env_script_is_published(const char *word);

/* Of a published one: the version that stands behind its name, which is cut
 * off; and what is made of its text. */
int64_t env_script_version(char *word);
int env_script_load(struct flow_script **scriptp, const struct env *env,
                    const char *name, const char *body,
                    struct flow_faults *faults);

/* Runs the loop until env_wake() or, unless `interrupted` is set, Ctrl-C.
 * Returns EINTR for the latter. */
int env_wait(struct env *env);
void env_wake(struct env *env);

/* What a part answers, once, to a command that waits for it. It may begin a
 * struct that other handlers get as well. */
struct env_answer {
	struct env *env;
	int err;
	bool is_there;
};

/* For the part; arg is the answer. */
void env_answered(int err, void *arg);

/* Waits for it, after err of asking, and returns its err; EINTR behind a
 * Ctrl-C, but not before it came: it goes to who asked. */
int env_await(struct env_answer *answer, int err);

/* Synthesises and compiles what the script needs on that line (NULL: the
 * first), with progress. */
int env_prepare(struct env *env, struct flow_script *script, const char *line);

/* Ends all legs and registrations; what answered calls may be freed then. */
void env_close_phone(struct env *env);

/* Closes everything in order. */
void env_close(struct env *env);

/* The exit status of a command that ended with this errno. */
int env_status(int err);

/* A command from its beginning to its exit status: env_open(), the part that
 * it needs (NULL: none), body, env_close(). */
int env_run(const struct args *args, const struct cli_wire *wire,
            int (*part)(struct env *env), int (*body)(struct env *env));
