/*
 * autocall/note.c - events of a call as a 1C database knows them
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include "autocall/bus.h"
#include "autocall/note.h"
#include "autocall/softphones.h"
#include "base/clock.h"
#include "base/jmem.h"
#include "base/log.h"

enum {
	CODE_SIZE = 12,
};

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

static const char *const typev[] = {
	[NOTE_HTTP_EVENT] = "ones_http_event",
	[NOTE_CLIENT_EVENT] = "ami_client_event",
	[NOTE_SOCKET_SEND] = "ones_socket_send_user",
	[NOTE_USER_AUTH] = "user_auth",
	[NOTE_USER_UNAUTH] = "user_unauth",
};

/* What the outbox has of a message; NULL without memory. */
static char *data_of(const char *key, const char *text)
{
	if (!text)
		return NULL;

	return jmem_text(json_pack("{s:s, s:s}", "key", key, "text", text));
}

static void say_lost(enum note_raw kind, int err)
{
	if (err)
		log_warning("autocall", "an event %s is lost: %s", typev[kind],
		            strerror(err));
}

void note_put(struct autocall *ac, enum note_raw kind, const char *whose,
              const char *key, const char *number, const char *text)
{
	char *data = data_of(key, text);
	const struct store_event event = {
		.type = typev[kind],
		.key = whose,
		.number = number,
		.data = data,
	};

	say_lost(kind, data ? store_event(ac->prm.store, &event, NULL, NULL)
	                    : ENOMEM);
	mem_deref(data);
}

/* Under which key a message of a call goes; softphones are told beside it. */
static const char *key_of(const struct autocall *ac,
                          const struct note_about *about)
{
	return about->user ? about->user
	                   : cfg_text(ac->prm.cfg, "autocall", "method");
}

struct note note_verdict(enum verdict verdict, const char *comment)
{
	char res[CODE_SIZE];

	(void)snprintf(res, sizeof(res), "%d", verdict);

	return (struct note){
		"speech_to_text",
		json_pack("{s:s, s:s}", "res", res, "comment", comment)};
}

struct note note_code(const struct ami_channel *channel, enum verdict verdict)
{
	char res[CODE_SIZE];

	(void)snprintf(res, sizeof(res), "%d", verdict);

	return (struct note){"VarSet", ami_var(channel, "TEXT_SP_RES", res)};
}

/* Softphones hear it at once. NULL without memory. */
static char *last_data(struct autocall *ac, const struct note_about *about,
                       const struct note *note)
{
	char *text = note_make(ac, about, note->name, note->fields);
	char *data = data_of(key_of(ac, about), text);

	if (about->user && *about->user && ac->softphones && text)
		(void)softphones_send(ac->softphones, about->user,
		                      about->number, text);
	mem_deref(text);

	return data;
}

void note_last(struct autocall *ac, const struct note_about *about,
               const struct note *notev, size_t notec)
{
	enum note_raw kind = about->user ? NOTE_CLIENT_EVENT : NOTE_HTTP_EVENT;
	bool has_reader = !about->user || *about->user;
	struct store_event eventv[STORE_LAST_MAX];
	char *datav[STORE_LAST_MAX];
	int err = 0;

	assert(notec <= STORE_LAST_MAX);

	for (size_t i = 0; i < notec; i++) {
		datav[i] = last_data(ac, about, &notev[i]);
		if (!datav[i])
			err = ENOMEM;
		eventv[i] = (struct store_event){
			.type = typev[kind],
			.key = about->user ? about->user : about->id_ext,
			.number = about->number,
			.data = datav[i],
		};
	}
	if (!err)
		err = store_legs_over(ac->prm.store, about->id_ext, eventv,
		                      has_reader ? notec : 0, NULL, NULL);
	say_lost(kind, err);
	for (size_t i = 0; i < notec; i++)
		mem_deref(datav[i]);
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
		note_put(ac, NOTE_HTTP_EVENT, about->id_ext, key_of(ac, about),
		         about->number, text);
	mem_deref(text);
}
