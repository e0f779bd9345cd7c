/*
 * api/r_metrics.c - the route that Prometheus reads
 *
 * What was counted, and what can be asked only now. Labels are states, names of
 * the configuration and outcomes: never a person's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "api/api_parts.h"
#include "api/handlers.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "store/store.h"

static const char *const call_statev[] = {"dialling", "talking", "ending"};

static void call_handler(const struct call_view *view, void *arg)
{
	double *countv = arg;

	for (size_t i = 0; i < ARRAY_COUNT(call_statev); i++)
		countv[i] += !strcmp(call_statev[i], view->state);
}

static void calls_write(FILE *out, const struct calls *calls)
{
	static const char name[] = "dialwright_calls";
	double countv[ARRAY_COUNT(call_statev)] = {0};

	calls_each(calls, call_handler, countv);
	metrics_head(out, name, "gauge", "Calls under way.");
	for (size_t i = 0; i < ARRAY_COUNT(call_statev); i++)
		metrics_value(out, name, "state", call_statev[i], countv[i]);
}

static void one(FILE *out, const char *name, const char *kind, const char *help,
                double value)
{
	metrics_head(out, name, kind, help);
	metrics_value(out, name, NULL, NULL, value);
}

static void limit_write(FILE *out, const struct calls *calls)
{
	one(out, "dialwright_calls_limit", "gauge",
	    "Calls at a time that may be begun while people are understood "
	    "late; 0: they are understood in time.",
	    calls_limit(calls));
}

static void media_write(FILE *out, const struct phone *phone)
{
	struct phone_load load = {0};

	phone_load(phone, &load);
	one(out, "dialwright_media_ticks_total", "counter",
	    "Ticks of 20 ms of the media loops.", (double)load.ticks);
	one(out, "dialwright_media_late_ticks_total", "counter",
	    "Ticks that were later than 5 ms.", (double)load.late_ticks);
	one(out, "dialwright_media_late_p99_seconds", "gauge",
	    "How late a tick is, p99.", load.late_p99_us / 1e6);
}

static void lines_write(FILE *out, const struct api_prm *prm)
{
	static const char name[] = "dialwright_line_up";
	const char *line;

	metrics_head(out, name, "gauge", "Whether a line can be called over.");
	for (size_t i = 0; (line = cfg_name(prm->cfg, "line", i)); i++)
		metrics_value(
			out, name, "line", line,
			phone_line_state(phone_line_find(prm->phone, line),
		                         NULL) == PHONE_LINE_READY);
}

/* A family of all sinks. */
static void sinks_write(FILE *out, const struct notify *notify,
                        const char *const head[3],
                        double (*value)(const struct notify_state *state))
{
	struct notify_state state;

	metrics_head(out, head[0], head[1], head[2]);
	for (size_t i = 0; notify_state(notify, i, &state); i++)
		metrics_value(out, head[0], "sink", state.sink, value(&state));
}

static double lag(const struct notify_state *state)
{
	return (double)state->lag_ms / 1000;
}

static double delivered(const struct notify_state *state)
{
	return (double)state->delivered;
}

static double failed(const struct notify_state *state)
{
	return (double)state->failed;
}

static double given_up(const struct notify_state *state)
{
	return (double)state->given_up;
}

static void outbox_write(FILE *out, const struct notify *notify)
{
	static const struct {
		const char *head[3];
		double (*value)(const struct notify_state *state);
	} rowv[] = {
		{{"dialwright_outbox_lag_seconds", "gauge",
	          "Age of the oldest event that waits."},
	         lag},
		{{"dialwright_outbox_delivered_total", "counter",
	          "Events that a sink took."},
	         delivered},
		{{"dialwright_outbox_failed_total", "counter",
	          "Tries that a sink refused."},
	         failed},
		{{"dialwright_outbox_given_up_total", "counter",
	          "Events that were given up."},
	         given_up},
	};

	for (size_t i = 0; notify && i < ARRAY_COUNT(rowv); i++)
		sinks_write(out, notify, rowv[i].head, rowv[i].value);
}

static void campaigns_write(FILE *out, const struct runner *runner)
{
	struct dialer_progress progress;
	double count = 0, waiting = 0;

	for (size_t i = 0; runner_at(runner, i, &progress); i++) {
		count++;
		waiting += progress.total > progress.ended
		                   ? progress.total - progress.ended
		                   : 0;
	}
	one(out, "dialwright_campaigns", "gauge", "Campaigns that are run.",
	    count);
	one(out, "dialwright_contacts_waiting", "gauge",
	    "People whom they have to call still.", waiting);
}

static void process_write(FILE *out, const struct api *api)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long whole = 0, resident = 0;

	if (file) {
		(void)!fscanf(file, "%lu %lu", &whole, &resident);
		(void)fclose(file);
	}
	one(out, "process_resident_memory_bytes", "gauge", "Memory in use.",
	    (double)resident * (double)sysconf(_SC_PAGESIZE));
	one(out, "dialwright_store_memory_bytes", "gauge",
	    "Memory of the embedded database, most of it pages of the file.",
	    (double)store_memory());
	one(out, "process_start_time_seconds", "gauge",
	    "When the process began.", (double)api->start_ms / 1000);
	metrics_head(out, "dialwright_info", "gauge", "The program.");
	metrics_value(out, "dialwright_info", "version", DIALWRIGHT_VERSION, 1);
}

/* A file of this process alone, since it grows with what is configured. */
static int all_write(int *fdp, const struct api *api)
{
	const struct api_prm *prm = &api->prm;
	int fd = memfd_create("metrics", MFD_CLOEXEC);
	FILE *out = fd >= 0 ? fdopen(dup(fd), "w") : NULL;
	int err = out ? 0 : errno;

	if (out) {
		metrics_write(out);
		calls_write(out, prm->calls);
		limit_write(out, prm->calls);
		media_write(out, prm->phone);
		lines_write(out, prm);
		outbox_write(out, prm->notify);
		campaigns_write(out, prm->runner);
		process_write(out, api);
		err = fclose(out) ? errno : 0;
	}
	if (err && fd >= 0)
		(void)close(fd);
	else
		*fdp = fd;

	return err;
}

void r_metrics(struct ask *ask)
{
	int fd, err = all_write(&fd, ask->api);

	if (err)
		ask_failed(ask, err, "the metrics");
	else
		ask_file(ask, "text/plain; version=0.0.4", fd);
}
