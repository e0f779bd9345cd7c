/*
 * speech/service_said.c - what a speech service says, in our words
 */
#include <strings.h>
#include "base/mem.h"
#include "base/text.h"
#include "speech/service.h"

enum {
	SECRET_MIN = 4, /* shorter ones would take words apart */
};

const char *service_unasked(const struct service *service, int err,
                            char why[SERVICE_WHY_SIZE])
{
	if (err == EDQUOT)
		(void)snprintf(why, SERVICE_WHY_SIZE,
		               "each key has had all that key_day and "
		               "key_calls of [service %s] allow",
		               service->name);
	else if (err == EHOSTUNREACH)
		(void)snprintf(why, SERVICE_WHY_SIZE,
		               "there is no host called %s",
		               service_host(service));
	else
		(void)snprintf(why, SERVICE_WHY_SIZE, "%s: %s",
		               service_host(service), strerror(err));

	return why;
}

static void scrub_one(char *text, const char *secret)
{
	size_t n = strlen(secret);
	char *at = text;

	if (n < SECRET_MIN)
		return;

	while ((at = strstr(at, secret))) {
		memset(at, '*', n);
		at += n;
	}
}

char *service_scrub(const struct service *service, char *text)
{
	const char *key;

	for (unsigned i = 0; (key = keys_at(service->keys, i)); i++)
		scrub_one(text, key);
	scrub_one(text, service->key);
	scrub_one(text, service->secret);
	scrub_one(text, service->token);

	return text;
}

const char *service_key_means(const char *said, const char *otherwise)
{
	return strcasestr(said, "expired")
	               ? "says that the key has expired: renew it"
	               : otherwise;
}

const char *service_why(const struct service *service, unsigned status,
                        const char *said, char why[SERVICE_WHY_SIZE])
{
	static const struct {
		unsigned status;
		const char *means;
	} rowv[] = {
		{401, "refuses the key (is it right, has it expired?)"},
		{403, "does not allow this with the key"},
		{402, "wants to be paid first"},
		{404, "has nothing at this address: check the url"},
		{413, "finds the phrase too long"},
		{415, "does not take this form of sound"},
		{423, "has locked the key"},
		{429, "has had enough requests: its quota is used up"},
	};
	const char *means = status >= 500 ? "is out of order" : "refuses";

	if (status < 400) {
		(void)snprintf(why, SERVICE_WHY_SIZE, "%s", said);
		return service_scrub(service, text_repair(why));
	}

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (rowv[i].status == status)
			means = rowv[i].means;
	}
	if (status == 401 || status == 403 || status == 423)
		means = service_key_means(said, means);
	(void)snprintf(why, SERVICE_WHY_SIZE, "%s (%s)", means, said);

	return service_scrub(service, text_repair(why));
}
