/*
 * autocall/autocall.c - the service: configuration, paths, life
 */
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include "autocall/autocall_parts.h"
#include "autocall/bus.h"
#include "autocall/dictation.h"
#include "autocall/errand.h"
#include "autocall/heir.h"
#include "autocall/order.h"
#include "autocall/softphones.h"
#include "base/clock.h"
#include "base/jmem.h"
#include "base/loop.h"
#include "base/text.h"
#include "media/tone.h"

enum {
	SOUND_BYTES = 4 << 20, /* of one recording */
	SOUNDS_MAX = 50,       /* that wait for the worker */
	LOOK_MS = 50,          /* while it ends */
	ANSWER_MS = 10000,     /* for requests that are under way then */
	HANGUP_MS = 5000,      /* for calls that are hung up */
};

static void file_destructor(void *arg)
{
	struct autocall_file *file = arg;

	list_unlink(&file->le);
	mem_deref(file->script);
}

static void destructor(void *arg)
{
	struct autocall *ac = arg;

	tmr_cancel(&ac->tmr);
	heir_end(ac);
	bus_close(ac->bus);
	mem_deref(ac->softphones);
	mem_deref(ac->server);
	errand_orphan_all(ac);
	order_orphan_all(ac);
	dictation_end_all(ac);
	mem_deref(ac->queue);
	list_flush(&ac->filel);
	mem_deref(ac->zone);
}

static const char *text_of(const struct autocall *ac, const char *key)
{
	return cfg_text(ac->prm.cfg, "autocall", key);
}

const char autocall_html[] = "text/html; charset=utf-8";

/* --- paths ----------------------------------------------------------------
 */

void autocall_say(struct httpd_request *req, unsigned status, const char *type,
                  const char *text)
{
	(void)httpd_set_header(req, "Access-Control-Allow-Origin", "*");
	(void)httpd_set_header(req, "Access-Control-Allow-Methods", "POST");
	(void)httpd_set_header(req, "Access-Control-Allow-Headers",
	                       "Content-Type");
	(void)httpd_reply_text(req, status, type, text);
}

void autocall_fail(struct httpd_request *req, unsigned status,
                   const char *error)
{
	char *text = jmem_text(
		json_pack("{s:s, s:s}", "status", "failed", "error", error));

	/* Without memory the request is answered with 500 by itself. */
	if (text)
		autocall_say(req, status, "application/json", text);
	mem_deref(text);
}

static void index_handler(struct httpd_request *req, void *arg)
{
	(void)arg;
	autocall_say(req, 200, autocall_html, "<h1>It works!</h1>");
}

const char *autocall_fault(int err)
{
	switch (err) {

	case EBUSY:
		return "all channels are busy";
	case EAGAIN:
		return "people are understood late: fewer calls at a time";
	case ENOENT:
		return "the line is not ready";
	case EINVAL:
		return "exten: this is no number that can be dialled";
	default:
		return strerror(err);
	}
}

const char *autocall_query(const struct httpd_request *req, const char *name)
{
	const char *value = httpd_query(req, name);

	return value ? value : "";
}

bool autocall_is_full(const struct autocall *ac)
{
	return list_count(&ac->errandl) + list_count(&ac->orderl) >=
	       cfg_number(ac->prm.cfg, "autocall", "calls");
}

static const struct httpd_route routev[] = {
	{.method = "GET", .pattern = "/", .handler = index_handler},
	{.method = "GET", .pattern = "/index", .handler = index_handler},
	{.method = "GET", .pattern = "/make_call", .handler = order_handler},
	{.method = "GET",
         .pattern = "/make_call_auto",
         .handler = errand_handler},
	{.method = "GET",
         .pattern = "/speech_to_text",
         .handler = dictation_handler},
	{.method = "POST",
         .pattern = "/speech_to_text",
         .handler = dictation_handler,
         .body = HTTPD_BODY_FORM,
         .body_limit = SOUND_BYTES},
};

bool autocall_may(const struct autocall *ac, const char *address)
{
	const char *clients = text_of(ac, "clients");

	return !*clients || text_is_listed(clients, address);
}

static bool is_of_a_page(const struct httpd_request *req)
{
	const char *site = httpd_header(req, "Sec-Fetch-Site");

	return site && strcmp(site, "none") != 0 &&
	       strcmp(site, "same-origin") != 0;
}

/* A page that somebody opens may read what is here, as ever, but not dial. */
static bool check_handler(struct httpd_request *req, void *arg)
{
	if (!autocall_may(arg, httpd_address(req)))
		autocall_fail(req, 403,
		              "this address is not among "
		              "autocall.clients");
	else if (is_of_a_page(req))
		autocall_fail(req, 403, "a page of another site asks");
	else
		return true;

	return false;
}

struct httpd_prm autocall_http(struct autocall *ac, const char *port_key)
{
	const char *cert = text_of(ac, "cert_file");

	return (struct httpd_prm){
		.address = text_of(ac, "address"),
		.port = (uint16_t)cfg_number(ac->prm.cfg, "autocall", port_key),
		.cert_file = *cert ? cert : NULL,
		.key_file = *cert ? text_of(ac, "key_file") : NULL,
		.check = check_handler,
		.arg = ac,
		.home = loop_mailbox(),
		.temp_dir = ac->prm.data,
		.clients = 500,
	};
}

/* --- beginning ------------------------------------------------------------
 */

static int servers_make(struct autocall *ac, char fault[CFG_FAULT_SIZE])
{
	struct httpd_prm http = autocall_http(ac, "port");
	const char *scheme = http.cert_file ? "https" : "http";
	size_t n;
	int err;

	http.routev = routev;
	http.routec = ARRAY_COUNT(routev);
	err = httpd_alloc(&ac->server, &http, fault);
	if (err)
		return err;

	n = (size_t)snprintf(ac->places, sizeof(ac->places), "%s://%s:%u",
	                     scheme, http.address, httpd_port(ac->server));
	if (!cfg_bool(ac->prm.cfg, "autocall", "softphones"))
		return 0;

	err = softphones_alloc(&ac->softphones, ac, fault);
	if (!err && n < sizeof(ac->places))
		(void)snprintf(&ac->places[n], sizeof(ac->places) - n,
		               ", softphones at port %u, their texts at "
		               "%s://%s:%u/api_user_event",
		               softphones_push_port(ac->softphones), scheme,
		               http.address,
		               softphones_event_port(ac->softphones));

	return err;
}

static void prompts_ready(const char *fault, void *arg);

static void prompts_make(struct autocall *ac)
{
	const struct autocall_file *file = list_ledata(ac->next);
	const char *line = text_of(ac, "line");
	char fault[CFG_FAULT_SIZE];
	int err;

	if (!file) {
		heir_begin(ac);
		err = servers_make(ac, fault);
		if (!err)
			err = bus_alloc(&ac->bus, ac, fault);
		ac->ready(err ? fault : NULL, ac->ready_arg);
		return;
	}

	err = calls_prepare(ac->prm.calls, file->script,
	                    phone_cfg_rate_hz(ac->prm.cfg, *line ? line : NULL),
	                    NULL, prompts_ready, ac);
	if (err)
		prompts_ready(strerror(err), ac);
}

static void prompts_ready(const char *fault, void *arg)
{
	struct autocall *ac = arg;

	if (fault) {
		ac->ready(fault, ac->ready_arg);
		return;
	}
	ac->next = ac->next->next;
	prompts_make(ac);
}

static void start_timer(void *arg)
{
	prompts_make(arg);
}

static int script_load(struct autocall_file *file, const char *path,
                       char fault[CFG_FAULT_SIZE])
{
	struct flow_faults *faults = NULL;
	const char *why = "";
	int err;

	if (!path) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "autocall_file.%s.script: name the file of the "
		               "conversation (try "
		               "examples/ru/autocall.json)",
		               file->name);
		return EINVAL;
	}

	err = flow_faults_alloc(&faults);
	if (!err)
		err = flow_load_file(&file->script, path, faults);
	for (size_t i = 0; err && faults && i < flow_faults_count(faults);
	     i++) {
		const struct flow_fault *one = flow_faults_at(faults, i);

		if (one->level == FLOW_ERROR) {
			why = one->message;
			break;
		}
	}
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "autocall_file.%s.script: %.400s", file->name,
		               *why ? why : strerror(err));
	mem_deref(faults);

	return err;
}

static int files_load(struct autocall *ac, char fault[CFG_FAULT_SIZE])
{
	static const char section[] = "autocall_file";
	const struct cfg *cfg = ac->prm.cfg;
	const char *name;
	int err = 0;

	for (size_t i = 0; !err && (name = cfg_name(cfg, section, i)); i++) {
		struct autocall_file *file =
			mem_zalloc(sizeof(*file), file_destructor);
		const char *path = cfg_named_text(cfg, section, name, "script");

		if (!file)
			return ENOMEM;
		file->name = name;
		file->sound = cfg_named_text(cfg, section, name, "sound");
		list_append(&ac->filel, &file->le, file);
		err = script_load(file, path, fault);
	}

	return err;
}

/* A tone that is none would be noticed by the first operator who waits. */
static int sounds_check(const struct autocall *ac, char fault[CFG_FAULT_SIZE])
{
	static const char *const keyv_of_sounds[] = {"ring_sound", "busy_sound",
	                                             "missed_sound"};
	static const char scheme[] = "tone_stream://";
	struct tone tone;

	for (size_t i = 0; i < ARRAY_COUNT(keyv_of_sounds); i++) {
		const char *sound = text_of(ac, keyv_of_sounds[i]);

		if (strncmp(sound, scheme, strlen(scheme)) != 0 ||
		    !tone_parse(&tone, sound + strlen(scheme)))
			continue;
		(void)snprintf(
			fault, CFG_FAULT_SIZE,
			"autocall.%s: \"%s\" is no tone of at most %u s, "
			"like tone_stream://%%(1000,4000,425)",
			keyv_of_sounds[i], sound, TONE_MS_MAX / 1000);
		return EINVAL;
	}

	return 0;
}

static int check(const struct autocall *ac, char fault[CFG_FAULT_SIZE])
{
	const char *address = text_of(ac, "address");
	static const char *const keyv_of_lines[] = {"line", "operator_line"};

	if (!httpd_is_loopback(address) && !*text_of(ac, "clients")) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "autocall.address %s can be reached by others, "
		               "who could make it call anybody: name those "
		               "who may in autocall.clients",
		               address);
		return EPERM;
	}
	for (size_t i = 0; i < ARRAY_COUNT(keyv_of_lines); i++) {
		const char *line = text_of(ac, keyv_of_lines[i]);

		if (!*line || phone_line_find(ac->prm.phone, line))
			continue;
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "autocall.%s: there is no [line %s]",
		               keyv_of_lines[i], line);
		return ENOENT;
	}

	return sounds_check(ac, fault);
}

static int prepare(struct autocall *ac, char fault[CFG_FAULT_SIZE])
{
	const char *zone = text_of(ac, "zone");
	int err;

	err = check(ac, fault);
	if (err)
		return err;

	err = zone_load(&ac->zone, zone);
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "autocall.zone: \"%s\" is no time zone, like "
		               "Europe/Moscow: %s",
		               zone, strerror(err));
		return err;
	}

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	err = work_queue_alloc(&ac->queue, ac->prm.pool, SOUNDS_MAX);

	return err ? err : files_load(ac, fault);
}

int autocall_alloc(struct autocall **acp, const struct autocall_prm *prm,
                   void (*ready)(const char *fault, void *arg), void *arg,
                   char fault[CFG_FAULT_SIZE])
{
	struct autocall *ac;
	int err;

	assert(acp && prm && prm->cfg && prm->store && prm->pool && prm->asr &&
	       prm->phone && prm->calls && ready && fault);

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	ac = mem_zalloc(sizeof(*ac), destructor);
	if (!ac)
		return ENOMEM;

	tmr_init(&ac->tmr);
	ac->prm = *prm;
	ac->ready = ready;
	ac->ready_arg = arg;
	ac->words = (struct verdict_words){
		.yes = text_of(ac, "yes"),
		.no = text_of(ac, "no"),
		.again = text_of(ac, "again"),
		.negators = text_of(ac, "negators"),
		.softeners = text_of(ac, "softeners"),
	};
	err = prepare(ac, fault);
	if (err) {
		mem_deref(ac);
		return err;
	}

	ac->next = ac->filel.head;
	tmr_start(&ac->tmr, 0, start_timer, ac);
	*acp = ac;

	return 0;
}

const char *autocall_places(struct autocall *ac)
{
	return ac->places;
}

/* --- the end --------------------------------------------------------------
 */

static void drain_timer(void *arg)
{
	struct autocall *ac = arg;
	uint64_t now_ms = clock_ms();
	bool is_over = list_isempty(&ac->errandl) &&
	               list_isempty(&ac->orderl) && !httpd_busy(ac->server);

	if (!is_over && now_ms >= ac->drain_ms && !ac->is_hung_up) {
		ac->is_hung_up = true;
		ac->drain_ms = now_ms + HANGUP_MS;
		errand_hangup_all(ac);
		order_hangup_all(ac);
	}
	if (is_over || now_ms >= ac->drain_ms)
		ac->drained(ac->drained_arg);
	else
		tmr_start(&ac->tmr, LOOK_MS, drain_timer, ac);
}

static void server_drained(void *arg)
{
	(void)arg;
}

void autocall_stop(struct autocall *ac)
{
	httpd_drain(ac->server, ANSWER_MS, server_drained, ac);
}

void autocall_drain(struct autocall *ac, uint32_t limit_ms,
                    void (*done)(void *arg), void *arg)
{
	ac->drained = done;
	ac->drained_arg = arg;
	ac->drain_ms = clock_ms() + limit_ms;
	tmr_start(&ac->tmr, LOOK_MS, drain_timer, ac);
}
