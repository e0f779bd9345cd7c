/*
 * autocall/ami.h - pure: what Asterisk would have said of the end of a call;
 * private to autocall/
 */
#pragma once

#include "phone/phone.h"

struct ami_said {
	const char *dialstatus; /* of the variable DIALSTATUS */
	unsigned cause;         /* Q.850 */
	const char *words;
};

struct ami_said ami_said(enum outcome outcome);
