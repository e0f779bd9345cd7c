/*
 * flow/rx.c - a regular expression as a tree, for those who ask about it
 */
#include <string.h>
#include "base/mem.h"
#include "base/fold.h"
#include "flow/rx.h"

struct parser {
	struct arena *arena;
	const char *at;
	unsigned depth;
	bool is_lost; /* a construct that may mean anything */
};

static struct rx *parse_alt(struct parser *parser);

static struct rx *make(struct parser *parser, enum rx_kind kind)
{
	struct rx *rx = arena_get(parser->arena, sizeof(*rx));

	if (!rx) {
		parser->is_lost = true;
		return NULL;
	}
	rx->kind = kind;

	return rx;
}

static struct rx *lost(struct parser *parser)
{
	parser->is_lost = true;

	return NULL;
}

static struct rx *make_char(struct parser *parser, uint32_t cp)
{
	struct rx *rx = make(parser, RX_CHAR);

	if (rx)
		rx->cp = cp;

	return rx;
}

/* --- escapes ------------------------------------------------------------ */

static bool hex_digit(char c, uint32_t *valuep)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	if (!at)
		return false;
	*valuep = *valuep * 16 + (uint32_t)(at - digits);

	return true;
}

/* Behind \x: two digits, or any in braces. */
static uint32_t parse_hex(struct parser *parser)
{
	uint32_t cp = 0;

	if (*parser->at == '{') {
		parser->at++;
		while (cp < 0x110000 && hex_digit(*parser->at, &cp))
			parser->at++;
		if (*parser->at != '}' || cp >= 0x110000)
			parser->is_lost = true;
		else
			parser->at++;
		return cp;
	}
	for (int i = 0; i < 2 && hex_digit(*parser->at, &cp); i++)
		parser->at++;

	return cp;
}

/* A character that an escape stands for; 0: not one character. The letter is
 * consumed where there is one. */
static uint32_t escape_char(struct parser *parser)
{
	char c = *parser->at;
	uint32_t cp = 0;

	switch (c) {
	case 'n':
		cp = '\n';
		break;
	case 't':
		cp = '\t';
		break;
	case 'r':
		cp = '\r';
		break;
	case 'x':
		parser->at++;
		return parse_hex(parser);
	default:
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || !c)
			return 0;
		parser->at += fold_decode(&cp, parser->at);
		return cp;
	}
	parser->at++;

	return cp;
}

static struct rx *parse_escape(struct parser *parser)
{
	uint32_t cp = escape_char(parser);
	struct rx *rx;
	char c;

	if (cp)
		return make_char(parser, cp);

	c = *parser->at++;
	if (c && strchr("bBAzZG", c)) {
		rx = make(parser, RX_EMPTY);
		if (rx) {
			rx->is_start = c == 'A';
			rx->is_edge = c == 'b';
		}
		return rx;
	}
	if (c && strchr("dDwWsShHvVNRX", c)) {
		rx = make(parser, RX_CLASS);
		if (rx)
			rx->is_space = c == 's' || c == 'h';
		return rx;
	}
	if ((c == 'p' || c == 'P') && *parser->at == '{') {
		const char *end = strchr(parser->at, '}');

		if (!end)
			return lost(parser);
		parser->at = end + 1;
		return make(parser, RX_CLASS);
	}
	if (c >= '1' && c <= '9')
		return make(parser, RX_OPAQUE);

	return lost(parser);
}

/* --- classes ------------------------------------------------------------ */

/* One member; false where the class becomes too large to list. */
static bool class_member(struct parser *parser, uint32_t *cpp)
{
	if (*parser->at != '\\') {
		if (parser->at[0] == '[' && parser->at[1] == ':')
			return false;
		parser->at += fold_decode(cpp, parser->at);
		return true;
	}

	parser->at++;
	*cpp = escape_char(parser);
	if (*cpp)
		return true;
	if (*parser->at)
		parser->at++;

	return false;
}

/* To behind the end of a class whose members do not matter. */
static void class_skip(struct parser *parser)
{
	for (; *parser->at && *parser->at != ']'; parser->at++) {
		if (parser->at[0] == '\\' && parser->at[1])
			parser->at++;
		else if (parser->at[0] == '[' && parser->at[1] == ':') {
			const char *end = strstr(parser->at, ":]");

			if (end)
				parser->at = end + 1;
		}
	}
	if (*parser->at)
		parser->at++;
	else
		parser->is_lost = true;
}

static struct rx *parse_class(struct parser *parser)
{
	struct rx *rx = make(parser, RX_CLASS);
	uint32_t *cpv = arena_array(parser->arena, RX_CLASS_MAX, sizeof(*cpv));
	bool is_listed = *parser->at != '^';

	if (!rx || !cpv)
		return lost(parser);
	if (!is_listed)
		parser->at++;

	/* A bracket in front is a member. */
	for (bool is_first = true;
	     is_listed && *parser->at && (is_first || *parser->at != ']');
	     is_first = false) {
		uint32_t cp, last;

		is_listed = class_member(parser, &cp);
		last = cp;
		if (is_listed && parser->at[0] == '-' && parser->at[1] &&
		    parser->at[1] != ']') {
			parser->at++;
			is_listed = class_member(parser, &last);
		}
		if (!is_listed || last < cp ||
		    last - cp >= RX_CLASS_MAX - rx->cpc) {
			is_listed = false;
			break;
		}
		for (; cp <= last; cp++)
			cpv[rx->cpc++] = cp;
	}
	if (!is_listed && *parser->at == ']' && parser->at[-1] == '^')
		parser->at++;
	class_skip(parser);
	rx->cpv = cpv;
	if (!is_listed)
		rx->cpc = 0;

	return rx;
}

/* --- groups ------------------------------------------------------------- */

enum head {
	HEAD_GROUP,
	HEAD_LOOK, /* positive: what it asks for is not seen */
	HEAD_LOOK_NOT,
	HEAD_NOTHING, /* the whole group is read */
};

static enum head parse_head(struct parser *parser)
{
	static const struct {
		const char *text;
		enum head head;
	} headv[] = {
		{"?:", HEAD_GROUP},     {"?>", HEAD_GROUP},
		{"?i:", HEAD_GROUP},    {"?=", HEAD_LOOK},
		{"?<=", HEAD_LOOK},     {"?!", HEAD_LOOK_NOT},
		{"?<!", HEAD_LOOK_NOT}, {"?i)", HEAD_NOTHING},
	};
	const char *end;

	if (*parser->at == '*')
		parser->is_lost = true;
	if (*parser->at != '?')
		return HEAD_GROUP;

	for (size_t i = 0; i < ARRAY_COUNT(headv); i++) {
		size_t len = strlen(headv[i].text);

		if (!strncmp(parser->at, headv[i].text, len)) {
			parser->at += len;
			return headv[i].head;
		}
	}

	/* (?<name>…), (?P<name>…): only the name differs. */
	end = strchr(parser->at, '>');
	if (end &&
	    (!strncmp(parser->at, "?<", 2) || !strncmp(parser->at, "?P<", 3))) {
		parser->at = end + 1;
		return HEAD_GROUP;
	}
	parser->is_lost = true;

	return HEAD_GROUP;
}

static struct rx *parse_group(struct parser *parser)
{
	enum head head = parse_head(parser);
	struct rx *rx;

	if (parser->is_lost)
		return NULL;
	if (head == HEAD_NOTHING)
		return make(parser, RX_EMPTY);

	rx = parse_alt(parser);
	if (*parser->at != ')')
		return lost(parser);
	parser->at++;

	if (head == HEAD_LOOK_NOT)
		return make(parser, RX_EMPTY);

	return head == HEAD_LOOK ? make(parser, RX_OPAQUE) : rx;
}

/* --- sequences ---------------------------------------------------------- */

static bool parse_number(struct parser *parser, int32_t *numberp)
{
	int32_t number = 0;
	const char *start = parser->at;

	for (; *parser->at >= '0' && *parser->at <= '9'; parser->at++)
		if (number < 100000)
			number = number * 10 + (*parser->at - '0');
	*numberp = number;

	return parser->at > start;
}

/* "{n}", "{n,}", "{n,m}"; anything else is no quantifier. */
static bool parse_braces(struct parser *parser, int32_t *minp, int32_t *maxp)
{
	const char *start = parser->at++;

	if (!parse_number(parser, minp))
		goto no;
	*maxp = *minp;
	if (*parser->at == ',') {
		parser->at++;
		if (!parse_number(parser, maxp))
			*maxp = RX_UNBOUNDED;
	}
	if (*parser->at != '}')
		goto no;
	parser->at++;

	return true;

no:
	parser->at = start;

	return false;
}

static bool parse_quantifier(struct parser *parser, int32_t *minp,
                             int32_t *maxp)
{
	switch (*parser->at) {
	case '*':
		*minp = 0;
		*maxp = RX_UNBOUNDED;
		parser->at++;
		break;
	case '+':
		*minp = 1;
		*maxp = RX_UNBOUNDED;
		parser->at++;
		break;
	case '?':
		*minp = 0;
		*maxp = 1;
		parser->at++;
		break;
	case '{':
		if (!parse_braces(parser, minp, maxp))
			return false;
		break;
	default:
		return false;
	}
	if (*parser->at == '?' || *parser->at == '+')
		parser->at++;

	return true;
}

static struct rx *parse_atom(struct parser *parser)
{
	struct rx *rx;
	uint32_t cp;

	switch (*parser->at) {
	case '(':
		parser->at++;
		return parse_group(parser);
	case '[':
		parser->at++;
		return parse_class(parser);
	case '.':
		parser->at++;
		rx = make(parser, RX_CLASS);
		if (rx)
			rx->is_dot = true;
		return rx;
	case '\\':
		parser->at++;
		return parse_escape(parser);
	case '^':
	case '$':
		rx = make(parser, RX_EMPTY);
		if (rx) {
			rx->is_start = *parser->at == '^';
			rx->is_end = *parser->at == '$';
		}
		parser->at++;
		return rx;
	default:
		parser->at += fold_decode(&cp, parser->at);
		return make_char(parser, cp);
	}
}

static struct rx *parse_cat(struct parser *parser)
{
	struct rx *cat = make(parser, RX_CAT), **nextp;

	if (!cat)
		return NULL;

	nextp = &cat->child;
	while (*parser->at && *parser->at != '|' && *parser->at != ')') {
		struct rx *rx = parse_atom(parser);
		int32_t min, max;

		if (parser->is_lost || !rx)
			return lost(parser);
		while (parse_quantifier(parser, &min, &max)) {
			struct rx *repeat = make(parser, RX_REPEAT);

			if (!repeat)
				return NULL;
			repeat->child = rx;
			repeat->min = min;
			repeat->max = max;
			rx = repeat;
		}
		*nextp = rx;
		nextp = &rx->next;
	}

	return cat;
}

static struct rx *parse_alt(struct parser *parser)
{
	struct rx *alt, **nextp;

	if (parser->depth++ > RX_DEPTH_MAX)
		return lost(parser);

	alt = make(parser, RX_ALT);
	if (!alt)
		return NULL;

	nextp = &alt->child;
	for (;;) {
		*nextp = parse_cat(parser);
		if (parser->is_lost || !*nextp)
			return lost(parser);
		nextp = &(*nextp)->next;
		if (*parser->at != '|')
			break;
		parser->at++;
	}
	parser->depth--;

	return alt;
}

struct rx *rx_parse(struct arena *arena, const char *text)
{
	struct parser parser = {.arena = arena, .at = text};
	struct rx *rx = parse_alt(&parser);

	return parser.is_lost || *parser.at ? NULL : rx;
}
