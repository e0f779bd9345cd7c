/*
 * call/pair.h - a call between two people, for those who look on; private to
 * call/
 */
#pragma once

#include "call/call.h"

struct calls;

/* NULL: no such pair is under way. */
struct call_pair *pair_find(const struct calls *calls, const char *id);

/* The texts live as long as the pair. */
void pair_look(const struct call_pair *pair, struct call_view *view);
