/*
 * call/webcache.c - sounds of the web: fetched once, kept on disk while fresh
 *
 * A fetch looks for the copy on disk (a job), asks the server unless the copy
 * is fresh, and writes what came (a job): a file KEY.wav, whatever its format,
 * and KEY.meta with what the server said about it.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "call/webcache.h"
#include "call/webdisk.h"
#include "speech/sounds.h"
#include <re_tmr.h>

enum {
	JOBS_MAX = 10000,
	REDIRECTS_MAX = 3,
	SOUND_BYTES_MAX = 32 << 20,
	WRITES_PER_PRUNE = 20,
	DAY_S = 86400,
	MS_PER_S = 1000,
};

struct webcache {
	struct webcache_prm prm;
	char *folder;
	struct work_queue *queue;
	struct list fetchl;
	unsigned writec;
};

struct webcache_file {
	struct webcache *cache;
	char name[WEBDISK_NAME_SIZE];
	bool is_kept;
};

/* One sound on its way, and who waits for it. `copy` is the worker's while a
 * job is under way. */
struct fetch {
	struct webdisk_copy copy;

	/* ---- */
	struct le le;
	struct webcache *cache; /* NULL: it is gone */
	struct webitem web;
	struct httpc_request *request;
	struct list requestl;
	char fault[CFG_FAULT_SIZE];
};

struct webcache_request {
	struct le le;
	struct webcache *cache;
	struct fetch *fetch; /* whose list it is in */
	struct tmr tmr;
	webcache_h *handler;
	void *arg;
};

static void destructor(void *arg)
{
	struct webcache *cache = arg;
	struct le *le;

	/* Waits for the job that runs; their ends find no cache any more. */
	mem_deref(cache->queue);
	while ((le = list_head(&cache->fetchl))) {
		struct fetch *fetch = le->data;

		list_unlink(le);
		fetch->cache = NULL;
		if (fetch->request)
			mem_deref(fetch);
	}
	mem_deref(cache->folder);
	mem_deref(cache->prm.http);
}

int webcache_alloc(struct webcache **cachep, const struct webcache_prm *prm)
{
	struct webcache *cache;
	int err;

	assert(cachep && prm && prm->http && prm->pool && prm->folder);

	cache = mem_zalloc(sizeof(*cache), destructor);
	if (!cache)
		return ENOMEM;

	cache->prm = *prm;
	(void)mem_ref(prm->http);
	err = str_dup(&cache->folder, prm->folder);
	if (!err)
		err = work_queue_alloc(&cache->queue, prm->pool, JOBS_MAX);

	if (err)
		mem_deref(cache);
	else
		*cachep = cache;

	return err;
}

const char *webcache_folder(const struct webcache *cache)
{
	return cache->folder;
}

/* --- what is handed out --------------------------------------------------- */

static void removed(void *arg)
{
	mem_deref(arg);
}

static void file_destructor(void *arg)
{
	struct webcache_file *file = arg;
	struct webdisk_copy *copy;

	if (file->is_kept)
		goto out;

	copy = mem_zalloc(sizeof(*copy), webdisk_destructor);
	if (!copy || str_dup(&copy->folder, file->cache->folder))
		goto forget;

	/* What cannot be removed now is removed as the oldest one day. */
	(void)text_copy(copy->name, sizeof(copy->name), file->name);
	if (!work_submit(file->cache->queue, webdisk_remove, removed, copy))
		copy = NULL;

forget:
	mem_deref(copy);
out:
	mem_deref(file->cache);
}

const char *webcache_file_name(const struct webcache_file *file)
{
	return file->name;
}

static struct webcache_file *file_make(const struct fetch *fetch)
{
	struct webcache_file *file;

	file = mem_zalloc(sizeof(*file), file_destructor);
	if (!file)
		return NULL;

	file->cache = mem_ref(fetch->cache);
	file->is_kept = fetch->copy.is_kept;
	(void)text_copy(file->name, sizeof(file->name), fetch->copy.name);

	return file;
}

/* Tells all who wait; any of them may free anything. */
static void deliver(struct fetch *fetch)
{
	struct webcache_file *file = NULL;
	struct le *le;

	/* From here on the same request is a new one. */
	list_unlink(&fetch->le);
	if (!*fetch->fault && fetch->cache) {
		file = file_make(fetch);
		if (!file)
			(void)snprintf(fetch->fault, sizeof(fetch->fault), "%s",
			               strerror(ENOMEM));
	}

	while ((le = list_head(&fetch->requestl))) {
		struct webcache_request *req = le->data;

		list_unlink(le);
		tmr_cancel(&req->tmr);
		req->handler(file, file ? NULL : fetch->fault, req->arg);
	}
	mem_deref(file);
	mem_deref(fetch);
}

static void fail(struct fetch *fetch, const char *why)
{
	(void)snprintf(fetch->fault, sizeof(fetch->fault), "%s", why);
	deliver(fetch);
}

/* --- writing -------------------------------------------------------------- */

static void write_done(void *arg)
{
	struct fetch *fetch = arg;
	struct webcache *cache = fetch->cache;
	int err = fetch->copy.err;

	if (cache && fetch->copy.body && !(cache->writec++ % WRITES_PER_PRUNE))
		sounds_start_prune(cache->queue, cache->folder,
		                   cache->prm.bytes_max);
	if (err == EBADMSG)
		fail(fetch, "what came from the web is no sound that can be "
		            "read");
	else if (err)
		fail(fetch, strerror(err));
	else
		deliver(fetch);
}

static void write_start(struct fetch *fetch)
{
	int err;

	err = work_submit(fetch->cache->queue, webdisk_write, write_done,
	                  fetch);
	if (err)
		fail(fetch, strerror(err));
}

/* --- asking --------------------------------------------------------------- */

static void terms_take(struct fetch *fetch, const struct httpc_answer *answer)
{
	const struct webitem_head head = {
		.cache_control = httpc_answer_header(answer, "Cache-Control"),
		.expires = httpc_answer_header(answer, "Expires"),
		.date = httpc_answer_header(answer, "Date"),
		.age = httpc_answer_header(answer, "Age"),
	};
	const char *etag = httpc_answer_header(answer, "ETag");
	const char *modified = httpc_answer_header(answer, "Last-Modified");
	struct webdisk_copy *copy = &fetch->copy;
	struct webitem_terms terms;

	copy->fetched_ms = clock_wall_ms();
	webitem_terms_read(&terms, &head, copy->fetched_ms);
	copy->until_ms = copy->fetched_ms + terms.fresh_s * MS_PER_S;
	copy->must_be_fresh = terms.must_be_fresh;
	if (!terms.is_kept && fetch->web.lifetime_s == WEBITEM_UNSET)
		copy->is_kept = false;

	/* Half a mark is none. */
	if (etag && strlen(etag) < sizeof(copy->etag))
		(void)text_copy(copy->etag, sizeof(copy->etag), etag);
	if (modified && strlen(modified) < sizeof(copy->modified))
		(void)text_copy(copy->modified, sizeof(copy->modified),
		                modified);
}

static int body_take(struct fetch *fetch, const struct httpc_answer *answer)
{
	struct webdisk_copy *copy = &fetch->copy;
	char id[ID_SIZE];

	copy->etag[0] = copy->modified[0] = '\0';
	terms_take(fetch, answer);

	/* What is not kept has a name that nobody finds again. */
	if (!copy->is_kept && webdisk_name(copy, id_make(id)))
		return ENOMEM;
	copy->body = mbuf_alloc(answer->body_len + 1);
	if (!copy->body)
		return ENOMEM;

	return mbuf_write_mem(copy->body, answer->body, answer->body_len);
}

/* No new answer: an older copy is better than none, if it may be. */
static void fall_back(struct fetch *fetch, const char *why)
{
	if (fetch->copy.is_there && !fetch->copy.must_be_fresh) {
		log_warning("call",
		            "a sound of the web: %s; its older copy "
		            "is played",
		            why);
		deliver(fetch);
		return;
	}

	fail(fetch, why);
}

static void answer_handler(const struct httpc_answer *answer, void *arg)
{
	struct fetch *fetch = arg;
	char why[CFG_FAULT_SIZE];

	fetch->request = mem_deref(fetch->request);
	(void)snprintf(why, sizeof(why),
	               "the server of the sound says status %u",
	               answer->status);

	if (answer->err) {
		fall_back(fetch, answer->reason);
	}
	else if (answer->status == 304 && fetch->copy.is_there) {
		terms_take(fetch, answer);
		write_start(fetch);
	}
	else if (answer->status == 200) {
		if (body_take(fetch, answer))
			fail(fetch, strerror(ENOMEM));
		else
			write_start(fetch);
	}
	else if (answer->status >= 500) {
		fall_back(fetch, why);
	}
	else {
		fail(fetch, why);
	}
}

static int ask(struct fetch *fetch)
{
	const struct webdisk_copy *copy = &fetch->copy;
	struct httpc_header headerv[2];
	struct httpc_prm prm = {
		.url = fetch->web.url,
		.headerv = headerv,
		.whole_ms = fetch->cache->prm.whole_ms,
		.limit_bytes = SOUND_BYTES_MAX,
		.redirectc = REDIRECTS_MAX,
	};
	const struct httpc_sink sink = {.done = answer_handler, .arg = fetch};

	if (copy->is_there && *copy->etag)
		headerv[prm.headerc++] = (struct httpc_header){
			"If-None-Match",
			copy->etag,
		};
	if (copy->is_there && *copy->modified)
		headerv[prm.headerc++] = (struct httpc_header){
			"If-Modified-Since",
			copy->modified,
		};

	return httpc_send(&fetch->request, fetch->cache->prm.http, &prm, &sink);
}

/* --- looking -------------------------------------------------------------- */

static bool is_fresh(const struct fetch *fetch)
{
	const struct webdisk_copy *copy = &fetch->copy;
	int64_t now_ms = clock_wall_ms(), lifetime_s = fetch->web.lifetime_s;

	/* From the future: the clock was set back, nothing is known. */
	if (!copy->is_there || copy->fetched_ms > now_ms)
		return false;
	if (lifetime_s == WEBITEM_UNSET && fetch->web.has_nohead)
		lifetime_s = DAY_S;
	if (lifetime_s != WEBITEM_UNSET)
		return (now_ms - copy->fetched_ms) / MS_PER_S < lifetime_s;

	return now_ms < copy->until_ms;
}

static void find_done(void *arg)
{
	struct fetch *fetch = arg;
	int err;

	if (!fetch->cache || is_fresh(fetch)) {
		deliver(fetch);
		return;
	}

	err = ask(fetch);
	if (err == EINVAL)
		fail(fetch, "this is no address of the web");
	else if (err)
		fail(fetch, strerror(err));
}

static void fetch_destructor(void *arg)
{
	struct fetch *fetch = arg;

	list_unlink(&fetch->le);
	mem_deref(fetch->request);
	webdisk_destructor(&fetch->copy);
}

static struct fetch *find_fetch(const struct webcache *cache,
                                const struct webitem *web)
{
	struct le *le;

	LIST_FOREACH (&cache->fetchl, le) {
		struct fetch *fetch = le->data;

		if (web->is_kept && fetch->web.is_kept &&
		    !strcmp(fetch->web.url, web->url) &&
		    !strcmp(fetch->web.unique, web->unique) &&
		    fetch->web.lifetime_s == web->lifetime_s)
			return fetch;
	}

	return NULL;
}

static int fetch_start(struct fetch **fetchp, struct webcache *cache,
                       const struct webitem *web)
{
	struct fetch *fetch;
	int err;

	fetch = mem_zalloc(sizeof(*fetch), fetch_destructor);
	if (!fetch)
		return ENOMEM;

	fetch->cache = cache;
	fetch->web = *web;
	fetch->copy.is_kept = web->is_kept;
	list_append(&cache->fetchl, &fetch->le, fetch);

	err = webdisk_name(&fetch->copy, *web->unique ? web->unique : web->url);
	if (!err)
		err = str_dup(&fetch->copy.folder, cache->folder);
	if (!err)
		err = work_submit(cache->queue, webdisk_find, find_done, fetch);

	if (err)
		mem_deref(fetch);
	else
		*fetchp = fetch;

	return err;
}

/* The web goes on being asked, for the next one who wants it. */
static void late_handler(void *arg)
{
	struct webcache_request *req = arg;
	struct fetch *fetch = req->fetch;
	struct webcache_file *file = NULL;

	list_unlink(&req->le);
	/* While the server is asked, no job has the copy. */
	if (fetch->request && fetch->copy.is_there &&
	    !fetch->copy.must_be_fresh)
		file = file_make(fetch);
	req->handler(file, file ? NULL : "the web did not answer in time",
	             req->arg);
	mem_deref(file);
}

static void request_destructor(void *arg)
{
	struct webcache_request *req = arg;

	tmr_cancel(&req->tmr);
	list_unlink(&req->le);
	mem_deref(req->cache);
}

int webcache_get(struct webcache_request **reqp, struct webcache *cache,
                 const struct webitem *web, uint32_t wait_ms,
                 webcache_h *handler, void *arg)
{
	struct webcache_request *req;
	struct fetch *fetch;
	int err = 0;

	assert(reqp && cache && web && handler);

	req = mem_zalloc(sizeof(*req), request_destructor);
	if (!req)
		return ENOMEM;

	tmr_init(&req->tmr);
	req->cache = mem_ref(cache);
	req->handler = handler;
	req->arg = arg;

	fetch = find_fetch(cache, web);
	if (!fetch)
		err = fetch_start(&fetch, cache, web);
	if (err) {
		mem_deref(req);
		return err;
	}

	req->fetch = fetch;
	list_append(&fetch->requestl, &req->le, req);
	if (wait_ms)
		tmr_start(&req->tmr, wait_ms, late_handler, req);
	*reqp = req;

	return 0;
}
