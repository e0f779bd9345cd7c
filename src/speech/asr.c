/*
 * speech/asr.c - the recognisers that are built in, and an engine of one
 */
#include <assert.h>
#include "base/mem.h"
#include "speech/asr.h"

static const struct asr_ops *const opsv[] = {
	&asr_sphinx,
	&asr_mock,
};

struct asr {
	const struct asr_ops *ops;
	struct asr_engine *engine;
};

const struct asr_ops *asr_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(opsv); i++) {
		if (!strcmp(opsv[i]->name, name))
			return opsv[i];
	}

	return NULL;
}

static void destructor(void *arg)
{
	struct asr *asr = arg;

	mem_deref(asr->engine);
}

int asr_alloc(struct asr **asrp, const char *name, const struct cfg *cfg,
              struct work_pool *pool, char fault[CFG_FAULT_SIZE])
{
	const struct asr_ops *ops;
	struct asr *asr;
	int err;

	assert(asrp && name && pool && fault);

	ops = asr_find(name);
	if (!ops) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "no recogniser is called \"%s\"; there is "
		               "\"sphinx\"",
		               name);
		return ENOENT;
	}

	asr = mem_zalloc(sizeof(*asr), destructor);
	if (!asr)
		return ENOMEM;

	asr->ops = ops;
	err = ops->alloc(&asr->engine, cfg, pool, fault);
	if (err)
		mem_deref(asr);
	else
		*asrp = asr;

	return err;
}

void asr_prepare(struct asr *asr, const struct asr_prm *prm)
{
	if (asr->ops->prepare)
		asr->ops->prepare(asr->engine, prm);
}

int asr_open(struct asr_stream **streamp, struct asr *asr,
             const struct asr_prm *prm, const struct asr_sink *sink)
{
	assert(streamp && prm && sink && sink->phrase && sink->closed);

	return asr->ops->open(streamp, asr->engine, prm, sink);
}

int asr_feed(struct asr *asr, struct asr_stream *stream, const int16_t *pcm,
             size_t n)
{
	return asr->ops->feed(stream, pcm, n);
}

int asr_finish(struct asr *asr, struct asr_stream *stream)
{
	return asr->ops->finish(stream);
}

const char *asr_name(const struct asr *asr)
{
	return asr->ops->name;
}

bool asr_can(const struct asr *asr, const char *lang)
{
	return asr->ops->can(lang);
}

bool asr_has_endpoints(const struct asr *asr)
{
	return asr->ops->has_endpoints;
}
