/*
 * fuzz/fuzz_cfg.c - any bytes as a configuration file
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/cfg.h"
#include "base/mem.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct cfg_key keyv[] = {
	{"wait_ms", CFG_NUMBER, "4000", "100..60000", "A number."},
	{"is_loud", CFG_BOOL, "no", NULL, "A switch."},
	{"way", CFG_CHOICE, "udp", "udp|tcp|tls", "A choice."},
	{"greeting", CFG_TEXT, "", NULL, "A text."},
};

static const struct cfg_key line_keyv[] = {
	{"server", CFG_TEXT, NULL, NULL, "A required text."},
};

static const struct cfg_table talk_table = {
	.section = "talk",
	.help = "A section.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static const struct cfg_table line_table = {
	.section = "line",
	.is_named = true,
	.help = "A named section.",
	.keyv = line_keyv,
	.keyc = ARRAY_COUNT(line_keyv),
};

static const struct cfg_table *const tablev[] = {&talk_table, &line_table};

/* What was accepted is within its limits; what was not says why. */
static void judge(const char *path)
{
	char fault[CFG_FAULT_SIZE] = "";
	struct cfg *cfg = NULL;
	const char *name;
	uint64_t wait_ms;

	if (cfg_load(&cfg, path, tablev, ARRAY_COUNT(tablev), fault)) {
		if (!fault[0] || !text_is_utf8(fault, strlen(fault)))
			abort();
		return;
	}

	wait_ms = cfg_number(cfg, "talk", "wait_ms");
	if (wait_ms < 100 || wait_ms > 60000)
		abort();
	for (size_t i = 0; (name = cfg_name(cfg, "line", i)); i++) {
		if (!cfg_named_text(cfg, "line", name, "server"))
			abort();
	}
	mem_deref(cfg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	/* A file in memory, opened by its name as any other. */
	if (fd < 0) {
		fd = memfd_create("fuzz_cfg", MFD_CLOEXEC);
		if (fd < 0)
			abort();
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}

	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	judge(path);

	return 0;
}
