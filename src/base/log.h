/*
 * base/log.h - what the program says to its operator
 *
 * One line per event on standard error: time, level, folder, words. Pure
 * folders never log. Each failure is logged once, by the one who gives up,
 * and says what happens next. Numbers and words of callees go through
 * log_mask() above debug level; control characters become blanks. Any thread.
 */
#pragma once

#include <stdbool.h>

enum log_level {
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARNING,
	LOG_ERROR,
	LOG_LEVELS,
};

enum {
	LOG_MASK_SIZE = 32,
};

/* Lines below the level are dropped. The start value is LOG_INFO. */
void log_set_level(enum log_level level);

/* Each line is a JSON object: at, level, folder, text, and call where the text
 * began with "call ID: ". */
void log_set_json(bool is_wanted);

/* Parses "debug", "info", "warning", "error". Returns false for others. */
bool log_level_parse(enum log_level *levelp, const char *name);

/* A telephone number with its middle hidden: "+7999*****12". */
const char *log_mask(char masked[LOG_MASK_SIZE], const char *number);

void log_write(enum log_level level, const char *folder, const char *format,
               ...) __attribute__((format(printf, 3, 4)));

#define log_debug(folder, ...)   log_write(LOG_DEBUG, folder, __VA_ARGS__)
#define log_info(folder, ...)    log_write(LOG_INFO, folder, __VA_ARGS__)
#define log_warning(folder, ...) log_write(LOG_WARNING, folder, __VA_ARGS__)
#define log_error(folder, ...)   log_write(LOG_ERROR, folder, __VA_ARGS__)
