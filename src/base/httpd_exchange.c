/*
 * base/httpd_exchange.c - HTTP's own thread: one request until it is whole
 *
 * libmicrohttpd calls httpd_access() with the head, then with each piece of
 * the body, then at its end, and once more after each resume. It takes an
 * answer at the head (of POST and PUT; the connection ends behind it) and at
 * the end of the body, not between: the body of a request that is refused
 * otherwise is read and forgotten, up to a limit.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/httpd_parts.h"
#include "base/log.h"
#include "base/text.h"

enum {
	BODY_STEP = 64 << 10, /* bytes: a second more for each */
};

const struct httpd_trouble httpd_no_memory = {
	.status = 500,
	.detail = "There is no memory for this request.",
	.remedy = "Try again later.",
};

/* --- life -------------------------------------------------------------- */

static void exchange_destructor(void *arg)
{
	struct httpd_exchange *ex = arg;

	list_flush(&ex->pairl);
	list_flush(&ex->headerl);
	mem_deref(ex->path);
	mem_deref(ex->body);
	mem_deref(ex->file_field);
	mem_deref(ex->file_name);
	mem_deref(ex->out);
	mem_deref(ex->ws_first);
	if (ex->fd >= 0)
		(void)close(ex->fd);
	if (ex->response)
		MHD_destroy_response(ex->response);
}

void httpd_core_leave(struct httpd_core *core)
{
	bool is_last;

	(void)pthread_mutex_lock(&core->lock);
	is_last = !--core->sidec;
	(void)pthread_mutex_unlock(&core->lock);
	if (is_last)
		mem_deref(core);
}

void httpd_leave(struct httpd_exchange *ex)
{
	struct httpd_core *core = ex->core;
	bool is_last;

	(void)pthread_mutex_lock(&core->lock);
	is_last = !--ex->sidec;
	(void)pthread_mutex_unlock(&core->lock);
	if (is_last)
		mem_deref(ex);
	httpd_core_leave(core);
}

void httpd_side_add(struct httpd_exchange *ex)
{
	(void)pthread_mutex_lock(&ex->core->lock);
	ex->sidec++;
	ex->core->sidec++;
	(void)pthread_mutex_unlock(&ex->core->lock);
}

int httpd_tell(struct httpd_exchange *ex, mailbox_h *handler)
{
	int err;

	httpd_side_add(ex);
	err = mailbox_post(ex->core->home, handler, ex);
	if (err)
		httpd_leave(ex);

	return err;
}

bool httpd_is_draining(struct httpd_core *core)
{
	bool is_draining;

	(void)pthread_mutex_lock(&core->lock);
	is_draining = core->is_draining;
	(void)pthread_mutex_unlock(&core->lock);

	return is_draining;
}

void httpd_resume(struct httpd_exchange *ex)
{
	if (!ex->is_suspended)
		return;

	ex->is_suspended = false;
	MHD_resume_connection(ex->connection);
}

static void address_take(struct httpd_exchange *ex,
                         struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info;
	const struct sockaddr *sa;
	const void *at;

	info = MHD_get_connection_info(connection,
	                               MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	sa = info ? info->client_addr : NULL;
	if (!sa)
		return;

	at = sa->sa_family == AF_INET6
	             ? (const void *)&(
			       (const struct sockaddr_in6 *)(const void *)sa)
	                       ->sin6_addr
	             : (const void *)&(
			       (const struct sockaddr_in *)(const void *)sa)
	                       ->sin_addr;
	(void)inet_ntop(sa->sa_family, at, ex->address, sizeof(ex->address));
}

static struct httpd_exchange *exchange_alloc(struct httpd_core *core,
                                             struct MHD_Connection *connection,
                                             const char *method)
{
	const union MHD_ConnectionInfo *info;
	struct httpd_exchange *ex;

	ex = mem_zalloc(sizeof(*ex), exchange_destructor);
	if (!ex)
		return NULL;

	ex->core = core;
	ex->fd = -1;
	ex->ws_fd = -1;
	ex->begin_ms = clock_ms();
	(void)text_copy(ex->method, sizeof(ex->method), method);
	address_take(ex, connection);
	info = MHD_get_connection_info(connection,
	                               MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	ex->conn = info ? info->socket_context : NULL;

	ex->connection = connection;
	httpd_side_add(ex);
	(void)pthread_mutex_lock(&core->lock);
	list_append(&core->exchangel, &ex->le, ex);
	(void)pthread_mutex_unlock(&core->lock);

	return ex;
}

/* --- the connection and its time --------------------------------------- */

static void limit_set(struct httpd_core *core, struct httpd_conn *conn,
                      uint64_t limit_ms)
{
	if (!conn)
		return;

	(void)pthread_mutex_lock(&core->lock);
	conn->since_ms = clock_ms();
	conn->limit_ms = limit_ms;
	(void)pthread_mutex_unlock(&core->lock);
}

void httpd_connected(void *cls, struct MHD_Connection *connection, void **connp,
                     enum MHD_ConnectionNotificationCode code)
{
	struct httpd_core *core = cls;
	const union MHD_ConnectionInfo *info;
	struct httpd_conn *conn = *connp;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (!conn)
			return;
		(void)pthread_mutex_lock(&core->lock);
		list_unlink(&conn->le);
		(void)pthread_mutex_unlock(&core->lock);
		mem_deref(conn);
		*connp = NULL;
		return;
	}

	conn = mem_zalloc(sizeof(*conn), NULL);
	info = MHD_get_connection_info(connection,
	                               MHD_CONNECTION_INFO_CONNECTION_FD);
	if (!conn || !info) {
		mem_deref(conn);
		return;
	}

	conn->fd = info->connect_fd;
	limit_set(core, conn, core->head_ms);
	(void)pthread_mutex_lock(&core->lock);
	list_append(&core->connl, &conn->le, conn);
	(void)pthread_mutex_unlock(&core->lock);
	*connp = conn;
}

/* Names of the query stay, values go: they may be words and numbers of people.
 * The path is told by its route for the same reason. */
static void log_line(const struct httpd_exchange *ex)
{
	char query[200] = "";
	size_t used = 0;

	for (struct le *le = ex->pairl.head; le; le = le->next) {
		const struct httpd_pair *pair = le->data;

		if (pair->kind != HTTPD_QUERY || used + 8 > sizeof(query))
			continue;
		(void)snprintf(query + used, sizeof(query) - used, "%c%.32s=*",
		               used ? '&' : '?', pair->name);
		used = strlen(query);
	}
	(void)text_repair(query);

	log_info("http",
	         "%s %s %s%s %u, %" PRIu64 " bytes in, %" PRIu64
	         " out, %" PRIu64 " ms",
	         ex->address, ex->method,
	         ex->route ? ex->route->pattern : "(no such path)", query,
	         ex->status, ex->body_bytes, ex->sent_bytes,
	         clock_ms() - ex->begin_ms);
}

void httpd_completed(void *cls, struct MHD_Connection *connection, void **exp,
                     enum MHD_RequestTerminationCode code)
{
	struct httpd_core *core = cls;
	struct httpd_exchange *ex = *exp;
	bool is_whole = code == MHD_REQUEST_TERMINATED_COMPLETED_OK;
	bool is_told;

	(void)connection;
	if (!ex)
		return;

	*exp = NULL;
	if (ex->form)
		(void)MHD_destroy_post_processor(ex->form);
	ex->form = NULL;
	log_line(ex);
	limit_set(core, ex->conn, is_whole ? core->idle_ms + core->head_ms : 0);

	(void)pthread_mutex_lock(&core->lock);
	ex->is_complete = true;
	list_unlink(&ex->le);
	is_told = ex->is_asked && !is_whole && !core->is_stopping;
	(void)pthread_mutex_unlock(&core->lock);
	if (is_told)
		(void)httpd_tell(ex, httpd_tell_gone);
	httpd_leave(ex);
}

/* --- asking the loop --------------------------------------------------- */

/* Suspends the connection until the loop has answered. Without a loop that
 * listens, or while the server ends: MHD_NO. */
static enum MHD_Result ask(struct httpd_exchange *ex, mailbox_h *handler)
{
	struct httpd_core *core = ex->core;
	enum MHD_Result result = MHD_NO;

	(void)pthread_mutex_lock(&core->gate);
	if (!core->is_stopping && !httpd_tell(ex, handler)) {
		ex->is_asked = true;
		ex->is_suspended = true;
		MHD_suspend_connection(ex->connection);
		result = MHD_YES;
	}
	(void)pthread_mutex_unlock(&core->gate);

	return result;
}

/* --- what is refused here ---------------------------------------------- */

/* The answer to queue as soon as libmicrohttpd takes one. */
enum MHD_Result httpd_refuse(struct httpd_exchange *ex,
                             const struct httpd_trouble *trouble)
{
	struct MHD_Response *response = httpd_problem_make(trouble);

	if (!response)
		return MHD_NO;

	(void)pthread_mutex_lock(&ex->core->gate);
	if (ex->response)
		MHD_destroy_response(ex->response);
	ex->response = response;
	ex->status = trouble->status;
	(void)pthread_mutex_unlock(&ex->core->gate);
	ex->is_discarding = true;

	return MHD_YES;
}

static enum MHD_Result response_queue(struct httpd_exchange *ex)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	(void)pthread_mutex_lock(&ex->core->gate);
	response = ex->response;
	ex->response = NULL;
	(void)pthread_mutex_unlock(&ex->core->gate);
	if (!response)
		return MHD_NO;

	if (!ex->is_upgraded && httpd_is_draining(ex->core))
		(void)MHD_add_response_header(response, "Connection", "close");
	result = MHD_queue_response(ex->connection, ex->status, response);
	MHD_destroy_response(response);

	return result;
}

/* --- a request --------------------------------------------------------- */

/* Whose body need not be read before it is answered. */
static bool is_upload(const struct httpd_exchange *ex)
{
	return !strcmp(ex->method, "POST") || !strcmp(ex->method, "PUT");
}

static enum MHD_Result head_take(struct httpd_core *core,
                                 struct MHD_Connection *connection,
                                 const char *url, const char *method,
                                 void **exp)
{
	struct httpd_exchange *ex = exchange_alloc(core, connection, method);

	if (!ex)
		return MHD_NO;

	*exp = ex;
	if (httpd_head_check(ex, connection, url) == MHD_NO)
		return MHD_NO;

	limit_set(core, ex->conn,
	          core->body_ms +
	                  (ex->route ? httpd_body_limit(ex) / BODY_STEP * 1000
	                             : 0));
	if (ex->response)
		return is_upload(ex) || !httpd_has_body(ex) ? response_queue(ex)
		                                            : MHD_YES;
	if (core->check && httpd_has_body(ex)) {
		ex->is_checked = true;
		ex->is_head_again = true;
		return ask(ex, httpd_ask_check);
	}

	return MHD_YES;
}

enum MHD_Result httpd_access(void *cls, struct MHD_Connection *connection,
                             const char *url, const char *method,
                             const char *version, const char *data, size_t *np,
                             void **exp)
{
	struct httpd_core *core = cls;
	struct httpd_exchange *ex = *exp;
	bool has_answer, is_broken;

	(void)version;
	if (!ex)
		return head_take(core, connection, url, method, exp);

	(void)pthread_mutex_lock(&core->gate);
	has_answer = ex->response != NULL;
	is_broken = ex->is_broken;
	(void)pthread_mutex_unlock(&core->gate);
	if (is_broken)
		return MHD_NO;

	/* Resumed at the head, it is called with the head once more. */
	if (ex->is_head_again) {
		ex->is_head_again = false;
		return has_answer && is_upload(ex) ? response_queue(ex)
		                                   : MHD_YES;
	}

	if (*np) {
		size_t n = *np;

		*np = 0;
		return httpd_body_take(ex, data, n);
	}

	if (!has_answer && !ex->is_received) {
		ex->is_received = true;
		limit_set(core, ex->conn, 0);
		if (httpd_body_end(ex) == MHD_NO)
			return MHD_NO;
		if (!ex->is_discarding)
			return ask(ex, httpd_ask);
	}

	/* No answer here: the server ends. */
	return response_queue(ex);
}
