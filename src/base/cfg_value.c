/*
 * base/cfg_value.c - one value of the configuration
 */
#include <stdlib.h>
#include "base/cfg_value.h"
#include "base/mem.h"
#include "base/text.h"

enum {
	SECRET_SIZE = 4096, /* of a file with a secret */
	PATH_SIZE = 4096,
	CHOICE_MAX = 16,
	CHOICE_SIZE = 32,
};

static const struct {
	const char *word;
	bool is_true;
} bool_wordv[] = {
	{"yes", true}, {"no", false},  {"true", true}, {"false", false},
	{"on", true},  {"off", false}, {"1", true},    {"0", false},
};

static int read_bool(uint64_t *numberp, const char *text, char *fault)
{
	for (size_t i = 0; i < ARRAY_COUNT(bool_wordv); i++) {
		if (!strcmp(bool_wordv[i].word, text)) {
			*numberp = bool_wordv[i].is_true;
			return 0;
		}
	}

	(void)snprintf(fault, CFG_VALUE_FAULT_SIZE,
	               "is neither yes nor no: '%.64s'", text);

	return EINVAL;
}

static int read_number(uint64_t *numberp, const struct cfg_key *key,
                       const char *text, char *fault)
{
	uint64_t min = 0, max = UINT64_MAX, number;
	size_t len = strspn(text, "0123456789");

	if (!len || text[len] || len > 19) {
		(void)snprintf(fault, CFG_VALUE_FAULT_SIZE,
		               "is no whole number: '%.64s'", text);
		return EINVAL;
	}

	number = strtoull(text, NULL, 10);
	if (key->range) {
		char *rest;

		min = strtoull(key->range, &rest, 10);
		max = strtoull(rest + strlen(".."), NULL, 10);
	}
	if (number < min || number > max) {
		(void)snprintf(fault, CFG_VALUE_FAULT_SIZE,
		               "is %s, which is not within %s", text,
		               key->range);
		return EINVAL;
	}

	*numberp = number;

	return 0;
}

static int read_choice(const struct cfg_key *key, const char *text, char *fault)
{
	char choicev[CHOICE_MAX][CHOICE_SIZE];
	const char *wordv[CHOICE_MAX], *meant, *word = key->range;
	size_t wordc = 0;

	while (*word && wordc < CHOICE_MAX) {
		size_t len = strcspn(word, "|");

		(void)snprintf(choicev[wordc], CHOICE_SIZE, "%.*s", (int)len,
		               word);
		wordv[wordc] = choicev[wordc];
		if (!strcmp(wordv[wordc++], text))
			return 0;
		word += len + (word[len] == '|');
	}

	meant = text_nearest(text, wordv, wordc);
	(void)snprintf(fault, CFG_VALUE_FAULT_SIZE,
	               "is '%.64s', which is none of %s%s%s%s", text,
	               key->range, meant ? "; did you mean '" : "",
	               meant ? meant : "", meant ? "'?" : "");

	return EINVAL;
}

static int secret_of_env(char **textp, const char *name, char *fault)
{
	const char *text = getenv(name);

	if (text)
		return str_dup(textp, text);

	(void)snprintf(fault, CFG_VALUE_FAULT_SIZE,
	               "needs the environment variable %.64s, which is not "
	               "set",
	               name);

	return EINVAL;
}

int cfg_file_read(char **textp, const char *path, char fault[CFG_FAULT_SIZE])
{
	char text[SECRET_SIZE + 1];
	const char *wrong = NULL;
	FILE *file;
	size_t len;

	file = fopen(path, "re");
	if (!file) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "needs the file %.200s: %s", path,
		               strerror(errno));
		return errno == ENOMEM ? ENOMEM : EINVAL;
	}

	len = fread(text, 1, sizeof(text), file);
	if (ferror(file))
		wrong = "cannot be read";
	else if (len == sizeof(text))
		wrong = "is longer than a secret may be, 4096 bytes";
	(void)fclose(file);

	while (!wrong && len && strchr("\r\n", text[len - 1]))
		len--;
	if (!wrong && !text_is_utf8(text, len))
		wrong = "is not UTF-8 text";
	if (wrong) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "needs the file %.200s, which %s", path, wrong);
		return EINVAL;
	}

	text[len] = '\0';

	return str_dup(textp, text);
}

/* Keeps its name too: what it holds may change. */
static int secret_of_file(char **textp, char **filep, const char *path,
                          const char *dir, char *fault)
{
	char full[PATH_SIZE], why[CFG_FAULT_SIZE] = "";
	int err;

	if (path[0] == '/' || !dir[0])
		(void)text_copy(full, sizeof(full), path);
	else
		(void)snprintf(full, sizeof(full), "%s/%s", dir, path);

	err = str_dup(filep, full);
	if (!err)
		err = cfg_file_read(textp, full, why);
	(void)text_copy(fault, CFG_VALUE_FAULT_SIZE, why);

	return err;
}

static int read_text(char **textp, char **filep, const struct cfg_key *key,
                     const char *text, const char *dir, char *fault)
{
	static const char env[] = "env:", file[] = "file:";

	if (key->type != CFG_TEXT)
		return str_dup(textp, text);
	if (!strncmp(text, env, strlen(env)))
		return secret_of_env(textp, text + strlen(env), fault);
	if (!strncmp(text, file, strlen(file)))
		return secret_of_file(textp, filep, text + strlen(file), dir,
		                      fault);

	return str_dup(textp, text);
}

int cfg_value_read(struct cfg_value *value, const struct cfg_key *key,
                   const char *text, const char *dir,
                   char fault[CFG_VALUE_FAULT_SIZE])
{
	uint64_t number = 0;
	char *copy = NULL, *file = NULL;
	int err = 0;

	if (key->type == CFG_BOOL)
		err = read_bool(&number, text, fault);
	else if (key->type == CFG_NUMBER)
		err = read_number(&number, key, text, fault);
	else if (key->type == CFG_CHOICE)
		err = read_choice(key, text, fault);
	if (err)
		return err;

	err = read_text(&copy, &file, key, text, dir, fault);
	if (err) {
		mem_deref(file);
		return err;
	}

	mem_deref(value->text);
	mem_deref(value->file);
	value->text = copy;
	value->file = file;
	value->number = number;

	return 0;
}

void cfg_value_clear(struct cfg_value *value)
{
	value->text = mem_deref(value->text);
	value->file = mem_deref(value->file);
}
