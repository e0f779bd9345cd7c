/*
 * store/pile.c - contacts in one block: a list has millions of them
 *
 * Whoever reads a list writes its rows here as the database will have them,
 * on a thread of its own; the store takes the block as it is.
 */
#include <assert.h>
#include "base/text.h"
#include "store/pile.h"

enum {
	PILE_SIZE = 4096, /* at first */
	ESCAPE_MAX = 6,   /* bytes that one becomes */
	WORD = sizeof(uint64_t),
};

/* In front of each row; its texts with their ends follow. */
struct head {
	uint32_t row;
	uint32_t number_size;
	uint32_t variables_size;
};

struct store_pile {
	struct mbuf *mb;
	size_t count;
};

static void destructor(void *arg)
{
	struct store_pile *pile = arg;

	mem_deref(pile->mb);
}

int store_pile_alloc(struct store_pile **pilep)
{
	struct store_pile *pile;

	assert(pilep);

	pile = mem_zalloc(sizeof(*pile), destructor);
	if (!pile)
		return ENOMEM;

	pile->mb = mbuf_alloc(PILE_SIZE);
	if (!pile->mb) {
		mem_deref(pile);
		return ENOMEM;
	}
	*pilep = pile;

	return 0;
}

size_t store_pile_count(const struct store_pile *pile)
{
	return pile->count;
}

void store_pile_clear(struct store_pile *pile)
{
	mbuf_rewind(pile->mb);
	pile->count = 0;
}

/* --- writing ------------------------------------------------------------- */

/* Whether one of the bytes is below n, which is at most 128 (Mycroft). */
static bool has_less(uint64_t word, uint64_t n)
{
	const uint64_t ones = UINT64_MAX / 255;

	return (word - ones * n) & ~word & ones * 128;
}

static bool is_plain(unsigned char byte)
{
	return byte >= ' ' && byte != '"' && byte != '\\';
}

/* Bytes that JSON takes as they are, eight at a time. */
static size_t plain_span(const char *text, size_t len)
{
	const uint64_t ones = UINT64_MAX / 255;
	size_t at = 0;

	for (; len - at >= WORD; at += WORD) {
		uint64_t word;

		memcpy(&word, text + at, WORD);
		if (has_less(word, ' ') || has_less(word ^ ones * '"', 1) ||
		    has_less(word ^ ones * '\\', 1))
			break;
	}
	while (at < len && is_plain((unsigned char)text[at]))
		at++;

	return at;
}

/* A text between quotes (RFC 8259). */
static char *put_text(char *p, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	*p++ = '"';
	while (len) {
		size_t n = plain_span(text, len);
		unsigned char byte;

		memcpy(p, text, n);
		p += n;
		if (n == len)
			break;

		byte = (unsigned char)text[n];
		if (byte >= ' ') {
			*p++ = '\\';
			*p++ = text[n];
		}
		else {
			memcpy(p, "\\u00", 4);
			p[4] = hex[byte >> 4];
			p[5] = hex[byte & 15];
			p += 6;
		}
		text += n + 1;
		len -= n + 1;
	}
	*p++ = '"';

	return p;
}

static char *put_variables(char *p, const struct store_contact *contact)
{
	*p++ = '{';
	for (size_t i = 0; i < contact->varc; i++) {
		const struct store_var *var = &contact->varv[i];

		if (i)
			*p++ = ',';
		p = put_text(p, var->name, strlen(var->name));
		*p++ = ':';
		p = put_text(p, var->value, strlen(var->value));
	}
	*p++ = '}';
	*p = '\0';

	return p;
}

/* So that a row is written in one go. */
static int make_room(struct mbuf *mb, const struct store_contact *contact,
                     size_t number_size)
{
	size_t size =
		mb->pos + sizeof(struct head) + number_size + sizeof("{}");

	for (size_t i = 0; i < contact->varc; i++) {
		const struct store_var *var = &contact->varv[i];

		size += ESCAPE_MAX * (strlen(var->name) + strlen(var->value)) +
		        sizeof("\"\":\"\",");
	}
	if (size <= mb->size)
		return 0;

	return mbuf_resize(mb, size > 2 * mb->size ? size : 2 * mb->size);
}

int store_pile_put(struct store_pile *pile, const struct store_contact *contact)
{
	struct mbuf *mb = pile->mb;
	struct head head = {
		.row = contact->row,
		.number_size = (uint32_t)strlen(contact->number) + 1,
	};
	char *variables, *end;
	int err;

	err = make_room(mb, contact, head.number_size);
	if (err)
		return err;

	variables = (char *)mb->buf + mb->pos + sizeof(head) + head.number_size;
	end = put_variables(variables, contact);
	if (!text_is_utf8(variables, (size_t)(end - variables)))
		return EPROTO;

	head.variables_size = (uint32_t)(end - variables) + 1;
	(void)mbuf_write_mem(mb, (const uint8_t *)&head, sizeof(head));
	(void)mbuf_write_mem(mb, (const uint8_t *)contact->number,
	                     head.number_size);
	mb->pos += head.variables_size;
	mb->end = mb->pos;
	pile->count++;

	return 0;
}

/* --- reading ------------------------------------------------------------- */

bool pile_next(const struct store_pile *pile, size_t *posp,
               struct pile_row *row)
{
	const char *p = (const char *)pile->mb->buf + *posp;
	struct head head;

	if (*posp >= pile->mb->end)
		return false;

	memcpy(&head, p, sizeof(head));
	row->row = head.row;
	row->number = p + sizeof(head);
	row->variables = row->number + head.number_size;
	*posp += sizeof(head) + head.number_size + head.variables_size;

	return true;
}
