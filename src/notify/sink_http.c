/*
 * notify/sink_http.c - a delivery that is one HTTP request
 */
#include <errno.h>
#include "base/mem.h"
#include "notify/sink_http.h"

static void destructor(void *arg)
{
	struct sink_delivery *delivery = arg;

	mem_deref(delivery->request);
}

int sink_http_delivery(struct sink_delivery **deliveryp, sink_done_h *done,
                       void *arg)
{
	struct sink_delivery *delivery;

	delivery = mem_zalloc(sizeof(*delivery), destructor);
	if (!delivery)
		return ENOMEM;

	delivery->done = done;
	delivery->arg = arg;
	*deliveryp = delivery;

	return 0;
}

static void answer_handler(const struct httpc_answer *answer, void *arg)
{
	struct sink_delivery *delivery = arg;
	char fault[CFG_FAULT_SIZE];
	struct sink_end end;

	sink_judge(&end, answer, fault);
	delivery->done(&end, delivery->arg);
}

int sink_http_send(struct sink_delivery *delivery, struct httpc *http,
                   const struct httpc_prm *prm)
{
	const struct httpc_sink receiver = {
		.done = answer_handler,
		.arg = delivery,
	};

	return httpc_send(&delivery->request, http, prm, &receiver);
}
