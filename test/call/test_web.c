/*
 * test/call/test_web.c - sounds of the web: what is fetched, what is kept
 */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/loop.h"
#include "base/text.h"
#include "base/wav.h"
#include "call/webcache.h"
#include "harness.h"
#include "tests.h"
#include "web.h"
#include <re_tmr.h>

enum {
	PATH_SIZE = 512,
	SOUND_SIZE = 65536,
	PATIENCE_MS = 60000,
	SAMPLES = 800,
};

/* --- the cache ------------------------------------------------------------ */

struct desk {
	struct cfg *cfg;
	struct work_pool *pool;
	struct httpc *http;
	struct web *web;
	struct webcache *cache;
	struct tmr patience;
	char folder[PATH_SIZE], fault[CFG_FAULT_SIZE];
	char sound[SOUND_SIZE]; /* a WAV of SAMPLES */
	size_t sound_len;

	struct webcache_file *file; /* of the last answer */
	unsigned answers, waiting;
	uint32_t wait_ms; /* of who asks; 0: as long as it takes */
};

static void patience_handler(void *arg)
{
	(void)arg;

	loop_stop();
}

static int sound_make(struct desk *desk)
{
	static const int16_t pcm[SAMPLES];
	char path[PATH_SIZE];
	FILE *file;
	int err;

	(void)snprintf(path, sizeof(path), "%s/sound.wav", test_dir());
	err = wav_write(path, pcm, SAMPLES, 8000);
	if (err)
		return err;

	file = fopen(path, "rb");
	if (!file)
		return errno;
	desk->sound_len = fread(desk->sound, 1, SOUND_SIZE, file);

	return fclose(file) ? errno : 0;
}

static int desk_open(struct desk *desk, uint64_t bytes_max)
{
	static const struct cfg_table *const tablev[] = {&httpc_cfg_table};
	struct webcache_prm prm = {.bytes_max = bytes_max, .whole_ms = 2000};
	int err;

	memset(desk, 0, sizeof(*desk));
	tmr_init(&desk->patience);
	(void)snprintf(desk->folder, sizeof(desk->folder), "%s/a/web",
	               test_dir());
	err = loop_init();
	if (!err)
		err = cfg_load(&desk->cfg, NULL, tablev, 1, desk->fault);
	if (!err)
		err = httpc_alloc(&desk->http, desk->cfg);
	if (!err)
		err = work_pool_alloc(&desk->pool, 1, loop_mailbox());
	if (!err)
		err = web_alloc(&desk->web, NULL);
	if (!err)
		err = sound_make(desk);
	if (err)
		return err;

	prm.http = desk->http;
	prm.pool = desk->pool;
	prm.folder = desk->folder;

	return webcache_alloc(&desk->cache, &prm);
}

static void desk_close(struct desk *desk)
{
	tmr_cancel(&desk->patience);
	mem_deref(desk->file);
	mem_deref(desk->cache);
	mem_deref(desk->http);
	mem_deref(desk->web);
	mem_deref(desk->pool);
	mem_deref(desk->cfg);
	loop_close();
}

static void file_handler(struct webcache_file *file, const char *fault,
                         void *arg)
{
	struct desk *desk = arg;

	desk->answers++;
	mem_deref(desk->file);
	desk->file = mem_ref(file);
	(void)text_copy(desk->fault, sizeof(desk->fault), fault ? fault : "");
	if (!--desk->waiting)
		loop_stop();
}

static int desk_wait(struct desk *desk)
{
	tmr_start(&desk->patience, PATIENCE_MS, patience_handler, NULL);
	(void)loop_run();
	tmr_cancel(&desk->patience);

	return desk->waiting ? ETIMEDOUT : 0;
}

static int item_make(struct webitem *web, const struct desk *desk,
                     const char *options, const char *path)
{
	char item[PATH_SIZE];

	(void)snprintf(item, sizeof(item), "http://%s%s", options,
	               web_url(desk->web, path) + strlen("http://"));

	return webitem_parse(web, item);
}

/* Gets path with these options ("(a=b)" or "") and waits. */
static int get(struct desk *desk, const char *options, const char *path)
{
	struct webcache_request *request = NULL;
	struct webitem web;
	int err;

	err = item_make(&web, desk, options, path);
	if (!err)
		err = webcache_get(&request, desk->cache, &web, desk->wait_ms,
		                   file_handler, desk);
	if (err)
		return err;

	desk->waiting++;
	err = desk_wait(desk);
	mem_deref(request);

	return err;
}

static int put(struct desk *desk, const char *path, const char *headers,
               unsigned status)
{
	const struct web_page page = {
		.path = path,
		.status = status,
		.headers = headers,
		.body = desk->sound,
		.body_len = desk->sound_len,
	};

	return web_put(desk->web, &page);
}

static size_t files_of(const struct desk *desk)
{
	const struct dirent *entry;
	DIR *folder = opendir(desk->folder);
	size_t n = 0;

	while (folder && (entry = readdir(folder)))
		n += entry->d_name[0] != '.';
	if (folder)
		(void)closedir(folder);

	return n;
}

int test_web_kept(void)
{
	static const struct {
		const char *why, *options, *headers;
		unsigned second; /* requests that a second prompt makes */
		bool is_conditional;
		size_t files; /* on the disk in the end */
	} rowv[] = {
		/* clang-format off */
		{"fresh by the server's word", "",
		 "Cache-Control: max-age=60\r\n",
		 0, false, 2},
		{"nothing is said: it is asked", "", "ETag: \"1\"\r\n", 1, true,
		 4},
		{"by its date", "",
		 "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\n", 1, true,
		 6},
		{"without a mark it comes anew", "", NULL, 1, false, 8},
		{"fresh by the author's word", "(abs_cache_control=60)",
		 "Cache-Control: no-cache\r\n", 0, false, 10},
		{"for no time", "(abs_cache_control=0)", NULL, 1, false, 12},
		{"not to be asked for changes", "(nohead=true)", NULL, 0, false,
		 14},
		{"never kept", "(cache=false)", "Cache-Control: max-age=60\r\n",
		 1, false, 14},
		{"not to be kept", "", "Cache-Control: no-store\r\n", 1, false,
		 14},
		{"kept by the author's word", "(abs_cache_control=60)",
		 "Cache-Control: no-store\r\n", 0, false, 16},
		/* clang-format on */
	};
	struct desk desk;
	int err;

	err = desk_open(&desk, 1 << 20);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct web_request *last;
		char path[PATH_SIZE];
		size_t before;

		(void)snprintf(path, sizeof(path), "/%zu", i);
		err = put(&desk, path, rowv[i].headers, 200);
		CHECK_ERR(0, err);
		err = get(&desk, rowv[i].options, path);
		CHECK_ERR(0, err);
		CHECK_STR("", desk.fault);
		before = web_requests(desk.web);
		err = get(&desk, rowv[i].options, path);
		CHECK_ERR(0, err);
		CHECK(desk.file);

		last = web_request(desk.web, web_requests(desk.web) - 1);
		if (web_requests(desk.web) - before != rowv[i].second)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_U64(rowv[i].second, web_requests(desk.web) - before);
		CHECK(rowv[i].is_conditional ==
		      (strstr(last->headers, "If-") != NULL));

		/* What is not kept goes with its last user. */
		desk.file = mem_deref(desk.file);
		work_pool_finish(desk.pool);
		CHECK_U64(rowv[i].files, files_of(&desk));
	}

out:
	desk_close(&desk);

	return err;
}

int test_web_revalidates(void)
{
	char name[PATH_SIZE];
	struct desk desk;
	int err;

	err = desk_open(&desk, 1 << 20);
	CHECK_ERR(0, err);
	err = put(&desk, "/s", "ETag: \"1\"\r\n", 200);
	CHECK_ERR(0, err);
	err = get(&desk, "", "/s");
	CHECK_ERR(0, err);
	CHECK(desk.file);
	(void)text_copy(name, sizeof(name), webcache_file_name(desk.file));
	CHECK(!strchr(name, '/'));

	/* Not changed, and now known to be fresh for a while. */
	err = put(&desk, "/s", "ETag: \"1\"\r\nCache-Control: max-age=60\r\n",
	          304);
	CHECK_ERR(0, err);
	err = get(&desk, "", "/s");
	CHECK_ERR(0, err);
	CHECK(desk.file);
	CHECK_STR(name, webcache_file_name(desk.file));
	CHECK(web_has_header(web_request(desk.web, 1), "If-None-Match: \"1\""));
	err = get(&desk, "", "/s");
	CHECK_ERR(0, err);
	CHECK_U64(2, web_requests(desk.web));

	/* By another address, the same by the author's word. */
	err = get(&desk, "(unique=x)", "/s?a=1");
	CHECK_ERR(0, err);
	CHECK_STR("the server of the sound says status 304", desk.fault);
	err = put(&desk, "/s", "Cache-Control: max-age=60\r\n", 200);
	CHECK_ERR(0, err);
	err = get(&desk, "(unique=x)", "/s?a=2");
	CHECK_ERR(0, err);
	err = get(&desk, "(unique=x)", "/s?a=3");
	CHECK_ERR(0, err);
	CHECK(desk.file);
	CHECK_U64(4, web_requests(desk.web));

out:
	desk_close(&desk);

	return err;
}

int test_web_fails(void)
{
	static const struct web_page html = {.path = "/html", .body = "<p>"};
	static const struct web_page silent = {
		.path = "/silent",
		.trick = WEB_SILENT,
	};
	static const struct web_page cut = {
		.path = "/old",
		.body = "x.",
		.trick = WEB_CUT,
	};
	static const char must[] = "ETag: \"1\"\r\nCache-Control: "
				   "must-revalidate\r\n";
	struct desk desk;
	int err;

	err = desk_open(&desk, 1 << 20);
	CHECK_ERR(0, err);
	err = web_put(desk.web, &html);
	CHECK_ERR(0, err);
	err = web_put(desk.web, &silent);
	CHECK_ERR(0, err);

	err = get(&desk, "", "/none?key=pw");
	CHECK_ERR(0, err);
	CHECK_STR("the server of the sound says status 404", desk.fault);
	err = get(&desk, "", "/html");
	CHECK_ERR(0, err);
	CHECK(strstr(desk.fault, "no sound"));
	CHECK_U64(0, files_of(&desk));
	err = get(&desk, "", "/silent?key=pw");
	CHECK_ERR(0, err);
	CHECK(strstr(desk.fault, "time limit") && !strstr(desk.fault, "pw"));

	/* An older copy is better than none, */
	err = put(&desk, "/old", "ETag: \"1\"\r\n", 200);
	CHECK_ERR(0, err);
	err = get(&desk, "", "/old");
	CHECK_ERR(0, err);
	err = put(&desk, "/old", NULL, 503);
	CHECK_ERR(0, err);
	err = get(&desk, "", "/old");
	CHECK_ERR(0, err);
	CHECK(desk.file && !*desk.fault);
	err = web_put(desk.web, &cut);
	CHECK_ERR(0, err);
	err = get(&desk, "", "/old");
	CHECK_ERR(0, err);
	CHECK(desk.file && !*desk.fault);

	/* unless its server forbids it, or says that it is gone. */
	err = put(&desk, "/must", must, 200);
	CHECK_ERR(0, err);
	err = get(&desk, "", "/must");
	CHECK_ERR(0, err);
	err = put(&desk, "/must", NULL, 503);
	CHECK_ERR(0, err);
	err = get(&desk, "", "/must");
	CHECK_ERR(0, err);
	CHECK(!desk.file && *desk.fault);
	err = put(&desk, "/old", NULL, 410);
	CHECK_ERR(0, err);
	err = get(&desk, "", "/old");
	CHECK_ERR(0, err);
	CHECK(!desk.file && *desk.fault);

out:
	desk_close(&desk);

	return err;
}

/* Somebody hears nothing meanwhile. */
int test_web_waited_for(void)
{
	static const struct web_page silent = {
		.path = "/silent",
		.trick = WEB_SILENT,
	};
	static const struct web_page late = {
		.path = "/old",
		.trick = WEB_SILENT,
	};
	struct desk desk;
	int err;

	err = desk_open(&desk, 1 << 20);
	CHECK_ERR(0, err);
	err = web_put(desk.web, &silent);
	CHECK_ERR(0, err);
	err = put(&desk, "/old", "ETag: \"1\"\r\n", 200);
	CHECK_ERR(0, err);
	err = get(&desk, "", "/old");
	CHECK_ERR(0, err);
	err = web_put(desk.web, &late);
	CHECK_ERR(0, err);

	desk.wait_ms = 300;
	err = get(&desk, "", "/silent");
	CHECK_ERR(0, err);
	CHECK_STR("the web did not answer in time", desk.fault);
	err = get(&desk, "", "/old");
	CHECK_ERR(0, err);
	CHECK(desk.file && !*desk.fault);

	/* Whoever has time waits for the same answer, and gets it. */
	desk.wait_ms = 0;
	err = get(&desk, "", "/silent");
	CHECK_ERR(0, err);
	CHECK(strstr(desk.fault, "time limit"));
	CHECK_U64(3, web_requests(desk.web));

out:
	desk_close(&desk);

	return err;
}

int test_web_shared(void)
{
	struct webcache_request *reqv[3] = {NULL};
	struct webitem web;
	struct desk desk;
	int err;

	err = desk_open(&desk, 1 << 20);
	CHECK_ERR(0, err);
	err = put(&desk, "/s", NULL, 200);
	CHECK_ERR(0, err);
	err = item_make(&web, &desk, "", "/s");
	CHECK_ERR(0, err);

	/* Three ask, one request; who lets go hears nothing. */
	for (size_t i = 0; i < ARRAY_COUNT(reqv); i++) {
		err = webcache_get(&reqv[i], desk.cache, &web, 0, file_handler,
		                   &desk);
		CHECK_ERR(0, err);
	}
	reqv[0] = mem_deref(reqv[0]);
	desk.waiting = 2;
	err = desk_wait(&desk);
	CHECK_ERR(0, err);
	CHECK_U64(2, desk.answers);
	CHECK_U64(1, web_requests(desk.web));

	/* Let go by all, and the cache with it, while it is fetched. */
	for (size_t i = 0; i < ARRAY_COUNT(reqv); i++)
		reqv[i] = mem_deref(reqv[i]);
	err = webcache_get(&reqv[0], desk.cache, &web, 0, file_handler, &desk);
	CHECK_ERR(0, err);

out:
	for (size_t i = 0; i < ARRAY_COUNT(reqv); i++)
		mem_deref(reqv[i]);
	desk_close(&desk);

	return err;
}

int test_web_ceiling(void)
{
	struct desk desk;
	int err;

	/* Room for three sounds; the 21st write clears up. */
	err = desk_open(&desk, 3 * (SAMPLES * 2 + 100));
	CHECK_ERR(0, err);
	err = put(&desk, NULL, "Cache-Control: max-age=60\r\n", 200);
	CHECK_ERR(0, err);

	for (unsigned i = 0; i < 21; i++) {
		char path[PATH_SIZE];

		(void)snprintf(path, sizeof(path), "/../../%u", i);
		err = get(&desk, "", path);
		CHECK_ERR(0, err);
		CHECK(desk.file);
	}
	work_pool_finish(desk.pool);
	CHECK(files_of(&desk) <= 2 * 3);

out:
	desk_close(&desk);

	return err;
}
