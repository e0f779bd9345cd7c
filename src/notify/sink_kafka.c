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
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "notify/envelope.h"
#include "notify/mapping.h"
#include "notify/sink.h"
#include <re_main.h>

enum {
	WINDOW = 2000,
	TOPIC_SIZE = 250,
	FLUSH_MS = 500, /* at the end */
	OPTION_SIZE = 128,
	SAID_SIZE = 512,
};

struct sink {
	rd_kafka_t *kafka;
	int pipev[2]; /* librdkafka wakes the loop through it */
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
	for (unsigned i = 0; i < ARRAY_COUNT(sink->pipev); i++) {
		if (sink->pipev[i] >= 0) {
			fd_close(sink->pipev[i]);
			(void)close(sink->pipev[i]);
		}
	}
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

static void error_handler(rd_kafka_t *kafka, int code, const char *reason,
                          void *arg)
{
	(void)kafka;
	(void)arg;

	/* It goes on by itself; what fails for good is told by the report. */
	log_warning("notify", "kafka: %s (%s)", reason,
	            rd_kafka_err2str((rd_kafka_resp_err_t)code));
}

/* librdkafka's own words; from any of its threads. */
static void words_handler(const rd_kafka_t *kafka, int level,
                          const char *facility, const char *words)
{
	(void)kafka;
	(void)level;

	log_info("notify", "kafka: %s %s", facility, words);
}

static void loop_handler(int flags, void *arg)
{
	struct sink *sink = arg;
	char bytes[64];

	(void)flags;

	while (read(sink->pipev[0], bytes, sizeof(bytes)) > 0)
		continue;

	/* A handler may free the courier, not the sink: it is referenced. */
	mem_ref(sink);
	(void)rd_kafka_poll(sink->kafka, 0);
	mem_deref(sink);
}

/* --- opening --------------------------------------------------------------
 */

static int refuse(char fault[CFG_FAULT_SIZE], const char *name, const char *key,
                  const char *why)
{
	(void)snprintf(fault, CFG_FAULT_SIZE, "sink.%s.%s: %s", name, key, why);

	return EINVAL;
}

static int conf_set(rd_kafka_conf_t *conf, const char *name, const char *key,
                    const char *value, char fault[CFG_FAULT_SIZE])
{
	char said[SAID_SIZE];

	if (rd_kafka_conf_set(conf, key, value, said, sizeof(said)) ==
	    RD_KAFKA_CONF_OK)
		return 0;

	return refuse(fault, name, "options", said);
}

/* "security.protocol=SASL_SSL, sasl.mechanism=PLAIN" */
static int options_set(rd_kafka_conf_t *conf, const struct sink_prm *prm,
                       char fault[CFG_FAULT_SIZE])
{
	const char *p = cfg_named_text(prm->cfg, "sink", prm->name, "options");
	int err = 0;

	if (!mapping_is_sound(p))
		return refuse(fault, prm->name, "options",
		              "give KEY=VALUE of librdkafka, like "
		              "security.protocol=SSL");

	for (p += strspn(p, ", "); *p && !err; p += strspn(p, ", ")) {
		size_t len = strcspn(p, "=");
		char key[OPTION_SIZE], value[OPTION_SIZE];

		(void)snprintf(key, sizeof(key), "%.*s", (int)len, p);
		p += len + 1;
		len = strcspn(p, ", ");
		(void)snprintf(value, sizeof(value), "%.*s", (int)len, p);
		p += len;
		err = conf_set(conf, prm->name, key, value, fault);
	}

	return err;
}

static int conf_fill(rd_kafka_conf_t *conf, const struct sink_prm *prm,
                     char fault[CFG_FAULT_SIZE])
{
	static const char *const rowv[][2] = {
		{"client.id", "dialwright"}, {"enable.idempotence", "true"},
		{"message.timeout.ms", "0"}, /* it keeps trying */
		{"linger.ms", "5"},          {"log_level", "3"},
	};
	const struct cfg *cfg = prm->cfg;
	const char *user = cfg_named_text(cfg, "sink", prm->name, "user");
	const char *ca_file = cfg_named_text(cfg, "sink", prm->name, "ca_file");
	int err;

	err = conf_set(conf, prm->name, "bootstrap.servers",
	               cfg_named_text(cfg, "sink", prm->name, "url"), fault);
	for (size_t i = 0; i < ARRAY_COUNT(rowv) && !err; i++)
		err = conf_set(conf, prm->name, rowv[i][0], rowv[i][1], fault);
	if (!err && *ca_file)
		err = conf_set(conf, prm->name, "ssl.ca.location", ca_file,
		               fault);
	if (!err && *user)
		err = conf_set(conf, prm->name, "sasl.username", user, fault);
	if (!err && *user)
		err = conf_set(
			conf, prm->name, "sasl.password",
			cfg_named_text(cfg, "sink", prm->name, "password"),
			fault);

	return err ? err : options_set(conf, prm, fault);
}

static int producer_make(struct sink *sink, const struct sink_prm *prm,
                         char fault[CFG_FAULT_SIZE])
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char said[SAID_SIZE];
	int err;

	err = conf_fill(conf, prm, fault);
	if (err)
		goto out;

	rd_kafka_conf_set_dr_msg_cb(conf, report_handler);
	rd_kafka_conf_set_error_cb(conf, error_handler);
	rd_kafka_conf_set_log_cb(conf, words_handler);
	sink->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, said, sizeof(said));
	if (sink->kafka)
		conf = NULL; /* its own now */
	else
		err = refuse(fault, prm->name, "options", said);

out:
	if (conf)
		rd_kafka_conf_destroy(conf);

	return err;
}

static int wake_up(struct sink *sink)
{
	rd_kafka_queue_t *queue;
	int err;

	if (pipe2(sink->pipev, O_NONBLOCK | O_CLOEXEC))
		return errno;

	err = fd_listen(sink->pipev[0], FD_READ, loop_handler, sink);
	if (err)
		return err;

	queue = rd_kafka_queue_get_main(sink->kafka);
	rd_kafka_queue_io_event_enable(queue, sink->pipev[1], "1", 1);
	rd_kafka_queue_destroy(queue);

	return 0;
}

static int kafka_open(struct sink **sinkp, const struct sink_prm *prm,
                      char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = prm->cfg;
	const char *name = prm->name;
	struct sink *sink;
	int err;

	if (!*cfg_named_text(cfg, "sink", name, "url"))
		return refuse(fault, name, "url",
		              "give the brokers, like "
		              "kafka1:9092,kafka2:9092");
	if (!mapping_is_sound(cfg_named_text(cfg, "sink", name, "topics")))
		return refuse(fault, name, "topics",
		              "give TYPE=TOPIC, like call.step=robot_steps");

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	sink = mem_zalloc(sizeof(*sink), sink_destructor);
	if (!sink)
		return ENOMEM;

	sink->pipev[0] = sink->pipev[1] = -1;
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
	if (!err)
		err = wake_up(sink);
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
