/*
 * base/vault_master.c - the master keys: a file of "NUMBER HEX" lines
 */
#include <assert.h>
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/vault_parts.h"

enum {
	TEXT_SIZE = 8192, /* of the file */
	HEX_SIZE = 2 * SEAL_KEY_SIZE + 1,
	LINE_SIZE = HEX_SIZE + 16,
	FILE_MODE = 0600,
};

static const char head[] =
	"# Master keys of dialwright: number and key. The highest number "
	"wraps.\n# Keep a copy away from this machine; without it nothing "
	"sealed can be read.\n";

/* --- bytes and files ------------------------------------------------------ */

void vault_hex(char *text, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * n] = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);

	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool vault_unhex(uint8_t *bytes, size_t n, const char *text)
{
	if (strlen(text) != 2 * n)
		return false;

	for (size_t i = 0; i < n; i++) {
		int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}

	return true;
}

static int folder_sync(const char *path)
{
	char folder[VAULT_PATH_SIZE];
	const char *slash = strrchr(path, '/');
	int fd, err = 0;

	(void)snprintf(folder, sizeof(folder), "%.*s",
	               slash ? (int)(slash - path) : 1, slash ? path : ".");
	fd = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;

	if (fsync(fd))
		err = errno;
	(void)close(fd);

	return err;
}

static int bytes_put(int fd, const void *bytes, size_t n)
{
	ssize_t written = write(fd, bytes, n);

	if (written < 0)
		return errno;
	if ((size_t)written != n)
		return ENOSPC;

	return fsync(fd) ? errno : 0;
}

int vault_part_name(char part[VAULT_PATH_SIZE], const char *path)
{
	int n = snprintf(part, VAULT_PATH_SIZE, "%s.part", path);

	return n < 0 || n >= VAULT_PATH_SIZE ? ENAMETOOLONG : 0;
}

int vault_file_put(const char *path, const void *bytes, size_t n, bool is_new)
{
	char part[VAULT_PATH_SIZE];
	int fd, err;

	err = vault_part_name(part, path);
	if (err)
		return err;

	(void)unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return errno;

	err = bytes_put(fd, bytes, n);
	(void)close(fd);
	if (!err && is_new)
		err = link(part, path) ? errno : 0;
	else if (!err)
		err = rename(part, path) ? errno : 0;
	if (err || is_new)
		(void)unlink(part);
	if (err)
		return err;

	return folder_sync(path);
}

int vault_lock(const struct vault *vault)
{
	char path[VAULT_PATH_SIZE + 8];
	int fd, system_err;

	(void)snprintf(path, sizeof(path), "%s/lock", vault->folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return -1;

	while (flock(fd, LOCK_EX)) {
		if (errno == EINTR)
			continue;
		system_err = errno;
		(void)close(fd);
		errno = system_err;
		return -1;
	}

	return fd;
}

/* --- reading ------------------------------------------------------------ */

const uint8_t *vault_master_find(const struct vault_masters *masters,
                                 uint32_t id)
{
	for (size_t i = 0; i < masters->n; i++) {
		if (masters->idv[i] == id)
			return masters->keyv[i];
	}

	return NULL;
}

/* Numbers rise from line to line, so none stands twice. */
static bool line_take(struct vault_masters *masters, const char *line)
{
	unsigned long id;
	char *end;

	if (masters->n == VAULT_MASTERS_MAX || !isdigit((unsigned char)*line))
		return false;

	id = strtoul(line, &end, 10);
	if (!id || id > UINT32_MAX || (*end != ' ' && *end != '\t'))
		return false;
	if (masters->n && masters->idv[masters->n - 1] >= id)
		return false;

	end += strspn(end, " \t");
	if (!vault_unhex(masters->keyv[masters->n], SEAL_KEY_SIZE, end))
		return false;

	masters->idv[masters->n++] = (uint32_t)id;

	return true;
}

/* Returns the line that is wrong, 0: none. A key alone is the first one. */
static unsigned masters_parse(struct vault_masters *masters, const char *text)
{
	char line[LINE_SIZE];

	masters->n = 0;
	if (vault_unhex(masters->keyv[0], SEAL_KEY_SIZE, text)) {
		masters->idv[0] = 1;
		masters->n = 1;
		return 0;
	}

	for (unsigned n = 1; *text; n++) {
		size_t len, used;

		text += strspn(text, " \t");
		len = used = strcspn(text, "\n,");
		while (used && isspace((unsigned char)text[used - 1]))
			used--;
		if (used && *text != '#') {
			if (used >= sizeof(line))
				return n;
			(void)snprintf(line, sizeof(line), "%.*s", (int)used,
			               text);
			if (!line_take(masters, line))
				return n;
		}
		text += len;
		text += *text != '\0';
	}

	return 0;
}

static int file_read(const char *path, char text[TEXT_SIZE],
                     char fault[CFG_FAULT_SIZE])
{
	struct stat st;
	ssize_t n = -1;
	int fd, err = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = errno;
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "vault.key_file: %s: %s; `dialwright vault "
		               "init` makes it",
		               path, strerror(err));
		return err;
	}

	if (fstat(fd, &st) || (st.st_mode & 07)) {
		err = EACCES;
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "vault.key_file: %s may be read by everybody: "
		               "chmod 600",
		               path);
		goto out;
	}
	n = read(fd, text, TEXT_SIZE - 1);
	if (n < 0 || n == TEXT_SIZE - 1) {
		err = n < 0 ? errno : EFBIG;
		(void)snprintf(fault, CFG_FAULT_SIZE, "vault.key_file: %s: %s",
		               path, strerror(err));
		goto out;
	}
	text[n] = '\0';

out:
	(void)close(fd);

	return err;
}

int vault_masters_read(const struct vault *vault, struct vault_masters *masters,
                       char fault[CFG_FAULT_SIZE])
{
	char text[TEXT_SIZE], unsaid[CFG_FAULT_SIZE];
	const char *from = text;
	unsigned line;
	int err = 0;

	if (!fault)
		fault = unsaid;
	if (*vault->key_file)
		err = file_read(vault->key_file, text, fault);
	else
		from = vault->key;
	if (err)
		return err;

	line = masters_parse(masters, from);
	seal_wipe(text, sizeof(text));
	if (line)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "vault.%s: line %u is no \"NUMBER KEY\" with 64 "
		               "hexadecimal digits and a number higher than "
		               "that before",
		               *vault->key_file ? "key_file" : "key", line);
	else if (!masters->n)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "vault.%s has no key in it: `dialwright vault "
		               "init` makes a file",
		               *vault->key_file ? "key_file" : "key");

	return line || !masters->n ? EINVAL : 0;
}

/* --- writing -------------------------------------------------------------- */

static int masters_write(const char *path, const struct vault_masters *masters,
                         bool is_new)
{
	char text[TEXT_SIZE], hex[HEX_SIZE];
	size_t n = 0;
	int err;

	static_assert(sizeof(head) + VAULT_MASTERS_MAX * LINE_SIZE < TEXT_SIZE,
	              "all of them have room");
	n += (size_t)snprintf(text, sizeof(text), "%s", head);
	for (size_t i = 0; i < masters->n; i++) {
		vault_hex(hex, masters->keyv[i], SEAL_KEY_SIZE);
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		                      "%" PRIu32 " %s\n", masters->idv[i], hex);
	}
	err = vault_file_put(path, text, n, is_new);
	seal_wipe(text, sizeof(text));
	seal_wipe(hex, sizeof(hex));

	return err;
}

int vault_master_first(const char *key_file)
{
	struct vault_masters masters = {.n = 1, .idv = {1}};
	int err;

	err = seal_random(masters.keyv[0], SEAL_KEY_SIZE);
	if (!err)
		err = masters_write(key_file, &masters, true);
	seal_wipe(&masters, sizeof(masters));

	return err;
}

/* Whoever makes a key for a person holds the lock from reading the
 * master keys until the file is there, so none is wrapped by an old one
 * unnoticed. */
int vault_master_next(struct vault *vault, uint32_t *idp)
{
	struct vault_masters masters;
	int fd, err;

	if (!*vault->key_file)
		return EINVAL;

	fd = vault_lock(vault);
	if (fd < 0)
		return errno;

	err = vault_masters_read(vault, &masters, NULL);
	if (!err && masters.n == VAULT_MASTERS_MAX)
		err = E2BIG;
	if (err)
		goto out;

	masters.idv[masters.n] = masters.idv[masters.n - 1] + 1;
	*idp = masters.idv[masters.n];
	err = seal_random(masters.keyv[masters.n++], SEAL_KEY_SIZE);
	if (!err)
		err = masters_write(vault->key_file, &masters, false);

out:
	seal_wipe(&masters, sizeof(masters));
	(void)close(fd);

	return err;
}

int vault_master_forget(struct vault *vault)
{
	struct vault_masters masters, last = {.n = 1};
	int fd, err;

	if (!*vault->key_file)
		return EINVAL;

	fd = vault_lock(vault);
	if (fd < 0)
		return errno;

	err = vault_masters_read(vault, &masters, NULL);
	if (!err) {
		last.idv[0] = masters.idv[masters.n - 1];
		memcpy(last.keyv[0], masters.keyv[masters.n - 1],
		       SEAL_KEY_SIZE);
		err = masters_write(vault->key_file, &last, false);
	}
	seal_wipe(&masters, sizeof(masters));
	seal_wipe(&last, sizeof(last));
	(void)close(fd);

	return err;
}
