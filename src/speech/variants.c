/*
 * speech/variants.c - pure: <recognitionResults> of the old Yandex interface
 */
#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "speech/variants.h"

enum {
	DEPTH_MAX = 8,
	INSIDE_ROOT = 1,
};

struct reading {
	XML_Parser parser;
	struct variants *variants;
	unsigned depth;
	unsigned variantc;
	bool is_inside; /* the first variant */
	bool is_alien;  /* another document than ours */
	size_t len;     /* of its text */
};

static const char *attribute(const XML_Char **pairv, const char *name)
{
	for (; pairv[0]; pairv += 2) {
		if (!strcmp(pairv[0], name))
			return pairv[1];
	}

	return NULL;
}

static void refuse(struct reading *reading)
{
	reading->is_alien = true;
	(void)XML_StopParser(reading->parser, XML_FALSE);
}

/* There is none in what the service sends: somebody wants entities. */
static void doctype_handler(void *arg, const XML_Char *name,
                            const XML_Char *sysid, const XML_Char *pubid,
                            int has_subset)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_subset;

	refuse(arg);
}

static void variant_begin(struct reading *reading, const XML_Char **pairv)
{
	struct variants *variants = reading->variants;
	const char *text = attribute(pairv, "confidence");
	char *end;

	reading->is_inside = true;
	if (!text)
		return;

	variants->confidence = strtod(text, &end);
	variants->has_confidence = end != text && !*end;
}

static void begin_handler(void *arg, const XML_Char *name,
                          const XML_Char **pairv)
{
	struct reading *reading = arg;
	const char *success;

	if (++reading->depth > DEPTH_MAX) {
		refuse(reading);
		return;
	}
	if (reading->depth == INSIDE_ROOT) {
		if (strcmp(name, "recognitionResults")) {
			refuse(reading);
			return;
		}
		success = attribute(pairv, "success");
		reading->variants->is_heard = success && !strcmp(success, "1");
	}
	else if (reading->depth == INSIDE_ROOT + 1 &&
	         !strcmp(name, "variant") && !reading->variantc++) {
		variant_begin(reading, pairv);
	}
}

static void end_handler(void *arg, const XML_Char *name)
{
	struct reading *reading = arg;

	(void)name;

	if (--reading->depth == INSIDE_ROOT)
		reading->is_inside = false;
}

/* <censored> and the like within a variant are part of its text. */
static void text_handler(void *arg, const XML_Char *text, int len)
{
	struct reading *reading = arg;
	struct variants *variants = reading->variants;
	size_t n = (size_t)len;
	size_t room = sizeof(variants->text) - 1 - reading->len;

	if (!reading->is_inside)
		return;

	if (n > room)
		n = room;
	memcpy(variants->text + reading->len, text, n);
	reading->len += n;
	variants->text[reading->len] = '\0';
}

int variants_parse(struct variants *variants, const char *xml, size_t n)
{
	struct reading reading = {.variants = variants};
	enum XML_Error error = XML_ERROR_NONE;
	enum XML_Status status;

	*variants = (struct variants){.is_heard = false};
	if (n > INT_MAX)
		return EPROTO;

	reading.parser = XML_ParserCreate(NULL);
	if (!reading.parser)
		return ENOMEM;

	XML_SetUserData(reading.parser, &reading);
	XML_SetElementHandler(reading.parser, begin_handler, end_handler);
	XML_SetCharacterDataHandler(reading.parser, text_handler);
	XML_SetStartDoctypeDeclHandler(reading.parser, doctype_handler);
	status = XML_Parse(reading.parser, xml, (int)n, XML_TRUE);
	if (status != XML_STATUS_OK)
		error = XML_GetErrorCode(reading.parser);
	XML_ParserFree(reading.parser);

	if (error == XML_ERROR_NO_MEMORY)
		return ENOMEM;
	if (status != XML_STATUS_OK || reading.is_alien)
		return EPROTO;
	(void)text_repair(variants->text);

	return 0;
}
