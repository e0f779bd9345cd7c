/*
 * cli/listing.c - a list from a file, with progress and what was refused
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/text.h"
#include "cli/listing.h"

enum {
	PAINT_SIZE = 256,
	SCREEN_COLUMNS = 118,
	REFUSED_SHOWN = 20, /* where a file has all of them */
};

struct listing {
	struct env *env;
	const struct listing_prm *prm;
	struct import_rename renamev[IMPORT_RENAMES_MAX];
	char namev[IMPORT_RENAMES_MAX][ARGS_NAME_SIZE];
	size_t renamec;
	FILE *refused;
	uint32_t shown;
	int64_t list_id;
	int err;
};

static bool has_painted;

void listing_name(char name[LISTING_NAME_SIZE], const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dot;

	(void)text_copy(name, LISTING_NAME_SIZE, slash ? slash + 1 : path);
	dot = strrchr(name, '.');
	if (dot && dot != name)
		*dot = '\0';
}

void listing_unpaint(void)
{
	if (has_painted)
		fputs("\r\033[K", stderr);
	has_painted = false;
}

/* On a terminal one line that is painted over; elsewhere a line each. */
void listing_paint(const char *text)
{
	has_painted = isatty(STDERR_FILENO);
	if (has_painted)
		fprintf(stderr, "\r\033[K%.*s", SCREEN_COLUMNS, text);
	else
		fprintf(stderr, "%s\n", text);
}

static void progress_handler(const struct import_progress *progress, void *arg)
{
	const struct listing *listing = arg;
	char text[PAINT_SIZE];

	if (!isatty(STDERR_FILENO))
		return;
	(void)snprintf(
		text, sizeof(text), "reading %s: %u rows, %u refused, %u %%",
		listing->prm->path, progress->rows, progress->refused,
		progress->bytes_total ? (unsigned)(100 * progress->bytes /
	                                           progress->bytes_total)
				      : 0);
	listing_paint(text);
}

/* A spreadsheet reads it; the text is a stranger's. */
static void refused_write(FILE *file, const struct import_refusal *refusal)
{
	const char *const fieldv[] = {refusal->number, refusal->reason};

	fprintf(file, "%u", refusal->line);
	for (size_t i = 0; i < ARRAY_COUNT(fieldv); i++) {
		const char *p = fieldv[i];

		fputs(*p && strchr("=-@\t", *p) ? ",\"'" : ",\"", file);
		for (; *p; p++) {
			if (*p == '"')
				fputc('"', file);
			fputc(*p, file);
		}
		fputc('"', file);
	}
	fputc('\n', file);
}

static void refused_handler(const struct import_refusal *refusal, void *arg)
{
	struct listing *listing = arg;

	if (listing->refused) {
		refused_write(listing->refused, refusal);
		if (listing->shown++ >= REFUSED_SHOWN)
			return;
	}
	listing_unpaint();
	fprintf(stderr, "%s:%u: refused \"%s\": %s\n", listing->prm->path,
	        refusal->line, refusal->number, refusal->reason);
}

static void done_handler(int64_t list_id,
                         const struct import_progress *progress,
                         const char *fault, void *arg)
{
	struct listing *listing = arg;

	listing_unpaint();
	if (fault) {
		fprintf(stderr, "dialwright: %s\n", fault);
		listing->err = EBADMSG;
	}
	else {
		fprintf(stderr,
		        "%s: %u rows, %u new, %u known already, %u refused\n",
		        listing->prm->path, progress->rows, progress->added,
		        progress->duplicates, progress->refused);
	}
	if (listing->prm->addedp)
		*listing->prm->addedp = progress->added;
	listing->list_id = list_id;
	env_wake(listing->env);
}

/* "number=Telephone" */
static int renames_read(struct listing *listing)
{
	const struct args *args = listing->env->args;
	const char *text;

	while ((text = args_at(args, "column", listing->renamec))) {
		const char *is = strchr(text, '=');
		size_t len = is ? (size_t)(is - text) : 0;
		size_t i = listing->renamec;

		if (!len || !is[1] || len >= ARGS_NAME_SIZE ||
		    i >= IMPORT_RENAMES_MAX) {
			fprintf(stderr,
			        "dialwright: --column takes NAME=OLD, as "
			        "number=Telephone, not \"%s\"\n",
			        text);
			return EINVAL;
		}
		(void)snprintf(listing->namev[i], ARGS_NAME_SIZE, "%.*s",
		               (int)len, text);
		listing->renamev[i].to = listing->namev[i];
		listing->renamev[i].from = is + 1;
		listing->renamec++;
	}

	return 0;
}

static int refused_open(struct listing *listing)
{
	const char *path = args_text(listing->env->args, "refused", NULL);

	if (!path)
		return 0;

	listing->refused = fopen(path, "w");
	if (!listing->refused) {
		fprintf(stderr, "dialwright: cannot write %s: %s\n", path,
		        strerror(errno));
		return errno;
	}
	fputs("line,number,reason\n", listing->refused);

	return 0;
}

static int read_file(struct listing *listing)
{
	const struct import_sink sink = {
		.progress = progress_handler,
		.refused = refused_handler,
		.done = done_handler,
		.keep = listing->prm->keep,
		.keep_arg = listing->prm->keep_arg,
		.arg = listing,
	};
	struct env *env = listing->env;
	char name[LISTING_NAME_SIZE];
	const struct import_prm prm = {
		.path = listing->prm->path,
		.list = listing->prm->name ? listing->prm->name : name,
		.country = cfg_text(env->cfg, "campaign", "country"),
		.may_be_extension =
			cfg_bool(env->cfg, "campaign", "extensions"),
		.is_dry = listing->prm->is_dry,
		.encoding = args_text(env->args, "encoding", NULL),
		.renamev = listing->renamev,
		.renamec = listing->renamec,
	};
	struct import *import;
	int err;

	listing_name(name, listing->prm->path);
	err = import_start(&import, env->store, env->pool, &prm, &sink);
	if (err) {
		fprintf(stderr, "dialwright: cannot read %s: %s\n", prm.path,
		        err == EINVAL ? "--encoding is not known: see iconv -l"
		                      : strerror(err));
		return err;
	}

	err = env_wait(env);
	mem_deref(import);

	return err ? err : listing->err;
}

int listing_import(struct env *env, const struct listing_prm *prm,
                   int64_t *list_idp)
{
	struct listing listing = {.env = env, .prm = prm};
	int err;

	err = renames_read(&listing);
	if (!err)
		err = refused_open(&listing);
	if (!err)
		err = read_file(&listing);
	if (listing.refused && fclose(listing.refused) && !err)
		err = errno;
	if (!err)
		*list_idp = listing.list_id;

	return err;
}
