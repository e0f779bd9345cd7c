/*
 * test/base/vault_rig.h - a vault in test_dir()
 */
#pragma once

#include "base/vault.h"

/* Of a file in test_dir(); good for four calls. */
const char *vault_rig_path(const char *name);

/* libcrypto loads its tables at the first use, and does without a word of what
 * it has no memory for. */
void vault_rig_warm(void);

/* Its master key is the file "master", its folder "keys"; both are made. */
int vault_rig_open(struct vault **vaultp, char fault[CFG_FAULT_SIZE]);
