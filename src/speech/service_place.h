/*
 * speech/service_place.h - where a speech service is; private to service*.c
 *
 * What is asked of it is in service.h: service_host(), service_peer().
 */
#pragma once

#include "speech/service.h"

/* url: who is connected to. */
int service_place_alloc(struct service_place **placep, const struct url *url,
                        struct work_pool *pool);

/* For what blocks. */
struct work_queue *service_place_queue(const struct service_place *place);
