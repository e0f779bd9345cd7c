/*
 * fuzz/fuzz_replies.c - any bytes as the answer of a service over HTTP
 *
 * The first line is where the text is to be looked for (a JSON pointer or a
 * regular expression) and a template; the rest is the body.
 */
#include <assert.h>
#include "base/mem.h"
#include "base/text.h"
#include "speech/oneshot.h"
#include "speech/pick.h"
#include "speech/template.h"
#include "speech/variants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	TEXT_SIZE = 64,
};

static void pick_try(const char *where, const char *body, size_t n)
{
	char fault[CFG_FAULT_SIZE], text[TEXT_SIZE];
	struct pick *pick;
	json_t *root;

	if (pick_alloc(&pick, where, fault))
		return;

	if (pick_is_pointer(pick)) {
		root = json_loadb(body, n, 0, NULL);
		(void)pick_json(pick, text, sizeof(text), root);
		json_decref(root);
	}
	else {
		(void)pick_body(pick, text, sizeof(text), body, n);
	}
	assert(text_is_utf8(text, strlen(text)));
	mem_deref(pick);
}

static void template_try(const char *text, const char *body)
{
	static const char *const namev[] = {"lang"};
	const struct template_value value = {"lang", body};
	struct mbuf *mb = mbuf_alloc(64);

	if (mb && !template_write(mb, text, TEMPLATE_JSON, &value, 1)) {
		assert(!template_unknown(text, namev, 1));
		assert(strlen((char *)mb->buf) == mb->end);
	}
	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char said[SERVICE_WHY_SIZE];
	struct variants variants;
	char *text, *body;
	size_t n;

	text = mem_zalloc(size + 1, NULL);
	if (!text)
		return 0;
	memcpy(text, data, size);
	body = memchr(text, '\n', size);
	if (body)
		*body++ = '\0';
	else
		body = text + size;
	n = size - (size_t)(body - text);

	(void)oneshot_said(body, n, said);
	assert(text_is_utf8(said, strlen(said)));
	if (!variants_parse(&variants, body, n))
		assert(text_is_utf8(variants.text, strlen(variants.text)));
	pick_try(text, body, n);
	template_try(text, body);
	mem_deref(text);

	return 0;
}
