/*
 * notify/describe.c - docs/events.md and the schemas, from the table of types
 */
#include <jansson.h>
#include "base/mem.h"
#include "notify/notify.h"

static const char *const kindv[] = {
	[NOTIFY_TEXT] = "text",          [NOTIFY_NUMBER] = "number",
	[NOTIFY_TIME] = "time or null",  [NOTIFY_OBJECT] = "object",
	[NOTIFY_LIST] = "list of texts",
};

void notify_describe(FILE *out)
{
	for (size_t i = 0; i < notify_typec; i++) {
		const struct notify_type *type = &notify_typev[i];

		fprintf(out,
		        "## `%s`\n\n%s\n\n| field of data | is | meaning |\n"
		        "| --- | --- | --- |\n",
		        type->name, type->what);
		for (size_t j = 0; j < type->fieldc; j++)
			fprintf(out, "| `%s` | %s | %s |\n",
			        type->fieldv[j].name,
			        kindv[type->fieldv[j].kind],
			        type->fieldv[j].what);
		fputc('\n', out);
	}
}

static json_t *field_schema(const struct notify_field *field)
{
	switch (field->kind) {

	case NOTIFY_TEXT:
		return json_pack("{s:s, s:s}", "type", "string", "description",
		                 field->what);
	case NOTIFY_NUMBER:
		return json_pack("{s:s, s:s}", "type", "integer", "description",
		                 field->what);
	case NOTIFY_TIME:
		return json_pack("{s:[s, s], s:s, s:s}", "type", "string",
		                 "null", "format", "date-time", "description",
		                 field->what);
	case NOTIFY_OBJECT:
		return json_pack("{s:s, s:s}", "type", "object", "description",
		                 field->what);
	case NOTIFY_LIST:
		return json_pack("{s:s, s:{s:s}, s:s}", "type", "array",
		                 "items", "type", "string", "description",
		                 field->what);
	}

	return NULL;
}

static json_t *type_schema(const struct notify_type *type)
{
	json_t *properties = json_object(), *required = json_array();

	for (size_t i = 0; i < type->fieldc; i++) {
		const struct notify_field *field = &type->fieldv[i];

		(void)json_object_set_new(properties, field->name,
		                          field_schema(field));
		(void)json_array_append_new(required, json_string(field->name));
	}

	return json_pack("{s:s, s:s, s:o, s:o, s:b}", "type", "object",
	                 "description", type->what, "properties", properties,
	                 "required", required, "additionalProperties", 0);
}

void notify_describe_schemas(FILE *out)
{
	json_t *types = json_object(), *whole;

	for (size_t i = 0; i < notify_typec; i++)
		(void)json_object_set_new(types, notify_typev[i].name,
		                          type_schema(&notify_typev[i]));
	whole = json_pack("{s:s, s:s, s:o}", "$schema",
	                  "https://json-schema.org/draft/2020-12/schema",
	                  "title", "Data of the events of Dialwright, by type",
	                  "$defs", types);
	if (whole && !json_dumpf(whole, out, JSON_INDENT(1)))
		fputc('\n', out);
	json_decref(whole);
}
