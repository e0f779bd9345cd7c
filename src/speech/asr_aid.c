/*
 * speech/asr_aid.c - another recogniser that listens beside one that is late
 *
 * It hears the phrase from its beginning and keeps what it understood; whose
 * text counts is decided by who asked (asr_phrase.c).
 */
#include "base/text.h"
#include "speech/asr_parts.h"

static void destructor(void *arg)
{
	struct asr_aid *aid = arg;

	mem_deref(aid->inner);
}

/* Who cuts phrases by itself has several: they are one. */
static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct asr_aid *aid = arg;
	const uint32_t begin_ms =
		aid->has_phrase ? aid->phrase.begin_ms : phrase->begin_ms;
	size_t n = strlen(aid->text);

	if (n && *phrase->text && n + 1 < sizeof(aid->text))
		aid->text[n++] = ' ';
	(void)text_copy(aid->text + n, sizeof(aid->text) - n, phrase->text);
	aid->phrase = *phrase;
	aid->phrase.begin_ms = begin_ms;
	aid->phrase.text = aid->text;
	aid->has_phrase = true;
}

/* The handler may free it. */
static void closed_handler(int err, void *arg)
{
	struct asr_aid *aid = arg;

	aid->inner = mem_deref(aid->inner);
	aid->is_over = true;
	aid->err = err;
	aid->overh(aid->arg);
}

int asr_aid_open(struct asr_aid **aidp, struct asr_provider *provider,
                 const struct asr_prm *prm, asr_aid_over_h *overh, void *arg)
{
	struct asr_sink sink = {
		.phrase = phrase_handler,
		.closed = closed_handler,
	};
	struct asr_aid *aid;
	int err;

	aid = mem_zalloc(sizeof(*aid), destructor);
	if (!aid)
		return ENOMEM;

	sink.arg = aid;
	aid->provider = provider;
	aid->ops = asr_provider_ops(provider);
	aid->overh = overh;
	aid->arg = arg;
	err = aid->ops->open(&aid->inner, asr_provider_engine(provider), prm,
	                     &sink);
	if (err)
		mem_deref(aid);
	else
		*aidp = aid;

	return err;
}

int asr_aid_feed(struct asr_aid *aid, const int16_t *pcm, size_t n)
{
	int err;

	if (aid->is_over || !n)
		return 0;

	err = aid->ops->feed(aid->inner, pcm, n);

	return err == EAGAIN ? 0 : err;
}

void asr_aid_pause(struct asr_aid *aid)
{
	if (!aid->is_over && aid->ops->pause)
		aid->ops->pause(aid->inner);
}

int asr_aid_finish(struct asr_aid *aid)
{
	return aid->is_over ? 0 : aid->ops->finish(aid->inner);
}
