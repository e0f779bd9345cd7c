/*
 * test/autocall/test_target.c - whom exten= means
 */
#include "autocall/autocall.h"
#include "autocall/target.h"
#include "autocall/test_autocall.h"
#include "harness.h"

int test_target_table(void)
{
	static const struct {
		const char *why;
		const char *exten;
		const char *dialled, *number; /* NULL: refused */
	} rowv[] = {
		{"a number of the country", "9990000001", "89990000001",
	         "+79990000001"},
		{"of any country", "+15550100199", "+15550100199",
	         "+15550100199"},
		{"an extension stays as it is", "101", "8101", "8101"},
		{"a service code", "*21#", "8*21#", "8*21#"},
		{"nothing", "", NULL, NULL},
		{"a name", "mother", NULL, NULL},
		{"a URI", "1@example.org", NULL, NULL},
		{"too long", "999999999999999999999999999999999", NULL, NULL},
	};
	static const struct cfg_table *const tablev[] = {&autocall_cfg_table};
	char fault[CFG_FAULT_SIZE];
	struct target target;
	struct cfg *cfg = NULL;
	int err;

	err = cfg_load(&cfg, NULL, tablev, ARRAY_COUNT(tablev), fault);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_taken = target_take(&target, cfg, rowv[i].exten);

		if (is_taken != (rowv[i].number != NULL))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(is_taken == (rowv[i].number != NULL));
		if (!is_taken)
			continue;
		CHECK_STR(rowv[i].exten, target.exten);
		CHECK_STR(rowv[i].dialled, target.dialled);
		CHECK_STR(rowv[i].number, target.number);
	}

out:
	mem_deref(cfg);

	return err;
}
