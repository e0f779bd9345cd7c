/*
 * cli/cmd_recording.c - dialwright recording: the sound of a call as a WAV
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/recording.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/env.h"

enum {
	PIECE = 65536,
};

struct finding {
	struct env_answer answer;
	char path[ENV_PATH_SIZE];
	bool is_known;
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"out", "FILE", "where to write it (required; - for standard output)",
	 false},
	/* clang-format on */
};

static bool talk_handler(const struct store_talk *talk, void *arg)
{
	struct finding *finding = arg;

	finding->is_known = true;
	(void)text_copy(finding->path, sizeof(finding->path),
	                talk->call.recording);

	return true;
}

static int find(struct finding *finding, const char *callid)
{
	const struct store_talks_prm prm = {.callid = callid};
	int err;

	err = store_talks(finding->answer.env->store, &prm, talk_handler,
	                  env_answered, finding);
	err = env_await(&finding->answer, err);
	if (err)
		fprintf(stderr, "dialwright: the database: %s\n",
		        strerror(err));
	if (err || *finding->path)
		return err;

	fprintf(stderr, "dialwright recording: %s\n",
	        finding->is_known ? "that call has no recording (any more)"
	                          : "no call of that id was answered");

	return ENOENT;
}

static int copy(struct recording *rec, FILE *out)
{
	static char piece[PIECE];
	uint64_t offset = 0;
	size_t got;
	int err;

	do {
		err = recording_read(rec, offset, piece, sizeof(piece), &got);
		if (err)
			return err;
		if (fwrite(piece, 1, got, out) != got)
			return errno ? errno : EIO;
		offset += got;
	} while (got);

	return fflush(out) ? errno : 0;
}

static const char *words_of(int err)
{
	switch (err) {
	case EKEYREVOKED:
		return "the person was erased; nobody can hear it any more";
	case ENOKEY:
		return "its key is not here: see [vault] key_file and keys";
	case EBADMSG:
		return "the file was changed, or is no recording";
	default:
		return strerror(err);
	}
}

static int save(struct env *env, const char *path, const char *to)
{
	bool is_standard = !strcmp(to, "-");
	struct recording *rec = NULL;
	FILE *out = NULL;
	int err;

	err = recording_open(&rec, env->vault, path);
	if (err) {
		fprintf(stderr, "dialwright recording: %s: %s\n", path,
		        words_of(err));
		return err;
	}
	if (!recording_is_whole(rec))
		fprintf(stderr, "dialwright recording: its end is missing: the "
		                "program was killed, or the file was cut\n");

	out = is_standard ? stdout : fopen(to, "wb");
	err = out ? copy(rec, out) : errno;
	if (err)
		fprintf(stderr, "dialwright recording: %s\n", words_of(err));
	if (out && !is_standard && fclose(out) && !err)
		err = errno;
	mem_deref(rec);

	return err;
}

static int find_and_save(struct env *env)
{
	struct finding finding = {.answer = {.env = env}};
	const char *callid = env->args->wordv[0];
	int err;

	err = find(&finding, callid);
	if (!err)
		err = save(env, finding.path, args_text(env->args, "out", ""));
	if (!err)
		env_audit(env, "recording read", callid);

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	if (args_has(args, "out"))
		return env_run(args, wire, env_open_store_guest, find_and_save);

	fputs("dialwright recording: --out FILE is missing: where to write the "
	      "WAV\n",
	      stderr);

	return CLI_MISUSED;
}

const struct args_command recording_command = {
	.name = "recording",
	.words = "CALLID",
	.summary = "Save the recording of a call as a WAV file.",
	.help = "It is decrypted where [vault] sealed it, and stands in the "
		"audit log as read.",
	.words_min = 1,
	.words_max = 1,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
