/*
 * speech/service_place.c - where a speech service is
 */
#include <netdb.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "speech/service_place.h"
#include <re_sa.h>

enum {
	FRESH_MS = 60000, /* how long an address is used unasked */
	RETRY_MS = 2000,  /* before a name is looked up again */
};

/* Of one look-up; travels to the worker and back. */
struct lookup {
	char host[URL_HOST_SIZE];
	uint16_t port;
	struct sa peer;
	int err;
	struct service_place *place; /* the loop's; a reference */
};

struct service_place {
	struct url url; /* of the service */
	struct work_queue *queue;
	struct sa peer;
	uint64_t asked_ms;
	uint64_t found_ms; /* 0: never */
	int err;           /* of the latest look-up */
	bool is_asking;
};

static void destructor(void *arg)
{
	struct service_place *place = arg;

	mem_deref(place->queue);
}

int service_place_alloc(struct service_place **placep, const struct url *url,
                        struct work_pool *pool)
{
	struct service_place *place;
	int err;

	place = mem_zalloc(sizeof(*place), destructor);
	if (!place)
		return ENOMEM;

	place->url = *url;
	err = work_queue_alloc(&place->queue, pool, 4);
	if (err)
		mem_deref(place);
	else
		*placep = place;

	return err;
}

struct work_queue *service_place_queue(const struct service_place *place)
{
	return place->queue;
}

const char *service_host(const struct service *service)
{
	return service->place->url.host;
}

static void lookup_job(void *arg)
{
	struct lookup *lookup = arg;
	const struct addrinfo hint = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int err;

	err = getaddrinfo(lookup->host, NULL, &hint, &found);
	if (err) {
		lookup->err = EHOSTUNREACH;
		return;
	}

	lookup->err = sa_set_sa(&lookup->peer, found->ai_addr);
	sa_set_port(&lookup->peer, lookup->port);
	freeaddrinfo(found);
}

static void lookup_done(void *arg)
{
	struct lookup *lookup = arg;
	struct service_place *place = lookup->place;

	place->is_asking = false;
	place->err = lookup->err;
	if (!lookup->err) {
		place->peer = lookup->peer;
		place->found_ms = clock_ms();
	}
	lookup->place = NULL;
	mem_deref(lookup);
	mem_deref(place);
}

static int lookup_start(struct service_place *place)
{
	struct lookup *lookup;
	int err;

	lookup = mem_zalloc(sizeof(*lookup), NULL);
	if (!lookup)
		return ENOMEM;

	(void)text_copy(lookup->host, sizeof(lookup->host), place->url.host);
	lookup->port = place->url.port;
	lookup->place = mem_ref(place);
	err = work_submit(place->queue, lookup_job, lookup_done, lookup);
	if (err) {
		mem_deref(place);
		mem_deref(lookup);
		return err;
	}
	place->is_asking = true;
	place->asked_ms = clock_ms();

	return 0;
}

int service_peer(struct service *service, const struct sa **peerp)
{
	struct service_place *place = service->place;
	uint64_t now_ms = clock_ms();
	int err;

	if (!place->found_ms &&
	    !sa_set_str(&place->peer, place->url.host, place->url.port))
		place->found_ms = UINT64_MAX; /* an address needs no asking */

	*peerp = &place->peer;
	if (place->found_ms == UINT64_MAX)
		return 0;

	if (!place->is_asking &&
	    (!place->found_ms || now_ms > place->found_ms + FRESH_MS) &&
	    (!place->asked_ms || now_ms > place->asked_ms + RETRY_MS)) {
		err = lookup_start(place);
		if (err)
			return err;
	}

	/* An old address is better than none while a name server is away. */
	if (place->found_ms)
		return 0;

	return place->is_asking ? EINPROGRESS : place->err;
}
