/*
 * test/base/test_jmem.c - the memory of the JSON parser
 */
#include <jansson.h>
#include "base/jmem.h"
#include "harness.h"
#include "oom.h"
#include "test_base.h"

static const char text[] =
	"{\"a\": \"a text that grows while it is read, longer than the first "
	"piece of memory that the parser takes for it\", \"b\": [1, 2.5, "
	"{\"c\": \"\\u0434\\u0430\"}], \"d\": {\"e\": null, \"f\": true}}";

/* Whichever piece is refused: what is read is whole, or the loss is known. */
static int refused_check(bool is_pooled)
{
	bool has_failed = true;
	json_t *whole, *read;
	unsigned rounds = 0;
	int err = 0;

	whole = json_loads(text, 0, NULL);
	CHECK(whole);
	for (size_t n = 0; has_failed; n++, rounds++) {
		if (is_pooled)
			jmem_pool_open();
		jmem_forget();
		oom_arm(n);
		read = json_loads(text, 0, NULL);
		has_failed = oom_disarm();

		if (has_failed)
			CHECK(jmem_has_failed());
		else
			CHECK(json_equal(whole, read));
		json_decref(read);
		if (is_pooled)
			jmem_pool_close();
	}
	/* A pool takes large pieces. */
	CHECK(is_pooled ? rounds == 2 : rounds > 10);

out:
	json_decref(whole);

	return err;
}

int test_jmem_refused(void)
{
	int err = refused_check(false);

	return err ? err : refused_check(true);
}

/* Another document's memory is not touched by a pool. */
int test_jmem_pool(void)
{
	json_t *before, *within;
	char *large = mem_zalloc(1024 * 1024, NULL);
	int err = 0;

	before = json_loads(text, 0, NULL);
	CHECK(before && large);
	memset(large, 'x', 1024 * 1024 - 1);

	jmem_pool_open();
	within = json_pack("{s:s, s:o}", "large", large, "text",
	                   json_loads(text, 0, NULL));
	CHECK(json_equal(before, json_object_get(within, "text")));
	CHECK_U64(1024 * 1024 - 1,
	          json_string_length(json_object_get(within, "large")));
	json_decref(within);
	jmem_pool_close();
	CHECK(json_is_object(json_object_get(before, "d")));

out:
	json_decref(before);
	mem_deref(large);

	return err;
}
