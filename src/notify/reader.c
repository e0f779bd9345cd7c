/*
 * notify/reader.c - topics that are read, by librdkafka
 *
 * At least once: the place of a message is stored when its effect is there,
 * and librdkafka commits what is stored, every second and at the end. One
 * message at a time: what waits lies with the brokers, not here.
 *
 * Threads: librdkafka has its own; messages are taken on the control loop.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "notify/kafka.h"
#include "notify/mapping.h"
#include "notify/notify.h"
#include "notify/patience.h"
#include <re_tmr.h>

enum {
	READERS_MAX = 16,
	TOPIC_SIZE = 250,
	ID_ROOM = TOPIC_SIZE + 40,
	TEXT_MAX = 256 << 10, /* bytes of a message */
	BURST = 50,           /* messages between looks at all else */
	LOOK_MS = 1000,       /* where no bell rang: it has to be asked */
	CLOSE_MS = 500,       /* to commit and to take leave */
};

struct notify_reader {
	rd_kafka_t *kafka;
	struct kafka_bell bell;
	struct tmr tmr;
	notify_message_h *handler;
	void *arg;
	char *name;

	/* Under way, NULL: none. */
	rd_kafka_message_t *raw;
	struct notify_message message;
	char *texts; /* of it */
	char id[ID_ROOM];
	unsigned tries;
};

struct notify_readers {
	struct notify_reader *readerv[READERS_MAX];
	size_t readerc;
};

static void message_drop(struct notify_reader *reader)
{
	if (reader->raw)
		rd_kafka_message_destroy(reader->raw);
	reader->raw = NULL;
	reader->texts = mem_deref(reader->texts);
	reader->tries = 0;
}

/* Without waiting for brokers that are away. */
static void kafka_close(rd_kafka_t *kafka)
{
	rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
	rd_kafka_error_t *error = rd_kafka_consumer_close_queue(kafka, queue);
	uint64_t until_ms = clock_ms() + CLOSE_MS;

	if (error)
		rd_kafka_error_destroy(error);
	while (!rd_kafka_consumer_closed(kafka) && clock_ms() < until_ms)
		(void)rd_kafka_queue_poll_callback(queue, 20);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy_flags(kafka, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

static void reader_destructor(void *arg)
{
	struct notify_reader *reader = arg;

	tmr_cancel(&reader->tmr);
	message_drop(reader);
	if (reader->kafka)
		kafka_close(reader->kafka);
	kafka_bell_down(&reader->bell);
	mem_deref(reader->name);
}

static void readers_destructor(void *arg)
{
	struct notify_readers *readers = arg;

	for (size_t i = 0; i < readers->readerc; i++)
		mem_deref(readers->readerv[i]);
}

/* --- one message -----------------------------------------------------------
 */

static void look_timer(void *arg);

static void later(struct notify_reader *reader, uint64_t wait_ms)
{
	tmr_start(&reader->tmr, wait_ms, look_timer, reader);
}

/* It was read. Where the partition is another's by now, that one gets it. */
static void place_store(struct notify_reader *reader)
{
	rd_kafka_topic_partition_list_t *list;
	const rd_kafka_message_t *raw = reader->raw;

	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, rd_kafka_topic_name(raw->rkt),
	                                  raw->partition)
		->offset = raw->offset + 1;
	(void)rd_kafka_offsets_store(reader->kafka, list);
	rd_kafka_topic_partition_list_destroy(list);
}

void notify_message_done(struct notify_reader *reader, int err)
{
	assert(reader && reader->raw);

	if (err && err != EBADMSG) {
		if (!reader->tries++)
			log_warning("notify",
			            "sink %s: message %s: %s; it is tried "
			            "again until it is taken",
			            reader->name, reader->id, strerror(err));
		later(reader, patience_ms(reader->tries, (uint32_t)clock_ms()));
		return;
	}

	if (err)
		log_warning("notify",
		            "sink %s: message %s is none that is understood; "
		            "it is left behind",
		            reader->name, reader->id);
	place_store(reader);
	message_drop(reader);
	later(reader, 0);
}

/* As texts that end; EBADMSG: it is none. */
static int message_read(struct notify_reader *reader)
{
	const rd_kafka_message_t *raw = reader->raw;
	char *p;

	if (!raw->payload || raw->key_len + raw->len > TEXT_MAX ||
	    !text_is_utf8(raw->key ? raw->key : "", raw->key_len) ||
	    !text_is_utf8(raw->payload, raw->len) ||
	    memchr(raw->payload, 0, raw->len) ||
	    (raw->key && memchr(raw->key, 0, raw->key_len)))
		return EBADMSG;

	p = reader->texts = mem_zalloc(raw->key_len + raw->len + 2, NULL);
	if (!p)
		return ENOMEM;

	if (raw->key_len)
		memcpy(p, raw->key, raw->key_len);
	memcpy(&p[raw->key_len + 1], raw->payload, raw->len);
	reader->message = (struct notify_message){
		.id = reader->id,
		.topic = rd_kafka_topic_name(raw->rkt),
		.key = p,
		.text = &p[raw->key_len + 1],
	};

	return 0;
}

static void message_give(struct notify_reader *reader)
{
	int err = reader->texts ? 0 : message_read(reader);

	if (err)
		notify_message_done(reader, err);
	else
		reader->handler(reader, &reader->message, reader->arg);
}

static void message_take(struct notify_reader *reader, rd_kafka_message_t *raw)
{
	if (raw->err) {
		if (raw->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
			log_warning("notify", "sink %s: reading: %s",
			            reader->name, rd_kafka_message_errstr(raw));
		rd_kafka_message_destroy(raw);
		return;
	}

	reader->raw = raw;
	(void)snprintf(
		reader->id, sizeof(reader->id), "kafka:%s/%" PRId32 "/%" PRId64,
		rd_kafka_topic_name(raw->rkt), raw->partition, raw->offset);
	message_give(reader);
}

static void look(struct notify_reader *reader)
{
	rd_kafka_message_t *raw = NULL;

	later(reader, LOOK_MS);
	for (unsigned i = 0; i < BURST && !reader->raw; i++) {
		raw = rd_kafka_consumer_poll(reader->kafka, 0);
		if (!raw)
			return;
		message_take(reader, raw);
	}
}

static void look_timer(void *arg)
{
	struct notify_reader *reader = arg;

	if (reader->raw && reader->tries)
		message_give(reader);
	else if (!reader->raw)
		look(reader);
}

static void bell_handler(int flags, void *arg)
{
	struct notify_reader *reader = arg;

	(void)flags;

	kafka_bell_hush(&reader->bell);
	if (!reader->raw)
		look(reader);
}

/* --- opening --------------------------------------------------------------
 */

/* The next name of a list; "" at its end. */
static const char *topic_next(const char *list, char topic[TOPIC_SIZE])
{
	size_t len;

	list += strspn(list, ", ");
	len = strcspn(list, ", ");
	(void)snprintf(topic, TOPIC_SIZE, "%.*s", (int)len, list);

	return list + len;
}

static bool is_known(const struct notify_readers_prm *prm, const char *topic)
{
	for (size_t i = 0; i < prm->topicc; i++) {
		if (!strcmp(prm->topicv[i], topic))
			return true;
	}

	return false;
}

static int topics_check(const struct notify_readers_prm *prm, const char *name,
                        const char *list, char fault[CFG_FAULT_SIZE])
{
	char topic[TOPIC_SIZE];

	for (list = topic_next(list, topic); *topic;
	     list = topic_next(list, topic)) {
		if (is_known(prm, topic))
			continue;
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "sink.%s.reads: nobody here understands the "
		               "topic %s",
		               name, topic);
		return EINVAL;
	}

	return 0;
}

static int subscribe(struct notify_reader *reader, const char *list,
                     char fault[CFG_FAULT_SIZE])
{
	rd_kafka_topic_partition_list_t *topics;
	rd_kafka_resp_err_t code;
	char topic[TOPIC_SIZE];

	topics = rd_kafka_topic_partition_list_new(4);
	for (list = topic_next(list, topic); *topic;
	     list = topic_next(list, topic))
		rd_kafka_topic_partition_list_add(topics, topic,
		                                  RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(reader->kafka, topics);
	rd_kafka_topic_partition_list_destroy(topics);

	return code ? kafka_refuse(fault, reader->name, "reads",
	                           rd_kafka_err2str(code))
	            : 0;
}

static int consumer_make(struct notify_reader *reader,
                         const struct notify_readers_prm *prm, const char *list,
                         char fault[CFG_FAULT_SIZE])
{
	const char *name = reader->name;
	const char *const rowv[][2] = {
		{"group.id", cfg_named_text(prm->cfg, "sink", name, "group")},
		{"auto.offset.reset",
	         cfg_named_text(prm->cfg, "sink", name, "reads_from")},
		{"enable.auto.offset.store", "false"},
		{"auto.commit.interval.ms", "1000"},
		/* Of one that was killed the partitions are free soon. */
		{"session.timeout.ms", "10000"},
		{"topic.metadata.refresh.interval.ms", "30000"},
		/* What is fetched ahead stays small. */
		{"queued.min.messages", "100"},
		{"queued.max.messages.kbytes", "1024"},
	};
	const struct kafka_prm kafka = {
		.cfg = prm->cfg,
		.name = name,
		.type = RD_KAFKA_CONSUMER,
		.rowv = rowv,
		.rowc = ARRAY_COUNT(rowv),
	};
	rd_kafka_queue_t *queue;
	int err;

	err = kafka_make(&reader->kafka, &kafka, fault);
	if (err)
		return err;

	(void)rd_kafka_poll_set_consumer(reader->kafka);
	queue = rd_kafka_queue_get_consumer(reader->kafka);
	err = kafka_bell_hang(&reader->bell, queue, bell_handler, reader);
	rd_kafka_queue_destroy(queue);

	return err ? err : subscribe(reader, list, fault);
}

static int reader_alloc(struct notify_reader **readerp,
                        const struct notify_readers_prm *prm, const char *name,
                        char fault[CFG_FAULT_SIZE])
{
	const char *list = cfg_named_text(prm->cfg, "sink", name, "reads");
	struct notify_reader *reader;
	int err;

	if (strcmp(cfg_named_text(prm->cfg, "sink", name, "kind"), "kafka"))
		return kafka_refuse(fault, name, "reads",
		                    "only kafka can be read");
	err = topics_check(prm, name, list, fault);
	if (err)
		return err;

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	reader = mem_zalloc(sizeof(*reader), reader_destructor);
	if (!reader)
		return ENOMEM;

	kafka_bell_init(&reader->bell);
	tmr_init(&reader->tmr);
	reader->handler = prm->handler;
	reader->arg = prm->arg;
	err = str_dup(&reader->name, name);
	if (!err)
		err = consumer_make(reader, prm, list, fault);
	if (err) {
		mem_deref(reader);
		return err;
	}

	later(reader, 0);
	*readerp = reader;

	return 0;
}

int notify_readers_alloc(struct notify_readers **readersp,
                         const struct notify_readers_prm *prm,
                         char fault[CFG_FAULT_SIZE])
{
	struct notify_readers *readers;
	const char *name;
	int err = 0;

	assert(readersp && prm && prm->handler);

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	readers = mem_zalloc(sizeof(*readers), readers_destructor);
	if (!readers)
		return ENOMEM;

	for (size_t i = 0; !err && readers->readerc < READERS_MAX &&
	                   (name = cfg_name(prm->cfg, "sink", i));
	     i++) {
		if (!*cfg_named_text(prm->cfg, "sink", name, "reads"))
			continue;
		err = reader_alloc(&readers->readerv[readers->readerc], prm,
		                   name, fault);
		if (!err)
			readers->readerc++;
	}
	if (err)
		mem_deref(readers);
	else
		*readersp = readers;

	return err;
}

/* --- what comes back ------------------------------------------------------
 */

bool notify_is_read(const struct cfg *cfg, const char *topic)
{
	const char *name;

	for (size_t i = 0; (name = cfg_name(cfg, "sink", i)); i++) {
		if (text_is_listed(cfg_named_text(cfg, "sink", name, "reads"),
		                   topic))
			return true;
	}

	return false;
}

bool notify_is_echoed(const struct cfg *cfg, const char *type)
{
	const char *name;

	for (size_t i = 0; (name = cfg_name(cfg, "sink", i)); i++) {
		char topic[TOPIC_SIZE];

		if (strcmp(cfg_named_text(cfg, "sink", name, "kind"),
		           "kafka") != 0 ||
		    !text_is_listed(cfg_named_text(cfg, "sink", name, "events"),
		                    type))
			continue;
		(void)mapping_find(topic, sizeof(topic),
		                   cfg_named_text(cfg, "sink", name, "topics"),
		                   type);
		if (notify_is_read(cfg, *topic ? topic : type))
			return true;
	}

	return false;
}
