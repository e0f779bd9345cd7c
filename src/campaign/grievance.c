/*
 * campaign/grievance.c - pure: which ends of calls put a number on the
 * do-not-call list
 */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"
#include "campaign/grievance.h"

enum {
	ITEM_SIZE = GRIEVANCE_LABEL_SIZE + 8,
	HANGUP_S_MAX = 60,
	HANGUPS_MAX = 100,
};

static bool label_add(struct grievance *grievance, const char *label)
{
	if (!*label || grievance->labelc == GRIEVANCE_LABELS_MAX ||
	    strlen(label) >= GRIEVANCE_LABEL_SIZE)
		return false;

	(void)text_copy(grievance->labelv[grievance->labelc++],
	                GRIEVANCE_LABEL_SIZE, label);

	return true;
}

static bool hangup_set(struct grievance *grievance, const char *text)
{
	unsigned within_s, times;
	int n = 0;

	if (sscanf(text, "hangup<%2u x%3u%n", &within_s, &times, &n) != 2 ||
	    text[n] || !within_s || within_s > HANGUP_S_MAX || !times ||
	    times > HANGUPS_MAX)
		return false;

	grievance->hangup_ms = 1000 * within_s;
	grievance->hangups = times;

	return true;
}

static bool item_set(struct grievance *grievance, const char *item)
{
	static const char label[] = "label ";
	enum outcome outcome;

	if (!strncmp(item, label, sizeof(label) - 1))
		return label_add(grievance, item + sizeof(label) - 1);
	if (!strncmp(item, "hangup<", 7))
		return hangup_set(grievance, item);

	/* What our own line did is nobody's complaint. */
	if (!outcome_parse(&outcome, item) || outcome_is_our_fault(outcome))
		return false;

	grievance->outcomev[outcome] = true;

	return true;
}

bool grievance_parse(struct grievance *grievance, const char *text)
{
	memset(grievance, 0, sizeof(*grievance));
	while (*(text += strspn(text, ", "))) {
		size_t len = strcspn(text, ",");
		char item[ITEM_SIZE];

		if (len >= sizeof(item))
			return false;
		(void)snprintf(item, sizeof(item), "%.*s", (int)len, text);
		for (size_t n = len; n && item[n - 1] == ' '; n--)
			item[n - 1] = '\0';
		if (!item_set(grievance, item))
			return false;
		text += len;
	}

	return true;
}

bool grievance_is(const struct grievance *grievance,
                  const struct dialer_end *end,
                  char reason[GRIEVANCE_REASON_SIZE])
{
	if (grievance->outcomev[end->end.outcome]) {
		(void)snprintf(reason, GRIEVANCE_REASON_SIZE,
		               "the call ended as %s (%u)",
		               outcome_name(end->end.outcome),
		               end->end.sip_code);
		return true;
	}

	for (size_t i = 0; i < grievance->labelc && end->label; i++) {
		if (strcmp(grievance->labelv[i], end->label) != 0)
			continue;
		(void)snprintf(reason, GRIEVANCE_REASON_SIZE,
		               "the call got the label %s",
		               grievance->labelv[i]);
		return true;
	}

	return false;
}
