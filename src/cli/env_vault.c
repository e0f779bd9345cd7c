/*
 * cli/env_vault.c - the keys that a command seals and opens with, and what
 * it does with people
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/env.h"

enum {
	EXTENSION_MAX = 6, /* digits */
};

/* Relative to the data directory. */
static int place(char path[ENV_PATH_SIZE], const struct env *env,
                 const char *name)
{
	int n;

	if (!*name || *name == '/')
		n = snprintf(path, ENV_PATH_SIZE, "%s", name);
	else
		n = snprintf(path, ENV_PATH_SIZE, "%s/%s", env->data, name);
	if (n >= 0 && n < ENV_PATH_SIZE)
		return 0;

	fprintf(stderr, "dialwright: a path of [vault] is too long\n");

	return ENAMETOOLONG;
}

int env_vault_file(const struct env *env, char path[ENV_PATH_SIZE])
{
	return place(path, env, cfg_text(env->cfg, "vault", "key_file"));
}

int env_vault_folder(const struct env *env, char path[ENV_PATH_SIZE])
{
	return place(path, env, cfg_text(env->cfg, "vault", "keys"));
}

int env_open_vault(struct env *env)
{
	char key_file[ENV_PATH_SIZE], folder[ENV_PATH_SIZE];
	const struct vault_prm prm = {
		.key_file = key_file,
		.key = cfg_text(env->cfg, "vault", "key"),
		.folder = folder,
	};
	char fault[CFG_FAULT_SIZE];
	int err;

	if (env->vault)
		return 0;

	err = env_vault_file(env, key_file);
	if (!err)
		err = env_vault_folder(env, folder);
	if (err || (!*key_file && !*prm.key))
		return err;

	err = vault_open(&env->vault, &prm, fault);
	if (err)
		fprintf(stderr, "dialwright: %s\n", fault);

	return err;
}

static void again_handler(int err, uint32_t count, void *arg)
{
	(void)count;
	(void)arg;

	if (err && err != ECANCELED)
		log_error("vault",
		          "whether erased persons came back with a copy of the "
		          "database cannot be said: %s",
		          strerror(err));
}

int env_keep(struct env *env)
{
	int err = 0;

	/* Before anything else is asked of the store: it works in order. */
	if (env->vault)
		err = store_erase_again(env->store, again_handler, NULL);
	if (!err)
		err = tidying_alloc(&env->tidying, env->store, env->cfg);
	if (err)
		fprintf(stderr, "dialwright: %s\n", strerror(err));

	return err;
}

/* Neither a word that stands at the wrong place nor a number that lacks its
 * country is taken for the name of somebody in the house. */
static bool is_extension(const char *word)
{
	size_t len = strlen(word);

	return len <= EXTENSION_MAX && strspn(word, "0123456789*#") == len &&
	       strpbrk(word, "0123456789");
}

int env_number(struct env *env, char number[NUMBER_SIZE], const char *word)
{
	static const char sip[] = "sip:";
	const char *country =
		args_text(env->args, "country",
	                  cfg_text(env->cfg, "campaign", "country"));
	bool is_sip = !strncmp(word, sip, sizeof(sip) - 1);
	const char *name = is_sip ? word + sizeof(sip) - 1 : word;
	enum number_fault fault = number_normalise(number, word, country);
	bool may_be_name =
		number_is_dialable(name) && strlen(name) < NUMBER_SIZE;
	bool is_hinted;

	if (!fault)
		return 0;
	if (is_extension(word) || (is_sip && may_be_name)) {
		(void)text_copy(number, NUMBER_SIZE, name);
		return 0;
	}

	is_hinted = may_be_name && *name != '+';
	fprintf(stderr, "dialwright %s: \"%s\": %s%s%s\n",
	        env->args->command->name, word, number_fault_text(fault),
	        is_hinted ? "; what a line dials as it stands is written sip:"
	                  : "",
	        is_hinted ? name : "");

	return EINVAL;
}

const char *env_user(void)
{
	const struct passwd *me = getpwuid(getuid());

	return me ? me->pw_name : "?";
}

void env_audit(struct env *env, const char *action, const char *detail)
{
	const struct store_audit row = {
		.user = env_user(),
		.address = "command line",
		.action = action,
		.status = 200,
		.detail = detail,
	};

	if (store_audit(env->store, &row))
		fprintf(stderr, "dialwright: it is not in the audit log: out "
		                "of memory\n");
}
