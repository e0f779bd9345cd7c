/*
 * speech/mp3feed.h - pure: the bytes of an MP3, as they arrive, become samples
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mp3feed;

/* The next samples, mono. Another errno than 0 ends it. */
typedef int(mp3feed_h)(const int16_t *pcm, size_t n, uint32_t rate_hz,
                       void *arg);

/* Whether a sound begins like one: a tag, or the head of a frame. */
bool mp3feed_is(const uint8_t bytes[4]);

int mp3feed_alloc(struct mp3feed **feedp);

/* Returns EBADMSG for what is none, ENOMEM, or what the handler returned. */
int mp3feed_take(struct mp3feed *feed, const uint8_t *bytes, size_t n,
                 mp3feed_h *handler, void *arg);
