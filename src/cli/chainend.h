/*
 * cli/chainend.h - where the chain of calls ends is told to others each day
 */
#pragma once

#include "store/store.h"

struct chainend;

/* Looks each hour whether it is time. Ends with mem_deref(), before the
 * store does. */
int chainend_alloc(struct chainend **chainendp, struct store *store);
