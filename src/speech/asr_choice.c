/*
 * speech/asr_choice.c - which recogniser of an order hears a phrase
 */
#include "base/clock.h"
#include "speech/asr_parts.h"

enum {
	WORK_MS = 2000, /* this machine has much to do */
	USUAL_PART = 8, /* of its usual time is what it took just now */
};

bool asr_provider_is_local(const struct asr_provider *provider)
{
	return asr_provider_ops(provider)->pause;
}

void asr_provider_answered(struct asr_provider *provider, uint64_t took_ms)
{
	provider->lates = 0;
	if (provider->usual_ms)
		took_ms = (provider->usual_ms * (USUAL_PART - 1) + took_ms) /
		          USUAL_PART;
	provider->usual_ms = took_ms;
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

uint64_t asr_choice_turn_ms(const struct asr_choice *choice, uint64_t left_ms)
{
	const bool is_local =
		asr_provider_is_local(choice->list->providerv[choice->at]);
	const uint64_t now_ms = clock_ms();
	unsigned others = 0;
	bool has_helper;
	size_t at;

	for (size_t i = 0; i < choice->list->providerc; i++)
		others += is_other(choice, i, now_ms);
	has_helper = asr_choice_helper(choice, &at);
	if (is_local && !others && !has_helper)
		return left_ms + WORK_MS;

	return left_ms / (others + !has_helper);
}
