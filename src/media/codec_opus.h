/*
 * media/codec_opus.h - Opus (RFC 6716, RFC 7587) as a row of media/codec.h
 *
 * 16 kHz inside: that is what people, prompts and the recogniser have.
 */
#pragma once

#include "media/codec.h"

extern const struct codec codec_opus;
