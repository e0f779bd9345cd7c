/*
 * api/openapi.c - the OpenAPI 3.1 document, from the table of routes
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "base/jmem.h"
#include "base/mem.h"

enum {
	PATTERN_SIZE = 160,
};

static json_t *choice_json(const char *range)
{
	json_t *list = json_array();

	while (*range) {
		size_t n = strcspn(range, "|");

		(void)json_array_append_new(list, json_stringn(range, n));
		range += n;
		range += *range == '|';
	}

	return list;
}

static json_t *kind_json(const struct field *field)
{
	int64_t low, high;
	json_t *json;

	switch (field->kind) {

	case FIELD_TEXT:
		json = json_pack("{s:s}", "type", "string");
		if (field->range)
			(void)json_object_set_new(json, "enum",
			                          choice_json(field->range));
		return json;

	case FIELD_NUMBER:
		json = json_pack("{s:s}", "type", "integer");
		fields_range(field, &low, &high);
		if (field->range) {
			(void)json_object_set_new(json, "minimum",
			                          json_integer(low));
			(void)json_object_set_new(json, "maximum",
			                          json_integer(high));
		}
		return json;

	case FIELD_REAL:
		return json_pack("{s:s, s:i}", "type", "number", "minimum", 0);

	case FIELD_BOOL:
		return json_pack("{s:s}", "type", "boolean");

	case FIELD_TIME:
		return json_pack("{s:[s, s], s:s}", "type", "string", "null",
		                 "format", "date-time");

	case FIELD_OBJECT:
		return json_pack("{s:s}", "type", "object");

	case FIELD_LIST:
		return json_pack("{s:s, s:{s:s}}", "type", "array", "items",
		                 "type", field->range ? "string" : "object");
	}

	return NULL;
}

static json_t *field_json(const struct field *field)
{
	json_t *json = kind_json(field);

	if (*field->what)
		(void)json_object_set_new(json, "description",
		                          json_string(field->what));

	return json;
}

static json_t *object_json(const struct fields *fields)
{
	json_t *properties = json_object(), *required = json_array();

	for (size_t i = 0; i < fields->c; i++) {
		const struct field *field = &fields->v[i];

		(void)json_object_set_new(properties, field->name,
		                          field_json(field));
		if (field->is_required)
			(void)json_array_append_new(required,
			                            json_string(field->name));
	}

	return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties",
	                 properties, "required", required,
	                 "additionalProperties", 0);
}

static json_t *reply_json(const struct route *route)
{
	json_t *json = object_json(&route->reply);

	if (!route->is_page)
		return json;

	return json_pack(
		"{s:s, s:{s:{s:s, s:o}, s:{s:[s, s], s:s}}, s:[s, s], s:b}",
		"type", "object", "properties", "items", "type", "array",
		"items", json, "next", "type",
		route->is_next_text ? "string" : "integer", "null",
		"description",
		"to be given as `before`, or `after`, for the next page; null: "
		"this is the "
		"last",
		"required", "items", "next", "additionalProperties", 0);
}

/* {id} of a path, then the query. */
static json_t *parameters_json(const struct route *route)
{
	json_t *list = json_array();
	const char *p = route->pattern;

	while ((p = strchr(p, '{'))) {
		size_t n = strcspn(++p, "}*");

		(void)json_array_append_new(
			list,
			json_pack("{s:o, s:s, s:b, s:{s:s}}", "name",
		                  json_stringn(p, n), "in", "path", "required",
		                  1, "schema", "type", "string"));
	}
	for (size_t i = 0; i < route->query.c; i++) {
		const struct field *field = &route->query.v[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:b, s:s, s:o}", "name",
		                  field->name, "in", "query", "required",
		                  field->is_required, "description",
		                  field->what, "schema", kind_json(field)));
	}
	if (route->is_matched)
		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:b, s:s, s:{s:s}}", "name",
		                  "If-Match", "in", "header", "required", 0,
		                  "description",
		                  "the ETag that was read: 412 where somebody "
		                  "changed it meanwhile",
		                  "schema", "type", "string"));
	if (!strcmp(route->method, "POST"))
		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:b, s:s, s:{s:s, s:i}}", "name",
		                  "Idempotency-Key", "in", "header", "required",
		                  0, "description",
		                  "the same key with the same body is done "
		                  "once and answered the same",
		                  "schema", "type", "string", "maxLength",
		                  128));

	return list;
}

static json_t *body_json(const struct route *route)
{
	static const char *const typev[] = {
		[HTTPD_BODY_MEMORY] = "application/octet-stream",
		[HTTPD_BODY_FILE] = "application/octet-stream",
		[HTTPD_BODY_FORM] = "multipart/form-data",
	};

	if (route->body.c)
		return json_pack("{s:b, s:{s:{s:o}}}", "required", 1, "content",
		                 "application/json", "schema",
		                 object_json(&route->body));
	if (route->taking)
		return json_pack("{s:b, s:{s:{}}}", "required", 1, "content",
		                 typev[route->taking]);

	return NULL;
}

static json_t *responses_json(const struct route *route)
{
	unsigned status = route->status ? route->status : 200;
	json_t *success = json_pack("{s:s}", "description", route->summary);
	static const char *const failurev[] = {"4XX", "5XX"};
	json_t *responses = json_object();
	char text[8];

	if (route->type)
		(void)json_object_set_new(success, "content",
		                          json_pack("{s:{}}", route->type));
	else if (status != 204)
		(void)json_object_set_new(
			success, "content",
			json_pack("{s:{s:o}}", "application/json", "schema",
		                  reply_json(route)));
	(void)snprintf(text, sizeof(text), "%u", status);
	(void)json_object_set_new(responses, text, success);
	/* Not "default", which generators take for the answer itself. */
	for (size_t i = 0; i < ARRAY_COUNT(failurev); i++)
		(void)json_object_set_new(responses, failurev[i],
		                          json_pack("{s:s}", "$ref",
		                                    "#/components/responses/"
		                                    "problem"));

	return responses;
}

/* "POST /api/v1/users/{name}" becomes "post_users_name", the page "GET /lines"
 * "get_page_lines". */
static void operation_id(char id[PATTERN_SIZE], const struct route *route)
{
	bool is_page = !strcmp(route->tag, "pages");
	const char *p = route->pattern;
	size_t n;

	(void)snprintf(id, PATTERN_SIZE, "%s%s", route->method,
	               is_page ? "_page" : "");
	for (n = 0; id[n]; n++)
		id[n] = (char)tolower((unsigned char)id[n]);
	if (!strncmp(p, "/api/v1", 7))
		p += 7;
	for (; *p && n + 2 < PATTERN_SIZE; p++) {
		if (isalnum((unsigned char)*p))
			id[n++] = *p;
		else if (id[n - 1] != '_')
			id[n++] = '_';
	}
	while (n && id[n - 1] == '_')
		n--;
	id[n] = '\0';
}

static json_t *operation_json(const struct route *route)
{
	char id[PATTERN_SIZE];
	json_t *json, *body = body_json(route);

	operation_id(id, route);
	json = json_pack("{s:s, s:s, s:[s], s:o, s:o}", "operationId", id,
	                 "summary", route->summary, "tags", route->tag,
	                 "parameters", parameters_json(route), "responses",
	                 responses_json(route));
	if (body)
		(void)json_object_set_new(json, "requestBody", body);
	(void)json_object_set_new(
		json, "security",
		route->scope ? json_pack("[{s:[s]}]", "token", route->scope)
			     : json_array());

	return json;
}

/* "{path*}" is "{path}" there. */
static void path_of(char path[PATTERN_SIZE], const char *pattern)
{
	size_t n = 0;

	for (; *pattern && n + 1 < PATTERN_SIZE; pattern++) {
		if (*pattern != '*')
			path[n++] = *pattern;
	}
	path[n] = '\0';
}

static json_t *paths_json(void)
{
	json_t *paths = json_object();

	for (size_t i = 0; i < route_count(); i++) {
		const struct route *route = route_at(i);
		char path[PATTERN_SIZE], method[8];
		json_t *item;
		size_t n = 0;

		path_of(path, route->pattern);
		for (const char *m = route->method; *m; m++)
			method[n++] = (char)tolower((unsigned char)*m);
		method[n] = '\0';
		item = json_object_get(paths, path);
		if (!item) {
			item = json_object();
			(void)json_object_set_new(paths, path, item);
		}
		(void)json_object_set_new(item, method, operation_json(route));
	}

	return paths;
}

static json_t *problem_json(void)
{
	return json_pack(
		"{s:s, s:{s:{s:{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s},"
		" s:{s:s}, s:{s:s}}}}}}",
		"description", "What is wrong, and what to do about it.",
		"content", "application/problem+json", "schema", "type",
		"object", "properties", "type", "type", "string", "title",
		"type", "string", "status", "type", "integer", "detail", "type",
		"string", "remedy", "type", "string", "field", "type",
		"string");
}

json_t *openapi_make(void)
{
	return json_pack(
		"{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:{s:{s:s, s:s}}, s:{s:o}}}",
		"openapi", "3.1.0", "info", "title", "Dialwright", "version",
		DIALWRIGHT_VERSION, "description",
		"Calls, campaigns, scripts and what came of them. Times are "
		"RFC 3339. Unknown fields are refused.",
		"paths", paths_json(), "components", "securitySchemes", "token",
		"type", "http", "scheme", "bearer", "responses", "problem",
		problem_json());
}

void api_describe(FILE *out)
{
	json_t *json = openapi_make();

	if (json && !json_dumpf(json, out, JSON_INDENT(1)))
		fputc('\n', out);
	json_decref(json);
}
