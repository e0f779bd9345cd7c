/*
 * test/speech/test_hearing_way.c - the way to a service: TLS, proxies
 */
#include <stdio.h>
#include "fakes/fake_proxy.h"
#include "harness.h"
#include "net_rig.h"
#include "speech_tests.h"
#include "webcert.h"

enum {
	PATH_SIZE = 512,
	WAIT_STEPS = 6000, /* of 10 ms */
};

/* One phrase through a service at that host, behind that certificate and, with
 * a status, that proxy. */
struct way_row {
	const char *sentence;
	const char *subject; /* of its certificate; NULL: no TLS */
	int days_ago;
	bool is_trusted; /* its signer is our ca_file */
	const char *host;
	bool has_proxy;
	unsigned status; /* of the proxy */
	const char *why; /* it fails; NULL: it is heard */
};

static const struct way_row rowv[] = {
	/* clang-format off */
	{"TLS with a certificate for the address", "IP:127.0.0.1", 1, true,
	 "127.0.0.1", false, 0, NULL},
	{"signed by somebody else", "IP:127.0.0.1", 1, false,
	 "127.0.0.1", false, 0, "not signed by a trusted CA"},
	{"for another name", "DNS:example.org", 1, true,
	 "127.0.0.1", false, 0, "does not fit the name"},
	{"it has expired", "IP:127.0.0.1", 5, true,
	 "127.0.0.1", false, 0, "no TLS with 127.0.0.1"},
	{"through a proxy", NULL, 0, false,
	 "asr.example.org", true, 200, NULL},
	{"TLS through a proxy, by name", "DNS:asr.example.org", 1, true,
	 "asr.example.org", true, 200, NULL},
	{"TLS through a proxy, another name", "DNS:example.org", 1, true,
	 "asr.example.org", true, 200, "does not fit the name"},
	{"the proxy wants a password", NULL, 0, false,
	 "asr.example.org", true, 407, "does not connect to asr.example.org"},
	{"the proxy knows no such host", "DNS:asr.example.org", 1, true,
	 "asr.example.org", true, 502, "HTTP 502"},
	{"the proxy is mute", NULL, 0, false,
	 "asr.example.org", true, 0, "no connection within"},
	/* clang-format on */
};

static int certificates_write(const struct way_row *row, char *own, char *other)
{
	int err;

	(void)snprintf(own, PATH_SIZE, "%s/own.pem", test_dir());
	(void)snprintf(other, PATH_SIZE, "%s/other.pem", test_dir());
	err = webcert_write(own, row->subject ? row->subject : "DNS:none",
	                    row->days_ago);

	return err ? err : webcert_write(other, "IP:127.0.0.1", 1);
}

static int way_configure(struct net_rig *rig, const struct way_row *row,
                         const struct fake_proxy *proxy, const char *ca_file)
{
	char text[256];
	int err;

	(void)snprintf(text, sizeof(text), "%s://%s:%u/",
	               row->subject ? "wss" : "ws", row->host,
	               fake_port(rig->fakev[0]));
	err = net_set(rig, "first", "url", text);
	(void)snprintf(text, sizeof(text), "http://127.0.0.1:%u",
	               proxy ? fake_proxy_port(proxy) : 0);
	if (!err && proxy)
		err = net_set(rig, "first", "proxy", text);
	if (!err && row->has_proxy && !row->status)
		err = net_set(rig, "first", "connect_ms", "300");

	return err ? err : net_set(rig, "first", "ca_file", ca_file);
}

static int way_try(struct net_rig *rig, const struct way_row *row)
{
	char own[PATH_SIZE], other[PATH_SIZE], wanted[64];
	struct fake_proxy *proxy = NULL;
	struct net_heard heard;
	int err;

	err = certificates_write(row, own, other);
	CHECK_ERR(0, err);
	err = net_open_secure(rig, "vosk", row->subject ? own : NULL);
	CHECK_ERR(0, err);
	if (row->has_proxy)
		err = fake_proxy_open(&proxy, fake_port(rig->fakev[0]),
		                      row->status);
	CHECK_ERR(0, err);
	err = net_service(rig, "first", 0, NULL, NULL);
	if (!err)
		err = way_configure(rig, row, proxy,
		                    row->is_trusted ? own : other);
	if (!err)
		err = net_asr(rig, "first");
	CHECK_ERR(0, err);

	err = net_say(rig, &heard, 1, 500);
	CHECK_ERR(0, err);
	if (row->why && (!heard.err || !strstr(heard.why, row->why)))
		CHECK_FAIL("wanted \"%s\", got \"%s\"", row->why, heard.why);
	if (!row->why && strcmp(heard.text, net_textv[1]))
		CHECK_FAIL("not heard: %s", heard.why);
	if (proxy) {
		/* Who gave up may have done so before it was read. */
		for (unsigned i = 0;
		     i < WAIT_STEPS && !*fake_proxy_asked(proxy); i++)
			net_run_ms(rig, 10);
		(void)snprintf(wanted, sizeof(wanted), "%s:%u", row->host,
		               fake_port(rig->fakev[0]));
		CHECK_STR(wanted, fake_proxy_asked(proxy));
		CHECK(row->why || fake_proxy_ways(proxy) > 0);
	}

out:
	rig->asr = mem_deref(rig->asr);
	net_run_ms(rig, 10);
	mem_deref(proxy);
	net_close(rig);
	return err;
}

int test_hearing_way(void)
{
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv) && !err; i++) {
		err = way_try(&rig, &rowv[i]);
		if (err)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].sentence);
	}

	return err;
}

int test_hearing_way_faults(void)
{
	static const struct {
		const char *key, *value, *fault;
	} faultv[] = {
		{"proxy", "proxy.example.org:3128", "proxy: wanted http://"},
		{"proxy", "https://proxy.example.org/", "proxy: wanted http:/"},
		{"ca_file", "nowhere.pem", "ca_file: cannot read nowhere.pem"},
		{"url", "ftp://example.org/", "url: wanted ws://"},
	};
	struct net_rig rig;
	int err;

	err = net_open(&rig, "vosk", NULL);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(faultv); i++) {
		err = net_service(&rig, "first", 0, "proxy", "");
		CHECK_ERR(0, err);
		err = net_set(&rig, "first", "url", "wss://127.0.0.1:1/");
		CHECK_ERR(0, err);
		err = net_set(&rig, "first", faultv[i].key, faultv[i].value);
		CHECK_ERR(0, err);
		if (!net_asr(&rig, "first"))
			CHECK_FAIL("row %zu: taken", i);
		if (!strstr(rig.fault, faultv[i].fault))
			CHECK_FAIL("row %zu: \"%s\"", i, rig.fault);
	}

out:
	net_close(&rig);
	return err;
}
