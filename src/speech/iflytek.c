/*
 * speech/iflytek.c - pure: what iFlytek's services have in common
 */
#include <stdio.h>
#include "speech/iflytek.h"

int iflytek_check(const struct service *service, bool wants_secret,
                  char fault[CFG_FAULT_SIZE])
{
	if (*service->app && *service->key &&
	    (!wants_secret || *service->secret))
		return 0;

	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "[service %s] app, key%s: the application's id and its "
	               "credentials from iFlytek's console are wanted",
	               service->name, wants_secret ? ", secret" : "");

	return EINVAL;
}

const char *iflytek_words(char text[HEARING_TEXT_SIZE], const json_t *placev)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < json_array_size(placev); i++) {
		const json_t *best = json_array_get(
			json_object_get(json_array_get(placev, i), "cw"), 0);
		const char *word =
			json_string_value(json_object_get(best, "w"));
		size_t len = word ? strlen(word) : 0;

		if (!len)
			continue;
		if (n + len + 1 > HEARING_TEXT_SIZE)
			break;
		memcpy(text + n, word, len + 1);
		n += len;
	}

	return text;
}

void iflytek_fail(struct hearing_heard *heard, long code, const char *said)
{
	static const struct {
		long code;
		int err;
	} rowv[] = {
		{10105, EACCES}, {10110, EACCES}, {10313, EACCES},
		{11200, EDQUOT}, {11201, EDQUOT}, {10800, EBUSY},
		{10106, EINVAL}, {10107, EINVAL}, {10139, EINVAL},
		{10160, EINVAL}, {10161, EINVAL}, {10163, EINVAL},
	};
	int err = EREMOTEIO;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (rowv[i].code == code)
			err = rowv[i].err;
	}
	hearing_fail_code(heard, err, code, said);
}
