/*
 * test/base/test_texts.c - the texts that an object points to
 */
#include "base/mem.h"
#include "base/texts.h"
#include "harness.h"
#include "oom.h"
#include "test_base.h"

struct object {
	int number;
	const char *first;
	const char *other; /* is not moved */
	const char *last;
};

static const size_t textv[] = {
	offsetof(struct object, first),
	offsetof(struct object, last),
};

static const struct {
	const char *why;
	const char *first, *last;
	size_t size;
	const char *bytes;
} rowv[] = {
	/* clang-format off */
	{"one behind the other", "yes", "no", 7, "yes\0no"},
	{"an empty one counts",  "",    "no", 4, "\0no"},
	{"none has no room",     NULL,  "no", 3, "no"},
	{"neither",              NULL,  NULL, 0, ""},
	{"bytes, not letters",   "д",   "",   4, "д\0"},
	/* clang-format on */
};

static bool is_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

int test_texts_move(void)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct object obj = {7, rowv[i].first, "x", rowv[i].last};
		const char *other = obj.other;
		char place[16];
		size_t size = texts_size(&obj, textv, ARRAY_COUNT(textv));

		memset(place, '#', sizeof(place));
		texts_move(place, &obj, textv, ARRAY_COUNT(textv));
		if (size != rowv[i].size ||
		    memcmp(place, rowv[i].bytes, rowv[i].size) != 0)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_U64(rowv[i].size, size);
		CHECK(!memcmp(place, rowv[i].bytes, size));
		CHECK(place[size] == '#');
		CHECK(is_same(rowv[i].first, obj.first));
		CHECK(is_same(rowv[i].last, obj.last));
		CHECK(obj.number == 7 && obj.other == other);
	}

out:
	return err;
}

int test_texts_keep(void)
{
	char first[] = "yes", last[] = "no";
	struct object obj = {0, first, NULL, last};
	char *block = NULL;
	int err;

	err = texts_keep(&block, &obj, textv, ARRAY_COUNT(textv));
	if (err) {
		CHECK(obj.first == first && obj.last == last);
		goto out;
	}

	memset(first, '#', sizeof(first) - 1);
	memset(last, '#', sizeof(last) - 1);
	CHECK_STR("yes", obj.first);
	CHECK_STR("no", obj.last);
	CHECK(obj.first == block);

out:
	mem_deref(block);

	return err;
}
