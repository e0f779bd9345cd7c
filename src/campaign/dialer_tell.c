/*
 * campaign/dialer_tell.c - what a dialer tells of its progress
 */
#include <stdio.h>
#include "base/clock.h"
#include "campaign/dialer.h"
#include "campaign/eta.h"

enum {
	PROGRESS_MS = 250,
};

/* The slower one of campaign and lines; 0 = any. */
static double rate(const struct dialer *dialer)
{
	double lines = group_rate(&dialer->group);

	if (lines <= 0 || (dialer->pace.rate > 0 && dialer->pace.rate < lines))
		return dialer->pace.rate;

	return lines;
}

static void progress_fill(struct dialer *dialer)
{
	struct dialer_progress *progress = &dialer->progress;
	const struct eta eta = {
		.waiting = progress->total > progress->ended + progress->live
	                           ? progress->total - progress->ended -
	                                     progress->live
	                           : 0,
		.live = progress->live,
		.calls_max =
			group_channels(&dialer->group, dialer->prm.calls_max),
		.rate = rate(dialer),
		.ended = dialer->attempts,
		.spent_ms = dialer->spent_ms,
	};

	progress->elapsed_ms = clock_ms() - dialer->start_ms;
	progress->eta_ms = eta_ms(&eta);
	progress->waiting = dialer->waiting[0] ? dialer->waiting : NULL;
}

static void progress_timer(void *arg)
{
	struct dialer *dialer = arg;

	dialer->told_ms = clock_ms();
	progress_fill(dialer);
	dialer->sink.progress(&dialer->progress, dialer->sink.arg);
}

void dialer_changed(struct dialer *dialer)
{
	uint64_t now_ms = clock_ms(), at_ms = dialer->told_ms + PROGRESS_MS;

	if (!dialer->sink.progress || dialer->is_over ||
	    tmr_isrunning(&dialer->progress_tmr))
		return;

	tmr_start(&dialer->progress_tmr, at_ms > now_ms ? at_ms - now_ms : 0,
	          progress_timer, dialer);
}

void dialer_wait_because(struct dialer *dialer, const char *why)
{
	if (!strcmp(dialer->waiting, why))
		return;

	(void)snprintf(dialer->waiting, sizeof(dialer->waiting), "%s", why);
	dialer_changed(dialer);
}

static void done_timer(void *arg)
{
	struct dialer *dialer = arg;

	progress_fill(dialer);
	dialer->sink.done(&dialer->progress,
	                  dialer->fault[0] ? dialer->fault : NULL,
	                  dialer->sink.arg);
}

void dialer_finish(struct dialer *dialer)
{
	dialer->is_over = true;
	dialer->waiting[0] = '\0';
	tmr_cancel(&dialer->progress_tmr);
	tmr_start(&dialer->tmr, 0, done_timer, dialer);
}
