/*
 * speech/bands.c - pure: what to make of an answer that may be wrong
 */
#include <jansson.h>
#include "speech/bands.h"

static void read_percent(unsigned *percent, const json_t *params,
                         const char *key)
{
	const json_t *value = json_object_get(params, key);
	double number = json_number_value(value);

	if (json_is_number(value) && number >= 0 && number <= 100)
		*percent = (unsigned)number;
}

void bands_read(struct bands *bands, const char *params, unsigned accept)
{
	json_t *json;

	bands->accept = accept;
	bands->confirm = 100;
	if (!params || !*params)
		return;

	json = json_loads(params, 0, NULL);
	read_percent(&bands->accept, json, "accept");
	read_percent(&bands->confirm, json, "confirm");
	json_decref(json);
}

enum band bands_of(const struct bands *bands, unsigned score)
{
	if (score >= bands->accept)
		return BAND_ACCEPTED;

	return score >= bands->confirm ? BAND_CONFIRM : BAND_REJECTED;
}
