/*
 * test/notify/test_sinks.c - sinks as the configuration gives them
 */
#include <errno.h>
#include "base/httpc.h"
#include "base/loop.h"
#include "base/mem.h"
#include "harness.h"
#include "notify/notify.h"
#include "notify/test_notify.h"

static int cfg_make(struct cfg **cfgp, const char *const *pairv)
{
	static const struct cfg_table *const tablev[] = {
		&notify_cfg_table,
		&notify_sink_cfg_table,
		&httpc_cfg_table,
	};
	char fault[CFG_FAULT_SIZE];
	int err;

	err = cfg_load(cfgp, NULL, tablev, ARRAY_COUNT(tablev), fault);
	for (; !err && *pairv; pairv += 2)
		err = cfg_set(*cfgp, pairv[0], pairv[1], fault);

	return err;
}

static int hold(void *store, const char *sink, notify_done_h *done, void *arg)
{
	(void)store;
	(void)sink;
	(void)done;
	(void)arg;

	return EBUSY;
}

/* Each is refused with its own sentence, naming the key. */
int test_sinks_refused(void)
{
	static const struct {
		const char *pairv[7];
		const char *said;
	} rowv[] = {
		/* clang-format off */
		{{"sink.a.url", "ftp://x"}, "sink.a.url: give an address"},
		{{"sink.a.url", "http://x", "sink.a.secret", "short"},
		 "sink.a.secret: give \"whsec_\""},
		{{"sink.a.kind", "kafka"}, "sink.a.url: give the brokers"},
		{{"sink.a.kind", "kafka", "sink.a.url", "x:1",
		  "sink.a.topics", "steps"}, "sink.a.topics: give TYPE=TOPIC"},
		{{"sink.a.kind", "kafka", "sink.a.url", "x:1",
		  "sink.a.options", "no.such=1"}, "sink.a.options: No such"},
		{{"sink.a.kind", "1c", "sink.a.url", "http://x/?a=b"},
		 "sink.a.url: give the address of the gate"},
		{{"sink.a.kind", "1c", "sink.a.url", "http://x/",
		  "sink.a.methods", "x"}, "sink.a.methods: give TYPE=METHOD"},
		/* clang-format on */
	};
	static const struct notify_outbox outbox = {.hold = hold};
	struct notify *notify = NULL;
	struct httpc *http = NULL;
	struct cfg *cfg = NULL;
	char fault[CFG_FAULT_SIZE];
	int err;

	err = loop_init();
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = cfg_make(&cfg, rowv[i].pairv);
		CHECK_ERR(0, err);
		err = httpc_alloc(&http, cfg);
		CHECK_ERR(0, err);
		CHECK_ERR(EINVAL,
		          notify_alloc(&notify, cfg, http, &outbox, fault));
		if (strncmp(fault, rowv[i].said, strlen(rowv[i].said)) != 0)
			CHECK_STR(rowv[i].said, fault);
		http = mem_deref(http);
		cfg = mem_deref(cfg);
	}

out:
	mem_deref(notify);
	mem_deref(http);
	mem_deref(cfg);
	loop_close();

	return err;
}

int test_sinks_wanted(void)
{
	static const struct {
		const char *pairv[7];
		const char *types;
	} rowv[] = {
		{{NULL}, "call.intention"},
		{{"events.notify_http", "no"}, ""},
		{{"sink.a.events", "call.*", "sink.b.events",
	          "line.state, import.done", "events.notify_http", "no"},
	         "call.*,line.state, import.done,"},
	};
	struct cfg *cfg = NULL;
	char fault[CFG_FAULT_SIZE];
	char *types = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = cfg_make(&cfg, rowv[i].pairv);
		CHECK_ERR(0, err);
		err = notify_wanted(&types, cfg, fault);
		CHECK_ERR(0, err);
		CHECK_STR(rowv[i].types, types);
		types = mem_deref(types);
		cfg = mem_deref(cfg);
	}

out:
	mem_deref(types);
	mem_deref(cfg);

	return err;
}

int test_types_are_told_apart(void)
{
	int err = 0;

	for (size_t i = 0; i < notify_typec; i++) {
		const struct notify_type *type = &notify_typev[i];

		CHECK(notify_type_find(type->name) == type);
		CHECK(type->fieldc > 0);
	}
	CHECK(!notify_type_find("call"));

out:
	return err;
}

static void no_message(struct notify_reader *reader,
                       const struct notify_message *message, void *arg)
{
	(void)reader;
	(void)message;
	(void)arg;
}

int test_readers_refused(void)
{
	static const struct {
		const char *pairv[7];
		const char *said;
	} rowv[] = {
		/* clang-format off */
		{{"sink.a.url", "http://x", "sink.a.reads", "known"},
		 "sink.a.reads: only kafka can be read"},
		{{"sink.a.kind", "kafka", "sink.a.url", "x:1",
		  "sink.a.reads", "known, other"},
		 "sink.a.reads: nobody here understands the topic other"},
		{{"sink.a.kind", "kafka", "sink.a.reads", "known"},
		 "sink.a.url: give the brokers, like kafka1:9092,kafka2:9092"},
		/* clang-format on */
	};
	static const char *const topicv[] = {"known"};
	struct notify_readers_prm prm = {
		.topicv = topicv,
		.topicc = ARRAY_COUNT(topicv),
		.handler = no_message,
	};
	struct notify_readers *readers = NULL;
	struct cfg *cfg = NULL;
	char fault[CFG_FAULT_SIZE];
	int err;

	err = loop_init();
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = cfg_make(&cfg, rowv[i].pairv);
		CHECK_ERR(0, err);
		prm.cfg = cfg;
		CHECK_ERR(EINVAL, notify_readers_alloc(&readers, &prm, fault));
		CHECK_STR(rowv[i].said, fault);
		cfg = mem_deref(cfg);
	}

out:
	mem_deref(readers);
	mem_deref(cfg);
	loop_close();

	return err;
}

/* What goes out and comes in again must not have its effect twice. */
int test_readers_echo(void)
{
	static const struct {
		const char *why;
		const char *pairv[9];
		bool is_echoed;
	} rowv[] = {
		/* clang-format off */
		{"nothing is read", {"sink.a.kind", "kafka"}, false},
		{"written and read", {"sink.a.kind", "kafka",
		 "sink.a.reads", "x, type"}, true},
		{"read, but not written", {"sink.a.kind", "kafka",
		 "sink.a.events", "call.*", "sink.a.reads", "type"}, false},
		{"written to another topic", {"sink.a.kind", "kafka",
		 "sink.a.topics", "type=far", "sink.a.reads", "type"}, false},
		{"and that one is read", {"sink.a.kind", "kafka",
		 "sink.a.topics", "type=far", "sink.a.reads", "far"}, true},
		{"a webhook brings nothing back", {"sink.a.url", "http://x",
		 "sink.b.kind", "kafka", "sink.b.events", "call.*",
		 "sink.b.reads", "type"}, false},
		/* clang-format on */
	};
	struct cfg *cfg = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = cfg_make(&cfg, rowv[i].pairv);
		CHECK_ERR(0, err);
		if (notify_is_echoed(cfg, "type") != rowv[i].is_echoed)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(notify_is_echoed(cfg, "type") == rowv[i].is_echoed);
		cfg = mem_deref(cfg);
	}

out:
	mem_deref(cfg);

	return err;
}
