/*
 * api/r_people.c - what is known of a person: shown, and made unreadable
 */
#include <errno.h>
#include <string.h>
#include "api/consentview.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "api/whom.h"
#include "base/jmem.h"
#include "base/mem.h"

enum {
	CONSENTS_MAX = 500, /* of one person */
};

/* --- shown ---------------------------------------------------------------- */

static void consent_handler(const struct store_consent *consent, void *arg)
{
	struct gather *gather = arg;

	(void)json_array_append_new(json_object_get(gather->json, "consents"),
	                            consentview_json(consent));
}

static void blocked_handler(int err, const char *reason, void *arg)
{
	struct gather *gather = arg;
	const struct store_consents_prm prm = {
		.number = json_string_value(
			json_object_get(gather->json, "number")),
		.after_number = "",
		.after_purpose = "",
		.limit = CONSENTS_MAX,
	};

	if (!err) {
		(void)json_object_set_new(gather->json, "is_blocked",
		                          json_boolean(reason));
		(void)json_object_set_new(gather->json, "reason",
		                          json_string(reason ? reason : ""));
		err = prm.number ? store_consents(ask_prm(gather->ask)->store,
		                                  &prm, consent_handler,
		                                  gather_done, gather)
		                 : ENOMEM;
	}
	gather_begun(gather, err);
}

void r_person(struct ask *ask)
{
	struct gather *gather;
	char number[NUMBER_SIZE];

	if (!whom_take(number, ask, ask_param(ask, "number")))
		return;

	jmem_forget();
	gather = gather_alloc(
		ask, json_pack("{s:s, s:[]}", "number", number, "consents"),
		"the person");
	if (gather)
		gather_begun(gather, store_blocked(ask_prm(ask)->store, number,
		                                   blocked_handler, gather));
}

/* --- made unreadable ------------------------------------------------------ */

static void erased_handler(int err, const char *receipt, void *arg)
{
	struct ask *ask = arg;

	switch (err) {

	case 0:
		jmem_forget();
		ask_reply(ask, 0, json_loads(receipt, 0, NULL));
		break;

	case ENOTSUP:
		ask_problem(ask, 501,
		            "without keys nothing can be made unreadable in "
		            "copies",
		            "set [vault] key_file and run `dialwright vault "
		            "init`");
		break;

	case EPERM:
		ask_problem(ask, 500,
		            "the key is destroyed, but a file could not be "
		            "deleted",
		            "let the program write its recordings, then ask "
		            "again");
		break;

	default:
		ask_failed(ask, err, "the person");
		break;
	}
	mem_deref(ask);
}

void r_person_erase(struct ask *ask)
{
	const char *country =
		cfg_text(ask_prm(ask)->cfg, "campaign", "country");
	const char *is_dry = ask_query(ask, "dry_run");
	enum number_fault fault;
	char number[NUMBER_SIZE];
	const struct store_erase_prm prm = {
		.number = number,
		.by = ask->person->user,
		.is_dry = is_dry && !strcmp(is_dry, "true"),
	};
	int err;

	fault = number_normalise(number, ask_param(ask, "number"), country);
	if (fault) {
		ask_wrong(ask, "number", number_fault_text(fault));
		return;
	}

	err = store_erase(ask_prm(ask)->store, &prm, erased_handler,
	                  mem_ref(ask));
	if (err)
		erased_handler(err, "", ask);
}
