/*
 * api/r_audit.c - routes about what users did, and whether what is kept of
 * that and of calls is what it was
 */
#include "api/fields.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "base/jmem.h"
#include "base/mem.h"

enum {
	FLAWS_MAX = 100, /* that are told; all are counted */
};

static void audit_handler(const struct store_audit *row, void *arg)
{
	struct gather *gather = arg;

	gather->last = row->seq;
	gather_add(gather,
	           json_pack("{s:I, s:o, s:s, s:s, s:s, s:i, s:s, s:s}", "seq",
	                     (json_int_t)row->seq, "at",
	                     fields_time_json(row->at_ms), "user", row->user,
	                     "address", row->address, "action", row->action,
	                     "status", (int)row->status, "detail", row->detail,
	                     "hash", row->hash));
}

static void audit_done(int err, void *arg)
{
	struct gather *gather = arg;

	if (gather->last == 1)
		gather->last = 0; /* there is none before */
	gather_done(err, gather);
}

void r_audit(struct ask *ask)
{
	struct gather *gather = gather_page(ask, "the audit log");

	if (!gather)
		return;

	gather_begun(gather, store_audit_list(
				     ask_prm(ask)->store,
				     ask_query_number(ask, "before", INT64_MAX),
				     (uint32_t)gather->limit, audit_handler,
				     audit_done, gather));
}

/* --- whether both chains are whole -----------------------------------------
 */

/* The answer while it is made. */
struct checking {
	struct ask *ask;
	struct store_head noted; /* of the audit log */
	json_t *flaws, *calls;
	bool is_whole; /* what was looked at so far */
};

static void destructor(void *arg)
{
	struct checking *checking = arg;

	json_decref(checking->flaws);
	json_decref(checking->calls);
	mem_deref(checking->ask);
}

static void flaw_handler(const struct store_flaw *flaw, void *arg)
{
	struct checking *checking = arg;

	checking->is_whole = false;
	if (json_array_size(checking->flaws) == FLAWS_MAX)
		return;

	(void)json_array_append_new(checking->flaws,
	                            json_pack("{s:s, s:s, s:I, s:s}", "kind",
	                                      flaw->kind, "call", flaw->callid,
	                                      "link", (json_int_t)flaw->seq,
	                                      "words", flaw->words));
}

static void checked(int err, int64_t broken, void *arg)
{
	struct checking *checking = arg;

	jmem_forget();
	if (err)
		ask_failed(checking->ask, err, "the audit log");
	else
		ask_reply(checking->ask, 0,
		          json_pack("{s:b, s:I, s:O, s:O}", "is_whole",
		                    checking->is_whole && !broken, "broken",
		                    (json_int_t)broken, "calls",
		                    checking->calls, "flaws", checking->flaws));
	mem_deref(checking);
}

static json_t *calls_json(const struct store_verified *sum)
{
	char head[STORE_HASH_SIZE + 24] = "";

	if (sum->head.seq)
		(void)snprintf(head, sizeof(head), "%" PRId64 ":%s",
		               sum->head.seq, sum->head.hash);

	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:s}", "is_whole",
	                 !sum->flaws, "calls", (json_int_t)sum->calls, "links",
	                 (json_int_t)sum->links, "flaws",
	                 (json_int_t)sum->flaws, "waiting",
	                 (json_int_t)sum->waiting, "head", head);
}

static void verified(int err, const struct store_verified *sum, void *arg)
{
	struct checking *checking = arg;

	if (!err) {
		checking->calls = calls_json(sum);
		err = store_audit_check(ask_prm(checking->ask)->store,
		                        &checking->noted, checked, checking);
	}
	if (err) {
		ask_failed(checking->ask, err, "the chain of calls");
		mem_deref(checking);
	}
}

static bool is_head(struct ask *ask, const char *name, struct store_head *head)
{
	const char *text = ask_query(ask, name);

	if (!text || store_head_read(head, text))
		return true;

	ask_wrong(ask, name,
	          "has to be what was noted: a number, a colon and "
	          "64 digits");

	return false;
}

void r_audit_check(struct ask *ask)
{
	struct store_head calls = {.seq = 0}, audit = {.seq = 0};
	struct checking *checking;
	int err = ENOMEM;

	if (!is_head(ask, "head", &calls) ||
	    !is_head(ask, "audit_head", &audit))
		return;

	checking = mem_zalloc(sizeof(*checking), destructor);
	if (checking) {
		checking->ask = mem_ref(ask);
		checking->noted = audit;
		checking->flaws = json_array();
		checking->is_whole = true;
		err = store_verify(ask_prm(ask)->store, &calls, flaw_handler,
		                   verified, checking);
	}
	if (err) {
		ask_failed(ask, err, "the chain of calls");
		mem_deref(checking);
	}
}
