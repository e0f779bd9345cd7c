/*
 * speech/asr_usage.c - pure: what recognisers did for a call, by service
 */
#include <string.h>
#include "base/text.h"
#include "speech/asr_parts.h"

void asr_usage_count(struct asr_usage *usage, const char *service,
                     uint64_t audio_ms)
{
	size_t i = 0;

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
