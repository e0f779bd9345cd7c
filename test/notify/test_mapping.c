/*
 * test/notify/test_mapping.c - tables in the configuration, and patience
 */
#include "base/mem.h"
#include "harness.h"
#include "notify/mapping.h"
#include "notify/patience.h"
#include "notify/test_notify.h"

int test_mapping_table(void)
{
	static const char list[] = "call.step=steps, call.*=calls,*=rest";
	static const struct {
		const char *type, *word;
	} rowv[] = {
		{"call.step", "steps"},
		{"call.ended", "calls"},
		{"line.state", "rest"},
	};
	char text[8];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK(mapping_find(text, sizeof(text), list, rowv[i].type));
		CHECK_STR(rowv[i].word, text);
	}
	CHECK(!mapping_find(text, sizeof(text), "call.*=calls", "line.state"));
	CHECK_STR("", text);
	CHECK(!mapping_find(text, sizeof(text), "*=far-too-long", "a"));
	CHECK(!mapping_find(text, sizeof(text), "", "a"));

out:
	return err;
}

int test_mapping_faults(void)
{
	static const char *const goodv[] = {"", "a=b", "a=b, c=d", " a=b=c"};
	static const char *const badv[] = {"a", "a=", "=b", "a=b, c", "a = b"};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(goodv); i++)
		CHECK(mapping_is_sound(goodv[i]));
	for (size_t i = 0; i < ARRAY_COUNT(badv); i++)
		CHECK(!mapping_is_sound(badv[i]));

out:
	return err;
}

int test_patience_grows(void)
{
	int err = 0;

	for (uint32_t lot = 0; lot < 100000; lot += 997) {
		CHECK(patience_ms(0, lot) <= 1000);
		CHECK(patience_ms(1, lot) > 750);
		CHECK(patience_ms(1, lot) <= 1000);
		CHECK(patience_ms(3, lot) > 3000);
		CHECK(patience_ms(3, lot) <= 4000);
		CHECK(patience_ms(1000000, lot) > 45000);
		CHECK(patience_ms(1000000, lot) <= 60000);
	}
	CHECK(patience_ms(5, 1) != patience_ms(5, 2));

out:
	return err;
}
