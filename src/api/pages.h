/*
 * api/pages.h - the pages inside the binary, from src/api/pages/
 */
#pragma once

#include <stddef.h>

extern const char door_js[], page_css[], index_html[], index_js[], lines_html[],
	lines_js[], people_html[], people_js[], setup_html[], setup_js[];
extern const size_t door_js_len, page_css_len, index_html_len, index_js_len,
	lines_html_len, lines_js_len, people_html_len, people_js_len,
	setup_html_len, setup_js_len;
