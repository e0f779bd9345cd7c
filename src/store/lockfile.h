/*
 * store/lockfile.h - one process owns a file
 */
#pragma once

#include "base/cfg.h"

/* Takes the lock "path.lock"; it ends with the descriptor, at the latest with
 * the process. Returns EBUSY when another process has it, with its number in
 * fault. */
int lockfile_take(int *fdp, const char *path, char fault[CFG_FAULT_SIZE]);
