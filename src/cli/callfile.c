/*
 * cli/callfile.c - held calls as a file, to be replayed elsewhere
 */
#include <errno.h>
#include <jansson.h>
#include "base/mem.h"
#include "cli/callfile.h"
#include "cli/stepjson.h"

/* --- out ---------------------------------------------------------------- */

static json_t *variables_of(const struct flow_call *call)
{
	json_t *object = json_object();

	for (size_t i = 0; i < call->varc; i++)
		(void)json_object_set_new(object, call->varv[i].name,
		                          json_string(call->varv[i].value));

	return object;
}

static json_t *steps_of(const struct flow_call *call)
{
	json_t *array = json_array();

	for (size_t i = 0; i < call->stepc; i++)
		(void)json_array_append_new(array,
		                            stepjson_make(&call->stepv[i]));

	return array;
}

static json_t *inputs_of(const struct flow_call *call)
{
	json_t *array = call->inputs ? json_loads(call->inputs, 0, NULL) : NULL;

	return array ? array : json_array();
}

int callfile_write(FILE *file, const struct flow_call *call)
{
	json_t *line = json_pack(
		"{s:s, s:s*, s:s, s:I, s:o, s:o, s:o}", "callid", call->callid,
		"label", call->label, "class", call->class_letter, "intention",
		(json_int_t)call->intention, "variables", variables_of(call),
		"inputs", inputs_of(call), "steps", steps_of(call));
	int err = line ? 0 : ENOMEM;

	if (!err &&
	    (json_dumpf(line, file, JSON_COMPACT) || fputc('\n', file) == EOF))
		err = errno ? errno : EIO;
	json_decref(line);

	return err;
}

/* --- in ----------------------------------------------------------------- */

/* A line as a call. */
struct taken {
	struct flow_call call;
	struct flow_var *varv;
	struct flow_step *stepv;
	char *inputs;
};

static void taken_destructor(void *arg)
{
	struct taken *taken = arg;

	mem_deref(taken->varv);
	mem_deref(taken->stepv);
	mem_deref(taken->inputs);
}

static int variables_take(struct taken *taken, json_t *object)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return EBADMSG;

	taken->varv = mem_zalloc(
		(json_object_size(object) + 1) * sizeof(*taken->varv), NULL);
	if (!taken->varv)
		return ENOMEM;

	taken->call.varv = taken->varv;
	json_object_foreach(object, name, value)
	{
		if (!json_is_string(value))
			return EBADMSG;
		taken->varv[taken->call.varc++] = (struct flow_var){
			.name = name,
			.value = json_string_value(value),
		};
	}

	return 0;
}

static int inputs_take(struct taken *taken, const json_t *array)
{
	size_t size = json_dumpb(array, NULL, 0, JSON_COMPACT);

	if (!json_is_array(array))
		return EBADMSG;

	taken->inputs = mem_zalloc(size + 1, NULL);
	if (!taken->inputs)
		return ENOMEM;

	(void)json_dumpb(array, taken->inputs, size, JSON_COMPACT);
	taken->call.inputs = taken->inputs;

	return 0;
}

static int steps_take(struct taken *taken, const json_t *array)
{
	size_t count = json_array_size(array);

	if (!json_is_array(array))
		return EBADMSG;

	taken->stepv = mem_zalloc((count + 1) * sizeof(*taken->stepv), NULL);
	if (!taken->stepv)
		return ENOMEM;

	taken->call.stepv = taken->stepv;
	taken->call.stepc = count;
	for (size_t i = 0; i < count; i++) {
		if (!stepjson_take(json_array_get(array, i), &taken->stepv[i]))
			return EBADMSG;
	}

	return 0;
}

static int take(struct taken **takenp, json_t *line)
{
	struct taken *taken;
	json_t *variables, *inputs, *steps;
	json_int_t intention;
	int err;

	taken = mem_zalloc(sizeof(*taken), taken_destructor);
	if (!taken)
		return ENOMEM;

	if (json_unpack(line, "{s:s, s?:s, s:s, s:I, s:o, s:o, s:o}", "callid",
	                &taken->call.callid, "label", &taken->call.label,
	                "class", &taken->call.class_letter, "intention",
	                &intention, "variables", &variables, "inputs", &inputs,
	                "steps", &steps)) {
		err = EBADMSG;
		goto out;
	}

	taken->call.intention = intention;
	err = variables_take(taken, variables);
	if (!err)
		err = inputs_take(taken, inputs);
	if (!err)
		err = steps_take(taken, steps);

out:
	if (err)
		mem_deref(taken);
	else
		*takenp = taken;

	return err;
}

/* Whether something but blanks is left. */
static bool has_more(FILE *file)
{
	int c;

	do {
		c = fgetc(file);
	} while (c == ' ' || c == '\n' || c == '\r' || c == '\t');

	return c != EOF && ungetc(c, file) != EOF;
}

int callfile_read(FILE *file, callfile_h *handler, void *arg,
                  char fault[CALLFILE_FAULT_SIZE])
{
	struct taken *taken;
	json_error_t error;
	size_t number = 0;
	json_t *line;
	int err = 0;

	while (!err && has_more(file)) {
		number++;
		line = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error);
		if (!line) {
			(void)snprintf(fault, CALLFILE_FAULT_SIZE,
			               "call %zu: %s", number, error.text);
			return EBADMSG;
		}

		err = take(&taken, line);
		if (!err) {
			err = handler(&taken->call, arg);
			mem_deref(taken);
		}
		else {
			(void)snprintf(fault, CALLFILE_FAULT_SIZE,
			               "call %zu: %s", number,
			               err == ENOMEM
			                       ? "out of memory"
			                       : "not written by --export");
		}
		json_decref(line);
	}

	return err;
}
