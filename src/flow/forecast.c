/*
 * flow/forecast.c - what a session may say with its variables as they stand
 */
#include <assert.h>
#include "base/mem.h"
#include "flow/session.h"

enum {
	ROOM_START = 256,
};

struct forecast {
	const struct flow_session *sess;
	struct mbuf *text;
	script_item_h *handler;
	void *arg;
	int err;
};

/* The item with its variables replaced, in forecast->text. false: one is not
 * set, or there is no memory. */
static bool replace(struct forecast *forecast, const char *item)
{
	struct mbuf *text = forecast->text;
	const char *at, *end;

	mbuf_rewind(text);
	while ((at = strstr(item, "${")) && (end = strchr(at, '}'))) {
		const char *value = vars_get(&forecast->sess->vars, at + 2,
		                             (size_t)(end - at - 2));

		if (!value)
			return false;
		forecast->err = mbuf_write_mem(text, (const uint8_t *)item,
		                               (size_t)(at - item));
		if (!forecast->err)
			forecast->err = mbuf_write_str(text, value);
		if (forecast->err)
			return false;
		item = end + 1;
	}

	forecast->err =
		mbuf_write_mem(text, (const uint8_t *)item, strlen(item) + 1);

	return !forecast->err;
}

static void item_handler(const char *item, void *arg)
{
	struct forecast *forecast = arg;

	if (forecast->err || !strstr(item, "${") || !replace(forecast, item))
		return;

	forecast->handler((const char *)forecast->text->buf, forecast->arg);
}

int flow_session_forecast(const struct flow_session *sess,
                          void (*handler)(const char *item, void *arg),
                          void *arg)
{
	struct forecast forecast = {
		.sess = sess,
		.handler = handler,
		.arg = arg,
	};

	assert(sess && handler);

	forecast.text = mbuf_alloc(ROOM_START);
	if (!forecast.text)
		return ENOMEM;

	script_items(sess->script, item_handler, &forecast);
	mem_deref(forecast.text);

	return forecast.err;
}
