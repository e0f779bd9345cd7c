/*
 * speech/grpc.h - gRPC calls to a service: HTTP/2 by libnghttp2 on our loop
 *
 * One object per service keeps connections: calls share them, as many as the
 * service allows, and they stay for the next call. A call is a stream of
 * messages both ways; one question with one answer is the small case. What a
 * message holds is the caller's business (proto.h).
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "speech/service.h"

struct grpc;
struct grpc_call;

enum {
	GRPC_WHY_SIZE = 300,
	GRPC_OK = 0,
	GRPC_NONE = -1, /* no status came */
};

/* Why a call is over. */
struct grpc_end {
	int err;                 /* 0: OK. EACCES (key), EDQUOT (quota),
	                          * ECONNRESET (lost; worth another try),
	                          * ETIMEDOUT, EPROTO, … */
	int status;              /* as gRPC numbers them, or GRPC_NONE */
	unsigned http_status;    /* the same for service_why(); 0: none fits */
	char why[GRPC_WHY_SIZE]; /* in words, the service's among them */
};

/* No handler is called from inside a function of this file, and none after
 * mem_deref(). */
struct grpc_sink {
	void (*opened)(void *arg); /* the connection stands; may be NULL */
	void (*message)(const uint8_t *data, size_t n, void *arg);
	/* Once and last; what is to be done is mem_deref(). */
	void (*closed)(const struct grpc_end *end, void *arg);
	void *arg;
};

/* The service is the caller's and outlives it. Its TLS context will speak
 * HTTP/2 only. Free with mem_deref(), after its calls. */
int grpc_alloc(struct grpc **grpcp, struct service *service);

/* Opens a connection, unless one is there; nobody hears how it went. */
void grpc_warm(struct grpc *grpc);

/* Starts a call. path: "/package.Service/Method"; headers: whole lines of
 * metadata ("authorization: …\r\n"), "" = none; both are copied. Free it with
 * mem_deref(), which cancels it silently. Returns EINPROGRESS while the name of
 * the service is being looked up (ask again), EHOSTUNREACH, ENOMEM. */
int grpc_call_open(struct grpc_call **callp, struct grpc *grpc,
                   const char *path, const char *headers,
                   const struct grpc_sink *sink);

/* Sends a message. Returns ENOTCONN when the call is over, ENOBUFS when as
 * much waits as may, ENOMEM. */
int grpc_call_send(struct grpc_call *call, const void *data, size_t n);

/* No more messages from us; the service still answers. */
int grpc_call_finish(struct grpc_call *call);

/* Bytes that the service has not taken yet. */
size_t grpc_call_waiting(const struct grpc_call *call);

bool grpc_call_is_open(const struct grpc_call *call);

/* clock_ms() of the last byte of its connection. */
uint64_t grpc_call_heard_ms(const struct grpc_call *call);
