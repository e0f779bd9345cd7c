/*
 * cli/cmd_doctor.c - dialwright doctor: is everything there, and what to do
 *
 * Each check prints one line: what was tried, how it went, the remedy. They
 * go from the ground up, and one that fails does not stop the others that do
 * not need it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/httpc.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/trials.h"
#include "speech/service.h"
#include "speech/speaking.h"
#include <re_tmr.h>

enum {
	DISK_LEAST_MB = 500,
	TRY_RATE_HZ = 8000,
	TRY_WAIT_MS = 20000,
	TRY_SERVICE_MS = 8000,
	REDIRECTS_MAX = 3,
};

static const char try_text[] = "yes, that is right";
static const char *const try_hintv[] = {"yes that is right", "no thank you"};

struct doctor {
	struct env *env;
	struct voice_sound *sound;
	char heard[256];
	char words[CFG_FAULT_SIZE];
	unsigned well, ill;
	int err;
};

static void say(struct doctor *doctor, bool is_well, const char *what,
                const char *words)
{
	const char *mark = is_well ? "ok " : "BAD";

	if (is_well)
		doctor->well++;
	else
		doctor->ill++;
	printf("%s  %-14s %s\n", mark, what, words);
	(void)fflush(stdout);
}

static void check_disk(struct doctor *doctor)
{
	struct env *env = doctor->env;
	struct statvfs disk;
	char words[ENV_PATH_SIZE + 128];
	uint64_t free_mb;
	int err = env_make_dir(env->data);

	if (!err && (access(env->data, W_OK) || statvfs(env->data, &disk)))
		err = errno;
	if (err) {
		(void)snprintf(words, sizeof(words),
		               "%s: %s; choose another place with --data",
		               env->data, strerror(err));
		say(doctor, false, "data", words);
		return;
	}

	free_mb = (uint64_t)disk.f_bavail * disk.f_frsize / 1000000;
	(void)snprintf(words, sizeof(words), "%s, %" PRIu64 " MB free%s",
	               env->data, free_mb,
	               free_mb < DISK_LEAST_MB
	                       ? ": a minute of recorded talk needs 2 MB, "
	                         "make room"
	                       : "");
	say(doctor, free_mb >= DISK_LEAST_MB, "data", words);
}

static void wake_handler(void *arg)
{
	struct doctor *doctor = arg;

	(void)snprintf(doctor->words, sizeof(doctor->words),
	               "no answer within %d s", TRY_WAIT_MS / 1000);
	doctor->err = ETIMEDOUT;
	env_wake(doctor->env);
}

/* Waits for a handler to wake us, but not for ever. */
static int wait_bounded(struct doctor *doctor)
{
	struct tmr timer;
	int err;

	tmr_init(&timer);
	tmr_start(&timer, TRY_WAIT_MS, wake_handler, doctor);
	err = env_wait(doctor->env);
	tmr_cancel(&timer);

	return err ? err : doctor->err;
}

static void voice_handler(struct voice_sound *sound, const char *fault,
                          void *arg)
{
	struct doctor *doctor = arg;

	doctor->sound = mem_ref(sound);
	doctor->err = sound ? 0 : EIO;
	(void)snprintf(doctor->words, sizeof(doctor->words), "%s",
	               fault ? fault : "");
	env_wake(doctor->env);
}

static bool check_voice(struct doctor *doctor, const char *lang,
                        const char *text)
{
	const struct voice_prm prm = {.text = text, .lang = lang, .name = ""};
	char what[32], words[CFG_FAULT_SIZE];
	struct voice_request *request = NULL;
	uint64_t begin_ms = clock_ms();
	int err;

	(void)snprintf(what, sizeof(what), "voice %s", lang);
	doctor->err = 0;
	doctor->sound = mem_deref(doctor->sound);
	err = voices_get(&request, doctor->env->voices, &prm, TRY_RATE_HZ,
	                 voice_handler, doctor);
	if (!err)
		err = wait_bounded(doctor);
	mem_deref(request);

	if (err || !doctor->sound)
		(void)snprintf(words, sizeof(words), "%s", doctor->words);
	else
		(void)snprintf(words, sizeof(words),
		               "spoke %.1f s in %" PRIu64 " ms",
		               (double)doctor->sound->count / TRY_RATE_HZ,
		               clock_ms() - begin_ms);
	say(doctor, !err && doctor->sound, what, words);

	return !err && doctor->sound;
}

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct doctor *doctor = arg;

	(void)snprintf(doctor->heard, sizeof(doctor->heard), "%s",
	               phrase->text);
}

static void closed_handler(int err, void *arg)
{
	struct doctor *doctor = arg;

	doctor->err = err;
	if (err)
		(void)snprintf(doctor->words, sizeof(doctor->words), "%s",
		               strerror(err));
	env_wake(doctor->env);
}

/* Our own voice must be understood by our own ears. */
static void check_recogniser(struct doctor *doctor)
{
	const struct asr_sink sink = {
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = doctor,
	};
	const struct asr_prm prm = {
		.lang = "en",
		.hintv = try_hintv,
		.hintc = ARRAY_COUNT(try_hintv),
		.is_closed = true,
		.rate_hz = TRY_RATE_HZ,
		.params = "",
	};
	struct env *env = doctor->env;
	struct asr_stream *stream = NULL;
	uint64_t begin_ms = clock_ms();
	char words[CFG_FAULT_SIZE + 64];
	int err;

	doctor->err = 0;
	err = asr_open(&stream, env->asr, &prm, &sink);
	if (!err)
		err = asr_feed(env->asr, stream, doctor->sound->pcm,
		               doctor->sound->count);
	if (!err)
		err = asr_finish(env->asr, stream, 0);
	if (!err)
		err = wait_bounded(doctor);
	mem_deref(stream);

	if (err)
		(void)snprintf(words, sizeof(words), "%s: %s",
		               asr_name(env->asr),
		               *doctor->words ? doctor->words : strerror(err));
	else
		(void)snprintf(words, sizeof(words),
		               "%s heard \"%s\" for \"%s\" in %" PRIu64 " ms",
		               asr_name(env->asr), doctor->heard, try_text,
		               clock_ms() - begin_ms);
	say(doctor, !err && !strcmp(doctor->heard, try_hintv[0]), "recogniser",
	    words);
}

/* --- services ------------------------------------------------------------ */

/* What a service is tried with: words of a language that it knows. */
struct words {
	const char *lang;
	const char *text;
	const char *voice; /* of this machine */
};

static const struct words wordsv[] = {
	{"en", try_text, "flite"},
	{"ru", "да, всё верно", "espeak"},
	{"zh", "您好", "espeak"},
	{"de", "ja, das stimmt", "espeak"},
	{"es", "sí, es correcto", "espeak"},
};

static const struct words *words_for(const struct env *env, const char *service)
{
	const char *langs =
		cfg_named_text(env->cfg, "service", service, "lang");

	for (size_t i = 0; langs && i < ARRAY_COUNT(wordsv); i++) {
		if (!strncmp(langs, wordsv[i].lang, strlen(wordsv[i].lang)))
			return &wordsv[i];
	}

	return &wordsv[0];
}

static void try_recogniser(struct doctor *doctor, const char *name)
{
	const struct words *words = words_for(doctor->env, name);
	struct trial_say_prm say_prm = {
		.names = words->voice,
		.say = {.text = words->text, .lang = words->lang, .name = ""},
		.rate_hz = TRY_RATE_HZ,
		.limit_ms = TRY_WAIT_MS,
	};
	const char *hintv[] = {words->text};
	struct trial_hear_prm prm = {
		.names = name,
		.hear = {.lang = words->lang,
	                 .hintv = hintv,
	                 .hintc = 1,
	                 .rate_hz = TRY_RATE_HZ,
	                 .params = ""},
		.limit_ms = TRY_SERVICE_MS,
	};
	struct trial_said said;
	struct trial_heard heard;
	char line[TRIAL_TEXT_SIZE + TRIAL_WHY_SIZE], what[48];
	int err;

	(void)snprintf(what, sizeof(what), "service %s", name);
	err = trials_say(doctor->env, &say_prm, &said);
	if (err) {
		say(doctor, false, what, said.why);
		return;
	}

	prm.pcm = said.sound->pcm;
	prm.count = said.sound->count;
	err = trials_hear(doctor->env, &prm, &heard);
	mem_deref(said.sound);
	if (err)
		(void)snprintf(line, sizeof(line), "%s", heard.why);
	else
		(void)snprintf(line, sizeof(line),
		               "heard \"%s\" for \"%s\" %d ms behind the "
		               "last sound",
		               heard.text, words->text, heard.final_ms);
	say(doctor, !err && *heard.text, what, line);
}

static void try_voice(struct doctor *doctor, const char *name)
{
	const struct words *words = words_for(doctor->env, name);
	struct trial_say_prm prm = {
		.names = name,
		.say = {.text = words->text, .lang = words->lang, .name = ""},
		.rate_hz = TRY_RATE_HZ,
		.limit_ms = TRY_SERVICE_MS,
	};
	struct trial_said said;
	char line[TRIAL_WHY_SIZE], what[48];
	int err;

	(void)snprintf(what, sizeof(what), "service %s", name);
	err = trials_say(doctor->env, &prm, &said);
	if (err)
		(void)snprintf(line, sizeof(line), "%s", said.why);
	else
		(void)snprintf(line, sizeof(line),
		               "spoke %.1f s, the first sound after %d ms",
		               (double)said.sound->count / TRY_RATE_HZ,
		               said.first_ms);
	say(doctor, !err, what, line);
	mem_deref(said.sound);
}

/* Each once as what it is; some kinds are both. */
static void check_services(struct doctor *doctor)
{
	const struct cfg *cfg = doctor->env->cfg;
	const char *name;

	for (size_t i = 0; (name = cfg_name(cfg, "service", i)); i++) {
		const char *kind = service_kind(cfg, name);
		const struct asr_ops *ops = asr_find(kind);
		bool is_voice = speaking_find(kind) != NULL;
		char what[48];

		if (ops && ops->is_service)
			try_recogniser(doctor, name);
		if (is_voice)
			try_voice(doctor, name);
		if (is_voice || (ops && ops->is_service))
			continue;
		(void)snprintf(what, sizeof(what), "service %s", name);
		say(doctor, false, what,
		    "nothing speaks by its kind; see docs/speech");
	}
}

/* --- lines -----------------------------------------------------------------
 */

static void probe_handler(int err, const char *words, void *arg)
{
	struct doctor *doctor = arg;

	doctor->err = err;
	(void)snprintf(doctor->words, sizeof(doctor->words), "%s", words);
	env_wake(doctor->env);
}

/* What strangers fetch to verify our calls. */
struct certificate {
	struct doctor *doctor;
	const struct phone_line *line;
};

static void certificate_handler(const struct httpc_answer *answer, void *arg)
{
	const struct certificate *cert = arg;
	struct doctor *doctor = cert->doctor;

	if (!answer->err && answer->status == 200) {
		doctor->err =
			phone_line_check_cert(cert->line, answer->body,
		                              answer->body_len, doctor->words);
	}
	else {
		doctor->err = EIO;
		(void)snprintf(doctor->words, sizeof(doctor->words),
		               "%s cannot be fetched: %s (status %u)",
		               phone_line_cert_url(cert->line), answer->reason,
		               answer->status);
	}
	env_wake(doctor->env);
}

static void check_certificate(struct doctor *doctor,
                              const struct phone_line *line, const char *name)
{
	struct certificate cert = {doctor, line};
	const struct httpc_sink sink = {
		.done = certificate_handler,
		.arg = &cert,
	};
	const struct httpc_prm prm = {
		.url = phone_line_cert_url(line),
		.whole_ms = TRY_SERVICE_MS,
		.redirectc = REDIRECTS_MAX,
	};
	struct httpc_request *request = NULL;
	char what[64];
	int err = env_open_http(doctor->env);

	doctor->err = 0;
	(void)snprintf(what, sizeof(what), "cert %s", name);
	(void)snprintf(doctor->words, sizeof(doctor->words), "%s is no address",
	               prm.url);
	if (!err)
		err = httpc_send(&request, doctor->env->http, &prm, &sink);
	if (!err)
		err = wait_bounded(doctor);
	mem_deref(request);
	say(doctor, !err, what, doctor->words);
}

static void check_identity(struct doctor *doctor, const struct phone_line *line,
                           const char *name)
{
	char words[CFG_FAULT_SIZE], what[64];
	int err = phone_line_try_identity(line, words);

	if (err == ENOENT)
		return;

	(void)snprintf(what, sizeof(what), "stir %s", name);
	say(doctor, !err, what, words);
	check_certificate(doctor, line, name);
}

static void check_lines(struct doctor *doctor)
{
	struct env *env = doctor->env;
	const char *name;
	size_t i;

	for (i = 0; (name = cfg_name(env->cfg, "line", i)); i++) {
		struct phone_line *line = phone_line_find(env->phone, name);
		char what[64];
		int err;

		(void)snprintf(what, sizeof(what), "line %s", name);
		doctor->err = 0;
		err = phone_line_probe(line, probe_handler, doctor);
		if (!err)
			err = wait_bounded(doctor);
		say(doctor, !err, what,
		    *doctor->words ? doctor->words : strerror(err));
		check_identity(doctor, line, name);
	}
	if (!i)
		say(doctor, true, "lines",
		    "none configured: only simulated people can be called "
		    "(see examples/dialwright.conf)");
}

static int examine(struct doctor *doctor)
{
	struct env *env = doctor->env;
	char words[ENV_PATH_SIZE + 64];

	say(doctor, true, "configuration",
	    *env->config ? env->config : "none found, defaults are used");
	check_disk(doctor);

	if (env_open_store(env)) {
		say(doctor, false, "database", "see above");
	}
	else {
		say(doctor, true, "database", store_name(env->store));
	}

	if (env_open_speech(env)) {
		say(doctor, false, "speech", "see above");
	}
	else {
		if (check_voice(doctor, "en", try_text))
			check_recogniser(doctor);
		(void)check_voice(doctor, "ru", "да, всё верно");
		(void)check_voice(doctor, "zh", "您好");
		check_services(doctor);
	}

	if (env_open_phone(env, NULL, NULL)) {
		say(doctor, false, "phone", "see above");
	}
	else {
		(void)snprintf(words, sizeof(words), "SIP on %s:%u",
		               cfg_text(env->cfg, "phone", "bind"),
		               phone_sip_port(env->phone));
		say(doctor, true, "phone", words);
		check_lines(doctor);
	}

	printf("\n%u well, %u to mend\n", doctor->well, doctor->ill);

	return doctor->ill ? EIO : 0;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	struct doctor doctor;
	struct env env;
	int err;

	memset(&doctor, 0, sizeof(doctor));
	doctor.env = &env;
	err = env_open(&env, args, wire);
	if (!err)
		err = examine(&doctor);
	mem_deref(doctor.sound);
	env_close(&env);

	return env_status(err);
}

const struct args_command doctor_command = {
	.name = "doctor",
	.words = "",
	.summary = "Try configuration, disk, engines, services, ports and "
		   "lines; name what is wrong.",
	.run = run,
};
