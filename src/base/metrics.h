/*
 * base/metrics.h - what is counted while the program runs, as Prometheus reads
 *
 * A family is a static object beside the code that counts. It has at most one
 * label, with at most METRICS_WORDS_MAX values: those that come later are
 * counted as "other", so no stranger can make it grow. Any thread.
 *
 *	static struct metric ended = {
 *		.name = "dialwright_calls_ended_total",
 *		.help = "Calls that ended.",
 *		.label = "outcome",
 *	};
 *
 *	metric_add(&ended, "busy");
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	METRICS_WORDS_MAX = 48,
	METRICS_WORD_SIZE = 40,
	METRICS_BUCKETS = 10,
};

/* Upper ends of the buckets of all times, in seconds. */
extern const double metrics_bucketv[METRICS_BUCKETS];

struct metric_row {
	char word[METRICS_WORD_SIZE];
	uint64_t count;
	double sum;                        /* of times */
	uint64_t bucketv[METRICS_BUCKETS]; /* each without those below */
};

/* What stands above the line is set where it is defined. */
struct metric {
	const char *name; /* a counter ends in "_total" */
	const char *help;
	const char *label; /* NULL: none */
	bool is_time;      /* a histogram of seconds */
	/* --- */
	struct metric *next;
	bool is_listed;
	size_t rowc;
	struct metric_row rowv[METRICS_WORDS_MAX];
};

/* One more; word is NULL where there is no label. */
void metric_add(struct metric *metric, const char *word);

/* One more that took so long. */
void metric_time(struct metric *metric, const char *word, uint64_t ms);

/* All families that have counted something. */
void metrics_write(FILE *out);

/* A value that is known only now: its head, once, then each of its values;
 * label NULL: there is none. */
void metrics_head(FILE *out, const char *name, const char *kind,
                  const char *help);
void metrics_value(FILE *out, const char *name, const char *label,
                   const char *word, double value);
