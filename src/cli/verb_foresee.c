/*
 * cli/verb_foresee.c - dialwright campaign dry-run: who would be called, when
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <jansson.h>
#include "base/clock.h"
#include "base/mem.h"
#include "cli/report.h"
#include "cli/verbs.h"

enum {
	CALL_MS = 45000, /* of a campaign that has made no calls yet */
};

struct look {
	struct verb *verb;
	struct plan *plan;
	struct rules *rules;
	struct foresight *foresight;
	struct foresight_pace pace;
	bool is_guess; /* the length of a call */
	char fault[CFG_FAULT_SIZE];
	int err;
};

static void plan_handler(const struct store_plan *stored, void *arg)
{
	struct look *look = arg;

	look->err = plan_from_store(&look->plan, stored, look->fault);
	if (!look->err)
		look->err = rules_make(&look->rules, look->verb->env->cfg,
		                       stored->settings, look->fault);
}

/* What calls of this campaign took so far. */
static void sum_handler(const struct store_sum *sum, void *arg)
{
	struct look *look = arg;

	if (strcmp(sum->kind, "all") != 0 || !sum->attempts)
		return;

	look->is_guess = false;
	look->pace.call_ms = (uint32_t)(sum->busy_ms / sum->attempts) + 1;
}

static void done_handler(int err, void *arg)
{
	struct look *look = arg;

	verb_done(err, look->verb);
}

static void pace_fill(struct look *look)
{
	const struct cfg *cfg = look->verb->env->cfg;
	const struct plan *plan = look->plan;

	look->pace.calls_max =
		plan->calls ? plan->calls
			    : (unsigned)cfg_number(cfg, "campaign", "calls");
	look->pace.calls_per_s =
		plan->calls_per_s >= 0
			? plan->calls_per_s
			: (double)cfg_number(cfg, "campaign", "calls_per_s");
	look->pace.call_ms = CALL_MS;
	look->is_guess = true;
}

static int look_at(struct look *look)
{
	struct verb *verb = look->verb;
	struct store *store = verb->env->store;
	int err;

	err = verb_await(verb, store_plans(store, verb->name, plan_handler,
	                                   done_handler, look));
	if (!err && look->err) {
		fprintf(stderr, "dialwright campaign: %s: %s\n", verb->name,
		        look->fault);
		err = look->err;
	}
	if (err)
		return err;

	pace_fill(look);
	err = verb_await(verb, store_sums(store, verb->name, sum_handler,
	                                  done_handler, look));
	if (err)
		return err;

	return verb_await(verb,
	                  foresight_start(&look->foresight, store, verb->name,
	                                  look->rules, done_handler, look));
}

/* --- what it says -------------------------------------------------------- */

static const struct {
	const char *word;
	enum store_answer answerv[2];
	size_t answerc;
} groupv[] = {
	{"now", {STORE_ALLOW}, 1},
	{"later", {STORE_LATER, STORE_HOLD}, 2},
	{"never", {STORE_NEVER}, 1},
};

static uint64_t total(const struct look *look, size_t group)
{
	struct foresight_count count;
	uint64_t n = 0;

	for (size_t a = 0; a < groupv[group].answerc; a++) {
		for (size_t i = 0;
		     foresight_count(look->foresight, groupv[group].answerv[a],
		                     i, &count);
		     i++)
			n += count.n;
	}

	return n;
}

/* Without seconds: nobody knows them. */
static const char *minute(char text[CLOCK_TEXT_SIZE], int64_t ms)
{
	clock_text(text, ms);
	memcpy(text + 16, "Z", 2);

	return text;
}

static void print_rules(const struct look *look, size_t group)
{
	struct foresight_count count;
	char text[CLOCK_TEXT_SIZE];

	for (size_t a = 0; a < groupv[group].answerc; a++) {
		for (size_t i = 0;
		     foresight_count(look->foresight, groupv[group].answerv[a],
		                     i, &count);
		     i++) {
			if (!*count.rule)
				continue;
			printf("  %-20s %9llu", count.rule,
			       (unsigned long long)count.n);
			if (count.first_ms)
				printf("  from %s",
				       minute(text, count.first_ms));
			putchar('\n');
		}
	}
}

/* When everybody has been called, once or as often as retries say. */
struct ending {
	int64_t once_ms, retried_ms;
	uint64_t left;
};

static void print_end(const struct look *look, const struct ending *ending)
{
	char text[CLOCK_TEXT_SIZE];

	if (!ending->once_ms) {
		puts("nobody is to be called");
		return;
	}

	printf("everybody called once about %s", minute(text, ending->once_ms));
	if (ending->left)
		printf(", but %llu of them", (unsigned long long)ending->left);
	if (ending->retried_ms)
		printf(";\nif all of them had to be called %u times, as retry "
		       "allows, about %s",
		       foresight_rounds(look->foresight),
		       minute(text, ending->retried_ms));
	putchar('\n');
}

static void print_table(const struct look *look, const struct ending *ending)
{

	for (size_t i = 0; i < ARRAY_COUNT(groupv); i++) {
		printf("%-22s %9llu\n", groupv[i].word,
		       (unsigned long long)total(look, i));
		print_rules(look, i);
	}
	printf("%-22s %9llu\n", "done",
	       (unsigned long long)foresight_over(look->foresight));

	printf("\n%u calls at once", look->pace.calls_max);
	if (look->pace.calls_per_s > 0)
		printf(", %g a second", look->pace.calls_per_s);
	printf(", %.0f s each%s: ", (double)look->pace.call_ms / 1000,
	       look->is_guess ? " (a guess: none was made yet)" : "");
	print_end(look, ending);
}

static json_t *rules_json(const struct look *look, size_t group)
{
	struct foresight_count count;
	json_t *object = json_object();

	for (size_t a = 0; a < groupv[group].answerc; a++) {
		for (size_t i = 0;
		     foresight_count(look->foresight, groupv[group].answerv[a],
		                     i, &count);
		     i++) {
			if (*count.rule)
				(void)json_object_set_new(
					object, count.rule,
					json_pack("{sI sI}", "contacts",
				                  (json_int_t)count.n,
				                  "first_ms",
				                  (json_int_t)count.first_ms));
		}
	}

	return object;
}

static int print_json(const struct look *look, const struct ending *ending)
{
	json_t *object;
	int err = ENOMEM;

	object = json_pack(
		"{sI sI so sI so sI sI sI sI sb}", "now",
		(json_int_t)total(look, 0), "later", (json_int_t)total(look, 1),
		"later_rules", rules_json(look, 1), "never",
		(json_int_t)total(look, 2), "never_rules", rules_json(look, 2),
		"done", (json_int_t)foresight_over(look->foresight), "end_ms",
		(json_int_t)ending->once_ms, "end_with_retries_ms",
		(json_int_t)(ending->retried_ms ? ending->retried_ms
	                                        : ending->once_ms),
		"not_reached", (json_int_t)ending->left,
		"is_call_length_guessed", look->is_guess);
	if (object && !json_dumpf(object, stdout, JSON_INDENT(2)))
		err = 0;
	putchar('\n');
	json_decref(object);

	return err;
}

static void endings(const struct look *look, struct ending *ending)
{
	struct foresight_pace pace = look->pace;
	int64_t now_ms = clock_wall_ms();
	uint64_t left;

	ending->once_ms =
		foresight_end_ms(look->foresight, &pace, now_ms, &ending->left);
	pace.rounds = foresight_rounds(look->foresight);
	ending->retried_ms = 0;
	if (pace.rounds > 1 && ending->once_ms)
		ending->retried_ms =
			foresight_end_ms(look->foresight, &pace, now_ms, &left);
}

static int print(const struct look *look)
{
	const char *name = args_text(look->verb->env->args, "format", "table");
	enum report_format format;
	struct ending ending;

	if (!report_format_parse(&format, name) || format == REPORT_CSV) {
		fprintf(stderr, "dialwright campaign dry-run: --format takes "
		                "table or json\n");
		return EINVAL;
	}

	endings(look, &ending);
	if (format == REPORT_JSON)
		return print_json(look, &ending);

	print_table(look, &ending);

	return 0;
}

int verb_foresee(struct verb *verb)
{
	struct look look = {.verb = verb, .fault = "out of memory"};
	int err;

	err = env_open_store_guest(verb->env);
	if (!err)
		err = look_at(&look);
	if (!err)
		err = print(&look);
	mem_deref(look.foresight);
	mem_deref(look.rules);
	mem_deref(look.plan);

	return err;
}
