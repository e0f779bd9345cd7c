/*
 * phone/sip/dialog.c - who talks to whom: the names in every request
 */
#include <assert.h>
#include "phone/sip/dialog.h"
#include "phone/sip/ua.h"
#include <re_sys.h>

static void text_set(char **textp, char *text)
{
	mem_deref(*textp);
	*textp = text;
}

static int text_dup(char **textp, const char *text)
{
	char *copy = NULL;
	int err = str_dup(&copy, text);

	if (!err)
		text_set(textp, copy);

	return err;
}

static int text_pl_dup(char **textp, const struct pl *pl)
{
	char *copy = NULL;
	int err = pl_strdup(&copy, pl);

	if (!err)
		text_set(textp, copy);

	return err;
}

/* libre sends to a plain "sip" URI with the transport in it; one without
 * would be looked up by NAPTR, one with "sips" be refused. */
static int next_hop_set(struct dialog *dialog, const struct uri *uri)
{
	const char *transport = dialog->transport;
	const char *open = "", *close = "";
	char *next_hop = NULL;
	struct pl named;
	int err;

	if (!pl_strcasecmp(&uri->scheme, "sips"))
		transport = "tls";
	else if (!msg_param_decode(&uri->params, "transport", &named))
		transport = NULL;
	if (uri->af == AF_INET6) {
		open = "[";
		close = "]";
	}

	if (uri->port)
		err = re_sdprintf(&next_hop, "sip:%s%r%s:%u;transport=", open,
		                  &uri->host, close, uri->port);
	else
		err = re_sdprintf(&next_hop, "sip:%s%r%s;transport=", open,
		                  &uri->host, close);
	if (err)
		return err;

	text_set(&dialog->next_hop, next_hop);
	next_hop = NULL;
	err = transport ? re_sdprintf(&next_hop, "%s%s", dialog->next_hop,
	                              transport)
	                : re_sdprintf(&next_hop, "%s%r", dialog->next_hop,
	                              &named);
	if (!err)
		text_set(&dialog->next_hop, next_hop);

	return err;
}

static int contact_set(struct dialog *dialog, const struct sip_msg *msg)
{
	const struct sip_hdr *contact = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	struct sip_addr addr;
	int err;

	if (!contact || sip_addr_decode(&addr, &contact->val))
		return EBADMSG;

	err = text_pl_dup(&dialog->target, &addr.auri);
	if (err)
		return err;

	if (dialog->route_set[0] || dialog->is_by_source)
		return 0;

	return next_hop_set(dialog, &addr.uri);
}

static bool route_handler(const struct sip_hdr *header,
                          const struct sip_msg *msg, void *arg)
{
	(void)msg;

	return mbuf_printf(arg, "Route: %r\r\n", &header->val) != 0;
}

static int route_set_take(struct dialog *dialog, const struct sip_msg *msg)
{
	const struct sip_hdr *first = NULL;
	struct mbuf *mb = mbuf_alloc(256);
	struct sip_addr addr;
	char *route_set = NULL;
	int err = 0;

	if (!mb)
		return ENOMEM;

	if (sip_msg_hdr_apply(msg, msg->req, SIP_HDR_RECORD_ROUTE,
	                      route_handler, mb)) {
		err = ENOMEM;
		goto out;
	}

	mb->pos = 0;
	err = mbuf_strdup(mb, &route_set, mb->end);
	if (err)
		goto out;
	text_set(&dialog->route_set, route_set);
	if (!dialog->route_set[0])
		goto out;

	first = sip_msg_hdr_apply(msg, msg->req, SIP_HDR_RECORD_ROUTE, NULL,
	                          NULL);
	err = sip_addr_decode(&addr, &first->val);
	if (!err)
		err = next_hop_set(dialog, &addr.uri);

out:
	mem_deref(mb);

	return err;
}

static int call_id_make(char **call_idp)
{
	return re_sdprintf(call_idp, "%016llx%016llx", rand_u64(), rand_u64());
}

int dialog_open(struct dialog *dialog, const struct dialog_prm *prm)
{
	int err;

	dialog->transport = prm->transport;
	dialog->local_seq = rand_u16();
	(void)re_snprintf(dialog->local_tag, sizeof(dialog->local_tag),
	                  "%016llx", rand_u64());

	err = prm->call_id ? text_dup(&dialog->call_id, prm->call_id)
	                   : call_id_make(&dialog->call_id);
	if (err)
		return err;
	err = text_dup(&dialog->local, prm->local);
	if (err)
		return err;
	err = text_dup(&dialog->remote, prm->remote);
	if (err)
		return err;
	err = text_dup(&dialog->route_set, "");
	if (err)
		return err;

	return dialog_redirect(dialog, prm->target, prm->next_hop);
}

int dialog_redirect(struct dialog *dialog, const char *target,
                    const char *next_hop)
{
	int err = text_dup(&dialog->target, target);

	return err ? err : text_dup(&dialog->next_hop, next_hop);
}

/* Who calls us over TLS may have no certificate to be called with: what we
 * send back takes the connection that their INVITE came by. */
static int source_set(struct dialog *dialog, const struct sip_msg *msg)
{
	char *next_hop = NULL;
	int err;

	if (msg->tp != SIP_TRANSP_TLS || dialog->route_set[0])
		return 0;

	err = re_sdprintf(&next_hop, "sip:%J;transport=tls", &msg->src);
	if (err)
		return err;

	text_set(&dialog->next_hop, next_hop);
	dialog->is_by_source = true;

	return 0;
}

int dialog_accept(struct dialog *dialog, const struct sip_msg *msg,
                  const char *transport)
{
	int err;

	dialog->transport = transport;
	dialog->local_seq = rand_u16();
	dialog->remote_seq = msg->cseq.num;
	(void)re_snprintf(dialog->local_tag, sizeof(dialog->local_tag),
	                  "%016llx", msg->tag);

	err = text_pl_dup(&dialog->call_id, &msg->callid);
	if (err)
		return err;
	err = text_pl_dup(&dialog->local, &msg->to.val);
	if (err)
		return err;
	err = text_pl_dup(&dialog->remote, &msg->from.val);
	if (err)
		return err;
	err = text_pl_dup(&dialog->remote_tag, &msg->from.tag);
	if (err)
		return err;
	err = route_set_take(dialog, msg);
	if (err)
		return err;
	err = source_set(dialog, msg);
	if (err)
		return err;

	return contact_set(dialog, msg);
}

int dialog_create(struct dialog *dialog, const struct sip_msg *msg)
{
	int err;

	err = text_pl_dup(&dialog->remote, &msg->to.val);
	if (err)
		return err;
	err = text_pl_dup(&dialog->remote_tag, &msg->to.tag);
	if (err)
		return err;
	err = route_set_take(dialog, msg);
	if (err)
		return err;

	/* Contact is a must, yet some forget it: then the target stays. */
	err = contact_set(dialog, msg);

	return err == EBADMSG ? 0 : err;
}

int dialog_retarget(struct dialog *dialog, const struct sip_msg *msg)
{
	int err = contact_set(dialog, msg);

	return err == EBADMSG ? 0 : err;
}

bool dialog_has(const struct dialog *dialog, const struct sip_msg *msg)
{
	const struct pl *local = msg->req ? &msg->to.tag : &msg->from.tag;
	const struct pl *remote = msg->req ? &msg->from.tag : &msg->to.tag;

	if (pl_strcmp(&msg->callid, dialog->call_id) ||
	    pl_strcmp(local, dialog->local_tag))
		return false;

	return !dialog->remote_tag || !pl_strcmp(remote, dialog->remote_tag);
}

bool dialog_is_in_order(struct dialog *dialog, const struct sip_msg *msg)
{
	if (msg->cseq.num < dialog->remote_seq)
		return false;

	dialog->remote_seq = msg->cseq.num;

	return true;
}

int dialog_write(const struct dialog *dialog, struct mbuf *mb,
                 const char *method, uint32_t seq)
{
	return mbuf_printf(mb,
	                   "%s"
	                   "From: %s;tag=%s\r\n"
	                   "To: %s\r\n"
	                   "Call-ID: %s\r\n"
	                   "CSeq: %u %s\r\n",
	                   dialog->route_set, dialog->local, dialog->local_tag,
	                   dialog->remote, dialog->call_id, seq, method);
}

void dialog_clear(struct dialog *dialog)
{
	mem_deref(dialog->call_id);
	mem_deref(dialog->local);
	mem_deref(dialog->remote);
	mem_deref(dialog->remote_tag);
	mem_deref(dialog->target);
	mem_deref(dialog->route_set);
	mem_deref(dialog->next_hop);
	memset(dialog, 0, sizeof(*dialog));
}
