/*
 * store/task_make.c - tasks and their rows as copies of what is given
 */
#include "base/texts.h"
#include "store/task.h"

/* The texts behind it. */
static void *copy(const void *obj, size_t size, mem_destroy_h *destructor,
                  const size_t *textv, size_t textc)
{
	char *p = mem_zalloc(size + texts_size(obj, textv, textc), destructor);

	if (!p)
		return NULL;

	memcpy(p, obj, size);
	texts_move(p + size, p, textv, textc);

	return p;
}

static void task_destructor(void *arg)
{
	struct task *task = arg;

	if (task->release)
		task->release(task);
	list_flush(&task->rowl);
}

struct task *task_copy(const struct task *task, size_t size,
                       const size_t *textv, size_t textc)
{
	return copy(task, size, task_destructor, textv, textc);
}

struct task *task_reserve(size_t size, size_t room)
{
	return mem_zalloc(size + room, task_destructor);
}

int task_fill(struct task *place, size_t room, const struct task *task,
              size_t size, const size_t *textv, size_t textc)
{
	char *p = (char *)place;

	if (texts_size(task, textv, textc) > room)
		return ENOBUFS;

	memcpy(p, task, size);
	texts_move(p + size, p, textv, textc);

	return 0;
}

int task_send(struct store *store, const struct task *task, size_t size,
              const size_t *textv, size_t textc)
{
	struct task *sent = task_copy(task, size, textv, textc);

	if (!sent)
		return task_lacking(store,
		                    task->is_read || task->done || task->told);

	return task_submit(store, sent);
}

int task_row(struct task *task, const void *row, size_t size,
             const size_t *textv, size_t textc)
{
	void *kept = copy(row, size, NULL, textv, textc);

	if (!kept)
		return ENOMEM;

	list_append(&task->rowl, kept, kept);

	return 0;
}
