/*
 * test/harness.c - the tests of a folder: a table of functions
 */
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "harness.h"
#include "base/jmem.h"
#include "base/sum.h"
#include "oom.h"
#include "steady.h"

enum {
	DIR_SIZE = 256,
	OOM_ROUNDS = 5000, /* more allocations than any test makes */
	TEST_LIMIT_S = 150,
};

static uint32_t seed;
static char dir[DIR_SIZE];
static const char *running = "";

uint32_t test_seed(void)
{
	return seed;
}

const char *test_source(const char *path)
{
	static char full[4][1024];
	static int turn;

	turn = (turn + 1) % 4;
	(void)snprintf(full[turn], sizeof(full[turn]), "%s/%s", TEST_SOURCE,
	               path);

	return full[turn];
}

const char *test_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	if (dir[0])
		return dir;

	(void)snprintf(dir, sizeof(dir), "%s/dialwright-test-XXXXXX",
	               tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		exit(2);
	}

	return dir;
}

int test_capture_open(struct test_capture *capture)
{
	*capture = (struct test_capture){.file = tmpfile()};
	if (!capture->file)
		return errno;

	capture->before = dup(STDERR_FILENO);
	if (capture->before < 0 ||
	    dup2(fileno(capture->file), STDERR_FILENO) < 0)
		return errno;

	return 0;
}

void test_capture_close(struct test_capture *capture,
                        char shown[TEST_SHOWN_SIZE])
{
	size_t len;

	if (!capture->file)
		return;

	(void)dup2(capture->before, STDERR_FILENO);
	(void)close(capture->before);
	rewind(capture->file);
	len = fread(shown, 1, TEST_SHOWN_SIZE - 1, capture->file);
	shown[len] = '\0';
	(void)fclose(capture->file);
	capture->file = NULL;
}

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;

	return remove(path);
}

static void dir_clear(void)
{
	if (!dir[0])
		return;

	(void)nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	dir[0] = '\0';
}

static int run_once(const struct test *test)
{
	int err = test->run();

	dir_clear();

	return err;
}

/* Each round the next allocation fails, alone, until there is none left. What
 * failed may be needed, then the test ends with ENOMEM, or not, then it
 * passes. */
static int run_oom(const struct test *test)
{
	for (size_t n = 0; n < OOM_ROUNDS; n++) {
		bool has_failed;
		int err;

		/* Before arming: the failing allocation must be the test's. */
		(void)test_dir();
		(void)alarm(TEST_LIMIT_S); /* of each round */
		oom_arm(n);
		err = test->run();
		has_failed = oom_disarm();
		dir_clear();

		if (!has_failed)
			return err;
		if (err && err != ENOMEM) {
			fprintf(stderr, "allocation %zu failing: %s\n", n + 1,
			        strerror(err));
			return err;
		}
	}

	return EOVERFLOW;
}

/* Which tests are run, and how. */
struct choice {
	const char *only;
	size_t part, parts; /* every parts-th, from the part-th on */
	bool is_oom, is_list;
};

static bool is_chosen(const struct choice *choice, size_t i)
{
	return (!choice->only || strstr(testv[i].name, choice->only)) &&
	       (!choice->is_oom || testv[i].is_oom_safe) &&
	       i % choice->parts == choice->part - 1;
}

/* Where it hangs is in the report of the sanitizer that follows. */
static void alarm_handler(int sig)
{
	static const char words[] = "HANGS: ";

	(void)sig;
	(void)!write(STDERR_FILENO, words, sizeof(words) - 1);
	(void)!write(STDERR_FILENO, running, strlen(running));
	(void)!write(STDERR_FILENO, "\n", 1);
	abort();
}

static unsigned run_all(const struct choice *choice)
{
	unsigned passed = 0, failed = 0;

	(void)signal(SIGALRM, alarm_handler);
	for (size_t i = 0; i < testc; i++) {
		int err;

		if (!is_chosen(choice, i))
			continue;
		if (choice->is_list) {
			puts(testv[i].name);
			continue;
		}

		running = testv[i].name;
		(void)alarm(TEST_LIMIT_S);
		err = choice->is_oom ? run_oom(&testv[i]) : run_once(&testv[i]);
		if (err) {
			failed++;
			fprintf(stderr, "FAILED %s: %s (seed %u)\n",
			        testv[i].name, strerror(err), seed);
		}
		else {
			passed++;
		}
	}

	if (!choice->is_list)
		printf("%u passed, %u failed\n", passed, failed);

	return failed;
}

int main(int argc, char *argv[])
{
	struct choice choice = {.part = 1, .parts = 1};

	jmem_watch();
	if (sum_begin() || steady_begin())
		return 2;
	seed = (uint32_t)getpid();
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--only") && i + 1 < argc)
			choice.only = argv[++i];
		else if (!strcmp(argv[i], "--part") && i + 1 < argc &&
		         sscanf(argv[i + 1], "%zu/%zu", &choice.part,
		                &choice.parts) == 2 &&
		         choice.part && choice.part <= choice.parts)
			i++;
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			seed = (uint32_t)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--oom"))
			choice.is_oom = true;
		else if (!strcmp(argv[i], "--list"))
			choice.is_list = true;
		else {
			fprintf(stderr,
			        "usage: %s [--only TEXT] [--part I/N] "
			        "[--seed N] [--oom] [--list]\n",
			        argv[0]);
			return 2;
		}
	}

	return run_all(&choice) ? 1 : 0;
}
