/*
 * test/flow/spare.c - what Oniguruma does not survive
 *
 * While it compiles an expression Oniguruma 6.9.8 writes through NULL where a
 * node of its parse tree cannot be had, so no test of failing allocations may
 * reach inside that; before and behind it everything counts. The program's own
 * function comes before that of the shared library, and hands on to it.
 */
#include <dlfcn.h>
#include <oniguruma.h>
#include "oom.h"

/* Not in the library's header, but what onig_new() calls. */
int onig_compile(OnigRegex regex, const OnigUChar *pattern,
                 const OnigUChar *end, OnigErrorInfo *info);

int onig_compile(OnigRegex regex, const OnigUChar *pattern,
                 const OnigUChar *end, OnigErrorInfo *info)
{
	int (*real)(OnigRegex, const OnigUChar *, const OnigUChar *,
	            OnigErrorInfo *);
	int code;

	oom_pause();
	*(void **)&real = dlsym(RTLD_NEXT, "onig_compile");
	code = real(regex, pattern, end, info);
	oom_resume();

	return code;
}
