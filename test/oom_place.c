/*
 * test/oom_place.c - the places of the program that allocate
 *
 * Runs inside malloc(): it allocates nothing, takes no lock, and is not looked
 * at by the sanitizers.
 */
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>
#include "oom_place.h"

#define EARLY __attribute__((no_sanitize("address", "undefined", "thread")))

enum {
	SPANS_MAX = 512,
	DEPTH_MAX = 200,
};

struct span {
	uintptr_t begin, end;
};

struct spans {
	struct span v[SPANS_MAX];
	size_t c;
};

/* What ends the process, or writes through NULL, where it gets no memory: no
 * caller can help that. */
static const char *const sparedv[] = {
	"libpocketsphinx", /* ckd_alloc.c: exits */
	"libsphinxbase",
	"libflite", /* cst_alloc.c: exits */
	"libespeak-ng",
	"libonig",    /* test/flow/spare.c */
	"librdkafka", /* rd.h: asserts */
	"libspandsp",
	"libspeexdsp",
	/* preprocess.c: writes through NULL */ "ld-linux", /* storage of a
                                                               thread: exits */
};

/* From the linker. */
extern const char __executable_start, etext;

static struct oom_place *tablev; /* NULL: nobody asks */
static struct spans through, spared;
static bool is_everything_seen;
static bool is_chosen; /* AT or SKIP was given */
static uint64_t at_offset, skip, count = 1;
static _Atomic uint64_t turn;
static _Thread_local bool is_inside;

/* --- what the variables say ---------------------------------------------- */

static void give_up(const char *what)
{
	fprintf(stderr, "%s\n", what);
	_exit(2);
}

static void span_add(struct spans *spans, uintptr_t begin, uintptr_t end)
{
	if (spans->c == SPANS_MAX)
		give_up("more spans of code than test/oom_place.c holds");
	spans->v[spans->c++] = (struct span){begin, end};
}

static int library_handler(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char *leaf = strrchr(info->dlpi_name, '/');
	bool is_spared = false;

	(void)size;
	(void)arg;

	for (size_t i = 0; leaf && i < sizeof(sparedv) / sizeof(*sparedv); i++)
		is_spared = is_spared || strstr(leaf, sparedv[i]);
	for (size_t i = 0; is_spared && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t begin = info->dlpi_addr + part->p_vaddr;

		if (part->p_type == PT_LOAD && part->p_flags & PF_X)
			span_add(&spared, begin, begin + part->p_memsz);
	}

	return 0;
}

static void spans_read(struct spans *spans, const char *name)
{
	const char *text = getenv(name);
	uintptr_t start = (uintptr_t)&__executable_start;
	char *end;

	while (text && *text) {
		uintptr_t begin = strtoull(text, &end, 16);

		if (*end != '-')
			give_up("a list of spans is none");
		text = end + 1;
		span_add(spans, start + begin,
		         start + strtoull(text, &end, 16));
		text = *end ? end + 1 : end;
	}
}

static uint64_t number_of(const char *name, int base, uint64_t fallback)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, base) : fallback;
}

static void table_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *map = MAP_FAILED;

	if (fd >= 0) {
		map = mmap(NULL, OOM_TABLE_SIZE, PROT_READ | PROT_WRITE,
		           MAP_SHARED, fd, 0);
		(void)close(fd);
	}
	if (map == MAP_FAILED)
		give_up("DIALWRIGHT_OOM_TABLE cannot be opened");
	tablev = map;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("DIALWRIGHT_OOM_TABLE");

	if (!path)
		return;

	(void)dl_iterate_phdr(library_handler, NULL);
	spans_read(&through, "DIALWRIGHT_OOM_THROUGH");
	spans_read(&spared, "DIALWRIGHT_OOM_SPARED");
	at_offset = number_of("DIALWRIGHT_OOM_AT", 16, 0);
	skip = number_of("DIALWRIGHT_OOM_SKIP", 10, 0);
	count = number_of("DIALWRIGHT_OOM_COUNT", 10, 1);
	is_chosen = at_offset || getenv("DIALWRIGHT_OOM_SKIP");
	is_everything_seen = is_chosen || !getenv("DIALWRIGHT_OOM_REFUSED");
	table_open(path);
}

/* --- inside malloc() ----------------------------------------------------- */

struct walk {
	uintptr_t caller, place;
	unsigned depth;
	bool has_begun, is_spared;
};

EARLY static bool is_in(const struct spans *spans, uintptr_t address)
{
	for (size_t i = 0; i < spans->c; i++) {
		if (address >= spans->v[i].begin && address < spans->v[i].end)
			return true;
	}

	return false;
}

EARLY static _Unwind_Reason_Code frame(struct _Unwind_Context *context,
                                       void *arg)
{
	uintptr_t address = (uintptr_t)_Unwind_GetIP(context);
	struct walk *walk = arg;

	if (++walk->depth > DEPTH_MAX)
		return _URC_NORMAL_STOP;
	if (!walk->has_begun && address != walk->caller)
		return _URC_NO_REASON;

	walk->has_begun = true;
	walk->is_spared = walk->is_spared || is_in(&spared, address);
	if (address < (uintptr_t)&__executable_start ||
	    address >= (uintptr_t)&etext)
		return _URC_NO_REASON;

	walk->place = address;

	return is_in(&through, address) ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

/* Its row; NULL where the table is full. */
EARLY static struct oom_place *row_of(uint64_t offset)
{
	uint64_t at = offset * 0x9e3779b97f4a7c15 >> 50;

	for (size_t i = 0; i < OOM_PLACES; i++) {
		struct oom_place *row = &tablev[(at + i) % OOM_PLACES];
		uint64_t empty = 0;

		if (row->offset == offset ||
		    atomic_compare_exchange_strong(&row->offset, &empty,
		                                   offset) ||
		    empty == offset)
			return row;
	}

	return NULL;
}

EARLY static bool is_turn(uint64_t offset)
{
	uint64_t mine;

	if (!is_chosen || (at_offset && offset != at_offset))
		return false;

	mine = turn++;

	return mine >= skip && mine - skip < count;
}

EARLY bool oom_place_must_fail(void *caller, bool is_due)
{
	struct walk walk = {.caller = (uintptr_t)caller};
	struct oom_place *row;
	uint64_t offset;

	if (!tablev || is_inside || !(is_due || is_everything_seen))
		return is_due;

	is_inside = true;
	(void)_Unwind_Backtrace(frame, &walk);
	is_inside = false;
	if (!walk.place)
		return is_due;

	/* The call itself, not what comes after it. */
	offset = walk.place - 1 - (uintptr_t)&__executable_start;
	row = row_of(offset);
	if (!row)
		return is_due;

	row->reached++;
	row->spared += walk.is_spared ? 1 : 0;
	if (!is_due && !walk.is_spared)
		is_due = is_turn(offset);
	row->refused += is_due ? 1 : 0;

	return is_due;
}
