/*
 * base/httpd_reply.c - answers: whole, in part, or bit by bit
 *
 * Answers are made on the control loop and queued by HTTP's thread. A stream is
 * a buffer between the two: the loop writes, HTTP's thread reads and suspends
 * the connection while there is nothing.
 */
#include <assert.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/httpd_parts.h"
#include "base/text.h"

enum {
	BLOCK_BYTES = 16 << 10, /* of a stream, at a time */
	SENTENCE_SIZE = 1024,
	HTTP_OK = 200,
	HTTP_PARTIAL = 206,
	HTTP_NOT_MODIFIED = 304,
	HTTP_BAD_RANGE = 416,
};

/* --- headers ----------------------------------------------------------- */

int httpd_set_header(struct httpd_request *req, const char *name,
                     const char *value)
{
	if (!*name || strpbrk(name, " :") ||
	    !httpd_is_text(name, strlen(name), false) ||
	    !httpd_is_text(value, strlen(value), false))
		return EINVAL;

	return httpd_pair_add(&req->headerl, HTTPD_HEADER, name, value);
}

static bool headers_put(const struct httpd_request *req,
                        struct MHD_Response *response)
{
	static const struct {
		const char *name, *value;
	} fallbackv[] = {
		{"Cache-Control", "no-store"},
		{"X-Content-Type-Options", "nosniff"},
	};
	enum MHD_Result result = MHD_YES;

	for (struct le *le = req->headerl.head; le; le = le->next) {
		const struct httpd_pair *pair = le->data;

		if (result == MHD_YES)
			result = MHD_add_response_header(response, pair->name,
			                                 pair->value);
	}
	for (size_t i = 0; i < ARRAY_COUNT(fallbackv); i++) {
		if (result == MHD_YES &&
		    !httpd_pair_find(&req->headerl, HTTPD_HEADER,
		                     fallbackv[i].name))
			result = MHD_add_response_header(response,
			                                 fallbackv[i].name,
			                                 fallbackv[i].value);
	}

	return result == MHD_YES;
}

int httpd_answer(struct httpd_request *req, unsigned status,
                 struct MHD_Response *response)
{
	struct httpd_exchange *ex = req->ex;

	assert(!req->is_answered);

	req->is_answered = true;
	if (response && !headers_put(req, response)) {
		MHD_destroy_response(response);
		response = NULL;
	}

	(void)pthread_mutex_lock(&ex->core->gate);
	/* Without memory the connection is cut. */
	ex->is_broken = !response;
	ex->response = response;
	ex->status = status;
	httpd_resume(ex);
	(void)pthread_mutex_unlock(&ex->core->gate);

	return response ? 0 : ENOMEM;
}

static struct MHD_Response *bytes_make(const char *type, const void *data,
                                       size_t n)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer(
		n, (void *)(uintptr_t)(n ? data : ""), MHD_RESPMEM_MUST_COPY);
	if (response && type &&
	    MHD_add_response_header(response, "Content-Type", type) == MHD_NO) {
		MHD_destroy_response(response);
		return NULL;
	}

	return response;
}

/* --- whole answers ----------------------------------------------------- */

int httpd_reply(struct httpd_request *req, unsigned status, const char *type,
                const void *data, size_t n)
{
	req->ex->sent_bytes = n;

	return httpd_answer(req, status, bytes_make(type, data, n));
}

int httpd_reply_text(struct httpd_request *req, unsigned status,
                     const char *type, const char *text)
{
	return httpd_reply(req, status, type, text, strlen(text));
}

static bool json_put(json_t *object, const char *key, const char *text)
{
	return !text || !json_object_set_new(object, key, json_string(text));
}

/* A sentence may have been cut within a character of somebody's text. */
static bool sentence_put(json_t *object, const char *key, const char *text)
{
	char sentence[SENTENCE_SIZE];

	if (!text)
		return true;

	(void)snprintf(sentence, sizeof(sentence), "%s", text);

	return json_put(object, key, text_repair(sentence));
}

struct MHD_Response *httpd_problem_make(const struct httpd_trouble *trouble)
{
	struct MHD_Response *response = NULL;
	json_t *object = json_object();
	char *text = NULL;
	size_t n;

	if (object && json_put(object, "type", "about:blank") &&
	    json_put(object, "title",
	             MHD_get_reason_phrase_for(trouble->status)) &&
	    !json_object_set_new(object, "status",
	                         json_integer(trouble->status)) &&
	    sentence_put(object, "detail", trouble->detail) &&
	    sentence_put(object, "remedy", trouble->remedy) &&
	    json_put(object, "field", trouble->field)) {
		n = json_dumpb(object, NULL, 0, JSON_COMPACT);
		text = mem_zalloc(n + 1, NULL);
		if (n && text && json_dumpb(object, text, n, JSON_COMPACT) == n)
			response =
				bytes_make("application/problem+json", text, n);
	}
	json_decref(object);
	mem_deref(text);

	return response;
}

int httpd_problem(struct httpd_request *req,
                  const struct httpd_trouble *trouble)
{
	return httpd_answer(req, trouble->status, httpd_problem_make(trouble));
}

bool httpd_has_etag(struct httpd_request *req, const char *etag)
{
	const char *known = httpd_header(req, "If-None-Match");
	char quoted[128];

	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", etag);
	if (httpd_set_header(req, "ETag", quoted) || !known ||
	    (strcmp(known, "*") != 0 && !strstr(known, quoted)))
		return false;

	(void)httpd_reply(req, HTTP_NOT_MODIFIED, NULL, NULL, 0);

	return true;
}

/* --- ranges (RFC 9110 section 14) -------------------------------------- */

enum range {
	RANGE_NONE,
	RANGE_PART,
	RANGE_BAD,
};

static bool number_take(const char **atp, uint64_t *valuep)
{
	char *end;

	if (**atp < '0' || **atp > '9')
		return false;

	errno = 0;
	*valuep = strtoull(*atp, &end, 10);
	*atp = end;

	return !errno;
}

/* The part [*beginp, *endp) of n bytes. What is no range of bytes, or more than
 * one, is not understood and so ignored. */
static enum range range_read(const struct httpd_request *req, uint64_t n,
                             uint64_t *beginp, uint64_t *endp)
{
	static const char unit[] = "bytes=";
	const char *at = httpd_header(req, "Range");
	const char *guard = httpd_header(req, "If-Range");
	const char *etag = httpd_pair_find(&req->headerl, HTTPD_HEADER, "ETag");
	uint64_t first = 0, last = UINT64_MAX;
	bool has_first, has_last;

	if (!at || strncmp(at, unit, sizeof(unit) - 1) != 0 ||
	    (guard && (!etag || strcmp(guard, etag) != 0)))
		return RANGE_NONE;

	at += sizeof(unit) - 1;
	has_first = number_take(&at, &first);
	if (*at++ != '-')
		return RANGE_NONE;
	has_last = number_take(&at, &last);
	if (*at || (!has_first && !has_last) || (has_first && last < first))
		return RANGE_NONE;

	if (!has_first) {
		first = last < n ? n - last : 0;
		last = last ? UINT64_MAX : 0;
		if (!last)
			return RANGE_BAD;
	}
	if (first >= n)
		return RANGE_BAD;
	*beginp = first;
	*endp = last < n - 1 ? last + 1 : n;

	return RANGE_PART;
}

/* The status of an answer with n bytes to give, and the part of them. */
static unsigned range_choose(struct httpd_request *req, uint64_t n,
                             uint64_t *beginp, uint64_t *endp)
{
	char text[80];

	*beginp = 0;
	*endp = n;
	(void)httpd_set_header(req, "Accept-Ranges", "bytes");
	switch (range_read(req, n, beginp, endp)) {
	case RANGE_NONE:
		return HTTP_OK;
	case RANGE_BAD:
		(void)snprintf(text, sizeof(text), "bytes */%" PRIu64, n);
		(void)httpd_set_header(req, "Content-Range", text);
		return HTTP_BAD_RANGE;
	case RANGE_PART:
		break;
	}

	(void)snprintf(text, sizeof(text),
	               "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, *beginp,
	               *endp - 1, n);
	(void)httpd_set_header(req, "Content-Range", text);

	return HTTP_PARTIAL;
}

static int refuse_range(struct httpd_request *req)
{
	static const struct httpd_trouble trouble = {
		.status = HTTP_BAD_RANGE,
		.detail = "The range begins behind the end.",
		.remedy = "Content-Range says how many bytes there are.",
	};

	return httpd_problem(req, &trouble);
}

int httpd_reply_bytes(struct httpd_request *req, const char *type,
                      const void *data, size_t n)
{
	uint64_t begin, end;
	unsigned status = range_choose(req, n, &begin, &end);

	if (status == HTTP_BAD_RANGE)
		return refuse_range(req);

	return httpd_reply(req, status, type, (const uint8_t *)data + begin,
	                   (size_t)(end - begin));
}

int httpd_reply_file(struct httpd_request *req, const char *type, int fd)
{
	struct MHD_Response *response;
	struct stat stat;
	uint64_t begin, end;
	unsigned status;

	if (fstat(fd, &stat) || !S_ISREG(stat.st_mode)) {
		(void)close(fd);
		return EINVAL;
	}

	status = range_choose(req, (uint64_t)stat.st_size, &begin, &end);
	if (status == HTTP_BAD_RANGE) {
		(void)close(fd);
		return refuse_range(req);
	}

	req->ex->sent_bytes = end - begin;
	response =
		MHD_create_response_from_fd_at_offset64(end - begin, fd, begin);
	if (!response)
		(void)close(fd);
	else if (MHD_add_response_header(response, "Content-Type", type) ==
	         MHD_NO) {
		MHD_destroy_response(response);
		response = NULL;
	}

	return httpd_answer(req, status, response);
}

/* A source that is being read, from its range's begin on. */
struct sourcing {
	struct httpd_source source;
	uint64_t begin;
};

static void sourcing_destructor(void *arg)
{
	struct sourcing *sourcing = arg;

	mem_deref(sourcing->source.arg);
}

static ssize_t source_handler(void *cls, uint64_t at, char *buf, size_t max)
{
	struct sourcing *sourcing = cls;
	const struct httpd_source *source = &sourcing->source;
	size_t got = 0;

	if (source->read(source->arg, sourcing->begin + at, buf, max, &got) ||
	    !got)
		return MHD_CONTENT_READER_END_WITH_ERROR;

	return (ssize_t)got;
}

static void source_free(void *cls)
{
	mem_deref(cls);
}

int httpd_reply_source(struct httpd_request *req, const char *type,
                       const struct httpd_source *source)
{
	struct MHD_Response *response = NULL;
	struct sourcing *sourcing;
	uint64_t end;
	unsigned status;

	sourcing = mem_zalloc(sizeof(*sourcing), sourcing_destructor);
	if (!sourcing) {
		mem_deref(source->arg);
		return ENOMEM;
	}

	sourcing->source = *source;
	status = range_choose(req, source->size, &sourcing->begin, &end);
	if (status == HTTP_BAD_RANGE) {
		mem_deref(sourcing);
		return refuse_range(req);
	}

	req->ex->sent_bytes = end - sourcing->begin;
	response = MHD_create_response_from_callback(
		end - sourcing->begin, BLOCK_BYTES, source_handler, sourcing,
		source_free);
	if (!response)
		mem_deref(sourcing);
	else if (MHD_add_response_header(response, "Content-Type", type) ==
	         MHD_NO) {
		MHD_destroy_response(response);
		response = NULL;
	}

	return httpd_answer(req, status, response);
}

/* --- streams ----------------------------------------------------------- */

/* HTTP's thread wants more. */
static ssize_t read_handler(void *cls, uint64_t at, char *buf, size_t max)
{
	struct httpd_exchange *ex = cls;
	struct mbuf *out = ex->out;
	ssize_t result = 0;
	size_t left;

	(void)at;
	(void)pthread_mutex_lock(&ex->core->gate);
	left = mbuf_get_left(out);
	if (left) {
		result = (ssize_t)(left < max ? left : max);
		(void)mbuf_read_mem(out, (uint8_t *)buf, (size_t)result);
		ex->sent_bytes += (uint64_t)result;
	}
	else if (ex->is_broken || ex->core->is_stopping) {
		result = MHD_CONTENT_READER_END_WITH_ERROR;
	}
	else if (ex->is_ended) {
		result = MHD_CONTENT_READER_END_OF_STREAM;
	}
	else {
		ex->is_suspended = true;
		MHD_suspend_connection(ex->connection);
	}

	if (ex->is_choked && mbuf_get_left(out) < HTTPD_WAITING_LIMIT / 2)
		ex->is_choked = httpd_tell(ex, httpd_tell_drained) != 0;
	(void)pthread_mutex_unlock(&ex->core->gate);

	return result;
}

int httpd_stream(struct httpd_request *req, unsigned status, const char *type,
                 const struct httpd_stream_sink *sink)
{
	struct httpd_exchange *ex = req->ex;
	struct MHD_Response *response = NULL;

	assert(!ex->out);

	req->sink = *sink;
	ex->out = mbuf_alloc(1024);
	if (ex->out)
		response = MHD_create_response_from_callback(
			MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_handler, ex, NULL);
	if (response &&
	    MHD_add_response_header(response, "Content-Type", type) == MHD_NO) {
		MHD_destroy_response(response);
		response = NULL;
	}
	ex->is_stream = true;

	return httpd_answer(req, status, response);
}

static int out_append(struct mbuf *out, const void *data, size_t n)
{
	size_t pos;
	int err;

	if (out->pos && out->size - out->end < n) {
		memmove(out->buf, out->buf + out->pos, mbuf_get_left(out));
		out->end -= out->pos;
		out->pos = 0;
	}

	pos = out->pos;
	out->pos = out->end;
	err = mbuf_write_mem(out, data, n);
	out->pos = pos;

	return err;
}

static bool is_complete(struct httpd_exchange *ex)
{
	bool is;

	(void)pthread_mutex_lock(&ex->core->lock);
	is = ex->is_complete;
	(void)pthread_mutex_unlock(&ex->core->lock);

	return is;
}

int httpd_stream_write(struct httpd_request *req, const void *data, size_t n)
{
	struct httpd_exchange *ex = req->ex;
	int err = 0;

	assert(ex->is_stream);

	if (!n)
		return 0;
	if (is_complete(ex))
		return ENOTCONN;

	(void)pthread_mutex_lock(&ex->core->gate);
	if (ex->is_ended || ex->is_broken)
		err = ENOTCONN;
	else if (mbuf_get_left(ex->out) &&
	         mbuf_get_left(ex->out) + n > HTTPD_WAITING_LIMIT)
		err = ENOBUFS;
	else
		err = out_append(ex->out, data, n);
	ex->is_choked = ex->is_choked || err == ENOBUFS;
	if (!err)
		httpd_resume(ex);
	(void)pthread_mutex_unlock(&ex->core->gate);

	return err;
}

void httpd_stream_end(struct httpd_request *req)
{
	struct httpd_exchange *ex = req->ex;

	(void)pthread_mutex_lock(&ex->core->gate);
	ex->is_ended = true;
	httpd_resume(ex);
	(void)pthread_mutex_unlock(&ex->core->gate);
}

void httpd_break(struct httpd_exchange *ex)
{
	(void)pthread_mutex_lock(&ex->core->gate);
	if (ex->is_stream && !ex->is_ended) {
		ex->is_broken = true;
		httpd_resume(ex);
	}
	(void)pthread_mutex_unlock(&ex->core->gate);
}
