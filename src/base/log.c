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
	ROOM_SIZE = 8,    /* for the end of a JSON line */
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
static atomic_bool is_json;

void log_set_level(enum log_level level)
{
	atomic_store(&least, (int)level);
}

void log_set_json(bool is_wanted)
{
	atomic_store(&is_json, is_wanted);
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

/* Parts of the text may be a stranger's: nothing in it may begin a line of its
 * own, speak to the terminal or be no text. */
static void clean(char *text)
{
	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == '\x7f')
			*c = ' ';
	}
	(void)text_repair(text);
}

static size_t __attribute__((format(printf, 3, 4)))
put(char *line, size_t n, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line + n, LINE_SIZE - n, format, args);
	va_end(args);
	if (len < 0)
		return n;

	return n + (size_t)len < LINE_SIZE ? n + (size_t)len : LINE_SIZE - 1;
}

/* text is clean: what is left to escape are quotes. Keeps room for the end. */
static size_t put_quoted(char *line, size_t n, const char *text, size_t len)
{
	for (size_t i = 0; i < len && n + ROOM_SIZE < LINE_SIZE; i++) {
		if (text[i] == '"' || text[i] == '\\')
			line[n++] = '\\';
		line[n++] = text[i];
	}
	line[n] = '\0';

	return strlen(text_repair(line));
}

/* "call ID: words" is about that call. Returns where the words begin. */
static const char *call_find(const char *text, size_t *lenp)
{
	size_t len;

	*lenp = 0;
	if (strncmp(text, "call ", 5) != 0)
		return text;

	len = strcspn(text + 5, ": ");
	if (strncmp(text + 5 + len, ": ", 2) != 0)
		return text;
	*lenp = len;

	return text + 5 + len + 2;
}

static size_t line_json(char line[LINE_SIZE], enum log_level level,
                        const char *folder, const char *text)
{
	char at[CLOCK_TEXT_SIZE];
	size_t call_len, n;
	const char *words = call_find(text, &call_len);

	n = put(line, 0, "{\"at\":\"%s\",\"level\":\"%s\",\"folder\":\"%s\"",
	        clock_text(at, clock_wall_ms()), level_namev[level], folder);
	if (call_len) {
		n = put(line, n, ",\"call\":\"");
		n = put_quoted(line, n, text + 5, call_len);
		n = put(line, n, "\"");
	}
	n = put(line, n, ",\"text\":\"");
	n = put_quoted(line, n, words, strlen(words));

	return put(line, n, "\"}\n");
}

static size_t line_text(char line[LINE_SIZE], enum log_level level,
                        const char *folder, const char *text)
{
	char at[CLOCK_TEXT_SIZE];
	size_t n;

	n = put(line, 0, "%s %-7s %s: ", clock_text(at, clock_wall_ms()),
	        level_namev[level], folder);
	n = put(line, n, "%s", text);
	n = strlen(text_repair(line));
	if (n > LINE_SIZE - 2)
		n = LINE_SIZE - 2;
	line[n++] = '\n';

	return n;
}

void log_write(enum log_level level, const char *folder, const char *format,
               ...)
{
	char line[LINE_SIZE], text[LINE_SIZE];
	va_list args;
	size_t len;
	int n;

	if ((int)level < atomic_load(&least))
		return;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		return;

	clean(text);
	len = atomic_load(&is_json) ? line_json(line, level, folder, text)
	                            : line_text(line, level, folder, text);
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}
