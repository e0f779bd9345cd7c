/*
 * speech/voice_kinds.h - the voices of the network, one file each
 */
#pragma once

#include "speech/speaking.h"

extern const struct speaking_dialect voice_http;   /* GET /tts?…, C011-C020 */
extern const struct speaking_dialect voice_json;   /* POST JSON, D012      */
extern const struct speaking_dialect voice_openai; /* /v1/audio/speech    */
extern const struct speaking_dialect voice_yandex; /* SpeechKit v1         */
extern const struct speaking_dialect voice_nls;    /* Alibaba Cloud        */
extern const struct speaking_dialect voice_iflytek;   /* tts v2, WebSocket    */
extern const struct speaking_dialect voice_yandex_v3; /* SpeechKit v3, gRPC   */
