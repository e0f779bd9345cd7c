/*
 * cli/cmd_events.c - dialwright events: what is delivered, what is not
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/env.h"

struct asking {
	struct env_answer answer;
	uint32_t count;
	bool has_any;
};

static void count_handler(int err, uint32_t count, void *arg)
{
	struct asking *asking = arg;

	asking->count = count;
	env_answered(err, asking);
}

static void sink_handler(const struct store_sink *sink, void *arg)
{
	struct asking *asking = arg;
	char oldest[CLOCK_TEXT_SIZE] = "";

	if (!asking->has_any)
		printf("%-20s %12s %12s  %s\n", "sink", "waiting",
		       "undelivered", "oldest");
	asking->has_any = true;
	if (sink->oldest_ms)
		(void)clock_text(oldest, sink->oldest_ms);
	printf("%-20s %12llu %12llu  %s\n", sink->name,
	       (unsigned long long)sink->waiting,
	       (unsigned long long)sink->undelivered, oldest);
}

static void undelivered_handler(const struct store_undelivered *event,
                                void *arg)
{
	struct asking *asking = arg;
	char at[CLOCK_TEXT_SIZE];

	asking->has_any = true;
	printf("%s %s %lld %s %s: %s%s\n", clock_text(at, event->at_ms),
	       event->sink, (long long)event->seq, event->type, event->key,
	       event->fault, event->is_again ? " (is tried again)" : "");
}

static int status(struct asking *asking)
{
	struct store *store = asking->answer.env->store;
	int err;

	err = env_await(&asking->answer,
	                store_sinks(store, sink_handler, env_answered, asking));
	if (!err && !asking->has_any)
		puts("no sink has ever read the outbox: configure a "
		     "[sink NAME], see docs/events.md");

	return err;
}

static int undelivered(struct asking *asking, const char *sink)
{
	int err;

	err = env_await(&asking->answer,
	                store_outbox_undelivered(asking->answer.env->store,
	                                         sink, undelivered_handler,
	                                         env_answered, asking));
	if (!err && !asking->has_any)
		puts("everything was delivered");

	return err;
}

static int again(struct asking *asking, const char *sink, const char *place)
{
	char *end = NULL;
	int64_t seq = place ? strtoll(place, &end, 10) : 0;
	int err;

	if (place && (seq <= 0 || *end)) {
		fprintf(stderr,
		        "dialwright events: \"%s\" is no number of an event: "
		        "`dialwright events undelivered` lists them\n",
		        place);
		return EINVAL;
	}

	err = env_await(&asking->answer,
	                store_outbox_again(asking->answer.env->store, sink, seq,
	                                   count_handler, asking));
	if (!err)
		printf("%u %s tried again by the process that delivers\n",
		       asking->count, asking->count == 1 ? "is" : "are");

	return err;
}

static int forget(struct asking *asking, const char *sink)
{
	int err;

	err = env_await(&asking->answer,
	                store_sink_forget(asking->answer.env->store, sink,
	                                  env_answered, asking));
	if (err == ENOENT)
		fprintf(stderr, "dialwright events: there is no sink \"%s\"\n",
		        sink);
	if (!err)
		printf("%s is forgotten\n", sink);

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	const char *verb = args->wordc ? args->wordv[0] : "status";
	const char *sink = args->wordc > 1 ? args->wordv[1] : NULL;
	const char *place = args->wordc > 2 ? args->wordv[2] : NULL;
	bool has_sink = !strcmp(verb, "again") || !strcmp(verb, "forget");
	struct env env;
	struct asking asking = {.answer = {.env = &env}};
	int err;

	if (strcmp(verb, "status") != 0 && strcmp(verb, "undelivered") != 0 &&
	    !has_sink) {
		fprintf(stderr,
		        "dialwright events: status, undelivered, again or "
		        "forget, not \"%s\"\n",
		        verb);
		return CLI_MISUSED;
	}
	if (has_sink && !sink) {
		fprintf(stderr, "dialwright events %s: which sink?\n", verb);
		return CLI_MISUSED;
	}

	err = env_open(&env, args, wire);
	if (!err)
		err = env_open_store_guest(&env);
	if (err)
		goto out;

	if (!strcmp(verb, "again"))
		err = again(&asking, sink, place);
	else if (!strcmp(verb, "forget"))
		err = forget(&asking, sink);
	else if (!strcmp(verb, "undelivered"))
		err = undelivered(&asking, sink);
	else
		err = status(&asking);

out:
	env_close(&env);

	return env_status(err);
}

const struct args_command events_command = {
	.name = "events",
	.words = "[status|undelivered [SINK]|again SINK [N]|forget SINK]",
	.summary = "What other systems were told, and what they would not "
		   "take.",
	.help = "status: how far each sink is. undelivered: what was given up, "
		"and why. again: tries\nthat once more, all of it or one "
		"event, "
		"by the process that delivers. forget: drops a\nsink that is "
		"configured no more. Beside a process that runs.",
	.words_max = 3,
	.run = run,
};
