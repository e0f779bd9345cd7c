/*
 * campaign/charset.c - pure: bytes of any encoding to UTF-8, piece by piece
 */
#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include "base/mem.h"
#include "campaign/charset.h"

enum {
	OUT_SIZE = 65536,
	LEFT_MAX = 16, /* a character that is not whole yet */
	NO_UTF8 = 0xff,
};

struct charset {
	iconv_t iconv;
	bool is_open;
	char left[LEFT_MAX];
	size_t leftc;
	char out[OUT_SIZE];
};

static void destructor(void *arg)
{
	struct charset *charset = arg;

	if (charset->is_open)
		(void)iconv_close(charset->iconv);
}

int charset_alloc(struct charset **charsetp, const char *from)
{
	struct charset *charset;

	assert(charsetp && from);

	charset = mem_zalloc(sizeof(*charset), destructor);
	if (!charset)
		return ENOMEM;

	charset->iconv = iconv_open("UTF-8", from);
	charset->is_open = charset->iconv != (iconv_t)-1;
	if (!charset->is_open) {
		mem_deref(charset);
		return EINVAL;
	}
	*charsetp = charset;

	return 0;
}

struct put {
	int (*put)(const char *bytes, size_t size, void *arg);
	void *arg;
};

/* Converts what is whole; *inp and *sizep are behind it. */
static int convert(struct charset *charset, char **inp, size_t *sizep,
                   const struct put *to)
{
	int err = 0;

	while (*sizep && !err) {
		char *out = charset->out;
		size_t room = OUT_SIZE - 1;
		size_t n = iconv(charset->iconv, inp, sizep, &out, &room);
		bool is_cut = n == (size_t)-1 && errno == EINVAL;
		bool is_wrong = n == (size_t)-1 && errno == EILSEQ;

		if (is_wrong) {
			*out++ = (char)NO_UTF8;
			++*inp;
			--*sizep;
		}
		if (out > charset->out)
			err = to->put(charset->out,
			              (size_t)(out - charset->out), to->arg);
		if (is_cut)
			break;
	}

	return err;
}

/* A character that the last piece began; byte by byte it becomes whole. */
static int convert_left(struct charset *charset, const char **bytesp,
                        size_t *sizep, const struct put *to)
{
	int err = 0;

	while (charset->leftc && *sizep && !err) {
		char *in = charset->left;
		size_t n;

		charset->left[charset->leftc++] = *(*bytesp)++;
		--*sizep;
		n = charset->leftc;
		err = convert(charset, &in, &n, to);
		if (n && n < charset->leftc)
			memmove(charset->left, in, n);
		charset->leftc = n < LEFT_MAX ? n : 0;
	}

	return err;
}

int charset_feed(struct charset *charset, const char *bytes, size_t size,
                 bool is_last,
                 int (*put)(const char *bytes, size_t size, void *arg),
                 void *arg)
{
	const struct put to = {put, arg};
	const char wrong = (char)NO_UTF8;
	char *in;
	int err;

	err = convert_left(charset, &bytes, &size, &to);
	in = (char *)bytes;
	if (!err)
		err = convert(charset, &in, &size, &to);
	if (err)
		return err;

	if (size) {
		assert(size < LEFT_MAX);
		memcpy(charset->left, in, size);
		charset->leftc = size;
	}
	if (!is_last || !charset->leftc)
		return 0;

	charset->leftc = 0;

	return put(&wrong, 1, arg);
}
