/*
 * base/httpd.c - the HTTP server: its beginning, its limits of time, its end
 *
 * libmicrohttpd limits how long a connection may be silent; who sends a byte
 * now and then is caught here: a timer of the control loop looks for heads and
 * bodies that take too long and shuts their sockets. A socket is not closed
 * while it is on the list, so its number is nobody else's.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/httpd_parts.h"
#include "base/log.h"

enum {
	CLIENTS = 2000,
	HEAD_MS = 10000,
	BODY_MS = 20000,
	IDLE_MS = 60000,
	SWEEP_MS = 250,
	DRAIN_STEP_MS = 20,
	MEMORY_BYTES = 32 << 10, /* of a connection: all of its head */
	PEM_MAX = 256 << 10,
	BACKLOG = 512,
};

struct httpd {
	struct httpd_core *core;
	uint16_t port;
	struct tmr sweep_tmr, drain_tmr;
	uint64_t drain_until_ms;
	void (*drained)(void *arg);
	void *drained_arg;
};

/* --- the end ----------------------------------------------------------- */

static void core_destructor(void *arg)
{
	struct httpd_core *core = arg;

	(void)pthread_mutex_destroy(&core->gate);
	(void)pthread_mutex_destroy(&core->lock);
	mem_deref(core->home);
	mem_deref(core->temp_dir);
	mem_deref(core->host_names);
}

/* Under the gate, which keeps it as it is. */
static struct httpd_exchange *suspended_find(struct httpd_core *core)
{
	struct httpd_exchange *found = NULL;

	(void)pthread_mutex_lock(&core->lock);
	for (struct le *le = core->exchangel.head; le && !found;
	     le = le->next) {
		struct httpd_exchange *ex = le->data;

		if (ex->is_suspended)
			found = ex;
	}
	(void)pthread_mutex_unlock(&core->lock);

	return found;
}

/* Nothing may be suspended when the daemon ends, and no socket be ours. */
static void core_stop(struct httpd_core *core)
{
	struct httpd_exchange *ex;
	struct le *le;
	int fd;

	while ((le = core->wsl.head))
		httpd_ws_abandon(le->data);

	(void)pthread_mutex_lock(&core->gate);
	(void)pthread_mutex_lock(&core->lock);
	core->is_stopping = true;
	(void)pthread_mutex_unlock(&core->lock);
	while ((ex = suspended_find(core)))
		httpd_resume(ex);
	(void)pthread_mutex_unlock(&core->gate);

	fd = MHD_quiesce_daemon(core->daemon);
	MHD_stop_daemon(core->daemon);
	core->daemon = NULL;
	if (fd >= 0)
		(void)close(fd);
}

static void destructor(void *arg)
{
	struct httpd *server = arg;

	tmr_cancel(&server->sweep_tmr);
	tmr_cancel(&server->drain_tmr);
	if (!server->core)
		return;
	if (server->core->daemon)
		core_stop(server->core);
	httpd_core_leave(server->core);
}

size_t httpd_busy(const struct httpd *server)
{
	struct httpd_core *core = server->core;
	size_t busy;

	(void)pthread_mutex_lock(&core->lock);
	busy = list_count(&core->exchangel);
	(void)pthread_mutex_unlock(&core->lock);

	return busy;
}

static void drain_handler(void *arg)
{
	struct httpd *server = arg;

	if (httpd_busy(server) && clock_ms() < server->drain_until_ms)
		tmr_start(&server->drain_tmr, DRAIN_STEP_MS, drain_handler,
		          server);
	else
		server->drained(server->drained_arg);
}

void httpd_drain(struct httpd *server, uint32_t limit_ms,
                 void (*done)(void *arg), void *arg)
{
	struct httpd_core *core = server->core;

	assert(done && !server->drained);

	(void)pthread_mutex_lock(&core->lock);
	core->is_draining = true;
	(void)pthread_mutex_unlock(&core->lock);
	(void)close(MHD_quiesce_daemon(core->daemon));
	server->drained = done;
	server->drained_arg = arg;
	server->drain_until_ms = clock_ms() + limit_ms;
	tmr_start(&server->drain_tmr, 0, drain_handler, server);
}

/* --- limits of time ---------------------------------------------------- */

static void sweep_handler(void *arg)
{
	struct httpd *server = arg;
	struct httpd_core *core = server->core;
	uint64_t now_ms = clock_ms();

	(void)pthread_mutex_lock(&core->lock);
	for (struct le *le = core->connl.head; le; le = le->next) {
		struct httpd_conn *conn = le->data;

		if (!conn->limit_ms || now_ms - conn->since_ms < conn->limit_ms)
			continue;
		conn->limit_ms = 0;
		(void)shutdown(conn->fd, SHUT_RDWR);
	}
	(void)pthread_mutex_unlock(&core->lock);
	tmr_start(&server->sweep_tmr, SWEEP_MS, sweep_handler, server);
}

/* --- the beginning ----------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void log_handler(
	void *arg, const char *format, va_list ap)
{
	char line[300];

	(void)arg;
	(void)vsnprintf(line, sizeof(line), format, ap);
	line[strcspn(line, "\r\n")] = '\0';
	log_debug("http", "%s", line);
}

/* Escapes are decoded by us, who look at what comes out. */
static size_t leave_escapes(void *arg, struct MHD_Connection *connection,
                            char *text)
{
	(void)arg;
	(void)connection;

	return strlen(text);
}

static int pem_read(char **textp, const char *path,
                    char fault[HTTPD_FAULT_SIZE])
{
	FILE *file = fopen(path, "rb");
	char *text = mem_zalloc(PEM_MAX + 1, NULL);
	int err = text ? 0 : ENOMEM;

	if (!file)
		err = errno;
	else if (text && !fread(text, 1, PEM_MAX, file))
		err = EINVAL;
	if (file)
		(void)fclose(file);
	if (err) {
		(void)snprintf(fault, HTTPD_FAULT_SIZE,
		               "%s: %s; it has to be a PEM file that this "
		               "user may read",
		               path, strerror(err));
		mem_deref(text);
		return err;
	}
	*textp = text;

	return 0;
}

struct place {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
	bool is_v6;
};

static int place_read(struct place *place, const char *address, uint16_t port)
{
	memset(place, 0, sizeof(*place));
	if (inet_pton(AF_INET, address, &place->u.in.sin_addr) == 1) {
		place->u.in.sin_family = AF_INET;
		place->u.in.sin_port = htons(port);
		return 0;
	}
	if (inet_pton(AF_INET6, address, &place->u.in6.sin6_addr) == 1) {
		place->is_v6 = true;
		place->u.in6.sin6_family = AF_INET6;
		place->u.in6.sin6_port = htons(port);
		return 0;
	}

	return EINVAL;
}

bool httpd_is_loopback(const char *address)
{
	struct place place;

	if (place_read(&place, address, 0))
		return false;
	if (place.is_v6)
		return IN6_IS_ADDR_LOOPBACK(&place.u.in6.sin6_addr);

	return ntohl(place.u.in.sin_addr.s_addr) >> 24 == 127;
}

static int core_alloc(struct httpd_core **corep, const struct httpd_prm *prm,
                      const char *address)
{
	const char *temp_dir = prm->temp_dir ? prm->temp_dir : getenv("TMPDIR");
	struct httpd_core *core = mem_zalloc(sizeof(*core), core_destructor);
	int err;

	if (!core)
		return ENOMEM;

	(void)pthread_mutex_init(&core->gate, NULL);
	(void)pthread_mutex_init(&core->lock, NULL);
	core->sidec = 1;
	core->home = mem_ref(prm->home);
	core->routev = prm->routev;
	core->routec = prm->routec;
	core->check = prm->check;
	core->arg = prm->arg;
	core->is_loopback = httpd_is_loopback(address);
	core->head_ms = prm->head_ms ? prm->head_ms : HEAD_MS;
	core->body_ms = prm->body_ms ? prm->body_ms : BODY_MS;
	core->idle_ms = prm->idle_ms ? prm->idle_ms : IDLE_MS;
	err = str_dup(&core->temp_dir, temp_dir ? temp_dir : "/tmp");
	if (!err && prm->host_names)
		err = str_dup(&core->host_names, prm->host_names);
	if (err)
		mem_deref(core);
	else
		*corep = core;

	return err;
}

static int daemon_start(struct httpd_core *core, const struct httpd_prm *prm,
                        const struct place *place, char *pemv[2])
{
	static char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
	unsigned clients = prm->clients ? prm->clients : CLIENTS;
	struct MHD_OptionItem tls_optionv[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, pemv[0]},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, pemv[1]},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, priorities},
		{MHD_OPTION_END, 0, NULL},
	};
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
	                 MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE |
	                 MHD_USE_ERROR_LOG | (place->is_v6 ? MHD_USE_IPv6 : 0) |
	                 (pemv[0] ? MHD_USE_TLS : 0);

	/* MHD counts the limit per address in unsigned ints, seconds too. */
	errno = 0;
	core->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, httpd_access, core,
		MHD_OPTION_EXTERNAL_LOGGER, log_handler, NULL,
		MHD_OPTION_SOCK_ADDR, &place->u.sa, MHD_OPTION_ARRAY,
		tls_optionv + (pemv[0] ? 0 : 3), MHD_OPTION_CONNECTION_LIMIT,
		clients, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		prm->clients_per_address ? prm->clients_per_address : clients,
		MHD_OPTION_CONNECTION_TIMEOUT, (core->idle_ms + 999) / 1000,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
		MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)BACKLOG,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
		leave_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED,
		httpd_completed, core, MHD_OPTION_NOTIFY_CONNECTION,
		httpd_connected, core, MHD_OPTION_END);
	if (core->daemon)
		return 0;

	return errno ? errno : EINVAL;
}

static int start(struct httpd *server, const struct httpd_prm *prm,
                 const struct place *place, char fault[HTTPD_FAULT_SIZE])
{
	const union MHD_DaemonInfo *info;
	char *pemv[2] = {NULL, NULL};
	int err = 0;

	if (prm->cert_file && prm->key_file) {
		err = pem_read(&pemv[0], prm->cert_file, fault);
		if (!err)
			err = pem_read(&pemv[1], prm->key_file, fault);
		if (err)
			goto out;
	}

	err = daemon_start(server->core, prm, place, pemv);
	if (err) {
		(void)snprintf(fault, HTTPD_FAULT_SIZE,
		               "cannot listen on %s port %u: %s%s",
		               prm->address ? prm->address : "127.0.0.1",
		               prm->port, strerror(err),
		               err == EADDRINUSE
		                       ? "; another program is there, take "
		                         "another port"
		               : pemv[0] ? "; is the certificate one, and "
		                           "the key its own?"
		                         : "");
		goto out;
	}

	info = MHD_get_daemon_info(server->core->daemon,
	                           MHD_DAEMON_INFO_BIND_PORT);
	server->port = info ? info->port : prm->port;

out:
	/* The library has made its own of them. */
	for (size_t i = 0; i < ARRAY_COUNT(pemv); i++) {
		if (pemv[i])
			explicit_bzero(pemv[i], PEM_MAX);
		mem_deref(pemv[i]);
	}

	return err;
}

int httpd_alloc(struct httpd **serverp, const struct httpd_prm *prm,
                char fault[HTTPD_FAULT_SIZE])
{
	const char *address = prm->address ? prm->address : "127.0.0.1";
	struct httpd *server;
	struct place place;
	int err;

	assert(serverp && prm->home && (prm->routev || !prm->routec));

	*fault = '\0';
	if (place_read(&place, address, prm->port)) {
		(void)snprintf(fault, HTTPD_FAULT_SIZE,
		               "\"%s\" is no address of an interface; write "
		               "127.0.0.1, or 0.0.0.0 for all",
		               address);
		return EINVAL;
	}

	server = mem_zalloc(sizeof(*server), destructor);
	if (!server)
		return ENOMEM;

	tmr_init(&server->sweep_tmr);
	tmr_init(&server->drain_tmr);
	err = core_alloc(&server->core, prm, address);
	if (!err)
		err = start(server, prm, &place, fault);
	if (err) {
		mem_deref(server);
		return err;
	}

	tmr_start(&server->sweep_tmr, SWEEP_MS, sweep_handler, server);
	*serverp = server;

	return 0;
}

uint16_t httpd_port(const struct httpd *server)
{
	return server->port;
}
