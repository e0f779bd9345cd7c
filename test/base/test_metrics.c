/*
 * test/base/test_metrics.c - what Prometheus reads, and what cannot grow
 */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/metrics.h"
#include "harness.h"
#include "test_base.h"

enum {
	SHOWN_SIZE = 32768,
};

static int shown_read(char shown[SHOWN_SIZE])
{
	FILE *file = tmpfile();
	size_t len;

	if (!file)
		return errno;

	metrics_write(file);
	rewind(file);
	len = fread(shown, 1, SHOWN_SIZE - 1, file);
	shown[len] = '\0';
	(void)fclose(file);

	return 0;
}

int test_metrics_count(void)
{
	static struct metric ended = {
		.name = "test_ended_total",
		.help = "Those that ended.",
		.label = "outcome",
	};
	static struct metric alone = {.name = "test_alone_total", .help = "x"};
	char shown[SHOWN_SIZE];
	int err;

	metric_add(&ended, "busy");
	metric_add(&ended, "no \"answer\"");
	metric_add(&ended, "busy");
	metric_add(&alone, NULL);
	err = shown_read(shown);
	CHECK_ERR(0, err);
	CHECK(strstr(shown,
	             "# HELP test_ended_total Those that ended.\n"
	             "# TYPE test_ended_total counter\n"
	             "test_ended_total{outcome=\"busy\"} 2\n"
	             "test_ended_total{outcome=\"no \\\"answer\\\"\"} 1\n"));
	CHECK(strstr(shown, "\ntest_alone_total 1\n"));

out:
	return err;
}

int test_metrics_time(void)
{
	static struct metric heard = {
		.name = "test_heard_seconds",
		.help = "x",
		.label = "service",
		.is_time = true,
	};
	static const char *const linev[] = {
		"test_heard_seconds_bucket{service=\"a\",le=\"0.05\"} 0\n",
		"test_heard_seconds_bucket{service=\"a\",le=\"0.1\"} 1\n",
		"test_heard_seconds_bucket{service=\"a\",le=\"0.5\"} 2\n",
		"test_heard_seconds_bucket{service=\"a\",le=\"10\"} 2\n",
		"test_heard_seconds_bucket{service=\"a\",le=\"+Inf\"} 3\n",
		"test_heard_seconds_sum{service=\"a\"} 30.5\n",
		"test_heard_seconds_count{service=\"a\"} 3\n",
	};
	char shown[SHOWN_SIZE];
	int err;

	metric_time(&heard, "a", 100);
	metric_time(&heard, "a", 400);
	metric_time(&heard, "a", 30000);
	err = shown_read(shown);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(linev); i++) {
		if (!strstr(shown, linev[i]))
			fprintf(stderr, "not there: %s", linev[i]);
		CHECK(strstr(shown, linev[i]));
	}

out:
	return err;
}

/* A stranger who thinks of new words makes nothing grow. */
int test_metrics_ceiling(void)
{
	static struct metric many = {
		.name = "test_many_total",
		.help = "x",
		.label = "word",
	};
	char shown[SHOWN_SIZE], word[100];
	int err = 0;

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(word, sizeof(word),
		               "%d is much longer than a "
		               "word of a label may be, so it is cut",
		               i);
		metric_add(&many, word);
		metric_add(&many, word);
	}
	CHECK_U64(METRICS_WORDS_MAX, many.rowc);
	err = shown_read(shown);
	CHECK_ERR(0, err);
	CHECK(strstr(shown, "test_many_total{word=\"other\"} 1906\n"));

out:
	return err;
}
