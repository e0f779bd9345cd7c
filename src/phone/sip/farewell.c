/*
 * phone/sip/farewell.c - how a call is ended whose process is gone
 *
 * The names of a dialog are all that a BYE needs. Written down when the call
 * is answered, another process can send it: the callee is not left alone on a
 * silent line.
 *
 * Ownership: a parting frees itself with the answer; the phone's list of them
 *            is only there to be waited for.
 */
#include <assert.h>
#include "phone/sip/farewell.h"
#include "phone/sip/line.h"
#include "phone/sip/request.h"
#include "phone/sip/ua.h"

enum {
	/* Refreshes of the call (RFC 4028) counted on meanwhile. */
	SEQ_AHEAD = 10000,
	LINES = 7,
};

static const char form[] = "1\n";

struct parting {
	struct le le;
	struct dialog dialog;
	struct digest *digest;
	struct request *bye;
};

static void parting_destructor(void *arg)
{
	struct parting *parting = arg;

	list_unlink(&parting->le);
	mem_deref(parting->bye);
	mem_deref(parting->digest);
	dialog_clear(&parting->dialog);
}

/* --- writing it down ------------------------------------------------------ */

int farewell_write(char **textp, const struct dialog *dialog)
{
	const char *linev[] = {dialog->call_id,   dialog->local,
	                       dialog->local_tag, dialog->remote,
	                       dialog->target,    dialog->next_hop};

	if (!dialog->remote_tag)
		return ENOTCONN;

	/* A folded header of theirs: nothing is said then. */
	for (size_t i = 0; i < ARRAY_COUNT(linev); i++) {
		if (strchr(linev[i], '\n'))
			return EBADMSG;
	}

	return re_sdprintf(textp, "%s%s\n%s\n%s\n%s\n%s\n%s\n%u\n%s", form,
	                   linev[0], linev[1], linev[2], linev[3], linev[4],
	                   linev[5], dialog->local_seq + SEQ_AHEAD,
	                   dialog->route_set);
}

/* --- saying it ------------------------------------------------------------ */

static int dialog_read(struct dialog *dialog, const char *text)
{
	struct pl linev[LINES];
	const char *p = text;
	int err;

	if (strncmp(p, form, strlen(form)) != 0)
		return EINVAL;
	p += strlen(form);
	for (size_t i = 0; i < LINES; i++) {
		const char *end = strchr(p, '\n');

		if (!end)
			return EINVAL;
		linev[i] = (struct pl){.p = p, .l = (size_t)(end - p)};
		p = end + 1;
	}

	err = pl_strdup(&dialog->call_id, &linev[0]);
	if (!err)
		err = pl_strdup(&dialog->local, &linev[1]);
	if (!err)
		err = pl_strcpy(&linev[2], dialog->local_tag,
		                sizeof(dialog->local_tag));
	if (!err)
		err = pl_strdup(&dialog->remote, &linev[3]);
	if (!err)
		err = pl_strdup(&dialog->target, &linev[4]);
	if (!err)
		err = pl_strdup(&dialog->next_hop, &linev[5]);
	if (!err)
		err = str_dup(&dialog->route_set, p);
	dialog->local_seq = pl_u32(&linev[6]);

	return err;
}

static int bye_write(struct mbuf *mb, const struct request_path *path,
                     void *arg)
{
	(void)path;
	(void)arg;

	return request_write_body(mb, NULL, NULL);
}

static void bye_answer(int err, const struct sip_msg *msg, void *arg)
{
	struct parting *parting = arg;

	if (!err && msg && msg->scode < 200)
		return;

	mem_deref(parting);
}

static int bye_send(struct parting *parting, struct phone_line *line)
{
	const struct request_prm prm = {
		.method = "BYE",
		.phone = line->phone,
		.line = line,
		.dialog = &parting->dialog,
		.digest = parting->digest,
		.write = bye_write,
		.answer = bye_answer,
		.arg = parting,
	};

	parting->dialog.transport = ua_transport_name(line->prm.transport);
	list_append(&line->phone->partingl, &parting->le, parting);

	return request_send(&parting->bye, &prm);
}

int phone_farewell(struct phone_line *line, const char *text)
{
	struct parting *parting;
	int err;

	assert(line && text);

	parting = mem_zalloc(sizeof(*parting), parting_destructor);
	if (!parting)
		return ENOMEM;

	err = dialog_read(&parting->dialog, text);
	if (!err && line->prm.password)
		err = digest_alloc(&parting->digest,
		                   line->prm.user ? line->prm.user : "",
		                   line->prm.password);
	if (!err)
		err = bye_send(parting, line);
	if (err)
		mem_deref(parting);

	return err;
}
