/*
 * base/httpd_head.c - HTTP's own thread: what the head of a request says
 *
 * All texts are decoded, looked at and copied here, so that the control loop
 * never touches the connection.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/httpd_parts.h"

static enum MHD_Result refuse_path(struct httpd_exchange *ex, const char *path)
{
	struct httpd_trouble trouble = {
		.status = 404,
		.detail = "There is nothing at this path.",
		.remedy = "The documentation names the paths.",
	};
	char allow[128] = "";
	struct list pairl;
	size_t used = 0;

	list_init(&pairl);
	for (size_t i = 0; i < ex->core->routec; i++) {
		const struct httpd_route *route = &ex->core->routev[i];

		if (!httpd_match(&pairl, route->pattern, path) &&
		    used < sizeof(allow)) {
			(void)snprintf(
				allow + used, sizeof(allow) - used, "%s%s%s",
				used ? ", " : "", route->method,
				strcmp(route->method, "GET") ? "" : ", HEAD");
			used = strlen(allow);
		}
		list_flush(&pairl);
	}
	if (!*allow)
		return httpd_refuse(ex, &trouble);

	trouble.status = 405;
	trouble.detail = "This path does not take that method.";
	trouble.remedy = "The Allow header names those it takes.";
	if (httpd_refuse(ex, &trouble) == MHD_NO)
		return MHD_NO;

	return MHD_add_response_header(ex->response, "Allow", allow);
}

static void pairs_move(struct list *to, struct list *from)
{
	struct le *le;

	while ((le = from->head)) {
		struct httpd_pair *pair = le->data;

		list_unlink(le);
		list_append(to, le, pair);
	}
}

/* The route and its parameters; EINVAL for a path that is none. */
static int route_find(struct httpd_exchange *ex, const char *path)
{
	const char *method = strcmp(ex->method, "HEAD") ? ex->method : "GET";
	struct list paraml;

	list_init(&paraml);
	for (size_t i = 0; i < ex->core->routec; i++) {
		const struct httpd_route *route = &ex->core->routev[i];
		int err;

		if (strcmp(route->method, method) != 0)
			continue;
		err = httpd_match(&paraml, route->pattern, path);
		if (!err) {
			ex->route = route;
			pairs_move(&ex->pairl, &paraml);
		}
		list_flush(&paraml);
		if (err != ENOENT)
			return err;
	}

	return ENOENT;
}

/* --- the head ---------------------------------------------------------- */

struct taking {
	struct httpd_exchange *ex;
	enum httpd_pair_kind kind;
	int err;
};

static enum MHD_Result pair_take(void *cls, enum MHD_ValueKind mhd_kind,
                                 const char *raw_name, const char *raw_value)
{
	struct taking *taking = cls;
	struct httpd_exchange *ex = taking->ex;
	bool is_query = taking->kind == HTTPD_QUERY;
	char *name = NULL, *value = NULL;
	int err;

	(void)mhd_kind;
	if (!raw_value)
		raw_value = "";
	if (ex->pairc++ >= HTTPD_PAIRS_MAX)
		taking->err = E2BIG;
	if (taking->err)
		return MHD_NO;

	/* Headers and cookies are as they are, a query is written in escapes.
	 */
	if (is_query) {
		err = httpd_decode(&name, raw_name, strlen(raw_name), false);
		if (!err)
			err = httpd_decode(&value, raw_value, strlen(raw_value),
			                   true);
	}
	else {
		err = httpd_is_text(raw_name, strlen(raw_name), false) &&
		                      httpd_is_text(raw_value,
		                                    strlen(raw_value), true)
		              ? 0
		              : EINVAL;
	}
	if (!err)
		err = httpd_pair_add(&ex->pairl, taking->kind,
		                     is_query ? name : raw_name,
		                     is_query ? value : raw_value);
	mem_deref(name);
	mem_deref(value);
	taking->err = err;

	return err ? MHD_NO : MHD_YES;
}

static int pairs_take(struct httpd_exchange *ex,
                      struct MHD_Connection *connection)
{
	static const struct {
		enum MHD_ValueKind mhd;
		enum httpd_pair_kind ours;
	} kindv[] = {
		{MHD_GET_ARGUMENT_KIND, HTTPD_QUERY},
		{MHD_HEADER_KIND, HTTPD_HEADER},
		{MHD_COOKIE_KIND, HTTPD_COOKIE},
	};
	struct taking taking = {.ex = ex};

	for (size_t i = 0; !taking.err && i < ARRAY_COUNT(kindv); i++) {
		taking.kind = kindv[i].ours;
		(void)MHD_get_connection_values(connection, kindv[i].mhd,
		                                pair_take, &taking);
	}

	return taking.err;
}

static enum MHD_Result refuse_head(struct httpd_exchange *ex, int err)
{
	static const struct httpd_trouble bad = {
		.status = 400,
		.detail = "Path, query or headers are no text: a bad escape, "
			  "no UTF-8, or a control character.",
		.remedy = "Write UTF-8, and what is special as %XX.",
	};
	static const struct httpd_trouble many = {
		.status = 431,
		.detail = "Too many headers or parameters.",
		.remedy = "Send fewer.",
	};

	if (err == ENOMEM)
		return httpd_refuse(ex, &httpd_no_memory);

	return httpd_refuse(ex, err == E2BIG ? &many : &bad);
}

/* Whether the name that the client calls us by may be ours. An address always
 * may: a page of a stranger cannot make a browser write one. */
static bool is_host_ours(const struct httpd_exchange *ex)
{
	const char *names = ex->core->host_names;
	const char *host = httpd_pair_find(&ex->pairl, HTTPD_HEADER, "Host");
	size_t n;

	if (!ex->core->is_loopback || !host)
		return true;
	if (*host == '[')
		return true;

	n = strcspn(host, ":");
	if (strspn(host, "0123456789.") == n ||
	    (n == 9 && !strncasecmp(host, "localhost", n)))
		return true;

	while (names && *names) {
		size_t name_n;

		names += strspn(names, ", ");
		name_n = strcspn(names, ", ");
		if (name_n == n && !strncasecmp(names, host, n))
			return true;
		names += name_n;
	}

	return false;
}

/* Everything that can be known from the head. */
enum MHD_Result httpd_head_check(struct httpd_exchange *ex,
                                 struct MHD_Connection *connection,
                                 const char *url)
{
	static const struct httpd_trouble draining = {
		.status = 503,
		.detail = "The server is about to stop.",
		.remedy = "Try again in a moment.",
	};
	static const struct httpd_trouble stranger = {
		.status = 421,
		.detail = "The Host header names another server.",
		.remedy = "Call it by its address, as localhost, or by a name "
			  "that is configured.",
	};
	const char *length;
	int err;

	err = pairs_take(ex, connection);
	if (!err)
		err = httpd_decode(&ex->path, url, strlen(url), false);
	if (err)
		return refuse_head(ex, err);
	if (httpd_is_draining(ex->core))
		return httpd_refuse(ex, &draining);
	if (!is_host_ours(ex))
		return httpd_refuse(ex, &stranger);

	err = route_find(ex, url);
	if (err == ENOENT)
		return refuse_path(ex, url);
	if (err)
		return refuse_head(ex, err);

	length = httpd_pair_find(&ex->pairl, HTTPD_HEADER, "Content-Length");
	if (httpd_has_body(ex) &&
	    (ex->route->body == HTTPD_BODY_NONE ||
	     (length && strtoull(length, NULL, 10) > httpd_body_limit(ex))))
		return httpd_refuse_size(ex);

	err = httpd_has_body(ex) ? httpd_body_begin(ex, connection) : 0;

	return err ? httpd_refuse_body(ex, err) : MHD_YES;
}
