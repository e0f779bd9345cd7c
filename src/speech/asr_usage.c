/*
 * speech/asr_usage.c - what recognisers did, for a call and all together
 */
#include <string.h>
#include "base/text.h"
#include "speech/asr_parts.h"
#include "speech/tally.h"

void asr_usage_count(struct asr_usage *usage, const char *service,
                     uint64_t audio_ms)
{
	const struct tally_sum sum = {.requests = 1, .audio_ms = audio_ms};
	size_t i = 0;

	tally_add(service, usage ? TALLY_CALL : TALLY_BESIDE, &sum);
	if (!usage)
		return;

	while (i < usage->rowc && strcmp(usage->rowv[i].service, service))
		i++;
	if (i == ASR_SERVICES_MAX)
		return;

	if (i == usage->rowc) {
		usage->rowc++;
		(void)text_copy(usage->rowv[i].service, ASR_NAME_SIZE, service);
	}
	usage->rowv[i].requests++;
	usage->rowv[i].audio_ms += audio_ms;
}
