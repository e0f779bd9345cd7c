/*
 * call/offline.h - what is played when no voice can speak; private to call/
 *
 * One recorded sound ("we will call back"), read before the first call: by
 * then nothing has to work but the call itself.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cfg.h"

struct call;
struct offline;

/* path "": NULL, no prompt. On failure fault says why. */
int offline_alloc(struct offline **offlinep, const char *path,
                  char fault[CFG_FAULT_SIZE]);

/* Plays it in place of a prompt that failed; nobody is listened to meanwhile.
 * Returns false where there is none, or the callee has heard it already. */
bool offline_say(struct call *call);
