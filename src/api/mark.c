/*
 * api/mark.c - ETags, and writes that are bound to one
 */
#include <stdio.h>
#include <string.h>
#include "api/mark.h"
#include "base/sum.h"

enum {
	MARK_DIGITS = 24,
};

int mark_make(char mark[MARK_SIZE], const char *text)
{
	return sum_make(mark, MARK_DIGITS + 1, text, strlen(text));
}

void mark_set(struct ask *ask, const char *mark)
{
	char quoted[MARK_SIZE + 2];

	ask->is_marked = true;
	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", mark);
	(void)httpd_set_header(ask->req, "ETag", quoted);
}

bool mark_is_known(struct ask *ask, const char *text)
{
	char mark[MARK_SIZE];

	/* Without memory for it the answer is given in full. */
	return !ask->is_marked && !mark_make(mark, text) &&
	       httpd_has_etag(ask->req, mark);
}

const char *mark_wanted(const struct ask *ask, char mark[MARK_SIZE])
{
	const char *wanted = httpd_header(ask->req, "If-Match");

	if (!wanted)
		return NULL;

	/* What is none of ours is the mark of nothing. */
	wanted += *wanted == '"';
	(void)snprintf(mark, MARK_SIZE, "%.*s", (int)strcspn(wanted, "\""),
	               wanted);

	return mark;
}

bool mark_is_first(const struct ask *ask)
{
	const char *unwanted = httpd_header(ask->req, "If-None-Match");

	return unwanted && !strcmp(unwanted, "*");
}

void mark_stale(struct ask *ask, const char *remedy)
{
	ask_problem(ask, 412,
	            mark_is_first(ask) ? "it is there already"
	                               : "somebody changed it meanwhile",
	            remedy);
}
