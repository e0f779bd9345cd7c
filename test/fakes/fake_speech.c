/*
 * test/fakes/fake_speech.c - a fake speech service as a program
 *
 * usage: fake_speech KIND [OPTION VALUE]...
 *
 * KIND is that of a recogniser or of a voice, as in docs/speech.
 *
 * Options: port, text (again for each), delay_ms, late_ms, fault, after, times,
 * key, secret, certificate. Prints "port N" and serves until SIGTERM.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/loop.h"
#include "fakes/fake.h"
#include "fakes/fake_voice.h"

enum {
	TEXTS_MAX = 64,
};

static const char *textv[TEXTS_MAX] = {"yes please"};

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

static bool option(struct fake_prm *prm, const char *name, const char *value)
{
	if (!strcmp(name, "text") && prm->textc < TEXTS_MAX)
		textv[prm->textc++] = value;
	else if (!strcmp(name, "port"))
		prm->port = (uint16_t)number(value);
	else if (!strcmp(name, "delay_ms"))
		prm->delay_ms = number(value);
	else if (!strcmp(name, "late_ms"))
		prm->late_ms = number(value);
	else if (!strcmp(name, "after"))
		prm->after = number(value);
	else if (!strcmp(name, "times"))
		prm->times = number(value);
	else if (!strcmp(name, "key"))
		prm->key = value;
	else if (!strcmp(name, "secret"))
		prm->secret = value;
	else if (!strcmp(name, "certificate"))
		prm->certificate = value;
	else
		return !strcmp(name, "fault") &&
		       fake_fault_parse(&prm->fault, value);

	return true;
}

static void signal_handler(int signum)
{
	(void)signum;

	loop_stop();
}

static int voice_open(struct fake_voice **voicep, const struct fake_prm *from)
{
	const struct fake_voice_prm prm = {
		.kind = from->kind,
		.key = from->key,
		.secret = from->secret,
		.app = "the-app",
		.late_ms = from->late_ms,
		.port = from->port,
	};

	return fake_voice_open(voicep, &prm);
}

int main(int argc, char **argv)
{
	struct fake_prm prm = {.kind = argc > 1 ? argv[1] : "", .textv = textv};
	struct fake *fake = NULL;
	struct fake_voice *voice = NULL;
	const char *complaint;
	int err;

	for (int i = 2; i < argc; i += 2) {
		if (i + 1 == argc || !option(&prm, argv[i], argv[i + 1])) {
			fprintf(stderr, "fake_speech: %s?\n", argv[i]);
			return 2;
		}
	}
	if (!prm.textc)
		prm.textc = 1;

	err = loop_init();
	if (!err)
		err = loop_on_signal(signal_handler);
	if (!err)
		err = fake_open(&fake, &prm);
	if (err == ENOENT)
		err = voice_open(&voice, &prm);
	if (err) {
		fprintf(stderr, "fake_speech: %s\n", strerror(err));
	}
	else {
		printf("port %u\n",
		       voice ? fake_voice_port(voice) : fake_port(fake));
		(void)fflush(stdout);
		err = loop_run();
		complaint = voice ? fake_voice_complaint(voice)
		                  : fake_complaint(fake);
		if (*complaint)
			fprintf(stderr, "fake_speech: %s\n", complaint);
	}

	mem_deref(fake);
	mem_deref(voice);
	loop_close();

	return err ? 1 : 0;
}
