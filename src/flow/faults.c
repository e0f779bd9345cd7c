/*
 * flow/faults.c - collecting what is wrong with a script
 */
#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include "base/mem.h"
#include "base/text.h"
#include "flow/arena.h"
#include "flow/faults.h"

enum {
	BLOCK_BYTES = 4096,
	PATH_BYTES = 512,
	MESSAGE_BYTES = 512,
	ROOM_START = 16,
};

struct flow_faults {
	struct arena *arena;
	struct flow_fault *faultv;
	size_t faultc, room;
	size_t errors;
};

static void faults_destructor(void *arg)
{
	struct flow_faults *faults = arg;

	mem_deref(faults->arena);
}

int flow_faults_alloc(struct flow_faults **faultsp)
{
	struct flow_faults *faults;
	int err;

	assert(faultsp);

	faults = mem_zalloc(sizeof(*faults), faults_destructor);
	if (!faults)
		return ENOMEM;

	err = arena_alloc(&faults->arena, BLOCK_BYTES);
	if (err)
		mem_deref(faults);
	else
		*faultsp = faults;

	return err;
}

size_t flow_faults_count(const struct flow_faults *faults)
{
	return faults->faultc;
}

size_t flow_faults_errors(const struct flow_faults *faults)
{
	return faults->errors;
}

const struct flow_fault *flow_faults_at(const struct flow_faults *faults,
                                        size_t i)
{
	assert(i < faults->faultc);

	return &faults->faultv[i];
}

static bool is_plain_key(const char *key)
{
	for (const char *c = key; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-' &&
		    (unsigned char)*c < 0x80)
			return false;

	return *key != '\0';
}

/* Writes the path of trail into path; returns its length. */
static size_t trail_print(const struct trail *trail, char *path, size_t size)
{
	size_t len = 0;
	int n;

	if (!trail)
		return 0;

	len = trail_print(trail->up, path, size);
	if (!trail->key)
		n = snprintf(path + len, size - len, "[%zu]", trail->index);
	else if (is_plain_key(trail->key))
		n = snprintf(path + len, size - len, "%s%s", len ? "." : "",
		             trail->key);
	else
		n = snprintf(path + len, size - len, "[\"%s\"]", trail->key);

	return n < 0 || len + (size_t)n >= size ? size - 1 : len + (size_t)n;
}

static bool has_room(struct flow_faults *faults)
{
	size_t room = faults->room ? 2 * faults->room : ROOM_START;
	struct flow_fault *faultv;

	if (faults->faultc < faults->room)
		return true;

	faultv = arena_array(faults->arena, room, sizeof(*faultv));
	if (!faultv)
		return false;

	if (faults->faultc)
		memcpy(faultv, faults->faultv,
		       faults->faultc * sizeof(*faultv));
	faults->faultv = faultv;
	faults->room = room;

	return true;
}

/* A cut text may end inside a letter: the end goes. */
static const char *keep(struct flow_faults *faults, const char *text)
{
	size_t len = strlen(text);

	while (len && !text_is_utf8(text, len))
		len--;

	return arena_text(faults->arena, text, len);
}

void faults_add_at(struct flow_faults *faults, enum flow_level level,
                   const char *path, const char *node, const char *message)
{
	struct flow_fault *fault;

	if (level == FLOW_ERROR)
		faults->errors++;
	if (faults->faultc >= FAULTS_MAX || !has_room(faults))
		return;

	fault = &faults->faultv[faults->faultc++];
	fault->level = level;
	fault->path = keep(faults, path);
	fault->node = keep(faults, node ? node : "");
	fault->message = keep(faults, message);
}

void flow_faults_add(struct flow_faults *faults, const struct flow_fault *fault)
{
	faults_add_at(faults, fault->level, fault->path, fault->node,
	              fault->message);
}

void faults_key(char *path, size_t size, const char *key)
{
	size_t len = strlen(path);

	(void)snprintf(path + len, size - len,
	               is_plain_key(key) ? ".%s" : "[\"%s\"]", key);
}

void faults_add(struct flow_faults *faults, enum flow_level level,
                const struct trail *trail, const char *node, const char *format,
                ...)
{
	char path[PATH_BYTES] = "", message[MESSAGE_BYTES];
	va_list ap;

	(void)trail_print(trail, path, sizeof(path));
	va_start(ap, format);
	(void)vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);

	faults_add_at(faults, level, path, node, message);
}
