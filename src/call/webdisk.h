/*
 * call/webdisk.h - the files of webcache.c: a sound and what is known of it
 *
 * KEY.wav is the sound as it came, KEY.meta beside it when it was fetched, how
 * long it is fresh and by which marks its server knows it. A copy belongs to
 * one job at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "speech/sounds.h"

enum {
	WEBDISK_NAME_SIZE = SOUNDS_KEY_SIZE + 4, /* "KEY.wav" */
	WEBDISK_ETAG_SIZE = 256,
	WEBDISK_DATE_SIZE = 64,
};

struct webdisk_copy {
	char *folder;
	char name[WEBDISK_NAME_SIZE];
	bool is_kept; /* false: there is no KEY.meta, nobody finds it again */
	struct mbuf *body; /* to be written; NULL: only what is known */

	bool is_there;
	int64_t fetched_ms, until_ms; /* wall */
	bool must_be_fresh;
	char etag[WEBDISK_ETAG_SIZE], modified[WEBDISK_DATE_SIZE];
	int err;
};

void webdisk_destructor(void *arg);

/* Names a copy by what tells it from others. */
int webdisk_name(struct webdisk_copy *copy, const char *what);

/* Jobs; their argument begins with a struct webdisk_copy. */
void webdisk_find(void *arg);   /* sets is_there and what is known */
void webdisk_write(void *arg);  /* sets err, EBADMSG: it is no sound */
void webdisk_remove(void *arg); /* the sound */
