/*
 * media/endpoint.c - where a sentence begins and ends
 *
 * While idle, voice fills a bucket and silence empties it at half the speed:
 * syllables add up, single clicks drain away. In speech two voiced frames in a
 * row count as voice, so a click does not prolong a sentence that is over.
 */
#include <assert.h>
#include "media/endpoint.h"
#include "media/vad.h"

void endpoint_init(struct endpoint *ep, const struct endpoint_prm *prm)
{
	assert(ep && prm);

	*ep = (struct endpoint){.prm = *prm};
}

void endpoint_set(struct endpoint *ep, const struct endpoint_prm *prm)
{
	ep->prm = *prm;
}

static enum endpoint_event idle_feed(struct endpoint *ep, bool is_voiced)
{
	if (is_voiced) {
		ep->active_ms += VAD_FRAME_MS;
	}
	else if (ep->active_ms > VAD_FRAME_MS / 2) {
		ep->active_ms -= VAD_FRAME_MS / 2;
	}
	else {
		ep->active_ms = 0;
		ep->onset_ms = 0;
		return ENDPOINT_NONE;
	}

	ep->onset_ms += VAD_FRAME_MS;
	if (!is_voiced || ep->active_ms < ep->prm.min_active_ms)
		return ENDPOINT_NONE;

	ep->is_speech = true;
	ep->silence_ms = 0;

	return ENDPOINT_START;
}

static enum endpoint_event speech_feed(struct endpoint *ep, bool is_voiced)
{
	enum endpoint_event event = ENDPOINT_NONE;

	ep->onset_ms += VAD_FRAME_MS;
	if (is_voiced && ep->was_voiced)
		ep->silence_ms = 0;
	else
		ep->silence_ms += VAD_FRAME_MS;

	/* Never on voice: it may be the first frame of more. */
	if (!is_voiced && ep->silence_ms >= ep->prm.end_silence_ms)
		event = ENDPOINT_END;
	else if (ep->prm.max_speech_ms && ep->onset_ms >= ep->prm.max_speech_ms)
		event = ENDPOINT_TOO_LONG;

	if (event != ENDPOINT_NONE) {
		ep->is_speech = false;
		ep->active_ms = 0;
	}

	return event;
}

enum endpoint_event endpoint_feed(struct endpoint *ep, bool is_voiced)
{
	enum endpoint_event event;

	/* What a finished sentence left for endpoint_onset_ms(). */
	if (!ep->is_speech && !ep->active_ms)
		ep->onset_ms = 0;

	event = ep->is_speech ? speech_feed(ep, is_voiced)
	                      : idle_feed(ep, is_voiced);
	ep->was_voiced = is_voiced;

	return event;
}

uint32_t endpoint_onset_ms(const struct endpoint *ep)
{
	return ep->onset_ms;
}
