/*
 * speech/service.h - what every speech service over the network shares: its
 * section of the configuration, where it is, whom to trust
 *
 * A service is "[service NAME]". Its credentials come from there alone ("env:"
 * and "file:" keep them out of the file) and are taken out of everything that
 * a service says before anybody sees it.
 *
 * Threads: the control loop; names are looked up by a worker.
 */
#pragma once

#include <stdbool.h>

#include "base/cfg.h"
#include "base/work.h"
#include "speech/keys.h"
#include "speech/url.h"

struct sa;
struct tls;

enum {
	SERVICE_NAME_SIZE = 33,
	SERVICE_WHY_SIZE = 300,
	SERVICE_ROOT_SIZE = URL_HOST_SIZE + 32,
};

struct service {
	char name[SERVICE_NAME_SIZE];
	struct url url;
	struct url proxy; /* of a WebSocket, where there is one */
	bool has_proxy;
	const char *key;    /* of the question that is being asked */
	const char *secret; /* these live as long as the configuration; */
	const char *app;    /* "" = none                                */
	const char *model;
	const char *voice;
	const char *lang;
	const char *options;
	const char *token_url;
	const char *token; /* that was made from the key; "" = none */
	bool is_reused;
	bool is_mulaw; /* what it hears; else 16-bit samples */
	uint32_t connect_ms;
	uint32_t stall_ms;
	uint32_t answer_ms;
	uint32_t spares;
	uint32_t rate_hz; /* of a voice's plain samples; 0: as usual */
	struct tls *tls;  /* NULL where the url is not secure */
	struct service_place *place;
	struct keys *keys;
	struct keyring *ring;
	void *key_held; /* what `key` is a part of */
};

extern const struct cfg_table service_cfg_table; /* [service NAME] */

/* The kind of a service that is configured, its name where it has none; NULL
 * for a name that no section has. */
const char *service_kind(const struct cfg *cfg, const char *name);

/* Reads the section. `url` is where the kind usually is, NULL = none. */
int service_alloc(struct service **servicep, const struct cfg *cfg,
                  const char *name, const char *url, struct work_pool *pool,
                  char fault[CFG_FAULT_SIZE]);

/* Whether "en, ru-RU", or "" which is all, has the language (BCP 47). */
bool service_speaks(const char *langs, const char *lang);

/* Whether the configuration says that it knows the language. */
static inline bool service_can(const struct service *service, const char *lang)
{
	return service_speaks(service->lang, lang);
}

/* Who is connected to: the proxy, or the service itself. */
const char *service_host(const struct service *service);

/* The root of its server, "https://host/", for a first connection. Returns
 * root. */
const char *service_root(const struct service *service,
                         char root[SERVICE_ROOT_SIZE]);

/* Where to connect to. EINPROGRESS while a
 * worker looks the name up (ask again), or what came of that. */
int service_peer(struct service *service, const struct sa **peerp);

/* Chooses the key of the question that is asked next. EDQUOT: each has had
 * all that it may today, or is in use as often as it may. Let go of the lease
 * when the question, or its connection, is over. */
int service_key_take(struct keys_lease **leasep, struct service *service);

/* Why nothing could be asked, in words: of service_peer() and
 * service_key_take(). Returns why. */
const char *service_unasked(const struct service *service, int err,
                            char why[SERVICE_WHY_SIZE]);

/* After an error of the service: where it was about the key (EACCES, EDQUOT)
 * that one rests. Whether it is worth asking again, with another. */
bool service_key_judge(struct service *service, struct keys_lease *lease,
                       int err);

/* Takes the credentials out of a text. Returns it. */
char *service_scrub(const struct service *service, char *text);

/* What a refusal of the key means: services say in words of their own that it
 * has only grown old. */
const char *service_key_means(const char *said, const char *otherwise);

/* What a refusal means to whoever runs the program: "refuses the key",
 * "quota", … and what the service itself said. Returns why. */
const char *service_why(const struct service *service, unsigned status,
                        const char *said, char why[SERVICE_WHY_SIZE]);
