/*
 * notify/envelope.c - pure: events as CloudEvents 1.0 in JSON
 *
 * Raw events go without it.
 *
 * `sequence` and `partitionkey` are the registered extensions of these names.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "notify/envelope.h"

int envelope_make(char **textp, const struct notify_event *event,
                  const char *source)
{
	const struct notify_type *type = notify_type_find(event->type);
	char name[128], subject[256], n[16], time[CLOCK_TEXT_SIZE];

	(void)snprintf(name, sizeof(name), "dialwright.%s", event->type);
	(void)snprintf(subject, sizeof(subject), "%s/%s",
	               type ? type->key : "event", event->key);
	(void)snprintf(n, sizeof(n), "%" PRIu32, event->n);
	jmem_forget();
	*textp = jmem_text(json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}",
		"specversion", "1.0", "id", event->id, "source", source, "type",
		name, "subject", subject, "time",
		clock_text(time, event->at_ms), "datacontenttype",
		"application/json", "partitionkey", event->key, "sequence", n,
		"data", json_loads(event->data, 0, NULL)));

	return *textp ? 0 : ENOMEM;
}

bool envelope_is_raw(const struct notify_event *event)
{
	const struct notify_type *type = notify_type_find(event->type);

	return type && type->is_raw;
}

int envelope_raw(char **keyp, char **textp, const struct notify_event *event)
{
	const char *key, *text;
	char *kept = NULL;
	json_t *data = NULL;
	int err;

	err = jmem_read(&data, event->data, strlen(event->data), 0, NULL);
	key = json_string_value(json_object_get(data, "key"));
	text = json_string_value(json_object_get(data, "text"));
	if (!err && (!key || !text))
		err = EBADMSG;
	if (!err)
		err = str_dup(&kept, key);
	if (!err)
		err = str_dup(textp, text);
	json_decref(data);
	if (err)
		mem_deref(kept);
	else
		*keyp = kept;

	return err;
}
