/*
 * notify/sink_kafka.c - events into Kafka, by librdkafka
 *
 * An idempotent producer: what it is given reaches its partition once and in
 * order. While the brokers are away it keeps trying; the courier's window
 * bounds what it holds. The key of a message is that of the event, so that all
 * of a call lie in one partition.
 *
 * Threads: librdkafka has its own; reports are taken on the control loop.
 */
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "notify/envelope.h"
#include "notify/kafka.h"
#include "notify/mapping.h"
#include "notify/sink.h"

enum {
	WINDOW = 2000,
	TOPIC_SIZE = 250,
	FLUSH_MS = 500, /* at the end */
};

struct sink {
	rd_kafka_t *kafka;
	struct kafka_bell bell;
	char *source, *topic, *topics;
	bool is_bare; /* data without envelope */
};

/* Under way; held by librdkafka until its report. */
struct message {
	sink_done_h *done; /* NULL: nobody waits any more */
	void *arg;
};

struct sink_delivery {
	struct message *message; /* a second reference */
};

static void sink_destructor(void *arg)
{
	struct sink *sink = arg;

	if (sink->kafka) {
		(void)rd_kafka_flush(sink->kafka, FLUSH_MS);
		(void)rd_kafka_purge(sink->kafka,
		                     RD_KAFKA_PURGE_F_QUEUE |
		                             RD_KAFKA_PURGE_F_INFLIGHT);
		(void)rd_kafka_poll(sink->kafka, 0);
		rd_kafka_destroy(sink->kafka);
	}
	kafka_bell_down(&sink->bell);
	mem_deref(sink->source);
	mem_deref(sink->topic);
	mem_deref(sink->topics);
}

/* --- what librdkafka tells ------------------------------------------------
 */

static enum sink_result result_of(rd_kafka_resp_err_t code)
{
	switch (code) {

	case RD_KAFKA_RESP_ERR_NO_ERROR:
		return SINK_DELIVERED;

	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_MSG:
	case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
	case RD_KAFKA_RESP_ERR_INVALID_RECORD:
		return SINK_REFUSED;

	default:
		return SINK_LATER;
	}
}

/* On the loop, from rd_kafka_poll(). */
static void report_handler(rd_kafka_t *kafka, const rd_kafka_message_t *report,
                           void *arg)
{
	struct message *message = report->_private;
	const struct sink_end end = {
		.result = result_of(report->err),
		.fault = report->err ? rd_kafka_err2str(report->err) : "",
	};
	sink_done_h *done = message->done;
	void *done_arg = message->arg;

	(void)kafka;
	(void)arg;

	message->done = NULL;
	mem_deref(message);
	if (done)
		done(&end, done_arg);
}

static void loop_handler(int flags, void *arg)
{
	struct sink *sink = arg;

	(void)flags;

	kafka_bell_hush(&sink->bell);

	/* A handler may free the courier, not the sink: it is referenced. */
	mem_ref(sink);
	(void)rd_kafka_poll(sink->kafka, 0);
	mem_deref(sink);
}

/* --- opening --------------------------------------------------------------
 */

static int producer_make(struct sink *sink, const struct sink_prm *prm,
                         char fault[CFG_FAULT_SIZE])
{
	static const char *const rowv[][2] = {
		{"enable.idempotence", "true"},
		{"message.timeout.ms", "0"}, /* it keeps trying */
		{"linger.ms", "5"},
	};
	const struct kafka_prm kafka = {
		.cfg = prm->cfg,
		.name = prm->name,
		.type = RD_KAFKA_PRODUCER,
		.rowv = rowv,
		.rowc = ARRAY_COUNT(rowv),
		.report = report_handler,
	};
	rd_kafka_queue_t *queue;
	int err;

	err = kafka_make(&sink->kafka, &kafka, fault);
	if (err)
		return err;

	queue = rd_kafka_queue_get_main(sink->kafka);
	err = kafka_bell_hang(&sink->bell, queue, loop_handler, sink);
	rd_kafka_queue_destroy(queue);

	return err;
}

static int kafka_open(struct sink **sinkp, const struct sink_prm *prm,
                      char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = prm->cfg;
	const char *name = prm->name;
	struct sink *sink;
	int err;

	if (!mapping_is_sound(cfg_named_text(cfg, "sink", name, "topics")))
		return kafka_refuse(
			fault, name, "topics",
			"give TYPE=TOPIC, like call.step=robot_steps");

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	sink = mem_zalloc(sizeof(*sink), sink_destructor);
	if (!sink)
		return ENOMEM;

	kafka_bell_init(&sink->bell);
	sink->is_bare =
		!strcmp(cfg_named_text(cfg, "sink", name, "format"), "data");
	err = str_dup(&sink->source, prm->source);
	if (!err)
		err = str_dup(&sink->topic,
		              cfg_named_text(cfg, "sink", name, "topic"));
	if (!err)
		err = str_dup(&sink->topics,
		              cfg_named_text(cfg, "sink", name, "topics"));
	if (!err)
		err = producer_make(sink, prm, fault);
	if (err)
		mem_deref(sink);
	else
		*sinkp = sink;

	return err;
}

/* --- sending --------------------------------------------------------------
 */

static void delivery_destructor(void *arg)
{
	struct sink_delivery *delivery = arg;

	if (delivery->message)
		delivery->message->done = NULL;
	mem_deref(delivery->message);
}

/* What goes onto the wire of one event. */
struct parcel {
	const char *topic, *key, *body, *kind;
};

static int produce(struct sink *sink, const struct notify_event *event,
                   const struct parcel *parcel, void *opaque)
{
	const char *key = parcel->key, *body = parcel->body;
	rd_kafka_resp_err_t code;

	code = rd_kafka_producev(
		sink->kafka, RD_KAFKA_V_TOPIC(parcel->topic),
		RD_KAFKA_V_KEY(key, strlen(key)),
		RD_KAFKA_V_VALUE((void *)(uintptr_t)body, strlen(body)),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_HEADER("content-type", parcel->kind, -1),
		RD_KAFKA_V_HEADER("ce_id", event->id, -1),
		RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
	if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return EAGAIN;
	if (!code)
		return 0;

	log_warning("notify", "kafka: %s", rd_kafka_err2str(code));

	return EPROTO;
}

static int raw_send(struct sink *sink, const struct notify_event *event,
                    const char *topic, struct message *message)
{
	char *key = NULL, *text = NULL;
	int err;

	err = envelope_raw(&key, &text, event);
	if (!err) {
		const struct parcel parcel = {
			.topic = *topic ? topic : event->type,
			.key = key,
			.body = text,
			.kind = "text/plain; charset=utf-8",
		};

		err = produce(sink, event, &parcel, message);
	}
	mem_deref(key);
	mem_deref(text);

	return err;
}

static int message_send(struct sink *sink, const struct notify_event *event,
                        struct message *message)
{
	char topic[TOPIC_SIZE];
	struct parcel parcel = {
		.topic = topic,
		.key = event->key,
		.body = event->data,
		.kind = "application/json",
	};
	char *body = NULL;
	int err = 0;

	(void)mapping_find(topic, sizeof(topic), sink->topics, event->type);
	if (envelope_is_raw(event))
		return raw_send(sink, event, topic, message);

	if (!*topic)
		(void)text_copy(topic, sizeof(topic), sink->topic);
	if (!sink->is_bare) {
		parcel.kind = "application/cloudevents+json";
		err = envelope_make(&body, event, sink->source);
		parcel.body = body;
	}
	if (!err)
		err = produce(sink, event, &parcel, message);
	mem_deref(body);

	return err;
}

static int kafka_send(struct sink_delivery **deliveryp, struct sink *sink,
                      const struct notify_event *event, sink_done_h *done,
                      void *arg)
{
	struct sink_delivery *delivery;
	int err = ENOMEM;

	delivery = mem_zalloc(sizeof(*delivery), delivery_destructor);
	if (!delivery)
		return ENOMEM;

	delivery->message = mem_zalloc(sizeof(*delivery->message), NULL);
	if (!delivery->message)
		goto out;

	delivery->message->done = done;
	delivery->message->arg = arg;
	err = message_send(sink, event, delivery->message);
	if (!err)
		mem_ref(delivery->message); /* librdkafka's */

out:
	if (err)
		mem_deref(delivery);
	else
		*deliveryp = delivery;

	return err;
}

const struct sink_ops sink_kafka = {
	.kind = "kafka",
	.help = "topics of Kafka",
	.window = WINDOW,
	.is_ordered = true,
	.open = kafka_open,
	.send = kafka_send,
};
