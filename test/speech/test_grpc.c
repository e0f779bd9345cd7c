/*
 * test/speech/test_grpc.c - SpeechKit v3 against gRPC and Protocol Buffers as
 * others made them, and against a bad service
 *
 * The server of others is test/fakes/yandex_v3.py: a process with grpcio.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/text.h"
#include "harness.h"
#include "net_rig.h"
#include "speech_tests.h"
#include "voice_rig.h"
#include "webcert.h"

#define PYTHON "/usr/bin/python3" /* Debian's: grpcio is packaged for it */

enum {
	SPOKEN_MS = 3000, /* longer than it takes to say no */
};

struct server {
	pid_t pid;
	FILE *out; /* what it prints */
	int in;    /* it ends with that */
	unsigned port;
};

static void server_exec(int in, int out, const char *pem)
{
	const char *path = test_source("test/fakes/yandex_v3.py");

	(void)dup2(in, STDIN_FILENO);
	(void)dup2(out, STDOUT_FILENO);
	for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
		(void)close(fd);
	(void)execl(PYTHON, PYTHON, path, NET_KEY, pem, net_textv[0],
	            net_textv[1], net_textv[2], net_textv[3], (char *)NULL);
	_exit(127);
}

/* pem: certificate and key for TLS, "" without. */
static int server_start(struct server *server, const char *pem)
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
		server_exec(inv[0], outv[1], pem);
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

static int recogniser_set(struct net_rig *rig, const char *url, const char *key)
{
	int err;

	err = net_open(rig, NULL, NULL);
	if (!err)
		err = net_patience(rig, "first");
	if (!err)
		err = net_set(rig, "first", "kind", "yandex-v3");
	if (!err)
		err = net_set(rig, "first", "url", url);

	return err ? err : net_set(rig, "first", "key", key);
}

static int recogniser_open(struct net_rig *rig, const struct server *server,
                           const char *key)
{
	char url[64];
	int err;

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", server->port);
	err = recogniser_set(rig, url, key);

	return err ? err : net_asr(rig, "first");
}

int test_grpc_speaks_with_others(void)
{
	struct net_rig rig = {.is_open = false};
	struct net_heard heard;
	struct server server;
	int err;

	err = server_start(&server, "");
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

	err = server_start(&server, "");
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

/* With TLS: HTTP/2 is agreed on, and only who is trusted hears anything. */
int test_grpc_secure(void)
{
	static const struct {
		const char *why;
		const char *subject;
		bool is_trusted;
		int err;
	} rowv[] = {
		{"trusted and its own", "IP:127.0.0.1", true, 0},
		{"signed by nobody we know", "IP:127.0.0.1", false, EPROTO},
		{"of another host", "DNS:example.org", true, EPROTO},
	};
	struct net_rig rig = {.is_open = false};
	struct server server = {.in = -1};
	char pem[256], url[64];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct net_heard heard;

		(void)snprintf(pem, sizeof(pem), "%s/%zu.pem", test_dir(), i);
		err = webcert_write(pem, rowv[i].subject, 1);
		CHECK_ERR(0, err);
		err = server_start(&server, pem);
		CHECK_ERR(0, err);
		(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
		               server.port);
		err = recogniser_set(&rig, url, NET_KEY);
		CHECK_ERR(0, err);
		if (rowv[i].is_trusted) {
			err = net_set(&rig, "first", "ca_file", pem);
			CHECK_ERR(0, err);
		}
		err = net_asr(&rig, "first");
		CHECK_ERR(0, err);

		err = net_say(&rig, &heard, 1, 500);
		CHECK_ERR(0, err);
		if (heard.err != rowv[i].err)
			fprintf(stderr, "%s: %s\n", rowv[i].why, heard.why);
		CHECK_ERR(rowv[i].err, heard.err);
		if (!heard.err)
			CHECK_STR(net_textv[1], heard.text);
		else
			CHECK(strstr(heard.why, "its certificate"));
		net_close(&rig);
		CHECK_STR("", server_stop(&server));
		server = (struct server){.in = -1};
	}

out:
	net_close(&rig);
	(void)server_stop(&server);
	return err;
}

/* answer_ms: NULL for as much as it needs. */
static int fake_recogniser_open(struct net_rig *rig, const char *second,
                                const char *answer_ms)
{
	int err;

	err = net_open(rig, "yandex-v3", second);
	if (!err)
		err = net_service(rig, "first", 0,
		                  answer_ms ? "answer_ms" : NULL, answer_ms);
	if (!err && second)
		err = net_service(rig, "second", 1, NULL, NULL);

	return err ? err : net_asr(rig, second ? "*first,second" : "first");
}

int test_grpc_says_why(void)
{
	static const struct {
		enum fake_fault fault;
		unsigned after;
		int err; /* ETIMEDOUT: it has little time */
		const char *why;
	} rowv[] = {
		/* clang-format off */
		{FAKE_REFUSE, 0, EACCES,
		 "refuses the key (is it right, has it expired?) "
		 "(UNAUTHENTICATED: no entry for **********)"},
		{FAKE_QUOTA, 0, EDQUOT, "quota is used up (RESOURCE_EXHAUSTED"},
		{FAKE_STALL, 3, ETIMEDOUT, "no text within 300 ms"},
		{FAKE_LATE, 0, ETIMEDOUT, "no text within 300 ms"},
		{FAKE_CUT, 3, ECONNRESET, "the connection was lost"},
		{FAKE_WRONG, 3, EPROTO, "what is no message of gRPC"},
		{FAKE_ERROR, 3, EREMOTEIO,
		 "is out of order (INTERNAL: out of order)"},
		/* clang-format on */
	};
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct net_heard heard;

		err = fake_recogniser_open(
			&rig, NULL, rowv[i].err == ETIMEDOUT ? "300" : NULL);
		CHECK_ERR(0, err);
		fake_set_fault(rig.fakev[0], rowv[i].fault, rowv[i].after, 0);

		err = net_say(&rig, &heard, 0, SPOKEN_MS);
		CHECK_ERR(0, err);
		CHECK_ERR(rowv[i].err, heard.err);
		CHECK_U64(0, heard.phrases);
		/* Who says no is not spoken to until the end. */
		CHECK(rowv[i].err == ETIMEDOUT ||
		      rig.usage->rowv[0].audio_ms < SPOKEN_MS);
		if (!strstr(heard.why, rowv[i].why))
			CHECK_FAIL("row %zu: wanted \"%s\", got \"%s\"", i,
			           rowv[i].why, heard.why);
		CHECK(!strstr(heard.why, "s3cret"));
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);
	return err;
}

/* All that was said is heard by the other, whenever the first fails. */
int test_grpc_falls_to_the_next(void)
{
	static const struct {
		enum fake_fault fault;
		unsigned after;
	} rowv[] = {
		{FAKE_REFUSE, 0}, {FAKE_QUOTA, 0}, {FAKE_STALL, 2},
		{FAKE_CUT, 5},    {FAKE_WRONG, 4}, {FAKE_ERROR, 1},
	};
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct net_heard heard;
		unsigned at = (unsigned)i % net_textc;

		err = fake_recogniser_open(&rig, "vosk",
		                           rowv[i].fault == FAKE_STALL ? "300"
		                                                       : NULL);
		CHECK_ERR(0, err);
		fake_set_fault(rig.fakev[0], rowv[i].fault, rowv[i].after, 0);

		err = net_say(&rig, &heard, at, 1000);
		CHECK_ERR(0, err);
		CHECK_ERR(0, heard.err);
		CHECK_STR(net_textv[at], heard.text);
		CHECK_STR("second", heard.service);
		CHECK_U64(2 * 1000 * 8, fake_seen(rig.fakev[1])->bytes);
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);
	return err;
}

/* It is there before the first phrase, and all phrases share it; one that is
 * lost is made anew, and the phrase is whole all the same. */
int test_grpc_keeps_its_connection(void)
{
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = fake_recogniser_open(&rig, NULL, NULL);
	CHECK_ERR(0, err);
	asr_prepare(rig.asr, &(struct asr_prm){.lang = "en", .rate_hz = 8000});
	CHECK(net_wait(&rig, &fake_seen(rig.fakev[0])->connections, 1));
	CHECK_U64(1, fake_seen(rig.fakev[0])->connections);
	CHECK_U64(0, fake_seen(rig.fakev[0])->phrases);

	for (unsigned i = 0; i < 3; i++) {
		err = net_say(&rig, &heard, i, 500);
		CHECK_ERR(0, err);
		CHECK_STR(net_textv[i], heard.text);
	}
	CHECK_U64(1, fake_seen(rig.fakev[0])->connections);
	CHECK_U64(0, fake_seen(rig.fakev[0])->open);

	fake_set_fault(rig.fakev[0], FAKE_CUT, 4, 1);
	err = net_say(&rig, &heard, 3, 1000);
	CHECK_ERR(0, err);
	CHECK_ERR(0, heard.err);
	CHECK_STR(net_textv[3], heard.text);
	CHECK_U64(2, fake_seen(rig.fakev[0])->connections);
	CHECK_STR("", fake_complaint(rig.fakev[0]));

out:
	net_close(&rig);
	return err;
}

/* The voice as well: a text, hints, samples while it is being spoken. */
int test_grpc_voice_of_others(void)
{
	static const char *const textv[] = {"yes please",
	                                    "Здравствуйте, это клиника"};
	struct voice_rig_said said = {0};
	struct voice_rig rig = {0};
	struct server server;
	char url[64];
	int err;

	err = server_start(&server, "");
	CHECK_ERR(0, err);
	err = voice_rig_open(&rig, "yandex-v3-tts", NULL);
	CHECK_ERR(0, err);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", server.port);
	err = voice_rig_set(&rig, "service.first.url", url);
	CHECK_ERR(0, err);
	err = voice_rig_set(&rig, "service.first.key", NET_KEY);
	CHECK_ERR(0, err);
	err = voice_rig_set(&rig, "service.first.options",
	                    "{\"role\":\"friendly\"}");
	CHECK_ERR(0, err);
	err = voice_rig_voices(&rig, "first");
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(textv); i++) {
		const struct voice_prm prm = {.text = textv[i],
		                              .lang = "ru",
		                              .name = "marina",
		                              .speechrate = 100,
		                              .pitchrate = 25};

		err = voice_rig_say(&rig, &said, &prm, true);
		CHECK_ERR(0, err);
		CHECK_STR("", said.fault);
		CHECK(said.begun);
		CHECK_U64(text_length(textv[i]) * 80 * 8, said.sound->count);
		CHECK(fabs(voice_rig_tone_hz(said.sound) - 500) < 20);
		said.sound = mem_deref(said.sound);
		said.begun = mem_deref(said.begun);
	}

	/* What it says of a wrong key is passed on without the key. */
	err = voice_rig_set(&rig, "service.first.key", "another-key");
	CHECK_ERR(0, err);
	err = voice_rig_voices(&rig, "first");
	CHECK_ERR(0, err);
	err = voice_rig_say(&rig, &said,
	                    &(struct voice_prm){.text = "no",
	                                        .lang = "ru",
	                                        .name = "marina",
	                                        .speechrate = 100,
	                                        .pitchrate = 25},
	                    false);
	CHECK_ERR(0, err);
	CHECK(!said.sound);
	CHECK(strstr(said.fault, "refuses the key"));
	CHECK(strstr(said.fault, "UNAUTHENTICATED: ключ "));

out:
	mem_deref(said.sound);
	mem_deref(said.begun);
	voice_rig_close(&rig);
	{
		const char *complaint = server_stop(&server);

		if (*complaint) {
			fprintf(stderr, "the server: %s", complaint);
			err = EPROTO;
		}
	}
	return err;
}
