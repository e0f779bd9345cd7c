/*
 * test/base/test_cfg.c - the configuration file and what it is told
 */
#include <stdlib.h>
#include "base/cfg.h"
#include "harness.h"
#include "test_base.h"

static const struct cfg_key talk_keyv[] = {
	{"wait_ms", CFG_NUMBER, "4000", "100..60000", "How long to wait."},
	{"is_loud", CFG_BOOL, "no", NULL, "Whether to shout."},
	{"greeting", CFG_TEXT, "Hello", NULL, "What is said first."},
	{"count", CFG_NUMBER, "0", NULL, "Any number."},
};

static const struct cfg_key line_keyv[] = {
	{"server", CFG_TEXT, NULL, NULL, "Where the trunk is."},
	{"password", CFG_TEXT, "", NULL, "The secret."},
	{"transport", CFG_CHOICE, "udp", "udp|tcp|tls", "How to get there."},
	{"port", CFG_NUMBER, "5060", "1..65535", "The port."},
};

static const struct cfg_table talk_table = {
	.section = "talk",
	.help = "The talk.",
	.keyv = talk_keyv,
	.keyc = ARRAY_COUNT(talk_keyv),
};

static const struct cfg_table line_table = {
	.section = "line",
	.is_named = true,
	.help = "A trunk.",
	.keyv = line_keyv,
	.keyc = ARRAY_COUNT(line_keyv),
};

static const struct cfg_table *const tablev[] = {&talk_table, &line_table};

static int put_file(const char *name, const char *text, size_t len)
{
	char path[512];
	FILE *file;
	int err = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", test_dir(), name);
	file = fopen(path, "wb");
	if (!file)
		return errno;
	if (fwrite(text, 1, len, file) != len)
		err = EIO;
	if (fclose(file) && !err)
		err = errno;

	return err;
}

static int load(struct cfg **cfgp, const char *text, size_t len,
                char fault[CFG_FAULT_SIZE])
{
	char path[512];
	int err;

	err = put_file("t.conf", text, len);
	if (err)
		return err;

	(void)snprintf(path, sizeof(path), "%s/t.conf", test_dir());

	return cfg_load(cfgp, path, tablev, ARRAY_COUNT(tablev), fault);
}

int test_cfg_defaults(void)
{
	char fault[CFG_FAULT_SIZE];
	struct cfg *cfg = NULL;
	int err;

	err = cfg_load(&cfg, NULL, tablev, ARRAY_COUNT(tablev), fault);
	CHECK_ERR(0, err);
	CHECK_U64(4000, cfg_number(cfg, "talk", "wait_ms"));
	CHECK(!cfg_bool(cfg, "talk", "is_loud"));
	CHECK_STR("Hello", cfg_text(cfg, "talk", "greeting"));
	CHECK(!cfg_name(cfg, "line", 0));

out:
	mem_deref(cfg);

	return err;
}

int test_cfg_file(void)
{
	static const char text[] = "\xef\xbb\xbf# a comment\n"
				   "[talk]\n"
				   "wait_ms = 250 ; in a hurry\n"
				   "  is_loud: on\r\n"
				   "greeting = \xd0\x94\xd0\xb0 #1\n"
				   "\n"
				   "[ line  second ] # a comment\n"
				   "server = b.example\n"
				   "[line main]\n"
				   "server=a.example\n"
				   "password = file:secret\n"
				   "transport = tls\n"
				   "port = 5061";
	char fault[CFG_FAULT_SIZE] = "";
	struct cfg *cfg = NULL;
	int err;

	err = put_file("secret", "p;w =1\r\n", 8);
	CHECK_ERR(0, err);
	err = load(&cfg, text, strlen(text), fault);
	if (err)
		fprintf(stderr, "%s\n", fault);
	CHECK_ERR(0, err);

	CHECK_U64(250, cfg_number(cfg, "talk", "wait_ms"));
	CHECK(cfg_bool(cfg, "talk", "is_loud"));
	CHECK_STR("\xd0\x94\xd0\xb0 #1", cfg_text(cfg, "talk", "greeting"));
	CHECK_STR("second", cfg_name(cfg, "line", 0));
	CHECK_STR("main", cfg_name(cfg, "line", 1));
	CHECK(!cfg_name(cfg, "line", 2));
	CHECK_STR("b.example", cfg_named_text(cfg, "line", "second", "server"));
	CHECK_U64(5060, cfg_named_number(cfg, "line", "second", "port"));
	CHECK_STR("p;w =1", cfg_named_text(cfg, "line", "main", "password"));
	CHECK_STR("tls", cfg_named_text(cfg, "line", "main", "transport"));
	CHECK_U64(5061, cfg_named_number(cfg, "line", "main", "port"));

out:
	mem_deref(cfg);

	return err;
}

int test_cfg_secret_of_environment(void)
{
	static const char text[] = "[line a]\nserver = x\n"
				   "password = env:DIALWRIGHT_TEST_SECRET\n";
	char fault[CFG_FAULT_SIZE];
	struct cfg *cfg = NULL;
	int err = 0;

	err = setenv("DIALWRIGHT_TEST_SECRET", "abc", 1) ? errno : 0;
	CHECK_ERR(0, err);
	err = load(&cfg, text, strlen(text), fault);
	CHECK_ERR(0, err);
	CHECK_STR("abc", cfg_named_text(cfg, "line", "a", "password"));
	cfg = mem_deref(cfg);

	CHECK(!unsetenv("DIALWRIGHT_TEST_SECRET"));
	CHECK_ERR(EINVAL, load(&cfg, text, strlen(text), fault));
	CHECK(strstr(fault, "t.conf:3: password in [line a] needs the "
	                    "environment variable DIALWRIGHT_TEST_SECRET"));

out:
	mem_deref(cfg);

	return err;
}

#define CYRILLIC_10                                                            \
	"\xd0\xb4\xd0\xb4\xd0\xb4\xd0\xb4\xd0\xb4"                             \
	"\xd0\xb4\xd0\xb4\xd0\xb4\xd0\xb4\xd0\xb4"
#define LONG_40 "0123456789012345678901234567890123456789"

/* What the text gets as an answer, behind "<directory>/t.conf". */
static const struct {
	const char *why;
	const char *text;
	const char *fault;
} refusedv[] = {
	/* clang-format off */
	{"a letter forgotten",
	 "[line main]\n\nserver = a\nsever = b\n",
	 ":4: unknown key 'sever' in [line main]: did you mean 'server'?"},
	{"no such key",
	 "[line main]\nserver = a\ncolour = red\n",
	 ":3: unknown key 'colour' in [line main]: there are server, "
	 "password, transport, port"},
	{"no such section",
	 "[tlak]\n", ":1: unknown section [tlak]: did you mean 'talk'?"},
	{"a key of no section",
	 "wait_ms = 1\n",
	 ":1: the key 'wait_ms' stands before the first [section]"},
	{"name forgotten",
	 "[line]\n", ":1: this section needs a name: [line main]"},
	{"name too much",
	 "[talk main]\n", ":1: this section has no name: write [talk]"},
	{"name with a dot",
	 "[line a.b]\n",
	 ":1: a section's name is up to 32 letters, digits, '-' and '_', not "
	 "'a.b'"},
	{"two lines of one name",
	 "[line a]\nserver = x\n[line a]\n",
	 ":3: [line a] stands twice, first in line 1"},
	{"a section twice",
	 "[talk]\n[talk]\n", ":2: [talk] stands twice, first in line 1"},
	{"a key twice",
	 "[talk]\nwait_ms = 500\nwait_ms = 600\n",
	 ":3: wait_ms stands twice in [talk]"},
	{"continued above",
	 "[talk]\ngreeting = a\n  b\n",
	 ":3: this is neither \"[section]\" nor \"key = value\""},
	{"syntax before sense",
	 "[talk]\nnonsense\nwait_ms = x\n",
	 ":2: this is neither \"[section]\" nor \"key = value\""},
	{"bracket open",
	 "[talk\n", ":1: a ']' is missing behind the section"},
	{"two on a line",
	 "[talk] wait_ms = 3\n", ":1: a section stands on a line of its own"},
	{"no number",
	 "[talk]\nwait_ms = soon\n",
	 ":2: wait_ms in [talk] is no whole number: 'soon'"},
	{"negative",
	 "[talk]\ncount = -1\n",
	 ":2: count in [talk] is no whole number: '-1'"},
	{"a fraction",
	 "[talk]\ncount = 1.5\n",
	 ":2: count in [talk] is no whole number: '1.5'"},
	{"with a unit",
	 "[talk]\nwait_ms = 500ms\n",
	 ":2: wait_ms in [talk] is no whole number: '500ms'"},
	{"nothing for a number",
	 "[talk]\nwait_ms =\n",
	 ":2: wait_ms in [talk] is no whole number: ''"},
	{"too small",
	 "[talk]\nwait_ms = 99\n",
	 ":2: wait_ms in [talk] is 99, which is not within 100..60000"},
	{"too big",
	 "[talk]\nwait_ms = 60001\n",
	 ":2: wait_ms in [talk] is 60001, which is not within 100..60000"},
	{"more than a machine's number",
	 "[talk]\ncount = 99999999999999999999\n",
	 ":2: count in [talk] is no whole number: '99999999999999999999'"},
	{"maybe",
	 "[talk]\nis_loud = maybe\n",
	 ":2: is_loud in [talk] is neither yes nor no: 'maybe'"},
	{"wrong word",
	 "[line a]\nserver = x\ntransport = tsl\n",
	 ":3: transport in [line a] is 'tsl', which is none of udp|tcp|tls; "
	 "did you mean 'tls'?"},
	{"required",
	 "[talk]\n\n[line a]\nport = 1\n",
	 ":3: [line a] needs the key 'server': Where the trunk is."},
	{"secret's file missing",
	 "[line a]\npassword = file:/nonexistent/x\n",
	 ":2: password in [line a] needs the file /nonexistent/x: No such file "
	 "or directory"},
	{"not UTF-8",
	 "[talk]\ngreeting = \xff\n", ":2: the line is not UTF-8 text"},
	{"a word cut within a character",
	 "[x" CYRILLIC_10 CYRILLIC_10 CYRILLIC_10 CYRILLIC_10 "]\n",
	 ":1: unknown section [x" CYRILLIC_10 CYRILLIC_10 CYRILLIC_10
	 "\xd0\xb4]: there are talk, line"},
	{"a line too long",
	 "[talk]\ngreeting = " LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 "\n",
	 ":2: the line is longer than 198 bytes (put a long value into a file, "
	 "\"file:PATH\") or no text"},
	/* clang-format on */
};

int test_cfg_refused(void)
{
	char fault[CFG_FAULT_SIZE];
	struct cfg *cfg = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(refusedv); i++) {
		const char *text = refusedv[i].text, *tail;

		fault[0] = '\0';
		err = load(&cfg, text, strlen(text), fault);
		tail = strstr(fault, "/t.conf");
		tail = tail ? tail + strlen("/t.conf") : fault;

		if (err != EINVAL || strcmp(tail, refusedv[i].fault))
			fprintf(stderr, "row %zu: %s\n", i, refusedv[i].why);
		CHECK_ERR(EINVAL, err);
		CHECK_STR(refusedv[i].fault, tail);
		CHECK(!cfg);
		err = 0;
	}

	CHECK_ERR(EINVAL, load(&cfg, "[talk]\na\0b\n", 11, fault));
	CHECK_ERR(ENOENT, cfg_load(&cfg, "/nonexistent/x.conf", tablev,
	                           ARRAY_COUNT(tablev), fault));
	CHECK_STR("/nonexistent/x.conf: No such file or directory", fault);
	CHECK_ERR(EISDIR, cfg_load(&cfg, test_dir(), tablev,
	                           ARRAY_COUNT(tablev), fault));

out:
	mem_deref(cfg);

	return err;
}

int test_cfg_set(void)
{
	char fault[CFG_FAULT_SIZE] = "";
	struct cfg *cfg = NULL;
	int err;

	err = cfg_load(&cfg, NULL, tablev, ARRAY_COUNT(tablev), fault);
	CHECK_ERR(0, err);

	err = cfg_set(cfg, "talk.wait_ms", "300", fault);
	CHECK_ERR(0, err);
	CHECK_U64(300, cfg_number(cfg, "talk", "wait_ms"));
	err = cfg_set(cfg, "talk.wait_ms", "301", fault);
	CHECK_ERR(0, err);
	CHECK_U64(301, cfg_number(cfg, "talk", "wait_ms"));

	err = cfg_set(cfg, "line.main.server", "x.example", fault);
	CHECK_ERR(0, err);
	CHECK_STR("main", cfg_name(cfg, "line", 0));
	CHECK_STR("x.example", cfg_named_text(cfg, "line", "main", "server"));
	CHECK_STR("udp", cfg_named_text(cfg, "line", "main", "transport"));

	/* A wrong value leaves the right one. */
	CHECK_ERR(EINVAL, cfg_set(cfg, "talk.wait_ms", "5", fault));
	CHECK_STR("talk.wait_ms: wait_ms in [talk] is 5, which is not within "
	          "100..60000",
	          fault);
	CHECK_U64(301, cfg_number(cfg, "talk", "wait_ms"));
	CHECK_ERR(EINVAL, cfg_set(cfg, "talk", "5", fault));
	CHECK_STR("talk: write section.key or section.name.key", fault);
	CHECK_ERR(EINVAL, cfg_set(cfg, "line.server", "5", fault));
	CHECK_ERR(EINVAL, cfg_set(cfg, "talk.a.b", "5", fault));
	CHECK_ERR(EINVAL, cfg_set(cfg, "", "", fault));
	CHECK_ERR(EINVAL, cfg_set(cfg, ".", "", fault));
	CHECK_ERR(EINVAL, cfg_set(cfg, "..", "", fault));

out:
	mem_deref(cfg);

	return err;
}

int test_cfg_describe(void)
{
	static const char expected[] =
		"## `[talk]`\n\nThe talk.\n\n"
		"| key | values | default | meaning |\n"
		"| --- | --- | --- | --- |\n"
		"| `wait_ms` | 100..60000 | `4000` | How long to wait. |\n"
		"| `is_loud` | `yes`, `no` | `no` | Whether to shout. |\n"
		"| `greeting` | text | `Hello` | What is said first. |\n"
		"| `count` | whole number | `0` | Any number. |\n"
		"\n## `[line NAME]`\n\nA trunk.\n\n"
		"| key | values | default | meaning |\n"
		"| --- | --- | --- | --- |\n"
		"| `server` | text | required | Where the trunk is. |\n"
		"| `password` | text | empty | The secret. |\n"
		"| `transport` | `udp`, `tcp`, `tls` | `udp` | How to get "
		"there. |\n"
		"| `port` | 1..65535 | `5060` | The port. |\n";
	char text[2048] = "";
	FILE *out;
	int err = 0;

	out = fmemopen(text, sizeof(text), "w");
	CHECK(out);
	cfg_describe(out, tablev, ARRAY_COUNT(tablev));
	(void)fclose(out);
	CHECK_STR(expected, text);

out:
	return err;
}
