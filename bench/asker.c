/*
 * bench/asker.c - programs that read from the API at a steady rate
 *
 * usage: asker PORT WORD RATE SECONDS
 *
 * Makes the first user with the one-time word, then asks over eight connections
 * that stay open, each request at its appointed time: what waits because the
 * one before was late counts as late too. Prints "asker 0" at once and in the
 * end "p50_us p99_us max_us answers others".
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"

enum {
	LINKS = 8,
	ANSWER_SIZE = 1 << 20,
	REQUEST_SIZE = 1024,
	TOKEN_SIZE = 64,
	PLACES = 8,
};

static const char *const placev[PLACES] = {
	"/api/v1/system",
	"/api/v1/self",
	"/api/v1/audit?limit=20",
	"/healthz",
	"/api/v1/calls?state=live",
	"/api/v1/calls?limit=20",
	"/api/v1/lines",
	"/metrics",
};

struct link {
	pthread_t thread;
	int fd;
	unsigned no, count;
	uint64_t begin_us, step_us;
	uint64_t *usv;   /* of each answer */
	unsigned others; /* than 200 */
	char answer[ANSWER_SIZE];
};

static uint16_t port;
static char token[TOKEN_SIZE];

static int link_open(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		perror("asker: connect");
		exit(1);
	}

	return fd;
}

/* One whole answer; its status. The text is in answer. */
static unsigned ask(struct link *link, const char *request)
{
	size_t n = 0, want = 0;
	ssize_t got;

	if (write(link->fd, request, strlen(request)) < 0)
		return 0;
	while (!want || n < want) {
		const char *end, *length;

		got = read(link->fd, link->answer + n, ANSWER_SIZE - 1 - n);
		if (got <= 0)
			return 0;
		n += (size_t)got;
		link->answer[n] = '\0';
		end = strstr(link->answer, "\r\n\r\n");
		if (want || !end)
			continue;
		length = strcasestr(link->answer, "\r\nContent-Length:");
		want = (size_t)(end - link->answer) + 4;
		if (length && length < end)
			want += strtoul(length + 17, NULL, 10);
	}

	return (unsigned)strtoul(link->answer + 9, NULL, 10);
}

static void set_up(struct link *link, const char *word)
{
	char request[REQUEST_SIZE], body[REQUEST_SIZE / 2];
	const char *found;

	(void)snprintf(body, sizeof(body),
	               "{\"word\":\"%s\",\"user\":\"bench\",\"password\":"
	               "\"bench bench bench\"}",
	               word);
	(void)snprintf(request, sizeof(request),
	               "POST /api/v1/setup HTTP/1.1\r\nHost: localhost\r\n"
	               "Content-Length: %zu\r\n\r\n%s",
	               strlen(body), body);
	if (ask(link, request) != 204) {
		fprintf(stderr, "asker: setup: %s\n", link->answer);
		exit(1);
	}
	(void)snprintf(body, sizeof(body),
	               "{\"user\":\"bench\",\"password\":"
	               "\"bench bench bench\"}");
	(void)snprintf(request, sizeof(request),
	               "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
	               "Content-Length: %zu\r\n\r\n%s",
	               strlen(body), body);
	if (ask(link, request) != 201) {
		fprintf(stderr, "asker: session: %s\n", link->answer);
		exit(1);
	}
	found = strstr(link->answer, "\"token\":\"");
	(void)snprintf(token, sizeof(token), "%.*s",
	               (int)strcspn(found + 9, "\""), found + 9);
}

static void *run(void *arg)
{
	struct link *link = arg;
	char request[REQUEST_SIZE];

	for (unsigned i = 0; i < link->count; i++) {
		uint64_t due_us = link->begin_us + i * link->step_us;

		(void)snprintf(request, sizeof(request),
		               "GET %s HTTP/1.1\r\nHost: localhost\r\n"
		               "Authorization: Bearer %s\r\n\r\n",
		               placev[(i + link->no) % PLACES], token);
		clock_wait_until_us(due_us);
		link->others += ask(link, request) != 200;
		link->usv[i] = clock_us() - due_us;
	}

	return NULL;
}

static int order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char *argv[])
{
	static struct link linkv[LINKS];
	unsigned rate, count, others = 0;
	uint64_t *usv, begin_us;

	if (argc != 5)
		return 2;
	puts("asker 0");
	(void)fflush(stdout);
	port = (uint16_t)strtoul(argv[1], NULL, 10);
	rate = (unsigned)strtoul(argv[3], NULL, 10) / LINKS;
	count = rate * (unsigned)strtoul(argv[4], NULL, 10);
	usv = mem_zalloc(LINKS * count * sizeof(*usv), NULL);
	linkv[0].fd = link_open();
	set_up(&linkv[0], argv[2]);

	begin_us = clock_us() + 100000;
	for (unsigned i = 0; i < LINKS; i++) {
		linkv[i].no = i;
		linkv[i].count = count;
		linkv[i].usv = usv + i * count;
		linkv[i].step_us = 1000000 / rate;
		linkv[i].begin_us = begin_us + i * linkv[i].step_us / LINKS;
		linkv[i].fd = i ? link_open() : linkv[0].fd;
		if (pthread_create(&linkv[i].thread, NULL, run, &linkv[i]))
			return 1;
	}
	for (unsigned i = 0; i < LINKS; i++) {
		(void)pthread_join(linkv[i].thread, NULL);
		(void)close(linkv[i].fd);
		others += linkv[i].others;
	}
	qsort(usv, LINKS * count, sizeof(*usv), order);
	printf("%llu %llu %llu %u %u\n",
	       (unsigned long long)usv[LINKS * count / 2],
	       (unsigned long long)usv[LINKS * count * 99 / 100],
	       (unsigned long long)usv[LINKS * count - 1], LINKS * count,
	       others);
	mem_deref(usv);

	return 0;
}
