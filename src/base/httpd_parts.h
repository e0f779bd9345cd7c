/*
 * base/httpd_parts.h - the parts of the HTTP server; private to httpd*.c
 *
 * An exchange is one request and its answer. It has two sides: HTTP's thread
 * with the connection, and the control loop with a struct httpd_request, which
 * may outlive the connection as it may outlive the loop's interest. Who leaves
 * last frees it.
 *
 * Two locks, because libmicrohttpd has one of its own between them: it is
 * taken inside suspend and resume, and held when a WebSocket's end is told.
 * The gate guards what decides whether a connection is suspended, and is held
 * around both; the lock guards lists and lives. Gate before lock, nothing of
 * libmicrohttpd under the lock. A suspended connection stays alive until it is
 * resumed, and a socket given to us until it is given back: both by the loop.
 */
#pragma once

#include <microhttpd.h>
#include <pthread.h>
#include "base/httpd.h"
#include "base/mem.h"
#include <re_tmr.h>

enum httpd_pair_kind {
	HTTPD_PARAM,
	HTTPD_QUERY,
	HTTPD_HEADER,
	HTTPD_COOKIE,
	HTTPD_FIELD,
};

enum {
	HTTPD_METHOD_SIZE = 16,
	HTTPD_PAIRS_MAX = 200, /* headers, parameters and fields of a request */
};

struct httpd_pair {
	struct le le;
	enum httpd_pair_kind kind;
	char *name;
	char *value;
};

struct httpd_core {
	pthread_mutex_t gate, lock;
	struct MHD_Daemon *daemon;
	struct mailbox *home;
	const struct httpd_route *routev;
	size_t routec;
	bool (*check)(struct httpd_request *req, void *arg);
	void *arg;
	char *temp_dir;
	char *host_names;
	bool is_loopback;
	uint32_t head_ms, body_ms, idle_ms;

	struct list wsl; /* the loop's */

	/* guarded by the lock */
	struct list connl;
	struct list exchangel; /* with a connection */
	size_t sidec;          /* sides of exchanges, and the server's own */
	bool is_draining;
	bool is_stopping; /* written under both */
};

/* One connection, for the limits of time. HTTP's thread, under the lock. */
struct httpd_conn {
	struct le le;
	int fd;
	uint64_t since_ms;
	uint64_t limit_ms; /* 0: none */
};

struct httpd_exchange {
	struct le le;
	struct httpd_core *core;

	/* HTTP's thread, until the loop is asked; read only from then on */
	struct httpd_conn *conn;
	const struct httpd_route *route;
	char method[HTTPD_METHOD_SIZE];
	char address[HTTPD_ADDRESS_SIZE];
	char *path;
	struct list pairl;
	size_t pairc;
	struct mbuf *body;
	int fd; /* of what is uploaded, -1 */
	uint64_t body_bytes;
	uint64_t file_bytes;
	char *file_field, *file_name;
	struct MHD_PostProcessor *form;
	bool is_asked;      /* the loop was */
	bool is_received;   /* with all its body */
	bool is_checked;    /* before its body came */
	bool is_head_again; /* the next call brings nothing new */
	bool is_discarding; /* of its body nothing is kept */
	bool is_form_bad;
	uint64_t begin_ms;

	struct MHD_Connection *connection;

	/* guarded by the lock */
	unsigned sidec;
	bool is_complete; /* the connection's side has left */
	bool is_ws_over;  /* a socket would come too late */
	struct MHD_UpgradeResponseHandle *urh; /* NULL: no socket is ours */
	int ws_fd;
	struct mbuf *ws_first; /* bytes that came behind the head */

	/* guarded by the gate */
	bool is_suspended;
	struct MHD_Response *response; /* to be queued */
	unsigned status;
	uint64_t sent_bytes;
	bool is_stream, is_ended, is_broken, is_choked;
	struct mbuf *out; /* of the stream: what waits is from pos to end */
	bool is_upgraded;

	/* the loop's */
	struct list headerl; /* of the answer, which check() set */
	struct httpd_request *req;
	struct httpd_ws *ws;
};

struct httpd_request {
	struct httpd_exchange *ex;
	struct list headerl; /* of the answer, struct httpd_pair */
	struct httpd_stream_sink sink;
	bool is_answered;
	bool is_gone;
};

/* --- httpd_route.c: pure ----------------------------------------------- */

/* Decodes %XX. EINVAL: a bad escape, no UTF-8, a control character (tab and
 * line ends may be where has_lines). The text is the caller's to mem_deref().
 */
int httpd_decode(char **textp, const char *raw, size_t n, bool has_lines);

/* Whether it is UTF-8 without control characters. */
bool httpd_is_text(const char *text, size_t n, bool has_lines);

/* Whether a pattern fits a raw path; then its parameters are added (EINVAL for
 * a bad one). Returns 0, ENOENT, EINVAL or ENOMEM. */
int httpd_match(struct list *pairl, const char *pattern, const char *path);

int httpd_pair_add(struct list *pairl, enum httpd_pair_kind kind,
                   const char *name, const char *value);
const char *httpd_pair_find(const struct list *pairl, enum httpd_pair_kind kind,
                            const char *name);

/* --- httpd_exchange.c: HTTP's thread ----------------------------------- */

enum MHD_Result httpd_access(void *cls, struct MHD_Connection *connection,
                             const char *url, const char *method,
                             const char *version, const char *data, size_t *np,
                             void **exp);
void httpd_completed(void *cls, struct MHD_Connection *connection, void **exp,
                     enum MHD_RequestTerminationCode code);
void httpd_connected(void *cls, struct MHD_Connection *connection, void **connp,
                     enum MHD_ConnectionNotificationCode code);

/* Any thread: one side less. */
void httpd_leave(struct httpd_exchange *ex);
void httpd_core_leave(struct httpd_core *core);

/* Posts a message that brings a side with it. */
int httpd_tell(struct httpd_exchange *ex, mailbox_h *handler);

/* One side more, before somebody else has it. */
void httpd_side_add(struct httpd_exchange *ex);

/* The loop, under the gate. */
void httpd_resume(struct httpd_exchange *ex);

bool httpd_is_draining(struct httpd_core *core);

/* The answer to queue as soon as libmicrohttpd takes one; of the body nothing
 * more is kept. */
enum MHD_Result httpd_refuse(struct httpd_exchange *ex,
                             const struct httpd_trouble *trouble);

extern const struct httpd_trouble httpd_no_memory;

/* --- httpd_head.c: HTTP's thread --------------------------------------- */

/* Fills in the exchange, finds its route; what cannot be is refused. MHD_NO:
 * not even that. */
enum MHD_Result httpd_head_check(struct httpd_exchange *ex,
                                 struct MHD_Connection *connection,
                                 const char *url);

/* --- httpd_body.c: HTTP's thread --------------------------------------- */

bool httpd_has_body(const struct httpd_exchange *ex);
size_t httpd_body_limit(const struct httpd_exchange *ex);
enum MHD_Result httpd_refuse_size(struct httpd_exchange *ex);

/* A place for it. EIO, ENOMEM; ENOTSUP: no form. */
int httpd_body_begin(struct httpd_exchange *ex,
                     struct MHD_Connection *connection);
enum MHD_Result httpd_refuse_body(struct httpd_exchange *ex, int err);
enum MHD_Result httpd_body_take(struct httpd_exchange *ex, const char *data,
                                size_t n);
enum MHD_Result httpd_body_end(struct httpd_exchange *ex);

/* --- httpd_request.c: the loop ----------------------------------------- */

/* Messages to the loop; each brings a side of the exchange. */
void httpd_ask_check(void *arg);
void httpd_ask(void *arg);
void httpd_tell_gone(void *arg);
void httpd_tell_drained(void *arg);

/* --- httpd_reply.c ----------------------------------------------------- */

/* Any thread. NULL: no memory. */
struct MHD_Response *httpd_problem_make(const struct httpd_trouble *trouble);

/* Hands an answer to HTTP's thread; the response is taken, NULL is ENOMEM. */
int httpd_answer(struct httpd_request *req, unsigned status,
                 struct MHD_Response *response);

/* Breaks a stream off that has not ended. */
void httpd_break(struct httpd_exchange *ex);

/* --- httpd_ws.c -------------------------------------------------------- */

void httpd_tell_upgraded(void *arg);

/* The server ends: the owner keeps an object that does nothing. */
void httpd_ws_abandon(struct httpd_ws *ws);
