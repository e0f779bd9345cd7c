/*
 * flow/regex.c - the two regular-expression engines behind one face
 */
#include <stdio.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <oniguruma.h>
#include "base/mem.h"
#include "flow/regex.h"

enum {
	/* Steps. An ordinary condition on a sentence takes some hundreds; an
	 * exploding one is stopped after about two milliseconds. */
	STEPS_LONG = 50000,
	STEPS_SHORT = 1000,
	HEAP_KIB = 4096,

	/* What Oniguruma needs to understand an expression, and more. */
	ONIG_BYTES = 64 * 1024,
};

struct regex {
	pcre2_code *pcre;
	regex_t *onig;
};

struct regex_limits {
	pcre2_match_context *pcrev[2]; /* long, short */
	OnigMatchParam *onigv[2];
};

static void regex_destructor(void *arg)
{
	struct regex *regex = arg;

	pcre2_code_free(regex->pcre);
	if (regex->onig)
		onig_free(regex->onig);
}

static void regex_limits_destructor(void *arg)
{
	struct regex_limits *limits = arg;

	for (int i = 0; i < 2; i++) {
		pcre2_match_context_free(limits->pcrev[i]);
		if (limits->onigv[i])
			onig_free_match_param(limits->onigv[i]);
	}
}

int regex_limits_alloc(struct regex_limits **limitsp)
{
	static const uint32_t stepv[2] = {STEPS_LONG, STEPS_SHORT};
	struct regex_limits *limits;

	limits = mem_zalloc(sizeof(*limits), regex_limits_destructor);
	if (!limits)
		return ENOMEM;

	for (int i = 0; i < 2; i++) {
		limits->pcrev[i] = pcre2_match_context_create(NULL);
		limits->onigv[i] = onig_new_match_param();
		if (!limits->pcrev[i] || !limits->onigv[i]) {
			mem_deref(limits);
			return ENOMEM;
		}

		(void)pcre2_set_match_limit(limits->pcrev[i], stepv[i]);
		(void)pcre2_set_depth_limit(limits->pcrev[i], stepv[i]);
		(void)pcre2_set_heap_limit(limits->pcrev[i], HEAP_KIB);
		(void)onig_initialize_match_param(limits->onigv[i]);
		(void)onig_set_retry_limit_in_match_of_match_param(
			limits->onigv[i], stepv[i]);
		(void)onig_set_retry_limit_in_search_of_match_param(
			limits->onigv[i], stepv[i]);
	}
	*limitsp = limits;

	return 0;
}

static int compile_pcre(struct regex *regex, const char *text, bool has_case,
                        char fault[PATTERN_FAULT_SIZE])
{
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
	PCRE2_UCHAR reason[128] = "";
	PCRE2_SIZE at;
	int code;

	if (!has_case)
		options |= PCRE2_CASELESS;

	regex->pcre = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
	                            options, &code, &at, NULL);
	if (regex->pcre)
		return 0;
	if (code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED)
		return ENOMEM;

	(void)pcre2_get_error_message(code, reason, sizeof(reason));
	(void)snprintf(fault, PATTERN_FAULT_SIZE,
	               "no regular expression: %s (at byte %zu)",
	               (const char *)reason, (size_t)at);

	return EINVAL;
}

/* While it understands an expression Oniguruma 6.9.8 writes into memory that
 * it was refused. So nobody asks it where there is none to be had. */
static bool has_room_for_onig(void)
{
	void *room = mem_alloc(ONIG_BYTES, NULL);

	mem_deref(room);

	return room;
}

static int compile_onig(struct regex *regex, const char *text, bool has_case)
{
	static const OnigOptionType ignore_case = ONIG_OPTION_IGNORECASE;
	OnigSyntaxType syntax = *ONIG_SYNTAX_PERL_NG;
	OnigEncoding encoding = ONIG_ENCODING_UTF8;
	const UChar *start = (const UChar *)text;
	OnigErrorInfo info;
	int code;

	syntax.behavior |= ONIG_SYN_VARIABLE_LEN_LOOK_BEHIND;
	if (!has_room_for_onig() || onig_initialize(&encoding, 1))
		return ENOMEM;

	code = onig_new(&regex->onig, start, start + strlen(text),
	                has_case ? ONIG_OPTION_NONE : ignore_case, encoding,
	                &syntax, &info);
	if (code) {
		regex->onig = NULL;
		return code == ONIGERR_MEMORY ? ENOMEM : EINVAL;
	}

	return 0;
}

int regex_alloc(struct regex **regexp, const char *text, bool has_case,
                bool may_jit, char fault[PATTERN_FAULT_SIZE])
{
	struct regex *regex;
	int err;

	regex = mem_zalloc(sizeof(*regex), regex_destructor);
	if (!regex)
		return ENOMEM;

	err = compile_pcre(regex, text, has_case, fault);
	if (err == EINVAL)
		err = compile_onig(regex, text, has_case);
	if (err) {
		mem_deref(regex);
		return err;
	}

	/* Without JIT (refused, or not there) the interpreter runs. */
	if (regex->pcre && may_jit)
		(void)pcre2_jit_compile(regex->pcre, PCRE2_JIT_COMPLETE);
	*regexp = regex;

	return 0;
}

enum pattern_engine regex_engine(const struct regex *regex)
{
	return regex->pcre ? PATTERN_PCRE2 : PATTERN_ONIGURUMA;
}

static enum regex_result match_pcre(const struct regex *regex,
                                    pcre2_match_context *context, void **datap,
                                    const struct subject *subject,
                                    struct span *span)
{
	PCRE2_SPTR text = (PCRE2_SPTR)subject->text;
	pcre2_match_data *data = *datap;
	const PCRE2_SIZE *rangev;
	int code;

	if (!data) {
		data = pcre2_match_data_create(1, NULL);
		if (!data)
			return REGEX_ENOMEM;
		*datap = data;
	}

	code = pcre2_match(regex->pcre, text, subject->len, 0,
	                   PCRE2_NO_UTF_CHECK, data, context);
	if (code == PCRE2_ERROR_JIT_STACKLIMIT)
		code = pcre2_match(regex->pcre, text, subject->len, 0,
		                   PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data,
		                   context);
	if (code == PCRE2_ERROR_NOMATCH)
		return REGEX_NO;
	if (code == PCRE2_ERROR_NOMEMORY)
		return REGEX_ENOMEM;
	if (code < 0)
		return REGEX_EXPLODED;

	rangev = pcre2_get_ovector_pointer(data);
	/* \K in a look-ahead can put the start behind the end. */
	span->start = rangev[0] < rangev[1] ? rangev[0] : rangev[1];
	span->end = rangev[1];

	return REGEX_YES;
}

static enum regex_result refusal_onig(int code)
{
	if (code == ONIG_MISMATCH)
		return REGEX_NO;

	return code == ONIGERR_MEMORY ? REGEX_ENOMEM : REGEX_EXPLODED;
}

/* Where it is, then how long it is there: without regions, of which Oniguruma
 * leaks one half when it gets no memory for the other. */
static enum regex_result match_onig(const struct regex *regex,
                                    OnigMatchParam *param,
                                    const struct subject *subject,
                                    struct span *span)
{
	const UChar *start = (const UChar *)subject->text;
	const UChar *end = start + subject->len;
	int at, len;

	at = onig_search_with_param(regex->onig, start, end, start, end, NULL,
	                            ONIG_OPTION_NONE, param);
	if (at < 0)
		return refusal_onig(at);

	len = onig_match_with_param(regex->onig, start, end, start + at, NULL,
	                            ONIG_OPTION_NONE, param);
	if (len < 0)
		return refusal_onig(len);

	span->start = (size_t)at;
	span->end = (size_t)at + (size_t)len;

	return REGEX_YES;
}

enum regex_result regex_match(const struct regex *regex,
                              const struct regex_limits *limits, bool is_short,
                              void **datap, const struct subject *subject,
                              struct span *span)
{
	if (regex->pcre)
		return match_pcre(regex, limits->pcrev[is_short], datap,
		                  subject, span);

	return match_onig(regex, limits->onigv[is_short], subject, span);
}

void regex_data_free(void *data)
{
	pcre2_match_data_free(data);
}
