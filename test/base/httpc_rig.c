/*
 * test/base/httpc_rig.c - a client, a server and what was answered
 */
#include "base/loop.h"
#include "base/text.h"
#include "httpc_rig.h"

enum {
	PATIENCE_MS = 60000, /* until a test gives up */
	LOOK_MS = 5,
};

static const struct cfg_table *const tablev[] = {&httpc_cfg_table};

static void patience_handler(void *arg)
{
	(void)arg;

	loop_stop();
}

int rig_init(struct rig *rig, const char *pem)
{
	int err;

	*rig = (struct rig){.err = -1};
	tmr_init(&rig->patience);
	tmr_init(&rig->look);

	err = loop_init();
	if (err)
		return err;
	err = cfg_load(&rig->cfg, NULL, tablev, ARRAY_COUNT(tablev),
	               rig->fault);
	if (err)
		return err;

	/* However long the machine stands still. */
	err = cfg_set(rig->cfg, "http.connect_ms", "60000", rig->fault);
	if (!err)
		err = cfg_set(rig->cfg, "http.whole_ms", "60000", rig->fault);
	if (err)
		return err;

	return web_alloc(&rig->web, pem);
}

int rig_client(struct rig *rig)
{
	return httpc_alloc(&rig->client, rig->cfg);
}

void rig_end(struct rig *rig)
{
	tmr_cancel(&rig->patience);
	tmr_cancel(&rig->look);
	mem_deref(rig->req);
	mem_deref(rig->client);
	mem_deref(rig->web);
	mem_deref(rig->cfg);
	loop_close();
}

static void copy(char text[RIG_TEXT_SIZE], const char *from)
{
	(void)text_copy(text, RIG_TEXT_SIZE, from ? from : "(none)");
}

void rig_done(const struct httpc_answer *answer, void *arg)
{
	struct rig *rig = arg;

	rig->answers++;
	rig->err = answer->err;
	rig->status = answer->status;
	rig->body_len = answer->body_len;
	copy(rig->reason, answer->reason);
	copy(rig->type, answer->content_type);
	copy(rig->body, (const char *)answer->body);
	copy(rig->etag, httpc_answer_header(answer, "etag"));

	if (!--rig->waiting)
		loop_stop();
}

void rig_body(const struct httpc_answer *answer, const uint8_t *piece,
              size_t len, void *arg)
{
	struct rig *rig = arg;

	(void)piece;

	rig->pieces++;
	rig->piece_bytes += len;
	copy(rig->type, answer->content_type);

	if (rig->frees_in_piece) {
		rig->req = mem_deref(rig->req);
		rig->waiting--;
		loop_stop();
	}
	else if (rig->sends_in_piece) {
		struct httpc_prm prm = {.url = web_url(rig->web, "/plain")};
		struct httpc_sink sink = {.done = rig_done, .arg = rig};

		rig->sends_in_piece = false;
		rig->waiting++;
		if (httpc_send(&rig->req, rig->client, &prm, &sink))
			loop_stop();
	}
}

int rig_run(struct rig *rig)
{
	int err;

	if (!rig->waiting)
		return 0;

	tmr_start(&rig->patience, PATIENCE_MS, patience_handler, NULL);
	err = loop_run();
	tmr_cancel(&rig->patience);

	return err ? err : rig->waiting ? ETIMEDOUT : 0;
}

int rig_ask(struct rig *rig, const struct httpc_prm *prm)
{
	struct httpc_sink sink = {.done = rig_done, .arg = rig};
	int err;

	rig->req = mem_deref(rig->req);
	err = httpc_send(&rig->req, rig->client, prm, &sink);
	if (err)
		return err;

	rig->waiting++;

	return rig_run(rig);
}

static void look_handler(void *arg)
{
	struct rig *rig = arg;

	if (list_isempty(&rig->client->transferl))
		loop_stop();
	else
		tmr_start(&rig->look, LOOK_MS, look_handler, rig);
}

int rig_settle(struct rig *rig)
{
	int err;

	tmr_start(&rig->patience, PATIENCE_MS, patience_handler, NULL);
	tmr_start(&rig->look, 0, look_handler, rig);
	err = loop_run();
	tmr_cancel(&rig->look);
	tmr_cancel(&rig->patience);

	return err                                     ? err
	       : list_isempty(&rig->client->transferl) ? 0
	                                               : ETIMEDOUT;
}
