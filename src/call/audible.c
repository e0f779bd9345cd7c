/*
 * call/audible.c - how a call sounded, in words and as JSON
 */
#include <jansson.h>
#include <stdio.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "call/audible.h"

enum {
	JUDGED_PACKETS = 250, /* 5 s: less says nothing of a line */
};

/* Below it many listeners are dissatisfied (G.107 annex B: R 70). */
static const float mos_bad = 3.6F;

static const char *way_name(enum phone_way way)
{
	switch (way) {
	case PHONE_DEAF:
		return "deaf";
	case PHONE_MUTE:
		return "mute";
	case PHONE_BOTH_WAYS:
		break;
	}

	return "both";
}

/* Rounded, so that a reader of the row sees 0.4 and not 0.40000000596. */
static json_t *rounded(float value)
{
	return json_real((double)(int)(value * 100 + 0.5F) / 100);
}

static json_t *figures(const struct phone_leg_stats *s)
{
	return json_pack(
		"{ss si sI sI sI sI sI sI sI si si so so ss sI si sI si}",
		"codec", s->codec ? s->codec : "", "rate_hz", (int)s->rate_hz,
		"packets_in", (json_int_t)s->packets_in, "packets_out",
		(json_int_t)s->packets_out, "lost", (json_int_t)s->lost, "late",
		(json_int_t)s->late, "repaired", (json_int_t)s->repaired,
		"concealed", (json_int_t)s->concealed, "refused",
		(json_int_t)s->refused, "concealed_ms", (int)s->concealed_ms,
		"jitter_us", (int)s->jitter_us, "loss_percent",
		rounded(s->loss_percent), "mos", rounded(s->mos), "way",
		way_name(s->way), "reports_in", (json_int_t)s->reports_in,
		"rtt_us", (int)s->rtt_us, "their_lost",
		(json_int_t)s->their_lost, "their_jitter_us",
		(int)s->their_jitter_us);
}

char *audible_json(const struct phone_leg_stats *stats)
{
	return jmem_text(figures(stats));
}

const char *audible_trouble(char *text, const struct phone_leg_stats *s)
{
	if (s->way == PHONE_DEAF)
		return "no audio came from the other side: behind a NAT set "
		       "phone.public_addr, and let the UDP ports of "
		       "phone.rtp_port_min to rtp_port_max through";
	if (s->way == PHONE_MUTE)
		return "the other side reports that it received no audio from "
		       "us: look for a firewall that holds back UDP on the "
		       "way out";
	if (!s->mos || s->mos >= mos_bad || s->packets_in < JUDGED_PACKETS)
		return NULL;

	(void)snprintf(text, CALL_SOUND_SIZE,
	               "the line was bad: %.1f %% of the sound did not come in "
	               "time, jitter %u ms, round trip %u ms, MOS %.1f",
	               (double)s->loss_percent, s->jitter_us / 1000,
	               s->rtt_us / 1000, (double)s->mos);

	return text;
}

const char *call_sound(char text[CALL_SOUND_SIZE],
                       const struct phone_leg_stats *s)
{
	char round[32] = "";

	if (s->rtt_us)
		(void)snprintf(round, sizeof(round), ", round trip %.1f ms",
		               (double)s->rtt_us / 1000);
	if (!s->packets_in)
		(void)snprintf(text, CALL_SOUND_SIZE, "%s, none came",
		               *s->codec ? s->codec : "no codec");
	else
		(void)snprintf(
			text, CALL_SOUND_SIZE,
			"%s at %u kHz, %.1f %% lost, jitter %.1f ms%s, "
			"MOS %.1f",
			s->codec, s->rate_hz / 1000, (double)s->loss_percent,
			(double)s->jitter_us / 1000, round, (double)s->mos);

	return text;
}
