/*
 * autocall/note.c - events of a call as a 1C database knows them
 */
#include <errno.h>
#include <stdio.h>
#include "autocall/bus.h"
#include "autocall/note.h"
#include "autocall/softphones.h"
#include "base/clock.h"
#include "base/jmem.h"
#include "base/log.h"

/* 2019-03-20T18:58:43.000001, by the clock on the wall there. */
static const char *date_text(char text[CLOCK_TEXT_SIZE],
                             const struct zone *zone)
{
	int64_t now_ms = clock_wall_ms();
	char utc[CLOCK_TEXT_SIZE];

	now_ms += 1000LL * zone_offset_s(zone, now_ms / 1000);
	(void)clock_text(utc, now_ms);
	utc[strcspn(utc, "Z")] = '\0';
	(void)snprintf(text, CLOCK_TEXT_SIZE, "%.23s000", utc);

	return text;
}

char *note_make(const struct autocall *ac, const struct note_about *about,
                const char *name, json_t *fields)
{
	char date[CLOCK_TEXT_SIZE];
	json_t *data, *event;

	data = json_pack("{s:s, s:s, s:s, s:s}", "name", name, "id_ext",
	                 about->id_ext, "id", about->id, "event_date",
	                 date_text(date, ac->zone));
	if (!data || !fields || json_object_update(data, fields)) {
		json_decref(data);
		json_decref(fields);
		return NULL;
	}
	json_decref(fields);

	event = json_pack("{s:s, s:o}", "Действия",
	                  about->user ? "Asterisk_Event"
	                              : "Asterisk_AutoCall_Event",
	                  "Данные", data);
	if (event && !about->user && bus_asks(ac))
		(void)json_object_set_new(
			event, "id_request",
			bus_request_id(ac, about->id_ext, name));

	return jmem_text(event);
}

void note_put(struct autocall *ac, enum note_raw kind, const char *whose,
              const char *key, const char *number, const char *text)
{
	static const char *const typev[] = {
		[NOTE_HTTP_EVENT] = "ones_http_event",
		[NOTE_CLIENT_EVENT] = "ami_client_event",
		[NOTE_SOCKET_SEND] = "ones_socket_send_user",
		[NOTE_USER_AUTH] = "user_auth",
		[NOTE_USER_UNAUTH] = "user_unauth",
	};
	struct store_event event = {
		.type = typev[kind],
		.key = whose,
		.number = number,
	};
	char *data = NULL;
	int err = ENOMEM;

	if (text)
		data = jmem_text(
			json_pack("{s:s, s:s}", "key", key, "text", text));
	event.data = data;
	if (data)
		err = store_event(ac->prm.store, &event, NULL, NULL);
	mem_deref(data);
	if (err)
		log_warning("autocall", "an event %s is lost: %s", typev[kind],
		            strerror(err));
}

static void user_tell(struct autocall *ac, const struct note_about *about,
                      const char *text)
{
	if (!*about->user)
		return;

	note_put(ac, NOTE_CLIENT_EVENT, about->user, about->user, about->number,
	         text);

	/* Those of another program read the topic. */
	if (ac->softphones && text)
		(void)softphones_send(ac->softphones, about->user,
		                      about->number, text);
}

void note_tell(struct autocall *ac, const struct note_about *about,
               const char *name, json_t *fields)
{
	char *text;

	text = note_make(ac, about, name, fields);
	if (about->user)
		user_tell(ac, about, text);
	else
		note_put(ac, NOTE_HTTP_EVENT, about->id_ext,
		         cfg_text(ac->prm.cfg, "autocall", "method"),
		         about->number, text);
	mem_deref(text);
}
