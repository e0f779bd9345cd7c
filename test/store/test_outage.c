/*
 * test/store/test_outage.c - the disk fails: who is told, what is kept
 *
 * SQLite lets its system calls be replaced, and this program's fdatasync()
 * stands in front of the C library's.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <sqlite3.h>
#include "base/log.h"
#include "fixture.h"
#include "store/tests.h"

static atomic_bool is_full;     /* no room for a write */
static atomic_bool is_unsynced; /* written, but not on the disk */

int fdatasync(int fd)
{
	if (atomic_load(&is_unsynced)) {
		errno = EIO;
		return -1;
	}

	return (int)syscall(SYS_fdatasync, fd);
}

static ssize_t write_or_full(int fd, const void *bytes, size_t size,
                             off_t offset)
{
	if (atomic_load(&is_full)) {
		errno = ENOSPC;
		return -1;
	}

	return pwrite(fd, bytes, size, offset);
}

static const struct store_step step = {
	.createtime_ms = 1795000000123,
	.callid = "call-1",
	.input_args = "Fyes, that is fine with me, thank you very much",
};

static void disk_fill(void)
{
	static const char *const namev[] = {"pwrite", "pwrite64"};
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	for (size_t i = 0; i < ARRAY_COUNT(namev); i++)
		(void)vfs->xSetSystemCall(vfs, namev[i],
		                          (sqlite3_syscall_ptr)write_or_full);

	atomic_store(&is_full, true);
	log_set_level(LOG_LEVELS);
}

static void disk_clear(void)
{
	atomic_store(&is_full, false);
	atomic_store(&is_unsynced, false);
	log_set_level(LOG_INFO);
}

int test_outage_disk_full(void)
{
	char text[FIXTURE_TEXT_SIZE];
	const char *trouble;
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 2));

	disk_fill();
	for (int i = 0; i < 100; i++)
		CHECK_ERR(0, store_step(fx.store, &step));

	/* No claim without a durable attempt: nothing may be dialled. */
	CHECK_ERR(ENOSPC, fixture_claim(&fx));
	CHECK_ERR(ENOSPC, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	trouble = store_trouble(fx.store);
	CHECK(trouble && strstr(trouble, "free space"));
	CHECK(strstr(trouble, fx.path));
	CHECK(!store_trouble(fx.store));

	/* Looking still works. */
	CHECK_ERR(0, fixture_results(&fx));
	CHECK_U64(2, fx.rowc);

	disk_clear();
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550100", fx.number);
	CHECK_U64(1, fx.attempt_no);
	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT count(*) FROM conversation", text));
	CHECK_STR("100", text);
	CHECK_ERR(0, fixture_sql(&fx, "PRAGMA integrity_check", text));
	CHECK_STR("ok", text);

out:
	disk_clear();
	fixture_end(&fx);

	return err;
}

int test_outage_ceiling(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err, kept = 0;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 1));

	disk_fill();
	CHECK_ERR(ENOSPC, fixture_claim(&fx));
	CHECK(store_trouble(fx.store));
	while (!store_step(fx.store, &step))
		kept++;
	CHECK(kept >= 10000 && kept < 100000);
	CHECK_ERR(ENOBUFS, store_step(fx.store, &step));
	CHECK(store_trouble(fx.store));

	/* Who waits for an answer still gets one. */
	CHECK_ERR(ENOSPC, fixture_claim(&fx));

	disk_clear();
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT count(*) FROM conversation", text));
	CHECK_I64(kept, strtoll(text, NULL, 10));

out:
	disk_clear();
	fixture_end(&fx);

	return err;
}

/* What waited in memory is written at the end, once the disk has room. */
int test_outage_at_close(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 1));

	disk_fill();
	for (int i = 0; i < 600; i++)
		CHECK_ERR(0, store_step(fx.store, &step));
	work_pool_finish(fx.pool);
	disk_clear();
	fixture_close(&fx);

	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT count(*) FROM conversation", text));
	CHECK_STR("600", text);

out:
	disk_clear();
	fixture_end(&fx);

	return err;
}

/* A commit that did not reach the disk is no commit: nobody may be called on
 * the strength of it. */
int test_outage_sync(void)
{
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 2));

	log_set_level(LOG_LEVELS);
	atomic_store(&is_unsynced, true);
	CHECK_ERR(EIO, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	CHECK_ERR(EIO, fixture_block(&fx, "+15550101"));

	disk_clear();
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550100", fx.number);
	CHECK_U64(1, fx.attempt_no);

out:
	disk_clear();
	fixture_end(&fx);

	return err;
}
