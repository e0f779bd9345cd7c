/*
 * test/oom.c - allocations that fail when a test wants them to
 *
 * A program's own symbols come before those of its shared libraries, so every
 * library calls the functions below. They hand on to the address sanitizer if
 * the build has it, so its red zones and its leak check stay in force, else to
 * the C library. libre's own switch (mem_threshold_set) is compiled out of
 * Debian's package.
 */
#include <errno.h>
#include <stdint.h>
#include "oom.h"
#include "oom_place.h"

void *__interceptor_malloc(size_t size) __attribute__((weak));
void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
void *__interceptor_realloc(void *old, size_t size) __attribute__((weak));
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);

/* The loader allocates before the sanitizer has its shadow memory. */
#define EARLY __attribute__((no_sanitize("address", "undefined", "thread")))

static _Thread_local bool is_armed, is_endless, is_paused, has_failed;
static _Thread_local size_t left;

void oom_arm(size_t skip)
{
	left = skip;
	has_failed = is_endless = false;
	is_armed = true;
}

void oom_refuse(void)
{
	oom_arm(0);
	is_endless = true;
}

void oom_pause(void)
{
	is_paused = true;
}

void oom_resume(void)
{
	is_paused = false;
}

bool oom_disarm(void)
{
	is_armed = false;

	return has_failed;
}

EARLY static bool is_due(void)
{
	if (!is_armed || is_paused || (has_failed && !is_endless))
		return false;
	if (left) {
		left--;
		return false;
	}

	has_failed = true;

	return true;
}

EARLY static bool must_fail(void *caller)
{
	if (!oom_place_must_fail(caller, is_due()))
		return false;

	errno = ENOMEM;

	return true;
}

EARLY void *malloc(size_t size)
{
	if (must_fail(__builtin_return_address(0)))
		return NULL;

	return __interceptor_malloc ? __interceptor_malloc(size)
	                            : __libc_malloc(size);
}

EARLY void *calloc(size_t count, size_t size)
{
	if (must_fail(__builtin_return_address(0)))
		return NULL;

	return __interceptor_calloc ? __interceptor_calloc(count, size)
	                            : __libc_calloc(count, size);
}

EARLY void *realloc(void *old, size_t size)
{
	if (must_fail(__builtin_return_address(0)))
		return NULL;

	return __interceptor_realloc ? __interceptor_realloc(old, size)
	                             : __libc_realloc(old, size);
}
