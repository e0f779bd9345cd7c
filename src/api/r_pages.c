/*
 * api/r_pages.c - the pages: the first user, who may be called, how the
 * lines are, what the API offers
 */
#include <string.h>
#include "api/handlers.h"
#include "api/pages.h"
#include "base/mem.h"

static const struct page {
	const char *path, *type, *text;
	const size_t *lenp;
} pagev[] = {
	/* clang-format off */
	{"/", "text/html; charset=utf-8", index_html, &index_html_len},
	{"/index.js", "text/javascript; charset=utf-8", index_js,
	 &index_js_len},
	{"/door.js", "text/javascript; charset=utf-8", door_js, &door_js_len},
	{"/lines", "text/html; charset=utf-8", lines_html, &lines_html_len},
	{"/lines.js", "text/javascript; charset=utf-8", lines_js,
	 &lines_js_len},
	{"/page.css", "text/css; charset=utf-8", page_css, &page_css_len},
	{"/people", "text/html; charset=utf-8", people_html, &people_html_len},
	{"/people.js", "text/javascript; charset=utf-8", people_js,
	 &people_js_len},
	{"/setup", "text/html; charset=utf-8", setup_html, &setup_html_len},
	{"/setup.js", "text/javascript; charset=utf-8", setup_js,
	 &setup_js_len},
	/* clang-format on */
};

/* Nothing comes from elsewhere, nothing goes elsewhere, nobody frames it. */
static const char policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; "
	"connect-src 'self'; base-uri 'none'; form-action 'none'; "
	"frame-ancestors 'none'";

void r_page(struct ask *ask)
{
	for (size_t i = 0; i < ARRAY_COUNT(pagev); i++) {
		const struct page *page = &pagev[i];

		if (strcmp(page->path, ask->route->pattern) != 0)
			continue;
		(void)httpd_set_header(ask->req, "Content-Security-Policy",
		                       policy);
		(void)httpd_set_header(ask->req, "Referrer-Policy",
		                       "no-referrer");
		ask->is_answered = true;
		(void)httpd_reply(ask->req, 200, page->type, page->text,
		                  *page->lenp);
		return;
	}
}
