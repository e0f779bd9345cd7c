/*
 * bench/robot_usage.c - what the robot's process takes of the machine
 */
#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/clock.h"
#include "robot.h"

enum {
	PATH_SIZE = 512,
};

static uint64_t cpu_us(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);

	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
	               1000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static unsigned entries(const char *path)
{
	unsigned n = 0;
	DIR *dir = opendir(path);

	while (dir && readdir(dir))
		n++;
	if (dir)
		(void)closedir(dir);

	return n;
}

static size_t rss_bytes(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file)
		return 0;
	if (fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	(void)fclose(file);

	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

void robot_usage(const struct robot *robot, struct robot_usage *usage)
{
	struct robot_parts parts;
	struct phone_load load;

	robot_parts(robot, &parts);
	phone_load(parts.phone, &load);
	*usage = (struct robot_usage){
		.at_us = clock_us(),
		.cpu_us = cpu_us(),
		.rss_bytes = rss_bytes(),
		.fds = entries("/proc/self/fd"),
		.ticks = load.ticks,
		.late_ticks = load.late_ticks,
	};
}

void robot_print_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		unsigned long user, system;
		char path[PATH_SIZE], name[64];
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/self/task/%s/stat",
		               entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fscanf(file,
		           "%*d (%63[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u "
		           "%*u %*u %lu %lu",
		           name, &user, &system) == 3)
			fprintf(stderr, "  %s: user %lu ms, system %lu ms\n",
			        name, user * 10, system * 10);
		(void)fclose(file);
	}
	if (dir)
		(void)closedir(dir);
}
