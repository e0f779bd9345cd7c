/*
 * campaign/papers.c - what makes a consent, or the edition of a published
 * list, count
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/instant.h"
#include "base/mem.h"
#include "campaign/campaign.h"

#define DAY_MS INT64_C(86400000)

struct paper {
	const char *field;
	const char *text;
	size_t max;
	const char *missing;
};

/* The first text that is missing or too long. */
static const char *texts_fault(const char **fieldp, const struct paper *paperv,
                               size_t paperc)
{
	for (size_t i = 0; i < paperc; i++) {
		const struct paper *paper = &paperv[i];
		size_t len = paper->text ? strlen(paper->text) : 0;

		*fieldp = paper->field;
		if (!len)
			return paper->missing;
		if (len > paper->max)
			return "is too long";
	}

	return NULL;
}

const char *papers_consent_fault(const char **fieldp,
                                 const struct store_consent *consent,
                                 int64_t now_ms)
{
	const struct paper paperv[] = {
		{"purpose", consent->purpose, PAPERS_PURPOSE_MAX,
	         "is missing: the word that rules.consent of a campaign names"},
		{"source", consent->source, PAPERS_SOURCE_MAX,
	         "is missing: a consent has a source and a text, where it was "
	         "given and what was agreed to"},
		{"text", consent->text, PAPERS_TEXT_MAX,
	         "is missing: a consent has a source and a text, where it was "
	         "given and what was agreed to"},
	};
	const char *fault = texts_fault(fieldp, paperv, ARRAY_COUNT(paperv));

	if (fault)
		return fault;

	*fieldp = "at";

	return consent->given_ms > 0 && consent->given_ms <= now_ms
	               ? NULL
	               : "has to be when it was given, as 2026-11-20 or "
	                 "2026-11-20T09:30Z, and not to come";
}

const char *papers_registry_fault(const char **fieldp,
                                  const struct store_registry *registry,
                                  int64_t now_ms)
{
	const struct paper name = {
		"name", registry->name, STORE_REGISTRY_SIZE - 1,
		"is missing: the word that rules.registries of a campaign "
		"names"};
	const char *fault = texts_fault(fieldp, &name, 1);

	if (fault)
		return fault;
	if (strpbrk(registry->name, ", "))
		return "has to be without blanks and commas";

	*fieldp = "max_age_days";
	if (registry->max_age_ms < 0 ||
	    registry->max_age_ms > PAPERS_AGE_DAYS_MAX * DAY_MS)
		return "has to be 0 to 3660";

	*fieldp = "published";

	return registry->published_ms > 0 && registry->published_ms <= now_ms
	               ? NULL
	               : "has to be the day on which the list was true, as "
	                 "2026-11-20, and not to come";
}

/* --- many consents -------------------------------------------------------- */

static const char *column(const struct store_contact *contact, const char *name)
{
	for (size_t i = 0; i < contact->varc; i++) {
		if (!strcmp(contact->varv[i].name, name))
			return contact->varv[i].value;
	}

	return "";
}

static const char *consent_read(const char **fieldp,
                                struct store_consent *consent,
                                const struct store_contact *contact,
                                const char *purpose)
{
	const char *at = column(contact, "at");
	int64_t now_ms = clock_wall_ms();

	*consent = (struct store_consent){
		.number = contact->number,
		.purpose = purpose,
		.source = column(contact, "source"),
		.text = column(contact, "text"),
		.given_ms = now_ms,
	};
	if (*at && !instant_read(&consent->given_ms, at))
		consent->given_ms = 0;

	return papers_consent_fault(fieldp, consent, now_ms);
}

int papers_consents_keep(const struct store_contact *contactv, size_t contactc,
                         store_added_h *added, void *added_arg, void *arg)
{
	struct papers_consents *papers = arg;
	struct store_consent *consentv;
	const char *field, *fault;
	int err = 0;

	consentv = mem_zalloc((contactc + 1) * sizeof(*consentv), NULL);
	if (!consentv)
		return ENOMEM;

	for (size_t i = 0; i < contactc && !err; i++) {
		fault = consent_read(&field, &consentv[i], &contactv[i],
		                     papers->purpose);
		if (!fault)
			continue;
		(void)snprintf(papers->fault, sizeof(papers->fault),
		               "line %u: %s %s; the columns are number, "
		               "source, text and at",
		               contactv[i].row, field, fault);
		err = EINVAL;
	}
	if (!err)
		err = store_consents_add(papers->store, consentv, contactc,
		                         added, added_arg);
	mem_deref(consentv);

	return err;
}
