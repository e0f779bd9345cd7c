/*
 * phone/sip/session_timer.c - pure: session timers (RFC 4028)
 */
#include <assert.h>
#include "phone/sip/session_timer.h"
#include "base/mem.h"

static size_t number_read(uint32_t *numberp, const char *text, size_t len)
{
	uint32_t number = 0;
	size_t i;

	for (i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		if (number < SESSION_TIMER_MAX_S)
			number = number * 10 + (uint32_t)(text[i] - '0');
	}

	if (number > SESSION_TIMER_MAX_S)
		number = SESSION_TIMER_MAX_S;
	*numberp = number;

	return i;
}

static bool has_parameter(const char *text, size_t len, const char *word)
{
	const size_t word_len = strlen(word);

	for (size_t i = 0; i + word_len <= len; i++) {
		const size_t next = i + word_len;

		if (strncasecmp(text + i, word, word_len))
			continue;
		if (next == len || text[next] == ';' || text[next] == ' ')
			return true;
	}

	return false;
}

bool session_expires_parse(struct session_expires *expires, const char *value,
                           size_t len)
{
	uint32_t interval_s;
	size_t pos = number_read(&interval_s, value, len);

	if (!interval_s)
		return false;

	expires->interval_s = interval_s;
	if (has_parameter(value + pos, len - pos, "refresher=uac"))
		expires->refresher = SESSION_REFRESHER_UAC;
	else if (has_parameter(value + pos, len - pos, "refresher=uas"))
		expires->refresher = SESSION_REFRESHER_UAS;
	else
		expires->refresher = SESSION_REFRESHER_ANY;

	return true;
}

uint32_t session_min_parse(const char *value, size_t len)
{
	uint32_t min_s;

	(void)number_read(&min_s, value, len);

	return min_s;
}

void session_timer_answered(struct session_timer *timer,
                            const struct session_expires *expires)
{
	timer->interval_s = expires ? expires->interval_s : 0;
	timer->is_mine = expires && expires->refresher != SESSION_REFRESHER_UAS;
}

struct session_expires session_timer_accept(
	struct session_timer *timer, const struct session_expires *expires,
	bool can_they, uint32_t interval_s)
{
	struct session_expires said = {interval_s, SESSION_REFRESHER_UAS};

	assert(interval_s);

	/* A side that knows no timers cannot be asked to refresh; one that
	 * does and left the choice to us gets the work (section 9). */
	if (expires) {
		said.interval_s = expires->interval_s;
		if (can_they && expires->refresher != SESSION_REFRESHER_UAS)
			said.refresher = SESSION_REFRESHER_UAC;
	}

	timer->interval_s = said.interval_s;
	timer->is_mine = said.refresher == SESSION_REFRESHER_UAS;

	return said;
}

uint32_t session_timer_wait_ms(const struct session_timer *timer)
{
	uint32_t margin_s;

	assert(timer->interval_s);

	if (timer->is_mine)
		return timer->interval_s * 500;

	margin_s = timer->interval_s / 3;

	return (timer->interval_s - (margin_s < 32 ? margin_s : 32)) * 1000;
}
