/*
 * test/speech/test_group.c - who listens to a script that names a group
 */
#include "base/mem.h"
#include "harness.h"
#include "rig.h"
#include "speech_tests.h"

int test_asr_groups(void)
{
	static const struct {
		const char *why;
		const char *services, *params, *listens;
	} rowv[] = {
		/* clang-format off */
		{"nothing is named", "", "", ""},
		{"a group", "", "{\"group\":\"quick\"}", "*mock,broken"},
		{"beside other parameters", "",
		 "{\"accept\":80,\"group\":\"quick\"}", "*mock,broken"},
		{"a recogniser of its own goes before", "sphinx",
		 "{\"group\":\"quick\"}", "sphinx"},
		{"the group that every installation has", "",
		 "{\"group\":\"default\"}", ""},
		{"a group without a recogniser", "", "{\"group\":\"plain\"}",
		 ""},
		{"an unknown group", "", "{\"group\":\"nowhere\"}", ""},
		{"no text", "", "{\"group\":7}", ""},
		{"no object", "", "[\"group\"]", ""},
		{"no JSON", "", "group=quick", ""},
		/* clang-format on */
	};
	char fault[CFG_FAULT_SIZE];
	struct rig rig;
	int err;

	err = rig_open(&rig);
	if (!err)
		err = cfg_set(rig.cfg, "speech_group.quick.recogniser",
		              "*mock,broken", fault);
	if (!err)
		err = cfg_set(rig.cfg, "speech_group.plain.lang", "ru", fault);
	if (!err)
		err = asr_alloc(&rig.asr, "mock", rig.cfg, rig.pool, NULL,
		                fault);
	if (err)
		goto out;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const char *listens =
			asr_services(rig.asr, rowv[i].services, rowv[i].params);

		if (strcmp(listens, rowv[i].listens))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].listens, listens);
	}

out:
	rig_close(&rig);

	return err;
}
