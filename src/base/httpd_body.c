/*
 * base/httpd_body.c - HTTP's own thread: the body of a request
 *
 * Kept in memory, in a file without a name, or taken apart as a form; never
 * more than the route allows.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/httpd_parts.h"
#include "base/log.h"

enum {
	DISCARD_MAX = 1 << 20, /* bytes more than allowed: then it is cut */
	FORM_BUFFER = 8192,
	FIELD_MAX = 64 << 10, /* bytes of one field of a form */
	FILE_NAME_MAX = 255,
};

size_t httpd_body_limit(const struct httpd_exchange *ex)
{
	if (ex->route->body == HTTPD_BODY_NONE)
		return 0;

	return ex->route->body_limit ? ex->route->body_limit : HTTPD_BODY_LIMIT;
}

enum MHD_Result httpd_refuse_size(struct httpd_exchange *ex)
{
	char detail[96], remedy[] = "Send less, or in parts.";
	const struct httpd_trouble trouble = {
		.status = 413,
		.detail = detail,
		.remedy = remedy,
	};

	(void)snprintf(detail, sizeof(detail),
	               ex->route->body == HTTPD_BODY_NONE
	                       ? "This path takes no body."
	                       : "The body is larger than %zu bytes.",
	               httpd_body_limit(ex));

	return httpd_refuse(ex, &trouble);
}

static int temp_file(struct httpd_exchange *ex)
{
	ex->fd = open(ex->core->temp_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (ex->fd >= 0)
		return 0;

	log_warning("http", "no file for an upload in %s: %s; it is refused",
	            ex->core->temp_dir, strerror(errno));

	return EIO;
}

bool httpd_has_body(const struct httpd_exchange *ex)
{
	const char *length =
		httpd_pair_find(&ex->pairl, HTTPD_HEADER, "Content-Length");

	return (length && strtoull(length, NULL, 10)) ||
	       httpd_pair_find(&ex->pairl, HTTPD_HEADER, "Transfer-Encoding");
}

static int form_add(struct httpd_exchange *ex, const char *name,
                    const char *text, size_t n, bool is_more)
{
	struct le *last = ex->pairl.tail;
	struct httpd_pair *pair = last ? last->data : NULL;
	size_t old = 0;
	char *value;

	if (is_more) {
		if (!pair || pair->kind != HTTPD_FIELD ||
		    strcmp(pair->name, name) != 0)
			return EINVAL;
		old = strlen(pair->value);
	}
	else if (ex->pairc++ >= HTTPD_PAIRS_MAX) {
		return E2BIG;
	}
	if (old + n > FIELD_MAX || (n && memchr(text, '\0', n)))
		return EINVAL;

	value = mem_zalloc(old + n + 1, NULL);
	if (!value)
		return ENOMEM;
	if (is_more) {
		memcpy(value, pair->value, old);
		mem_deref(pair->value);
		pair->value = value;
	}
	if (n)
		memcpy(value + old, text, n);
	if (!is_more) {
		int err = httpd_pair_add(&ex->pairl, HTTPD_FIELD, name, value);

		mem_deref(value);
		return err;
	}

	return 0;
}

/* Fields come in pieces, the file of a form too. */
static enum MHD_Result form_piece(void *cls, enum MHD_ValueKind kind,
                                  const char *name, const char *filename,
                                  const char *type, const char *coding,
                                  const char *data, uint64_t at, size_t n)
{
	struct httpd_exchange *ex = cls;
	const char *base;
	int err = 0;

	(void)kind;
	(void)type;
	(void)coding;
	if (ex->is_form_bad || !name ||
	    !httpd_is_text(name, strlen(name), false)) {
		ex->is_form_bad = true;
		return MHD_NO;
	}
	if (!filename) {
		ex->is_form_bad = form_add(ex, name, data, n, at > 0) != 0;
		return ex->is_form_bad ? MHD_NO : MHD_YES;
	}

	if (!at && ex->fd < 0) {
		base = strrchr(filename, '/');
		base = base ? base + 1 : filename;
		if (!httpd_is_text(base, strlen(base), false) ||
		    strlen(base) > FILE_NAME_MAX)
			err = EINVAL;
		if (!err)
			err = str_dup(&ex->file_field, name);
		if (!err)
			err = str_dup(&ex->file_name, base);
		if (!err)
			err = temp_file(ex);
	}
	else if (!at || strcmp(name, ex->file_field) != 0) {
		err = E2BIG;
	}
	if (!err && n && write(ex->fd, data, n) != (ssize_t)n)
		err = EIO;
	ex->file_bytes += n;
	ex->is_form_bad = err != 0;

	return err ? MHD_NO : MHD_YES;
}

/* A place for the body. Pieces of a field may cut a character: they are looked
 * at when all is there. */
int httpd_body_begin(struct httpd_exchange *ex,
                     struct MHD_Connection *connection)
{
	switch (ex->route->body) {
	case HTTPD_BODY_NONE:
		return 0;
	case HTTPD_BODY_MEMORY:
		ex->body = mbuf_alloc(1024);
		return ex->body ? 0 : ENOMEM;
	case HTTPD_BODY_FILE:
		return temp_file(ex);
	case HTTPD_BODY_FORM:
		ex->form = MHD_create_post_processor(connection, FORM_BUFFER,
		                                     form_piece, ex);
		return ex->form ? 0 : ENOTSUP;
	}

	return 0;
}

enum MHD_Result httpd_refuse_body(struct httpd_exchange *ex, int err)
{
	static const struct httpd_trouble no_form = {
		.status = 415,
		.detail = "This path takes a form.",
		.remedy = "Send application/x-www-form-urlencoded or "
			  "multipart/form-data.",
	};
	static const struct httpd_trouble no_place = {
		.status = 507,
		.detail = "There is no place for this upload.",
		.remedy = "The operator has to make room on the disk.",
	};

	if (err == ENOTSUP)
		return httpd_refuse(ex, &no_form);

	return httpd_refuse(ex, err == ENOMEM ? &httpd_no_memory : &no_place);
}

/* --- the body ---------------------------------------------------------- */

enum MHD_Result httpd_body_take(struct httpd_exchange *ex, const char *data,
                                size_t n)
{
	size_t limit = ex->route ? httpd_body_limit(ex) : 0;
	int err = 0;

	ex->body_bytes += n;
	if (ex->body_bytes > limit + DISCARD_MAX)
		return MHD_NO;
	/* What the loop refused in the meantime is not kept either. */
	if (ex->is_discarding || ex->response)
		return MHD_YES;
	if (ex->body_bytes > limit)
		return httpd_refuse_size(ex);

	if (ex->form) {
		(void)MHD_post_process(ex->form, data, n);
	}
	else if (ex->body) {
		err = mbuf_write_mem(ex->body, (const uint8_t *)data, n);
	}
	else if (ex->fd >= 0) {
		err = write(ex->fd, data, n) == (ssize_t)n ? 0 : EIO;
		ex->file_bytes += n;
	}

	return err ? httpd_refuse_body(ex, err) : MHD_YES;
}

static bool are_fields_text(const struct httpd_exchange *ex)
{
	for (struct le *le = ex->pairl.head; le; le = le->next) {
		const struct httpd_pair *pair = le->data;

		if (pair->kind == HTTPD_FIELD &&
		    !httpd_is_text(pair->value, strlen(pair->value), true))
			return false;
	}

	return true;
}

enum MHD_Result httpd_body_end(struct httpd_exchange *ex)
{
	static const struct httpd_trouble bad_form = {
		.status = 400,
		.detail = "The form is broken, has a field that is no text, "
			  "too long a one, or more than one file.",
		.remedy = "Send fields of UTF-8 and one file at most.",
	};

	if (ex->form && MHD_destroy_post_processor(ex->form) == MHD_NO)
		ex->is_form_bad = true;
	ex->form = NULL;
	if (ex->is_form_bad || !are_fields_text(ex))
		return httpd_refuse(ex, &bad_form);
	if (ex->body && mbuf_write_u8(ex->body, 0))
		return httpd_refuse(ex, &httpd_no_memory);

	return MHD_YES;
}
