/*
 * base/cfg_section.c - the sections of a configuration and their values
 */
#include <assert.h>
#include "base/cfg_section.h"
#include "base/text.h"

enum {
	WORDS_MAX = 64, /* sections, or keys of a section, to guess from */
};

static void section_destructor(void *arg)
{
	struct cfg_section *section = arg;

	list_unlink(&section->le);
	for (size_t i = 0; i < section->table->keyc; i++)
		cfg_value_clear(&section->valuev[i]);
}

const struct cfg_table *cfg_table_find(const struct cfg *cfg, const char *kind)
{
	for (size_t i = 0; i < cfg->tablec; i++) {
		if (!strcmp(cfg->tablev[i]->section, kind))
			return cfg->tablev[i];
	}

	return NULL;
}

struct cfg_section *cfg_section_find(const struct cfg *cfg, const char *kind,
                                     const char *name)
{
	struct le *le;

	LIST_FOREACH (&cfg->sectionl, le) {
		struct cfg_section *section = le->data;

		if (!strcmp(section->table->section, kind) &&
		    !strcmp(section->name, name))
			return section;
	}

	return NULL;
}

/* The place of a key in its table; keyc if it has none. */
size_t cfg_key_index(const struct cfg_table *table, const char *key)
{
	size_t i = 0;

	while (i < table->keyc && strcmp(table->keyv[i].name, key))
		i++;

	return i;
}

/* A section with all its fallbacks. */
int cfg_section_add(struct cfg_section **sectionp, struct cfg *cfg,
                    const struct cfg_table *table, const char *name)
{
	char fault[CFG_VALUE_FAULT_SIZE];
	struct cfg_section *section;
	int err = 0;

	section = mem_zalloc(sizeof(*section) +
	                             table->keyc * sizeof(struct cfg_value),
	                     section_destructor);
	if (!section)
		return ENOMEM;

	section->table = table;
	(void)text_copy(section->name, sizeof(section->name), name);
	for (size_t i = 0; !err && i < table->keyc; i++) {
		const struct cfg_key *key = &table->keyv[i];

		if (key->fallback)
			err = cfg_value_read(&section->valuev[i], key,
			                     key->fallback, "", fault);
		assert(!err || err == ENOMEM);
	}

	if (err) {
		mem_deref(section);
		return err;
	}

	list_append(&cfg->sectionl, &section->le, section);
	*sectionp = section;

	return 0;
}

/* "[line main]" or "[talk]" in messages. */
const char *cfg_section_title(const struct cfg_section *section)
{
	static _Thread_local char title[2 * CFG_NAME_SIZE + 8];

	(void)snprintf(title, sizeof(title), "[%.32s%s%s]",
	               section->table->section, section->name[0] ? " " : "",
	               section->name);

	return title;
}

/* ", did you mean 'server'?", or what there is to choose from. */
static void add_guess(char reason[CFG_REASON_SIZE], const char *wrong,
                      const char *const *wordv, size_t wordc)
{
	const char *meant = text_nearest(wrong, wordv, wordc);
	size_t len = strlen(reason);

	if (meant) {
		(void)snprintf(reason + len, CFG_REASON_SIZE - len,
		               ": did you mean '%s'?", meant);
		return;
	}

	for (size_t i = 0; i < wordc && len + 64 < CFG_REASON_SIZE; i++) {
		(void)snprintf(reason + len, CFG_REASON_SIZE - len, "%s%.32s",
		               i ? ", " : ": there are ", wordv[i]);
		len = strlen(reason);
	}
}

static int refuse_kind(const struct cfg *cfg, const char *kind,
                       char reason[CFG_REASON_SIZE])
{
	const char *wordv[WORDS_MAX];
	size_t wordc = 0;

	while (wordc < cfg->tablec && wordc < WORDS_MAX) {
		wordv[wordc] = cfg->tablev[wordc]->section;
		wordc++;
	}
	(void)snprintf(reason, CFG_REASON_SIZE, "unknown section [%.64s]",
	               kind);
	add_guess(reason, kind, wordv, wordc);

	return EINVAL;
}

static int refuse_key(const struct cfg_section *section, const char *key,
                      char reason[CFG_REASON_SIZE])
{
	const char *wordv[WORDS_MAX];
	size_t wordc = 0;

	while (wordc < section->table->keyc && wordc < WORDS_MAX) {
		wordv[wordc] = section->table->keyv[wordc].name;
		wordc++;
	}
	(void)snprintf(reason, CFG_REASON_SIZE, "unknown key '%.64s' in %s",
	               key, cfg_section_title(section));
	add_guess(reason, key, wordv, wordc);

	return EINVAL;
}

/* Whether a section of that kind and name may be. */
int cfg_title_check(const struct cfg *cfg, const char *kind, const char *name,
                    char reason[CFG_REASON_SIZE])
{
	const struct cfg_table *table = cfg_table_find(cfg, kind);
	size_t len = strspn(name, "0123456789_-abcdefghijklmnopqrstuvwxyz"
	                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (!table)
		return refuse_kind(cfg, kind, reason);

	if (!table->is_named && name[0])
		(void)snprintf(reason, CFG_REASON_SIZE,
		               "this section has no name: write [%s]", kind);
	else if (table->is_named && !name[0])
		(void)snprintf(reason, CFG_REASON_SIZE,
		               "this section needs a name: [%s main]", kind);
	else if (name[len] || len >= CFG_NAME_SIZE)
		(void)snprintf(reason, CFG_REASON_SIZE,
		               "a section's name is up to 32 letters, digits, "
		               "'-' and '_', not '%.64s'",
		               name);
	else
		return 0;

	return EINVAL;
}

int cfg_section_set(const struct cfg *cfg, struct cfg_section *section,
                    const char *key, const char *text,
                    char reason[CFG_REASON_SIZE])
{
	size_t i = cfg_key_index(section->table, key);
	char fault[CFG_VALUE_FAULT_SIZE];
	int err;

	if (i == section->table->keyc)
		return refuse_key(section, key, reason);

	err = cfg_value_read(&section->valuev[i], &section->table->keyv[i],
	                     text, cfg->dir, fault);
	if (err == EINVAL)
		(void)snprintf(reason, CFG_REASON_SIZE, "%s in %s %s", key,
		               cfg_section_title(section), fault);
	section->valuev[i].is_set = !err;

	return err;
}
