/*
 * api/quota.c - pure: how many requests a second somebody has
 */
#include <assert.h>
#include <string.h>
#include "api/quota.h"
#include "base/text.h"

enum {
	ONE = 1000, /* request, in thousandths */
	SAVED_S = 2,
};

static struct quota_row *row_of(struct quota *quota, const char *key,
                                uint64_t most, uint64_t now_ms)
{
	struct quota_row *oldest = &quota->rowv[0];

	for (unsigned i = 0; i < QUOTA_ROWS; i++) {
		struct quota_row *row = &quota->rowv[i];

		if (!strncmp(row->key, key, QUOTA_KEY_SIZE - 1))
			return row;
		if (row->at_ms < oldest->at_ms)
			oldest = row;
	}

	(void)text_copy(oldest->key, sizeof(oldest->key), key);
	oldest->left = most;
	oldest->at_ms = now_ms;

	return oldest;
}

uint64_t quota_take(struct quota *quota, const char *key, uint32_t per_s,
                    uint64_t now_ms)
{
	const uint64_t most = (uint64_t)SAVED_S * ONE * per_s;
	struct quota_row *row;
	uint64_t since_ms;

	assert(per_s && *key);

	row = row_of(quota, key, most, now_ms);
	since_ms = now_ms - row->at_ms;
	if (since_ms > SAVED_S * 1000)
		since_ms = SAVED_S * 1000;
	row->left += since_ms * per_s;
	if (row->left > most)
		row->left = most;
	row->at_ms = now_ms;
	if (row->left < ONE)
		return (ONE - row->left + per_s - 1) / per_s;

	row->left -= ONE;

	return 0;
}
