/*
 * api/r_recording.c - the route that plays the sound of a call
 *
 * Opening it reads keys and files: a worker's. What is sealed is opened piece
 * by piece while it is sent.
 */
#include <errno.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/handlers.h"
#include "base/mem.h"
#include "base/recording.h"
#include "base/text.h"
#include "base/work.h"

enum {
	PATH_SIZE = 1024,
};

struct listening {
	struct ask *ask;
	const struct vault *vault;
	char path[PATH_SIZE];
	struct recording *rec;
	int err;
};

static void destructor(void *arg)
{
	struct listening *listening = arg;

	mem_deref(listening->ask);
	mem_deref(listening->rec);
}

static void failed(struct listening *listening, int err)
{
	struct ask *ask = listening->ask;

	if (err == EKEYREVOKED)
		ask_problem(ask, 410,
		            "the person was erased: nobody can hear this any "
		            "more",
		            "nothing can be done, as it was wished");
	else if (err == ENOKEY)
		ask_problem(ask, 503, "the key of this recording is not here",
		            "see [vault] of the configuration");
	else if (err == EBADMSG)
		ask_problem(ask, 500, "the file was changed, or is no sound",
		            "take it from a backup");
	else
		ask_failed(ask, err == ENOTDIR ? ENOENT : err, "the recording");
	mem_deref(listening);
}

static void open_job(void *arg)
{
	struct listening *listening = arg;

	listening->err = recording_open(&listening->rec, listening->vault,
	                                listening->path);
}

static int read_handler(void *arg, uint64_t offset, void *bytes, size_t n,
                        size_t *gotp)
{
	return recording_read(arg, offset, bytes, n, gotp);
}

static void opened(void *arg)
{
	struct listening *listening = arg;
	struct httpd_source source = {.read = read_handler};

	if (listening->err) {
		failed(listening, listening->err);
		return;
	}

	source.size = recording_size(listening->rec);
	source.arg = listening->rec;
	listening->rec = NULL;
	ask_source(listening->ask, "audio/wav", &source);
	mem_deref(listening);
}

static void past_handler(const struct store_past *past, void *arg)
{
	struct listening *listening = arg;

	(void)text_copy(listening->path, sizeof(listening->path),
	                past->call.recording);
}

/* The row is ours, but nothing it says leads out of the folder. */
static bool is_inside(const struct listening *listening)
{
	const char *folder = ask_prm(listening->ask)->recordings;
	size_t len = strlen(folder);

	return !strncmp(listening->path, folder, len) &&
	       listening->path[len] == '/' && !strstr(listening->path, "/../");
}

static void past_done(int err, void *arg)
{
	struct listening *listening = arg;

	if (!err && !is_inside(listening))
		err = ENOENT;
	if (!err)
		err = work_submit(listening->ask->api->queue, open_job, opened,
		                  listening);
	if (err)
		failed(listening, err);
}

void r_call_recording(struct ask *ask)
{
	const struct api_prm *api = ask_prm(ask);
	const struct store_calls_prm prm = {.callid = ask_param(ask, "id")};
	struct listening *listening;
	int err;

	if (calls_has(api->calls, prm.callid)) {
		ask_problem(ask, 409, "the call is under way",
		            "ask again when it is over");
		return;
	}

	listening = mem_zalloc(sizeof(*listening), destructor);
	if (!listening) {
		ask_failed(ask, ENOMEM, "the recording");
		return;
	}

	listening->ask = mem_ref(ask);
	listening->vault = api->vault;
	err = store_calls(api->store, &prm, past_handler, past_done, listening);
	if (err)
		failed(listening, err);
}
