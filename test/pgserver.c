/*
 * test/pgserver.c - a PostgreSQL server of one's own, for tests and benches
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <libpq-fe.h>
#include "base/clock.h"
#include "pgserver.h"

enum {
	START_MS = 60000,
	LOOK_US = 20000,
	PATH_SIZE = 512,
};

static char home[64]; /* a socket's path is short */
static char bin[256];
static bool is_durable;
static bool is_frozen;
static char data[PATH_SIZE];
static char url[PATH_SIZE];
static unsigned databases;
static pid_t server;
static pid_t starter;

/* --- the server ---------------------------------------------------------- */

static int find_bin(void)
{
	glob_t found;
	int err = ENOENT;

	if (!glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) &&
	    found.gl_pathc) {
		(void)snprintf(bin, sizeof(bin), "%s",
		               found.gl_pathv[found.gl_pathc - 1]);
		*strrchr(bin, '/') = '\0';
		err = 0;
	}
	globfree(&found);

	return err;
}

/* In the child: no root any more. */
static void become_postgres(void)
{
	const struct passwd *user = getpwnam("postgres");

	if (geteuid() == 0 && (!user || setgroups(0, NULL) ||
	                       setgid(user->pw_gid) || setuid(user->pw_uid)))
		_exit(126);
	(void)prctl(PR_SET_PDEATHSIG, SIGQUIT);
}

static pid_t run(const char *const argv[])
{
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;

	become_postgres();
	if (chdir(home))
		_exit(126);
	fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	(void)dup2(fd, STDOUT_FILENO);
	(void)dup2(fd, STDERR_FILENO);
	(void)execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static PGconn *connect_to(const char *database)
{
	char info[PATH_SIZE];

	(void)snprintf(info, sizeof(info),
	               "host=%s user=postgres dbname=%s connect_timeout=20",
	               home, database);

	return PQconnectdb(info);
}

int pgserver_start(void)
{
	char program[PATH_SIZE];
	const char *sync = is_durable ? "--fsync=on" : "--fsync=off";
	const char *const argv[] = {
		program, "-D",
		data,    "-k",
		home,    "-h",
		"",      sync,
		"-c",    "max_connections=100",
		"-c",    "shared_buffers=128MB",
		NULL,
	};
	uint64_t end_ms = clock_ms() + START_MS;

	if (server > 0)
		return 0;

	(void)snprintf(program, sizeof(program), "%s/postgres", bin);
	server = run(argv);
	while (clock_ms() < end_ms) {
		PGconn *conn = connect_to("postgres");
		bool is_up = PQstatus(conn) == CONNECTION_OK;

		PQfinish(conn);
		if (is_up)
			return 0;
		clock_wait_until_us(clock_us() + LOOK_US);
	}

	return ETIMEDOUT;
}

/* The server first, so that it starts nobody meanwhile; then those it has
 * started, who have a process group each. */
static int signal_family(int signal_no)
{
	char path[PATH_SIZE];
	FILE *file;
	int pid;

	if (kill(server, signal_no))
		return errno;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	               (int)server, (int)server);
	file = fopen(path, "re");
	if (!file)
		return errno;

	while (fscanf(file, "%d", &pid) == 1)
		(void)kill(pid, signal_no);

	return fclose(file) ? errno : 0;
}

int pgserver_freeze(void)
{
	is_frozen = true;

	return signal_family(SIGSTOP);
}

int pgserver_thaw(void)
{
	is_frozen = false;

	return signal_family(SIGCONT);
}

static void end_server(int signal_no)
{
	if (server <= 0)
		return;

	if (is_frozen)
		(void)pgserver_thaw();
	(void)kill(server, signal_no);
	(void)waitpid(server, NULL, 0);
	server = 0;
}

void pgserver_stop(void)
{
	end_server(SIGQUIT);
}

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;

	return remove(path);
}

static void at_exit(void)
{
	if (getpid() != starter)
		return;

	end_server(SIGQUIT);
	(void)nftw(home, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int pgserver_open(bool wants_durable)
{
	const struct passwd *user = getpwnam("postgres");
	char program[PATH_SIZE];
	const char *const argv[] = {
		program,    "-D",         data,           "-U",
		"postgres", "--no-sync",  "--auth=trust", "-E",
		"UTF8",     "--locale=C", NULL,
	};
	int status = 0;

	is_durable = wants_durable;
	if (find_bin())
		return ENOENT;

	(void)snprintf(home, sizeof(home), "/tmp/dialwright-pg-XXXXXX");
	if (!mkdtemp(home))
		return errno;
	starter = getpid();
	(void)atexit(at_exit);
	if (geteuid() == 0 && user && chown(home, user->pw_uid, user->pw_gid))
		return errno;

	(void)snprintf(data, sizeof(data), "%s/data", home);
	(void)snprintf(program, sizeof(program), "%s/initdb", bin);
	if (waitpid(run(argv), &status, 0) < 0 || status)
		return EIO;

	return pgserver_start();
}

/* --- its databases ------------------------------------------------------- */

const char *pgserver_database(void)
{
	char sql[PATH_SIZE];
	PGconn *conn = connect_to("postgres");
	PGresult *result;
	int err;

	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE t%u", ++databases);
	result = PQexec(conn, sql);
	err = PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : EIO;
	if (err)
		fprintf(stderr, "%s: %s", sql, PQerrorMessage(conn));
	PQclear(result);
	PQfinish(conn);

	(void)snprintf(url, sizeof(url),
	               "postgresql:///t%u?host=%s&user=postgres", databases,
	               home);

	return err ? NULL : url;
}
