/*
 * cli/talk.c - a conversation with a script: loading it, and reading lines
 */
#include <errno.h>
#include "base/id.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/talk.h"
#include "cli/terminal.h"

enum {
	CHUNK_BYTES = 256,
};

int talk_line(char **linep, FILE *in)
{
	struct mbuf *mb = mbuf_alloc(CHUNK_BYTES);
	char chunk[CHUNK_BYTES];
	bool is_whole = false;
	char *line = NULL;
	int err = 0;

	if (!mb)
		return ENOMEM;

	while (!is_whole && fgets(chunk, sizeof(chunk), in)) {
		size_t len = strlen(chunk);

		is_whole = len && chunk[len - 1] == '\n';
		if (mb->end < TALK_LINE_BYTES_MAX)
			err = mbuf_write_mem(mb, (uint8_t *)chunk,
			                     len - is_whole);
	}

	if (!err && !mb->end && !is_whole)
		err = ENODATA;
	else if (!err && mb->end >= TALK_LINE_BYTES_MAX)
		err = EMSGSIZE;
	if (!err) {
		mb->pos = 0;
		err = mbuf_strdup(mb, &line, mb->end);
	}
	mem_deref(mb);
	if (!err)
		*linep = line;

	return err;
}

/* --- the command -------------------------------------------------------- */

static void show_faults(FILE *out, FILE *err, const struct flow_faults *faults,
                        bool is_json, bool is_refused)
{
	for (size_t i = 0; i < flow_faults_count(faults); i++) {
		const struct flow_fault *fault = flow_faults_at(faults, i);

		if (is_json && is_refused)
			talkjson_fault(err, fault);
		else if (is_json)
			talkjson_warning(out, fault);
		else
			(void)fprintf(err, "%s: %s%s%s\n",
			              fault->level == FLOW_ERROR ? "error"
			                                         : "warning",
			              fault->path, *fault->path ? ": " : "",
			              fault->message);
	}
}

/* Lines of JSON can hold nothing else. */
static bool is_text(const struct talk_prm *prm)
{
	bool is_good =
		!prm->callid || text_is_utf8(prm->callid, strlen(prm->callid));

	for (size_t i = 0; i < prm->varc && is_good; i++)
		is_good = text_is_utf8(prm->varv[i].name,
		                       strlen(prm->varv[i].name)) &&
		          text_is_utf8(prm->varv[i].value,
		                       strlen(prm->varv[i].value));

	return is_good;
}

int talk_run(FILE *in, FILE *out, FILE *err, const struct talk_prm *prm)
{
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	struct flow_session *sess = NULL;
	int status = TALK_REFUSED;
	char id[ID_SIZE];
	int e;

	if (!is_text(prm)) {
		(void)fputs("talk: variables and the call's id are UTF-8\n",
		            err);
		return TALK_NOT_UNDERSTOOD;
	}

	e = flow_faults_alloc(&faults);
	if (e)
		goto out;

	e = flow_load_file(&script, prm->path, faults);
	show_faults(out, err, faults, prm->is_json, e != 0);
	if (e)
		goto out;

	e = flow_session_alloc(&sess, script,
	                       prm->callid ? prm->callid : id_make(id),
	                       prm->varv, prm->varc);
	if (e)
		goto out;

	if (prm->is_json) {
		status = talkjson_run(in, out, err, sess);
		goto out;
	}

	e = terminal_run(&(struct terminal_prm){
		.in = in,
		.out = out,
		.script = script,
		.sess = sess,
		.http = prm->http,
	});
	if (!e)
		status = TALK_DONE;

out:
	if (e && !(faults && flow_faults_errors(faults)))
		(void)fprintf(err, "talk: %s\n", strerror(e));
	mem_deref(sess);
	mem_deref(script);
	mem_deref(faults);

	return status;
}
