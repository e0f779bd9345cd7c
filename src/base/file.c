/*
 * base/file.c - a whole file at once
 */
#include <assert.h>
#include <errno.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/mem.h"

/* What is no regular file does not say how long it is. */
static int room_of(size_t *roomp, FILE *file, size_t limit_bytes)
{
	struct stat st;

	if (fstat(fileno(file), &st))
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;

	*roomp = limit_bytes + 1;
	if (!S_ISREG(st.st_mode))
		return 0;
	if ((uintmax_t)st.st_size > limit_bytes)
		return EFBIG;
	*roomp = (size_t)st.st_size;

	return 0;
}

int file_read_open(char **textp, size_t *lenp, FILE *file, size_t limit_bytes)
{
	size_t room = 0, len;
	char *text;
	int err;

	assert(textp && lenp && file);

	err = room_of(&room, file, limit_bytes);
	if (err)
		return err;

	text = mem_zalloc(room + 1, NULL);
	if (!text)
		return ENOMEM;

	len = fread(text, 1, room, file);
	if (ferror(file))
		err = EIO;
	else if (len > limit_bytes)
		err = EFBIG;

	if (err) {
		mem_deref(text);
		return err;
	}
	*textp = text;
	*lenp = len;

	return 0;
}

int file_read(char **textp, size_t *lenp, const char *path, size_t limit_bytes)
{
	FILE *file;
	int err;

	assert(path);

	file = fopen(path, "re");
	if (!file)
		return errno;

	err = file_read_open(textp, lenp, file, limit_bytes);
	(void)fclose(file);

	return err;
}
