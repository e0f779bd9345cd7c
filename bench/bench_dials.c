/*
 * bench/bench_dials.c - how fast a dialer dials
 *
 *   dialer.dials_per_s       contacts gated, written, dialled by SIP, refused
 *                            as busy and written again, one after another
 *   dialer.dials_per_core_s  the same by the processor's time of the dialer,
 *                            all its threads
 *   dialer.identity_us       what it costs to sign a call (STIR), by the
 *                            processor's time
 *
 * The callees are a telephone of ours in a process of its own. The database
 * is SQLite in $TMPDIR; the rules ask for hours, caps and a gap.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "campaign/campaign.h"
#include "campaign/legs.h"
#include "campaign/rules.h"
#include "phone/sip/identity.h"

enum {
	DIALS = 6000,
	SIGNATURES = 4000,
	CALLS_MAX = 64,
	NUMBER_TEXT_SIZE = 20,
	PATH_SIZE = 512,
};

struct bench {
	struct work_pool *pool;
	struct store *store;
	struct phone *phone;
	struct phone_line *line;
	struct dialer *dialer;
	struct rules *rules;
	struct store_campaign campaign;
	int64_t list_id;
	uint32_t placed;
	int err;
};

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench_dials: %s: %s\n", what, strerror(err));
	exit(1);
}

static double cpu_s(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);

	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* --- the callees --------------------------------------------------------- */

static void incoming(struct phone_leg *leg, struct phone_line *line,
                     const char *from, const char *to, void *arg)
{
	(void)line;
	(void)from;
	(void)to;
	(void)arg;

	(void)phone_leg_refuse(leg, 486, "Busy Here", 0);
	mem_deref(leg);
}

static void callees(int fd)
{
	const struct phone_prm prm = {
		.bind = "127.0.0.1",
		.media_loops = 1,
		.incoming = incoming,
	};
	char fault[CFG_FAULT_SIZE];
	struct phone *phone;
	uint16_t port;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (loop_init() || phone_alloc(&phone, &prm, fault))
		_exit(1);
	port = phone_sip_port(phone);
	if (write(fd, &port, sizeof(port)) != sizeof(port))
		_exit(1);
	(void)loop_run();
	_exit(0);
}

/* --- the dialer ----------------------------------------------------------- */

static void list_handler(int err, int64_t list_id, void *arg)
{
	struct bench *bench = arg;

	bench->err = err;
	bench->list_id = list_id;
	loop_stop();
}

static void added_handler(int err, uint32_t added, uint32_t duplicates,
                          void *arg)
{
	struct bench *bench = arg;

	(void)added;
	(void)duplicates;

	bench->err = err;
	loop_stop();
}

static void campaign_handler(int err, const struct store_campaign *campaign,
                             void *arg)
{
	struct bench *bench = arg;

	bench->err = err;
	if (!err)
		bench->campaign = *campaign;
	loop_stop();
}

static void dial_done(const struct dialer_progress *progress, const char *fault,
                      void *arg)
{
	struct bench *bench = arg;

	bench->placed = progress->placed;
	if (fault || progress->outcomev[OUTCOME_BUSY] != DIALS)
		bench->err = EBADMSG;
	loop_stop();
}

static void await(struct bench *bench, const char *what, int err)
{
	if (err)
		fail(what, err);
	(void)loop_run();
	if (bench->err)
		fail(what, bench->err);
}

static void campaign(struct bench *bench)
{
	static struct store_contact contactv[DIALS];
	static char numberv[DIALS][NUMBER_TEXT_SIZE];

	for (int i = 0; i < DIALS; i++) {
		(void)snprintf(numberv[i], NUMBER_TEXT_SIZE, "+861%010d", i);
		contactv[i].number = numberv[i];
	}
	await(bench, "list",
	      store_list(bench->store, "bench", list_handler, bench));
	await(bench, "contacts",
	      store_contacts_add(bench->store, bench->list_id, contactv, DIALS,
	                         added_handler, bench));
	await(bench, "campaign",
	      store_campaign(bench->store, "bench", bench->list_id, "none",
	                     campaign_handler, bench));
}

static void dial(struct bench *bench)
{
	const struct dialer_port port = legs_port(bench->line);
	const struct dialer_sink sink = {.done = dial_done, .arg = bench};
	const struct dialer_prm prm = {
		.line = "main",
		.calls_max = CALLS_MAX,
		.port = &port,
		.rules = bench->rules,
	};
	uint64_t begin_us = clock_us();
	double begin_cpu_s = cpu_s();

	await(bench, "dial",
	      dialer_start(&bench->dialer, bench->store, &bench->campaign, &prm,
	                   &sink));
	bench->dialer = mem_deref(bench->dialer);
	printf("dialer.dials_per_s %.0f per_s\n",
	       bench->placed / ((double)(clock_us() - begin_us) / 1e6));
	printf("dialer.dials_per_core_s %.0f per_s\n",
	       bench->placed / (cpu_s() - begin_cpu_s));
}

static void parts_open(struct bench *bench, const char *path, uint16_t port)
{
	const struct phone_prm prm = {.bind = "127.0.0.1", .media_loops = 1};
	char fault[CFG_FAULT_SIZE], server[32], reason[RULES_REASON_SIZE];
	const struct phone_line_prm line = {
		.name = "main",
		.server = server,
		.user = "100",
	};
	struct atlas *atlas = NULL;
	int err;

	(void)snprintf(server, sizeof(server), "127.0.0.1:%u", port);
	err = loop_init();
	if (!err)
		err = work_pool_alloc(&bench->pool, 2, loop_mailbox());
	if (!err)
		err = atlas_load(&atlas);
	if (!err)
		err = rules_alloc(&bench->rules, atlas);
	if (!err)
		err = rules_set_json(
			bench->rules,
			"{\"hours\":\"00:00-24:00\",\"gap\":\"1h\","
			"\"day_calls\":3,\"week_calls\":5}",
			reason);
	mem_deref(atlas);
	if (!err)
		err = store_open(&bench->store, path, bench->pool, fault);
	if (!err)
		err = phone_alloc(&bench->phone, &prm, fault);
	if (!err)
		err = phone_line_add(&bench->line, bench->phone, &line);
	if (err)
		fail("start", err);
}

/* --- signed calls --------------------------------------------------------- */

static void key_write(const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!key || !file ||
	    !PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) ||
	    fclose(file))
		fail(path, EIO);
	EVP_PKEY_free(key);
}

static void signatures(const char *path)
{
	const struct identity_prm prm = {
		.key = path,
		.cert_url = "https://cert.example.org/passport.pem",
		.attest = 'A',
	};
	const struct identity_call call = {
		.orig = "15550100",
		.dest = "15550101",
		.origid = "019ff000-0000-7000-8000-000000000001",
		.at_s = clock_wall_ms() / 1000,
	};
	struct identity *identity;
	char fault[CFG_FAULT_SIZE];
	double begin_s;

	key_write(path);
	if (identity_alloc(&identity, &prm, fault))
		fail(fault, EINVAL);
	begin_s = cpu_s();
	for (int i = 0; i < SIGNATURES; i++) {
		char *value = NULL;
		int err = identity_sign(&value, identity, &call);

		if (err)
			fail("signature", err);
		mem_deref(value);
	}
	printf("dialer.identity_us %.1f us\n",
	       (cpu_s() - begin_s) * 1e6 / SIGNATURES);
	mem_deref(identity);
	(void)unlink(path);
}

static void phone_closed(void *arg)
{
	(void)arg;

	loop_stop();
}

static void parts_close(struct bench *bench)
{
	phone_close(bench->phone, phone_closed, NULL);
	(void)loop_run();
	store_close(bench->store);
	mem_deref(bench->phone);
	mem_deref(bench->rules);
	work_pool_finish(bench->pool);
	mem_deref(bench->pool);
	loop_close();
}

int main(void)
{
	static struct bench bench;
	const char *tmp = getenv("TMPDIR");
	char dir[PATH_SIZE], path[PATH_SIZE + 16], lock[PATH_SIZE + 32];
	char key[PATH_SIZE + 16];
	uint16_t port = 0;
	pid_t child;
	int fdv[2];

	(void)snprintf(dir, sizeof(dir), "%s/dialwright-bench-XXXXXX",
	               tmp ? tmp : "/tmp");
	if (!mkdtemp(dir) || pipe(fdv))
		fail(dir, errno);
	(void)snprintf(path, sizeof(path), "%s/bench.db", dir);
	(void)snprintf(lock, sizeof(lock), "%s.lock", path);
	(void)snprintf(key, sizeof(key), "%s/key.pem", dir);

	log_set_level(LOG_WARNING);
	child = fork();
	if (!child)
		callees(fdv[1]);
	if (read(fdv[0], &port, sizeof(port)) != sizeof(port))
		fail("callees", EIO);

	parts_open(&bench, path, port);
	campaign(&bench);
	dial(&bench);
	signatures(key);
	parts_close(&bench);

	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	(void)unlink(lock);
	(void)unlink(path);
	(void)rmdir(dir);

	return 0;
}
