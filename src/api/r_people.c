/*
 * api/r_people.c - what is known of a person is made unreadable
 */
#include <errno.h>
#include <string.h>
#include "api/handlers.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "base/number.h"

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
