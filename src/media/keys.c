/*
 * media/keys.c - telephone keys as RTP events (RFC 4733)
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include "media/keys.h"

enum {
	VOLUME = 10, /* -dBm0, as telephones do */

	/* ticks of a key */
	TICKS_DOWN = 5,    /* 100 ms: Q.24 asks for 40 at least */
	TICKS_END = 2,     /* the end is told twice more (2.5.1.4) */
	TICKS_BETWEEN = 3, /* from the key's end: 60 ms */

	/* Senders report every 20 to 60 ms; five reports in a row don't get
	 * lost while the rest of the call goes on. */
	END_LOST_MS = 300,

	/* A timestamp that far back is no late packet: the other side began
	 * its clock anew. */
	FAR_S = 10,

	DURATION_MAX = 0xffff,
};

static const char charv[] = "0123456789*#ABCD";

int keys_parse(struct keys_event *event, const uint8_t *payload, size_t len)
{
	if (len < KEYS_PAYLOAD_SIZE)
		return EBADMSG;

	*event = (struct keys_event){
		.code = payload[0],
		.is_end = payload[1] & 0x80,
		.volume = payload[1] & 0x3f,
		.duration = (uint16_t)(payload[2] << 8 | payload[3]),
	};

	return 0;
}

void keys_build(uint8_t payload[KEYS_PAYLOAD_SIZE],
                const struct keys_event *event)
{
	payload[0] = event->code;
	payload[1] =
		(uint8_t)((event->is_end ? 0x80 : 0) | (event->volume & 0x3f));
	payload[2] = (uint8_t)(event->duration >> 8);
	payload[3] = (uint8_t)event->duration;
}

char keys_char(uint8_t code)
{
	return code < sizeof(charv) - 1 ? charv[code] : '\0';
}

/* -1: not a key. */
static int code_of(char key)
{
	const char *found;

	if (key >= 'a' && key <= 'd')
		key = (char)(key - 'a' + 'A');
	found = key ? strchr(charv, key) : NULL;

	return found ? (int)(found - charv) : -1;
}

bool keys_are_valid(const char *keys)
{
	for (; *keys; keys++) {
		if (code_of(*keys) < 0)
			return false;
	}

	return true;
}

/* --- sending ------------------------------------------------------------- */

int keys_send(struct keys_sender *sender, const char *keys)
{
	size_t n = strlen(keys);

	assert(keys_are_valid(keys));

	if (n > KEYS_QUEUE_MAX - sender->queuec)
		return ENOBUFS;

	for (size_t i = 0; i < n; i++) {
		size_t place = sender->head + sender->queuec++;

		sender->queuev[place % KEYS_QUEUE_MAX] = keys[i];
	}

	return 0;
}

bool keys_send_tick(struct keys_sender *sender, uint32_t ts, uint32_t step,
                    struct keys_packet *packet)
{
	unsigned tick = sender->tick, ticks_told;
	struct keys_event event;

	if (!sender->queuec)
		return false;

	if (!tick)
		sender->ts = ts;

	ticks_told = tick < TICKS_DOWN ? tick + 1 : TICKS_DOWN;
	event = (struct keys_event){
		.code = (uint8_t)code_of(sender->queuev[sender->head]),
		.is_end = ticks_told == TICKS_DOWN,
		.volume = VOLUME,
		.duration = (uint16_t)(ticks_told * step),
	};

	if (++sender->tick == TICKS_DOWN + TICKS_BETWEEN) {
		sender->tick = 0;
		sender->queuec--;
		sender->head = (sender->head + 1) % KEYS_QUEUE_MAX;
	}

	if (tick >= TICKS_DOWN + TICKS_END)
		return false;

	keys_build(packet->payload, &event);
	packet->ts = sender->ts;
	packet->has_marker = !tick;

	return true;
}

/* --- receiving ----------------------------------------------------------- */

void keys_receiver_init(struct keys_receiver *receiver, uint32_t clock_hz)
{
	assert(clock_hz);

	memset(receiver, 0, sizeof(*receiver));
	receiver->clock_hz = clock_hz;
}

static void press_of(struct keys_receiver *receiver, struct keys_press *press)
{
	uint64_t units = (uint64_t)receiver->before + receiver->duration;

	receiver->is_open = false;
	press->key = keys_char(receiver->code);
	press->duration_ms = (uint32_t)(units * 1000 / receiver->clock_hz);
}

/* A key held for longer than the field can tell goes on as a new event that
 * begins where the field ended (2.5.1.3). */
static bool is_continued(const struct keys_receiver *receiver, uint32_t ts,
                         const struct keys_event *event)
{
	return receiver->is_open && event->code == receiver->code &&
	       receiver->duration == DURATION_MAX &&
	       ts - receiver->ts == DURATION_MAX;
}

static void open_key(struct keys_receiver *receiver, uint32_t ts,
                     const struct keys_event *event)
{
	uint32_t before = is_continued(receiver, ts, event)
	                          ? receiver->before + receiver->duration
	                          : 0;

	receiver->is_open = true;
	receiver->has_last = true;
	receiver->ts = ts;
	receiver->code = event->code;
	receiver->before = before;
	receiver->duration = 0;
}

size_t keys_receive(struct keys_receiver *receiver, uint32_t ts,
                    const struct keys_event *event, uint64_t now_ms,
                    struct keys_press pressv[KEYS_PRESSES_MAX])
{
	int32_t ahead = (int32_t)(ts - receiver->ts);
	int32_t far = (int32_t)receiver->clock_hz * FAR_S;
	bool is_new = !receiver->has_last || ahead > 0 || ahead < -far;
	size_t pressc = 0;

	if (!keys_char(event->code))
		return 0;

	/* A late packet of an older event, or another one of a told key. */
	if (!is_new && (ahead < 0 || !receiver->is_open))
		return 0;

	if (is_new) {
		if (receiver->is_open && !is_continued(receiver, ts, event))
			press_of(receiver, &pressv[pressc++]);
		open_key(receiver, ts, event);
	}

	receiver->heard_ms = now_ms;
	if (event->duration > receiver->duration)
		receiver->duration = event->duration;
	if (event->is_end)
		press_of(receiver, &pressv[pressc++]);

	return pressc;
}

bool keys_receive_tick(struct keys_receiver *receiver, uint64_t now_ms,
                       struct keys_press *press)
{
	if (!receiver->is_open || now_ms < receiver->heard_ms + END_LOST_MS)
		return false;

	press_of(receiver, press);

	return true;
}
