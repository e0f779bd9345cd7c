/*
 * cli/verb_report.c - dialwright campaign report: what came of it
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/chart.h"
#include "cli/report.h"
#include "cli/verbs.h"

#define HOUR_MS INT64_C(3600000)

enum {
	SUMS_MAX = 10000,
	WORD_SIZE = 96,
	BARS_MAX = 240,
	TITLE_SIZE = 160,
	PERCENT = 100,
};

struct sum {
	const char *kind; /* one of kindv */
	char word[WORD_SIZE];
	struct store_sum figures; /* its texts are those above */
};

struct sums {
	struct verb *verb;
	struct sum *sumv;
	size_t sumc;
	struct store_sum all;
};

static const char *const kindv[] = {"outcome", "label", "class", "line",
                                    "hour"};

/* "2026-11-21T10Z" of hours since 1970. */
static void hour_name(char word[WORD_SIZE], const char *hours)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(text, strtoll(hours, NULL, 10) * HOUR_MS);
	(void)snprintf(word, WORD_SIZE, "%.13sZ", text);
}

static void sum_handler(const struct store_sum *from, void *arg)
{
	struct sums *sums = arg;
	struct sum *sum = &sums->sumv[sums->sumc];

	if (!strcmp(from->kind, "all")) {
		sums->all = *from;
		return;
	}
	if (sums->sumc == SUMS_MAX)
		return;

	for (size_t i = 0; i < ARRAY_COUNT(kindv); i++) {
		if (!strcmp(kindv[i], from->kind))
			sum->kind = kindv[i];
	}
	if (!sum->kind)
		return;

	sum->figures = *from;
	if (!strcmp(from->kind, "hour"))
		hour_name(sum->word, from->word);
	else
		(void)text_copy(sum->word, sizeof(sum->word), from->word);
	sums->sumc++;
}

/* Hours by the clock, all else by how many. */
static int in_order(const void *a, const void *b)
{
	const struct sum *one = a, *two = b;
	int kinds = strcmp(one->kind, two->kind);

	if (kinds)
		return kinds;
	if (!strcmp(one->kind, "hour"))
		return strcmp(one->word, two->word);
	if (one->figures.attempts != two->figures.attempts)
		return one->figures.attempts < two->figures.attempts ? 1 : -1;

	return strcmp(one->word, two->word);
}

static double share(uint64_t part, uint64_t all)
{
	return all ? PERCENT * (double)part / (double)all : 0;
}

static double mean(double sum, uint64_t n)
{
	return n ? sum / (double)n : 0;
}

/* --- table, CSV, JSON ---------------------------------------------------- */

static void write_table(FILE *out, const struct sums *sums)
{
	const struct store_sum *all = &sums->all;

	fprintf(out,
	        "%llu calls, %llu answered (%.1f %%), %.0f s of talk on "
	        "average, intention %.1f on average\n",
	        (unsigned long long)all->attempts,
	        (unsigned long long)all->answered,
	        share(all->answered, all->attempts),
	        mean((double)all->talk_ms / 1000, all->answered),
	        mean((double)all->intention, all->answered));

	for (size_t k = 0; k < ARRAY_COUNT(kindv); k++) {
		bool has_title = false;

		for (size_t i = 0; i < sums->sumc; i++) {
			const struct sum *sum = &sums->sumv[i];
			const struct store_sum *n = &sum->figures;

			if (sum->kind != kindv[k])
				continue;
			if (!has_title)
				fprintf(out, "\n%-24s %8s %7s %9s %8s\n",
				        kindv[k], "calls", "share", "answered",
				        "talk");
			has_title = true;
			fprintf(out, "%-24s %8llu %6.1f%% %9llu %7.0fs\n",
			        sum->word, (unsigned long long)n->attempts,
			        share(n->attempts, all->attempts),
			        (unsigned long long)n->answered,
			        mean((double)n->talk_ms / 1000, n->answered));
		}
	}
}

static void csv_row(FILE *out, const char *kind, const char *word,
                    const struct store_sum *n)
{
	fprintf(out, "%s,\"%s", kind,
	        strchr("=-@+\t", *word) && *word ? "'" : "");
	for (; *word; word++) {
		if (*word == '"')
			fputc('"', out);
		fputc(*word, out);
	}
	fprintf(out, "\",%llu,%llu,%.1f,%lld\n",
	        (unsigned long long)n->attempts,
	        (unsigned long long)n->answered, (double)n->talk_ms / 1000,
	        (long long)n->intention);
}

static void write_csv(FILE *out, const struct sums *sums)
{
	fputs("kind,word,calls,answered,talk_s,intention\n", out);
	csv_row(out, "all", "", &sums->all);
	for (size_t i = 0; i < sums->sumc; i++)
		csv_row(out, sums->sumv[i].kind, sums->sumv[i].word,
		        &sums->sumv[i].figures);
}

static json_t *figures_json(const char *word, const struct store_sum *n)
{
	json_t *object;

	object = json_pack("{sI sI sf sI}", "calls", (json_int_t)n->attempts,
	                   "answered", (json_int_t)n->answered, "talk_s",
	                   (double)n->talk_ms / 1000, "intention",
	                   (json_int_t)n->intention);
	if (object && *word)
		(void)json_object_set_new(object, "name", json_string(word));

	return object;
}

static int write_json(FILE *out, const struct sums *sums)
{
	json_t *object;
	int err;

	jmem_forget();
	object = figures_json("", &sums->all);
	for (size_t k = 0; k < ARRAY_COUNT(kindv); k++) {
		json_t *array = json_array();

		for (size_t i = 0; i < sums->sumc; i++) {
			const struct sum *sum = &sums->sumv[i];

			if (sum->kind == kindv[k])
				(void)json_array_append_new(
					array,
					figures_json(sum->word, &sum->figures));
		}
		(void)json_object_set_new(object, kindv[k], array);
	}
	err = jmem_write(out, object, JSON_INDENT(2));
	if (!err)
		fputc('\n', out);

	return err;
}

/* --- picture ------------------------------------------------------------- */

/* Of the last hours, where there are too many; by the clock alone where all
 * are of one day. */
static size_t bars_of(struct chart_bar barv[BARS_MAX], const struct sums *sums,
                      const char *kind)
{
	bool is_hour = !strcmp(kind, "hour");
	size_t n = 0;

	for (size_t i = 0; i < sums->sumc; i++) {
		const struct sum *sum = &sums->sumv[i];

		if (sum->kind != kind)
			continue;
		if (n == BARS_MAX) {
			if (!is_hour)
				break;
			memmove(barv, barv + 1, (BARS_MAX - 1) * sizeof(*barv));
			n--;
		}
		barv[n++] = (struct chart_bar){
			/* "21T10Z" is enough under a column. */
			.name = sum->word + (is_hour ? 8 : 0),
			.all = (double)sum->figures.attempts,
			.part = (double)sum->figures.answered,
		};
	}

	return n;
}

static int draw(const struct sums *sums, const char *path)
{
	static struct chart_bar hourv[BARS_MAX], outcomev[BARS_MAX],
		labelv[BARS_MAX];
	const struct store_sum *all = &sums->all;
	char title[TITLE_SIZE], subtitle[TITLE_SIZE];
	struct chart chart = {
		.title = title,
		.subtitle = subtitle,
		.all = "calls",
		.part = "of them answered",
		.hours = {"By hour (UTC, day and hour)", hourv,
	                  bars_of(hourv, sums, kindv[4])},
		.panelv = {{"Outcomes", outcomev,
	                    bars_of(outcomev, sums, kindv[0])},
	                   {"Labels", labelv, bars_of(labelv, sums, kindv[1])}},
	};
	FILE *file = fopen(path, "w");
	int err;

	if (!file)
		return errno;

	(void)snprintf(title, sizeof(title), "Campaign %s", sums->verb->name);
	(void)snprintf(subtitle, sizeof(subtitle),
	               "%llu calls, %llu answered (%.1f %%), %.0f s of talk on "
	               "average",
	               (unsigned long long)all->attempts,
	               (unsigned long long)all->answered,
	               share(all->answered, all->attempts),
	               mean((double)all->talk_ms / 1000, all->answered));
	err = chart_write(file, &chart);
	if (fclose(file) && !err)
		err = errno;

	return err;
}

/* --- the verb ------------------------------------------------------------ */

static int write_to(FILE *out, const struct sums *sums,
                    enum report_format format)
{
	switch (format) {

	case REPORT_CSV:
		write_csv(out, sums);
		return 0;

	case REPORT_JSON:
		return write_json(out, sums);

	default:
		write_table(out, sums);
		return 0;
	}
}

static int say(const char *path, int err)
{
	if (err)
		fprintf(stderr, "dialwright campaign report: %s: %s\n", path,
		        strerror(err));

	return err;
}

static int write_out(const struct sums *sums)
{
	const struct args *args = sums->verb->env->args;
	const char *output = args_text(args, "output", NULL);
	const char *picture = args_text(args, "picture", NULL);
	enum report_format format;
	FILE *out = stdout;
	int err;

	if (!report_format_parse(&format, args_text(args, "format", "table")))
		return say("--format takes table, csv or json", EINVAL);

	if (output)
		out = fopen(output, "w");
	if (!out)
		return say(output, errno);

	err = write_to(out, sums, format);
	if (output && fclose(out) && !err)
		err = errno;
	if (err)
		return say(output ? output : "output", err);

	return picture ? say(picture, draw(sums, picture)) : 0;
}

static void sums_destructor(void *arg)
{
	struct sums *sums = arg;

	mem_deref(sums->sumv);
}

static void sums_done(int err, void *arg)
{
	struct sums *sums = arg;

	verb_done(err, sums->verb);
}

int verb_report(struct verb *verb)
{
	struct sums *sums;
	int err;

	err = env_open_store_guest(verb->env);
	if (err)
		return err;

	sums = mem_zalloc(sizeof(*sums), sums_destructor);
	if (sums)
		sums->sumv =
			mem_zalloc((SUMS_MAX + 1) * sizeof(*sums->sumv), NULL);
	if (!sums || !sums->sumv) {
		mem_deref(sums);
		return say(verb->name, ENOMEM);
	}

	sums->verb = verb;
	err = verb_await(verb, store_sums(verb->env->store, verb->name,
	                                  sum_handler, sums_done, sums));
	if (!err) {
		qsort(sums->sumv, sums->sumc, sizeof(*sums->sumv), in_order);
		err = write_out(sums);
	}
	mem_deref(sums);

	return err;
}
