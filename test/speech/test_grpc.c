/*
 * test/speech/test_grpc.c - SpeechKit v3 against gRPC and Protocol Buffers as
 * others made them
 *
 * The server is test/fakes/yandex_v3.py: a process with grpcio.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "harness.h"
#include "net_rig.h"
#include "speech_tests.h"

#define PYTHON "/usr/bin/python3" /* Debian's: grpcio is packaged for it */

struct server {
	pid_t pid;
	FILE *out; /* what it prints */
	int in;    /* it ends with that */
	unsigned port;
};

static void server_exec(int in, int out)
{
	const char *path = test_source("test/fakes/yandex_v3.py");

	(void)dup2(in, STDIN_FILENO);
	(void)dup2(out, STDOUT_FILENO);
	for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
		(void)close(fd);
	(void)execl(PYTHON, PYTHON, path, NET_KEY, net_textv[0], net_textv[1],
	            net_textv[2], net_textv[3], (char *)NULL);
	_exit(127);
}

static int server_start(struct server *server)
{
	char line[64] = "";
	int inv[2], outv[2];
	int err = 0;

	*server = (struct server){.in = -1};
	CHECK_ERR(0, pipe(inv));
	CHECK_ERR(0, pipe(outv));
	server->pid = fork();
	CHECK(server->pid >= 0);
	if (!server->pid)
		server_exec(inv[0], outv[1]);
	(void)close(inv[0]);
	(void)close(outv[1]);
	server->in = inv[1];
	server->out = fdopen(outv[0], "r");
	if (!fgets(line, sizeof(line), server->out) ||
	    sscanf(line, "port %u", &server->port) != 1)
		CHECK_FAIL("no server: apt-get install python3-grpcio "
		           "python3-protobuf");

out:
	return err;
}

/* Returns what it complained about, "" for nothing. */
static const char *server_stop(struct server *server)
{
	static char complaint[512];
	char line[512];

	complaint[0] = '\0';
	if (server->in >= 0)
		(void)close(server->in);
	while (server->out && fgets(line, sizeof(line), server->out)) {
		if (line[0] == '!' && !complaint[0])
			(void)snprintf(complaint, sizeof(complaint), "%s",
			               line);
	}
	if (server->out)
		(void)fclose(server->out);
	if (server->pid > 0)
		(void)waitpid(server->pid, NULL, 0);

	return complaint;
}

static int recogniser_open(struct net_rig *rig, const struct server *server,
                           const char *key)
{
	char url[64];
	int err;

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", server->port);
	err = net_open(rig, NULL, NULL);
	if (!err)
		err = net_set(rig, "first", "kind", "yandex-v3");
	if (!err)
		err = net_set(rig, "first", "url", url);
	if (!err)
		err = net_set(rig, "first", "key", key);

	return err ? err : net_asr(rig, "first");
}

int test_grpc_speaks_with_others(void)
{
	struct net_rig rig = {.is_open = false};
	struct net_heard heard;
	struct server server;
	int err;

	err = server_start(&server);
	CHECK_ERR(0, err);
	err = recogniser_open(&rig, &server, NET_KEY);
	CHECK_ERR(0, err);

	for (unsigned i = 0; i < net_textc; i++) {
		err = net_say(&rig, &heard, i, 1000);
		CHECK_ERR(0, err);
		CHECK_STR("", heard.why);
		CHECK_ERR(0, heard.err);
		CHECK_STR(net_textv[i], heard.text);
		CHECK(heard.partials > 0);
		CHECK_U64(1, heard.phrases);
		CHECK_U64(88, heard.score);
		CHECK_U64(100, heard.begin_ms);
		CHECK_U64(900, heard.end_ms);
	}

out:
	net_close(&rig);
	{
		const char *complaint = server_stop(&server);

		if (*complaint) {
			fprintf(stderr, "the server: %s", complaint);
			err = EPROTO;
		}
	}
	return err;
}

int test_grpc_key_refused_by_others(void)
{
	struct net_rig rig = {.is_open = false};
	struct net_heard heard;
	struct server server;
	int err;

	err = server_start(&server);
	CHECK_ERR(0, err);
	err = recogniser_open(&rig, &server, "another-key");
	CHECK_ERR(0, err);

	err = net_say(&rig, &heard, 0, 2000);
	CHECK_ERR(0, err);
	CHECK_ERR(EACCES, heard.err);
	CHECK(strstr(heard.why, "refuses the key"));
	CHECK(strstr(heard.why, "UNAUTHENTICATED: ключ "));

out:
	net_close(&rig);
	(void)server_stop(&server);
	return err;
}
