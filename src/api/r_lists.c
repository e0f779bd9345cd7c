/*
 * api/r_lists.c - routes about lists, their contacts and how they come in
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "api/imports.h"
#include "api/upload.h"
#include "base/jmem.h"
#include "base/mem.h"

enum {
	NAME_MAX_BYTES = 128,
	ROWS_MAX = 1000, /* of one request */
};

/* --- reading -------------------------------------------------------------- */

static void list_handler(const struct store_list_row *row, void *arg)
{
	gather_add(arg, json_pack("{s:s, s:o, s:I}", "name", row->name,
	                          "created", fields_time_json(row->created_ms),
	                          "contacts", (json_int_t)row->contacts));
}

void r_lists(struct ask *ask)
{
	struct gather *gather = gather_alloc(ask, json_array(), "the lists");

	if (gather)
		gather_begun(gather,
		             store_lists(ask_prm(ask)->store, list_handler,
		                         gather_done, gather));
}

static json_t *contact_json(const struct store_contact *contact)
{
	json_t *variables = json_object();

	for (size_t i = 0; i < contact->varc; i++)
		(void)json_object_set_new(variables, contact->varv[i].name,
		                          json_string(contact->varv[i].value));

	return json_pack("{s:I, s:s, s:i, s:o}", "id", (json_int_t)contact->id,
	                 "number", contact->number, "row", (int)contact->row,
	                 "variables", variables);
}

static void contact_handler(const struct store_contact *contact, void *arg)
{
	struct gather *gather = arg;

	gather->last = contact->id;
	gather_add(gather, contact_json(contact));
}

void r_contacts(struct ask *ask)
{
	struct gather *gather = gather_page(ask, "the list");
	struct store_page page = {.after = ask_query_number(ask, "after", 0)};

	if (!gather)
		return;

	page.limit = (uint32_t)gather->limit;
	gather_begun(gather,
	             store_contacts(ask_prm(ask)->store, ask_param(ask, "name"),
	                            &page, contact_handler, gather_done,
	                            gather));
}

/* --- rows as JSON --------------------------------------------------------- */

/* What is no object is refused like any bad row, with its line. */
static int rows_write(FILE *file, const struct ask *ask)
{
	json_t *row;
	size_t i;
	int err = 0;

	json_array_foreach(json_object_get(ask->body, "contacts"), i, row)
	{
		if (!err &&
		    json_dumpf(row, file, JSON_COMPACT | JSON_ENCODE_ANY))
			err = ENOMEM;
		fputc('\n', file);
	}

	return fflush(file) ? errno : err;
}

static bool list_is_sound(struct ask *ask)
{
	if (strlen(ask_param(ask, "name")) <= NAME_MAX_BYTES)
		return true;

	ask_problem(ask, 422, "the list's name has more than 128 bytes",
	            "choose a shorter one");

	return false;
}

/* As a file of JSON lines: judged like any list. */
void r_contacts_add(struct ask *ask)
{
	struct import_prm prm = {
		.name = "rows.jsonl",
		.list = ask_param(ask, "name"),
		.country = ask_text(ask, "country"),
	};
	size_t rows = json_array_size(json_object_get(ask->body, "contacts"));
	FILE *file = NULL;
	int fd, err = 0;

	if (!list_is_sound(ask))
		return;
	if (!rows || rows > ROWS_MAX) {
		ask_wrong(ask, "contacts", "has to have 1 to 1000 rows");
		return;
	}
	if (!*prm.country)
		prm.country =
			cfg_text(ask_prm(ask)->cfg, "campaign", "country");

	fd = memfd_create("rows", MFD_CLOEXEC);
	if (fd >= 0)
		file = fdopen(fd, "w");
	err = file ? rows_write(file, ask) : errno;
	if (err)
		ask_failed(ask, err, "the rows");
	else
		imports_begin(ask->api->imports, ask, fd, &prm, true);
	if (file)
		(void)fclose(file);
	else if (fd >= 0)
		(void)close(fd);
}

/* --- files ---------------------------------------------------------------- */

void r_import(struct ask *ask)
{
	struct upload *upload =
		list_is_sound(ask) ? upload_take(ask, ask_param(ask, "name"))
				   : NULL;

	if (upload)
		imports_begin(ask->api->imports, ask, upload->fd, &upload->prm,
		              false);
	mem_deref(upload);
}

void r_imports(struct ask *ask)
{
	json_t *items = json_array(), *item;

	jmem_forget();
	for (size_t i = 0; (item = imports_json(ask->api->imports, i)); i++)
		(void)json_array_append_new(items, item);
	ask_page(ask, items, 0);
}

void r_import_one(struct ask *ask)
{
	json_t *json;

	jmem_forget();
	json = imports_find(ask->api->imports, ask_param(ask, "id"));
	if (json)
		ask_reply(ask, 0, json);
	else
		ask_failed(ask, ENOENT, "the import");
}

void r_import_refused(struct ask *ask)
{
	json_t *items;

	jmem_forget();
	items = imports_refused(ask->api->imports, ask_param(ask, "id"));
	if (items)
		ask_page(ask, items, 0);
	else
		ask_failed(ask, ENOENT, "the import");
}
