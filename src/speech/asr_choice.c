/*
 * speech/asr_choice.c - which recogniser of an order hears a phrase
 */
#include "base/clock.h"
#include "speech/asr_parts.h"

bool asr_provider_is_local(const struct asr_provider *provider)
{
	return asr_provider_ops(provider)->pause;
}

static bool is_eligible(const struct asr_choice *choice, size_t at)
{
	const struct asr_provider *provider = choice->list->providerv[at];

	return !((choice->tried | choice->helping) & 1U << at) &&
	       provider->ops->can(provider->engine, choice->lang);
}

struct asr_provider *asr_choice_next(const struct asr_choice *choice,
                                     size_t *atp)
{
	const struct asr_list *list = choice->list;
	struct asr_provider *paused = NULL;
	uint64_t now_ms = clock_ms();

	for (size_t i = 0; i < list->providerc; i++) {
		size_t at = (list->next + i) % list->providerc;
		struct asr_provider *provider = list->providerv[at];

		if (!is_eligible(choice, at))
			continue;
		if (now_ms >= provider->paused_ms) {
			*atp = at;
			return provider;
		}
		if (!paused && !choice->helping) {
			*atp = at;
			paused = provider;
		}
	}

	return paused;
}

static bool is_other(const struct asr_choice *choice, size_t at,
                     uint64_t now_ms)
{
	return at != choice->at && is_eligible(choice, at) &&
	       now_ms >= choice->list->providerv[at]->paused_ms;
}

struct asr_provider *asr_choice_helper(const struct asr_choice *choice,
                                       size_t *atp)
{
	const struct asr_list *list = choice->list;
	const bool is_local =
		asr_provider_is_local(list->providerv[choice->at]);
	uint64_t now_ms = clock_ms();

	for (size_t i = 0; i < list->providerc && !choice->helping; i++) {
		size_t at = (list->next + i) % list->providerc;
		struct asr_provider *provider = list->providerv[at];

		if (is_other(choice, at, now_ms) &&
		    asr_provider_is_local(provider) != is_local) {
			*atp = at;
			return provider;
		}
	}

	return NULL;
}

unsigned asr_choice_others(const struct asr_choice *choice)
{
	uint64_t now_ms = clock_ms();
	unsigned others = 0;

	for (size_t i = 0; i < choice->list->providerc; i++)
		others += is_other(choice, i, now_ms);

	return others;
}
