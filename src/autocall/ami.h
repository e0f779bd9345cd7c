/*
 * autocall/ami.h - pure: what Asterisk would have said of a call; private to
 * autocall/
 */
#pragma once

#include <jansson.h>
#include "phone/phone.h"

struct ami_said {
	const char *dialstatus; /* of the variable DIALSTATUS */
	unsigned cause;         /* Q.850 */
	const char *words;
};

/* Of the end of a call. q850: as the network said, 0 = it did not. */
struct ami_said ami_said(enum outcome outcome, unsigned q850);

struct ami_channel {
	const char *name; /* "SIP/101-5f2c" */
	const char *uniqueid;
	const char *caller, *caller_name;
};

/* Fields of an event, to be dropped or handed on; NULL without memory. */
json_t *ami_fields(const struct ami_channel *channel);
json_t *ami_with(json_t *fields, const char *key, const char *value);
json_t *ami_ringing(const struct ami_channel *channel); /* Newstate */
json_t *ami_up(const struct ami_channel *channel);      /* Newstate */
json_t *ami_var(const struct ami_channel *channel, const char *variable,
                const char *value); /* VarSet */
json_t *ami_hangup(const struct ami_channel *channel,
                   const struct ami_said *said); /* Hangup */
