/*
 * speech/speaking_ask.c - the voice services there are, and what dialects write
 * their requests with
 */
#include <assert.h>
#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/text.h"
#include "speech/grpc.h"
#include "speech/speaking_parts.h"
#include "speech/voice_kinds.h"

enum {
	WARM_MS = 4000, /* servers close what is idle after five seconds */
};

static const struct speaking_dialect *const dialectv[] = {
	&voice_http, &voice_json,    &voice_openai,    &voice_yandex,
	&voice_nls,  &voice_iflytek, &voice_yandex_v3,
};

const struct speaking_dialect *speaking_kind(size_t i)
{
	return i < ARRAY_COUNT(dialectv) ? dialectv[i] : NULL;
}

const struct speaking_dialect *speaking_find(const char *kind)
{
	for (size_t i = 0; i < ARRAY_COUNT(dialectv); i++) {
		if (!strcmp(dialectv[i]->kind, kind))
			return dialectv[i];
	}

	return NULL;
}

/* --- the engine ----------------------------------------------------------- */

static void engine_destructor(void *arg)
{
	struct speaking_engine *engine = arg;

	mem_deref(engine->memory);
	mem_deref(engine->grpc);
	mem_deref(engine->service);
	mem_deref(engine->http);
	mem_deref(engine->version);
}

/* No key in it: a sound does not depend on who pays. */
static int version_make(struct speaking_engine *engine)
{
	const struct service *service = engine->service;

	return re_sdprintf(&engine->version, "%s %s:%u%s %s %s %s",
	                   engine->dialect->kind, service->url.host,
	                   service->url.port, service->url.path, service->model,
	                   service->voice, service->options) < 0
	               ? ENOMEM
	               : 0;
}

int speaking_alloc(struct speaking_engine **enginep,
                   const struct speaking_dialect *dialect,
                   const struct speaking_make *make, char fault[CFG_FAULT_SIZE])
{
	struct speaking_engine *engine;
	int err;

	assert(enginep && dialect && make->http);

	engine = mem_zalloc(sizeof(*engine), engine_destructor);
	if (!engine)
		return ENOMEM;

	engine->dialect = dialect;
	engine->http = mem_ref(make->http);
	engine->ca_file =
		cfg_named_text(make->cfg, "service", make->name, "ca_file");
	err = service_alloc(&engine->service, make->cfg, make->name,
	                    dialect->url, make->pool, fault);
	if (!err)
		err = version_make(engine);
	if (!err && dialect->rpc)
		err = grpc_alloc(&engine->grpc, engine->service);
	if (!err && dialect->setup)
		err = dialect->setup(&engine->memory, engine->service,
		                     make->http, fault);
	if (err)
		mem_deref(engine);
	else
		*enginep = engine;

	return err;
}

const struct service *speaking_service(const struct speaking_engine *engine)
{
	return engine->service;
}

bool speaking_sets_volume(const struct speaking_engine *engine)
{
	return engine->dialect->volume.name != NULL;
}

bool speaking_knows_ssml(const struct speaking_engine *engine)
{
	return engine->dialect->knows_ssml;
}

size_t speaking_text_max(const struct speaking_engine *engine)
{
	return engine->dialect->text_max;
}

const char *speaking_version(const struct speaking_engine *engine)
{
	return engine->version;
}

void speaking_warm(struct speaking_engine *engine)
{
	const struct service *service = engine->service;
	uint64_t now_ms = clock_ms();
	char root[SERVICE_ROOT_SIZE];

	if (!service->spares || (engine->dialect->hear && !engine->grpc) ||
	    (engine->warmed_ms && now_ms < engine->warmed_ms + WARM_MS))
		return;

	engine->warmed_ms = now_ms;
	if (engine->grpc)
		grpc_warm(engine->grpc);
	else
		httpc_warm(engine->http, service_root(service, root),
		           engine->ca_file);
}

/* --- requests ------------------------------------------------------------- */

double speaking_scale(const struct speaking_scale *scale, int setting)
{
	double part, end;

	if (!setting)
		return scale->normal;

	part = fabs(setting - 50.0) / 50;
	end = setting < 50 ? scale->least : scale->most;
	if (scale->is_ratio)
		return scale->normal * pow(end / scale->normal, part);

	return scale->normal + (end - scale->normal) * part;
}

int speaking_url(struct mbuf *mb, const struct url *url)
{
	char authority[URL_HOST_SIZE + 16];

	mbuf_rewind(mb);

	return mbuf_printf(mb, "http%s://%s%s", url->is_secure ? "s" : "",
	                   url_authority(url, authority, sizeof(authority)),
	                   url->path);
}

static int separator(struct mbuf *mb)
{
	char mark;

	if (!mb->end)
		return 0;
	if (memchr(mb->buf, '?', mb->end) ||
	    !memmem(mb->buf, mb->end, "://", 3))
		mark = '&';
	else
		mark = '?';

	return mbuf_write_u8(mb, (uint8_t)mark);
}

static int escaped(struct mbuf *mb, const char *value)
{
	int err = 0;

	for (; *value && !err; value++) {
		if (isalnum((unsigned char)*value) || strchr("-._~", *value))
			err = mbuf_write_u8(mb, (uint8_t)*value);
		else
			err = mbuf_printf(mb, "%%%02X", (unsigned char)*value);
	}

	return err;
}

int speaking_query(struct mbuf *mb, const char *name, const char *value)
{
	int err;

	err = separator(mb);
	if (!err)
		err = escaped(mb, name);
	if (!err)
		err = mbuf_write_u8(mb, '=');
	if (!err)
		err = escaped(mb, value);

	return err;
}

int speaking_query_number(struct mbuf *mb, const char *name, double value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%.6g", value);

	return speaking_query(mb, name, text);
}

void speaking_header(struct speaking_ask *ask, const char *name,
                     const char *value)
{
	assert(ask->headerc < SPEAKING_HEADERS_MAX);

	ask->headerv[ask->headerc++] = (struct httpc_header){name, value};
}

void speaking_authorize(struct speaking_ask *ask, const char *scheme)
{
	if (!*ask->service->key)
		return;

	(void)snprintf(ask->header, sizeof(ask->header), "%s %s", scheme,
	               ask->service->key);
	speaking_header(ask, "Authorization", ask->header);
}

bool speaking_lines(char text[SPEAKING_LINES_SIZE],
                    const struct speaking_ask *ask)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ask->headerc; i++) {
		int m = snprintf(text + n, SPEAKING_LINES_SIZE - n,
		                 "%s: %s\r\n", ask->headerv[i].name,
		                 ask->headerv[i].value);

		if (m < 0 || n + (size_t)m >= SPEAKING_LINES_SIZE)
			return false;
		n += (size_t)m;
	}

	return true;
}

json_t *speaking_options(const struct service *service)
{
	json_t *options = NULL;

	if (!*service->options)
		return json_object();

	/* Read once before, so it is an object. */
	(void)jmem_read(&options, service->options, strlen(service->options), 0,
	                NULL);

	return options;
}

int speaking_query_all(struct mbuf *mb, json_t *json)
{
	const char *name;
	json_t *value;
	int err = 0;

	json_object_foreach(json, name, value)
	{
		if (json_is_string(value))
			err = speaking_query(mb, name,
			                     json_string_value(value));
		else if (json_is_number(value))
			err = speaking_query_number(mb, name,
			                            json_number_value(value));
		if (err)
			break;
	}

	return err;
}

/* --- what they say about a failure ---------------------------------------- */

static const char *message_of(const json_t *json)
{
	static const char *const namev[] = {"error_message", "message",
	                                    "Message",       "detail",
	                                    "status_text",   "desc"};
	const json_t *error = json_object_get(json, "error");

	if (json_is_string(error))
		return json_string_value(error);
	if (error)
		return message_of(error);

	for (size_t i = 0; i < ARRAY_COUNT(namev); i++) {
		const char *text =
			json_string_value(json_object_get(json, namev[i]));

		if (text)
			return text;
	}

	return NULL;
}

static long code_of(const json_t *json)
{
	const json_t *code = json_object_get(json, "status");

	return (long)json_integer_value(code ? code
	                                     : json_object_get(json, "code"));
}

long speaking_words(char said[SERVICE_WHY_SIZE], const char *body, size_t n)
{
	const char *message;
	json_t *json;
	long code;

	jmem_pool_open();
	json = n ? json_loadb(body, n, 0, NULL) : NULL;
	message = message_of(json);
	code = code_of(json);
	if (message)
		(void)text_copy(said, SERVICE_WHY_SIZE, message);
	else if (n)
		(void)snprintf(said, SERVICE_WHY_SIZE, "%.*s",
		               n < SERVICE_WHY_SIZE ? (int)n
		                                    : SERVICE_WHY_SIZE - 1,
		               body);
	else
		(void)text_copy(said, SERVICE_WHY_SIZE, "without a word");
	json_decref(json);
	jmem_pool_close();

	(void)text_repair(said);
	for (char *at = said; *at; at++) {
		if ((unsigned char)*at < ' ')
			*at = ' ';
	}

	return code;
}
