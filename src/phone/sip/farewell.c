/*
 * phone/sip/farewell.c - how a call is ended whose process is gone
 *
 * The names of a dialog are all that a BYE needs, and those of the INVITE with
 * its Via all that a CANCEL needs (RFC 3261 section 9.1). Written down when it
 * is sent and when the call is answered, another process can end it: no callee
 * is left alone on a silent line, and no telephone rings for nobody.
 *
 * Ownership: a parting frees itself with the answer; the phone's list of them
 *            is only there to be waited for.
 */
#include <assert.h>
#include "base/clock.h"
#include "phone/sip/farewell.h"
#include "phone/sip/line.h"
#include "phone/sip/request.h"
#include "phone/sip/ua.h"

enum {
	/* Refreshes of the call (RFC 4028) counted on meanwhile. */
	SEQ_AHEAD = 10000,
	LINES_MAX = 10,
	UP_LINES = 7,
	RINGING_LINES = 10,
	CANCEL_AGAIN_MS = 500,  /* over UDP, doubled each time */
	CANCEL_LIMIT_MS = 3500, /* until we stop waiting for its answers */
};

static const char form_up[] = "1\n", form_ringing[] = "2\n";

struct parting {
	struct le le;
	struct phone_line *line;
	struct dialog dialog;
	struct digest *digest;
	struct request *bye;

	/* of a call that was not answered */
	struct request_trace invite; /* seq 0: it was */
	struct request_ack ack;
	struct tmr tmr;
	uint64_t begin_ms, wait_ms;
};

static void parting_destructor(void *arg)
{
	struct parting *parting = arg;

	list_unlink(&parting->le);
	tmr_cancel(&parting->tmr);
	mem_deref(parting->bye);
	mem_deref(parting->digest);
	mem_deref(parting->ack.mb);
	dialog_clear(&parting->dialog);
}

/* --- writing it down ------------------------------------------------------ */

static int up_write(char **textp, const struct dialog *dialog)
{
	return re_sdprintf(textp, "%s%s\n%s\n%s\n%s\n%s\n%s\n%u\n%s", form_up,
	                   dialog->call_id, dialog->local, dialog->local_tag,
	                   dialog->remote, dialog->target, dialog->next_hop,
	                   dialog->local_seq + SEQ_AHEAD, dialog->route_set);
}

static int ringing_write(char **textp, const struct dialog *dialog,
                         const struct request_trace *invite)
{
	return re_sdprintf(
		textp, "%s%s\n%s\n%s\n%s\n%s\n%s\n%u\n%s\n%s\n%J\n%s",
		form_ringing, dialog->call_id, dialog->local, dialog->local_tag,
		dialog->remote, dialog->target, dialog->next_hop, invite->seq,
		invite->via, sip_transp_name(invite->transport), &invite->dst,
		dialog->route_set);
}

int farewell_write(char **textp, const struct dialog *dialog,
                   const struct request *invite)
{
	const char *linev[] = {dialog->call_id,   dialog->local,
	                       dialog->local_tag, dialog->remote,
	                       dialog->target,    dialog->next_hop};
	struct request_trace trace;

	/* A folded header of theirs: nothing is said then. */
	for (size_t i = 0; i < ARRAY_COUNT(linev); i++) {
		if (strchr(linev[i], '\n'))
			return EBADMSG;
	}

	if (dialog->remote_tag)
		return up_write(textp, dialog);
	if (!invite || !request_trace(invite, &trace))
		return ENOTCONN;

	return ringing_write(textp, dialog, &trace);
}

/* --- saying it ------------------------------------------------------------ */

/* So many lines; what follows them is the route set. */
static int lines_read(struct pl linev[LINES_MAX], size_t linec,
                      const char **restp)
{
	const char *p = *restp;

	for (size_t i = 0; i < linec; i++) {
		const char *end = strchr(p, '\n');

		if (!end)
			return EINVAL;
		linev[i] = (struct pl){.p = p, .l = (size_t)(end - p)};
		p = end + 1;
	}
	*restp = p;

	return 0;
}

static int dialog_read(struct dialog *dialog, const struct pl *linev,
                       const char *route_set)
{
	int err;

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
		err = str_dup(&dialog->route_set, route_set);
	dialog->local_seq = pl_u32(&linev[6]);

	return err;
}

static enum sip_transp transport_read(const struct pl *name)
{
	for (int i = SIP_TRANSP_UDP; i <= SIP_TRANSP_TLS; i++) {
		if (!pl_strcmp(name, sip_transp_name((enum sip_transp)i)))
			return (enum sip_transp)i;
	}

	return SIP_TRANSP_NONE;
}

static int invite_read(struct request_trace *invite, const struct pl *linev)
{
	invite->seq = pl_u32(&linev[6]);
	invite->transport = transport_read(&linev[8]);
	if (!invite->seq || invite->transport == SIP_TRANSP_NONE ||
	    sa_decode(&invite->dst, linev[9].p, linev[9].l))
		return EINVAL;

	return pl_strcpy(&linev[7], invite->via, sizeof(invite->via));
}

static int parting_read(struct parting *parting, const char *text)
{
	bool is_up = !strncmp(text, form_up, strlen(form_up));
	const char *rest = text + strlen(form_up);
	struct pl linev[LINES_MAX];
	int err;

	if (!is_up && strncmp(text, form_ringing, strlen(form_ringing)) != 0)
		return EINVAL;

	err = lines_read(linev, is_up ? UP_LINES : RINGING_LINES, &rest);
	if (!err)
		err = dialog_read(&parting->dialog, linev, rest);
	if (!err && !is_up)
		err = invite_read(&parting->invite, linev);

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

static int bye_send(struct parting *parting)
{
	const struct request_prm prm = {
		.method = "BYE",
		.phone = parting->line->phone,
		.line = parting->line,
		.dialog = &parting->dialog,
		.digest = parting->digest,
		.write = bye_write,
		.answer = bye_answer,
		.arg = parting,
	};

	return request_send(&parting->bye, &prm);
}

/* --- a telephone that rings ----------------------------------------------- */

/* CANCEL, and the ACK for a refusal, have the INVITE's Via and number. */
static int again_send(struct parting *parting, const char *method)
{
	const struct request_trace *invite = &parting->invite;
	struct mbuf *mb = mbuf_alloc(512);
	int err;

	if (!mb)
		return ENOMEM;

	err = mbuf_printf(mb, "%s %s SIP/2.0\r\nVia: %s\r\n", method,
	                  parting->dialog.target, invite->via);
	if (!err)
		err = request_write_common(mb, &parting->dialog, method,
		                           invite->seq);
	if (!err)
		err = request_write_body(mb, NULL, NULL);
	if (!err) {
		mb->pos = 0;
		err = sip_send(parting->line->phone->sip, NULL,
		               invite->transport, &invite->dst, mb);
	}
	mem_deref(mb);

	return err;
}

static void cancel_handler(void *arg)
{
	struct parting *parting = arg;

	if (clock_ms() - parting->begin_ms >= CANCEL_LIMIT_MS) {
		mem_deref(parting);
		return;
	}

	/* One that gets lost is no matter: there are others. */
	(void)again_send(parting, "CANCEL");
	tmr_start(&parting->tmr, parting->wait_ms, cancel_handler, parting);
	parting->wait_ms *= 2;
}

/* They picked up before the CANCEL came: then it is a BYE. */
static void picked_up(struct parting *parting, const struct sip_msg *msg)
{
	int err;

	tmr_cancel(&parting->tmr);
	err = dialog_create(&parting->dialog, msg);
	if (!err)
		err = request_ack_send(&parting->ack, parting->line->phone,
		                       &parting->dialog, msg, NULL);
	if (!err)
		err = bye_send(parting);
	if (err)
		mem_deref(parting);
}

static int tag_take(struct dialog *dialog, const struct sip_msg *msg)
{
	dialog->remote_tag = mem_deref(dialog->remote_tag);

	return pl_strdup(&dialog->remote_tag, &msg->to.tag);
}

static void invite_answered(struct parting *parting, const struct sip_msg *msg)
{
	if (msg->scode < 200)
		return;
	if (parting->bye) {
		request_ack_repeat(&parting->ack, parting->line->phone);
		return;
	}
	if (msg->scode < 300) {
		picked_up(parting, msg);
		return;
	}

	/* It is refused: acknowledged, that is all. */
	if (!tag_take(&parting->dialog, msg))
		(void)again_send(parting, "ACK");
	mem_deref(parting);
}

void farewell_answered(struct phone *phone, const struct sip_msg *msg)
{
	struct le *le = list_head(&phone->partingl);

	for (; le; le = le->next) {
		struct parting *parting = le->data;

		if (!parting->invite.seq ||
		    pl_strcmp(&msg->callid, parting->dialog.call_id) != 0)
			continue;
		if (!pl_strcmp(&msg->cseq.met, "INVITE"))
			invite_answered(parting, msg);
		return;
	}
}

/* --- the door --------------------------------------------------------------
 */

static int begin(struct parting *parting, struct phone_line *line)
{
	parting->dialog.transport = ua_transport_name(line->prm.transport);
	list_append(&line->phone->partingl, &parting->le, parting);
	if (!parting->invite.seq)
		return bye_send(parting);

	parting->begin_ms = clock_ms();
	parting->wait_ms = CANCEL_AGAIN_MS;
	tmr_start(&parting->tmr, 0, cancel_handler, parting);

	return 0;
}

int phone_farewell(struct phone_line *line, const char *text)
{
	struct parting *parting;
	int err;

	assert(line && text);

	parting = mem_zalloc(sizeof(*parting), parting_destructor);
	if (!parting)
		return ENOMEM;

	tmr_init(&parting->tmr);
	parting->line = line;
	err = parting_read(parting, text);
	if (!err && line->prm.password)
		err = digest_alloc(&parting->digest,
		                   line->prm.user ? line->prm.user : "",
		                   line->prm.password);
	if (!err)
		err = begin(parting, line);
	if (err)
		mem_deref(parting);

	return err;
}
