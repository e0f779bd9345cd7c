/*
 * notify/notify.c - the sinks of the configuration and their couriers
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/httpc.h"
#include "base/log.h"
#include "base/mem.h"
#include "notify/courier.h"
#include "notify/sink.h"
#include <re_tmr.h>

enum {
	SINKS_MAX = 16,
	TRIM_MS = 60000, /* between slices of what may go */
	CLOSE_LOOK_MS = 20,
	CLOSE_MAX_MS = 30000, /* however well it goes */
	PATIENCE_SCRIPT_H = 24,
	DAY_MS = 24 * 3600 * 1000,
};

static const char script_sink[] = "notify_http";

/* clang-format off */
static const struct cfg_key events_keyv[] = {
	{"source", CFG_TEXT, "/dialwright", NULL,
	 "What this installation is called in the envelope of its events, a "
	 "URI reference."},
	{"keep_days", CFG_NUMBER, "7", "1..365",
	 "How long delivered events stay in the database, for those who look "
	 "back."},
	{"notify_http", CFG_BOOL, "yes", NULL,
	 "Whether the intention notification goes to the notify_http of the "
	 "script."},
	{"notify_http_private", CFG_BOOL, "no", NULL,
	 "Whether that address may lie in a private network."},
	{"notify_http_s", CFG_NUMBER, "10", "1..120",
	 "How long its answer may take, in seconds."},
};

static const struct cfg_key sink_keyv[] = {
	{"kind", CFG_CHOICE, "webhook", "webhook|kafka|1c",
	 "How events are delivered: POST to an address, signed by Standard "
	 "Webhooks; topics of Kafka; the HTTP service of a 1C database."},
	{"url", CFG_TEXT, "", NULL,
	 "The address; of kafka the brokers, \"kafka1:9092,kafka2:9092\"."},
	{"events", CFG_TEXT, "*", NULL,
	 "The types that are wanted, \"call.ended,attempt.*\"."},
	{"secret", CFG_TEXT, "", NULL,
	 "Of webhook: the key of the signature, \"whsec_…\"; two with a blank "
	 "between while one replaces the other. env:NAME or file:PATH keeps it "
	 "out of this file."},
	{"user", CFG_TEXT, "", NULL, "Of 1c (Basic) and kafka (SASL)."},
	{"password", CFG_TEXT, "", NULL, "The user's, best as env:NAME."},
	{"topic", CFG_TEXT, "dialwright", NULL, "Of kafka."},
	{"topics", CFG_TEXT, "", NULL,
	 "Of kafka: other topics for some types, "
	 "\"call.step=robot_steps, attempt.*=attempts\"."},
	{"reads", CFG_TEXT, "", NULL,
	 "Of kafka: topics that [autocall] reads there, "
	 "\"ones_http_event_response, ones_socket_send_user\"."},
	{"group", CFG_TEXT, "dialwright", NULL,
	 "Of kafka: as whom it reads. What one of a group has read, no other "
	 "gets."},
	{"reads_from", CFG_CHOICE, "earliest", "earliest|latest",
	 "Of kafka: where a group begins that has read nothing yet."},
	{"format", CFG_CHOICE, "cloudevents", "cloudevents|data",
	 "Of kafka: the event with its envelope, or its data alone."},
	{"method", CFG_CHOICE, "get", "get|post",
	 "Of 1c: data in the address or in the body; what is too long for an "
	 "address always goes in the body."},
	{"methods", CFG_TEXT, "", NULL,
	 "Of 1c: what is put for method=, "
	 "\"call.ended=auto_call_set_status\"; else the type."},
	{"options", CFG_TEXT, "", NULL,
	 "Of kafka: settings of librdkafka, \"security.protocol=SASL_SSL, "
	 "sasl.mechanism=PLAIN\"."},
	{"timeout_s", CFG_NUMBER, "30", "1..300",
	 "How long an answer may take."},
	{"patience_h", CFG_NUMBER, "72", "1..8760",
	 "How long an event is tried before it is given up."},
	{"private", CFG_BOOL, "no", NULL,
	 "Whether the address may lie in a private network."},
	{"ca_file", CFG_TEXT, "", NULL,
	 "Who may sign the other side's certificate; empty: those of the "
	 "system."},
};
/* clang-format on */

const struct cfg_table notify_cfg_table = {
	.section = "events",
	.help = "Facts for other systems, see events.md.",
	.keyv = events_keyv,
	.keyc = ARRAY_COUNT(events_keyv),
};

const struct cfg_table notify_sink_cfg_table = {
	.section = "sink",
	.is_named = true,
	.help = "A system that hears of events.",
	.keyv = sink_keyv,
	.keyc = ARRAY_COUNT(sink_keyv),
};

struct notify {
	struct courier *courierv[SINKS_MAX];
	size_t courierc;
	struct notify_outbox outbox;
	int64_t keep_ms;
	struct tmr tmr;

	uint64_t close_ms;  /* 0: it goes on */
	uint64_t quiet_ms;  /* the last delivery since then */
	uint64_t delivered; /* by all of them, at that time */
	uint32_t wait_ms;
	void (*closed)(void *arg);
	void *closed_arg;
};

static void destructor(void *arg)
{
	struct notify *notify = arg;

	tmr_cancel(&notify->tmr);
	for (size_t i = 0; i < notify->courierc; i++)
		courier_close(notify->courierv[i]);
}

/* --- what the configuration says ----------------------------------------
 */

int notify_wanted(char **typesp, const struct cfg *cfg,
                  char fault[CFG_FAULT_SIZE])
{
	struct mbuf *mb = mbuf_alloc(64);
	const char *name;
	int err = mb ? 0 : ENOMEM;

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	for (size_t i = 0; !err && (name = cfg_name(cfg, "sink", i)); i++) {
		const char *types = cfg_named_text(cfg, "sink", name, "events");

		if (i + 1 >= SINKS_MAX) {
			(void)snprintf(fault, CFG_FAULT_SIZE,
			               "[sink %s]: at most %d sinks", name,
			               SINKS_MAX - 1);
			err = EINVAL;
			break;
		}
		err = mbuf_write_str(mb, types);
		if (!err)
			err = mbuf_write_u8(mb, ',');
	}
	if (!err && cfg_bool(cfg, "events", "notify_http"))
		err = mbuf_write_str(mb, "call.intention");
	if (err)
		goto out;

	mb->pos = 0;
	err = mbuf_strdup(mb, typesp, mb->end);

out:
	mem_deref(mb);

	return err;
}

static int courier_add(struct notify *notify, const struct courier_prm *prm,
                       const struct sink_prm *sink_prm,
                       char fault[CFG_FAULT_SIZE])
{
	struct courier_prm whole = *prm;
	int err;

	err = prm->ops->open(&whole.sink, sink_prm, fault);
	if (err)
		return err;

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	whole.outbox = &notify->outbox;
	err = courier_alloc(&notify->courierv[notify->courierc], &whole);
	mem_deref(whole.sink);
	if (!err)
		notify->courierc++;

	return err;
}

static int couriers_make(struct notify *notify, const struct cfg *cfg,
                         struct httpc *http, char fault[CFG_FAULT_SIZE])
{
	struct sink_prm sink = {
		.cfg = cfg,
		.http = http,
		.source = cfg_text(cfg, "events", "source"),
	};
	const struct courier_prm script = {
		.name = script_sink,
		.types = "call.intention",
		.ops = &sink_script,
		.patience_h = PATIENCE_SCRIPT_H,
	};
	const char *name;
	int err = 0;

	for (size_t i = 0; !err && (name = cfg_name(cfg, "sink", i)); i++) {
		const struct courier_prm prm = {
			.name = name,
			.types = cfg_named_text(cfg, "sink", name, "events"),
			.ops = sink_find(
				cfg_named_text(cfg, "sink", name, "kind")),
			.patience_h = (uint32_t)cfg_named_number(
				cfg, "sink", name, "patience_h"),
		};

		sink.name = name;
		err = courier_add(notify, &prm, &sink, fault);
	}
	if (!err && cfg_bool(cfg, "events", "notify_http"))
		err = courier_add(notify, &script, &sink, fault);

	return err;
}

/* --- the whole ------------------------------------------------------------
 */

static void trim_timer(void *arg)
{
	struct notify *notify = arg;

	(void)notify->outbox.trim(notify->outbox.store,
	                          clock_wall_ms() - notify->keep_ms);
	tmr_start(&notify->tmr, TRIM_MS, trim_timer, notify);
}

int notify_alloc(struct notify **notifyp, const struct cfg *cfg,
                 struct httpc *http, const struct notify_outbox *outbox,
                 char fault[CFG_FAULT_SIZE])
{
	struct notify *notify;
	int err;

	assert(notifyp && cfg && http && outbox && fault);

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	notify = mem_zalloc(sizeof(*notify), destructor);
	if (!notify)
		return ENOMEM;

	tmr_init(&notify->tmr);
	notify->outbox = *outbox;
	notify->keep_ms =
		(int64_t)cfg_number(cfg, "events", "keep_days") * DAY_MS;
	err = couriers_make(notify, cfg, http, fault);
	if (err) {
		mem_deref(notify);
		return err;
	}

	tmr_start(&notify->tmr, TRIM_MS, trim_timer, notify);
	*notifyp = notify;

	return 0;
}

void notify_poke(struct notify *notify)
{
	for (size_t i = 0; i < notify->courierc; i++)
		courier_poke(notify->courierv[i]);
}

/* What is left over is told, since whoever waits for it looks here. */
static void closing_end(struct notify *notify)
{
	struct notify_state state;

	for (size_t i = 0; notify_state(notify, i, &state); i++) {
		if (!courier_is_idle(notify->courierv[i]))
			log_warning("notify",
			            "sink %s: some events are not delivered "
			            "yet; the next process goes on with them "
			            "(`dialwright events`)",
			            state.sink);
	}
	notify->closed(notify->closed_arg);
}

static void close_timer(void *arg)
{
	struct notify *notify = arg;
	struct notify_state state;
	uint64_t now_ms = clock_ms(), delivered = 0;
	bool is_idle = true;

	for (size_t i = 0; notify_state(notify, i, &state); i++) {
		is_idle &= courier_is_idle(notify->courierv[i]);
		delivered += state.delivered;
	}
	if (delivered != notify->delivered) {
		notify->delivered = delivered;
		notify->quiet_ms = now_ms;
	}
	if (is_idle || now_ms >= notify->close_ms + CLOSE_MAX_MS ||
	    now_ms >= notify->quiet_ms + notify->wait_ms)
		closing_end(notify);
	else
		tmr_start(&notify->tmr, CLOSE_LOOK_MS, close_timer, notify);
}

void notify_close(struct notify *notify, uint32_t wait_ms,
                  void (*closed)(void *arg), void *arg)
{
	assert(notify && closed && !notify->close_ms);

	notify->close_ms = notify->quiet_ms = clock_ms();
	notify->wait_ms = wait_ms;
	notify->closed = closed;
	notify->closed_arg = arg;
	notify_poke(notify);
	tmr_start(&notify->tmr, CLOSE_LOOK_MS, close_timer, notify);
}

bool notify_state(const struct notify *notify, size_t i,
                  struct notify_state *state)
{
	if (i >= notify->courierc)
		return false;

	courier_state(notify->courierv[i], state);

	return true;
}
