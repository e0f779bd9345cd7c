/*
 * speech/asr.c - recognisers in an order
 *
 * A provider is made once, however many orders name it: the configured order
 * at the start, those of scripts when they are first asked for. While one is
 * broken on purpose another one stands in its place.
 */
#include <assert.h>
#include <stdio.h>
#include "base/log.h"
#include "base/text.h"
#include "speech/asr_parts.h"
#include "speech/service.h"

static void list_destructor(void *arg)
{
	struct asr_list *list = arg;

	list_unlink(&list->le);
	mem_deref(list->names);
}

static void destructor(void *arg)
{
	struct asr *asr = arg;

	list_flush(&asr->listl);
	for (size_t i = 0; i < asr->providerc; i++) {
		mem_deref(asr->providerv[i].engine);
		mem_deref(asr->providerv[i].broken_engine);
	}
}

/* --- the lists --------------------------------------------------------- */

static int provider_make(struct asr_provider *provider, const struct asr *asr,
                         const char *name, char fault[CFG_FAULT_SIZE])
{
	const char *kind = service_kind(asr->make.cfg, name);
	struct asr_make own = asr->make;

	provider->ops = asr_find(kind ? kind : name);
	if (!provider->ops || (!kind && provider->ops->is_service)) {
		(void)snprintf(
			fault, CFG_FAULT_SIZE,
			kind ? "[service %s] kind: no recogniser "
			       "speaks \"%s\""
			     : "no recogniser is called \"%s\"; there is "
			       "\"sphinx\", and each [service NAME] of "
			       "the configuration",
			name, kind);
		return ENOENT;
	}

	(void)text_copy(provider->name, sizeof(provider->name), name);
	own.name = provider->name;

	return provider->ops->alloc(&provider->engine, &own, fault);
}

static int provider_add(struct asr_list *list, struct asr *asr,
                        const char *name, char fault[CFG_FAULT_SIZE])
{
	struct asr_provider *provider = asr->providerv;
	struct asr_provider *end = provider + asr->providerc;
	int err;

	if (list->providerc == ASR_SERVICES_MAX ||
	    asr->providerc == ASR_PROVIDERS_MAX) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "at most %d recognisers in one list, and %d "
		               "in all",
		               ASR_SERVICES_MAX, ASR_PROVIDERS_MAX);
		return E2BIG;
	}

	while (provider < end && strcmp(provider->name, name))
		provider++;
	if (provider == end) {
		err = provider_make(provider, asr, name, fault);
		if (err)
			return err;
		asr->providerc++;
	}
	list->providerv[list->providerc++] = provider;

	return 0;
}

static int list_make(struct asr_list **listp, struct asr *asr,
                     const char *names, char fault[CFG_FAULT_SIZE])
{
	const char *at = names;
	struct asr_list *list;
	int err;

	list = mem_zalloc(sizeof(*list), list_destructor);
	if (!list)
		return ENOMEM;

	err = str_dup(&list->names, names);
	list->is_rotating = *at != '*';
	at += *at == '*';
	do {
		char name[64];
		size_t n;

		at += strspn(at, ", ");
		n = strcspn(at, ", ");
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, at);
		at += n;
		at += strspn(at, ", ");
		if (!err)
			err = provider_add(list, asr, name, fault);
	} while (!err && *at);

	if (err)
		mem_deref(list);
	else
		*listp = list;

	return err;
}

int asr_alloc(struct asr **asrp, const char *names, const struct cfg *cfg,
              struct work_pool *pool, struct httpc *http,
              char fault[CFG_FAULT_SIZE])
{
	struct asr_list *list;
	struct asr *asr;
	int err;

	assert(asrp && names && pool && fault);

	asr = mem_zalloc(sizeof(*asr), destructor);
	if (!asr)
		return ENOMEM;

	asr->make = (struct asr_make){.cfg = cfg, .pool = pool, .http = http};
	err = list_make(&list, asr, names, fault);
	if (err) {
		mem_deref(asr);
		return err;
	}
	list_append(&asr->listl, &list->le, list);
	*asrp = asr;

	return 0;
}

/* A list that says what it cannot do is kept too, under its name and with what
 * the first has: so it is said once. */
static struct asr_list *list_fall_back(struct asr *asr, const char *names,
                                       const char *fault)
{
	struct asr_list *first = list_ledata(list_head(&asr->listl));
	struct asr_list *list;

	log_warning("speech",
	            "recognisers \"%s\" of a script: %s; \"%s\" listens in "
	            "their place",
	            names, fault, first->names);
	list = mem_zalloc(sizeof(*list), list_destructor);
	if (!list || str_dup(&list->names, names)) {
		mem_deref(list);
		return NULL;
	}
	list->is_rotating = first->is_rotating;
	memcpy(list->providerv, first->providerv, sizeof(list->providerv));
	list->providerc = first->providerc;

	return list;
}

struct asr_list *asr_list_of(struct asr *asr, const char *names)
{
	struct asr_list *first = list_ledata(list_head(&asr->listl));
	char fault[CFG_FAULT_SIZE] = "out of memory";
	struct asr_list *list = NULL;
	struct le *le;

	if (!names || !*names)
		return first;
	for (le = list_head(&asr->listl); le; le = le->next) {
		list = le->data;
		if (!strcmp(list->names, names))
			return list;
	}
	if (list_count(&asr->listl) == ASR_LISTS_MAX)
		return first;

	list = NULL;
	if (list_make(&list, asr, names, fault))
		list = list_fall_back(asr, names, fault);
	if (!list)
		return first;
	list_append(&asr->listl, &list->le, list);

	return list;
}

/* --- what others ask --------------------------------------------------- */

const struct asr_ops *asr_provider_ops(const struct asr_provider *provider)
{
	return provider->broken_ops ? provider->broken_ops : provider->ops;
}

struct asr_engine *asr_provider_engine(const struct asr_provider *provider)
{
	return provider->broken_ops ? provider->broken_engine
	                            : provider->engine;
}

void asr_prepare(struct asr *asr, const struct asr_prm *prm)
{
	const struct asr_list *list = asr_list_of(asr, prm->services);

	for (size_t i = 0; i < list->providerc; i++) {
		const struct asr_provider *provider = list->providerv[i];

		if (provider->ops->prepare)
			provider->ops->prepare(provider->engine, prm);
	}
}

void asr_warm(struct asr *asr, const struct asr_prm *prm)
{
	const struct asr_list *list = asr_list_of(asr, NULL);

	for (size_t i = 0; i < list->providerc; i++) {
		const struct asr_provider *provider = list->providerv[i];

		if (provider->ops->is_service)
			provider->ops->prepare(provider->engine, prm);
	}
}

const char *asr_name(const struct asr *asr)
{
	const struct asr_list *first = list_ledata(list_head(&asr->listl));

	return first->names;
}

const char *asr_provider_name(const struct asr *asr, size_t i)
{
	const struct asr_list *first = list_ledata(list_head(&asr->listl));

	return i < first->providerc ? first->providerv[i]->name : NULL;
}

bool asr_can(const struct asr *asr, const char *lang)
{
	const struct asr_list *first = list_ledata(list_head(&asr->listl));

	for (size_t i = 0; i < first->providerc; i++) {
		const struct asr_provider *provider = first->providerv[i];

		if (provider->ops->can(provider->engine, lang))
			return true;
	}

	return false;
}

bool asr_has_endpoints(struct asr *asr, const char *services)
{
	const struct asr_list *list = asr_list_of(asr, services);

	for (size_t i = 0; i < list->providerc; i++) {
		if (!list->providerv[i]->ops->has_endpoints)
			return false;
	}

	return true;
}

/* --- faults ------------------------------------------------------------ */

static int provider_break(struct asr_provider *provider,
                          const struct asr_ops *ops)
{
	const struct asr_make make = {.name = ops ? ops->name : ""};
	char fault[CFG_FAULT_SIZE];

	provider->paused_ms = 0;
	provider->usual_ms = 0;
	provider->lates = 0;
	provider->broken_ops = NULL;
	provider->broken_engine = mem_deref(provider->broken_engine);
	if (!ops)
		return 0;

	if (ops->alloc(&provider->broken_engine, &make, fault))
		return ENOMEM;
	provider->broken_ops = ops;

	return 0;
}

int asr_break(struct asr *asr, unsigned which, size_t first, enum asr_break how)
{
	static const struct asr_ops *const brokenv[] = {
		[ASR_BREAK_NONE] = NULL,
		[ASR_BREAK_STALL] = &asr_broken_stall,
		[ASR_BREAK_ERROR] = &asr_broken_error,
		[ASR_BREAK_DIE] = &asr_broken_die,
		[ASR_BREAK_REFUSE] = &asr_broken_refuse,
	};
	struct asr_list *list = list_ledata(list_head(&asr->listl));
	int err = 0;

	assert(first < list->providerc);

	for (size_t i = 0; i < list->providerc; i++)
		(void)provider_break(list->providerv[i], NULL);
	for (size_t i = 0; !err && i < list->providerc; i++) {
		if (which & 1U << i)
			err = provider_break(list->providerv[i], brokenv[how]);
	}
	list->next = first;

	return err;
}
