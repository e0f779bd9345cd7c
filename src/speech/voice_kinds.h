/*
 * speech/voice_kinds.h - the voices of the network, one file each
 */
#pragma once

#include "speech/speaking.h"

extern const struct speaking_dialect voice_http; /* GET /tts?…, C011-C020 */
extern const struct speaking_dialect voice_json; /* POST JSON, D012      */
