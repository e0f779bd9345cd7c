/*
 * flow/phrases.c - what would match now, as words for a recogniser
 *
 * A recogniser with a grammar knows only what it is told to expect. Here the
 * expressions in force are written out: alternatives, optional parts and small
 * classes multiply, "*" stands for anything in between.
 */
#include "base/mem.h"
#include "base/fold.h"
#include "flow/idmap.h"
#include "flow/phrases.h"
#include "flow/rx.h"
#include "flow/session.h"

enum {
	CLASS_MAX = 8, /* larger ones are left out */
	GAP = '\x01',  /* "*" until the phrase is finished */
};

struct words {
	const char **v;
	size_t c, room;
};

struct writer {
	struct arena *arena;
	struct idmap *seen;
	struct words phrases;
	size_t limit;
	bool is_complete;
};

static bool expand(struct writer *writer, const struct rx *rx,
                   struct words *words);

/* --- lists of texts ----------------------------------------------------- */

static void put(struct writer *writer, struct words *words, const char *text)
{
	if (words->c >= writer->limit) {
		writer->is_complete = false;
		return;
	}
	if (words->c == words->room) {
		size_t room = words->room ? 2 * words->room : 4;
		const char **v = arena_array(writer->arena, room, sizeof(*v));

		if (!v)
			return;
		if (words->c)
			memcpy(v, words->v, words->c * sizeof(*v));
		words->v = v;
		words->room = room;
	}
	words->v[words->c++] = text;
}

static const char *concat(struct writer *writer, const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	char *text;

	if (!a_len || !b_len)
		return a_len ? a : b;

	text = arena_get(writer->arena, a_len + b_len + 1);
	if (!text)
		return "";
	memcpy(text, a, a_len);
	memcpy(text + a_len, b, b_len);

	return text;
}

/* Each of words with each of tails behind it. */
static void multiply(struct writer *writer, struct words *words,
                     const struct words *tails)
{
	struct words product = {0};

	for (size_t i = 0; i < words->c; i++)
		for (size_t j = 0; j < tails->c; j++)
			put(writer, &product,
			    concat(writer, words->v[i], tails->v[j]));
	*words = product;
}

/* --- the tree ----------------------------------------------------------- */

static const char *utf8(struct writer *writer, uint32_t cp)
{
	char text[4];
	size_t len;

	if (cp < 0x80) {
		text[0] = (char)cp;
		len = 1;
	}
	else if (cp < 0x800) {
		text[0] = (char)(0xc0 | cp >> 6);
		text[1] = (char)(0x80 | (cp & 0x3f));
		len = 2;
	}
	else if (cp < 0x10000) {
		text[0] = (char)(0xe0 | cp >> 12);
		text[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		text[2] = (char)(0x80 | (cp & 0x3f));
		len = 3;
	}
	else {
		text[0] = (char)(0xf0 | cp >> 18);
		text[1] = (char)(0x80 | (cp >> 12 & 0x3f));
		text[2] = (char)(0x80 | (cp >> 6 & 0x3f));
		text[3] = (char)(0x80 | (cp & 0x3f));
		len = 4;
	}

	return arena_text(writer->arena, text, len);
}

static const char gap[] = {GAP, '\0'};

static bool expand_class(struct writer *writer, const struct rx *rx,
                         struct words *words)
{
	if (rx->is_space) {
		put(writer, words, " ");
		return true;
	}
	if (!rx->cpc) {
		put(writer, words, gap);
		return true;
	}
	if (rx->cpc > CLASS_MAX)
		return false;

	for (size_t i = 0; i < rx->cpc; i++)
		put(writer, words, utf8(writer, rx->cpv[i]));

	return true;
}

static bool expand_repeat(struct writer *writer, const struct rx *rx,
                          struct words *words)
{
	const struct rx *child = rx->child;
	struct words once = {0};

	/* ".*" and the like: anything in between. */
	if (child->kind == RX_CLASS && !child->cpc) {
		put(writer, words, child->is_space ? " " : gap);
		if (child->is_space && !rx->min)
			put(writer, words, "");
		return true;
	}
	if (rx->max > 2 || !expand(writer, child, &once))
		return false;

	put(writer, words, "");
	for (int32_t i = 0; i < rx->min; i++)
		multiply(writer, words, &once);
	if (rx->max > rx->min) {
		struct words more = *words;

		for (int32_t i = rx->min; i < rx->max; i++) {
			multiply(writer, &more, &once);
			for (size_t j = 0; j < more.c; j++)
				put(writer, words, more.v[j]);
		}
	}

	return true;
}

/* Adds all texts of the tree to words; false: it cannot be written out. */
static bool expand(struct writer *writer, const struct rx *rx,
                   struct words *words)
{
	struct words product = {0};
	bool has_any = false;

	switch (rx->kind) {
	case RX_EMPTY:
		put(writer, words, "");
		return true;
	case RX_CHAR:
		put(writer, words, utf8(writer, rx->cp));
		return true;
	case RX_CLASS:
		return expand_class(writer, rx, words);
	case RX_REPEAT:
		return expand_repeat(writer, rx, words);
	case RX_OPAQUE:
		return false;
	case RX_ALT:
		for (const struct rx *c = rx->child; c; c = c->next) {
			if (expand(writer, c, words))
				has_any = true;
			else
				writer->is_complete = false;
		}
		return has_any;
	case RX_CAT:
		break;
	}

	put(writer, &product, "");
	for (const struct rx *c = rx->child; c; c = c->next) {
		struct words tails = {0};

		if (!expand(writer, c, &tails))
			return false;
		multiply(writer, &product, &tails);
	}
	for (size_t i = 0; i < product.c; i++)
		put(writer, words, product.v[i]);

	return true;
}

/* --- the prefix letter -------------------------------------------------- */

static bool is_prefix(const struct rx *rx)
{
	if (rx->kind == RX_CHAR)
		return rx->cp == 'F';
	if (rx->kind != RX_CLASS || !rx->cpc)
		return false;

	for (size_t i = 0; i < rx->cpc; i++)
		if (!strchr("FSPE", (int)(rx->cpv[i] & 0x7f)) ||
		    rx->cpv[i] > 0x7f)
			return false;

	return true;
}

/* "^Fyes", "^[FS]yes" and "F(yes|yeah)": what is said begins behind it. A
 * word like "Friday" keeps its letter. */
static void drop_prefix(struct rx *alt)
{
	for (struct rx *cat = alt->child; cat; cat = cat->next) {
		struct rx **firstp = &cat->child;
		bool is_anchored = false;

		while (*firstp && (*firstp)->kind == RX_EMPTY) {
			is_anchored = is_anchored || (*firstp)->is_start;
			firstp = &(*firstp)->next;
		}
		if (!*firstp || !is_prefix(*firstp))
			continue;
		if (is_anchored || (*firstp)->kind == RX_CLASS ||
		    ((*firstp)->next && (*firstp)->next->kind != RX_CHAR))
			*firstp = (*firstp)->next;
	}
}

/* --- phrases ------------------------------------------------------------ */

/* Words with single spaces, "*" for gaps but not at the ends. */
static const char *tidy(struct writer *writer, const char *text)
{
	char *tidied = arena_get(writer->arena, 3 * strlen(text) + 1);
	char *at = tidied;
	bool has_gap = false, has_space = false;

	if (!tidied)
		return "";

	for (; *text; text++) {
		if (*text == GAP) {
			has_gap = true;
			continue;
		}
		if (strchr(" \t\r\n,.!?;:\"", *text)) {
			has_space = true;
			continue;
		}
		if (has_gap && at > tidied) {
			memcpy(at, " * ", 3);
			at += 3;
		}
		else if (has_space && at > tidied) {
			*at++ = ' ';
		}
		has_gap = has_space = false;
		*at++ = *text;
	}
	*at = '\0';

	return tidied;
}

static void write_out(struct writer *writer, const struct pattern *pattern)
{
	struct rx *rx = rx_parse(writer->arena, pattern_text(pattern));
	struct words words = {0};

	if (rx)
		drop_prefix(rx);
	if (!rx || !expand(writer, rx, &words)) {
		writer->is_complete = false;
		return;
	}

	for (size_t i = 0; i < words.c; i++) {
		const char *phrase = tidy(writer, words.v[i]);

		if (!*phrase) {
			writer->is_complete = false;
			continue;
		}
		if (writer->seen && idmap_get(writer->seen, phrase))
			continue;
		put(writer, &writer->phrases, phrase);
		if (writer->seen)
			idmap_put(writer->seen, phrase, writer);
	}
}

/* --- what is in force --------------------------------------------------- */

static void write_order(struct flow_session *sess, struct writer *writer,
                        const struct order *order, bool is_global)
{
	struct query query = {
		.kind = COND_TEXT,
		.at_ms = sess->last_ms,
		.sentence = sess->counters.respond_count + 1,
	};

	for (size_t i = 0; i < order->c; i++) {
		const struct link *link = order->v[i];

		if (session_may_enter(sess, link->target) &&
		    (!is_global ||
		     match_is_open(sess, global_of(link), &query)))
			write_out(writer, link->condv[COND_TEXT].pattern);
	}
}

bool phrases_of(const char *const **phrasevp, size_t *phrasecp,
                struct arena *arena, const struct pattern *pattern,
                size_t limit)
{
	struct writer writer = {
		.arena = arena,
		.limit = limit,
		.is_complete = true,
	};

	write_out(&writer, pattern);
	*phrasevp = writer.phrases.v;
	*phrasecp = writer.phrases.c;

	return writer.is_complete;
}

int flow_session_phrases(struct flow_session *sess,
                         const char *const **phrasevp, size_t *phrasecp,
                         bool *is_completep, size_t limit)
{
	const struct node *node = sess->node;
	struct writer writer = {
		.arena = sess->turn,
		.limit = limit,
		.is_complete = true,
		.seen = idmap_make(sess->turn, 64),
	};

	write_order(sess, &writer, &node->orderv[COND_TEXT], false);
	write_order(sess, &writer, &node->globals->orderv[COND_TEXT], true);
	for (size_t i = 1; i <= node->sourceflowdepth && i <= sess->stackc; i++)
		write_order(
			sess, &writer,
			&sess->stackv[sess->stackc - i].node->orderv[COND_TEXT],
			false);

	for (size_t i = 0; i < node->entries->c; i++) {
		const struct keyword *keyword = &node->entries->v[i];

		if (session_may_answer(sess, keyword->entry))
			write_out(&writer, keyword->pattern);
	}

	if (arena_err(sess->turn))
		return ENOMEM;
	*phrasevp = writer.phrases.v;
	*phrasecp = writer.phrases.c;
	*is_completep = writer.is_complete;

	return 0;
}
