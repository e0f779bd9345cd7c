/*
 * notify/kafka.h - what a producer and a consumer of one [sink] share: its
 * brokers and settings, TLS and SASL among them, and how librdkafka wakes the
 * loop
 *
 * Threads: librdkafka has its own; everything here is on the control loop.
 */
#pragma once

#include <librdkafka/rdkafka.h>
#include <re_main.h>

#include "base/cfg.h"

struct kafka_prm {
	const struct cfg *cfg;
	const char *name; /* of the sink */
	rd_kafka_type_t type;
	const char *const (*rowv)[2]; /* settings, before those of `options` */
	size_t rowc;

	/* Of a producer; NULL of a consumer. */
	void (*report)(rd_kafka_t *kafka, const rd_kafka_message_t *report,
	               void *arg);
};

/* rd_kafka_destroy() it. EINVAL: fault names the key and says why. */
int kafka_make(rd_kafka_t **kafkap, const struct kafka_prm *prm,
               char fault[CFG_FAULT_SIZE]);

/* A wrong key of a sink: fills fault, returns EINVAL. */
int kafka_refuse(char fault[CFG_FAULT_SIZE], const char *name, const char *key,
                 const char *why);

/* Rings on the loop when a queue of librdkafka's has something. */
struct kafka_bell {
	int pipev[2];
};

/* Before anything else, so that it may be taken down. */
void kafka_bell_init(struct kafka_bell *bell);
int kafka_bell_hang(struct kafka_bell *bell, rd_kafka_queue_t *queue,
                    fd_h *handler, void *arg);
void kafka_bell_hush(const struct kafka_bell *bell); /* it was heard */
void kafka_bell_down(struct kafka_bell *bell);
