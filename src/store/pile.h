/*
 * store/pile.h - contacts on their way into a list, as they will be written
 */
#pragma once

#include "base/mem.h"
#include "store/store.h"

/* A contact without its variables' names and values: they are a JSON object by
 * now. The texts are the pile's. */
struct pile_row {
	const char *number;
	uint32_t row;
	const char *variables;
};

/* The row at *posp, which begins at 0 and moves on; false: there is none. */
bool pile_next(const struct store_pile *pile, size_t *posp,
               struct pile_row *row);
