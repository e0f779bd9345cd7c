/*
 * media/keys.h - telephone keys as RTP events (RFC 4733)
 *
 * Pure. The sender is a state machine of one packet or none per tick of
 * 20 ms; the receiver makes one key of the many packets that tell of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEYS_PAYLOAD_SIZE = 4,
	KEYS_QUEUE_MAX = 128, /* keys that wait to be sent */
	KEYS_TICK_MS = 20,
};

struct keys_event {
	uint8_t code;
	bool is_end;
	uint8_t volume;    /* -dBm0 */
	uint16_t duration; /* in units of the RTP clock */
};

/* Returns EBADMSG for what is shorter. */
int keys_parse(struct keys_event *event, const uint8_t *payload, size_t len);
void keys_build(uint8_t payload[KEYS_PAYLOAD_SIZE],
                const struct keys_event *event);

/* '0'..'9', '*', '#', 'A'..'D'; '\0' for other events. */
char keys_char(uint8_t code);
bool keys_are_valid(const char *keys); /* lower case too */

/* --- sending ------------------------------------------------------------- */

struct keys_sender {
	char queuev[KEYS_QUEUE_MAX];
	size_t head;
	size_t queuec;
	unsigned tick; /* within the key at the head */
	uint32_t ts;   /* where that began */
};

struct keys_packet {
	uint8_t payload[KEYS_PAYLOAD_SIZE];
	uint32_t ts;
	bool has_marker;
};

/* Puts valid keys in the queue. Returns ENOBUFS when they don't fit. */
int keys_send(struct keys_sender *sender, const char *keys);

/* What to send on the tick at ts, a tick being step units of the RTP clock.
 * Returns false where the tick belongs to the audio. */
bool keys_send_tick(struct keys_sender *sender, uint32_t ts, uint32_t step,
                    struct keys_packet *packet);

/* --- receiving ----------------------------------------------------------- */

struct keys_receiver {
	uint32_t clock_hz;
	bool is_open;  /* a key is down */
	bool has_last; /* ts is that of the last or the open event */
	uint32_t ts;
	uint8_t code;
	uint32_t duration; /* of the event at ts */
	uint32_t before;   /* of the events it continues */
	uint64_t heard_ms; /* last packet of it */
};

struct keys_press {
	char key;
	uint32_t duration_ms;
};

enum {
	KEYS_PRESSES_MAX = 2, /* told by one packet */
};

void keys_receiver_init(struct keys_receiver *receiver, uint32_t clock_hz);

/* Takes the event of a packet with this timestamp. Returns how many presses
 * it completes: its own, and an older one whose end was lost. */
size_t keys_receive(struct keys_receiver *receiver, uint32_t ts,
                    const struct keys_event *event, uint64_t now_ms,
                    struct keys_press pressv[KEYS_PRESSES_MAX]);

/* Completes a key whose end packets were all lost. Returns whether it did. */
bool keys_receive_tick(struct keys_receiver *receiver, uint64_t now_ms,
                       struct keys_press *press);
