/*
 * call/recorder_path.c - where a script wants a recording (checklist C043)
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/text.h"
#include "call/recorder_path.h"

enum {
	PATH_SIZE = 1024,
	NAME_SIZE = 64, /* of a variable, of a strftime format */
	FOLDER_MODE = 0750,
	FILE_MODE = 0640,
};

struct text {
	char at[PATH_SIZE];
	size_t n;
	bool is_full;
};

static void add(struct text *text, const char *bytes, size_t n)
{
	if (text->n + n >= sizeof(text->at)) {
		text->is_full = true;
		return;
	}
	memcpy(text->at + text->n, bytes, n);
	text->n += n;
	text->at[text->n] = '\0';
}

/* A value is a part of one name: it opens no folder. */
static void add_value(struct text *text, const char *value)
{
	for (; *value; value++) {
		bool is_odd = *value == '/' || (unsigned char)*value < ' ' ||
		              *value == 0x7f;

		add(text, is_odd ? "_" : value, 1);
	}
}

static int part_of(char letter, const struct tm *tm, int *widthp)
{
	*widthp = 2;
	switch (letter) {
	case 'Y':
		*widthp = 4;
		return tm->tm_year + 1900;
	case 'y':
		return tm->tm_year % 100;
	case 'm':
		return tm->tm_mon + 1;
	case 'd':
		return tm->tm_mday;
	case 'H':
		return tm->tm_hour;
	case 'M':
		return tm->tm_min;
	case 'S':
		return tm->tm_sec;
	case 'j':
		*widthp = 3;
		return tm->tm_yday + 1;
	default:
		return -1;
	}
}

/* The letters of strftime() that make names of folders; others stay. */
static void add_time(struct text *text, const char *format, int64_t wall_ms)
{
	const time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm = {0};
	char digits[16];
	int width, part;

	(void)gmtime_r(&seconds, &tm);
	for (; *format; format++) {
		part = *format == '%' && format[1]
		               ? part_of(format[1], &tm, &width)
		               : -1;
		if (part < 0) {
			add_value(text, (char[]){*format, '\0'});
			continue;
		}
		(void)snprintf(digits, sizeof(digits), "%0*d", width, part);
		add_value(text, digits);
		format++;
	}
}

static void add_named(struct text *text, const char *name,
                      const struct recorder_path_prm *prm)
{
	static const char head[] = "strftime(";
	const size_t n = strlen(name);
	char format[NAME_SIZE];
	const char *value;

	if (!strncmp(name, head, sizeof(head) - 1) && name[n - 1] == ')') {
		(void)snprintf(format, sizeof(format), "%.*s",
		               (int)(n - sizeof(head)),
		               name + sizeof(head) - 1);
		add_time(text, format, prm->wall_ms);
		return;
	}
	value = prm->var ? prm->var(name, prm->arg) : NULL;
	if (value)
		add_value(text, value);
}

static void expand(struct text *text, const struct recorder_path_prm *prm)
{
	const char *from = prm->template, *at, *end;
	char name[NAME_SIZE];

	while ((at = strstr(from, "${")) && (end = strchr(at, '}'))) {
		add(text, from, (size_t)(at - from));
		(void)snprintf(name, sizeof(name), "%.*s", (int)(end - at - 2),
		               at + 2);
		if (*name)
			add_named(text, name, prm);
		from = end + 1;
	}
	add(text, from, strlen(from));
}

/* Adds each name of the path behind a '/'; refuses those that lead up. */
static int add_names(struct text *path, const char *names)
{
	while (*names) {
		size_t n = strcspn(names, "/");

		if (n == 2 && !memcmp(names, "..", 2))
			return EINVAL;
		if (n > NAME_MAX)
			return ENAMETOOLONG;
		if (n && !(n == 1 && *names == '.')) {
			add(path, "/", 1);
			add(path, names, n);
		}
		names += n;
		names += *names == '/';
	}

	return 0;
}

static bool has_wav(const struct text *text)
{
	return text->n > 4 && !strcasecmp(text->at + text->n - 4, ".wav");
}

int recorder_path(char *path, size_t size, const struct recorder_path_prm *prm)
{
	struct text wanted = {.n = 0}, full = {.n = 0};
	const char *names = wanted.at;
	size_t root_len = strlen(prm->root);
	bool is_name;
	int err;

	expand(&wanted, prm);
	if (*names == '/') {
		if (strncmp(names, prm->root, root_len) ||
		    names[root_len] != '/')
			return EINVAL;
		names += root_len;
	}
	is_name = has_wav(&wanted);
	if (is_name)
		wanted.at[wanted.n - 4] = '\0';

	add(&full, prm->root, root_len);
	err = add_names(&full, names);
	if (err)
		return err;
	add(&full, is_name ? "-" : "/", 1);
	add(&full, prm->name, strlen(prm->name));
	add(&full, ".wav", 4);
	if (prm->suffix)
		add(&full, prm->suffix, strlen(prm->suffix));
	if (wanted.is_full || full.is_full || full.n >= size)
		return ENAMETOOLONG;

	(void)text_copy(path, size, full.at);

	return strlen(strrchr(path, '/')) > NAME_MAX ? ENAMETOOLONG : 0;
}

/* --- the file ------------------------------------------------------------- */

/* One folder deeper; takes fd. Returns the new one, or -1 with errno. */
static int enter(int fd, const char *name)
{
	int next = -1, err = 0;

	if (mkdirat(fd, name, FOLDER_MODE) && errno != EEXIST)
		err = errno;
	else
		next = openat(fd, name,
		              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0 && !err)
		err = errno;
	(void)close(fd);
	errno = err;

	return next;
}

int recorder_path_open(int *fdp, const char *root, const char *path)
{
	const char *names = path + strlen(root);
	char name[NAME_MAX + 1];
	int fd, file;

	assert(!strncmp(path, root, strlen(root)));

	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0) {
		size_t n;

		names += strspn(names, "/");
		n = strcspn(names, "/");
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, names);
		names += n;
		if (!*names)
			break;
		fd = enter(fd, name);
	}
	if (fd < 0)
		return errno;

	file = openat(fd, name,
	              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	              FILE_MODE);
	if (file < 0) {
		int err = errno;

		(void)close(fd);
		return err;
	}
	(void)close(fd);
	*fdp = file;

	return 0;
}
