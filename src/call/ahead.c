/*
 * call/ahead.c - prompts made before they are needed, a few at a time
 */
#include <assert.h>
#include <stdio.h>
#include "base/mem.h"
#include "call/ahead.h"
#include "call/pieces.h"
#include "call/tickbox.h"
#include "speech/ssml.h"

struct ahead {
	struct list waitingl;
	unsigned running, max;
};

struct item {
	struct le le;    /* of those that wait */
	struct le of_le; /* of its batch */
	struct ahead_batch *batch;
	char *text;
	struct voice_prm voice;
	struct prompt_prm prm;
	struct prompt *prompt; /* NULL: it waits */
};

struct ahead_batch {
	struct ahead *ahead;
	struct prompt_prm prm;
	struct ahead_sink sink;
	struct list iteml;
	struct ahead_batch **wake; /* the letter that will start it */
	size_t itemc, made;
	char fault[CFG_FAULT_SIZE];
};

static void destructor(void *arg)
{
	const struct ahead *ahead = arg;

	assert(list_isempty(&ahead->waitingl) && !ahead->running);
	(void)ahead;
}

int ahead_alloc(struct ahead **aheadp, unsigned max)
{
	struct ahead *ahead;

	assert(aheadp && max);

	ahead = mem_zalloc(sizeof(*ahead), destructor);
	if (!ahead)
		return ENOMEM;

	ahead->max = max;
	*aheadp = ahead;

	return 0;
}

static void item_destructor(void *arg)
{
	struct item *item = arg;

	list_unlink(&item->le);
	list_unlink(&item->of_le);
	if (item->prompt)
		item->batch->ahead->running--;
	mem_deref(item->prompt);
	mem_deref(item->text);
}

static void advance(struct ahead *ahead);

static void batch_destructor(void *arg)
{
	struct ahead_batch *batch = arg;

	if (batch->wake)
		*batch->wake = NULL;
	list_flush(&batch->iteml);
	if (batch->ahead)
		advance(batch->ahead);
	mem_deref(batch->ahead);
}

int ahead_batch_alloc(struct ahead_batch **batchp, struct ahead *ahead,
                      const struct prompt_prm *prm,
                      const struct ahead_sink *sink)
{
	struct ahead_batch *batch;

	assert(batchp && ahead && prm && sink);

	batch = mem_zalloc(sizeof(*batch), batch_destructor);
	if (!batch)
		return ENOMEM;

	batch->ahead = mem_ref(ahead);
	batch->prm = *prm;
	batch->sink = *sink;
	*batchp = batch;

	return 0;
}

static int item_add(struct ahead_batch *batch, const char *text, size_t len,
                    const struct voice_prm *voice)
{
	struct item *item;

	item = mem_zalloc(sizeof(*item), item_destructor);
	if (!item)
		return ENOMEM;

	item->batch = batch;
	item->voice = *voice;
	item->prm = batch->prm;
	item->prm.voice = &item->voice;
	item->text = mem_zalloc(len + 1, NULL);
	if (!item->text) {
		mem_deref(item);
		return ENOMEM;
	}

	memcpy(item->text, text, len);
	list_append(&batch->iteml, &item->of_le, item);
	batch->itemc++;

	return 0;
}

/* Each piece of a long text takes its turn: a prompt would ask the voices for
 * all of them at once. */
int ahead_add(struct ahead_batch *batch, const char *text,
              const struct voice_prm *voice)
{
	const char *rest;
	size_t len;
	int err = 0;

	if (prompt_kind(text, &rest) != PROMPT_TEXT || ssml_is(text))
		return item_add(batch, text, strlen(text), voice);

	while (!err && (len = pieces_first(text))) {
		err = item_add(batch, text, len, voice);
		text += len;
	}

	return err;
}

/* --- running -------------------------------------------------------------- */

static void end(struct ahead_batch *batch)
{
	if (batch->sink.done)
		batch->sink.done(*batch->fault ? batch->fault : NULL,
		                 batch->sink.arg);
}

/* One item is over; its owner may free the batch. */
static void item_over(struct item *item, const char *fault)
{
	struct ahead_batch *batch = item->batch;
	struct ahead *ahead = mem_ref(batch->ahead);

	mem_ref(batch);
	if (fault && !*batch->fault)
		(void)snprintf(batch->fault, sizeof(batch->fault),
		               "\"%.60s\": %s", item->text, fault);
	mem_deref(item);
	batch->made++;
	if (*batch->fault) {
		struct le *le, *next;

		for (le = list_head(&batch->iteml); le; le = next) {
			next = le->next;
			if (!((struct item *)le->data)->prompt)
				mem_deref(le->data);
		}
	}

	if (batch->sink.progress)
		batch->sink.progress(batch->made, batch->itemc,
		                     batch->sink.arg);
	if (list_isempty(&batch->iteml) && mem_nrefs(batch) > 1)
		end(batch);
	mem_deref(batch);
	advance(ahead);
	mem_deref(ahead);
}

static void sound_handler(struct voice_sound *sound, void *arg)
{
	(void)sound;
	(void)arg;
}

static void done_handler(const char *fault, void *arg)
{
	item_over(arg, fault);
}

/* Takes from those that wait as many as may run. */
static void advance(struct ahead *ahead)
{
	struct le *le;

	while (ahead->running < ahead->max &&
	       (le = list_head(&ahead->waitingl))) {
		struct item *item = le->data;
		const struct prompt_sink sink = {sound_handler, done_handler,
		                                 item};
		const char *const itemv[] = {item->text};
		int err;

		list_unlink(le);
		err = prompt_fetch(&item->prompt, &item->prm, itemv, 1, &sink);
		if (err) {
			item_over(item, strerror(err));
			return;
		}
		ahead->running++;
	}
}

static void start_handler(void *arg)
{
	struct ahead_batch **wake = arg, *batch = *wake;
	struct le *le;

	mem_deref(wake);
	if (!batch)
		return;

	batch->wake = NULL;
	if (list_isempty(&batch->iteml)) {
		end(batch);
		return;
	}
	LIST_FOREACH (&batch->iteml, le) {
		struct item *item = le->data;

		list_append(&batch->ahead->waitingl, &item->le, item);
	}
	advance(batch->ahead);
}

int ahead_start(struct ahead_batch *batch)
{
	struct ahead_batch **wake;
	int err;

	wake = mem_zalloc(sizeof(*wake), NULL);
	if (!wake)
		return ENOMEM;

	*wake = batch;
	err = tickbox_report(start_handler, wake);
	if (err)
		mem_deref(wake);
	else
		batch->wake = wake;

	return err;
}
