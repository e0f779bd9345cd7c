/*
 * speech/iflytek.c - what iFlytek's services have in common
 */
#include <stdio.h>
#include "base/clock.h"
#include "speech/iflytek.h"
#include "speech/sign.h"

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

int iflytek_sign(struct url *url, const struct service *service)
{
	char date[SIGN_DATE_SIZE], signature[SIGN_SIZE];
	char host[URL_HOST_SIZE + 16], authorization[1024];
	char *encoded;
	int err;

	(void)sign_date(date, clock_wall_ms());
	(void)url_authority(url, host, sizeof(host));
	err = sign_iflytek(signature, service->secret, host, date, url->path);
	if (err)
		return err;

	(void)snprintf(authorization, sizeof(authorization),
	               "api_key=\"%s\", algorithm=\"hmac-sha256\", "
	               "headers=\"host date request-line\", "
	               "signature=\"%s\"",
	               service->key, signature);
	encoded = hearing_base64(authorization, strlen(authorization));
	err = encoded ? hearing_query(url, "authorization", encoded) : ENOMEM;
	if (!err)
		err = hearing_query(url, "date", date);
	if (!err)
		err = hearing_query(url, "host", host);
	mem_deref(encoded);

	return err;
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
