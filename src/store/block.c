/*
 * store/block.c - who is never called again
 */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "store/block.h"
#include "store/outbox.h"
#include "store/sealing.h"

enum {
	NUMBER_TEXT_SIZE = 64,
	REASON_SIZE = 512,
};

static const char insert_sql[] =
	"INSERT INTO do_not_call (number, reason, created_ms)"
	" VALUES (?, ?, ?) ON CONFLICT (number) DO NOTHING";

/* A person who was erased stands on the list by another name. */
static int insert(struct db *db, const char *number, const char *reason,
                  uint32_t *newp)
{
	const struct db_arg argv[] = {
		db_text(number),
		db_text(reason),
		db_int(clock_wall_ms()),
	};
	char name[SEALING_NAME_SIZE];
	bool is_erased;
	int err;

	err = sealing_erased(db, number, name, &is_erased);
	if (err || is_erased)
		return err;

	err = db_run(db, insert_sql, argv, ARRAY_COUNT(argv));
	if (!err)
		*newp += db_changes(db);

	return err;
}

/* The next of several numbers with blanks between; false behind the last. */
static bool number_next(char number[NUMBER_TEXT_SIZE], const char **textp)
{
	const char *p = *textp + strspn(*textp, " ");
	size_t len = strcspn(p, " ");

	(void)snprintf(number, NUMBER_TEXT_SIZE, "%.*s", (int)len, p);
	*textp = p + len;

	return len > 0;
}

static int others_put(struct db *db, const struct store_block_prm *prm,
                      uint32_t *newp)
{
	const char *p = prm->others;
	char other[NUMBER_TEXT_SIZE], reason[REASON_SIZE];
	int err = 0;

	(void)snprintf(reason, sizeof(reason), BLOCK_AT "%s: %s", prm->number,
	               prm->reason);
	while (!err && p && number_next(other, &p))
		err = insert(db, other, reason, newp);

	return err;
}

static int tell(struct db *db, const struct store_block_prm *prm)
{
	const char *p = prm->others;
	char other[NUMBER_TEXT_SIZE];
	json_t *numbers;

	jmem_forget();
	numbers = json_pack("[s]", prm->number);
	while (p && number_next(other, &p))
		(void)json_array_append_new(numbers, json_string(other));

	return outbox_put(db, prm->number, "number.blocked", prm->callid,
	                  json_pack("{s:s, s:s, s:s, s:o}", "callid",
	                            prm->callid, "number", prm->number,
	                            "reason", prm->reason, "numbers", numbers));
}

int block_put(struct db *db, const struct store_block_prm *prm)
{
	uint32_t added = 0;
	int err;

	assert(prm->number && prm->reason);

	err = insert(db, prm->number, prm->reason, &added);
	if (!err)
		err = others_put(db, prm, &added);
	if (err || !added || !prm->callid || !db_wants(db, "number.blocked"))
		return err;

	return tell(db, prm);
}
