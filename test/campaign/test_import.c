/*
 * test/campaign/test_import.c - list files on their way into the store
 */
#include <unistd.h>
#include "campaign/campaign.h"
#include "campaign/tests.h"
#include "fixture.h"

enum {
	LARGE_ROWS = 20000,
};

struct read {
	struct fixture *fx;
	struct import *import;
	struct import_progress progress;
	unsigned refusals, contacts, progresses;
	uint32_t linev[FIXTURE_ROWS_MAX];
	char fault[CFG_FAULT_SIZE];
	const char *country; /* of numbers without one; NULL: none */
	bool is_freed_early;
};

static void progress_handler(const struct import_progress *progress, void *arg)
{
	struct read *read = arg;

	(void)progress;
	read->progresses++;
}

static void refused_handler(const struct import_refusal *refusal, void *arg)
{
	struct read *read = arg;

	read->linev[read->refusals++ % FIXTURE_ROWS_MAX] = refusal->line;
	if (read->is_freed_early) {
		read->import = mem_deref(read->import);
		read->fx->has_answer = true;
		loop_stop();
	}
}

static void contact_handler(const struct store_contact *contact, void *arg)
{
	struct read *read = arg;

	(void)contact;
	read->contacts++;
}

static void done_handler(int64_t list_id,
                         const struct import_progress *progress,
                         const char *fault, void *arg)
{
	struct read *read = arg;

	read->progress = *progress;
	(void)snprintf(read->fault, sizeof(read->fault), "%s",
	               fault ? fault : "");
	read->fx->list_id = list_id;
	read->fx->err = 0;
	read->fx->has_answer = true;
	loop_stop();
}

static int read_list(struct read *read, const char *path, bool is_dry)
{
	const struct import_prm prm = {
		.path = path,
		.list = "people",
		.country = read->country ? read->country : "",
		.is_dry = is_dry,
	};
	const struct import_sink sink = {
		.progress = progress_handler,
		.refused = refused_handler,
		.contact = contact_handler,
		.done = done_handler,
		.arg = read,
	};
	const struct read asked = *read;
	struct fixture *fx = read->fx;
	int err;

	*read = (struct read){
		.fx = fx,
		.country = asked.country,
		.is_freed_early = asked.is_freed_early,
	};
	fx->has_answer = false;
	err = import_start(&read->import, fx->store, fx->pool, &prm, &sink);
	if (!err)
		err = fixture_wait(fx);
	read->import = mem_deref(read->import);

	return err;
}

static int write_list(char path[512], const char *name, const char *text)
{
	FILE *file;

	(void)snprintf(path, 512, "%s/%s", test_dir(), name);
	file = fopen(path, "wb");
	if (!file)
		return errno;
	(void)fputs(text, file);

	return fclose(file) ? errno : 0;
}

/* The list of the demo: thirty rows, six broken. */
int test_import_example(void)
{
	static const uint32_t linev[] = {4, 9, 14, 19, 23, 30};
	struct fixture fx;
	struct read read = {.fx = &fx};
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, read_list(&read, test_source("examples/list.csv"), false));
	CHECK_STR("", read.fault);
	CHECK_U64(30, read.progress.rows);
	CHECK_U64(24, read.progress.added);
	CHECK_U64(6, read.progress.refused);
	CHECK_U64(6, read.refusals);
	for (size_t i = 0; i < ARRAY_COUNT(linev); i++)
		CHECK_U64(linev[i], read.linev[i]);
	CHECK_U64(0, read.contacts);
	CHECK(read.progresses >= 1);
	CHECK(read.progress.bytes == read.progress.bytes_total);

	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(24, fx.campaign.ready);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550120", fx.number);
	CHECK_STR("Alice Young", fx.name);

out:
	fixture_end(&fx);

	return err;
}

int test_import_again(void)
{
	struct fixture fx;
	struct read read = {.fx = &fx};
	char path[512];
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, write_list(path, "a.csv",
	                        "number\n+15550100\n+1 555 0100\n+15550101\n"));
	CHECK_ERR(0, read_list(&read, path, false));
	CHECK_U64(2, read.progress.added);
	CHECK_U64(1, read.progress.duplicates);

	CHECK_ERR(0, write_list(path, "a.csv",
	                        "number\n+15550101\n"
	                        "+15550102\n"));
	CHECK_ERR(0, read_list(&read, path, false));
	CHECK_U64(1, read.progress.added);
	CHECK_U64(1, read.progress.duplicates);

	/* However it is written, it is one person. */
	read.country = "RU";
	CHECK_ERR(0, write_list(path, "a.csv",
	                        "number\n8 (999) 000-12-34\n+79990001234\n"
	                        "0079990001234\n999 000 12 34\n"));
	CHECK_ERR(0, read_list(&read, path, false));
	CHECK_U64(0, read.progress.refused);
	CHECK_U64(1, read.progress.added);
	CHECK_U64(3, read.progress.duplicates);

out:
	fixture_end(&fx);

	return err;
}

int test_import_dry(void)
{
	struct fixture fx;
	struct read read = {.fx = &fx};
	char path[512], text[FIXTURE_TEXT_SIZE];
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_block(&fx, "+15550101"));
	CHECK_ERR(0, write_list(path, "a.csv",
	                        "number\n+15550100\n+15550101\n12\n"
	                        "+15550100\n"));
	CHECK_ERR(0, read_list(&read, path, true));
	CHECK_U64(3, read.contacts);
	CHECK_U64(1, read.refusals);
	CHECK_U64(2, read.progress.added);
	CHECK_U64(1, read.progress.duplicates);
	CHECK_I64(STORE_LIST_DRY, fx.list_id);

	CHECK_ERR(0, fixture_preview(&fx, "calls", fx.list_id));
	CHECK_U64(2, fx.rowc);
	CHECK_STR("", fx.rowv[0].reason);
	CHECK_STR("on the do-not-call list: asked us to stop",
	          fx.rowv[1].reason);
	CHECK_ERR(0, fixture_sql(&fx, "SELECT count(*) FROM contacts", text));
	CHECK_STR("0", text);
	fixture_close(&fx);

	/* Without a store: rows are judged, duplicates are not seen. */
	CHECK_ERR(0, read_list(&read, path, true));
	CHECK_U64(3, read.contacts);
	CHECK_U64(3, read.progress.added);

out:
	fixture_end(&fx);

	return err;
}

int test_import_refused(void)
{
	struct fixture fx;
	struct read read = {.fx = &fx};
	char path[512];
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(ENOENT, read_list(&read, "no/such/list.csv", false));
	CHECK_ERR(EISDIR, read_list(&read, test_dir(), false));

	CHECK_ERR(0, write_list(path, "a.csv", "name\nAnn\n"));
	CHECK_ERR(0, read_list(&read, path, false));
	CHECK(strstr(read.fault, path));
	CHECK(strstr(read.fault, "no column is named \"number\""));

out:
	fixture_end(&fx);

	return err;
}

int test_import_large(void)
{
	struct fixture fx;
	struct read read = {.fx = &fx};
	char path[512];
	FILE *file;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, write_list(path, "a.csv", ""));
	file = fopen(path, "wb");
	CHECK(file);
	(void)fputs("number,name\n", file);
	for (int i = 0; i < LARGE_ROWS; i++)
		(void)fprintf(file, "+7999%07d,Person %d\n", i, i);
	CHECK(!fclose(file));

	CHECK_ERR(0, read_list(&read, path, false));
	CHECK_STR("", read.fault);
	CHECK_U64(LARGE_ROWS, read.progress.added);
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(LARGE_ROWS, fx.campaign.ready);

out:
	fixture_end(&fx);

	return err;
}

/* Freed by its own handler, by the caller at once, and with a write under
 * way: silent in each case. */
int test_import_freed(void)
{
	const struct import_prm prm = {
		.path = test_source("examples/list.csv"),
		.country = "",
	};
	struct fixture fx;
	struct read read = {.fx = &fx, .is_freed_early = true};
	const struct import_sink sink = {.done = done_handler, .arg = &read};
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, read_list(&read, prm.path, false));
	CHECK_U64(1, read.refusals);
	CHECK(!read.import);

	CHECK_ERR(0,
	          import_start(&read.import, fx.store, fx.pool, &prm, &sink));
	read.import = mem_deref(read.import);
	CHECK_ERR(0, fixture_block(&fx, "+15550199"));

	CHECK_ERR(0,
	          import_start(&read.import, fx.store, fx.pool, &prm, &sink));
	fixture_close(&fx);
	read.import = mem_deref(read.import);
	CHECK_U64(1, read.refusals);

out:
	fixture_end(&fx);

	return err;
}
