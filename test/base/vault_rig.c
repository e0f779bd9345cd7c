/*
 * test/base/vault_rig.c - a vault in test_dir()
 */
#include <stdio.h>
#include <unistd.h>
#include "harness.h"
#include "oom.h"
#include "vault_rig.h"

const char *vault_rig_path(const char *name)
{
	static char pathv[4][512];
	static unsigned turn;
	char *path = pathv[turn++ % 4];

	(void)snprintf(path, sizeof(pathv[0]), "%s/%s", test_dir(), name);

	return path;
}

void vault_rig_warm(void)
{
	static const uint8_t zero[SEAL_KEY_SIZE];
	const struct seal seal = {zero, zero, "x", 1};
	uint8_t sealed[SEAL_TAG_SIZE], key[SEAL_KEY_SIZE];

	oom_pause();
	(void)seal_close(sealed, "", 0, &seal);
	(void)seal_derive(key, zero, zero, "warm");
	oom_resume();
}

int vault_rig_open(struct vault **vaultp, char fault[CFG_FAULT_SIZE])
{
	const char *key_file = vault_rig_path("master");
	const struct vault_prm prm = {key_file, "", vault_rig_path("keys")};
	int err;

	vault_rig_warm();
	if (access(key_file, F_OK)) {
		err = vault_master_first(key_file);
		if (err)
			return err;
	}

	return vault_open(vaultp, &prm, fault);
}
