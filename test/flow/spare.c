/*
 * test/flow/spare.c - what Oniguruma does not survive
 *
 * onig_new() of Oniguruma 6.9.8 dereferences NULL where a node of its parse
 * tree cannot be had, so no test of failing allocations may reach inside it;
 * before and behind it everything counts. The program's own function comes
 * before that of the shared library, and hands on to it.
 */
#include <dlfcn.h>
#include <oniguruma.h>
#include "oom.h"

typedef int(onig_new_h)(OnigRegex *, const OnigUChar *, const OnigUChar *,
                        OnigOptionType, OnigEncoding, OnigSyntaxType *,
                        OnigErrorInfo *);

int onig_new(OnigRegex *regex, const OnigUChar *pattern,
             const OnigUChar *pattern_end, OnigOptionType option,
             OnigEncoding enc, OnigSyntaxType *syntax, OnigErrorInfo *einfo)
{
	onig_new_h *real = NULL;
	int code;

	oom_pause();
	*(void **)&real = dlsym(RTLD_NEXT, "onig_new");
	code = real(regex, pattern, pattern_end, option, enc, syntax, einfo);
	oom_resume();

	return code;
}
