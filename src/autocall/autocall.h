/*
 * autocall/autocall.h - the door of the autocall folder: the service of an
 * older robot, for those who switch from it
 *
 * A 1C database asks for calls over plain HTTP, hears of each through a bus or
 * its own gate, with the names, keys and codes that its modules know, and its
 * softphones are told of things over TCP. What is the same and what is not:
 * docs/autocall.md.
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cfg.h"
#include "base/work.h"
#include "call/call.h"
#include "phone/phone.h"
#include "speech/asr.h"
#include "store/store.h"

struct autocall;

extern const struct cfg_table autocall_cfg_table;      /* [autocall] */
extern const struct cfg_table autocall_file_cfg_table; /* [autocall_file X] */

/* All outlive it. */
struct autocall_prm {
	const struct cfg *cfg;
	struct store *store;
	struct work_pool *pool;
	struct asr *asr;
	struct phone *phone;
	struct calls *calls;
	const char *data; /* directory of what is uploaded */
};

/* Reads the scripts; on failure fault is one sentence with the remedy. Then
 * makes their prompts and listens: ready is called once, later, with NULL or
 * with what is wrong. */
int autocall_alloc(struct autocall **acp, const struct autocall_prm *prm,
                   void (*ready)(const char *fault, void *arg), void *arg,
                   char fault[CFG_FAULT_SIZE]);

/* Where it listens, in words. Valid until the next call. */
const char *autocall_places(struct autocall *ac);

/* Takes nobody new from now on; calls go on. */
void autocall_stop(struct autocall *ac);

/* Behind autocall_stop(): waits for the calls; who still talks after limit_ms
 * is hung up. done comes when all have ended. */
void autocall_drain(struct autocall *ac, uint32_t limit_ms,
                    void (*done)(void *arg), void *arg);
