/*
 * flow/lintword.c - prompts and expressions of a script, for the linter
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/text.h"
#include "base/fold.h"
#include "flow/lexicon.h"
#include "flow/lint.h"
#include "flow/lintlead.h"
#include "flow/rx.h"

enum {
	ITEM_LETTERS_MAX = 300, /* what services take in one request */
	BLOCKED_MS_MAX = 8000,
	PATH_BYTES = 600,
	LETTER_MS = 65, /* of spoken text */
	SYMBOL_MS = 220,
	SYMBOLS_FROM = 0x2e80, /* Chinese, Japanese, Korean */
};

/* --- prompts ------------------------------------------------------------ */

static bool starts(const char *item, const char *prefix)
{
	return !strncmp(item, prefix, strlen(prefix));
}

static bool is_file(const char *item)
{
	size_t len = strlen(item);

	return starts(item, "file://") ||
	       (len > 4 && (!strcasecmp(item + len - 4, ".wav") ||
	                    !strcasecmp(item + len - 4, ".mp3")));
}

static bool is_address(const char *item)
{
	return starts(item, "http://") || starts(item, "https://") ||
	       starts(item, "tone_stream://") ||
	       starts(item, "silence_stream://");
}

/* About how long it takes to say an item. */
static unsigned long item_ms(const char *item)
{
	unsigned long ms = 0;

	if (starts(item, "silence_stream://"))
		return strtoul(item + strlen("silence_stream://"), NULL, 10);
	if (is_address(item) || is_file(item))
		return 0;

	while (*item) {
		uint32_t cp;

		item += fold_decode(&cp, item);
		ms += cp >= SYMBOLS_FROM ? SYMBOL_MS : LETTER_MS;
	}

	return ms;
}

/* Calls play only what is below `recordings`. */
static bool is_outside(const char *item)
{
	const char *name = starts(item, "file://") ? item + 7 : item;

	return *name == '/' || starts(name, "../") || strstr(name, "/../");
}

static bool file_exists(const struct lint *lint, const char *item)
{
	const char *name = starts(item, "file://") ? item + 7 : item;
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/%s", lint->script->recordings,
	               name);

	return !access(path, R_OK);
}

/* Whether anything in the script gives the variable a value. */
static bool is_known(const struct lint *lint, const char *name, size_t len)
{
	const struct flow_script *script = lint->script;
	const struct var_set *set = &script->variables;
	bool asks = false;

	for (size_t i = 0; i <= script->flow.c; i++) {
		for (size_t j = 0; j < set->c; j++)
			if (strlen(set->v[j].name) == len &&
			    !memcmp(set->v[j].name, name, len))
				return true;
		if (i == script->flow.c)
			break;
		set = &script_nodes(script)[i].variables;
		asks = asks || script_nodes(script)[i].action == ACTION_HTTP;
	}

	/* An http node may set anything. */
	return asks;
}

/* Variables that only the call can bring. */
static void vars_check(const struct lint *lint, const char *text,
                       const char *node, const char *path)
{
	const char *at = text, *end;

	while ((at = strstr(at, "${")) && (end = strchr(at, '}'))) {
		if (!is_known(lint, at + 2, (size_t)(end - at - 2))) {
			lint_warn(lint, node,
			          "nothing in the script sets this variable; "
			          "the call has to bring it",
			          "%s", path);
			return;
		}
		at = end;
	}
}

/* Texts of a node that are not spoken. */
static void texts_check(const struct lint *lint, const struct node *node,
                        const char *path)
{
	const struct {
		const char *text, *key;
	} textv[] = {
		{node->extension, "extension"}, {node->context, "context"},
		{node->name, "name"},           {node->wait, "wait"},
		{node->cause, "cause"},         {node->url, "url"},
		{node->body, "body"},
	};
	char full[PATH_BYTES];

	for (size_t i = 0; i < ARRAY_COUNT(textv); i++) {
		(void)snprintf(full, sizeof(full), "%s.%s", path, textv[i].key);
		if (textv[i].text)
			vars_check(lint, textv[i].text, node->id, full);
	}
	for (size_t i = 0; i < node->variables.c; i++) {
		(void)snprintf(full, sizeof(full), "%s.variables.%s", path,
		               node->variables.v[i].name);
		vars_check(lint, node->variables.v[i].value, node->id, full);
	}
}

static void item_check(const struct lint *lint, const char *item,
                       const char *node, const char *path)
{
	const char *at = strstr(item, "${"), *end = at ? strchr(at, '}') : NULL;
	bool is_sound = is_file(item) && !is_address(item);
	bool is_text = !is_file(item) && !is_address(item);

	if (is_sound && is_outside(item))
		lint_warn(lint, node,
		          "this path leaves the folder of recordings and is "
		          "not played; copy the file there",
		          "%s", path);
	else if (!at && is_sound && lint->has_files && !file_exists(lint, item))
		lint_warn(lint, node,
		          "there is no such sound file in the folder of "
		          "recordings; record it, or write "
		          "the words",
		          "%s", path);
	if (is_text && text_length(item) > ITEM_LETTERS_MAX)
		lint_warn(lint, node,
		          "too long to be spoken in one piece; split it into "
		          "several items",
		          "%s", path);
	if (!end)
		return;

	if (is_text && (at > item || end[1]))
		lint_warn(lint, node,
		          "a variable within text; as an item of its own it "
		          "lets the rest be spoken ahead",
		          "%s", path);
	vars_check(lint, item, node, path);
}

static void prompt_check(const struct lint *lint, const struct prompt *prompt,
                         const char *node, const char *path, const char *key)
{
	char item[PATH_BYTES];

	for (size_t i = 0; i < prompt->itemc; i++) {
		(void)snprintf(item, sizeof(item), "%s.%s[%zu]", path, key, i);
		item_check(lint, prompt->itemv[i], node, item);
	}
}

static unsigned long prompt_ms(const struct prompt *prompt)
{
	unsigned long ms = 0;

	for (size_t i = 0; i < prompt->itemc; i++)
		ms += item_ms(prompt->itemv[i]);

	return ms;
}

/* What nobody can interrupt: a farewell, and where disablebreak says so. */
static void blocked_check(const struct lint *lint, const struct node *node,
                          const struct prompt *prompt, const char *path,
                          const char *key)
{
	unsigned long ms = prompt_ms(prompt);

	if (node->disablebreak > 0 && (unsigned long)node->disablebreak < ms)
		ms = (unsigned long)node->disablebreak;
	if (ms <= BLOCKED_MS_MAX)
		return;

	if (node->action == ACTION_HANGUP)
		lint_warn(lint, node->id,
		          "a farewell of more than 8 seconds, which nobody "
		          "can interrupt; shorten it",
		          "%s.%s", path, key);
	else if (node->disablebreak)
		lint_warn(lint, node->id,
		          "nobody can interrupt this for more than 8 seconds; "
		          "shorten it or lower disablebreak",
		          "%s.%s", path, key);
}

/* --- expressions -------------------------------------------------------- */

/* Whether one unbounded repetition stands in another. */
static bool can_explode(const struct rx *rx, bool is_inside)
{
	for (; rx; rx = rx->next) {
		bool repeats = rx->kind == RX_REPEAT && rx->max > 10;

		if (repeats && is_inside)
			return true;
		if (rx->child && can_explode(rx->child, is_inside || repeats))
			return true;
	}

	return false;
}

/* What begins as no input of its kind does. */
static void lead_check(const struct lint *lint, const struct rx *rx,
                       enum cond_kind kind, const char *node, const char *path)
{
	static const char *const letterv[COND_KINDS] = {
		[COND_TEXT] = "FSEPfsep",
		[COND_DTMF] = "dD",
	};
	enum lintlead lead = LINTLEAD_FREE;

	if (letterv[kind])
		lead = lintlead_of(rx, letterv[kind]);

	if (lead && kind == COND_DTMF)
		lint_warn(lint, node,
		          "never matches: keys begin with d, or D when they "
		          "are complete, as in D1; write ^D",
		          "%s", path);
	else if (lead == LINTLEAD_DEAD)
		lint_warn(lint, node,
		          "^ never matches here: what was said has a letter in "
		          "front, as in Fyes; write ^F",
		          "%s", path);
	else if (lead == LINTLEAD_LATE)
		lint_warn(lint, node,
		          "never matches the first word, which has the letter "
		          "F in front; write (^F|\\b)",
		          "%s", path);
}

static void pattern_check(const struct lint *lint,
                          const struct pattern *pattern, enum cond_kind kind,
                          const char *node, const char *path)
{
	const struct rx *rx;

	if (pattern_engine(pattern) == PATTERN_LITERAL)
		return;
	if (pattern_engine(pattern) == PATTERN_ONIGURUMA)
		lint_warn(lint, node,
		          "runs in Oniguruma, the slower engine, because "
		          "PCRE2 refuses it",
		          "%s", path);

	rx = rx_parse(lint->arena, pattern_text(pattern));
	if (!rx)
		return;

	lead_check(lint, rx, kind, node, path);
	if (can_explode(rx, false))
		lint_warn(lint, node,
		          "a repetition within a repetition may take for ever "
		          "and then does not match; write it without",
		          "%s", path);
}

static void link_check(const struct lint *lint, const struct link *link,
                       const char *node, const char *path)
{
	static const char *const namev[COND_KINDS] = {
		[COND_TEXT] = "text",
		[COND_COMPLETE] = "complete",
		[COND_DTMF] = "dtmf",
	};

	for (int kind = 0; kind < COND_KINDS; kind++) {
		char full[PATH_BYTES];

		if (!link->condv[kind].pattern)
			continue;
		(void)snprintf(full, sizeof(full), "%s.condition.%s", path,
		               namev[kind]);
		pattern_check(lint, link->condv[kind].pattern, kind, node,
		              full);
	}
}

static void regexes_check(const struct lint *lint,
                          const struct regexes *regexes, const char *node,
                          const char *path, const char *key)
{
	for (size_t i = 0; i < regexes->c; i++) {
		char full[PATH_BYTES];

		if (!regexes->patternv[i])
			continue;
		(void)snprintf(full, sizeof(full),
		               regexes->is_array ? "%s.%s[%zu]" : "%s.%s", path,
		               key, i);
		pattern_check(lint, regexes->patternv[i], COND_TEXT, node,
		              full);
	}
}

/* Whether one piece of text stands within another. */
static bool is_within(const struct piece *small, const struct piece *large)
{
	size_t size = small->cpc * sizeof(*small->cpv);

	for (size_t i = 0; i + small->cpc <= large->cpc; i++)
		if (!memcmp(small->cpv, large->cpv + i, size))
			return true;

	return false;
}

/* Every match of `later` holds one of its pieces. If each of those holds a
 * literal of `first`, that one has matched before. */
bool lintword_covers(const struct cond *first, const struct cond *later)
{
	const struct piece *firstv, *laterv;
	size_t firstc, laterc;

	if (first->pattern == later->pattern)
		return true;
	if (pattern_engine(first->pattern) != PATTERN_LITERAL)
		return false;

	firstv = pattern_pieces(first->pattern, &firstc);
	laterv = pattern_pieces(later->pattern, &laterc);
	for (size_t i = 0; i < laterc; i++) {
		size_t j = 0;

		while (j < firstc && !is_within(&firstv[j], &laterv[i]))
			j++;
		if (j == firstc)
			return false;
	}

	return laterc;
}

/* Whether a sequence is nothing but "anything": `^.*$`, `.+`. What is said has
 * two characters at least, the letter in front being one. */
static bool is_anything(const struct rx *rx)
{
	int32_t dots = 0;

	for (; rx; rx = rx->next) {
		const struct rx *child = rx->child;

		if (rx->kind == RX_EMPTY && (rx->is_start || rx->is_end))
			continue;
		if (rx->kind != RX_REPEAT || rx->max != RX_UNBOUNDED ||
		    child->kind != RX_CLASS || !child->is_dot)
			return false;
		dots += rx->min;
	}

	return dots <= 2;
}

bool lintword_takes_all(const struct lint *lint, const struct cond *cond)
{
	const struct rx *rx;

	if (pattern_engine(cond->pattern) != PATTERN_PCRE2)
		return false;

	rx = rx_parse(lint->arena, pattern_text(cond->pattern));
	for (const struct rx *cat = rx ? rx->child : NULL; cat; cat = cat->next)
		if (is_anything(cat->child))
			return true;

	return false;
}

/* --- all of one --------------------------------------------------------- */

void lintword_node(const struct lint *lint, const struct node *node,
                   const char *path)
{
	const struct {
		const struct prompt *prompt;
		const char *key;
	} promptv[] = {
		{&node->playbacks, "playbacks"},
		{&node->replaybacks, "replaybacks"},
		{&node->thirdplaybacks, "thirdplaybacks"},
		{&node->fourplaybacks, "fourplaybacks"},
		{&node->kbplaybacks, "kbplaybacks"},
		{&node->returnplaybacks, "returnplaybacks"},
		{&node->timeoutplaybacks, "timeoutplaybacks"},
		{&node->mismatchplaybacks, "mismatchplaybacks"},
	};
	const struct link *childv = node->children.v;

	for (size_t i = 0; i < ARRAY_COUNT(promptv); i++) {
		prompt_check(lint, promptv[i].prompt, node->id, path,
		             promptv[i].key);
		blocked_check(lint, node, promptv[i].prompt, path,
		              promptv[i].key);
	}
	texts_check(lint, node, path);
	regexes_check(lint, &node->noiserule, node->id, path, "noiserule");

	for (size_t i = 0; i < node->children.c; i++) {
		char full[PATH_BYTES];

		(void)snprintf(full, sizeof(full), "%s.children[%zu]", path, i);
		link_check(lint, &childv[i], node->id, full);
	}
}

void lintword_entry(const struct lint *lint, const struct entry *entry,
                    const char *path)
{
	prompt_check(lint, &entry->playbacks, entry->id, path, "playbacks");
	regexes_check(lint, &entry->keywords, entry->id, path, "keywords");
}

void lintword_global(const struct lint *lint, const struct global *global,
                     const char *path)
{
	link_check(lint, &global->link, global->id, path);
}
