/*
 * base/cfg.c - the configuration: keys as tables, one file
 *
 * inih splits the lines; it knows neither line numbers nor empty or doubled
 * sections, and cuts long lines in two. Therefore each line passes read_line()
 * first, which counts, refuses what inih would misread and opens sections.
 */
#include <assert.h>
#include <ctype.h>
#include <ini.h>
#include "base/cfg.h"
#include "base/cfg_section.h"
#include "base/text.h"

/* The file while it is read. The first fault counts. */
struct reading {
	struct cfg *cfg;
	FILE *file;
	unsigned line;
	struct cfg_section *section; /* that lines belong to now */
	int err;
	unsigned fault_line;
	char reason[CFG_REASON_SIZE];
};

static void cfg_destructor(void *arg)
{
	struct cfg *cfg = arg;

	list_flush(&cfg->sectionl);
}

static int open_section(struct reading *reading, const char *kind,
                        const char *name)
{
	struct cfg *cfg = reading->cfg;
	struct cfg_section *section;
	int err;

	err = cfg_title_check(cfg, kind, name, reading->reason);
	if (err)
		return err;

	section = cfg_section_find(cfg, kind, name);
	if (section && section->line) {
		(void)snprintf(reading->reason, CFG_REASON_SIZE,
		               "%s stands twice, first in line %u",
		               cfg_section_title(section), section->line);
		return EINVAL;
	}
	if (!section) {
		err = cfg_section_add(&section, cfg, cfg_table_find(cfg, kind),
		                      name);
		if (err)
			return err;
	}

	section->line = reading->line;
	reading->section = section;

	return 0;
}

/* A line that begins with '['. Cuts it into kind and name. */
static int section_line(struct reading *reading, const char *line)
{
	char title[256], *kind = title, *name, *end;
	const char *rest;

	(void)text_copy(title, sizeof(title), line + 1);
	end = strchr(title, ']');
	if (!end) {
		(void)snprintf(reading->reason, CFG_REASON_SIZE,
		               "a ']' is missing behind the section");
		return EINVAL;
	}

	rest = end + 1 + strspn(end + 1, " \t\r\n");
	if (*rest && *rest != ';' && *rest != '#') {
		(void)snprintf(reading->reason, CFG_REASON_SIZE,
		               "a section stands on a line of its own");
		return EINVAL;
	}

	while (end > title && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	kind += strspn(kind, " \t");
	name = kind + strcspn(kind, " \t");
	if (*name) {
		*name++ = '\0';
		name += strspn(name, " \t");
	}

	return open_section(reading, kind, name);
}

static void take_fault(struct reading *reading, int err)
{
	if (!err || reading->err)
		return;

	reading->err = err;
	reading->fault_line = reading->line;
}

/* inih's way to a line. Leading blanks go: to inih they would continue the
 * value above. */
static char *read_line(char *line, int size, void *arg)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct reading *reading = arg;
	size_t len, blank = 0;

	if (reading->err || !fgets(line, size, reading->file))
		return NULL;

	reading->line++;
	len = strlen(line);
	if (!len || (line[len - 1] != '\n' && !feof(reading->file))) {
		(void)snprintf(reading->reason, CFG_REASON_SIZE,
		               "the line is longer than %d bytes (put a long "
		               "value into a file, \"file:PATH\") or no text",
		               size - 2);
		take_fault(reading, EINVAL);
		return NULL;
	}
	if (!text_is_utf8(line, len)) {
		(void)snprintf(reading->reason, CFG_REASON_SIZE,
		               "the line is not UTF-8 text");
		take_fault(reading, EINVAL);
		return NULL;
	}

	if (reading->line == 1 && !strncmp(line, bom, strlen(bom)))
		blank = strlen(bom);
	blank += strspn(line + blank, " \t");
	memmove(line, line + blank, len - blank + 1);

	if (line[0] == '[')
		take_fault(reading, section_line(reading, line));

	return line;
}

static int key_line(void *arg, const char *title, const char *key,
                    const char *text)
{
	struct reading *reading = arg;
	struct cfg_section *section = reading->section;
	size_t i;
	int err = EINVAL;

	(void)title;

	if (reading->err)
		return 1;

	if (!section) {
		(void)snprintf(reading->reason, CFG_REASON_SIZE,
		               "the key '%.64s' stands before the first "
		               "[section]",
		               key);
		goto out;
	}

	i = cfg_key_index(section->table, key);
	if (i < section->table->keyc && section->valuev[i].is_set) {
		(void)snprintf(reading->reason, CFG_REASON_SIZE,
		               "%s stands twice in %s", key,
		               cfg_section_title(section));
		goto out;
	}

	err = cfg_section_set(reading->cfg, section, key, text,
	                      reading->reason);

out:
	take_fault(reading, err);

	return 1;
}

static void check_required(struct reading *reading)
{
	struct le *le;

	LIST_FOREACH (&reading->cfg->sectionl, le) {
		const struct cfg_section *section = le->data;
		const struct cfg_key *keyv = section->table->keyv;
		size_t i = 0;

		while (i < section->table->keyc && section->valuev[i].text)
			i++;
		if (i == section->table->keyc || reading->err)
			continue;

		(void)snprintf(reading->reason, CFG_REASON_SIZE,
		               "%s needs the key '%s': %.200s",
		               cfg_section_title(section), keyv[i].name,
		               keyv[i].help);
		reading->line = section->line;
		take_fault(reading, EINVAL);
	}
}

static int read_file(struct reading *reading, const char *path)
{
	const char *slash = strrchr(path, '/');
	int line;

	if (slash)
		(void)snprintf(reading->cfg->dir, CFG_DIR_SIZE, "%.*s",
		               (int)(slash - path + 1), path);

	errno = 0;
	reading->file = fopen(path, "re");
	if (!reading->file)
		return errno;

	line = ini_parse_stream(read_line, reading, key_line, reading);
	if (ferror(reading->file))
		return errno ? errno : EIO;

	/* inih reads on behind a line it cannot split: that one is first. */
	if (line > 0 &&
	    (!reading->err || (unsigned)line < reading->fault_line)) {
		(void)snprintf(reading->reason, CFG_REASON_SIZE,
		               "this is neither \"[section]\" nor "
		               "\"key = value\"");
		reading->err = EINVAL;
		reading->fault_line = (unsigned)line;
	}

	return 0;
}

/* All sections without a name, then the file over them. */
static int fill(struct reading *reading, const char *path)
{
	struct cfg *cfg = reading->cfg;
	int err = 0;

	for (size_t i = 0; !err && i < cfg->tablec; i++) {
		struct cfg_section *section;

		if (!cfg->tablev[i]->is_named)
			err = cfg_section_add(&section, cfg, cfg->tablev[i],
			                      "");
	}
	if (err)
		return err;

	if (path)
		err = read_file(reading, path);
	if (!err)
		check_required(reading);

	return err;
}

int cfg_load(struct cfg **cfgp, const char *path,
             const struct cfg_table *const *tablev, size_t tablec,
             char fault[CFG_FAULT_SIZE])
{
	struct reading reading = {.err = 0};
	struct cfg *cfg;
	int err;

	assert(cfgp && tablev && fault);

	cfg = mem_zalloc(sizeof(*cfg), cfg_destructor);
	if (!cfg) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", strerror(ENOMEM));
		return ENOMEM;
	}

	cfg->tablev = tablev;
	cfg->tablec = tablec;
	reading.cfg = cfg;
	err = fill(&reading, path);
	if (reading.file)
		(void)fclose(reading.file);
	if (!err)
		err = reading.err;

	if (err && err != EINVAL)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s: %s",
		               path ? path : "configuration", strerror(err));
	else if (err && reading.fault_line)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s:%u: %s", path,
		               reading.fault_line, reading.reason);
	else if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", reading.reason);

	/* Long words were cut, maybe within a character. */
	if (err)
		(void)text_repair(fault);
	if (err)
		mem_deref(cfg);
	else
		*cfgp = cfg;

	return err;
}

static const struct cfg_value *find(const struct cfg *cfg, const char *kind,
                                    const char *name, const char *key,
                                    bool is_text)
{
	const struct cfg_section *section = cfg_section_find(cfg, kind, name);
	size_t i;

	assert(section);
	i = cfg_key_index(section->table, key);
	assert(i < section->table->keyc);
	assert(is_text == (section->table->keyv[i].type <= CFG_CHOICE));
	(void)is_text;

	return &section->valuev[i];
}

const char *cfg_text(const struct cfg *cfg, const char *section,
                     const char *key)
{
	return find(cfg, section, "", key, true)->text;
}

uint64_t cfg_number(const struct cfg *cfg, const char *section, const char *key)
{
	return find(cfg, section, "", key, false)->number;
}

bool cfg_bool(const struct cfg *cfg, const char *section, const char *key)
{
	return find(cfg, section, "", key, false)->number;
}

const char *cfg_name(const struct cfg *cfg, const char *section, size_t i)
{
	struct le *le;

	LIST_FOREACH (&cfg->sectionl, le) {
		const struct cfg_section *named = le->data;

		if (!strcmp(named->table->section, section) && !i--)
			return named->name;
	}

	return NULL;
}

const char *cfg_named_text(const struct cfg *cfg, const char *section,
                           const char *name, const char *key)
{
	return find(cfg, section, name, key, true)->text;
}

const char *cfg_named_file(const struct cfg *cfg, const char *section,
                           const char *name, const char *key)
{
	return find(cfg, section, name, key, true)->file;
}

uint64_t cfg_named_number(const struct cfg *cfg, const char *section,
                          const char *name, const char *key)
{
	return find(cfg, section, name, key, false)->number;
}

bool cfg_named_bool(const struct cfg *cfg, const char *section,
                    const char *name, const char *key)
{
	return find(cfg, section, name, key, false)->number;
}

int cfg_set(struct cfg *cfg, const char *path, const char *value,
            char fault[CFG_FAULT_SIZE])
{
	char buf[128], reason[CFG_REASON_SIZE] = "", *dot, *key;
	struct cfg_section *section;
	const char *name;
	int err;

	(void)text_copy(buf, sizeof(buf), path);
	dot = strchr(buf, '.');
	key = strrchr(buf, '.');
	if (!dot) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "%.64s: write section.key or "
		               "section.name.key",
		               path);
		return EINVAL;
	}
	name = dot == key ? "" : dot + 1;
	*dot = *key++ = '\0';

	err = cfg_title_check(cfg, buf, name, reason);
	if (err)
		goto out;

	section = cfg_section_find(cfg, buf, name);
	if (!section) {
		err = cfg_section_add(&section, cfg, cfg_table_find(cfg, buf),
		                      name);
		if (err)
			goto out;
	}
	err = cfg_section_set(cfg, section, key, value, reason);

out:
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "%.64s: %s", path,
		               err == EINVAL ? reason : strerror(err));
		(void)text_repair(fault);
	}

	return err;
}

void cfg_forget(struct cfg *cfg, const char *kind)
{
	struct le *le = list_head(&cfg->sectionl);

	while (le) {
		struct cfg_section *section = le->data;

		le = le->next;
		if (*section->name && !strcmp(section->table->section, kind))
			mem_deref(section);
	}
}
