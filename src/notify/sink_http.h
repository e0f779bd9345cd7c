/*
 * notify/sink_http.h - a delivery that is one HTTP request
 */
#pragma once

#include "base/httpc.h"
#include "notify/sink.h"

struct sink_delivery {
	struct httpc_request *request;
	sink_done_h *done;
	void *arg;
};

/* Free with mem_deref(), which ends its request silently. ENOMEM. */
int sink_http_delivery(struct sink_delivery **deliveryp, sink_done_h *done,
                       void *arg);

/* Sends its request; the answer becomes its end. */
int sink_http_send(struct sink_delivery *delivery, struct httpc *http,
                   const struct httpc_prm *prm);
