/*
 * notify/patience.h - pure: how long to wait before trying again
 */
#pragma once

#include <stdint.h>

/* After so many failures in a row: one second, then twice as long each time,
 * up to a minute, each up to a quarter shorter by lot, so that many senders do
 * not come back at once. lot is any number. */
uint32_t patience_ms(unsigned failures, uint32_t lot);
