/*
 * test/fakes/fake_template.c - a service that nobody knows, for the recogniser
 * http: the sound as base64 in JSON, the language and the rate in the query,
 * the key in a header of its own
 */
#include <jansson.h>
#include "fakes/fake.h"
#include <re_base64.h>
#include <re_msg.h>
#include <re_http.h>

static void template_refuse(struct fake_conn *conn, unsigned status)
{
	fake_answer(conn, status, "application/json",
	            "{\"detail\":\"%s may not\"}", fake_who(conn));
}

static void sound_take(struct fake_conn *conn, const char *text)
{
	size_t n = strlen(text) / 4 * 3 + 3;
	int16_t *pcm = mem_zalloc(n, NULL);

	if (!pcm || base64_decode(text, strlen(text), (uint8_t *)pcm, &n))
		fake_complain(conn, "no base64");
	else
		fake_hear(conn, pcm, n / sizeof(*pcm));
	mem_deref(pcm);
}

static void template_request(struct fake_conn *conn, const struct http_msg *msg)
{
	struct pl body;
	const char *audio;
	const struct http_hdr *key = http_msg_xhdr(msg, "X-Key");
	json_t *question;

	if (fake_prm(conn)->key &&
	    (!key || pl_strcmp(&key->val, fake_prm(conn)->key))) {
		template_refuse(conn, 403);
		return;
	}

	pl_set_mbuf(&body, msg->mb);
	question = json_loadb(body.p, body.l, 0, NULL);
	audio = json_string_value(json_object_get(question, "audio"));
	if (pl_strcmp(&msg->met, "PUT") || pl_strcmp(&msg->path, "/v2/hear") ||
	    pl_strcmp(&msg->prm, "?lang=en&rate=8000"))
		fake_complain(conn, "another question than the template's");
	if (!http_msg_hdr(msg, HTTP_HDR_CONTENT_TYPE) || !audio) {
		template_refuse(conn, 400);
	}
	else {
		sound_take(conn, audio);
		fake_answer(conn, 200, "application/json",
		            "{\"results\":[{\"said\":\"%s\",\"sure\":60.5},"
		            "{\"said\":\"\"}]}",
		            fake_text(conn));
	}
	json_decref(question);
}

const struct fake_kind fake_template = {
	.name = "http",
	.path = "/v2/hear?lang=${lang}&rate=${rate}",
	.request = template_request,
	.refuse = template_refuse,
};
