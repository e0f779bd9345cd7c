/*
 * api/sse.c - server-sent events to one client
 */
#include <errno.h>
#include "api/sse.h"
#include "base/mem.h"
#include <re_tmr.h>

enum {
	BEAT_MS = 15000,
	RETRY_MS = 2000, /* the client waits so long before it comes again */
};

struct sse {
	struct ask *ask;
	struct tmr tmr;
	struct sse_sink sink;
};

static void destructor(void *arg)
{
	struct sse *sse = arg;

	tmr_cancel(&sse->tmr);
	if (sse->ask && sse->ask->is_answered)
		httpd_stream_end(sse->ask->req);
	mem_deref(sse->ask);
}

/* As far as it is known now. */
static bool may_listen(const struct sse *sse)
{
	const char *token = httpd_bearer(sse->ask->req);
	struct person *person;
	bool may;

	person = token ? access_person(ask_access(sse->ask), token) : NULL;
	may = person && person_may(person, sse->ask->route->scope);
	mem_deref(person);

	return may;
}

static void beat_timer(void *arg)
{
	struct sse *sse = arg;

	if (!may_listen(sse)) {
		sse->sink.gone(sse->sink.arg);
		return;
	}

	/* Who is too slow even for that has enough in front of it. */
	(void)httpd_stream_write(sse->ask->req, ":\n\n", 3);
	tmr_start(&sse->tmr, BEAT_MS, beat_timer, sse);
}

static void drained_handler(void *arg)
{
	struct sse *sse = arg;

	if (sse->sink.drained)
		sse->sink.drained(sse->sink.arg);
}

static void gone_handler(void *arg)
{
	struct sse *sse = arg;

	sse->sink.gone(sse->sink.arg);
}

int sse_open(struct sse **ssep, struct ask *ask, const struct sse_sink *sink)
{
	struct httpd_stream_sink stream = {drained_handler, gone_handler, NULL};
	struct sse *sse;
	char text[32];
	int err, n;

	sse = mem_zalloc(sizeof(*sse), destructor);
	if (!sse) {
		ask_failed(ask, ENOMEM, "the stream");
		return ENOMEM;
	}

	tmr_init(&sse->tmr);
	sse->sink = *sink;
	sse->ask = mem_ref(ask);
	stream.arg = sse;
	err = ask_stream(ask, "text/event-stream", &stream);
	if (err) {
		sse->ask = mem_deref(sse->ask);
		mem_deref(sse);
		return err;
	}

	/* The head leaves with the first bytes: nobody waits for an event to
	 * know that all is well. */
	n = re_snprintf(text, sizeof(text), "retry: %d\n\n", RETRY_MS);
	(void)httpd_stream_write(ask->req, text, (size_t)n);
	tmr_start(&sse->tmr, BEAT_MS, beat_timer, sse);
	*ssep = sse;

	return 0;
}

int sse_send(struct sse *sse, const struct sse_event *event)
{
	struct mbuf *mb = mbuf_alloc(512);
	int err = mb ? 0 : ENOMEM;

	if (!err && event->id)
		err = mbuf_printf(mb, "id: %s\n", event->id);
	if (!err)
		err = mbuf_printf(mb, "event: %s\ndata: %s\n\n", event->type,
		                  event->data);
	if (!err)
		err = httpd_stream_write(sse->ask->req, mb->buf, mb->end);
	mem_deref(mb);

	return err;
}
