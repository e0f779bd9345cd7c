/*
 * base/log.c - what the program says to its operator
 *
 * A line leaves with one write(), so that threads do not mix their lines.
 */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum {
	LINE_SIZE = 1024, /* longer lines are cut */
	SHOWN_HEAD = 5,   /* of a masked number */
	SHOWN_TAIL = 2,
	HIDDEN_MIN = 3, /* else the head is hidden too */
};

static const char *const level_namev[LOG_LEVELS] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

static atomic_int least = LOG_INFO;

void log_set_level(enum log_level level)
{
	atomic_store(&least, (int)level);
}

bool log_level_parse(enum log_level *levelp, const char *name)
{
	for (int i = 0; i < LOG_LEVELS; i++) {
		if (!strcmp(name, level_namev[i])) {
			*levelp = (enum log_level)i;
			return true;
		}
	}

	return false;
}

const char *log_mask(char masked[LOG_MASK_SIZE], const char *number)
{
	size_t len = strnlen(number, LOG_MASK_SIZE - 1);
	size_t tail = len > SHOWN_TAIL + HIDDEN_MIN ? SHOWN_TAIL : 0;
	size_t head = len >= SHOWN_HEAD + tail + HIDDEN_MIN ? SHOWN_HEAD : 0;

	for (size_t i = 0; i < len; i++)
		masked[i] = i < head || i + tail >= len ? number[i] : '*';
	masked[len] = '\0';

	return masked;
}

/* Parts of the line may be a stranger's: nothing in it may begin a line of its
 * own, speak to the terminal or be no text. Returns what is left of it. */
static size_t clean(char *line)
{
	for (char *c = line; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == '\x7f')
			*c = ' ';
	}

	return strlen(text_repair(line));
}

void log_write(enum log_level level, const char *folder, const char *format,
               ...)
{
	char line[LINE_SIZE];
	char text[CLOCK_TEXT_SIZE];
	va_list args;
	size_t len;
	int n;

	if ((int)level < atomic_load(&least))
		return;

	n = snprintf(line, sizeof(line),
	             "%s %-7s %s: ", clock_text(text, clock_wall_ms()),
	             level_namev[level], folder);
	if (n < 0)
		return;
	len = (size_t)n;

	va_start(args, format);
	n = vsnprintf(line + len, sizeof(line) - len, format, args);
	va_end(args);
	if (n < 0)
		return;

	len = clean(line);
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';

	if (write(STDERR_FILENO, line, len) < 0)
		return;
}
