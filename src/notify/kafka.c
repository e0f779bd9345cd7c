/*
 * notify/kafka.c - what a producer and a consumer of one [sink] share
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "notify/kafka.h"
#include "notify/mapping.h"

enum {
	OPTION_SIZE = 128,
	SAID_SIZE = 512,
};

int kafka_refuse(char fault[CFG_FAULT_SIZE], const char *name, const char *key,
                 const char *why)
{
	(void)snprintf(fault, CFG_FAULT_SIZE, "sink.%s.%s: %s", name, key, why);

	return EINVAL;
}

/* --- what librdkafka tells ------------------------------------------------
 */

static void error_handler(rd_kafka_t *kafka, int code, const char *reason,
                          void *arg)
{
	(void)kafka;
	(void)arg;

	/* It goes on by itself. */
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

/* --- settings --------------------------------------------------------------
 */

static int conf_set(rd_kafka_conf_t *conf, const char *name, const char *key,
                    const char *value, char fault[CFG_FAULT_SIZE])
{
	char said[SAID_SIZE];

	if (rd_kafka_conf_set(conf, key, value, said, sizeof(said)) ==
	    RD_KAFKA_CONF_OK)
		return 0;

	return kafka_refuse(fault, name, "options", said);
}

/* "security.protocol=SASL_SSL, sasl.mechanism=PLAIN" */
static int options_set(rd_kafka_conf_t *conf, const struct kafka_prm *prm,
                       char fault[CFG_FAULT_SIZE])
{
	const char *p = cfg_named_text(prm->cfg, "sink", prm->name, "options");
	int err = 0;

	if (!mapping_is_sound(p))
		return kafka_refuse(fault, prm->name, "options",
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

static int conf_fill(rd_kafka_conf_t *conf, const struct kafka_prm *prm,
                     char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = prm->cfg;
	const char *name = prm->name;
	const char *user = cfg_named_text(cfg, "sink", name, "user");
	const char *const rowv[][2] = {
		{"client.id", "dialwright"},
		{"log_level", "3"},
		{"bootstrap.servers", cfg_named_text(cfg, "sink", name, "url")},
		{"ssl.ca.location",
	         cfg_named_text(cfg, "sink", name, "ca_file")},
		{"sasl.username", user},
		{"sasl.password",
	         *user ? cfg_named_text(cfg, "sink", name, "password") : ""},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv) && !err; i++) {
		if (*rowv[i][1])
			err = conf_set(conf, name, rowv[i][0], rowv[i][1],
			               fault);
	}
	for (size_t i = 0; i < prm->rowc && !err; i++)
		err = conf_set(conf, name, prm->rowv[i][0], prm->rowv[i][1],
		               fault);

	return err ? err : options_set(conf, prm, fault);
}

int kafka_make(rd_kafka_t **kafkap, const struct kafka_prm *prm,
               char fault[CFG_FAULT_SIZE])
{
	rd_kafka_conf_t *conf;
	rd_kafka_t *kafka;
	char said[SAID_SIZE];
	int err;

	if (!*cfg_named_text(prm->cfg, "sink", prm->name, "url"))
		return kafka_refuse(fault, prm->name, "url",
		                    "give the brokers, like "
		                    "kafka1:9092,kafka2:9092");

	conf = rd_kafka_conf_new();
	err = conf_fill(conf, prm, fault);
	if (err)
		goto out;

	if (prm->report)
		rd_kafka_conf_set_dr_msg_cb(conf, prm->report);
	rd_kafka_conf_set_error_cb(conf, error_handler);
	rd_kafka_conf_set_log_cb(conf, words_handler);
	kafka = rd_kafka_new(prm->type, conf, said, sizeof(said));
	if (kafka) {
		conf = NULL; /* its own now */
		*kafkap = kafka;
	}
	else {
		err = kafka_refuse(fault, prm->name, "options", said);
	}

out:
	if (conf)
		rd_kafka_conf_destroy(conf);

	return err;
}

/* --- the bell --------------------------------------------------------------
 */

void kafka_bell_init(struct kafka_bell *bell)
{
	bell->pipev[0] = bell->pipev[1] = -1;
}

int kafka_bell_hang(struct kafka_bell *bell, rd_kafka_queue_t *queue,
                    fd_h *handler, void *arg)
{
	int err;

	if (pipe2(bell->pipev, O_NONBLOCK | O_CLOEXEC))
		return errno;

	err = fd_listen(bell->pipev[0], FD_READ, handler, arg);
	if (!err)
		rd_kafka_queue_io_event_enable(queue, bell->pipev[1], "1", 1);

	return err;
}

void kafka_bell_hush(const struct kafka_bell *bell)
{
	char bytes[64];

	while (read(bell->pipev[0], bytes, sizeof(bytes)) > 0)
		continue;
}

void kafka_bell_down(struct kafka_bell *bell)
{
	for (unsigned i = 0; i < ARRAY_COUNT(bell->pipev); i++) {
		if (bell->pipev[i] >= 0) {
			fd_close(bell->pipev[i]);
			(void)close(bell->pipev[i]);
		}
	}
	kafka_bell_init(bell);
}
