/*
 * phone/sip/leg_keys.c - DTMF: out by RFC 4733 or INFO, in by INFO
 */
#include "phone/sip/leg.h"
#include "base/log.h"
#include "phone/sip/info.h"

void leg_keys_request(struct leg *leg, const struct sip_msg *msg)
{
	const bool is_relay =
		msg_ctype_cmp(&msg->ctyp, "application", "dtmf-relay");
	struct info_key key;

	if (!is_relay && !msg_ctype_cmp(&msg->ctyp, "application", "dtmf")) {
		/* An empty INFO only asks whether we are there. */
		if (mbuf_get_left(msg->mb))
			(void)sip_treply(NULL, leg->phone->sip, msg, 415,
			                 "Unsupported Media Type");
		else
			(void)sip_treply(NULL, leg->phone->sip, msg, 200, "OK");
		return;
	}

	if (!info_parse(&key, is_relay, (const char *)mbuf_buf(msg->mb),
	                mbuf_get_left(msg->mb))) {
		(void)sip_treply(NULL, leg->phone->sip, msg, 400,
		                 "Bad Request");
		return;
	}

	(void)sip_treply(NULL, leg->phone->sip, msg, 200, "OK");
	if (leg->has_sink && leg->sink.key)
		leg->sink.key(key.key, key.duration_ms, leg->sink.arg);
}

static int info_write_handler(struct mbuf *mb, const struct request_path *path,
                              void *arg)
{
	const struct leg *leg = arg;
	const struct info_key key = {leg->keys[leg->key_next],
	                             INFO_DURATION_MS};
	char text[INFO_BODY_SIZE];
	struct mbuf body = {.buf = (uint8_t *)text};

	(void)path;

	body.end = body.size = info_write(text, &key);

	return request_write_body(mb, "application/dtmf-relay", &body);
}

static int info_next(struct leg *leg);

static void info_answer(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = arg;

	if (!err && msg->scode < 200)
		return;

	leg->info = mem_deref(leg->info);
	if (err || msg->scode >= 300)
		log_info("phone",
		         "call %s: a key sent by INFO was refused "
		         "(%u); the rest is dropped",
		         leg->dialog.call_id, err ? 0 : msg->scode);

	if (!err && msg->scode < 300 && leg->keys[++leg->key_next] &&
	    leg->state == LEG_UP && !info_next(leg))
		return;

	leg->keys[0] = '\0';
	leg->key_next = 0;
}

static int info_next(struct leg *leg)
{
	const struct request_prm prm = {
		.method = "INFO",
		.phone = leg->phone,
		.line = leg->line,
		.dialog = &leg->dialog,
		.digest = leg->digest,
		.write = info_write_handler,
		.answer = info_answer,
		.arg = leg,
	};

	return request_send(&leg->info, &prm);
}

int leg_keys_send(struct leg *leg, const char *keys)
{
	const size_t held = strlen(leg->keys);
	int err;

	if (!*keys || !info_are_keys(keys))
		return EINVAL;
	if (leg->state != LEG_UP || !leg->stream)
		return ENOTCONN;

	err = stream_send_keys(leg->stream, keys);
	if (err != ENOTSUP)
		return err;

	if (held + strlen(keys) > LEG_KEYS_MAX)
		return ENOBUFS;
	memcpy(leg->keys + held, keys, strlen(keys) + 1);

	return leg->info ? 0 : info_next(leg);
}
