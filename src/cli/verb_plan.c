/*
 * cli/verb_plan.c - dialwright campaign: create, start, list, show
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/dialing.h"
#include "cli/listing.h"
#include "cli/verbs.h"

enum {
	FILE_BYTES_MAX = 1 << 20,
	PATH_SIZE = 4096, /* realpath() wants so much */
};

static int say(const char *where, const char *fault)
{
	fprintf(stderr, "dialwright campaign: %s%s%s\n", where,
	        *where ? ": " : "", fault);

	return EINVAL;
}

/* --- create -------------------------------------------------------------- */

static int from_file(struct plan *plan, const char *path)
{
	char fault[CFG_FAULT_SIZE] = "out of memory";
	char *json = NULL;
	int err;

	err = verb_file_read(&json, path, FILE_BYTES_MAX);
	if (err)
		(void)snprintf(fault, sizeof(fault), "%s", strerror(err));
	else
		err = plan_read(plan, json, fault);
	mem_deref(json);
	if (err)
		(void)say(path, fault);

	return err;
}

static int text_set(char **textp, const char *text)
{
	char *copy;
	int err;

	if (!text)
		return 0;

	err = str_dup(&copy, text);
	if (err)
		return err;

	mem_deref(*textp);
	*textp = copy;

	return 0;
}

/* "0.5" */
static int rate_set(double *ratep, const char *text)
{
	char *end;
	double rate;

	if (!text)
		return 0;

	rate = strtod(text, &end);
	if (end == text || *end || !(rate >= 0 && rate <= 1000))
		return say("--cps", "it takes calls per second, as 2 or 0.5");
	*ratep = rate;

	return 0;
}

static int from_options(struct plan *plan, const struct args *args)
{
	const char *list;
	long calls = 0, priority = 0;
	int err;

	err = args_number(args, "calls", (long)plan->calls, &calls);
	if (!err && (calls < 0 || calls > 5000))
		err = say("--calls", "it takes a number up to 5000");
	plan->calls = (unsigned)calls;
	if (!err)
		err = args_number(args, "priority", (long)plan->priority,
		                  &priority);
	if (!err && (priority < 0 || priority > STORE_PRIORITY_MAX))
		err = say("--priority", "it takes a number up to 100");
	plan->priority = (unsigned)priority;
	if (!err)
		err = rate_set(&plan->calls_per_s,
		               args_text(args, "cps", NULL));
	if (!err)
		err = text_set(&plan->script, args_text(args, "script", NULL));
	if (!err)
		err = text_set(&plan->lines, args_text(args, "line", NULL));
	if (!err)
		err = text_set(&plan->group, args_text(args, "group", NULL));
	for (size_t i = 0; !err && (list = args_at(args, "list", i)); i++)
		err = plan_list_add(plan, list, 0);

	return err;
}

/* The script as it is now; its path is good from anywhere. What was published
 * stays what its name says. */
static int script_fix(struct env *env, struct plan *plan)
{
	struct flow_script *script = env_script_of(env, plan->script);
	char path[PATH_SIZE];
	int err;

	if (!script)
		return EINVAL;
	if (env_script_is_published(plan->script)) {
		mem_deref(script);
		return 0;
	}

	err = text_set(&plan->script,
	               realpath(plan->script, path) ? path : plan->script);
	if (!err && *flow_script_version(script))
		err = text_set(&plan->script_version,
		               flow_script_version(script));
	mem_deref(script);

	return err;
}

static bool is_file(const char *list)
{
	return access(list, R_OK) == 0 || strchr(list, '/');
}

/* A file is read, and stands for its list from then on. */
static int lists_import(struct env *env, struct plan *plan)
{
	int err = 0;

	for (size_t i = 0; i < plan->listc && !err; i++) {
		struct listing_prm prm = {.path = plan->listv[i].name};
		char name[LISTING_NAME_SIZE];
		char *copy;
		int64_t id;

		if (!is_file(prm.path))
			continue;
		listing_name(name, prm.path);
		prm.name = name;
		err = listing_import(env, &prm, &id);
		if (!err)
			err = str_dup(&copy, name);
		if (err)
			break;
		mem_deref((void *)plan->listv[i].name);
		plan->listv[i].name = copy;
	}

	return err;
}

static bool has_section(const struct cfg *cfg, const char *kind,
                        const char *name)
{
	for (size_t i = 0; cfg_name(cfg, kind, i); i++) {
		if (!strcmp(cfg_name(cfg, kind, i), name))
			return true;
	}

	return false;
}

static int plan_judge(const struct env *env, const struct plan *plan)
{
	char fault[CFG_FAULT_SIZE];
	int err;

	err = plan_check(plan, fault);
	if (err)
		return say("", fault);
	if (plan->group && !has_section(env->cfg, "group", plan->group))
		return say(plan->group, "there is no such [group] in the "
		                        "configuration");

	return 0;
}

static int plan_keep(struct verb *verb, const struct plan *plan)
{
	struct store_plan stored = {
		.name = plan->name,
		.script = plan->script,
		.settings = plan->rules ? plan->rules : "{}",
		.listv = plan->listv,
		.listc = plan->listc,
	};
	char *json = NULL;
	int err;

	err = plan_settings(&json, plan);
	stored.plan = json;
	if (!err)
		err = store_plan_make(verb->env->store, &stored, verb_done,
		                      verb);
	err = verb_wait(verb, err);
	mem_deref(json);

	if (err == EEXIST)
		(void)say(plan->name,
		          "it runs or has run: give the new one another name");
	else if (err == ENOENT)
		(void)say(plan->name,
		          "one of its lists is neither a file nor known");
	else if (err)
		(void)say(plan->name, strerror(err));

	return err;
}

static int plan_make(struct verb *verb, struct plan *plan)
{
	const struct args *args = verb->env->args;
	const char *path = args_text(args, "from", NULL);
	int err = 0;

	if (path)
		err = from_file(plan, path);
	if (!err)
		err = text_set(&plan->name, verb->name);
	if (!err)
		err = from_options(plan, args);
	if (!err && !plan->name)
		err = say("create",
		          "it needs a name: `campaign create NAME --list LIST "
		          "--script FILE`, or \"name\" in the file of --from");
	if (!err)
		err = plan_judge(verb->env, plan);
	if (!err)
		err = script_fix(verb->env, plan);
	if (!err)
		err = lists_import(verb->env, plan);
	if (!err)
		err = plan_keep(verb, plan);

	return err;
}

int verb_create(struct verb *verb)
{
	struct plan *plan;
	int err;

	err = env_open_store(verb->env);
	if (err)
		return err;

	err = plan_alloc(&plan);
	if (err)
		return err;

	err = plan_make(verb, plan);
	if (!err)
		printf("%s is a draft; `campaign dry-run %s` looks ahead, "
		       "`campaign start %s` calls\n",
		       plan->name, plan->name, plan->name);
	mem_deref(plan);

	return err;
}

/* --- start --------------------------------------------------------------- */

struct loading {
	struct verb *verb;
	struct plan *plan;
	char fault[CFG_FAULT_SIZE];
	int err;
};

static void load_handler(const struct store_plan *stored, void *arg)
{
	struct loading *loading = arg;

	loading->err = plan_from_store(&loading->plan, stored, loading->fault);
}

static void load_done(int err, void *arg)
{
	struct loading *loading = arg;

	verb_done(err, loading->verb);
}

static int plan_load(struct plan **planp, struct verb *verb)
{
	struct loading loading = {.verb = verb, .fault = "out of memory"};
	int err;

	err = verb_await(verb, store_plans(verb->env->store, verb->name,
	                                   load_handler, load_done, &loading));
	if (err)
		return err;
	if (loading.err)
		(void)say(verb->name, loading.fault);
	else
		*planp = loading.plan;

	return loading.err;
}

static int script_load(struct flow_script **scriptp, struct env *env,
                       const struct plan *plan)
{
	struct flow_script *script;

	if (!plan->script)
		return say(plan->name,
		           "it was made by `dialwright run`: run that again");

	script = env_script_of(env, plan->script);
	if (!script)
		return EINVAL;

	if (plan->script_version &&
	    strcmp(plan->script_version, flow_script_version(script)) != 0)
		fprintf(stderr,
		        "%s: the script is version %s now, the campaign was "
		        "made with %s: each call keeps the one it had\n",
		        plan->name, flow_script_version(script),
		        plan->script_version);
	*scriptp = script;

	return 0;
}

static int plan_dial(struct env *env, const struct plan *plan)
{
	struct dialing_prm prm = {
		.campaign = plan->name,
		.list_id = STORE_LIST_OWN,
		.group = plan->group,
		.lines = plan->lines,
		.calls_max = plan->calls,
		.calls_per_s = plan->calls_per_s,
		.ring_s = plan->ring_s,
		.priority = plan->priority,
		.is_watched = args_has(env->args, "watch"),
		.format = REPORT_TABLE,
		.output = args_text(env->args, "output", NULL),
	};
	const char *format = args_text(env->args, "format", "table");
	int err;

	if (!report_format_parse(&prm.format, format))
		return say("--format", "it takes table, csv or json");

	err = script_load(&prm.script, env, plan);
	if (!err && env_script_is_published(plan->script))
		prm.script_word = plan->script;
	if (!err)
		err = dialing_run(env, &prm);
	mem_deref(prm.script);

	return err;
}

int verb_start(struct verb *verb)
{
	struct plan *plan = NULL;
	int err;

	err = env_open_store_own(verb->env);
	if (!err)
		err = plan_load(&plan, verb);
	if (!err)
		err = plan_dial(verb->env, plan);
	mem_deref(plan);

	return err;
}

/* --- list, show ---------------------------------------------------------- */

static void list_handler(const struct store_plan *plan, void *arg)
{
	(void)arg;

	printf("%-24s %-8s %9u %9u %9u  %s\n", plan->name, plan->state,
	       plan->contacts, plan->done, plan->attempts, plan->script);
}

int verb_list(struct verb *verb)
{
	int err;

	err = env_open_store_guest(verb->env);
	if (err)
		return err;

	printf("%-24s %-8s %9s %9s %9s  %s\n", "campaign", "state", "contacts",
	       "done", "calls", "script");

	return verb_await(verb, store_plans(verb->env->store, NULL,
	                                    list_handler, verb_done, verb));
}

int verb_show(struct verb *verb)
{
	struct plan *plan = NULL;
	char *json = NULL;
	int err;

	err = env_open_store_guest(verb->env);
	if (!err)
		err = plan_load(&plan, verb);
	if (!err) {
		err = plan_write(&json, plan);
		if (err)
			(void)say(verb->name, strerror(err));
	}
	if (!err)
		puts(json);
	mem_deref(json);
	mem_deref(plan);

	return err;
}
