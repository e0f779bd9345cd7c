/*
 * fuzz/fuzz_spoken.c - what a voice's service says: iFlytek's messages, and
 * words in place of sound
 */
#include "base/mem.h"
#include "speech/speaking_parts.h"
#include "speech/voice_kinds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct speaking_heard heard = {.room = mbuf_alloc(64)};
	char said[SERVICE_WHY_SIZE];

	voice_iflytek.hear(&heard, true, (const char *)data, size);
	mem_deref(heard.room);
	(void)speaking_words(said, (const char *)data, size);

	return 0;
}
