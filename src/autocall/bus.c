/*
 * autocall/bus.c - what others say on the bus
 */
#include <assert.h>
#include <errno.h>
#include "autocall/bus.h"
#include "autocall/softphones.h"
#include "base/id.h"
#include "base/jmem.h"
#include "base/log.h"
#include "notify/notify.h"

enum {
	NAME_SIZE = 64,
};

static const char topic_answers[] = "ones_http_event_response";
static const char topic_texts[] = "ones_socket_send_user";

struct bus {
	struct autocall *owner;
	struct notify_readers *readers; /* NULL: it is over */
};

/* An answer that is being written. */
struct effect {
	struct bus *bus;
	struct notify_reader *reader;
};

static void destructor(void *arg)
{
	struct bus *bus = arg;

	mem_deref(bus->readers);
}

static void effect_destructor(void *arg)
{
	struct effect *effect = arg;

	mem_deref(effect->bus);
}

/* --- answers of 1C --------------------------------------------------------
 */

static const char *source_of(const struct autocall *ac)
{
	return cfg_text(ac->prm.cfg, "events", "source");
}

bool bus_asks(const struct autocall *ac)
{
	return notify_is_read(ac->prm.cfg, topic_answers);
}

/* Others ask on the same bus: each knows its own by what it began them with. */
json_t *bus_request_id(const struct autocall *ac, const char *id_ext,
                       const char *name)
{
	return json_sprintf("%s/%s/%s", source_of(ac), id_ext, name);
}

/* Whose answer it is; EBADMSG: not one of ours. */
static int request_read(const struct autocall *ac, const char *text,
                        char id_ext[ID_SIZE], char name[NAME_SIZE])
{
	const char *source = source_of(ac);
	size_t n = strlen(source);

	if (strncmp(text, source, n) != 0 || text[n] != '/' ||
	    strlen(text) <= n + ID_SIZE || text[n + ID_SIZE] != '/')
		return EBADMSG;

	(void)snprintf(id_ext, ID_SIZE, "%s", &text[n + 1]);
	(void)snprintf(name, NAME_SIZE, "%s", &text[n + 1 + ID_SIZE]);

	return strchr(id_ext, '/') ? EBADMSG : 0;
}

static bool is_json(const char *text)
{
	json_t *json;
	bool is;

	jmem_pool_open();
	json = json_loads(text, JSON_DECODE_ANY, NULL);
	is = json || jmem_has_failed();
	json_decref(json);
	jmem_pool_close();

	return is;
}

static void written_handler(int err, void *arg)
{
	struct effect *effect = arg;

	if (effect->bus->readers)
		notify_message_done(effect->reader, err);
	mem_deref(effect);
}

static int answer_write(struct bus *bus, struct notify_reader *reader,
                        const struct store_event *event)
{
	struct effect *effect;
	int err;

	effect = mem_zalloc(sizeof(*effect), effect_destructor);
	if (!effect)
		return ENOMEM;

	effect->bus = mem_ref(bus);
	effect->reader = reader;
	err = store_event(bus->owner->prm.store, event, written_handler,
	                  effect);
	if (err)
		mem_deref(effect);

	return err;
}

/* 1C answers JSON; the bridge gives its reason where the status was none of
 * 200. */
static void answer_take(struct bus *bus, struct notify_reader *reader,
                        const struct notify_message *message)
{
	static const char bom[] = "\xef\xbb\xbf";
	char id_ext[ID_SIZE], name[NAME_SIZE];
	const char *text = message->text;
	struct store_event event = {
		.id = message->id,
		.type = "gate.answered",
		.key = id_ext,
	};
	char *data;
	bool is_taken;
	int err;

	if (request_read(bus->owner, message->key, id_ext, name)) {
		notify_message_done(reader, 0); /* another's */
		return;
	}

	if (!strncmp(text, bom, strlen(bom)))
		text += strlen(bom);
	is_taken = !*text || is_json(text);
	if (!is_taken)
		log_warning("autocall",
		            "1C did not take the event %s of call %s; the "
		            "event gate.answered has its words",
		            name, id_ext);

	jmem_forget();
	event.data = data = jmem_text(
		json_pack("{s:s, s:s, s:s, s:s}", "callid", id_ext, "event",
	                  name, "answer", is_taken ? text : "", "refusal",
	                  is_taken ? "" : text));
	err = data ? answer_write(bus, reader, &event) : ENOMEM;
	mem_deref(data);
	if (err)
		notify_message_done(reader, err);
}

/* --- reading --------------------------------------------------------------
 */

static void message_handler(struct notify_reader *reader,
                            const struct notify_message *message, void *arg)
{
	struct bus *bus = arg;
	struct softphones *sphones = bus->owner->softphones;

	if (!strcmp(message->topic, topic_answers))
		answer_take(bus, reader, message);
	else if (sphones)
		notify_message_done(
			reader,
			softphones_push(sphones, message->key, message->text));
	else
		notify_message_done(reader, 0);
}

int bus_alloc(struct bus **busp, struct autocall *ac,
              char fault[CFG_FAULT_SIZE])
{
	static const char *const topicv[] = {topic_answers, topic_texts};
	struct notify_readers_prm prm = {
		.cfg = ac->prm.cfg,
		.topicv = topicv,
		.topicc = ARRAY_COUNT(topicv),
		.handler = message_handler,
	};
	struct bus *bus;
	int err;

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	bus = mem_zalloc(sizeof(*bus), destructor);
	if (!bus)
		return ENOMEM;

	bus->owner = ac;
	prm.arg = bus;
	err = notify_readers_alloc(&bus->readers, &prm, fault);
	if (err)
		mem_deref(bus);
	else
		*busp = bus;

	return err;
}

void bus_close(struct bus *bus)
{
	if (!bus)
		return;

	bus->readers = mem_deref(bus->readers);
	mem_deref(bus);
}
