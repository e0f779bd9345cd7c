/*
 * phone/media_loop.c - threads that tick every 20 ms for many streams
 *
 * A loop's time is counted in turns of 2 ms; turn n serves slot n modulo 10.
 * The schedule is absolute, so it does not drift. One thread per loop; what
 * the other side reads are atomic counters with one writer.
 */
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/prefetch.h"
#include "phone/media_loop.h"
#include "phone/stream.h"

enum {
	TURN_US = PHONE_TICK_MS * 1000 / MEDIA_SLOTS,
	BOX_LIMIT = 1 << 18, /* messages: some for every stream possible */
	IDLE_US = 1000000,   /* a loop without tasks looks up so often */
	RETRY_US = 20000,    /* and with letters that home did not take */
	STALL_US = 100000,   /* later than that ticks are left out */
	LATE_US = 5000,
	NICE = -10,            /* where the system lets us: sound comes first */
	PREFETCH_BYTES = 1024, /* of a task: where the tick's fields are */
};

struct media_loop {
	struct mailbox *box;
	struct mailbox *home;
	pthread_t thread;
	bool has_thread;
	unsigned streams; /* control's */
	atomic_bool is_stopping;

	/* the thread's */
	uint64_t base_us;  /* of turn 0 */
	uint64_t turn;     /* the next */
	uint64_t left_out; /* rounds, after stalls */
	struct list slotv[MEDIA_SLOTS];
	unsigned slotcv[MEDIA_SLOTS];
	unsigned taskc;
	struct list leavingl;
	struct list letterl;

	/* written by the thread */
	_Atomic uint64_t ticks;
	_Atomic uint64_t late_ticks;
	_Atomic uint64_t latenessv[MEDIA_BUCKETS];
};

struct media_loops {
	unsigned port_turn;
	unsigned n;
	struct media_loop *loopv[];
};

/* --- the thread ---------------------------------------------------------- */

static void count_up(_Atomic uint64_t *counter, uint64_t n)
{
	/* One writer: no need for a locked instruction. */
	atomic_store_explicit(
		counter,
		atomic_load_explicit(counter, memory_order_relaxed) + n,
		memory_order_relaxed);
}

/* Of n ticks. */
static void note_lateness(struct media_loop *loop, uint64_t late_us, uint64_t n)
{
	uint64_t bucket = late_us / MEDIA_BUCKET_US;

	if (bucket >= MEDIA_BUCKETS)
		bucket = MEDIA_BUCKETS - 1;
	count_up(&loop->ticks, n);
	if (late_us > LATE_US)
		count_up(&loop->late_ticks, n);
	count_up(&loop->latenessv[bucket], n);
}

static void send_letters(struct media_loop *loop)
{
	struct le *le;

	while ((le = list_head(&loop->letterl))) {
		struct media_letter *letter = le->data;

		/* Once posted it is no longer ours to unlink. */
		list_unlink(le);
		if (mailbox_post(loop->home, letter->handler, letter)) {
			list_prepend(&loop->letterl, le, letter);
			return;
		}
	}
}

void media_loop_tell(struct media_loop *loop, struct media_letter *letter)
{
	list_append(&loop->letterl, &letter->le, letter);
	send_letters(loop);
}

void media_loop_attach(struct media_loop *loop, struct media_task *task)
{
	unsigned best = 0;

	/* Nobody waited for the turns of a loop without tasks. */
	if (!loop->taskc)
		loop->turn = (clock_us() - loop->base_us) / TURN_US + 1;

	for (unsigned i = 1; i < MEDIA_SLOTS; i++) {
		if (loop->slotcv[i] < loop->slotcv[best])
			best = i;
	}

	task->slot = best;
	task->seen = loop->left_out;
	list_append(&loop->slotv[best], &task->le, task);
	loop->slotcv[best]++;
	loop->taskc++;
}

/* The next turn that has tasks. */
static uint64_t next_turn(const struct media_loop *loop)
{
	uint64_t turn = loop->turn;

	assert(loop->taskc);

	while (!loop->slotcv[turn % MEDIA_SLOTS])
		turn++;

	return turn;
}

static void wait_for_turn(struct media_loop *loop)
{
	struct pollfd pollfd = {.fd = mailbox_fd(loop->box), .events = POLLIN};
	uint64_t now_us = clock_us();
	uint64_t wait_us = IDLE_US;
	struct timespec wait;

	if (loop->taskc) {
		uint64_t due_us = loop->base_us + next_turn(loop) * TURN_US;

		wait_us = due_us > now_us ? due_us - now_us : 0;
	}
	if (!list_isempty(&loop->letterl) && wait_us > RETRY_US)
		wait_us = RETRY_US;

	wait.tv_sec = (time_t)(wait_us / 1000000);
	wait.tv_nsec = (long)(wait_us % 1000000) * 1000;
	if (ppoll(&pollfd, 1, &wait, NULL) > 0)
		mailbox_drain(loop->box);
}

/* The next task's memory comes while this one's tick runs. */
static void prefetch_task(const struct le *le)
{
	static_assert(
		offsetof(struct media_task, le) == 0,
		"to look the task up in the link would be to wait for it");

	prefetch(le, PREFETCH_BYTES);
}

static void run_slot(struct media_loop *loop, unsigned slot, uint64_t due_us)
{
	struct le *le = list_head(&loop->slotv[slot]);

	while (le) {
		struct media_task *task = le->data;
		uint64_t now_us = clock_us();

		le = le->next;
		if (le)
			prefetch_task(le);

		note_lateness(loop, now_us - due_us, 1);
		task->missed = loop->left_out - task->seen;
		task->seen = loop->left_out;
		if (task->tick(task, now_us))
			continue;

		list_unlink(&task->le);
		list_append(&loop->leavingl, &task->le, task);
		loop->slotcv[slot]--;
		loop->taskc--;
	}
}

static void run_turn(struct media_loop *loop)
{
	uint64_t turn, due_us, now_us;

	if (!loop->taskc)
		return;

	turn = next_turn(loop);
	due_us = loop->base_us + turn * TURN_US;
	now_us = clock_us();
	if (now_us < due_us)
		return;

	run_slot(loop, turn % MEDIA_SLOTS, due_us);

	/* After a stall (a frozen machine) a burst of old ticks would help
	 * nobody: leave out whole rounds, which keeps all slots apart. Each of
	 * their ticks was late. */
	if (now_us - due_us > STALL_US) {
		uint64_t rounds = (now_us - due_us) / TURN_US / MEDIA_SLOTS;

		note_lateness(loop, now_us - due_us, rounds * loop->taskc);
		turn += rounds * MEDIA_SLOTS;
		loop->left_out += rounds;
	}
	loop->turn = turn + 1;
}

static void let_go(struct media_loop *loop)
{
	struct le *le;

	if (list_isempty(&loop->leavingl))
		return;

	/* What was posted for them before they asked to end is in the box by
	 * now, and must find them alive. */
	mailbox_drain(loop->box);
	while ((le = list_head(&loop->leavingl))) {
		struct media_task *task = le->data;

		list_unlink(le);
		task->left(task);
	}
}

static void *thread_main(void *arg)
{
	struct media_loop *loop = arg;

	/* Of this thread alone, on Linux. */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	loop->base_us = clock_us();
	while (!atomic_load(&loop->is_stopping)) {
		wait_for_turn(loop);
		run_turn(loop);
		let_go(loop);
		send_letters(loop);
	}

	return NULL;
}

/* --- control's side ------------------------------------------------------ */

static void wake(void *arg)
{
	(void)arg;
}

static void loop_destructor(void *arg)
{
	struct media_loop *loop = arg;

	if (loop->has_thread) {
		atomic_store(&loop->is_stopping, true);
		/* If this fails it sees the flag when it looks up. */
		(void)mailbox_post(loop->box, wake, NULL);
		(void)pthread_join(loop->thread, NULL);
	}
	assert(!loop->taskc);
	mem_deref(loop->box);
	mem_deref(loop->home);
}

/* Signals are for the main thread. */
static int start_thread(struct media_loop *loop, unsigned number)
{
	sigset_t all, before;
	char name[16];
	int err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&loop->thread, NULL, thread_main, loop);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		return err;

	loop->has_thread = true;
	(void)snprintf(name, sizeof(name), "media-%u", number);
	(void)pthread_setname_np(loop->thread, name);

	return 0;
}

static int loop_alloc(struct media_loop **loopp, unsigned number,
                      struct mailbox *home)
{
	struct media_loop *loop;
	int err;

	loop = mem_zalloc(sizeof(*loop), loop_destructor);
	if (!loop)
		return ENOMEM;

	loop->home = mem_ref(home);
	err = mailbox_alloc(&loop->box, BOX_LIMIT);
	if (err)
		goto out;

	err = start_thread(loop, number);

out:
	if (err)
		mem_deref(loop);
	else
		*loopp = loop;

	return err;
}

static void loops_destructor(void *arg)
{
	struct media_loops *loops = arg;

	for (unsigned i = 0; i < loops->n; i++)
		mem_deref(loops->loopv[i]);
}

int media_loops_alloc(struct media_loops **loopsp, unsigned n,
                      struct mailbox *home)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct media_loops *loops;
	int err = 0;

	assert(loopsp && home);

	if (!n)
		n = cores > 0 ? (unsigned)cores : 1;

	loops = mem_zalloc(sizeof(*loops) + n * sizeof(loops->loopv[0]),
	                   loops_destructor);
	if (!loops)
		return ENOMEM;

	while (!err && loops->n < n) {
		err = loop_alloc(&loops->loopv[loops->n], loops->n, home);
		if (!err)
			loops->n++;
	}

	if (err)
		mem_deref(loops);
	else
		*loopsp = loops;

	return err;
}

struct media_loop *media_loop_take(struct media_loops *loops)
{
	struct media_loop *best = loops->loopv[0];

	for (unsigned i = 1; i < loops->n; i++) {
		if (loops->loopv[i]->streams < best->streams)
			best = loops->loopv[i];
	}
	best->streams++;

	return best;
}

void media_loop_give(struct media_loop *loop)
{
	assert(loop->streams);

	loop->streams--;
}

unsigned *media_loops_port_turn(struct media_loops *loops)
{
	return &loops->port_turn;
}

int media_loop_post(struct media_loop *loop, mailbox_h *handler, void *arg)
{
	return mailbox_post(loop->box, handler, arg);
}

void media_loops_lateness(const struct media_loops *loops,
                          struct media_lateness *lateness)
{
	*lateness = (struct media_lateness){0};
	for (unsigned i = 0; i < loops->n; i++) {
		for (size_t k = 0; k < MEDIA_BUCKETS; k++)
			lateness->countv[k] +=
				atomic_load(&loops->loopv[i]->latenessv[k]);
	}
}

uint32_t media_lateness_p99_us(const struct media_lateness *lateness)
{
	uint64_t sum = 0, below = 0;
	uint32_t bucket = 0;

	for (size_t k = 0; k < MEDIA_BUCKETS; k++)
		sum += lateness->countv[k];
	while (below * 100 < sum * 99)
		below += lateness->countv[bucket++];

	return bucket * MEDIA_BUCKET_US;
}

void media_loops_load(const struct media_loops *loops, struct phone_load *load)
{
	struct media_lateness lateness;

	*load = (struct phone_load){0};
	for (unsigned i = 0; i < loops->n; i++) {
		const struct media_loop *loop = loops->loopv[i];

		load->ticks += atomic_load(&loop->ticks);
		load->late_ticks += atomic_load(&loop->late_ticks);
		load->legs += loop->streams;
	}
	media_loops_lateness(loops, &lateness);
	load->late_p99_us = media_lateness_p99_us(&lateness);
}
