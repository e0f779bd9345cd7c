/*
 * flow/soundof.c - how words sound, as a script writes it (asr.pronounce)
 */
#include <assert.h>
#include <stdio.h>
#include "base/mem.h"
#include "base/pronounce.h"
#include "flow/faults.h"
#include "flow/phrases.h"
#include "flow/soundof.h"

enum {
	PHRASES_MAX = 400, /* of one expression, as many as a call asks for */
	TEXTS_MAX = 20000, /* then nobody can say that a word is in none */
	PATH_BYTES = 256,
};

/* --- reading ---------------------------------------------------------------
 */

static void read_way(struct reader *reader, struct mbuf *list, const char *word,
                     json_t *value, const struct trail *trail)
{
	char fault[PRONOUNCE_FAULT_SIZE];

	if (!json_is_string(value))
		scalar_wrong(reader, trail,
		             "how the word sounds, as \"sequel\"");
	else if (!pronounce_check_way(fault, json_string_value(value)))
		faults_add(reader->faults, FLOW_ERROR, trail, reader->node,
		           "%s", fault);
	else if (pronounce_add(list, word, json_string_value(value)))
		arena_fail(reader->arena);
}

static void read_word(struct reader *reader, struct mbuf *list,
                      const char *word, json_t *value,
                      const struct trail *trail)
{
	char fault[PRONOUNCE_FAULT_SIZE];
	size_t i;
	json_t *way;

	if (!pronounce_check_word(fault, word)) {
		faults_add(reader->faults, FLOW_ERROR, trail, reader->node,
		           "%s", fault);
		return;
	}
	if (!json_is_array(value)) {
		read_way(reader, list, word, value, trail);
		return;
	}
	if (!json_array_size(value) ||
	    json_array_size(value) > PRONOUNCE_WAYS_MAX) {
		faults_add(reader->faults, FLOW_ERROR, trail, reader->node,
		           "must be 1 to %d ways to say the word",
		           PRONOUNCE_WAYS_MAX);
		return;
	}

	json_array_foreach(value, i, way)
	{
		struct trail here = {.up = trail, .index = i};

		read_way(reader, list, word, way, &here);
	}
}

/* What the list had, without the words that the new one has. */
static int keep_rest(struct mbuf *list, const char *own, const char *old)
{
	struct pronounce_line line;
	int err = 0;

	while (!err && pronounce_next(&line, &old)) {
		if (!pronounce_has(own, line.word))
			err = pronounce_add(list, line.word, line.way);
	}

	return err;
}

void soundof_read(struct reader *reader, const char **listp, json_t *value,
                  const struct trail *trail)
{
	struct mbuf *list;
	const char *word, *own;
	json_t *ways;

	if (!json_is_object(value) ||
	    json_object_size(value) > SOUNDOF_WORDS_MAX) {
		scalar_wrong(reader, trail,
		             "an object: word to how it sounds, or an array "
		             "of ways; at most 1000 words");
		return;
	}

	list = mbuf_alloc(256);
	if (!list) {
		arena_fail(reader->arena);
		return;
	}
	json_object_foreach(value, word, ways)
	{
		struct trail here = {.up = trail, .key = word};

		read_word(reader, list, word, ways, &here);
	}

	own = arena_text(reader->arena, (const char *)list->buf, list->end);
	if (own && keep_rest(list, own, *listp))
		arena_fail(reader->arena);
	own = arena_text(reader->arena, (const char *)list->buf, list->end);
	if (own)
		*listp = own;
	mem_deref(list);
}

/* --- telling ---------------------------------------------------------------
 */

/* The lines of a list that `common` does not have: a node's own. */
static void tell(const char *list, const char *common, struct flow_sound *sound,
                 flow_sound_h *handler, void *arg)
{
	const char *place = sound->path;
	struct pronounce_line line;
	char path[PATH_BYTES];

	while (pronounce_next(&line, &list)) {
		if (*common && strstr(common, line.word) &&
		    pronounce_has(common, line.word))
			continue;
		(void)snprintf(path, sizeof(path), "%s.pronounce", place);
		faults_key(path, sizeof(path), line.word);
		sound->path = path;
		sound->word = line.word;
		sound->way = line.way;
		handler(sound, arg);
	}
}

void flow_script_sounds(const struct flow_script *script, flow_sound_h *handler,
                        void *arg)
{
	struct flow_sound sound = {.path = "asr", .node = ""};
	const char *common = script->asr.pronounce;
	char place[PATH_BYTES];

	assert(handler);

	tell(common, "", &sound, handler, arg);
	for (size_t i = 0; i < script->flow.c; i++) {
		const struct node *node = &script_nodes(script)[i];

		if (node->listen.pronounce == common)
			continue;
		(void)snprintf(place, sizeof(place), "flow[%zu].asr", i);
		sound.path = place;
		sound.node = node->id;
		tell(node->listen.pronounce, common, &sound, handler, arg);
	}
}

/* --- checking --------------------------------------------------------------
 */

/* All that the script expects to hear. */
struct answers {
	const struct lint *lint;
	const char **textv;
	size_t textc;
	char word[PRONOUNCE_WORD_SIZE]; /* the last one looked for */
};

static void add_text(struct answers *answers, const char *text)
{
	if (answers->textc < TEXTS_MAX)
		answers->textv[answers->textc++] = text;
}

/* What cannot be written out is taken as it is. */
static void add_pattern(struct answers *answers, const struct pattern *pattern)
{
	const char *const *phrasev;
	size_t phrasec;

	if (!pattern)
		return;
	if (!phrases_of(&phrasev, &phrasec, answers->lint->arena, pattern,
	                PHRASES_MAX))
		add_text(answers, pattern_text(pattern));
	for (size_t i = 0; i < phrasec; i++)
		add_text(answers, phrasev[i]);
}

static void add_answers(struct answers *answers)
{
	const struct flow_script *script = answers->lint->script;

	add_text(answers, script->asr.hot_word);
	for (size_t i = 0; i < script->flow.c; i++) {
		const struct node *node = &script_nodes(script)[i];
		const struct link *childv = node->children.v;

		add_text(answers, node->listen.hot_word);
		for (size_t j = 0; j < node->children.c; j++)
			add_pattern(answers,
			            childv[j].condv[COND_TEXT].pattern);
	}
	for (size_t i = 0; i < script->globalflow.c; i++) {
		const struct link *link = &script_globals(script)[i].link;

		add_pattern(answers, link->condv[COND_TEXT].pattern);
	}
	for (size_t i = 0; i < script->kb.c; i++) {
		const struct regexes *words =
			&script_entries(script)[i].keywords;

		for (size_t j = 0; j < words->c; j++)
			add_pattern(answers, words->patternv[j]);
	}
}

static void check_handler(const struct flow_sound *sound, void *arg)
{
	struct answers *answers = arg;
	bool is_found = false;

	/* Its ways stand together. */
	if (!strcmp(answers->word, sound->word))
		return;

	if (!answers->textv) {
		answers->textv = arena_array(answers->lint->arena, TEXTS_MAX,
		                             sizeof(*answers->textv));
		if (!answers->textv)
			return;
		add_answers(answers);
	}
	(void)snprintf(answers->word, sizeof(answers->word), "%s", sound->word);
	for (size_t i = 0; i < answers->textc && !is_found; i++)
		is_found = answers->textv[i] &&
		           pronounce_is_in(answers->textv[i], sound->word);
	if (!is_found && answers->textc < TEXTS_MAX)
		lint_warn(answers->lint, sound->node,
		          "no answer of the script has this word; write it as "
		          "the answers do, or leave it out",
		          "%s", sound->path);
}

void soundof_check(const struct lint *lint)
{
	struct answers answers = {.lint = lint};

	flow_script_sounds(lint->script, check_handler, &answers);
}
