/*
 * api/callview.h - calls and their rows as JSON; private to api/
 */
#pragma once

#include <jansson.h>

#include "call/call.h"
#include "store/store.h"

json_t *callview_live(const struct call_view *view);

/* is_whole: with what its own page alone shows. */
json_t *callview_past(const struct store_past *past, bool is_whole);

/* One row with all columns; and what was said in it, none to two lines. */
void callview_step(json_t *items, const struct store_step *step);
void callview_words(json_t *items, const struct store_step *step);
