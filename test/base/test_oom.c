/*
 * test/base/test_oom.c - the failing of allocations does what it says
 */
#include "harness.h"
#include "oom.h"
#include "test_base.h"

/* Everything of libre is allocated inside its shared library. */
int test_oom_reaches_libraries(void)
{
	char *text = NULL;
	void *object = NULL;
	int err = 0, failed;
	bool has_failed;

	oom_arm(0);
	object = mem_zalloc(1, NULL);
	has_failed = oom_disarm();
	CHECK(!object && has_failed);

	oom_arm(1);
	object = mem_zalloc(1, NULL);
	failed = str_dup(&text, "second");
	has_failed = oom_disarm();
	CHECK(object && has_failed);
	CHECK_I64(ENOMEM, failed);
	CHECK(!text);

	/* Once only, and not at all once disarmed. */
	oom_arm(0);
	CHECK(!mem_zalloc(1, NULL));
	failed = str_dup(&text, "after");
	CHECK(oom_disarm());
	CHECK_I64(0, failed);

	oom_arm(0);
	CHECK(!oom_disarm());

out:
	mem_deref(text);
	mem_deref(object);

	return err;
}
