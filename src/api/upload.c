/*
 * api/upload.c - a table that is sent as a body
 */
#include <errno.h>
#include <string.h>
#include "api/upload.h"
#include "base/mem.h"

static void destructor(void *arg)
{
	struct upload *upload = arg;

	mem_deref(upload->names);
}

/* "number=Telephone, name=Client": cut up where it stands. */
static int columns_read(struct upload *upload)
{
	char *text = upload->names;

	while (*text) {
		size_t i = upload->prm.renamec, n = strcspn(text, ",");
		char *next = text + n + (text[n] == ',');
		char *is;

		text[n] = '\0';
		is = strchr(text, '=');
		if (i == IMPORT_RENAMES_MAX || !is || is == text || !is[1])
			return EINVAL;
		*is = '\0';
		upload->renamev[i].to = text;
		upload->renamev[i].from = is + 1;
		upload->prm.renamec++;
		text = next + strspn(next, ", ");
	}
	upload->prm.renamev = upload->renamev;

	return 0;
}

static bool is_sound(struct upload *upload, struct ask *ask)
{
	const struct httpd_file file = httpd_upload(ask->req);

	if (columns_read(upload)) {
		ask_wrong(ask, "columns",
		          "is like \"number=Telephone, name=Client\"");
		return false;
	}
	if (file.fd < 0 || !file.size) {
		ask_problem(ask, 400, "there is no file",
		            "send the list as the body");
		return false;
	}
	upload->fd = file.fd;

	return true;
}

struct upload *upload_take(struct ask *ask, const char *list)
{
	const char *format = ask_query(ask, "format");
	const char *country = ask_query(ask, "country");
	const char *names = ask_query(ask, "columns");
	struct upload *upload;

	upload = mem_zalloc(sizeof(*upload), destructor);
	if (!upload || str_dup(&upload->names, names ? names : "")) {
		ask_failed(ask, ENOMEM, "the import");
		return mem_deref(upload);
	}

	upload->prm.name =
		format && !strcmp(format, "jsonl") ? "list.jsonl" : "list.csv";
	upload->prm.list = list;
	upload->prm.encoding = ask_query(ask, "encoding");
	upload->prm.country =
		country ? country
			: cfg_text(ask_prm(ask)->cfg, "campaign", "country");

	return is_sound(upload, ask) ? upload : mem_deref(upload);
}
