/*
 * call/recorder_path.h - where a script wants a recording (checklist C043)
 *
 * A template is a path below the folder of recordings, "${strftime(%Y-%m-%d)}"
 * (in UTC, as the folders of whole calls) and variables in it. It names the
 * folder of the recordings, or with the ending ".wav" also how their names
 * begin. Whatever it says, a recording never lies elsewhere.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct recorder_path_prm {
	const char *root; /* folder of recordings */
	const char *template;
	const char *name;   /* of this recording, without ".wav" */
	const char *suffix; /* behind ".wav", or NULL */
	int64_t wall_ms;
	const char *(*var)(const char *name, void *arg); /* NULL: not set */
	void *arg;
};

/* Pure: the full path. Returns EINVAL for one that leaves the folder,
 * ENAMETOOLONG. */
int recorder_path(char *path, size_t size, const struct recorder_path_prm *prm);

/* Makes the folders and the file; follows no link and replaces nothing below
 * root (which may be a link). path: of recorder_path(). Blocks. */
int recorder_path_open(int *fdp, const char *root, const char *path);
