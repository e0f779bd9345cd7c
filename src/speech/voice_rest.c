/*
 * speech/voice_rest.c - a service whose key was refused is left alone for a
 * while: not every prompt shall pay for its refusal
 */
#include "base/clock.h"
#include "speech/voice_parts.h"

bool voice_rests(const struct voice_provider *provider)
{
	return clock_ms() < provider->rests_ms;
}

/* NULL: it is none of a service, or its voices are gone. */
static struct voice_provider *provider_of(const struct making *making)
{
	struct voices *voices = making->voices;

	for (size_t i = 0; making->engine && voices && i < voices->providerc;
	     i++) {
		if (voices->providerv[i].engine == making->engine)
			return &voices->providerv[i];
	}

	return NULL;
}

void voice_rest_judge(const struct making *making)
{
	struct voice_provider *provider = provider_of(making);

	if (!provider)
		return;

	if (making->err == EACCES || making->err == EDQUOT)
		provider->rests_ms = clock_ms() + VOICE_REST_MS;
	else if (!making->err)
		provider->rests_ms = 0;
}

static bool may_replace(const struct voice_provider *other,
                        const struct voice_provider *provider, const char *lang)
{
	return other != provider && !voice_rests(other) &&
	       (!other->ops || !other->ops->missing()) &&
	       voice_can(other, lang, "");
}

bool voice_is_spared(const struct making *making)
{
	const struct voice_provider *provider = provider_of(making);
	const struct voices *voices = making->voices;

	if (!provider || !making->prm.limit_ms || !voice_rests(provider))
		return false;

	for (size_t i = 0; i < voices->providerc; i++) {
		if (may_replace(&voices->providerv[i], provider, making->lang))
			return true;
	}

	return false;
}
