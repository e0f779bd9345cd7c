/*
 * base/metrics.c - what is counted while the program runs, as Prometheus reads
 */
#include <pthread.h>
#include <string.h>
#include "base/mem.h"
#include "base/metrics.h"
#include "base/text.h"

const double metrics_bucketv[METRICS_BUCKETS] = {
	0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 5, 10,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric *first;

/* --- counting ------------------------------------------------------------- */

static struct metric_row *row_of(struct metric *metric, const char *word)
{
	struct metric_row *row;

	if (!metric->is_listed) {
		metric->is_listed = true;
		metric->next = first;
		first = metric;
	}

	for (size_t i = 0; i < metric->rowc; i++) {
		if (!strcmp(metric->rowv[i].word, word))
			return &metric->rowv[i];
	}
	if (metric->rowc == METRICS_WORDS_MAX)
		return &metric->rowv[METRICS_WORDS_MAX - 1];

	row = &metric->rowv[metric->rowc++];
	if (metric->rowc == METRICS_WORDS_MAX)
		word = "other";
	(void)text_copy(row->word, sizeof(row->word), word);

	return row;
}

/* What was cut to fit must be found again. */
static void word_cut(char cut[METRICS_WORD_SIZE], const char *word)
{
	(void)text_copy(cut, METRICS_WORD_SIZE, word ? word : "");
}

void metric_add(struct metric *metric, const char *word)
{
	char cut[METRICS_WORD_SIZE];

	word_cut(cut, word);
	(void)pthread_mutex_lock(&lock);
	row_of(metric, cut)->count++;
	(void)pthread_mutex_unlock(&lock);
}

void metric_time(struct metric *metric, const char *word, uint64_t ms)
{
	double seconds = (double)ms / 1000;
	struct metric_row *row;
	char cut[METRICS_WORD_SIZE];

	word_cut(cut, word);
	(void)pthread_mutex_lock(&lock);
	row = row_of(metric, cut);
	row->count++;
	row->sum += seconds;
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		if (seconds <= metrics_bucketv[i]) {
			row->bucketv[i]++;
			break;
		}
	}
	(void)pthread_mutex_unlock(&lock);
}

/* --- writing -------------------------------------------------------------- */

static void escaped(FILE *out, const char *word)
{
	for (; *word; word++) {
		if (*word == '\n') {
			fputs("\\n", out);
			continue;
		}
		if (*word == '"' || *word == '\\')
			fputc('\\', out);
		fputc(*word, out);
	}
}

void metrics_head(FILE *out, const char *name, const char *kind,
                  const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

void metrics_value(FILE *out, const char *name, const char *label,
                   const char *word, double value)
{
	fputs(name, out);
	if (label) {
		fprintf(out, "{%s=\"", label);
		escaped(out, word);
		fputs("\"}", out);
	}
	fprintf(out, " %.15g\n", value);
}

static void bucket_write(FILE *out, const struct metric *metric,
                         const struct metric_row *row, const char *end,
                         uint64_t count)
{
	fprintf(out, "%s_bucket{", metric->name);
	if (metric->label) {
		fprintf(out, "%s=\"", metric->label);
		escaped(out, row->word);
		fputs("\",", out);
	}
	fprintf(out, "le=\"%s\"} %llu\n", end, (unsigned long long)count);
}

static void times_write(FILE *out, const struct metric *metric,
                        const struct metric_row *row)
{
	char name[128], end[32];
	uint64_t count = 0;

	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		count += row->bucketv[i];
		(void)snprintf(end, sizeof(end), "%g", metrics_bucketv[i]);
		bucket_write(out, metric, row, end, count);
	}
	bucket_write(out, metric, row, "+Inf", row->count);
	(void)snprintf(name, sizeof(name), "%s_sum", metric->name);
	metrics_value(out, name, metric->label, row->word, row->sum);
	(void)snprintf(name, sizeof(name), "%s_count", metric->name);
	metrics_value(out, name, metric->label, row->word, (double)row->count);
}

void metrics_write(FILE *out)
{
	(void)pthread_mutex_lock(&lock);
	for (struct metric *metric = first; metric; metric = metric->next) {
		metrics_head(out, metric->name,
		             metric->is_time ? "histogram" : "counter",
		             metric->help);
		for (size_t i = 0; i < metric->rowc; i++) {
			const struct metric_row *row = &metric->rowv[i];

			if (metric->is_time)
				times_write(out, metric, row);
			else
				metrics_value(out, metric->name, metric->label,
				              row->word, (double)row->count);
		}
	}
	(void)pthread_mutex_unlock(&lock);
}
