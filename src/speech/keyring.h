/*
 * speech/keyring.h - what files know about the keys of a service: the keys
 * themselves, and what was asked with them today
 *
 * A key of a file ("file:PATH") may be written anew while the program runs, as
 * tokens that live for hours are; it is looked at again every few seconds of
 * use, and when the service refuses one. What was asked is kept in a file of
 * its own, where one is given, which several programs may share.
 *
 * Threads: the control loop; files are read and written by a worker.
 */
#pragma once

#include "base/work.h"
#include "speech/keys.h"

enum {
	KEYRING_LOOK_MS = 5000, /* between looks at the file of the keys */
};

struct keyring;

struct keyring_prm {
	const char *name;         /* of the service, for the log */
	const char *key_file;     /* NULL: they are of none */
	const char *day_file;     /* "" = what was asked is not kept */
	struct keys *keys;        /* referenced */
	struct work_queue *queue; /* referenced */
};

/* Reads the file of what was asked, at once. */
int keyring_alloc(struct keyring **ringp, const struct keyring_prm *prm);

/* Something was asked; or a key was refused. */
void keyring_asked(struct keyring *ring);
void keyring_refused(struct keyring *ring);
