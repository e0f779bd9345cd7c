/*
 * call/webcache.h - sounds of the web: fetched once, kept on disk while fresh
 *
 * An HTTP cache of one user (RFC 9111) for the sounds of prompts. What is
 * fresh is not asked for; what is not is asked for with the server's own
 * marks (ETag, Last-Modified), and stands in while the server is out of
 * reach. Files are named by a hash, so no URL chooses a path, and the oldest
 * go when they take more than their share of the disk.
 *
 * Threads: the control loop; files on the worker pool.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cfg.h"
#include "base/httpc.h"
#include "base/work.h"
#include "call/webitem.h"

struct webcache;
struct webcache_request;

/* A file in the folder. One that may not be kept is removed with the last
 * reference to this. */
struct webcache_file;
const char *webcache_file_name(const struct webcache_file *file);

struct webcache_prm {
	struct httpc *http;
	struct work_pool *pool;
	const char *folder; /* made when needed */
	uint64_t bytes_max;
	uint32_t whole_ms; /* of one request */
};

int webcache_alloc(struct webcache **cachep, const struct webcache_prm *prm);
const char *webcache_folder(const struct webcache *cache);

/* file: to be mem_ref()'ed to stay; NULL with a fault, for people. */
typedef void(webcache_h)(struct webcache_file *file, const char *fault,
                         void *arg);

/* Gets the sound; the handler comes once, never from in here. Who asks for the
 * same at the same time shares one request. wait_ms: somebody hears nothing
 * meanwhile: then an older copy has to do, or nothing comes; 0: as long as the
 * web may take. Free *reqp with mem_deref() to be silent. Returns ENOMEM. */
int webcache_get(struct webcache_request **reqp, struct webcache *cache,
                 const struct webitem *web, uint32_t wait_ms,
                 webcache_h *handler, void *arg);
