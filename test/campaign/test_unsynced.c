/*
 * test/campaign/test_unsynced.c - the disk does not keep what is written
 *
 * This program's fdatasync() stands in front of the C library's, and fails.
 */
#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/log.h"
#include "campaign/line.h"
#include "campaign/tests.h"

static atomic_int sync_err;

int fdatasync(int fd)
{
	int err = atomic_load(&sync_err);

	if (err) {
		errno = err;
		return -1;
	}

	return (int)syscall(SYS_fdatasync, fd);
}

static int without_disk(int how)
{
	static struct line line;
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 12);
	CHECK_ERR(0, err);
	log_set_level(LOG_LEVELS);
	atomic_store(&sync_err, how);
	CHECK_ERR(0, line_begin(&line));
	CHECK_ERR(0, line_until_waiting(&line));
	CHECK_STR("the database cannot be written", line.progress.waiting);
	line_turn(200);
	CHECK_U64(0, line.placed);

	/* With the disk everybody is called, once. */
	atomic_store(&sync_err, 0);
	CHECK_ERR(0, fixture_wait(&fx));
	CHECK_STR("", line.fault);
	CHECK_U64(12, line.placed);
	CHECK(!line.is_unwritten);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) || '/' ||"
	                         " count(DISTINCT contact_id) FROM attempts",
	                         text));
	CHECK_STR("12/12", text);

out:
	atomic_store(&sync_err, 0);
	log_set_level(LOG_INFO);
	line_end(&line, &fx);

	return err;
}

/* Nobody is called whose attempt is not on the disk. */
int test_unsynced_broken(void)
{
	return without_disk(EIO);
}

int test_unsynced_full(void)
{
	return without_disk(ENOSPC);
}
