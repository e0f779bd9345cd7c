/*
 * api/r_consents.c - routes about who agreed to be called, and to what
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/consentview.h"
#include "api/fields.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "api/hush.h"
#include "api/imports.h"
#include "api/upload.h"
#include "api/whom.h"
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"

/* --- reading -------------------------------------------------------------- */

json_t *consentview_json(const struct store_consent *consent)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "number",
	                 consent->number, "purpose", consent->purpose, "source",
	                 consent->source, "text", consent->text, "given",
	                 fields_time_json(consent->given_ms), "ended",
	                 fields_time_json(consent->ended_ms));
}

/* The place of a consent is its number and its purpose. */
static void consent_handler(const struct store_consent *consent, void *arg)
{
	struct gather *gather = arg;

	json_decref(gather->next);
	gather->next = json_sprintf("%s %s", consent->number, consent->purpose);
	gather_add(gather, consentview_json(consent));
}

/* false: no place, and that was answered. */
static bool after_read(char number[NUMBER_SIZE], const char **purposep,
                       struct ask *ask)
{
	const char *after = ask_query(ask, "after");
	size_t n = after ? strcspn(after, " ") : 0;

	*number = '\0';
	*purposep = "";
	if (!after)
		return true;
	if (!after[n] || n >= NUMBER_SIZE) {
		ask_wrong(ask, "after", "has to be `next` of the page before");
		return false;
	}

	(void)snprintf(number, NUMBER_SIZE, "%.*s", (int)n, after);
	*purposep = after + n + 1;

	return true;
}

void r_consents(struct ask *ask)
{
	char number[NUMBER_SIZE], after[NUMBER_SIZE];
	const char *of = ask_query(ask, "number");
	struct store_consents_prm prm = {
		.number = of ? number : NULL,
		.purpose = ask_query(ask, "purpose"),
		.after_number = after,
	};
	struct gather *gather;

	if (of && !whom_take(number, ask, of))
		return;
	if (!after_read(after, &prm.after_purpose, ask))
		return;

	gather = gather_page(ask, "the consents");
	if (!gather)
		return;

	prm.limit = (uint32_t)gather->limit;
	gather_begun(gather,
	             store_consents(ask_prm(ask)->store, &prm, consent_handler,
	                            gather_done, gather));
}

/* --- one of them ---------------------------------------------------------- */

void r_consent(struct ask *ask)
{
	char number[NUMBER_SIZE];
	const int64_t now_ms = clock_wall_ms();
	struct store_consent consent = {
		.number = number,
		.purpose = ask_text(ask, "purpose"),
		.source = ask_text(ask, "source"),
		.text = ask_text(ask, "text"),
		.given_ms = ask_time(ask, "at"),
	};
	const char *field, *fault;

	if (!*ask_text(ask, "at"))
		consent.given_ms = now_ms;
	fault = papers_consent_fault(&field, &consent, now_ms);
	if (fault)
		ask_wrong(ask, field, fault);
	else if (whom_take(number, ask, ask_text(ask, "number")))
		ask_begun(ask,
		          store_consent(ask_prm(ask)->store, &consent, ask_done,
		                        mem_ref(ask)),
		          "the consent");
}

/* The answer means that nobody is called there for it any more. */
static void ended_handler(int err, void *arg)
{
	struct ask *ask = arg;
	char number[NUMBER_SIZE];

	if (err)
		ask_failed(ask, err, "the consent");
	else if (whom_take(number, ask, ask_param(ask, "number")))
		hush_wait(ask, NULL, number);
	mem_deref(ask);
}

void r_consent_end(struct ask *ask)
{
	char number[NUMBER_SIZE];

	if (whom_take(number, ask, ask_param(ask, "number")))
		ask_begun(ask,
		          store_consent_end(ask_prm(ask)->store, number,
		                            ask_query(ask, "purpose"),
		                            ended_handler, mem_ref(ask)),
		          "the consent");
}

/* --- many ----------------------------------------------------------------- */

/* A memory object: papers whose purpose is ours. */
struct intake {
	struct papers_consents papers;
	char *purpose;
};

static void intake_destructor(void *arg)
{
	struct intake *intake = arg;

	mem_deref(intake->purpose);
}

static int keep(const struct store_contact *contactv, size_t contactc,
                store_added_h *added, void *added_arg, void *arg)
{
	struct intake *intake = arg;

	return papers_consents_keep(contactv, contactc, added, added_arg,
	                            &intake->papers);
}

static const char *fault_of(const void *arg)
{
	return ((const struct intake *)arg)->papers.fault;
}

static struct intake *intake_make(struct ask *ask)
{
	struct intake *intake = mem_zalloc(sizeof(*intake), intake_destructor);

	if (!intake || str_dup(&intake->purpose, ask_query(ask, "purpose"))) {
		ask_failed(ask, ENOMEM, "the import");
		return mem_deref(intake);
	}
	intake->papers.store = ask_prm(ask)->store;
	intake->papers.purpose = intake->purpose;

	return intake;
}

void r_consents_import(struct ask *ask)
{
	const char *purpose = ask_query(ask, "purpose");
	struct imports_goal goal = {
		.kind = "consents",
		.keep = keep,
		.fault = fault_of,
	};
	struct upload *upload;

	if (!*purpose || strlen(purpose) > PAPERS_PURPOSE_MAX) {
		ask_wrong(ask, "purpose", "has to have 1 to 255 bytes");
		return;
	}

	upload = upload_take(ask, purpose);
	if (upload)
		goal.arg = intake_make(ask);
	if (goal.arg)
		imports_begin_for(ask->api->imports, ask, upload->fd,
		                  &upload->prm, &goal);
	mem_deref(upload);
}
