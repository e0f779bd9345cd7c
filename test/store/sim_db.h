/*
 * test/store/sim_db.h - a database server that exists in this process
 *
 * Stands where the driver of PostgreSQL stands (the linker takes this one):
 * the stores that open "postgresql://sim/N" share one SQLite file, each with
 * faults of its own, chosen by its number N.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "store/db.h"

enum {
	SIM_DB_CLIENTS = 16,
	SIM_DB_URL_SIZE = 32,
	SIM_DB_COLUMNS = 8,
};

enum sim_db_fault {
	SIM_DB_WELL,
	SIM_DB_AWAY, /* until told otherwise */

	/* Once. */
	SIM_DB_LOST_WITHIN, /* a transaction */
	SIM_DB_LOST_BEFORE, /* it was committed */
	SIM_DB_LOST_BEHIND, /* the commit, whose answer does not come */
	SIM_DB_FULL,        /* at the commit */
	SIM_DB_FAULTS,
};

int sim_db_init(const char *path);
void sim_db_close(void);

const char *sim_db_url(char url[SIM_DB_URL_SIZE], unsigned client);
void sim_db_set(unsigned client, enum sim_db_fault fault);
enum sim_db_fault sim_db_fault(unsigned client);

/* What everybody sees of it. sql is a constant. */
int sim_db_script(const char *sql);
int sim_db_number(int64_t *np, const char *sql, const struct db_arg *argv,
                  size_t argc);

/* The first SIM_DB_COLUMNS columns of each row; those behind the last are 0. */
typedef void(sim_db_row_h)(const int64_t *numberv, void *arg);
int sim_db_rows(const char *sql, const struct db_arg *argv, size_t argc,
                sim_db_row_h *handler, void *arg);
