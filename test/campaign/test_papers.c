/*
 * test/campaign/test_papers.c - what a consent and the edition of a published
 * list have to have
 */
#include <string.h>
#include "base/instant.h"
#include "base/mem.h"
#include "campaign/campaign.h"
#include "campaign/tests.h"
#include "harness.h"

#define NOW_MS INT64_C(1763683200000) /* 2025-11-21T00:00Z */
#define DAY_MS INT64_C(86400000)

int test_papers_consent(void)
{
	static char long_text[PAPERS_TEXT_MAX + 2];
	const struct {
		const char *why;
		struct store_consent consent;
		const char *field; /* NULL: it counts */
	} rowv[] = {
		/* clang-format off */
		{"whole", {"+15550100", "news", "form 17", "Do call.", NOW_MS,
	         0}, NULL},
		{"given long ago", {"+15550100", "news", "form 17", "Do call.",
	         1, 0}, NULL},
		{"to nothing", {"+15550100", "", "form 17", "Do call.", 1, 0},
	         "purpose"},
		{"nobody knows where", {"+15550100", "news", "", "Do call.", 1,
	         0}, "source"},
		{"nobody knows to what", {"+15550100", "news", "form 17", "",
	         1, 0}, "text"},
		{"more words than anybody reads", {"+15550100", "news",
	         "form 17", long_text, 1, 0}, "text"},
		{"nobody knows when", {"+15550100", "news", "form 17",
	         "Do call.", 0, 0}, "at"},
		{"still to come", {"+15550100", "news", "form 17", "Do call.",
	         NOW_MS + 1, 0}, "at"},
		/* clang-format on */
	};
	int err = 0;

	memset(long_text, 'x', PAPERS_TEXT_MAX + 1);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const char *field = NULL;
		const char *fault =
			papers_consent_fault(&field, &rowv[i].consent, NOW_MS);

		if (!fault != !rowv[i].field)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(!fault == !rowv[i].field);
		if (fault)
			CHECK_STR(rowv[i].field, field);
	}

out:
	return err;
}

int test_papers_registry(void)
{
	static const struct {
		const char *why;
		const char *name;
		int64_t published_ms, max_age_ms;
		const char *field; /* NULL: it counts */
	} rowv[] = {
		/* clang-format off */
		{"of today", "nation", NOW_MS, 31 * DAY_MS, NULL},
		{"does not grow old", "nation", 1, 0, NULL},
		{"has no name", "", NOW_MS, 0, "name"},
		{"two names", "nation,county", NOW_MS, 0, "name"},
		{"a name that rules cannot name", "my nation", NOW_MS, 0,
	         "name"},
		{"nobody knows of when", "nation", 0, 0, "published"},
		{"of tomorrow", "nation", NOW_MS + 1, 0, "published"},
		{"good for more than ten years", "nation", NOW_MS,
	         3661 * DAY_MS, "max_age_days"},
		{"good until before it came", "nation", NOW_MS, -1,
	         "max_age_days"},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct store_registry registry = {
			.name = rowv[i].name,
			.published_ms = rowv[i].published_ms,
			.max_age_ms = rowv[i].max_age_ms,
		};
		const char *field = NULL;
		const char *fault =
			papers_registry_fault(&field, &registry, NOW_MS);

		if (!fault != !rowv[i].field)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(!fault == !rowv[i].field);
		if (fault)
			CHECK_STR(rowv[i].field, field);
	}

out:
	return err;
}

int test_papers_instant(void)
{
	static const struct {
		const char *text;
		int64_t ms; /* 0: it is none */
	} rowv[] = {
		/* clang-format off */
		{"2025-11-21", NOW_MS},
		{"2025-11-21T00:30Z", NOW_MS + 1800000},
		{"2025-11-21 00:30", 0},
		{"2025-11-21T00:30", 0},
		{"2025-11-21T24:00Z", 0},
		{"2025-13-01", 0},
		{"21.11.2025", 0},
		{"2025-11-21x", 0},
		{"", 0},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int64_t ms = 0;
		bool is_one = instant_read(&ms, rowv[i].text);

		if (is_one != (rowv[i].ms != 0))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].text);
		CHECK(is_one == (rowv[i].ms != 0));
		CHECK_I64(rowv[i].ms, ms);
	}

out:
	return err;
}
