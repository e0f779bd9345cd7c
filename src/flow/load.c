/*
 * flow/load.c - from the text of a file to a script
 *
 * Walks the JSON along the tables of shape.c. What is wrong is added to the
 * faults and the walk goes on, so that an author sees everything at once.
 */
#include <assert.h>
#include <stdio.h>
#include <jansson.h>
#include "base/file.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "flow/faults.h"
#include "flow/link.h"
#include "flow/reader.h"
#include "flow/script.h"

enum {
	BLOCK_BYTES = 64 * 1024,
	NAME_BYTES = 256,
	FOLDER_BYTES = 4096,
};

static void script_destructor(void *arg)
{
	struct flow_script *script = arg;

	mem_deref(script->patterns);
	mem_deref(script->arena);
}

/* Depth of arrays and objects, found before the parser recurses into them. */
static size_t depth_of(const char *json, size_t len)
{
	size_t depth = 0, deepest = 0;
	bool is_text = false;

	for (size_t i = 0; i < len; i++) {
		char c = json[i];

		if (is_text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				is_text = false;
		}
		else if (c == '"') {
			is_text = true;
		}
		else if (c == '{' || c == '[') {
			depth++;
			deepest = depth > deepest ? depth : deepest;
		}
		else if ((c == '}' || c == ']') && depth) {
			depth--;
		}
	}

	return deepest;
}

static int parse(json_t **rootp, const char *json, size_t len,
                 struct flow_faults *faults)
{
	json_error_t why = {0};
	json_t *root;

	if (len > SCRIPT_BYTES_MAX) {
		faults_add(faults, FLOW_ERROR, NULL, "",
		           "the script is %zu bytes; at most %d are read", len,
		           SCRIPT_BYTES_MAX);
		return EFBIG;
	}
	if (len >= 3 && !memcmp(json, "\xef\xbb\xbf", 3)) {
		json += 3;
		len -= 3;
	}
	if (depth_of(json, len) > SCRIPT_DEPTH_MAX) {
		faults_add(faults, FLOW_ERROR, NULL, "",
		           "nested deeper than %d; make it flatter",
		           SCRIPT_DEPTH_MAX);
		return EINVAL;
	}

	/* Where memory is out the parser may have no words for it, or go on
	 * without what it had no room for. */
	jmem_forget();
	root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &why);
	if (jmem_has_failed()) {
		json_decref(root);
		return ENOMEM;
	}
	if (!root) {
		faults_add(faults, FLOW_ERROR, NULL, "",
		           "no JSON: line %d, column %d: %s", why.line,
		           why.column, why.text);
		return EINVAL;
	}
	if (!json_is_object(root)) {
		faults_add(faults, FLOW_ERROR, NULL, "",
		           "a script is an object, {…}");
		json_decref(root);
		return EINVAL;
	}
	*rootp = root;

	return 0;
}

/* From text to the script's own structures; of the JSON nothing stays. */
static int read_json(struct flow_script *script, const char *json, size_t len,
                     struct flow_faults *faults)
{
	json_t *root = NULL;
	int err;

	jmem_pool_open();
	err = parse(&root, json, len, faults);
	if (!err) {
		reader_read(script, root, faults);
		err = arena_err(script->arena);
	}
	json_decref(root);
	jmem_pool_close();

	return err;
}

int flow_load(struct flow_script **scriptp, const char *name, const char *json,
              size_t len, struct flow_faults *faults)
{
	struct flow_script *script = NULL;
	int err;

	assert(scriptp && name && json && faults);

	script = mem_zalloc(sizeof(*script), script_destructor);
	if (!script)
		return ENOMEM;

	err = arena_alloc(&script->arena, BLOCK_BYTES);
	if (err)
		goto out;

	script->name = arena_text(script->arena, name, strlen(name));
	err = read_json(script, json, len, faults);
	if (err)
		goto out;

	err = link_script(script, faults);
	if (err)
		goto out;

	if (flow_faults_errors(faults))
		err = EINVAL;

out:
	if (err)
		mem_deref(script);
	else
		*scriptp = script;

	return err;
}

/* "…/visit.json" to "visit". */
static void base_name(char name[NAME_BYTES], const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len;

	(void)snprintf(name, NAME_BYTES, "%s", slash ? slash + 1 : path);
	len = strlen(name);
	if (len > 5 && !strcmp(name + len - 5, ".json"))
		name[len - 5] = '\0';
}

/* Beside the script, wherever it is run from. */
static int recordings_place(struct flow_script *script, const char *path)
{
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) : 1;
	char folder[FOLDER_BYTES];
	int n;

	script->is_file = true;
	if (script->recordings[0] == '/')
		return 0;

	n = snprintf(folder, sizeof(folder), "%.*s%s%s", len,
	             slash ? path : ".", *script->recordings ? "/" : "",
	             script->recordings);
	if (n < 0 || n >= FOLDER_BYTES)
		return ENAMETOOLONG;

	script->recordings = arena_text(script->arena, folder, (size_t)n);

	return arena_err(script->arena);
}

/* A script by its name, as other programs call it: without .json. */
static int named_read(char **textp, size_t *lenp, const char *path)
{
	char full[FOLDER_BYTES];
	int err, n;

	err = file_read(textp, lenp, path, SCRIPT_BYTES_MAX);
	if (err != ENOENT)
		return err;

	n = snprintf(full, sizeof(full), "%s.json", path);
	if (n < 0 || n >= FOLDER_BYTES)
		return err;

	return file_read(textp, lenp, full, SCRIPT_BYTES_MAX);
}

int flow_load_file(struct flow_script **scriptp, const char *path,
                   struct flow_faults *faults)
{
	struct flow_script *script = NULL;
	char name[NAME_BYTES];
	char *text = NULL;
	size_t len = 0;
	int err;

	assert(scriptp && path && faults);

	err = named_read(&text, &len, path);
	if (err) {
		faults_add(faults, FLOW_ERROR, NULL, "", "%s: %s", path,
		           err == EFBIG ? "over 16 MiB" : strerror(err));
		return err;
	}

	base_name(name, path);
	err = flow_load(&script, name, text, len, faults);
	mem_deref(text);
	if (!err)
		err = recordings_place(script, path);

	if (err)
		mem_deref(script);
	else
		*scriptp = script;

	return err;
}
