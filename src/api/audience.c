/*
 * api/audience.c - events and live calls for those who follow them
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include "api/audience.h"
#include "api/sse.h"
#include "base/clock.h"
#include "base/jmem.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include <re_tmr.h>

enum {
	POLL_MS = 200,
	RETRY_MS = 1000, /* after a read that failed */
	TRIM_MS = 60000, /* between slices of what may go */
	TYPES_SIZE = 256,
	ID_LENGTH = 64,
};

/* Held by its owner and by each question to the store that is under way. */
struct audience {
	struct store *store;
	struct calls *calls;
	struct tmr tmr, trim_tmr;
	int64_t keep_ms;    /* of events; 0: others see to it */
	struct list eventl; /* of listeners to the outbox */
	struct list livel;  /* of listeners to a call */
	int64_t after;      /* of the read under way */
	uint32_t readc;     /* what came of it */
	bool is_reading, is_over;
	bool is_behind; /* the next read is for who is furthest behind */
	bool is_torn;   /* an event of this read could not be told */
};

struct listener {
	struct le le;
	struct audience *audience;
	struct sse *sse;
	char types[TYPES_SIZE];
	char callid[ID_LENGTH];
	int64_t seq;  /* all up to it were told */
	bool is_full; /* until the client has taken some */
};

/* Somebody who wants to listen. */
struct opening {
	struct audience *audience;
	struct ask *ask;
	char types[TYPES_SIZE];
	int64_t after;
};

static void audience_arm(struct audience *audience, uint32_t wait_ms);

static void listener_destructor(void *arg)
{
	struct listener *listener = arg;

	list_unlink(&listener->le);
	mem_deref(listener->sse);
}

static void opening_destructor(void *arg)
{
	struct opening *opening = arg;

	mem_deref(opening->audience);
	mem_deref(opening->ask);
}

/* --- a listener ----------------------------------------------------------- */

static void gone_handler(void *arg)
{
	mem_deref(arg);
}

static void drained_handler(void *arg)
{
	struct listener *listener = arg;

	listener->is_full = false;
	audience_arm(listener->audience, 0);
}

/* NULL: that has been answered. */
static struct listener *listen_to(struct audience *audience, struct list *list,
                                  struct ask *ask)
{
	struct sse_sink sink = {drained_handler, gone_handler, NULL};
	struct listener *listener;

	listener = mem_zalloc(sizeof(*listener), listener_destructor);
	if (!listener) {
		ask_failed(ask, ENOMEM, "the stream");
		return NULL;
	}

	sink.arg = listener;
	listener->audience = audience;
	if (sse_open(&listener->sse, ask, &sink))
		return mem_deref(listener);

	list_append(list, &listener->le, listener);

	return listener;
}

/* --- the outbox ----------------------------------------------------------- */

/* Without its last bracket: data follows. */
static int envelope(struct mbuf *mb, const struct store_event *event)
{
	char at[CLOCK_TEXT_SIZE];
	char *head;
	int err = ENOMEM;

	jmem_forget();
	head = jmem_text(json_pack(
		"{s:I, s:s, s:s, s:s, s:i, s:s}", "seq", (json_int_t)event->seq,
		"id", event->id, "type", event->type, "key", event->key, "n",
		(int)event->n, "time", clock_text(at, event->at_ms)));
	if (head)
		err = mbuf_printf(mb, "%b,\"data\":%s}", head, strlen(head) - 1,
		                  event->data);
	if (!err)
		err = mbuf_write_u8(mb, '\0');
	mem_deref(head);

	return err;
}

static void tell(struct listener *listener, const struct store_event *event,
                 const char *data)
{
	bool is_wanted = !*listener->types ||
	                 text_is_listed(listener->types, event->type);
	char id[24];
	const struct sse_event out = {id, event->type, data};

	(void)snprintf(id, sizeof(id), "%lld", (long long)event->seq);
	if (is_wanted && sse_send(listener->sse, &out))
		listener->is_full = true;
	else
		listener->seq = event->seq;
}

static void event_handler(const struct store_event *event, void *arg)
{
	struct audience *audience = arg;
	struct mbuf *mb = mbuf_alloc(1024);
	struct le *le;

	/* The next read has it again, and what stands behind it. */
	audience->readc++;
	audience->is_torn = audience->is_torn || !mb || envelope(mb, event);
	if (audience->is_torn)
		goto out;

	LIST_FOREACH (&audience->eventl, le) {
		struct listener *listener = le->data;

		if (!listener->is_full && listener->seq >= audience->after &&
		    listener->seq < event->seq)
			tell(listener, event, (const char *)mb->buf);
	}

out:
	mem_deref(mb);
}

static void read_done(int err, void *arg)
{
	struct audience *audience = arg;
	bool has_more =
		audience->readc == STORE_OUTBOX_MAX || audience->is_behind;

	audience->is_reading = false;
	if (err && !audience->is_over)
		log_warning("api", "events cannot be read: %s; trying again",
		            strerror(err));
	if (err)
		audience_arm(audience, RETRY_MS);
	else
		audience_arm(audience, has_more ? 0 : POLL_MS);
	mem_deref(audience);
}

/* Where to read from: in turn for those who are furthest, and for who is
 * furthest behind. false: nobody listens, or all are slow. */
static bool place_find(struct audience *audience)
{
	int64_t low = INT64_MAX, high = -1;
	struct le *le;

	LIST_FOREACH (&audience->eventl, le) {
		const struct listener *listener = le->data;

		if (listener->is_full)
			continue;
		if (listener->seq < low)
			low = listener->seq;
		if (listener->seq > high)
			high = listener->seq;
	}
	audience->after = audience->is_behind ? low : high;
	audience->is_behind = !audience->is_behind && low < high;

	return high >= 0;
}

static void read_timer(void *arg)
{
	struct audience *audience = arg;
	struct store_outbox_prm prm = {.limit = STORE_OUTBOX_MAX};
	int err;

	if (!place_find(audience))
		return;

	prm.after = audience->after;
	audience->readc = 0;
	audience->is_torn = false;
	audience->is_reading = true;
	err = store_outbox(audience->store, &prm, event_handler, read_done,
	                   mem_ref(audience));
	if (err)
		read_done(err, audience);
}

static void audience_arm(struct audience *audience, uint32_t wait_ms)
{
	if (!audience->is_reading && !audience->is_over)
		tmr_start(&audience->tmr, wait_ms, read_timer, audience);
}

static void span_handler(int err, int64_t first, int64_t last, void *arg)
{
	struct opening *opening = arg;
	struct audience *audience = opening->audience;
	struct listener *listener;

	if (!err && audience->is_over)
		err = ECANCELED;
	if (err) {
		ask_failed(opening->ask, err, "the stream of events");
	}
	else if (opening->after >= 0 && opening->after + 1 < first) {
		ask_problem(opening->ask, 410,
		            "events behind that place are kept no more",
		            "ask without a place; /api/v1/calls has what "
		            "happened meanwhile");
	}
	else {
		listener = listen_to(audience, &audience->eventl, opening->ask);
		if (listener) {
			listener->seq =
				opening->after >= 0 ? opening->after : last;
			(void)text_copy(listener->types,
			                sizeof(listener->types),
			                opening->types);
			audience_arm(audience, 0);
		}
	}
	mem_deref(opening);
}

void audience_events(struct audience *audience, struct ask *ask,
                     const char *types, int64_t after)
{
	struct opening *opening;
	int err = ENOMEM;

	opening = mem_zalloc(sizeof(*opening), opening_destructor);
	if (opening) {
		opening->audience = mem_ref(audience);
		opening->ask = mem_ref(ask);
		opening->after = after;
		(void)text_copy(opening->types, sizeof(opening->types), types);
		err = store_outbox_span(audience->store, span_handler, opening);
	}
	if (err) {
		ask_failed(ask, err, "the stream of events");
		mem_deref(opening);
	}
}

/* --- a call --------------------------------------------------------------- */

static const char *const kindv[] = {
	[CALL_DIALLING] = "dialling", [CALL_RINGING] = "ringing",
	[CALL_ANSWERED] = "answered", [CALL_SAYING] = "saying",
	[CALL_HEARD] = "heard",       [CALL_KEYS] = "keys",
	[CALL_QUIET] = "quiet",       [CALL_STEP] = "step",
	[CALL_ANSWERER] = "answerer", [CALL_TROUBLE] = "trouble",
};

static json_t *moment_json(const struct call_moment *moment)
{
	json_t *json =
		json_pack("{s:I, s:s, s:b}", "at_ms", (json_int_t)moment->at_ms,
	                  "text", moment->text ? moment->text : "",
	                  "is_interruption", moment->is_interruption);

	if (moment->step) {
		(void)json_object_set_new(
			json, "node",
			json_string(moment->step->current_flowid));
		(void)json_object_set_new(json, "sequence",
		                          json_integer(moment->step->sequence));
	}

	return json;
}

/* Takes data. One who is too slow for a talk is cut off. */
static void talk_tell(struct audience *audience, const char *callid,
                      const char *type, json_t *data)
{
	char *text = jmem_text(data);
	const struct sse_event event = {NULL, type, text};
	struct le *le = audience->livel.head;

	while (text && le) {
		struct listener *listener = le->data;

		le = le->next;
		if (!strcmp(listener->callid, callid) &&
		    sse_send(listener->sse, &event))
			mem_deref(listener);
	}
	mem_deref(text);
}

static void moment_handler(const char *id, const struct call_moment *moment,
                           void *arg)
{
	struct audience *audience = arg;

	if (!audience->livel.head)
		return;

	jmem_forget();
	talk_tell(audience, id, kindv[moment->kind], moment_json(moment));
}

static void over_handler(const char *id, void *arg)
{
	struct audience *audience = arg;
	struct le *le = audience->livel.head;

	jmem_forget();
	talk_tell(audience, id, "over", json_object());
	while (le) {
		struct listener *listener = le->data;

		le = le->next;
		if (!strcmp(listener->callid, id))
			mem_deref(listener);
	}
}

void audience_live(struct audience *audience, struct ask *ask,
                   const char *callid)
{
	struct sse_event event = {NULL, "state", NULL};
	struct listener *listener;
	struct call_view view;
	char *text;

	if (!calls_look(audience->calls, callid, &view)) {
		ask_problem(ask, 404, "no such call is under way",
		            "/api/v1/calls lists those that are; "
		            "/api/v1/calls/{id}/transcript has what was said");
		return;
	}

	listener = listen_to(audience, &audience->livel, ask);
	if (!listener)
		return;

	(void)text_copy(listener->callid, sizeof(listener->callid), callid);
	jmem_forget();
	text = jmem_text(json_pack("{s:s, s:s, s:s}", "state", view.state,
	                           "number", view.number, "script",
	                           view.script));
	event.data = text;
	if (!text || sse_send(listener->sse, &event))
		mem_deref(listener);
	mem_deref(text);
}

/* --- as a whole ----------------------------------------------------------- */

static void trim_timer(void *arg)
{
	struct audience *audience = arg;

	(void)store_outbox_trim(audience->store,
	                        clock_wall_ms() - audience->keep_ms);
	tmr_start(&audience->trim_tmr, TRIM_MS, trim_timer, audience);
}

void audience_end(struct audience *audience)
{
	audience->is_over = true;
	tmr_cancel(&audience->tmr);
	tmr_cancel(&audience->trim_tmr);
	list_flush(&audience->eventl);
	list_flush(&audience->livel);
	calls_watch(audience->calls, NULL);
}

int audience_alloc(struct audience **audiencep, struct store *store,
                   struct calls *calls, int64_t keep_ms)
{
	struct call_watch watch = {moment_handler, over_handler, NULL};
	struct audience *audience;

	assert(audiencep && store && calls);

	audience = mem_zalloc(sizeof(*audience), NULL);
	if (!audience)
		return ENOMEM;

	tmr_init(&audience->tmr);
	tmr_init(&audience->trim_tmr);
	audience->keep_ms = keep_ms;
	if (keep_ms)
		tmr_start(&audience->trim_tmr, TRIM_MS, trim_timer, audience);
	audience->store = store;
	audience->calls = calls;
	watch.arg = audience;
	calls_watch(calls, &watch);
	*audiencep = audience;

	return 0;
}
