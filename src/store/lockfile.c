/*
 * store/lockfile.c - one process owns a file
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "store/lockfile.h"

enum {
	PID_SIZE = 16,
};

static int lock_refused(int fd, const char *path, char fault[CFG_FAULT_SIZE])
{
	char pid[PID_SIZE] = "?";
	ssize_t n;

	n = pread(fd, pid, sizeof(pid) - 1, 0);
	if (n > 0)
		pid[strspn(pid, "0123456789")] = '\0';

	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "database %s is in use by process %s: stop that one or "
	               "name another file in store.path",
	               path, pid);

	return EBUSY;
}

int lockfile_take(int *fdp, const char *path, char fault[CFG_FAULT_SIZE])
{
	char *name = NULL, pid[PID_SIZE];
	int fd = -1, err, n;

	err = re_sdprintf(&name, "%s.lock", path);
	if (err)
		return err;

	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		err = errno;
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "database %s: its lock file %s cannot be "
		               "made (%s): create the directory, make it "
		               "writable, or set store.path",
		               path, name, strerror(err));
		goto out;
	}

	if (flock(fd, LOCK_EX | LOCK_NB)) {
		err = lock_refused(fd, path, fault);
		goto out;
	}

	/* For the fault of the next one only: the lock itself is the kernel's
	 * and ends with the process. */
	n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) < 0)
		log_debug("store", "%s: %s", name, strerror(errno));

out:
	mem_deref(name);
	if (err && fd >= 0)
		(void)close(fd);
	if (!err)
		*fdp = fd;

	return err;
}
