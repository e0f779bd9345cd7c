/*
 * cli/cmd_vault.c - dialwright vault: master keys, and how long things stay
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/env.h"

static const struct args_option optionv[] = {
	/* clang-format off */
	{"forget", NULL, "rotate: take the old master keys out of the file "
	 "afterwards", false},
	{"dry-run", NULL, "tidy: count only", false},
	/* clang-format on */
};

static int init(struct env *env)
{
	char path[ENV_PATH_SIZE];
	int err;

	err = env_vault_file(env, path);
	if (err)
		return err;
	if (!*path) {
		fputs("dialwright vault: say where the master keys are to be: "
		      "[vault] key_file = /etc/dialwright/master.keys\n",
		      stderr);
		return EINVAL;
	}

	err = *path == '/' ? 0 : env_make_dir(env->data);
	if (err)
		return err;
	err = vault_master_first(path);
	if (err)
		fprintf(stderr, "dialwright vault: %s: %s\n", path,
		        err == EEXIST ? "it is there; `dialwright vault "
		                        "rotate` adds a key"
		                      : strerror(err));
	else
		printf("%s has the first master key: keep a copy away from "
		       "this machine\n",
		       path);

	return err;
}

/* With the keys of somewhere else a rotation would leave ours behind, wrapped
 * by a master key that --forget takes away. */
static int keys_need(const struct env *env)
{
	char folder[ENV_PATH_SIZE];
	int err = env_vault_folder(env, folder);

	if (err || !access(folder, F_OK))
		return err;

	err = errno;
	fprintf(stderr,
	        "dialwright vault: there are no keys here, %s: %s; name the "
	        "right folder with --data or [vault] keys\n",
	        folder, strerror(err));

	return err;
}

static int vault_need(struct env *env)
{
	int err;

	if (!*cfg_text(env->cfg, "vault", "key_file") &&
	    !*cfg_text(env->cfg, "vault", "key")) {
		fputs("dialwright vault: nothing is encrypted: set [vault] "
		      "key_file and run `dialwright vault init`\n",
		      stderr);
		return EINVAL;
	}

	err = keys_need(env);

	return err ? err : env_open_vault(env);
}

static void progress(const struct vault_tally *tally, void *arg)
{
	(void)arg;

	fprintf(stderr, "\r%llu keys, %llu wrapped anew",
	        (unsigned long long)tally->keys,
	        (unsigned long long)tally->rewrapped);
}

static int rewrap(struct env *env)
{
	struct vault_tally tally;
	int err;

	err = vault_rewrap(env->vault, &tally, progress, NULL);
	if (tally.keys >= 100)
		fputc('\n', stderr);
	if (err) {
		fprintf(stderr, "dialwright vault: %s; run it again\n",
		        strerror(err));
		return err;
	}

	printf("%llu keys, %llu wrapped anew, %llu destroyed ones\n",
	       (unsigned long long)tally.keys,
	       (unsigned long long)tally.rewrapped,
	       (unsigned long long)tally.gone);
	if (!tally.lost)
		return 0;

	fprintf(stderr,
	        "dialwright vault: %llu keys are wrapped by a master key that "
	        "is not in the file, or are damaged\n",
	        (unsigned long long)tally.lost);

	return ENOKEY;
}

static int rotate(struct env *env)
{
	uint32_t id;
	int err;

	err = vault_need(env);
	if (err)
		return err;

	err = vault_master_next(env->vault, &id);
	if (err == EINVAL)
		fputs("the master keys are not in a file: the newest one "
		      "wraps\n",
		      stderr);
	else if (err == E2BIG)
		fputs("dialwright vault: the file is full of old keys: "
		      "--forget takes them out\n",
		      stderr);
	else if (err)
		fprintf(stderr, "dialwright vault: %s\n", strerror(err));
	else
		printf("master key %u is new and wraps from now on\n", id);
	if (err && err != EINVAL && err != E2BIG)
		return err;

	err = rewrap(env);
	if (!err && args_has(env->args, "forget")) {
		err = vault_master_forget(env->vault);
		if (err)
			fprintf(stderr, "dialwright vault: %s\n",
			        strerror(err));
		else
			puts("older master keys are forgotten");
	}

	return err;
}

/* --- how long things stay ------------------------------------------------- */

struct tidy {
	struct env_answer answer;
	bool is_dry;
};

/* After a Ctrl-C no further slice is begun. */
static bool tidy_progress(const struct store_tidied *tidied, void *arg)
{
	const struct tidy *tidy = arg;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%llu recordings, texts of %llu calls",
		        (unsigned long long)tidied->recordings,
		        (unsigned long long)tidied->texts);

	return !tidy->answer.env->interrupts;
}

static void tidy_done(int err, const struct store_tidied *tidied, void *arg)
{
	const struct tidy *tidy = arg;

	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (!err)
		printf("%llu recordings and the texts of %llu calls %s\n",
		       (unsigned long long)tidied->recordings,
		       (unsigned long long)tidied->texts,
		       tidy->is_dry ? "would go" : "are deleted");
	if (!err && tidied->failed) {
		fprintf(stderr,
		        "dialwright vault: %llu files cannot be deleted, see "
		        "the log\n",
		        (unsigned long long)tidied->failed);
		err = EACCES;
	}
	env_answered(err, arg);
}

static int tidy(struct env *env)
{
	struct tidy tidy = {
		.answer = {.env = env},
		.is_dry = args_has(env->args, "dry-run"),
	};
	struct store_tidy_prm prm;
	int err;

	err = env_open_store_guest(env);
	if (err)
		return err;

	tidying_prm(&prm, env->cfg);
	prm.is_dry = tidy.is_dry;
	if (!prm.recordings_before_ms && !prm.texts_before_ms) {
		puts("everything is kept for ever: see [vault] "
		     "keep_recordings_days and keep_texts_days");
		return 0;
	}

	err = store_tidy(env->store, &prm, tidy_progress, tidy_done, &tidy);
	err = env_await(&tidy.answer, err);
	if (err == EINTR)
		fputs("dialwright vault: stopped; run it again for the rest\n",
		      stderr);
	else if (err && err != EACCES)
		fprintf(stderr, "dialwright vault: %s\n", strerror(err));

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	static const struct {
		const char *name;
		int (*run)(struct env *env);
	} verbv[] = {
		{"init", init},
		{"rotate", rotate},
		{"tidy", tidy},
	};
	for (size_t i = 0; i < ARRAY_COUNT(verbv); i++) {
		if (strcmp(args->wordv[0], verbv[i].name) != 0)
			continue;
		return env_run(args, wire, NULL, verbv[i].run);
	}

	fprintf(stderr,
	        "dialwright vault: \"%s\" is none of init, rotate, tidy\n",
	        args->wordv[0]);

	return CLI_MISUSED;
}

const struct args_command vault_command = {
	.name = "vault",
	.words = "init|rotate|tidy",
	.summary = "Master keys of what is kept encrypted, and how long it is.",
	.help = "init makes the file of [vault] key_file with a first master "
		"key. rotate adds one and\nwraps the key of each person by it, "
		"also while a campaign runs; recordings are not\ntouched. "
		"tidy deletes what was kept longer than [vault] keep_… says; "
		"a process that\ncalls does so by itself each hour.",
	.words_min = 1,
	.words_max = 1,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
