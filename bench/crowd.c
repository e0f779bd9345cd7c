/*
 * bench/crowd.c - many callees at the other end of a robot's calls: the loop
 *
 * usage: crowd PHRASE polite|rude|silent
 *
 * PHRASE is a file of samples, 16 bits at 8 kHz: what every callee says.
 * Says "sip PORT" when it answers. A line on its input that begins with z
 * sets the counts to zero, one with p prints them; it ends with its input.
 * What the callees heard is told as it happens: "answer CALL-ID US" for the
 * first sound of each prompt, "first CALL-ID US" for how long after the ACK
 * the first of all came, "barge CALL-ID US" for how long a prompt went on after
 * the callee's first sound.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "crowd.h"

enum {
	PHRASE_MAX = 10 * 8000, /* bytes */
	SLOT_US = 20000 / CROWD_SLOTS,
	STALL_US = 100000,
	OUT_BYTES = 1 << 20,
};

static struct crowd crowd;
static uint8_t phrase[PHRASE_MAX];

static int phrase_load(const char *path)
{
	FILE *file = fopen(path, "rb");
	int16_t sample;

	if (!file)
		return errno;
	crowd.phrase = phrase;
	while (crowd.phrase_len < sizeof(phrase) &&
	       fread(&sample, sizeof(sample), 1, file) == 1)
		phrase[crowd.phrase_len++] = crowd_rtp_encode(sample);
	(void)fclose(file);

	return crowd.phrase_len ? 0 : ENODATA;
}

static int sip_open(void)
{
	const int size = 4 << 20;
	struct sockaddr_in own = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(own);

	crowd.sip_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (crowd.sip_fd < 0)
		return errno;
	(void)setsockopt(crowd.sip_fd, SOL_SOCKET, SO_RCVBUF, &size,
	                 sizeof(size));
	if (bind(crowd.sip_fd, (struct sockaddr *)&own, len) ||
	    getsockname(crowd.sip_fd, (struct sockaddr *)&own, &len))
		return errno;
	crowd.sip_port = ntohs(own.sin_port);

	return 0;
}

/* Returns false at the end of the input. */
static bool command_read(void)
{
	char line[64];
	ssize_t n = read(0, line, sizeof(line));
	struct rusage usage;

	if (n <= 0)
		return false;

	for (ssize_t i = 0; i < n; i++) {
		if (line[i] == 'z')
			crowd.packets = crowd.late = crowd.sent = crowd.speech =
				0;
		if (line[i] != 'p')
			continue;
		(void)getrusage(RUSAGE_SELF, &usage);
		printf("counts %llu %llu %llu %llu %.3f\n",
		       (unsigned long long)crowd.packets,
		       (unsigned long long)crowd.late,
		       (unsigned long long)crowd.sent,
		       (unsigned long long)crowd.speech,
		       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		               (double)(usage.ru_utime.tv_usec +
		                        usage.ru_stime.tv_usec) /
		                       1e6);
		(void)fflush(stdout);
	}

	return true;
}

static void run(void)
{
	struct pollfd pollv[2] = {
		{.fd = 0, .events = POLLIN},
		{.fd = crowd.sip_fd, .events = POLLIN},
	};
	uint64_t due_us = clock_us();
	unsigned slot = 0;

	for (;;) {
		uint64_t now_us = clock_us();
		struct timespec wait = {.tv_nsec = 0};

		if (now_us < due_us)
			wait.tv_nsec = (long)(due_us - now_us) * 1000;
		if (ppoll(pollv, 2, &wait, NULL) > 0) {
			if (pollv[0].revents && !command_read())
				return;
			if (pollv[1].revents)
				crowd_sip_receive(&crowd);
		}
		if (clock_us() < due_us)
			continue;

		crowd_rtp_receive(&crowd);
		crowd_rtp_send(&crowd, slot);
		slot = (slot + 1) % CROWD_SLOTS;
		due_us += SLOT_US;
		if (clock_us() > due_us + STALL_US)
			due_us = clock_us();
		if (!slot)
			(void)fflush(stdout);
	}
}

int main(int argc, char *argv[])
{
	static char out[OUT_BYTES];
	int err;

	if (argc != 3) {
		fputs("usage: crowd PHRASE polite|rude|silent\n", stderr);
		return 2;
	}

	(void)setvbuf(stdout, out, _IOFBF, sizeof(out));
	crowd.manner = !strcmp(argv[2], "rude")     ? CROWD_RUDE
	               : !strcmp(argv[2], "polite") ? CROWD_POLITE
	                                            : CROWD_SILENT;

	err = phrase_load(argv[1]);
	if (!err)
		err = sip_open();
	if (!err)
		err = crowd_rtp_open(&crowd);
	if (err) {
		fprintf(stderr, "crowd: %s\n", strerror(err));
		return 1;
	}

	printf("sip %u\n", crowd.sip_port);
	(void)fflush(stdout);
	run();
	(void)fflush(stdout);

	return 0;
}
