/*
 * test/fakes/fake_kafka.c - a Kafka cluster of librdkafka's own making
 *
 * usage: fake_kafka [-p PARTITIONS] TOPIC...
 *
 * Prints the brokers, runs until stdin closes; a line "down" or "up" on stdin
 * takes the broker away or brings it back. A partition keeps the last 5 MB.
 */
#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	POLL_MS = 50,
	PARTITIONS = 3, /* of a topic */
};

static void obey(rd_kafka_mock_cluster_t *cluster, const char *word)
{
	if (!strcmp(word, "down\n"))
		(void)rd_kafka_mock_broker_set_down(cluster, 1);
	if (!strcmp(word, "up\n"))
		(void)rd_kafka_mock_broker_set_up(cluster, 1);
	puts("ok");
	(void)fflush(stdout);
}

int main(int argc, char *argv[])
{
	char fault[512], word[64];
	rd_kafka_mock_cluster_t *cluster;
	int partitions = PARTITIONS, first = 1;
	rd_kafka_t *kafka;

	if (argc > 2 && !strcmp(argv[1], "-p")) {
		partitions = (int)strtol(argv[2], NULL, 10);
		first = 3;
	}
	kafka = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), fault,
	                     sizeof(fault));
	if (!kafka) {
		fprintf(stderr, "fake_kafka: %s\n", fault);
		return 1;
	}
	cluster = rd_kafka_mock_cluster_new(kafka, 1);
	for (int i = first; i < argc; i++)
		(void)rd_kafka_mock_topic_create(cluster, argv[i], partitions,
		                                 1);
	puts(rd_kafka_mock_cluster_bootstraps(cluster));
	(void)fflush(stdout);

	for (;;) {
		struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

		(void)rd_kafka_poll(kafka, 0);
		if (poll(&fd, 1, POLL_MS) <= 0)
			continue;
		if (!fgets(word, sizeof(word), stdin))
			break;
		obey(cluster, word);
	}
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(kafka);

	return 0;
}
