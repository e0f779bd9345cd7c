/*
 * test/base/test_httpd.c - the HTTP server: questions, answers, refusals
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "httpd_rig.h"
#include "test_base.h"

#define ASK(method, target, more)                                              \
	method " " target                                                      \
	       " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" more    \
	       "\r\n"

/* clang-format off */
static const struct {
	const char *why;
	const char *request;
	const char *status;
	const char *has; /* in the answer; NULL: nothing more */
} answerv[] = {
	{"a plain answer", ASK("GET", "/hello", ""), "200",
	 "\r\n\r\nhello you\n"},
	{"it is not kept by anybody", ASK("GET", "/hello", ""), "200",
	 "Cache-Control: no-store\r\n"},
	{"nor guessed", ASK("GET", "/hello", ""), "200",
	 "X-Content-Type-Options: nosniff\r\n"},
	{"a query with escapes and plus",
	 ASK("GET", "/hello?name=%D0%94%D0%B0+%26+no", ""), "200",
	 "hello Да & no\n"},
	{"a line end in a value", ASK("GET", "/hello?name=a%0Ab", ""), "200",
	 "hello a\nb\n"},
	{"NUL in a value", ASK("GET", "/hello?name=a%00b", ""), "400",
	 "application/problem+json"},
	{"a control character in a value", ASK("GET", "/hello?name=%07", ""),
	 "400", NULL},
	{"a control character in a name", ASK("GET", "/hello?na%0Ame=1", ""),
	 "400", NULL},
	{"half a character", ASK("GET", "/hello?name=%D0", ""), "400", NULL},
	{"half an escape", ASK("GET", "/hello?name=%4", ""), "400", NULL},
	{"an escape that is none", ASK("GET", "/hello?name=%zz", ""), "400",
	 NULL},
	{"NUL in the path", ASK("GET", "/items/a%00b", ""), "400", NULL},
	{"a parameter", ASK("GET", "/items/42", ""), "200", "id=42 rest=-"},
	{"a parameter with a slash inside",
	 ASK("GET", "/items/a%2Fb", ""), "200", "id=a/b rest=-"},
	{"an empty parameter", ASK("GET", "/items/", ""), "404", NULL},
	{"a parameter that goes up", ASK("GET", "/items/%2E%2E", ""), "400",
	 NULL},
	{"the rest of a path", ASK("GET", "/items/7/of/a/b.wav", ""), "200",
	 "id=7 rest=a/b.wav"},
	{"the rest that goes up", ASK("GET", "/items/7/of/a/../b", ""), "400",
	 NULL},
	{"a path that breaks out of its header",
	 ASK("GET", "/items/a%0D%0AX-Evil:%201", ""), "400", NULL},
	{"no such path", ASK("GET", "/nothing", ""), "404", "\"remedy\":"},
	{"a longer path", ASK("GET", "/hello/", ""), "404", NULL},
	{"another method", ASK("PUT", "/items/7", "Content-Length: 0\r\n"),
	 "405", "Allow: GET, HEAD, DELETE\r\n"},
	{"a body where none is", ASK("DELETE", "/items/7",
	 "Content-Length: 3\r\n") "abc", "413", "takes no body"},
	{"a problem", ASK("GET", "/problem", ""), "409",
	 "{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409,"
	 "\"detail\":\"It is \\\"there\\\" already.\",\"remedy\":\"Take "
	 "another name.\",\"field\":\"name\"}"},
	{"nobody answers", ASK("GET", "/forget", ""), "500", "not answered"},
	{"an answer that comes later", ASK("GET", "/later", ""), "200",
	 "later"},
	{"a body", ASK("POST", "/echo", "Content-Length: 5\r\n") "12345", "200",
	 "\r\n\r\n12345"},
	{"a body in chunks", ASK("POST", "/echo", "Transfer-Encoding: chunked"
	 "\r\n") "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "200", "\r\n\r\nabcde"},
	{"an empty body in chunks", ASK("POST", "/echo", "Transfer-Encoding: "
	 "chunked\r\n") "0\r\n\r\n", "200", "Content-Length: 0\r\n"},
	{"an empty body", ASK("POST", "/echo", "Content-Length: 0\r\n"), "200",
	 "Content-Length: 0\r\n"},
	{"a body that is announced too large",
	 ASK("POST", "/echo", "Content-Length: 1001\r\n"), "413",
	 "larger than 1000 bytes"},
	{"a form", ASK("POST", "/form", "Content-Length: 15\r\nContent-Type: "
	 "application/x-www-form-urlencoded\r\n") "a=1&b=%D0%94+z1", "200",
	 "a=1;b=Д z1;file / 0 "},
	{"a form with NUL", ASK("POST", "/form", "Content-Length: 7\r\n"
	 "Content-Type: application/x-www-form-urlencoded\r\n") "a=1%002",
	 "400", NULL},
	{"a form that is none", ASK("POST", "/form", "Content-Length: 2\r\n"
	 "Content-Type: text/plain\r\n") "hi", "415", NULL},
	{"a form with a file", ASK("POST", "/form", "Content-Length: 210\r\n"
	 "Content-Type: multipart/form-data; boundary=XX\r\n")
	 "--XX\r\nContent-Disposition: form-data; name=\"lang\"\r\n\r\nru\r\n"
	 "--XX\r\nContent-Disposition: form-data; name=\"sound\"; "
	 "filename=\"../up/a.wav\"\r\nContent-Type: audio/wav\r\n\r\n"
	 "RIFFabcdefghijklmnopqrstuvwxyz0123456789\r\n--XX--\r\n", "200",
	 "lang=ru;file sound/a.wav 40 RIFF"},
	{"an upload", ASK("PUT", "/upload", "Content-Length: 6\r\n") "abcdef",
	 "200", "file / 6 abcd"},
	{"no token", ASK("POST", "/secret", "Content-Length: 2\r\n") "hi",
	 "401", "A token is needed"},
	{"a wrong token", ASK("GET", "/secret", "Authorization: Bearer s3creT"
	 "\r\n"), "401", NULL},
	{"the token", ASK("POST", "/secret", "Authorization: bearer  s3cret\r\n"
	 "Content-Length: 2\r\n") "hi", "200", "\r\n\r\nhi"},
	{"what check set, with a body", ASK("POST", "/echo",
	 "Content-Length: 2\r\n") "hi", "200", "X-Checked: yes"},
	{"without one", ASK("GET", "/hello", ""), "200", "X-Checked: yes"},
	{"with an upload", ASK("PUT", "/upload", "Content-Length: 6\r\n")
	 "abcdef", "200", "X-Checked: yes"},
	{"with a no", ASK("POST", "/secret", "Content-Length: 2\r\n") "hi",
	 "401", "X-Checked: yes"},
	{"all bytes", ASK("GET", "/digits", ""), "200", "Accept-Ranges: bytes"},
	{"a range", ASK("GET", "/digits", "Range: bytes=2-4\r\n"), "206",
	 "Content-Range: bytes 2-4/10"},
	{"its bytes", ASK("GET", "/digits", "Range: bytes=2-4\r\n"), "206",
	 "\r\n\r\n234"},
	{"the end", ASK("GET", "/digits", "Range: bytes=-3\r\n"), "206",
	 "\r\n\r\n789"},
	{"from somewhere", ASK("GET", "/digits", "Range: bytes=8-\r\n"), "206",
	 "\r\n\r\n89"},
	{"to behind the end", ASK("GET", "/digits", "Range: bytes=8-99\r\n"),
	 "206", "\r\n\r\n89"},
	{"from behind the end", ASK("GET", "/digits", "Range: bytes=10-\r\n"),
	 "416", "Content-Range: bytes */10"},
	{"nothing of the end", ASK("GET", "/digits", "Range: bytes=-0\r\n"),
	 "416", NULL},
	{"a range backwards is none", ASK("GET", "/digits", "Range: bytes=4-2"
	 "\r\n"), "200", "0123456789"},
	{"two ranges are not understood",
	 ASK("GET", "/digits", "Range: bytes=0-1,4-5\r\n"), "200",
	 "0123456789"},
	{"a huge number", ASK("GET", "/digits",
	 "Range: bytes=99999999999999999999-\r\n"), "200", "0123456789"},
	{"a range of what it was", ASK("GET", "/digits",
	 "Range: bytes=0-0\r\nIf-Range: \"v0\"\r\n"), "200", "0123456789"},
	{"a range of what it is", ASK("GET", "/digits",
	 "Range: bytes=0-0\r\nIf-Range: \"v1\"\r\n"), "206", "\r\n\r\n0"},
	{"known already", ASK("GET", "/digits", "If-None-Match: \"v1\"\r\n"),
	 "304", "ETag: \"v1\""},
	{"a part of a file", ASK("GET", "/file", "Range: bytes=0-9\r\n"), "206",
	 "Content-Length: 10\r\n"},
	{"another server's name",
	 "GET /hello HTTP/1.1\r\nHost: evil.example\r\n"
	 "Connection: close\r\n\r\n", "421", NULL},
	{"an address", "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"
	 "Connection: close\r\n\r\n", "200", NULL},
	{"no HTTP", "NONSENSE\r\n\r\n", "", NULL},
	{"no host", "GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n", "400",
	 NULL},
	{"a WebSocket that is none", ASK("GET", "/socket", ""), "426", NULL},
			/* clang-format on */
};

static int client_answers(struct httpd_rig *rig)
{
	char status[32], *answer = mem_zalloc(HTTPD_RIG_ANSWER, NULL);
	int err = answer ? 0 : ENOMEM;

	for (size_t i = 0; !err && i < ARRAY_COUNT(answerv); i++) {
		bool is_good;

		err = client_ask(rig, answerv[i].request, answer,
		                 HTTPD_RIG_ANSWER);
		(void)snprintf(status, sizeof(status), "HTTP/1.1 %s",
		               answerv[i].status);
		is_good = *answerv[i].status
		                  ? !strncmp(answer, status, strlen(status))
		                  : strncmp(answer, "HTTP/1.1 2", 10) != 0;
		if (answerv[i].has && !strstr(answer, answerv[i].has))
			is_good = false;
		if (!is_good)
			fprintf(stderr, "row %zu: %s\n%s\n", i, answerv[i].why,
			        answer);
		CHECK(is_good);
	}

out:
	mem_deref(answer);

	return err;
}

int test_httpd_answers(void)
{
	struct httpd_rig rig = {.server = NULL};
	int err;

	err = httpd_rig_init(&rig);
	if (!err)
		err = httpd_rig_run(&rig, client_answers);
	httpd_rig_end(&rig);

	return err;
}

static unsigned count(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;

	return n;
}

static int client_connection(struct httpd_rig *rig)
{
	static const char three[] =
		"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
		"GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"
		"GET /items/9 HTTP/1.1\r\nHost: localhost\r\n"
		"Connection: close\r\n\r\n";
	char answer[4096], piece[2];
	int err, fd;

	/* One after the other on one connection, asked for at once. */
	err = client_ask(rig, three, answer, sizeof(answer));
	CHECK_ERR(0, err);
	CHECK_U64(3, count(answer, "HTTP/1.1 200 OK"));
	CHECK(strstr(answer, "id=9"));
	CHECK(strstr(answer, "hello you") < strstr(answer, "later"));
	CHECK(strstr(answer, "later") < strstr(answer, "id=9"));

	/* HEAD is GET without its body, and the length is told. */
	err = client_ask(rig, ASK("HEAD", "/digits", ""), answer,
	                 sizeof(answer));
	CHECK_ERR(0, err);
	CHECK(strstr(answer, "HTTP/1.1 200"));
	CHECK(strstr(answer, "Content-Length: 10"));
	CHECK(!strstr(answer, "0123456789"));

	/* A head that comes in single bytes is a head. */
	fd = client_open(rig);
	CHECK(fd >= 0);
	for (const char *at = ASK("GET", "/hello", ""); *at; at++) {
		(void)snprintf(piece, sizeof(piece), "%c", *at);
		err = client_write(fd, piece, 1);
		if (err)
			break;
	}
	(void)client_read(fd, answer, sizeof(answer), 0);
	(void)close(fd);
	CHECK_ERR(0, err);
	CHECK(strstr(answer, "hello you"));

out:
	return err;
}

int test_httpd_connection(void)
{
	struct httpd_rig rig = {.server = NULL};
	int err;

	err = httpd_rig_init(&rig);
	if (!err)
		err = httpd_rig_run(&rig, client_connection);
	httpd_rig_end(&rig);

	return err;
}
