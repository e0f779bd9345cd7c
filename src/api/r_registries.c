/*
 * api/r_registries.c - routes about published lists of numbers that nobody may
 * call
 *
 * An edition comes as a file: it is opened in the store, filled as it is read,
 * and takes the place of the one before when all of it is there.
 */
#include <errno.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "api/hush.h"
#include "api/imports.h"
#include "api/upload.h"
#include "base/clock.h"
#include "base/instant.h"
#include "base/jmem.h"
#include "base/mem.h"

#define DAY_MS INT64_C(86400000)

enum {
	AGE_DAYS = 31, /* unless said otherwise */
};

/* --- reading -------------------------------------------------------------- */

static void registry_handler(const struct store_registry *registry, void *arg)
{
	const int64_t published_ms = registry->published_ms;
	const bool is_read = registry->imported_ms != 0;
	int64_t until_ms = 0;

	if (registry->max_age_ms && is_read)
		until_ms = published_ms + registry->max_age_ms;
	gather_add(
		arg,
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:I, s:I,"
	                  " s:b}",
	                  "name", registry->name, "source", registry->source,
	                  "state",
	                  !is_read             ? "unfinished"
	                  : registry->is_stale ? "too_old"
	                                       : "good",
	                  "edition", (json_int_t)registry->edition, "numbers",
	                  (json_int_t)registry->numbers, "published",
	                  fields_time_json(published_ms), "imported",
	                  fields_time_json(registry->imported_ms), "until",
	                  fields_time_json(until_ms), "age_days",
	                  (json_int_t)(is_read ? (clock_wall_ms() -
	                                          published_ms) /
	                                                 DAY_MS
	                                       : 0),
	                  "max_age_days",
	                  (json_int_t)(registry->max_age_ms / DAY_MS),
	                  "is_stale", registry->is_stale));
}

void r_registries(struct ask *ask)
{
	struct gather *gather =
		gather_alloc(ask, json_array(), "the registries");

	if (gather)
		gather_begun(gather, store_registries(ask_prm(ask)->store,
		                                      registry_handler,
		                                      gather_done, gather));
}

void r_registry_end(struct ask *ask)
{
	ask_begun(ask,
	          store_registry_forget(ask_prm(ask)->store,
	                                ask_param(ask, "name"), ask_done,
	                                mem_ref(ask)),
	          "the registry");
}

/* --- a new edition -------------------------------------------------------- */

/* Its texts are those of the ask until they are kept. */
struct edition {
	struct ask *ask; /* until the rows are on their way */
	struct store *store;
	struct store_registry registry;
	struct store_edition in;
	char *name, *source;
	const char *fault;
	store_done_h *done; /* of its end */
	void *arg;
};

static void edition_destructor(void *arg)
{
	struct edition *edition = arg;

	mem_deref(edition->ask);
	mem_deref(edition->name);
	mem_deref(edition->source);
}

static int keep(const struct store_contact *contactv, size_t contactc,
                store_added_h *added, void *added_arg, void *arg)
{
	struct edition *edition = arg;

	return store_registry_add(edition->store, &edition->in, contactv,
	                          contactc, added, added_arg);
}

static const char *fault_of(const void *arg)
{
	return ((const struct edition *)arg)->fault;
}

/* Done means that nobody on it is called any more. */
static void published_handler(int err, void *arg)
{
	struct edition *edition = arg;

	if (!err)
		err = hush_start(edition->store, NULL, NULL, edition->done,
		                 edition->arg);
	if (err)
		edition->done(err, edition->arg);
	mem_deref(edition);
}

static int publish(uint32_t added, store_done_h *done, void *done_arg,
                   void *arg)
{
	struct edition *edition = arg;
	int err;

	if (!added) {
		edition->fault = "the file has no number; the edition before "
				 "stays, and nobody is called if there is none";
		return ENOENT;
	}

	edition->registry.numbers = added;
	edition->done = done;
	edition->arg = done_arg;
	err = store_registry_publish(edition->store, &edition->registry,
	                             edition->in.n, published_handler,
	                             mem_ref(edition));
	if (err)
		mem_deref(edition);

	return err;
}

static void fill(struct edition *edition)
{
	const struct imports_goal goal = {
		.kind = "registry",
		.keep = keep,
		.end = publish,
		.fault = fault_of,
		.arg = mem_ref(edition),
	};
	struct ask *ask = edition->ask;
	struct upload *upload = NULL;

	edition->ask = NULL; /* the import outlives it */
	if (imports_fill(ask->api->imports, goal.kind, edition->name))
		ask_problem(ask, 409, "an edition of it is being read",
		            "GET /api/v1/imports says how far it is");
	else
		upload = upload_take(ask, edition->name);
	if (upload)
		imports_begin_for(ask->api->imports, ask, upload->fd,
		                  &upload->prm, &goal);
	else
		mem_deref(edition);
	mem_deref(upload);
	mem_deref(ask);
}

static void begun_handler(int err, int64_t n, void *arg)
{
	struct edition *edition = arg;

	edition->in.n = n;
	if (err)
		ask_failed(edition->ask, err, "the registry");
	else
		fill(edition);
	mem_deref(edition);
}

/* By the query; false: something is wrong, and that was answered. */
static bool registry_read(struct store_registry *registry, struct ask *ask)
{
	const char *source = ask_query(ask, "source");
	const char *field, *fault;

	registry->name = ask_param(ask, "name");
	registry->source = source ? source : "";
	registry->max_age_ms =
		ask_query_number(ask, "max_age_days", AGE_DAYS) * DAY_MS;
	if (!instant_read(&registry->published_ms, ask_query(ask, "published")))
		registry->published_ms = 0;

	fault = papers_registry_fault(&field, registry, clock_wall_ms());
	if (!fault && strlen(registry->source) >= STORE_REGISTRY_SIZE) {
		field = "source";
		fault = "has more than 127 bytes";
	}
	if (fault)
		ask_wrong(ask, field, fault);

	return !fault;
}

static int edition_alloc(struct edition **editionp, struct ask *ask,
                         const struct store_registry *registry)
{
	struct edition *edition;
	int err;

	edition = mem_zalloc(sizeof(*edition), edition_destructor);
	if (!edition)
		return ENOMEM;

	edition->ask = mem_ref(ask);
	edition->store = ask_prm(ask)->store;
	edition->registry = *registry;
	edition->fault = "";
	err = str_dup(&edition->name, registry->name);
	if (!err)
		err = str_dup(&edition->source, registry->source);
	edition->registry.name = edition->in.name = edition->name;
	edition->registry.source = edition->source;
	if (err)
		mem_deref(edition);
	else
		*editionp = edition;

	return err;
}

void r_registry_import(struct ask *ask)
{
	struct store_registry registry = {0};
	struct edition *edition = NULL;
	struct upload *upload;
	int err;

	if (!registry_read(&registry, ask))
		return;

	/* What is wrong with the file is told before anything is written. */
	upload = upload_take(ask, registry.name);
	if (!upload)
		return;
	mem_deref(upload);

	err = edition_alloc(&edition, ask, &registry);
	if (!err)
		err = store_registry_begin(edition->store, edition->name,
		                           begun_handler, edition);
	if (err) {
		ask_failed(ask, err, "the registry");
		mem_deref(edition);
	}
}
