/*
 * cli/env_script.c - the script of a command: a file, or one that was published
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/text.h"
#include "cli/env.h"

enum {
	NAME_SIZE = 128,
};

/* One that the store is asked for. */
struct wanted {
	struct env_answer answer;
	char *body;
};

static void faults_print(const char *path, const struct flow_faults *faults)
{
	for (size_t i = 0; i < flow_faults_count(faults); i++) {
		const struct flow_fault *fault = flow_faults_at(faults, i);

		fprintf(stderr, "%s: %s: %s%s%s%s%s%s\n", path,
		        fault->level == FLOW_ERROR ? "error" : "warning",
		        fault->path, *fault->node ? " (node " : "", fault->node,
		        *fault->node ? ")" : "", *fault->path ? ": " : "",
		        fault->message);
	}
}

struct flow_script *env_script(const char *path)
{
	struct flow_script *script = NULL;
	struct flow_faults *faults = NULL;
	int err;

	err = flow_faults_alloc(&faults);
	if (!err) {
		err = flow_load_file(&script, path, faults);
		faults_print(path, faults);
	}
	if (err && !(faults && flow_faults_errors(faults)))
		fprintf(stderr, "%s: %s\n", path, strerror(err));
	mem_deref(faults);

	return err ? NULL : script;
}

/* --- published ------------------------------------------------------------ */

int64_t env_script_version(char *word)
{
	char *at = strrchr(word, '@');
	int64_t version;
	char *end;

	if (!at)
		return STORE_SCRIPT_LATEST;

	version = strtoll(at + 1, &end, 10);
	if (end == at + 1 || *end || version < 1)
		return STORE_SCRIPT_LATEST;
	*at = '\0';

	return version;
}

int env_script_load(struct flow_script **scriptp, const struct env *env,
                    const char *name, const char *body,
                    struct flow_faults *faults)
{
	struct flow_script *script = NULL;
	char sounds[ENV_PATH_SIZE + 8];
	int err;

	err = flow_load(&script, name, body, strlen(body), faults);
	if (err)
		return err;

	(void)snprintf(sounds, sizeof(sounds), "%s/sounds", env->data);
	err = flow_script_set_recordings(script, sounds);
	if (err)
		mem_deref(script);
	else
		*scriptp = script;

	return err;
}

bool env_script_is_published(const char *word)
{
	const size_t len = strlen(word);

	return !strchr(word, '/') && access(word, F_OK) != 0 &&
	       (len < 5 || strcmp(word + len - 5, ".json") != 0);
}

static void body_handler(const struct store_script *from, void *arg)
{
	struct wanted *wanted = arg;

	(void)str_dup(&wanted->body, from->body);
}

static int body_ask(struct wanted *wanted, const char *name, int64_t version)
{
	int err;

	err = store_script(wanted->answer.env->store, name, version,
	                   body_handler, env_answered, wanted);
	err = env_await(&wanted->answer, err);

	return !err && !wanted->body ? ENOMEM : err;
}

struct flow_script *env_script_of(struct env *env, const char *word)
{
	struct wanted wanted = {.answer = {.env = env}};
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	char name[NAME_SIZE];
	int64_t version;
	int err;

	if (!env_script_is_published(word))
		return env_script(word);

	assert(env->store);
	(void)text_copy(name, sizeof(name), word);
	version = env_script_version(name);
	err = flow_faults_alloc(&faults);
	if (!err)
		err = body_ask(&wanted, name, version);
	if (!err)
		err = env_script_load(&script, env, name, wanted.body, faults);
	if (err == ENOENT)
		fprintf(stderr,
		        "dialwright: there is no file \"%s\", and no script of "
		        "that name was published in %s: name a file, or "
		        "publish "
		        "it (PUT /api/v1/scripts/%s/draft, POST …/publish)\n",
		        word, env->data, name);
	else if (faults && flow_faults_count(faults))
		faults_print(word, faults);
	if (err && err != ENOENT && !(faults && flow_faults_errors(faults)))
		fprintf(stderr, "dialwright: the script %s: %s\n", word,
		        strerror(err));
	mem_deref(faults);
	mem_deref(wanted.body);

	return script;
}
